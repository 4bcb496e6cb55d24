"""The commands that move whole slots with their keys from node to node, or empty them."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from typing import TypeAlias

from redtrio.commands._arguments import Words, flag_words
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._cluster_arguments import slot_pairs, slot_ranges, slot_word
from redtrio.commands._cluster_replies import (
    MigrationTask,
    SlotMigration,
    parse_slot_migrations,
    parse_tasks,
)
from redtrio.commands._replies import is_ok
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["ClusterMigrationCommands", "MigrationTask", "SlotMigration"]

_Ranges: TypeAlias = Iterable[tuple[int, int]]

_CLUSTER_CANCELSLOTMIGRATIONS = Spec(name="CLUSTER CANCELSLOTMIGRATIONS")
_CLUSTER_FLUSHSLOT = Spec(name="CLUSTER FLUSHSLOT")
_CLUSTER_GETSLOTMIGRATIONS = Spec(name="CLUSTER GETSLOTMIGRATIONS")
_CLUSTER_MIGRATESLOTS = Spec(name="CLUSTER MIGRATESLOTS")
_CLUSTER_MIGRATION = Spec(name="CLUSTER MIGRATION")


class ClusterMigrationCommands(CommandGroup[S]):
    """The commands that move whole slots, a part of ``ClusterCommands``.

    Valkey is told where slots are (``cluster_migrateslots``), Redis where they are to be
    (``cluster_migration_import``). Both then go on by themselves, whatever becomes of the
    connection.
    """

    __slots__ = ()

    def cluster_cancelslotmigrations(self) -> Awaitable[bool]:
        """End all migrations of slots from the node that are under way.

        Returns:
            True.

        Raises:
            ResponseError: None is under way.

        Source: CLUSTER CANCELSLOTMIGRATIONS. Since Valkey 9.0.
        """
        words = (b"CLUSTER", b"CANCELSLOTMIGRATIONS")
        return self._execute(Command(_CLUSTER_CANCELSLOTMIGRATIONS, words, is_ok))

    def cluster_flushslot(self, slot: int, asynchronous: bool = False) -> Awaitable[bool]:
        """Delete all keys of a slot.

        Args:
            slot: The slot.
            asynchronous: Let the server free the memory in the background; False: as its
                option ``lazyfree-lazy-user-flush`` says.

        Returns:
            True.

        Source: CLUSTER FLUSHSLOT. Since Valkey 9.0.
        """
        mode: Words = flag_words(ASYNC=asynchronous)
        words = (b"CLUSTER", b"FLUSHSLOT", slot_word("slot", slot), *mode)
        return self._execute(Command(_CLUSTER_FLUSHSLOT, words, is_ok))

    def cluster_getslotmigrations(self) -> Awaitable[list[SlotMigration]]:
        """List migrations of slots from the node and to it, under way or ended lately.

        Returns:
            A dict for each, the youngest first, with "name", "state", "slot_ranges" and more:
            see ``SlotMigration``.

        Source: CLUSTER GETSLOTMIGRATIONS. Since Valkey 9.0.
        """
        words = (b"CLUSTER", b"GETSLOTMIGRATIONS")
        return self._execute(Command(_CLUSTER_GETSLOTMIGRATIONS, words, parse_slot_migrations))

    def cluster_migrateslots(
        self, mapping: Mapping[str, _Ranges] | Mapping[bytes, _Ranges]
    ) -> Awaitable[bool]:
        """Let the node move slots with their keys to other nodes.

        Args:
            mapping: Id of a node to the slots that it is to get: tuples of the
                first and the last slot of a range.

        Returns:
            True: it has begun; ``cluster_getslotmigrations`` tells when it is done.

        Raises:
            DataError: There is nothing to move.
            ResponseError: The node does not serve the slots, or another node is not known.

        Source: CLUSTER MIGRATESLOTS. Since Valkey 9.0.
        """
        if not mapping:
            raise DataError("mapping must hold at least one node, got none")
        words: Words = (b"CLUSTER", b"MIGRATESLOTS")
        for node_id, ranges in mapping.items():
            words += _group(node_id, ranges)
        return self._execute(Command(_CLUSTER_MIGRATESLOTS, words, is_ok))

    def cluster_migration_cancel(self, task_id: Argument | None = None) -> Awaitable[int]:
        """End migrations of slots that are under way on the node.

        Args:
            task_id: Id of one migration; None: all. The node that gets the slots tries
                again until it is told as well.

        Returns:
            How many have ended.

        Source: CLUSTER MIGRATION. Since Redis 8.4.
        """
        words = (b"CLUSTER", b"MIGRATION", b"CANCEL", *_task(task_id))
        return self._execute(Command(_CLUSTER_MIGRATION, words))

    def cluster_migration_import(self, *slots: int) -> Awaitable[S]:
        """Let the node fetch slots with their keys from the nodes that serve them.

        Args:
            *slots: The first and the last slot of each range in turn.

        Returns:
            Id of the migration, which has begun; ``cluster_migration_status`` tells when it
            is done.

        Raises:
            DataError: There is none, or one has no end.
            ResponseError: The node serves them already, or nobody does.

        Source: CLUSTER MIGRATION. Since Redis 8.4.
        """
        words = (b"CLUSTER", b"MIGRATION", b"IMPORT", *slot_ranges(slots))
        return self._execute(Command(_CLUSTER_MIGRATION, words))

    def cluster_migration_status(
        self, task_id: Argument | None = None
    ) -> Awaitable[list[MigrationTask]]:
        """List migrations of slots from the node and to it, under way or ended lately.

        Args:
            task_id: Id of one migration; None: all.

        Returns:
            A dict for each, with "id", "state", "slots" and more: see ``MigrationTask``. Empty
            if there is none of that id.

        Source: CLUSTER MIGRATION. Since Redis 8.4.
        """
        words = (b"CLUSTER", b"MIGRATION", b"STATUS", *_task(task_id))
        return self._execute(Command(_CLUSTER_MIGRATION, words, parse_tasks))


def _group(node_id: Argument, ranges: _Ranges) -> Words:
    return (b"SLOTSRANGE", *slot_pairs(ranges), b"NODE", node_id)


def _task(task_id: Argument | None) -> Words:
    return (b"ALL",) if task_id is None else (b"ID", task_id)
