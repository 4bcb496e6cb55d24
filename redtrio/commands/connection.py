"""The commands on the connection, and on the connections of others."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Literal, overload

from redtrio.commands._arguments import (
    Keys,
    Words,
    at_least_one,
    at_most_one,
    flag_words,
    flatten,
    whole,
)
from redtrio.commands._base import Command, S, Spec
from redtrio.commands._client_words import one_of, own_fields
from redtrio.commands._replies import is_ok, plain_words, text
from redtrio.commands.clients import ClientCommands
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["CLIENT_REPLY", "ConnectionCommands"]

_AUTH = Spec(name="AUTH", binds=True)
_CLIENT_CACHING = Spec(name="CLIENT CACHING", binds=True)
_CLIENT_CAPA = Spec(name="CLIENT CAPA", binds=True)
_CLIENT_GETNAME = Spec(name="CLIENT GETNAME")
_CLIENT_GETREDIR = Spec(name="CLIENT GETREDIR")
_CLIENT_ID = Spec(name="CLIENT ID")
_CLIENT_IMPORT_SOURCE = Spec(name="CLIENT IMPORT-SOURCE", binds=True)
_CLIENT_INFO = Spec(name="CLIENT INFO")
_CLIENT_NO_EVICT = Spec(name="CLIENT NO-EVICT", binds=True)
_CLIENT_NO_TOUCH = Spec(name="CLIENT NO-TOUCH", binds=True)
_CLIENT_SETINFO = Spec(name="CLIENT SETINFO", binds=True)
_CLIENT_SETNAME = Spec(name="CLIENT SETNAME", binds=True)
_CLIENT_TRACKING = Spec(name="CLIENT TRACKING", binds=True)
_CLIENT_TRACKINGINFO = Spec(name="CLIENT TRACKINGINFO")
_ECHO = Spec(name="ECHO")
_HELLO = Spec(name="HELLO", binds=True)
_PING = Spec(name="PING")
_QUIT = Spec(name="QUIT", binds=True)
_RESET = Spec(name="RESET", binds=True)
_SELECT = Spec(name="SELECT", binds=True)

CLIENT_REPLY = Spec(name="CLIENT REPLY", binds=True, unanswered=True)
"""Has no method: on a connection whose replies are matched to commands it has no place."""

_MODES = ("ON", "OFF")


class ConnectionCommands(ClientCommands[S]):
    """The commands on the connection, and on the connections of others.

    Those that leave a state behind on the connection are refused on one that others share;
    each of them says so.
    """

    __slots__ = ()

    def auth(self, password: Argument, username: Argument | None = None) -> Awaitable[bool]:
        """Log the connection in; for an exclusive connection only.

        Args:
            password: The password.
            username: The user; None: the default user.

        Returns:
            True.

        Raises:
            AuthenticationError: The server does not accept that.

        Source: AUTH. ``username`` since 6.0.
        """
        words: Words = (b"AUTH", password) if username is None else (b"AUTH", username, password)
        return self._execute(Command(_AUTH, words, is_ok))

    def client_caching(self, yes: bool) -> Awaitable[bool]:
        """Tell whether the keys of the next command are tracked; for an exclusive connection.

        Args:
            yes: True with tracking in OPTIN mode, False in OPTOUT mode.

        Returns:
            True.

        Raises:
            ResponseError: The connection does not track in that mode.

        Source: CLIENT CACHING. Since 6.0.
        """
        words = (b"CLIENT", b"CACHING", b"YES" if yes else b"NO")
        return self._execute(Command(_CLIENT_CACHING, words, is_ok))

    def client_capa(self, *capabilities: Argument) -> Awaitable[bool]:
        """Tell the server what this client can do; for an exclusive connection only.

        Args:
            capabilities: Their names ("redirect"), at least one.

        Returns:
            True.

        Raises:
            DataError: None is given.

        Source: CLIENT CAPA. Since Valkey 8.0; not in Redis.
        """
        words = (b"CLIENT", b"CAPA", *at_least_one("capabilities", capabilities))
        return self._execute(Command(_CLIENT_CAPA, words, is_ok))

    def client_getname(self) -> Awaitable[str | None]:
        """Get the name of the connection.

        Returns:
            The name, str in either mode; None if it has none.

        Source: CLIENT GETNAME. Since 2.6.9.
        """
        return self._execute(Command(_CLIENT_GETNAME, (b"CLIENT", b"GETNAME"), plain_words))

    def client_getredir(self) -> Awaitable[int]:
        """Tell to which connection notices of tracking are redirected.

        Returns:
            That connection's id; 0 if to none, -1 if the connection does not track.

        Source: CLIENT GETREDIR. Since 6.0.
        """
        return self._execute(Command(_CLIENT_GETREDIR, (b"CLIENT", b"GETREDIR")))

    def client_id(self) -> Awaitable[int]:
        """Get the id of the connection, which the server never gives twice.

        Source: CLIENT ID. Since 5.0.
        """
        return self._execute(Command(_CLIENT_ID, (b"CLIENT", b"ID")))

    def client_import_source(self, mode: Literal["ON", "OFF"]) -> Awaitable[bool]:
        """Mark the connection as one that imports data; for an exclusive connection only.

        Args:
            mode: "ON" or "OFF".

        Returns:
            True.

        Raises:
            DataError: ``mode`` is neither.
            ResponseError: The server is not in import mode.

        Source: CLIENT IMPORT-SOURCE. Since Valkey 8.1; not in Redis.
        """
        words = (b"CLIENT", b"IMPORT-SOURCE", one_of("mode", mode, _MODES))
        return self._execute(Command(_CLIENT_IMPORT_SOURCE, words, is_ok))

    def client_info(self) -> Awaitable[dict[str, str | int]]:
        """Get what the server knows of the connection.

        Returns:
            Field to value, str in either mode; an int for what is a number of the
            connection itself (id, age, idle, db, sub, multi, memory).

        Source: CLIENT INFO. Since 6.2.
        """
        return self._execute(Command(_CLIENT_INFO, (b"CLIENT", b"INFO"), own_fields))

    def client_no_evict(self, mode: Literal["ON", "OFF"]) -> Awaitable[bool]:
        """Keep the connection when the server closes some to save memory.

        For an exclusive connection only.

        Args:
            mode: "ON" or "OFF".

        Returns:
            True.

        Raises:
            DataError: ``mode`` is neither.

        Source: CLIENT NO-EVICT. Since 7.0.
        """
        words = (b"CLIENT", b"NO-EVICT", one_of("mode", mode, _MODES))
        return self._execute(Command(_CLIENT_NO_EVICT, words, is_ok))

    def client_no_touch(self, mode: Literal["ON", "OFF"]) -> Awaitable[bool]:
        """Let commands of the connection not count as uses of their keys.

        For an exclusive connection only.

        Args:
            mode: "ON" or "OFF".

        Returns:
            True.

        Raises:
            DataError: ``mode`` is neither.

        Source: CLIENT NO-TOUCH. Since 7.2.
        """
        words = (b"CLIENT", b"NO-TOUCH", one_of("mode", mode, _MODES))
        return self._execute(Command(_CLIENT_NO_TOUCH, words, is_ok))

    def client_setinfo(
        self, attr: Literal["LIB-NAME", "LIB-VER"], value: Argument
    ) -> Awaitable[bool]:
        """Tell the server which library this is; for an exclusive connection only.

        Args:
            attr: "LIB-NAME" or "LIB-VER".
            value: Name or version, without spaces.

        Returns:
            True.

        Raises:
            DataError: ``attr`` is neither.

        Source: CLIENT SETINFO. Since 7.2.
        """
        words = (b"CLIENT", b"SETINFO", one_of("attr", attr, ("LIB-NAME", "LIB-VER")), value)
        return self._execute(Command(_CLIENT_SETINFO, words, is_ok))

    def client_setname(self, name: Argument) -> Awaitable[bool]:
        """Name the connection; for an exclusive connection only.

        Args:
            name: The name, without spaces; empty to take it away.

        Returns:
            True.

        Raises:
            ResponseError: The name has spaces or other characters that it may not have.

        Source: CLIENT SETNAME. Since 2.6.9.
        """
        return self._execute(Command(_CLIENT_SETNAME, (b"CLIENT", b"SETNAME", name), is_ok))

    def client_tracking(
        self,
        on: bool = True,
        clientid: int | None = None,
        prefix: Keys = (),
        bcast: bool = False,
        optin: bool = False,
        optout: bool = False,
        noloop: bool = False,
    ) -> Awaitable[bool]:
        """Switch on or off that the server reports changes of keys; exclusive only.

        Args:
            on: Whether to switch it on.
            clientid: Send the reports to the connection of this id.
            prefix: With ``bcast``, only keys that begin with this, or one of these.
            bcast: Report all keys, not only those that were read.
            optin: Track a key only where ``client_caching`` says so before the command.
            optout: Do not track where ``client_caching`` says so.
            noloop: Do not report what this connection itself changes.

        Returns:
            True.

        Raises:
            DataError: ``optin`` and ``optout`` are both given, or ``prefix`` without
                ``bcast``.
            ResponseError: There is no connection of that id, or options contradict those
                that are on already.

        Source: CLIENT TRACKING. Since 6.0.
        """
        prefixes = flatten(prefix, name="prefix") if prefix else ()
        at_most_one(optin=optin, optout=optout)
        if prefixes and not bcast:
            raise DataError("prefix needs bcast=True")
        words: Words = (b"CLIENT", b"TRACKING", b"ON" if on else b"OFF")
        if clientid is not None:
            words += (b"REDIRECT", clientid)
        for start in prefixes:
            words += (b"PREFIX", start)
        words += flag_words(BCAST=bcast, OPTIN=optin, OPTOUT=optout, NOLOOP=noloop)
        return self._execute(Command(_CLIENT_TRACKING, words, is_ok))

    def client_tracking_on(
        self,
        clientid: int | None = None,
        prefix: Keys = (),
        bcast: bool = False,
        optin: bool = False,
        optout: bool = False,
        noloop: bool = False,
    ) -> Awaitable[bool]:
        """Switch tracking on, as ``client_tracking``."""
        return self.client_tracking(True, clientid, prefix, bcast, optin, optout, noloop)

    def client_tracking_off(
        self,
        clientid: int | None = None,
        prefix: Keys = (),
        bcast: bool = False,
        optin: bool = False,
        optout: bool = False,
        noloop: bool = False,
    ) -> Awaitable[bool]:
        """Switch tracking off, as ``client_tracking(False)``; the server ignores all options."""
        return self.client_tracking(False, clientid, prefix, bcast, optin, optout, noloop)

    def client_trackinginfo(self) -> Awaitable[dict[str, Any]]:
        """Tell how the connection tracks keys.

        Returns:
            "flags": a set of str in either mode, such as "on", "bcast"; "redirect": the id of
            the connection that gets the reports, 0 if this one, -1 if it does not track;
            "prefixes": a set of bytes or str.

        Source: CLIENT TRACKINGINFO. Since 6.2.
        """
        words = (b"CLIENT", b"TRACKINGINFO")
        return self._execute(Command(_CLIENT_TRACKINGINFO, words, _tracking))

    def echo(self, value: Argument) -> Awaitable[S]:
        """Get back what was sent.

        Args:
            value: What to send, bytes, str or a number.

        Source: ECHO. Since 1.0.
        """
        return self._execute(Command(_ECHO, (b"ECHO", value)))

    def hello(
        self,
        username: Argument | None = None,
        password: Argument | None = None,
        clientname: Argument | None = None,
    ) -> Awaitable[dict[str, Any]]:
        """Greet the server by RESP3, log in and name the connection; exclusive only.

        Args:
            username: The user; None: the default user, if there is a password.
            password: The password; None: do not log in.
            clientname: The connection's name; None: as it is.

        Returns:
            What the server says of itself: "server", "version", "proto", "id", "mode",
            "role", "modules"; strings are str in either mode.

        Raises:
            DataError: ``username`` comes without ``password``.
            AuthenticationError: The server does not accept these.

        Source: HELLO. Since 6.0.
        """
        words: Words = (b"HELLO", 3)
        if password is not None:
            words += (b"AUTH", b"default" if username is None else username, password)
        elif username is not None:
            raise DataError("username needs password")
        if clientname is not None:
            words += (b"SETNAME", clientname)
        return self._execute(Command(_HELLO, words, plain_words))

    @overload
    def ping(self, message: None = None) -> Awaitable[bool]: ...
    @overload
    def ping(self, message: Argument) -> Awaitable[S]: ...
    def ping(self, message: Argument | None = None) -> Awaitable[Any]:
        """Ask for a sign of life.

        Args:
            message: What to get back.

        Returns:
            True, or the message if one was given.

        Source: PING. Since 1.0.
        """
        if message is None:
            return self._execute(Command(_PING, (b"PING",), _is_pong))
        return self._execute(Command(_PING, (b"PING", message)))

    def quit(self) -> Awaitable[bool]:
        """Let the server close the connection; for an exclusive connection only.

        Returns:
            True.

        Source: QUIT. Deprecated since 7.2: closing the connection does the same.
        """
        return self._execute(Command(_QUIT, (b"QUIT",), is_ok))

    def reset(self) -> Awaitable[bool]:
        """Undo whatever was bound to the connection, its login too; exclusive only.

        Returns:
            True.

        Source: RESET. Since 6.2.
        """
        return self._execute(Command(_RESET, (b"RESET",), _is_reset))

    def select(self, index: int) -> Awaitable[bool]:
        """Change the database of the connection; for an exclusive connection only.

        Args:
            index: Number of the database, >= 0.

        Returns:
            True.

        Raises:
            DataError: ``index`` is negative.
            ResponseError: There is no such database.

        Source: SELECT. Since 1.0.
        """
        words = (b"SELECT", whole("index", index, "databases", 0))
        return self._execute(Command(_SELECT, words, is_ok))


def _is_pong(reply: Any) -> bool:
    return bool(reply == b"PONG")


def _is_reset(reply: Any) -> bool:
    return bool(reply == b"RESET")


def _tracking(reply: dict[bytes, Any]) -> dict[str, Any]:
    fields = {text(name): value for name, value in reply.items()}
    fields["flags"] = {text(flag) for flag in fields["flags"]}
    fields["prefixes"] = set(fields["prefixes"])
    return fields
