# ruff: noqa: A002  (parameters bear redis-py's names, "min" and "max" among them)
"""The commands on what is pending in the consumer groups of streams, and on who is to have it."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Literal, TypeAlias, overload

from redtrio.commands._arguments import (
    Duration,
    Keys,
    Moment,
    Words,
    at_most_one,
    choice,
    flag_words,
    flatten,
    milliseconds,
    unix_milliseconds,
    whole,
)
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._stream_arguments import count_words, counted_ids, option
from redtrio.commands._stream_replies import (
    Autoclaimed,
    StreamEntry,
    as_autoclaimed,
    as_autoclaimed_ids,
    as_entries,
    as_pending,
    as_pending_entries,
)
from redtrio.types import Argument

if TYPE_CHECKING:
    from redtrio.commands._stream_replies import Pending, PendingEntry

__all__ = ["NackMode", "StreamClaimCommands"]

NackMode: TypeAlias = Literal["SILENT", "FAIL", "FATAL"]
"""Why a consumer hands an entry back."""

_XAUTOCLAIM = Spec(name="XAUTOCLAIM", keys=(1, 1, 1))
_XCLAIM = Spec(name="XCLAIM", keys=(1, 1, 1))
_XNACK = Spec(name="XNACK", keys=(1, 1, 1))
_XPENDING = Spec(name="XPENDING", keys=(1, 1, 1), readonly=True)


class StreamClaimCommands(CommandGroup[S]):
    """The commands on entries that were given to a consumer, and are not yet acknowledged.

    All raise ``NoGroupError`` where there is no stream or no such group.

    Cancellation: what a cancelled call has claimed is pending for the consumer that claimed
    it, and is read with ``xreadgroup`` and an ID.
    """

    __slots__ = ()

    @overload
    def xautoclaim(
        self,
        name: Argument,
        groupname: Argument,
        consumername: Argument,
        min_idle_time: Duration,
        start_id: Argument = "0-0",
        count: int | None = None,
        justid: Literal[False] = False,
    ) -> Awaitable[Autoclaimed[S]]: ...
    @overload
    def xautoclaim(
        self,
        name: Argument,
        groupname: Argument,
        consumername: Argument,
        min_idle_time: Duration,
        start_id: Argument = "0-0",
        count: int | None = None,
        *,
        justid: Literal[True],
    ) -> Awaitable[list[S]]: ...
    @overload
    def xautoclaim(
        self,
        name: Argument,
        groupname: Argument,
        consumername: Argument,
        min_idle_time: Duration,
        start_id: Argument = "0-0",
        count: int | None = None,
        justid: bool = False,
    ) -> Awaitable[Autoclaimed[S] | list[S]]: ...
    def xautoclaim(
        self,
        name: Argument,
        groupname: Argument,
        consumername: Argument,
        min_idle_time: Duration,
        start_id: Argument = "0-0",
        count: int | None = None,
        justid: bool = False,
    ) -> Awaitable[Autoclaimed[S] | list[S]]:
        """Claim entries that have been pending for long, whoever has them.

        Args:
            name: Key of the stream.
            groupname: Name of the group.
            consumername: Name of the consumer that is to have them.
            min_idle_time: Milliseconds since an entry was last delivered, int or timedelta,
                >= 0; others stay where they are.
            start_id: The least ID to look at.
            count: The most entries to claim, >= 1. None: 100.
            justid: Get their IDs only, and do not count it as a delivery.

        Returns:
            The ID to go on from ("0-0": all have been looked at), a list of the claimed
            entries, each a tuple of its ID and a dict of its fields, and a list of the IDs of
            entries that were deleted meanwhile, which are now pending no more (empty before
            7.0). With ``justid``, just a list of the IDs that were claimed.

        Raises:
            DataError: A number is out of its range.

        Source: XAUTOCLAIM. Since 6.2; IDs of deleted entries since 7.0.
        """
        words: Words = (
            *(b"XAUTOCLAIM", name, groupname, consumername),
            *(milliseconds("min_idle_time", min_idle_time, 0), start_id),
            *count_words(count),
        )
        if justid:
            return self._execute(Command(_XAUTOCLAIM, (*words, b"JUSTID"), as_autoclaimed_ids))
        return self._execute(Command(_XAUTOCLAIM, words, as_autoclaimed))

    @overload
    def xclaim(
        self,
        name: Argument,
        groupname: Argument,
        consumername: Argument,
        min_idle_time: Duration,
        message_ids: Keys,
        idle: Duration | None = None,
        time: Moment | None = None,
        retrycount: int | None = None,
        force: bool = False,
        justid: Literal[False] = False,
    ) -> Awaitable[list[StreamEntry[S]]]: ...
    @overload
    def xclaim(
        self,
        name: Argument,
        groupname: Argument,
        consumername: Argument,
        min_idle_time: Duration,
        message_ids: Keys,
        idle: Duration | None = None,
        time: Moment | None = None,
        retrycount: int | None = None,
        force: bool = False,
        *,
        justid: Literal[True],
    ) -> Awaitable[list[S]]: ...
    @overload
    def xclaim(
        self,
        name: Argument,
        groupname: Argument,
        consumername: Argument,
        min_idle_time: Duration,
        message_ids: Keys,
        idle: Duration | None = None,
        time: Moment | None = None,
        retrycount: int | None = None,
        force: bool = False,
        justid: bool = False,
    ) -> Awaitable[list[StreamEntry[S]] | list[S]]: ...
    def xclaim(
        self,
        name: Argument,
        groupname: Argument,
        consumername: Argument,
        min_idle_time: Duration,
        message_ids: Keys,
        idle: Duration | None = None,
        time: Moment | None = None,
        retrycount: int | None = None,
        force: bool = False,
        justid: bool = False,
    ) -> Awaitable[list[StreamEntry[S]] | list[S]]:
        """Claim certain entries, whoever has them.

        Args:
            name: Key of the stream.
            groupname: Name of the group.
            consumername: Name of the consumer that is to have them.
            min_idle_time: Milliseconds since an entry was last delivered, int or timedelta,
                >= 0; others stay where they are.
            message_ids: IDs of the entries, at least one.
            idle: Milliseconds since they were delivered to note, int or timedelta, >= 0.
                None: 0, as they are delivered now.
            time: When they were delivered to note, Unix time in milliseconds or a datetime.
                Not with ``idle``.
            retrycount: How often they were delivered to note, >= 0. None: once more.
            force: Claim entries of the stream that are not pending, too.
            justid: Get their IDs only, and do not count it as a delivery.

        Returns:
            A list of the claimed entries, each a tuple of its ID and a dict of its fields;
            with ``justid`` a list of their IDs. Entries that were deleted meanwhile are not in
            it; they are pending no more.

        Raises:
            DataError: There are no IDs, ``idle`` and ``time`` are both given, or a number is
                out of its range.

        Source: XCLAIM. Since 5.0.
        """
        at_most_one(idle=idle, time=time)
        words: Words = (
            *(b"XCLAIM", name, groupname, consumername),
            milliseconds("min_idle_time", min_idle_time, 0),
            *flatten(message_ids, name="message_ids"),
        )
        if idle is not None:
            words += (b"IDLE", milliseconds("idle", idle, 0))
        if time is not None:
            words += (b"TIME", unix_milliseconds("time", time, 0))
        if retrycount is not None:
            words += (b"RETRYCOUNT", whole("retrycount", retrycount, "deliveries", 0))
        words += flag_words(FORCE=force, JUSTID=justid)
        if justid:
            return self._execute(Command(_XCLAIM, words))
        return self._execute(Command(_XCLAIM, words, as_entries))

    def xnack(
        self,
        name: Argument,
        groupname: Argument,
        mode: NackMode,
        *ids: Argument,
        retrycount: int | None = None,
        force: bool = False,
    ) -> Awaitable[int]:
        """Hand entries back to their group, which may give them to any consumer at once.

        Args:
            name: Key of the stream.
            groupname: Name of the group.
            mode: Why: "SILENT", the consumer ends, so that the delivery is not counted;
                "FAIL", it cannot deal with them, and the delivery counts; "FATAL", nobody
                can, and as many deliveries as there can be are noted.
            *ids: IDs of the entries.
            retrycount: How many deliveries to note in place of that, >= 0.
            force: Make entries of the stream pending, for nobody, that are not.

        Returns:
            How many were handed back.

        Raises:
            DataError: There are no IDs, ``mode`` is none of those, or ``retrycount`` is
                negative.

        Source: XNACK. Since Redis 8.8.
        """
        times: int | None = (
            None if retrycount is None else whole("retrycount", retrycount, "deliveries", 0)
        )
        words = (
            *(b"XNACK", name, groupname, choice("mode", mode, ("SILENT", "FAIL", "FATAL"))),
            *counted_ids(ids),
            *option(b"RETRYCOUNT", times),
            *flag_words(FORCE=force),
        )
        return self._execute(Command(_XNACK, words))

    def xpending(self, name: Argument, groupname: Argument) -> Awaitable[Pending[S]]:
        """Get a summary of what is pending in a group.

        Args:
            name: Key of the stream.
            groupname: Name of the group.

        Returns:
            A dict: "pending", how many entries; "min" and "max", the least and the greatest
            of their IDs, None if there are none; "consumers", a list of dicts of "name" and
            "pending", how many for that consumer. Keys are str in either mode.

        Source: XPENDING. Since 5.0.
        """
        return self._execute(Command(_XPENDING, (b"XPENDING", name, groupname), as_pending))

    def xpending_range(
        self,
        name: Argument,
        groupname: Argument,
        min: Argument,
        max: Argument,
        count: int,
        consumername: Argument | None = None,
        idle: Duration | None = None,
    ) -> Awaitable[list[PendingEntry[S]]]:
        """Get the entries that are pending in a group, from one ID to another.

        Args:
            name: Key of the stream.
            groupname: Name of the group.
            min: The least ID, as in ``xrange``; "-": from the first on.
            max: The greatest ID; "+": up to the last.
            count: The most entries to get, >= 0.
            consumername: Only those that are pending for this consumer.
            idle: Only those last delivered so many milliseconds ago or longer, int or
                timedelta, >= 0.

        Returns:
            A list of dicts, the least ID first: "message_id"; "consumer", its name;
            "time_since_delivered", milliseconds since the last time; "times_delivered", how
            often. Keys are str in either mode.

        Raises:
            DataError: A number is out of its range.

        Source: XPENDING. Since 5.0; ``idle`` and "(" in IDs since 6.2.
        """
        least: int | None = None if idle is None else milliseconds("idle", idle, 0)
        words: Words = (
            *(b"XPENDING", name, groupname),
            *option(b"IDLE", least),
            *(min, max, whole("count", count, "entries", 0)),
            *(() if consumername is None else (consumername,)),
        )
        return self._execute(Command(_XPENDING, words, as_pending_entries))
