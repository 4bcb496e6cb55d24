"""The commands on the server: its databases, its options, what it tells of itself."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Literal

from redtrio.commands._arguments import Words, at_most_one, flag_words, whole
from redtrio.commands._base import Command, S, Spec
from redtrio.commands._information import parse_information
from redtrio.commands._replies import is_ok, plain_words, text
from redtrio.commands.command_table import CommandTableCommands
from redtrio.commands.hotkeys import HotkeyCommands
from redtrio.commands.persistence import PersistenceCommands
from redtrio.commands.replication import ReplicationCommands
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["ServerCommands"]

# The server cuts long words anywhere: they may be no text any more.
_COMMANDLOG_GET = Spec(name="COMMANDLOG GET", raw=True)
_COMMANDLOG_LEN = Spec(name="COMMANDLOG LEN")
_COMMANDLOG_RESET = Spec(name="COMMANDLOG RESET")
_CONFIG_GET = Spec(name="CONFIG GET")
_CONFIG_RESETSTAT = Spec(name="CONFIG RESETSTAT")
_CONFIG_REWRITE = Spec(name="CONFIG REWRITE")
_CONFIG_SET = Spec(name="CONFIG SET")
# All that stands behind it is told by one name in the server's table.
_DEBUG = Spec(name="DEBUG")
_DBSIZE = Spec(name="DBSIZE", readonly=True)
_FLUSHALL = Spec(name="FLUSHALL")
_FLUSHDB = Spec(name="FLUSHDB")
_INFO = Spec(name="INFO")
_LOLWUT = Spec(name="LOLWUT", readonly=True)
_MEMORY_DOCTOR = Spec(name="MEMORY DOCTOR")
_MEMORY_MALLOC_STATS = Spec(name="MEMORY MALLOC-STATS")
_MEMORY_PURGE = Spec(name="MEMORY PURGE")
_MEMORY_STATS = Spec(name="MEMORY STATS")
_MEMORY_USAGE = Spec(name="MEMORY USAGE", keys=(2, 2, 1), readonly=True)
_SLOWLOG_GET = Spec(name="SLOWLOG GET", raw=True)
_SLOWLOG_LEN = Spec(name="SLOWLOG LEN")
_SLOWLOG_RESET = Spec(name="SLOWLOG RESET")
_SWAPDB = Spec(name="SWAPDB")
_TIME = Spec(name="TIME")

_DEBUG_NUMBERS = frozenset({"lru", "lru_seconds_idle", "refcount", "serializedlength"})
_LOGS = ("slow", "large-request", "large-reply")


class ServerCommands(
    CommandTableCommands[S],
    HotkeyCommands[S],
    PersistenceCommands[S],
    ReplicationCommands[S],
):
    """The commands on the server: its databases, its options, its logs, its end.

    Where a command changes something and its call is cancelled, or fails with a
    ``ConnectionError`` whose ``maybe_executed`` is True, the server may have carried it out.
    """

    __slots__ = ()

    def commandlog_get(
        self,
        count: int,
        type: Literal["slow", "large-request", "large-reply"],  # noqa: A002
    ) -> Awaitable[list[dict[str, Any]]]:
        """Get entries of a log of commands, the last one first.

        Args:
            count: At most so many; -1: all of them.
            type: Which log: of commands that took long, or had a large request or reply.

        Returns:
            As ``slowlog_get``; the large ones have "size", in bytes, in place of "duration".

        Raises:
            DataError: ``type`` is none of those.

        Source: COMMANDLOG GET. Since Valkey 8.1; not in Redis.
        """
        measure = "duration" if _log(type) == "slow" else "size"
        words = (b"COMMANDLOG", b"GET", whole("count", count, "entries", -1), type)
        return self._execute(
            Command(_COMMANDLOG_GET, words, lambda reply: _log_entries(reply, measure))
        )

    def commandlog_len(
        self,
        type: Literal["slow", "large-request", "large-reply"],  # noqa: A002
    ) -> Awaitable[int]:
        """Count the entries of a log of commands.

        Args:
            type: As in ``commandlog_get``.

        Raises:
            DataError: ``type`` is none of those.

        Source: COMMANDLOG LEN. Since Valkey 8.1; not in Redis.
        """
        return self._execute(Command(_COMMANDLOG_LEN, (b"COMMANDLOG", b"LEN", _log(type))))

    def commandlog_reset(
        self,
        type: Literal["slow", "large-request", "large-reply"],  # noqa: A002
    ) -> Awaitable[bool]:
        """Empty a log of commands.

        Args:
            type: As in ``commandlog_get``.

        Returns:
            True.

        Raises:
            DataError: ``type`` is none of those.

        Source: COMMANDLOG RESET. Since Valkey 8.1; not in Redis.
        """
        words = (b"COMMANDLOG", b"RESET", _log(type))
        return self._execute(Command(_COMMANDLOG_RESET, words, is_ok))

    def config_get(self, pattern: Argument = "*", *args: Argument) -> Awaitable[dict[str, str]]:
        """Get options of the server.

        Args:
            pattern: The name of an option, or a glob.
            args: Further ones. Since 7.0.

        Returns:
            Name to value, of all options that match, str in either mode.

        Source: CONFIG GET. Since 2.0.
        """
        words = (b"CONFIG", b"GET", pattern, *args)
        return self._execute(Command(_CONFIG_GET, words, plain_words))

    def config_resetstat(self) -> Awaitable[bool]:
        """Set the statistics that ``info`` gives back to zero.

        Returns:
            True.

        Source: CONFIG RESETSTAT. Since 2.0.
        """
        return self._execute(Command(_CONFIG_RESETSTAT, (b"CONFIG", b"RESETSTAT"), is_ok))

    def config_rewrite(self) -> Awaitable[bool]:
        """Write the options as they are now to the server's configuration file.

        Returns:
            True.

        Raises:
            ResponseError: The server runs without one, or cannot write it.

        Source: CONFIG REWRITE. Since 2.8.
        """
        return self._execute(Command(_CONFIG_REWRITE, (b"CONFIG", b"REWRITE"), is_ok))

    def config_set(self, name: Argument, value: Argument, *args: Argument) -> Awaitable[bool]:
        """Set options of the server, until it ends.

        Args:
            name: The name of an option.
            value: Its value.
            args: Further names and values in turn; all are set or none. Since 7.0.

        Returns:
            True.

        Raises:
            DataError: A name in ``args`` has no value.
            ResponseError: There is no such option, it cannot be changed, or not to that.

        Source: CONFIG SET. Since 2.0.
        """
        if len(args) % 2:
            raise DataError(f"args must be names and values in turn, got {len(args)} of them")
        words = (b"CONFIG", b"SET", name, value, *args)
        return self._execute(Command(_CONFIG_SET, words, is_ok))

    def dbsize(self) -> Awaitable[int]:
        """Count the keys of the database.

        Source: DBSIZE. Since 1.0.
        """
        return self._execute(Command(_DBSIZE, (b"DBSIZE",)))

    def debug_object(self, key: Argument) -> Awaitable[dict[str, str | int]]:
        """Get what the server tells of a value for the sake of its developers.

        Args:
            key: The key.

        Returns:
            Field to value, str in either mode, and other ones in each version: "encoding",
            "at"; an int for "refcount", "serializedlength", "lru", "lru_seconds_idle".

        Raises:
            ResponseError: There is no such key, or the server's option
                ``enable-debug-command`` does not allow it.

        Source: DEBUG OBJECT.
        """
        return self._execute(Command(_DEBUG, (b"DEBUG", b"OBJECT", key), _debug_fields))

    def flushall(self, asynchronous: bool = False, *, synchronous: bool = False) -> Awaitable[bool]:
        """Delete all keys of all databases.

        Args:
            asynchronous: Free their memory in the background.
            synchronous: Free it before anything else is done. Neither: as the server's option
                ``lazyfree-lazy-user-flush`` says.

        Returns:
            True.

        Raises:
            DataError: Both are given.

        Source: FLUSHALL. ``synchronous`` since 6.2.
        """
        words = (b"FLUSHALL", *_flush_words(asynchronous, synchronous))
        return self._execute(Command(_FLUSHALL, words, is_ok))

    def flushdb(self, asynchronous: bool = False, *, synchronous: bool = False) -> Awaitable[bool]:
        """Delete all keys of the database.

        Args:
            asynchronous: As in ``flushall``.
            synchronous: As in ``flushall``.

        Returns:
            True.

        Raises:
            DataError: Both are given.

        Source: FLUSHDB. ``synchronous`` since 6.2.
        """
        words = (b"FLUSHDB", *_flush_words(asynchronous, synchronous))
        return self._execute(Command(_FLUSHDB, words, is_ok))

    def info(self, section: Argument | None = None, *args: Argument) -> Awaitable[dict[str, Any]]:
        """Get what the server tells of its state.

        Args:
            section: Only this section ("memory"); "everything" for more than the usual
                ones.
            args: Further sections. Since 7.0.

        Returns:
            Field to value over all sections, str in either mode. What looks like a number is
            an int or a float, "a=1,b=2" a dict, "module" a list of dicts.

        Source: INFO. Since 1.0.
        """
        words: Words = (b"INFO", *args) if section is None else (b"INFO", section, *args)
        return self._execute(Command(_INFO, words, parse_information))

    def lolwut(self, *version_numbers: Argument) -> Awaitable[S]:
        """Get the server's version, and a piece of computer art.

        Args:
            version_numbers: Of which version the art shall be, and what that one takes further.

        Source: LOLWUT. Since 5.0.
        """
        words: Words = (b"VERSION", *version_numbers) if version_numbers else ()
        return self._execute(Command(_LOLWUT, (b"LOLWUT", *words)))

    def memory_doctor(self) -> Awaitable[S]:
        """Get the server's own opinion on its use of memory, a text for humans.

        Source: MEMORY DOCTOR. Since 4.0.
        """
        return self._execute(Command(_MEMORY_DOCTOR, (b"MEMORY", b"DOCTOR")))

    def memory_malloc_stats(self) -> Awaitable[S]:
        """Get the statistics of the memory allocator, a text for humans.

        Source: MEMORY MALLOC-STATS. Since 4.0.
        """
        return self._execute(Command(_MEMORY_MALLOC_STATS, (b"MEMORY", b"MALLOC-STATS")))

    def memory_purge(self) -> Awaitable[bool]:
        """Let the memory allocator give back what it does not need.

        Returns:
            True.

        Source: MEMORY PURGE. Since 4.0.
        """
        return self._execute(Command(_MEMORY_PURGE, (b"MEMORY", b"PURGE"), is_ok))

    def memory_stats(self) -> Awaitable[dict[str, Any]]:
        """Get details of the server's use of memory.

        Returns:
            Field to value, str in either mode; the values are numbers, and dicts of them.

        Source: MEMORY STATS. Since 4.0.
        """
        return self._execute(Command(_MEMORY_STATS, (b"MEMORY", b"STATS"), plain_words))

    def memory_usage(self, key: Argument, samples: int | None = None) -> Awaitable[int | None]:
        """Tell how much memory a key takes.

        Args:
            key: The key.
            samples: Of a value with elements, look at so many; 0: all of them; None: 5.

        Returns:
            Bytes, with the server's own expense; None if the key is missing.

        Raises:
            DataError: ``samples`` is negative.

        Source: MEMORY USAGE. Since 4.0.
        """
        words: Words = (b"MEMORY", b"USAGE", key)
        if samples is not None:
            words += (b"SAMPLES", whole("samples", samples, "elements", 0))
        return self._execute(Command(_MEMORY_USAGE, words))

    def slowlog_get(self, num: int | None = None) -> Awaitable[list[dict[str, Any]]]:
        """Get entries of the log of slow commands, the last one first.

        Args:
            num: At most so many; -1: all of them; None: 10.

        Returns:
            One dict for each, its keys str in either mode: "id"; "start_time", Unix time in
            seconds; "duration", in microseconds; "command", its words joined by spaces;
            "client_address"; "client_name". These three are bytes in either mode: the
            server cuts long words, and then in the middle of a character, too.

        Raises:
            DataError: ``num`` is less than -1.

        Source: SLOWLOG GET. Since 2.2.12.
        """
        words: Words = (b"SLOWLOG", b"GET")
        if num is not None:
            words += (whole("num", num, "entries", -1),)
        return self._execute(Command(_SLOWLOG_GET, words, _log_entries))

    def slowlog_len(self) -> Awaitable[int]:
        """Count the entries of the log of slow commands.

        Source: SLOWLOG LEN. Since 2.2.12.
        """
        return self._execute(Command(_SLOWLOG_LEN, (b"SLOWLOG", b"LEN")))

    def slowlog_reset(self) -> Awaitable[bool]:
        """Empty the log of slow commands.

        Returns:
            True.

        Source: SLOWLOG RESET. Since 2.2.12.
        """
        return self._execute(Command(_SLOWLOG_RESET, (b"SLOWLOG", b"RESET"), is_ok))

    def swapdb(self, first: int, second: int) -> Awaitable[bool]:
        """Swap two databases, so that every client of the one sees the other.

        Args:
            first: Number of a database, >= 0.
            second: Number of the other one.

        Returns:
            True.

        Raises:
            DataError: A number is negative.
            ResponseError: There is no such database.

        Source: SWAPDB. Since 4.0.
        """
        numbers: Words = (
            whole("first", first, "databases", 0),
            whole("second", second, "databases", 0),
        )
        return self._execute(Command(_SWAPDB, (b"SWAPDB", *numbers), is_ok))

    def time(self) -> Awaitable[tuple[int, int]]:
        """Get the server's time.

        Returns:
            Unix time in seconds, and the microseconds since that second.

        Source: TIME. Since 2.6.
        """
        return self._execute(Command(_TIME, (b"TIME",), _time))


def _log(kind: str) -> str:
    if kind not in _LOGS:
        raise DataError(f"type must be one of {', '.join(_LOGS)}, got {kind!r}")
    return kind


def _flush_words(asynchronous: bool, synchronous: bool) -> Words:
    at_most_one(asynchronous=asynchronous, synchronous=synchronous)
    return flag_words(ASYNC=asynchronous, SYNC=synchronous)


def _debug_fields(reply: bytes) -> dict[str, str | int]:
    # "Value at:0x7f01 refcount:1 ...": what it is comes first, without a name.
    pairs = (word.partition(":") for word in f"type:{text(reply)}".split())
    fields: dict[str, str | int] = {name: value for name, _, value in pairs}
    for name in _DEBUG_NUMBERS & fields.keys():
        fields[name] = int(fields[name])
    return fields


def _time(reply: list[bytes]) -> tuple[int, int]:
    seconds, microseconds = reply
    return int(seconds), int(microseconds)


def _log_entries(reply: list[Any], measure: str = "duration") -> list[dict[str, Any]]:
    return [
        {
            "id": number,
            "start_time": start,
            measure: amount,
            "command": b" ".join(words),
            "client_address": address,
            "client_name": name,
        }
        for number, start, amount, words, address, name in reply
    ]
