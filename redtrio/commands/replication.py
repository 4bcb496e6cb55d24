"""The commands on the server's part in replication."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from redtrio.commands._arguments import Duration, Words, flag_words, milliseconds
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._replies import is_ok
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["ReplicationCommands"]

_FAILOVER = Spec(name="FAILOVER")
_REPLICAOF = Spec(name="REPLICAOF")
_ROLE = Spec(name="ROLE")
_SLAVEOF = Spec(name="SLAVEOF")


class ReplicationCommands(CommandGroup[S]):
    """The commands on replication, a part of ``ServerCommands``.

    PSYNC and SYNC, by which a replica fetches the data, have no method: what answers them is
    no reply but a stream without end.
    """

    __slots__ = ()

    def failover(
        self,
        host: Argument | None = None,
        port: int | None = None,
        *,
        force: bool = False,
        abort: bool = False,
        timeout: Duration | None = None,
    ) -> Awaitable[bool]:
        """Let a primary change roles with one of its replicas, in the background.

        It takes no writes until the replica has all of its data; ``info("replication")`` tells
        under "master_failover_state" how far it is.

        Args:
            host: Host of the replica; None: the one that is the most up to date.
            port: Its port.
            force: Change roles after ``timeout`` though the replica has not got all data;
                needs ``host`` and ``timeout``.
            abort: Call off the failover that is under way, in place of beginning one.
            timeout: Give up after so many milliseconds, int or timedelta, > 0; None: never.

        Returns:
            True: it has begun, or was called off.

        Raises:
            DataError: ``host`` comes without ``port`` or the reverse, ``force`` without what
                it needs, ``abort`` with another option, or ``timeout`` is out of its range.
            ResponseError: The server is no primary, has no such replica, or a failover is
                under way already; with ``abort``, none is.

        Source: FAILOVER. Since 6.2.
        """
        if abort and not (host is None and port is None and not force and timeout is None):
            raise DataError("abort goes with no other option")
        if (host is None) != (port is None):
            raise DataError(f"host and port must be given together, got {host!r} and {port!r}")
        if force and (host is None or timeout is None):
            raise DataError("force needs host, port and timeout")
        words: Words = (b"FAILOVER",)
        if host is not None and port is not None:
            words += (b"TO", host, port)
        words += flag_words(FORCE=force, ABORT=abort)
        if timeout is not None:
            words += (b"TIMEOUT", milliseconds("timeout", timeout))
        return self._execute(Command(_FAILOVER, words, is_ok))

    def replicaof(self, *args: Argument) -> Awaitable[bool]:
        """Make the server a replica of another one, or a primary again.

        Args:
            args: Host and port of the primary, or "NO" and "ONE".

        Returns:
            True: it has begun; or nothing was to be done.

        Raises:
            DataError: It is not two words.

        Source: REPLICAOF. Since 5.0.
        """
        if len(args) != 2:
            raise DataError(f"args must be host and port, or NO and ONE, got {len(args)} of them")
        return self._execute(Command(_REPLICAOF, (b"REPLICAOF", *args), _is_done))

    def role(self) -> Awaitable[list[Any]]:
        """Tell the server's role in replication.

        Returns:
            Of a primary: "master", its offset, a list of [host, port, offset] of each
            replica. Of a replica: "slave", host and port of its primary, the state of the
            link, its offset. Of a sentinel: "sentinel" and a list of names.

        Source: ROLE. Since 2.8.12.
        """
        return self._execute(Command(_ROLE, (b"ROLE",)))

    def slaveof(
        self, host: Argument | None = None, port: Argument | None = None
    ) -> Awaitable[bool]:
        """Make the server a replica of another one, or a primary again.

        Args:
            host: Host of the primary; None: be one.
            port: Its port; None: be one.

        Returns:
            True: it has begun; or nothing was to be done.

        Raises:
            DataError: ``host`` comes without ``port`` or the reverse.

        Source: SLAVEOF. Deprecated since 5.0 in favour of REPLICAOF, see ``replicaof``.
        """
        words: Words = (b"SLAVEOF", b"NO", b"ONE")
        if host is not None and port is not None:
            words = (b"SLAVEOF", host, port)
        elif host is not None or port is not None:
            raise DataError(f"host and port must be given together, got {host!r} and {port!r}")
        return self._execute(Command(_SLAVEOF, words, _is_done))


def _is_done(reply: bytes) -> bool:
    # Behind that the server may say that there was nothing to do.
    return reply.startswith(b"OK")
