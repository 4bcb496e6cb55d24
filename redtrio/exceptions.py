"""Every error that redtrio raises, in families by what the caller can do about it.

- ``DataError``: the call itself is wrong; nothing was sent.
- ``ResponseError`` and its children: the server answered, and said no. Which child is
  decided by the first word of the answer, also found as ``.code``.
- ``ConnectionError``: the link is gone. ``.maybe_executed`` tells whether the server may
  have carried out the command all the same. ``ProtocolError`` is one of them: the server
  sent what is not RESP3, so that nothing behind it can be trusted.
- ``TimeoutError``: a deadline of our own passed (connecting, a silent server). A
  caller's own time limits are Trio's cancel scopes and never end in this error.

Names follow redis-py. ``ConnectionError`` and ``TimeoutError`` also inherit from the
builtins that they shadow, so that either ``except`` clause catches them.
"""

from __future__ import annotations

import builtins
import re

__all__ = [
    "AskError",
    "AuthenticationError",
    "BusyGroupError",
    "BusyLoadingError",
    "BusyScriptError",
    "ClusterCrossSlotError",
    "ClusterDownError",
    "ConnectionError",
    "DataError",
    "ExecAbortError",
    "InvalidResponse",
    "MasterDownError",
    "MisconfigurationError",
    "MovedError",
    "NoGroupError",
    "NoPermissionError",
    "NoReplicasError",
    "NoScriptError",
    "NotBusyError",
    "OutOfMemoryError",
    "ProtocolError",
    "ProtocolVersionError",
    "ReadOnlyError",
    "RedisError",
    "ResponseError",
    "TimeoutError",
    "TryAgainError",
    "UnblockedError",
    "UnkillableError",
    "WatchError",
    "WrongTypeError",
    "error_from_reply",
]


class RedisError(Exception):
    """The base of every error in this module."""


class DataError(RedisError, ValueError, TypeError):
    """The call is wrong: an argument that no command can carry. Nothing was sent."""


class _LinkError(RedisError):
    """What a failed link and a passed deadline have in common.

    Args:
        message: What happened, as text.
        address: Where the server is ("localhost:6379"), None where nobody knows.
        maybe_executed: Whether a byte of the command may have reached the server.
    """

    def __init__(
        self,
        message: str,
        *,
        address: str | None = None,
        maybe_executed: bool = False,
    ) -> None:
        super().__init__(message)
        self.address = address
        self.maybe_executed = maybe_executed


class ConnectionError(_LinkError, builtins.ConnectionError):
    """The link to the server is gone, or never came to be.

    Attributes:
        address: Where the server is ("localhost:6379"), None where nobody knows.
        maybe_executed: True when at least one byte of the command had been handed to
            the operating system: the server may have carried it out. False: it has
            not, and sending it again is safe.
    """


class ProtocolError(ConnectionError):
    """The server sent what is not RESP3, or answered what nobody asked.

    The connection is closed: nothing that follows on it can be matched to a command.
    """


InvalidResponse = ProtocolError
"""redis-py's name for ``ProtocolError``."""


class TimeoutError(_LinkError, builtins.TimeoutError):
    """A deadline of redtrio's own passed: the server did not accept, or fell silent.

    Attributes:
        address: Where the server is ("localhost:6379"), None where nobody knows.
        maybe_executed: As in ``ConnectionError``.
    """


# A code is the first word, if it is written as the server writes codes. Messages of
# modules and scripts that begin with an ordinary word have none.
_CODE = r"[A-Z][A-Z0-9_-]*(?= |\Z)"


class ResponseError(RedisError):
    """The server refused the command. ``str(error)`` is its answer, code included.

    Attributes:
        command: The name of the refused command where redtrio knows it, else None.
            Never its arguments, which may be secrets.
    """

    command: str | None = None

    @property
    def code(self) -> str:
        """The first word of the answer ("WRONGTYPE"), "" where it has no code."""
        match = re.match(_CODE, str(self))
        return match.group() if match else ""


class WatchError(RedisError):
    """A watched key changed before EXEC: nothing of the transaction was carried out."""


class WrongTypeError(ResponseError):
    """WRONGTYPE: the key holds another type of value than the command works on."""


class AuthenticationError(ResponseError):
    """NOAUTH, WRONGPASS: the server wants a password, or another one."""


class NoPermissionError(ResponseError):
    """NOPERM: the user may not run this command or touch this key."""


class BusyLoadingError(ResponseError):
    """LOADING: the server is still reading its data from disk."""


class BusyScriptError(ResponseError):
    """BUSY: a script or function runs for so long that the server serves nobody else."""


class BusyGroupError(ResponseError):
    """BUSYGROUP: a consumer group of that name is there already."""


class NoGroupError(ResponseError):
    """NOGROUP: no such stream, or no such consumer group."""


class NoScriptError(ResponseError):
    """NOSCRIPT: the server does not know a script of that hash."""


class NotBusyError(ResponseError):
    """NOTBUSY: no script runs that could be killed."""


class UnkillableError(ResponseError):
    """UNKILLABLE: the running script has written already and cannot be killed."""


class ReadOnlyError(ResponseError):
    """READONLY: the server is a replica and takes no writes."""


class OutOfMemoryError(ResponseError):
    """OOM: the server has reached its memory limit and takes no writes."""


class MisconfigurationError(ResponseError):
    """MISCONF: the server cannot save to disk and therefore takes no writes."""


class ExecAbortError(ResponseError):
    """EXECABORT: a command of the transaction had been refused, so none was run."""


class MasterDownError(ResponseError):
    """MASTERDOWN: this replica has lost its primary and may not serve stale data."""


class NoReplicasError(ResponseError):
    """NOREPLICAS: too few replicas are connected for the server to take a write."""


class UnblockedError(ResponseError):
    """UNBLOCKED: another client, or a change of role, ended the blocking command."""


class ProtocolVersionError(ResponseError):
    """NOPROTO: the server does not speak the version of the protocol asked for."""


class TryAgainError(ResponseError):
    """TRYAGAIN: the keys of the command are being moved to another node right now."""


class ClusterDownError(ResponseError):
    """CLUSTERDOWN: the cluster does not serve this slot at the moment."""


class ClusterCrossSlotError(ResponseError):
    """CROSSSLOT: the keys of the command live in different slots."""


# "MOVED 3999 127.0.0.1:6381"; the host may be IPv6, or empty for "the one you asked".
_REDIRECT = r"(?:MOVED|ASK) ([0-9]{1,5}) (.*):([0-9]{1,5})"


class _RedirectError(ResponseError):
    """An answer that names the node to ask instead.

    Args:
        message: The server's answer, "MOVED 3999 127.0.0.1:6381".

    Raises:
        ValueError: The message is not of that form.
    """

    def __init__(self, message: str) -> None:
        match = re.fullmatch(_REDIRECT, message, re.DOTALL)
        if match is None:
            raise ValueError(f"not a redirection: {message!r}")
        super().__init__(message)
        self.slot = int(match[1])
        self.host: str = match[2]
        self.port = int(match[3])


class MovedError(_RedirectError):
    """MOVED: another node serves this slot from now on.

    Attributes:
        slot: The hash slot, 0 to 16383.
        host: The node's host; "" means the host that was asked.
        port: The node's port.
    """


class AskError(_RedirectError):
    """ASK: for this one command, ask another node, with ASKING before it.

    Attributes:
        slot: The hash slot, 0 to 16383.
        host: The node's host; "" means the host that was asked.
        port: The node's port.
    """


_ERRORS_BY_CODE: dict[str, type[ResponseError]] = {
    "ASK": AskError,
    "BUSY": BusyScriptError,
    "BUSYGROUP": BusyGroupError,
    "CLUSTERDOWN": ClusterDownError,
    "CROSSSLOT": ClusterCrossSlotError,
    "EXECABORT": ExecAbortError,
    "LOADING": BusyLoadingError,
    "MASTERDOWN": MasterDownError,
    "MISCONF": MisconfigurationError,
    "MOVED": MovedError,
    "NOAUTH": AuthenticationError,
    "NOGROUP": NoGroupError,
    "NOPERM": NoPermissionError,
    "NOPROTO": ProtocolVersionError,
    "NOREPLICAS": NoReplicasError,
    "NOSCRIPT": NoScriptError,
    "NOTBUSY": NotBusyError,
    "OOM": OutOfMemoryError,
    "READONLY": ReadOnlyError,
    "TRYAGAIN": TryAgainError,
    "UNBLOCKED": UnblockedError,
    "UNKILLABLE": UnkillableError,
    "WRONGPASS": AuthenticationError,
    "WRONGTYPE": WrongTypeError,
}


def error_from_reply(answer: bytes) -> ResponseError:
    """Make the error that an error reply stands for.

    Never raises: an answer of no known form becomes a plain ``ResponseError``.

    Args:
        answer: The error reply without type byte and line end. Bytes that are not
            UTF-8 are shown as ``\\xNN`` in the error's text.

    Returns:
        An instance of the class that the first word names.
    """
    message = answer.decode("utf-8", "backslashreplace")
    error_class = _ERRORS_BY_CODE.get(message.partition(" ")[0], ResponseError)
    try:
        return error_class(message)
    except ValueError:  # MOVED or ASK without a readable address
        return ResponseError(message)
