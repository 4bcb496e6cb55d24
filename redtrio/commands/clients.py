"""The commands on the connections of others: to list, close, hold up and unblock them."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import TYPE_CHECKING, Any, TypedDict

from redtrio.commands._arguments import (
    Duration,
    Keys,
    Words,
    at_least_one,
    flatten,
    milliseconds,
    whole,
)
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._client_words import lines_of_fields, one_of
from redtrio.commands._replies import as_bool, is_ok
from redtrio.exceptions import DataError
from redtrio.types import Argument

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["ClientCommands", "ClientFilters"]

_CLIENT_KILL = Spec(name="CLIENT KILL")
_CLIENT_LIST = Spec(name="CLIENT LIST")
_CLIENT_PAUSE = Spec(name="CLIENT PAUSE")
_CLIENT_UNBLOCK = Spec(name="CLIENT UNBLOCK")
_CLIENT_UNPAUSE = Spec(name="CLIENT UNPAUSE")

_TYPES = ("normal", "master", "primary", "replica", "slave", "pubsub")


class ClientFilters(TypedDict, total=False):
    """Which connections a command applies to, by what CLIENT LIST tells of them.

    All of it since Valkey 9.0; not in Redis.

    Attributes:
        flags: With each of these flags ("N", "xb").
        name: With this name.
        idle: Idle for so many seconds, > 0.
        lib_name: Of this library.
        lib_ver: Of this version of their library.
        db: In this database, >= 0.
        capa: With this capability ("r").
        ip: From this address, of any port.
        not_id: Not with one of these ids.
        not_type: Not of this type.
        not_addr: Not from this address and port.
        not_laddr: Not to this address and port of the server's end.
        not_user: Not logged in as this user.
        not_flags: Not with each of these flags.
        not_name: Not with this name.
        not_lib_name: Not of this library.
        not_lib_ver: Not of this version of their library.
        not_db: Not in this database, >= 0.
        not_capa: Not with this capability.
        not_ip: Not from this address.
    """

    flags: Argument
    name: Argument
    idle: int
    lib_name: Argument
    lib_ver: Argument
    db: int
    capa: Argument
    ip: Argument
    not_id: int | str | Iterable[int | str]
    not_type: str
    not_addr: Argument
    not_laddr: Argument
    not_user: Argument
    not_flags: Argument
    not_name: Argument
    not_lib_name: Argument
    not_lib_ver: Argument
    not_db: int
    not_capa: Argument
    not_ip: Argument


class ClientCommands(CommandGroup[S]):
    """The commands on the connections of others, a part of ``ConnectionCommands``.

    On a client that tasks share they apply to its own connections as well: whose connection
    is closed gets a ``ConnectionError``.
    """

    __slots__ = ()

    def client_kill(self, address: Argument) -> Awaitable[bool]:
        """Close the connection of one client.

        Args:
            address: Its address and port ("127.0.0.1:50000").

        Returns:
            True.

        Raises:
            ResponseError: There is no such client.

        Source: CLIENT KILL. Since 2.4.
        """
        return self._execute(Command(_CLIENT_KILL, (b"CLIENT", b"KILL", address), is_ok))

    def client_kill_filter(
        self,
        _id: int | str | Iterable[int | str] | None = None,
        _type: str | None = None,
        addr: Argument | None = None,
        skipme: bool | None = None,
        laddr: Argument | None = None,
        user: Argument | None = None,
        maxage: int | None = None,
        **filters: Unpack[ClientFilters],
    ) -> Awaitable[int]:
        """Close the connections to which all of the filters apply.

        Args:
            _id: Id of the connection; several since Valkey 8.1, not in Redis.
            _type: "normal", "master", "primary", "replica", "slave" or "pubsub".
            addr: Address and port of the client.
            skipme: Whether this connection stays open; None: it does.
            laddr: Address and port of the server's end.
            user: The user that it is logged in as.
            maxage: Only connections that are so many seconds old, > 0.
            filters: See ``ClientFilters``.

        Returns:
            How many were closed.

        Raises:
            DataError: No filter is given, or one is out of its range, or there is no such
                filter.

        Source: CLIENT KILL. ``laddr`` since 6.2; ``maxage`` since Redis 7.4, Valkey 8.0.
        """
        words: Words = _filter_words(
            {
                "_type": _type,
                "skipme": skipme,
                "_id": _id,
                "addr": addr,
                "laddr": laddr,
                "user": user,
                "maxage": maxage,
                **_known(filters),
            }
        )
        words = (b"CLIENT", b"KILL", *at_least_one("the filter", words))
        return self._execute(Command(_CLIENT_KILL, words))

    def client_list(
        self,
        _type: str | None = None,
        client_id: int | str | Iterable[int | str] = (),
        *,
        addr: Argument | None = None,
        skipme: bool | None = None,
        laddr: Argument | None = None,
        user: Argument | None = None,
        maxage: int | None = None,
        **filters: Unpack[ClientFilters],
    ) -> Awaitable[list[dict[str, str]]]:
        """Get what the server knows of the connections to which all of the filters apply.

        Args:
            _type: "normal", "master", "primary", "replica", "slave" or "pubsub".
            client_id: Ids of connections; none: all of them.
            addr: Address and port of the client.
            skipme: Whether this connection is left out; None: it is not.
            laddr: Address and port of the server's end.
            user: The user that it is logged in as.
            maxage: Only connections that are so many seconds old, > 0.
            filters: See ``ClientFilters``.

        Returns:
            One dict of field to value for each, all of them str in either mode.

        Raises:
            DataError: A filter is out of its range, or there is no such filter.
            ResponseError: The server does not know a filter, or takes one alone: Redis takes
                ``_type`` or ``client_id``.

        Source: CLIENT LIST. ``client_id`` since 6.2; ``addr``, ``skipme``, ``laddr``,
        ``user``, ``maxage`` since Valkey 8.1.
        """
        ids = (client_id,) if isinstance(client_id, (int, str)) else tuple(client_id)
        words: Words = _filter_words(
            {
                "_type": _type,
                "_id": ids or None,
                "addr": addr,
                "skipme": skipme,
                "laddr": laddr,
                "user": user,
                "maxage": maxage,
                **_known(filters),
            }
        )
        return self._execute(Command(_CLIENT_LIST, (b"CLIENT", b"LIST", *words), lines_of_fields))

    def client_pause(self, timeout: Duration, all: bool = True) -> Awaitable[bool]:  # noqa: A002 - redis-py's name
        """Let the server answer no commands for some time.

        Args:
            timeout: Milliseconds, int or timedelta, >= 0.
            all: False: hold up only commands that write.

        Returns:
            True.

        Raises:
            DataError: ``timeout`` is negative.

        Source: CLIENT PAUSE. ``all`` since 6.2.
        """
        words: Words = (b"CLIENT", b"PAUSE", milliseconds("timeout", timeout, 0))
        words += (b"ALL" if all else b"WRITE",)
        return self._execute(Command(_CLIENT_PAUSE, words, is_ok))

    def client_unblock(self, client_id: int | str, error: bool = False) -> Awaitable[bool]:
        """End the blocking command of another connection.

        Args:
            client_id: Id of that connection.
            error: Let its command fail with UNBLOCKED; else it ends as after its timeout.

        Returns:
            Whether it was blocked.

        Source: CLIENT UNBLOCK. Since 5.0.
        """
        words = (b"CLIENT", b"UNBLOCK", client_id, b"ERROR" if error else b"TIMEOUT")
        return self._execute(Command(_CLIENT_UNBLOCK, words, as_bool))

    def client_unpause(self) -> Awaitable[bool]:
        """End what ``client_pause`` began.

        Returns:
            True.

        Source: CLIENT UNPAUSE. Since 6.2.
        """
        return self._execute(Command(_CLIENT_UNPAUSE, (b"CLIENT", b"UNPAUSE"), is_ok))


def _known(filters: ClientFilters) -> dict[str, Any]:
    # Type checkers see to that, but nothing else: they come as they are.
    for name in filters:
        if name not in ClientFilters.__annotations__:
            accepted = ", ".join(ClientFilters.__annotations__)
            raise DataError(f"the filter must be one of {accepted}, got {name}")
    return {**filters}


def _filter_words(filters: dict[str, Any]) -> Words:
    words: Words = ()
    for name, value in filters.items():
        if value is not None:
            values = _VALUES.get(name, _as_it_is)(name, value)
            words += (name.lstrip("_").replace("_", "-").upper(), *values)
    return words


def _as_it_is(name: str, value: Argument) -> Words:
    return (value,)


def _ids(name: str, value: Keys) -> Words:
    # Nothing would be no filter, and apply to more connections, not to none.
    return flatten(value, name=name)


def _of_type(name: str, value: str) -> Words:
    return (one_of(name, value, _TYPES),)


def _yes_or_no(name: str, value: object) -> Words:
    if not isinstance(value, bool):
        raise DataError(f"{name} must be bool, got {value!r}")
    return (b"YES" if value else b"NO",)


def _seconds(name: str, value: int) -> Words:
    return (whole(name, value, "seconds", 1),)


def _database(name: str, value: int) -> Words:
    return (whole(name, value, "databases", 0),)


# How the values of filters are checked and rendered that are not words of any kind.
_VALUES: dict[str, Any] = {
    "_id": _ids,
    "_type": _of_type,
    "db": _database,
    "idle": _seconds,
    "maxage": _seconds,
    "not_db": _database,
    "not_id": _ids,
    "not_type": _of_type,
    "skipme": _yes_or_no,
}
