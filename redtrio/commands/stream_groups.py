# ruff: noqa: A002  (parameters bear redis-py's names, "id" among them)
"""The commands on the consumer groups of streams: making them, reading, acknowledging."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any, overload

from redtrio.commands._arguments import (
    Duration,
    Words,
    at_least_one,
    flag_words,
    milliseconds,
    whole,
)
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._replies import as_bool, is_ok
from redtrio.commands._stream_arguments import (
    RefPolicy,
    block_words,
    counted_ids,
    limit_words,
    option,
    policy_words,
    stream_words,
)
from redtrio.commands._stream_replies import (
    ClaimedEntry,
    StreamEntry,
    as_claimed_entries_by_stream,
    as_entries_by_stream,
    as_named_fields,
)
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["StreamGroupCommands"]

_XACK = Spec(name="XACK", keys=(1, 1, 1))
_XACKDEL = Spec(name="XACKDEL", keys=(1, 1, 1))
_XGROUP_CREATE = Spec(name="XGROUP CREATE", keys=(2, 2, 1))
_XGROUP_CREATECONSUMER = Spec(name="XGROUP CREATECONSUMER", keys=(2, 2, 1))
_XGROUP_DELCONSUMER = Spec(name="XGROUP DELCONSUMER", keys=(2, 2, 1))
_XGROUP_DESTROY = Spec(name="XGROUP DESTROY", keys=(2, 2, 1))
_XGROUP_SETID = Spec(name="XGROUP SETID", keys=(2, 2, 1))
_XINFO_CONSUMERS = Spec(name="XINFO CONSUMERS", keys=(2, 2, 1), readonly=True)
_XINFO_GROUPS = Spec(name="XINFO GROUPS", keys=(2, 2, 1), readonly=True)
_XREADGROUP = Spec(name="XREADGROUP")
_XREADGROUP_BLOCK = Spec(
    name="XREADGROUP", blocking=True, block_unit=1000, without_block=_XREADGROUP
)


class StreamGroupCommands(CommandGroup[S]):
    """The commands on the consumer groups of streams.

    A group hands each entry of its stream to one of its consumers. The entry is then pending
    for that consumer, until it is acknowledged (``xack``) or another one claims it
    (``xclaim``, ``xautoclaim``). A consumer is made as its name is first used.

    All but ``xack`` and ``xackdel`` raise ``NoGroupError`` where there is no such group.
    """

    __slots__ = ()

    def xack(self, name: Argument, groupname: Argument, *ids: Argument) -> Awaitable[int]:
        """Acknowledge entries, which are then pending no more.

        Args:
            name: Key of the stream.
            groupname: Name of the group.
            *ids: IDs of the entries.

        Returns:
            How many were pending; 0 if there is no stream or no such group.

        Raises:
            DataError: There are no IDs.

        Source: XACK. Since 5.0.
        """
        return self._execute(Command(_XACK, (b"XACK", name, groupname, *at_least_one("ids", ids))))

    def xackdel(
        self,
        name: Argument,
        groupname: Argument,
        *ids: Argument,
        ref_policy: RefPolicy = "KEEPREF",
    ) -> Awaitable[list[int]]:
        """Acknowledge entries and delete them from the stream.

        Args:
            name: Key of the stream.
            groupname: Name of the group.
            *ids: IDs of the entries.
            ref_policy: What becomes of them in other groups: "KEEPREF", they stay pending
                where they are; "DELREF", they are pending no more; "ACKED", only what every
                group has acknowledged is deleted.

        Returns:
            For each ID in turn: 1, it was acknowledged and deleted; -1, it was not pending;
            2, it was acknowledged and not deleted, as another group has yet to read or
            acknowledge it.

        Raises:
            DataError: There are no IDs, or ``ref_policy`` is none of those.

        Source: XACKDEL. Since Redis 8.2.
        """
        words = (b"XACKDEL", name, groupname, *policy_words(ref_policy), *counted_ids(ids))
        return self._execute(Command(_XACKDEL, words))

    def xgroup_create(
        self,
        name: Argument,
        groupname: Argument,
        id: Argument = "$",
        mkstream: bool = False,
        entries_read: int | None = None,
    ) -> Awaitable[bool]:
        """Make a consumer group.

        Args:
            name: Key of the stream.
            groupname: Name of the group.
            id: ID after which its first entry comes; "0": from the first one on; "$": only
                entries added from now on.
            mkstream: Make an empty stream if there is none.
            entries_read: How many entries up to ``id`` there have been, >= 0, for the server
                to tell the group's lag; -1: not known.

        Returns:
            True.

        Raises:
            DataError: ``entries_read`` is below -1.
            BusyGroupError: There is a group of that name.
            ResponseError: There is no stream.

        Source: XGROUP CREATE. Since 5.0; ``entries_read`` since 7.0.
        """
        words: Words = (
            *(name, groupname, id),
            *flag_words(MKSTREAM=mkstream),
            *_entries_read(entries_read),
        )
        return self._execute(Command(_XGROUP_CREATE, (b"XGROUP", b"CREATE", *words), is_ok))

    def xgroup_createconsumer(
        self, name: Argument, groupname: Argument, consumername: Argument
    ) -> Awaitable[int]:
        """Make a consumer in a group.

        Args:
            name: Key of the stream.
            groupname: Name of the group.
            consumername: Name of the consumer.

        Returns:
            1, or 0 if there is one of that name.

        Source: XGROUP CREATECONSUMER. Since 6.2.
        """
        words = (b"XGROUP", b"CREATECONSUMER", name, groupname, consumername)
        return self._execute(Command(_XGROUP_CREATECONSUMER, words))

    def xgroup_delconsumer(
        self, name: Argument, groupname: Argument, consumername: Argument
    ) -> Awaitable[int]:
        """Remove a consumer from a group; what is pending for it goes to nobody any more.

        Args:
            name: Key of the stream.
            groupname: Name of the group.
            consumername: Name of the consumer.

        Returns:
            How many entries were pending for it.

        Source: XGROUP DELCONSUMER. Since 5.0.
        """
        words = (b"XGROUP", b"DELCONSUMER", name, groupname, consumername)
        return self._execute(Command(_XGROUP_DELCONSUMER, words))

    def xgroup_destroy(self, name: Argument, groupname: Argument) -> Awaitable[bool]:
        """Remove a consumer group; a consumer that waits in ``xreadgroup`` gets an error.

        Args:
            name: Key of the stream.
            groupname: Name of the group.

        Returns:
            Whether there was one; no ``NoGroupError`` is raised.

        Raises:
            ResponseError: There is no stream.

        Source: XGROUP DESTROY. Since 5.0.
        """
        words = (b"XGROUP", b"DESTROY", name, groupname)
        return self._execute(Command(_XGROUP_DESTROY, words, as_bool))

    def xgroup_setid(
        self,
        name: Argument,
        groupname: Argument,
        id: Argument,
        entries_read: int | None = None,
    ) -> Awaitable[bool]:
        """Set the ID after which a group's next entry comes.

        Args:
            name: Key of the stream.
            groupname: Name of the group.
            id: The ID, as in ``xgroup_create``.
            entries_read: As there.

        Returns:
            True.

        Raises:
            DataError: ``entries_read`` is below -1.

        Source: XGROUP SETID. Since 5.0; ``entries_read`` since 7.0.
        """
        words = (b"XGROUP", b"SETID", name, groupname, id, *_entries_read(entries_read))
        return self._execute(Command(_XGROUP_SETID, words, is_ok))

    def xinfo_consumers(
        self, name: Argument, groupname: Argument
    ) -> Awaitable[list[dict[str, Any]]]:
        """Get what the server tells of the consumers of a group.

        Args:
            name: Key of the stream.
            groupname: Name of the group.

        Returns:
            A dict for each consumer, field names being str in either mode: "name", "pending"
            (how many entries), "idle" (milliseconds since it last asked) and, since 7.2,
            "inactive" (milliseconds since it last got something, -1: never).

        Source: XINFO CONSUMERS. Since 5.0.
        """
        words = (b"XINFO", b"CONSUMERS", name, groupname)
        return self._execute(Command(_XINFO_CONSUMERS, words, as_named_fields))

    def xinfo_groups(self, name: Argument) -> Awaitable[list[dict[str, Any]]]:
        """Get what the server tells of the consumer groups of a stream.

        Args:
            name: Key of the stream.

        Returns:
            A dict for each group, field names being str in either mode: "name", "consumers"
            (how many), "pending" (how many entries), "last-delivered-id" and, since 7.0,
            "entries-read" and "lag" (entries yet to be delivered), each None if the server
            cannot tell.

        Raises:
            ResponseError: There is no stream.

        Source: XINFO GROUPS. Since 5.0.
        """
        words = (b"XINFO", b"GROUPS", name)
        return self._execute(Command(_XINFO_GROUPS, words, as_named_fields))

    @overload
    def xreadgroup(
        self,
        groupname: Argument,
        consumername: Argument,
        streams: Mapping[Any, Argument],
        count: int | None = None,
        block: Duration | None = None,
        noack: bool = False,
        claim_min_idle_time: None = None,
        max_count: int | None = None,
        max_size: int | None = None,
    ) -> Awaitable[dict[S, list[StreamEntry[S]]]]: ...
    @overload
    def xreadgroup(
        self,
        groupname: Argument,
        consumername: Argument,
        streams: Mapping[Any, Argument],
        count: int | None = None,
        block: Duration | None = None,
        noack: bool = False,
        *,
        claim_min_idle_time: Duration,
        max_count: int | None = None,
        max_size: int | None = None,
    ) -> Awaitable[dict[S, list[ClaimedEntry[S]]]]: ...
    def xreadgroup(
        self,
        groupname: Argument,
        consumername: Argument,
        streams: Mapping[Any, Argument],
        count: int | None = None,
        block: Duration | None = None,
        noack: bool = False,
        claim_min_idle_time: Duration | None = None,
        max_count: int | None = None,
        max_size: int | None = None,
    ) -> Awaitable[dict[S, list[StreamEntry[S]]]] | Awaitable[dict[S, list[ClaimedEntry[S]]]]:
        """Get entries of streams for a consumer, or those that are pending for it.

        Args:
            groupname: Name of the group, which each of the streams must have.
            consumername: Name of the consumer.
            streams: For each stream, its key and ">", entries that the group has given to
                nobody, which are then pending; or an ID, entries after it that are pending
                for this consumer ("0": all of them).
            count: The most entries of each stream to get, >= 1. None: all.
            block: Milliseconds to wait if there are none, int or timedelta, >= 0; 0: for
                ever, which is until the cancel scope around the call ends it. None: not at
                all. Pending ones are never waited for.
            noack: Do not make them pending, as if they were acknowledged at once.
            claim_min_idle_time: Before new entries, claim those that have been pending for
                any consumer for so many milliseconds, int or timedelta, >= 0. Only with ">".
            max_count: The most entries of all streams to get, >= 1, and not less than
                ``count``.
            max_size: About how many bytes to get at most, >= 1; one entry may exceed it.

        Returns:
            A dict of key to a list of entries, each a tuple of its ID and a dict of its
            fields (empty for a pending entry that was deleted meanwhile), the oldest first.
            With ``claim_min_idle_time`` two more items: the milliseconds since it was last
            delivered, and how often it had been; 0 and 0 for new ones. Streams without new
            entries are not in it; it is empty if none has any, or none came in time.

        Raises:
            DataError: There are no streams, or an argument is out of its range.
            NoGroupError: A stream, or its group, is missing, or is removed during the wait.

        Cancellation: no entry is lost, except with ``noack``. One that the server had
        already given to the cancelled call is pending for this consumer: ask for it with an
        ID in place of ">", or let it be claimed.

        Source: XREADGROUP. Since 5.0; ``claim_min_idle_time`` since Redis 8.4, ``max_count``
        and ``max_size`` since Redis 8.10.
        """
        spec = _XREADGROUP if block is None else _XREADGROUP_BLOCK
        words: Words = (
            *(b"XREADGROUP", b"GROUP", groupname, consumername),
            *block_words(block),
            *limit_words(count, max_count, max_size),
            *flag_words(NOACK=noack),
        )
        if claim_min_idle_time is None:
            words += stream_words(streams)
            return self._execute(Command(spec, words, as_entries_by_stream))
        idle = milliseconds("claim_min_idle_time", claim_min_idle_time, 0)
        words += (b"CLAIM", idle, *stream_words(streams))
        for last in streams.values():
            if last not in (">", b">"):
                raise DataError(f"claim_min_idle_time goes with the ID '>' only, got {last!r}")
        return self._execute(Command(spec, words, as_claimed_entries_by_stream))


def _entries_read(count: int | None) -> Words:
    return option(
        b"ENTRIESREAD", None if count is None else whole("entries_read", count, "entries", -1)
    )
