# ruff: noqa: A002  (parameters bear redis-py's names, "id", "min" and "max" among them)
"""The commands on streams, apart from those on consumer groups, which are mixed in."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any, Literal, cast, overload

from redtrio.commands._arguments import (
    Duration,
    Words,
    at_least_one,
    at_most_one,
    flag_words,
    pairs,
    seconds,
    whole,
)
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._replies import is_ok
from redtrio.commands._stream_arguments import (
    RefPolicy,
    block_words,
    count_words,
    counted_ids,
    limit_words,
    option,
    policy_words,
    stream_words,
    trim_words,
)
from redtrio.commands._stream_replies import (
    StreamEntry,
    as_entries,
    as_entries_by_stream,
    as_full_stream,
    as_stream,
)
from redtrio.commands.stream_claims import StreamClaimCommands
from redtrio.commands.stream_groups import StreamGroupCommands
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["StreamCommands"]

_XADD = Spec(name="XADD", keys=(1, 1, 1))
_XCFGSET = Spec(name="XCFGSET", keys=(1, 1, 1))
_XDEL = Spec(name="XDEL", keys=(1, 1, 1))
_XDELEX = Spec(name="XDELEX", keys=(1, 1, 1))
_XINFO_STREAM = Spec(name="XINFO STREAM", keys=(2, 2, 1), readonly=True)
_XLEN = Spec(name="XLEN", keys=(1, 1, 1), readonly=True)
_XRANGE = Spec(name="XRANGE", keys=(1, 1, 1), readonly=True)
_XREAD = Spec(name="XREAD", readonly=True)
_XREAD_BLOCK = Spec(
    name="XREAD", readonly=True, blocking=True, block_unit=1000, without_block=_XREAD
)
_XREVRANGE = Spec(name="XREVRANGE", keys=(1, 1, 1), readonly=True)
_XSETID = Spec(name="XSETID", keys=(1, 1, 1))
_XTRIM = Spec(name="XTRIM", keys=(1, 1, 1))


class StreamCommands(StreamGroupCommands[S], StreamClaimCommands[S], CommandGroup[S]):
    """The commands on streams: logs of entries, each with an ID and fields with values.

    An ID is "milliseconds-number" ("1700000000000-0"), greater for each entry that is added;
    where one is given, the number may be left out, and the milliseconds alone may be an int.
    An entry in a result is a tuple of its ID and a dict of its fields; of a field that an
    entry has twice, which other clients can bring about, the dict holds the last value.

    All raise ``WrongTypeError`` where a key holds something other than a stream, and
    ``ResponseError`` where an ID is none.

    Cancellation: a write that had been sent when its caller was cancelled may have been
    carried out. Cancelling ``xread`` or ``xreadgroup`` while it blocks ends its wait on the
    server as well.
    """

    __slots__ = ()

    @overload
    def xadd(
        self,
        name: Argument,
        fields: Mapping[Any, Argument],
        id: Argument = "*",
        maxlen: int | None = None,
        approximate: bool = True,
        nomkstream: Literal[False] = False,
        minid: Argument | None = None,
        limit: int | None = None,
        ref_policy: RefPolicy | None = None,
        idmpauto: Argument | None = None,
        idmp: tuple[Argument, Argument] | None = None,
    ) -> Awaitable[S]: ...
    @overload
    def xadd(
        self,
        name: Argument,
        fields: Mapping[Any, Argument],
        id: Argument = "*",
        maxlen: int | None = None,
        approximate: bool = True,
        nomkstream: bool = False,
        minid: Argument | None = None,
        limit: int | None = None,
        ref_policy: RefPolicy | None = None,
        idmpauto: Argument | None = None,
        idmp: tuple[Argument, Argument] | None = None,
    ) -> Awaitable[S | None]: ...
    def xadd(
        self,
        name: Argument,
        fields: Mapping[Any, Argument],
        id: Argument = "*",
        maxlen: int | None = None,
        approximate: bool = True,
        nomkstream: bool = False,
        minid: Argument | None = None,
        limit: int | None = None,
        ref_policy: RefPolicy | None = None,
        idmpauto: Argument | None = None,
        idmp: tuple[Argument, Argument] | None = None,
    ) -> Awaitable[S] | Awaitable[S | None]:
        """Add an entry to the end of a stream, which is made if there is none.

        Args:
            name: Key of the stream.
            fields: The entry's fields and their values, at least one.
            id: Its ID, which must be greater than all before; "*": the server makes one of
                its clock; "milliseconds-*": only the number is made.
            maxlen: How many entries to leave, >= 0, the oldest ones being deleted.
            approximate: Whether a few more may be left than ``maxlen`` or ``minid`` says,
                which is much cheaper.
            nomkstream: Do nothing if there is no stream.
            minid: Delete entries with a lesser ID than this. Not with ``maxlen``.
            limit: The most entries to delete, >= 0; 0: no limit. Only with ``approximate``;
                without it the server sets a limit of its own.
            ref_policy: What becomes of deleted entries that are pending in consumer groups:
                "KEEPREF" (as where it is not given), they stay pending; "DELREF", they are
                pending no more; "ACKED", only what every group has acknowledged is deleted.
            idmpauto: Name of a producer: add nothing if an equal entry of that producer was
                added a short while ago. Only with ``id="*"``.
            idmp: Name of a producer, and a name that it gave to this entry: add nothing if
                it was added a short while ago. Only with ``id="*"``, not with ``idmpauto``.

        Returns:
            The entry's ID, that of the first one if it was added already; None with
            ``nomkstream`` if there is no stream.

        Raises:
            DataError: There are no fields, options exclude each other, or one is out of its
                range.
            ResponseError: ``id`` is not greater than all before.

        Source: XADD. Since 5.0; ``nomkstream``, ``minid`` and ``limit`` since 6.2,
        ``ref_policy`` since Redis 8.2, ``idmpauto`` and ``idmp`` since Redis 8.6.
        """
        words: Words = (
            *flag_words(NOMKSTREAM=nomkstream),
            *policy_words(ref_policy),
            *_once_words(id, idmpauto, idmp),
            *trim_words(maxlen, minid, approximate, limit),
            id,
            *pairs(fields, "fields"),
        )
        return self._execute(Command(_XADD, (b"XADD", name, *words)))

    def xcfgset(
        self,
        name: Argument,
        idmp_duration: Duration | None = None,
        idmp_maxsize: int | None = None,
    ) -> Awaitable[bool]:
        """Set how long a stream remembers what ``idmpauto`` and ``idmp`` of ``xadd`` named.

        What it remembers is forgotten if that changes anything.

        Args:
            name: Key of the stream.
            idmp_duration: Seconds, int or timedelta, > 0. None: as before.
            idmp_maxsize: For how many entries of each producer at most, > 0. None: as
                before. The server sets upper bounds to both.

        Returns:
            True.

        Raises:
            DataError: Neither is given, or one is out of its range.
            ResponseError: There is no stream, or the server refused a number.

        Source: XCFGSET. Since Redis 8.6.
        """
        words: Words = ()
        if idmp_duration is not None:
            words += (b"IDMP-DURATION", seconds("idmp_duration", idmp_duration))
        if idmp_maxsize is not None:
            words += (b"IDMP-MAXSIZE", whole("idmp_maxsize", idmp_maxsize, "entries", 1))
        if not words:
            raise DataError("xcfgset needs idmp_duration or idmp_maxsize, or both")
        return self._execute(Command(_XCFGSET, (b"XCFGSET", name, *words), is_ok))

    def xdel(self, name: Argument, *ids: Argument) -> Awaitable[int]:
        """Delete entries of a stream; those that are pending in consumer groups stay so.

        Args:
            name: Key of the stream.
            *ids: IDs of the entries.

        Returns:
            How many there were.

        Raises:
            DataError: There are no IDs.

        Source: XDEL. Since 5.0.
        """
        return self._execute(Command(_XDEL, (b"XDEL", name, *at_least_one("ids", ids))))

    def xdelex(
        self, name: Argument, *ids: Argument, ref_policy: RefPolicy = "KEEPREF"
    ) -> Awaitable[list[int]]:
        """Delete entries of a stream, with a say in what becomes of them in consumer groups.

        Args:
            name: Key of the stream.
            *ids: IDs of the entries.
            ref_policy: "KEEPREF", they stay pending where they are; "DELREF", they are
                pending no more; "ACKED", only what every group has acknowledged is deleted.

        Returns:
            For each ID in turn: 1, it was deleted; -1, there is no such entry; 2, it was
            not deleted, as a group has yet to read or acknowledge it (also of an ID that is
            yet to come).

        Raises:
            DataError: There are no IDs, or ``ref_policy`` is none of those.

        Source: XDELEX. Since Redis 8.2.
        """
        words = (b"XDELEX", name, *policy_words(ref_policy), *counted_ids(ids))
        return self._execute(Command(_XDELEX, words))

    def xinfo_stream(
        self, name: Argument, full: bool = False, count: int | None = None
    ) -> Awaitable[dict[str, Any]]:
        """Get what the server tells of a stream.

        Args:
            name: Key of the stream.
            full: Whether to get the entries and all about the consumer groups as well.
            count: With ``full``, how many entries, and how many pending ones, at most, >= 0;
                0: all. None: 10.

        Returns:
            Field to value, field names being str in either mode: "length", "groups" (how
            many), "last-generated-id", "entries-added", "first-entry" and "last-entry" (an
            entry, or None if there is none) and others. With ``full``, in place of the last
            two, "entries", a dict of ID to the entry's fields, and "groups" is a list of
            dicts, one for each group: "name", "last-delivered-id", "lag", "pel-count",
            "pending" (lists of ID, consumer, Unix time of delivery in milliseconds, times
            delivered), "consumers" (a list of dicts, in turn) and others.

        Raises:
            DataError: ``count`` is negative, or given without ``full``.
            ResponseError: There is no stream.

        Source: XINFO STREAM. Since 5.0; ``full`` since 6.0.
        """
        if not full:
            if count is not None:
                raise DataError("count goes with full=True only")
            return self._execute(Command(_XINFO_STREAM, (b"XINFO", b"STREAM", name), as_stream))
        most: int | None = None if count is None else whole("count", count, "entries", 0)
        words = (b"XINFO", b"STREAM", name, b"FULL", *option(b"COUNT", most))
        return self._execute(Command(_XINFO_STREAM, words, as_full_stream))

    def xlen(self, name: Argument) -> Awaitable[int]:
        """Count the entries of a stream.

        Args:
            name: Key of the stream.

        Returns:
            How many there are; 0 if there is no stream.

        Source: XLEN. Since 5.0.
        """
        return self._execute(Command(_XLEN, (b"XLEN", name)))

    def xrange(
        self, name: Argument, min: Argument = "-", max: Argument = "+", count: int | None = None
    ) -> Awaitable[list[StreamEntry[S]]]:
        """Get the entries of a stream from one ID to another.

        Args:
            name: Key of the stream.
            min: The least ID; "-": from the first entry on; "(" in front of an ID: greater
                than that.
            max: The greatest ID; "+": up to the last entry; "(" in front of an ID: less than
                that.
            count: The most entries to get, >= 1. None: all.

        Returns:
            A list of entries, each a tuple of its ID and a dict of its fields, the oldest
            first; empty if there are none, or no stream.

        Raises:
            DataError: ``count`` is below 1.

        Source: XRANGE. Since 5.0; "(" since 6.2.
        """
        words = (b"XRANGE", name, min, max, *count_words(count))
        return self._execute(Command(_XRANGE, words, as_entries))

    def xread(
        self,
        streams: Mapping[Any, Argument],
        count: int | None = None,
        block: Duration | None = None,
        max_count: int | None = None,
        max_size: int | None = None,
    ) -> Awaitable[dict[S, list[StreamEntry[S]]]]:
        """Get the entries of streams that come after those known already.

        Args:
            streams: For each stream, its key and the last ID that is known: "0": from the
                first entry on; "$": only entries added from now on; "+": the last entry.
            count: The most entries of each stream to get, >= 1. None: all.
            block: Milliseconds to wait if there are none, int or timedelta, >= 0; 0: for
                ever, which is until the cancel scope around the call ends it. None: not at
                all.
            max_count: The most entries of all streams to get, >= 1, and not less than
                ``count``.
            max_size: About how many bytes to get at most, >= 1; one entry may exceed it.

        Returns:
            A dict of key to a list of entries, each a tuple of its ID and a dict of its
            fields, the oldest first. Streams without any are not in it; it is empty if none
            has any, or none came in time.

        Raises:
            DataError: There are no streams, or a number is out of its range.

        Source: XREAD. Since 5.0; "+" since Redis 7.4 and Valkey 8.0, ``max_count`` and
        ``max_size`` since Redis 8.10.
        """
        spec = _XREAD if block is None else _XREAD_BLOCK
        words: Words = (
            *block_words(block),
            *limit_words(count, max_count, max_size),
            *stream_words(streams),
        )
        return self._execute(Command(spec, (b"XREAD", *words), as_entries_by_stream))

    def xrevrange(
        self, name: Argument, max: Argument = "+", min: Argument = "-", count: int | None = None
    ) -> Awaitable[list[StreamEntry[S]]]:
        """Get the entries of a stream from one ID to another, the newest first.

        Args:
            name: Key of the stream.
            max: The greatest ID, as in ``xrange``.
            min: The least ID, as there.
            count: The most entries to get, >= 1. None: all.

        Returns:
            A list of entries, each a tuple of its ID and a dict of its fields; empty if there
            are none, or no stream.

        Raises:
            DataError: ``count`` is below 1.

        Source: XREVRANGE. Since 5.0; "(" since 6.2.
        """
        words = (b"XREVRANGE", name, max, min, *count_words(count))
        return self._execute(Command(_XREVRANGE, words, as_entries))

    def xsetid(
        self,
        name: Argument,
        last_id: Argument,
        entries_added: int | None = None,
        max_deleted_id: Argument | None = None,
    ) -> Awaitable[bool]:
        """Set the last ID of a stream, as a replica does; the next one will be greater.

        Args:
            name: Key of the stream.
            last_id: The ID, not less than that of any entry.
            entries_added: How many entries the stream has ever been given, >= 0.
            max_deleted_id: The greatest ID that was ever deleted. Both are given, or neither.

        Returns:
            True.

        Raises:
            DataError: Only one of both is given, or ``entries_added`` is negative.
            ResponseError: There is no stream, or an ID or number contradicts its entries.

        Source: XSETID. Since 5.0; ``entries_added`` and ``max_deleted_id`` since 7.0.
        """
        words: Words = ()
        if entries_added is not None and max_deleted_id is not None:
            added = whole("entries_added", entries_added, "entries", 0)
            words = (b"ENTRIESADDED", added, b"MAXDELETEDID", max_deleted_id)
        elif entries_added is not None or max_deleted_id is not None:
            raise DataError("entries_added and max_deleted_id go together, give both or neither")
        return self._execute(Command(_XSETID, (b"XSETID", name, last_id, *words), is_ok))

    def xtrim(
        self,
        name: Argument,
        maxlen: int | None = None,
        approximate: bool = True,
        minid: Argument | None = None,
        limit: int | None = None,
        ref_policy: RefPolicy | None = None,
    ) -> Awaitable[int]:
        """Delete the oldest entries of a stream.

        Args:
            name: Key of the stream.
            maxlen: How many entries to leave, >= 0.
            approximate: Whether a few more may be left, which is much cheaper.
            minid: Delete entries with a lesser ID than this. Not with ``maxlen``.
            limit: The most entries to delete, as in ``xadd``.
            ref_policy: What becomes of deleted entries that are pending, as there.

        Returns:
            How many were deleted.

        Raises:
            DataError: Not just one of ``maxlen`` and ``minid`` is given, or an option is out
                of its range.

        Source: XTRIM. Since 5.0; ``minid`` and ``limit`` since 6.2, ``ref_policy`` since
        Redis 8.2.
        """
        words: Words = trim_words(maxlen, minid, approximate, limit)
        if not words:
            raise DataError("xtrim needs maxlen or minid")
        return self._execute(Command(_XTRIM, (b"XTRIM", name, *words, *policy_words(ref_policy))))


def _once_words(id: Argument, idmpauto: Argument | None, idmp: Any) -> Words:
    """Render by what the server tells an entry that it was given already."""
    at_most_one(idmpauto=idmpauto, idmp=idmp)
    if idmpauto is None and idmp is None:
        return ()
    if id not in ("*", b"*"):
        raise DataError(f"idmpauto and idmp go with id='*' only, got id={id!r}")
    if idmp is None:
        return option(b"IDMPAUTO", idmpauto)
    if not isinstance(idmp, tuple) or len(cast("Words", idmp)) != 2:
        raise DataError("idmp must be a tuple of the producer's name and the entry's")
    return (b"IDMP", *cast("Words", idmp))
