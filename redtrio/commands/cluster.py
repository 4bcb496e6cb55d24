"""The commands by which one node of a cluster is asked, and told, of the cluster."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Literal, TypeAlias, overload

from redtrio.commands._arguments import Words, choice, scan_words, whole
from redtrio.commands._base import Command, S, Spec
from redtrio.commands._cluster_arguments import slot_word
from redtrio.commands._cluster_replies import (
    ClusterLink,
    ClusterNode,
    ClusterShard,
    ClusterShardNode,
    SlotNodes,
    parse_info,
    parse_links,
    parse_nodes,
    parse_replicas,
    parse_scan,
    parse_shards,
    parse_slot_stats,
    parse_slots,
)
from redtrio.commands.cluster_admin import ClusterAdminCommands
from redtrio.commands.cluster_migration import ClusterMigrationCommands
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = [
    "ClusterCommands",
    "ClusterLink",
    "ClusterNode",
    "ClusterShard",
    "ClusterShardNode",
    "SlotNodes",
    "SlotStats",
]

SlotStats: TypeAlias = dict[int, dict[str, int]]
"""Slot to the name of a figure to the figure."""

_CLUSTER = Spec(name="CLUSTER")
_CLUSTERSCAN = Spec(name="CLUSTERSCAN", keys=(1, 1, 1), readonly=True)
_CLUSTER_COUNT_FAILURE_REPORTS = Spec(name="CLUSTER COUNT-FAILURE-REPORTS")
_CLUSTER_COUNTKEYSINSLOT = Spec(name="CLUSTER COUNTKEYSINSLOT")
_CLUSTER_GETKEYSINSLOT = Spec(name="CLUSTER GETKEYSINSLOT")
_CLUSTER_INFO = Spec(name="CLUSTER INFO")
_CLUSTER_KEYSLOT = Spec(name="CLUSTER KEYSLOT")
_CLUSTER_LINKS = Spec(name="CLUSTER LINKS")
_CLUSTER_MYID = Spec(name="CLUSTER MYID")
_CLUSTER_MYSHARDID = Spec(name="CLUSTER MYSHARDID")
_CLUSTER_NODES = Spec(name="CLUSTER NODES")
_CLUSTER_REPLICAS = Spec(name="CLUSTER REPLICAS")
_CLUSTER_SHARDS = Spec(name="CLUSTER SHARDS")
_CLUSTER_SLOT_STATS = Spec(name="CLUSTER SLOT-STATS")
_CLUSTER_SLOTS = Spec(name="CLUSTER SLOTS")


class ClusterCommands(ClusterAdminCommands[S], ClusterMigrationCommands[S]):
    """The commands on a cluster, answered by the one node that they are sent to.

    A slot is a number from 0 to 16383, and every key has one. Nodes have ids of 40
    characters, which ``cluster_myid`` and ``cluster_nodes`` tell; the node that answers is
    the one whose flags hold "myself". Ids, addresses and states are str in either mode,
    unless they are the whole reply.

    All raise ``ResponseError`` where the server is no node of a cluster, and ``DataError``
    where what should be a slot is none.

    Cancellation: where a command changes something and its call is cancelled, or fails with a
    ``ConnectionError`` whose ``maybe_executed`` is True, the node may have carried it out.
    """

    __slots__ = ()

    def cluster(self, cluster_arg: str, *args: Argument) -> Awaitable[Any]:
        """Send a subcommand of CLUSTER, also one that has no method here.

        Args:
            cluster_arg: The subcommand.
            *args: Its arguments.

        Returns:
            The reply as it comes: read into no other shape, as the methods do.

        Source: CLUSTER. Since 3.0.
        """
        return self._execute(Command(_CLUSTER, (b"CLUSTER", cluster_arg, *args)))

    def cluster_count_failure_report(self, node_id: Argument) -> Awaitable[int]:
        """Count the nodes that hold a node for failed, as far as the answering one has heard.

        Args:
            node_id: Id of the node in question.

        Returns:
            How many reports there are.

        Raises:
            ResponseError: The node is not known.

        Source: CLUSTER COUNT-FAILURE-REPORTS. Since 3.0.
        """
        words = (b"CLUSTER", b"COUNT-FAILURE-REPORTS", node_id)
        return self._execute(Command(_CLUSTER_COUNT_FAILURE_REPORTS, words))

    def cluster_countkeysinslot(self, slot_id: int) -> Awaitable[int]:
        """Count the keys that the node has in a slot.

        Args:
            slot_id: The slot.

        Returns:
            How many there are; 0 also where another node serves the slot.

        Source: CLUSTER COUNTKEYSINSLOT. Since 3.0.
        """
        words = (b"CLUSTER", b"COUNTKEYSINSLOT", slot_word("slot_id", slot_id))
        return self._execute(Command(_CLUSTER_COUNTKEYSINSLOT, words))

    def cluster_get_keys_in_slot(self, slot: int, num_keys: int) -> Awaitable[list[S]]:
        """Get names of keys that the node has in a slot.

        Args:
            slot: The slot.
            num_keys: The most names to get, >= 0.

        Returns:
            The names, in no order; none also where another node serves the slot.

        Raises:
            DataError: ``num_keys`` is negative.

        Source: CLUSTER GETKEYSINSLOT. Since 3.0.
        """
        count = whole("num_keys", num_keys, "keys", 0)
        words = (b"CLUSTER", b"GETKEYSINSLOT", slot_word("slot", slot), count)
        return self._execute(Command(_CLUSTER_GETKEYSINSLOT, words))

    def cluster_info(self) -> Awaitable[dict[str, int | str]]:
        """Tell how the cluster is, as the node sees it.

        Returns:
            Name to value, whole numbers as int: "cluster_state" ("ok" or "fail"),
            "cluster_slots_assigned", "cluster_known_nodes", "cluster_size" (primaries that
            serve slots), "cluster_current_epoch" and more.

        Source: CLUSTER INFO. Since 3.0.
        """
        return self._execute(Command(_CLUSTER_INFO, (b"CLUSTER", b"INFO"), parse_info))

    def cluster_keyslot(self, key: Argument) -> Awaitable[int]:
        """Tell the slot of a key.

        Args:
            key: The key's name; if it holds a part in braces that is not empty, as
                "{user1}.name", that part alone decides.

        Returns:
            The slot.

        Source: CLUSTER KEYSLOT. Since 3.0.
        """
        return self._execute(Command(_CLUSTER_KEYSLOT, (b"CLUSTER", b"KEYSLOT", key)))

    def cluster_links(self) -> Awaitable[list[ClusterLink]]:
        """List the connections between the node and the others, two with each.

        Returns:
            A dict for each: "direction" ("to" or "from"), "node" (the other's id),
            "create-time" (Unix milliseconds), "events", "send-buffer-allocated" and
            "send-buffer-used" (bytes).

        Source: CLUSTER LINKS. Since 7.0.
        """
        return self._execute(Command(_CLUSTER_LINKS, (b"CLUSTER", b"LINKS"), parse_links))

    def cluster_myid(self) -> Awaitable[S]:
        """Tell the id of the node.

        Source: CLUSTER MYID. Since 3.0.
        """
        return self._execute(Command(_CLUSTER_MYID, (b"CLUSTER", b"MYID")))

    def cluster_myshardid(self) -> Awaitable[S]:
        """Tell the id of the node's shard, which its primary and all replicas share.

        Source: CLUSTER MYSHARDID. Since 7.2.
        """
        return self._execute(Command(_CLUSTER_MYSHARDID, (b"CLUSTER", b"MYSHARDID")))

    def cluster_nodes(self) -> Awaitable[dict[str, ClusterNode]]:
        """List the nodes that the node knows, itself among them.

        Returns:
            Address ("host:port", the host empty where it is not known yet) to a dict with
            "node_id", "flags", "slots" and more, all str: see ``ClusterNode``. Of nodes with
            the same address the last one is there, which may happen to such that have lost
            theirs.

        Source: CLUSTER NODES. Since 3.0.
        """
        return self._execute(Command(_CLUSTER_NODES, (b"CLUSTER", b"NODES"), parse_nodes))

    def cluster_replicas(self, node_id: Argument) -> Awaitable[dict[str, ClusterNode]]:
        """List the replicas of a primary.

        Args:
            node_id: Id of the primary.

        Returns:
            As ``cluster_nodes``.

        Raises:
            ResponseError: The node is not known, or is no primary.

        Source: CLUSTER REPLICAS. Since 5.0.
        """
        words = (b"CLUSTER", b"REPLICAS", node_id)
        return self._execute(Command(_CLUSTER_REPLICAS, words, parse_replicas))

    def cluster_shards(self) -> Awaitable[list[ClusterShard]]:
        """List the shards: which nodes serve which slots together.

        Returns:
            A dict for each: "slots", a list of tuples of first and last slot, and "nodes", a
            list of dicts with "id", "endpoint", "port", "role", "health" and more: see
            ``ClusterShardNode``.

        Source: CLUSTER SHARDS. Since 7.0.
        """
        return self._execute(Command(_CLUSTER_SHARDS, (b"CLUSTER", b"SHARDS"), parse_shards))

    @overload
    def cluster_slot_stats(self, start_slot: int, end_slot: int) -> Awaitable[SlotStats]: ...
    @overload
    def cluster_slot_stats(
        self,
        *,
        orderby: str,
        limit: int | None = None,
        order: Literal["ASC", "DESC", "asc", "desc"] | None = None,
    ) -> Awaitable[SlotStats]: ...
    def cluster_slot_stats(
        self,
        start_slot: int | None = None,
        end_slot: int | None = None,
        *,
        orderby: str | None = None,
        limit: int | None = None,
        order: Literal["ASC", "DESC", "asc", "desc"] | None = None,
    ) -> Awaitable[SlotStats]:
        """Tell how much the slots of the node are used.

        Either a range of slots is asked for, or an order.

        Args:
            start_slot: The first slot.
            end_slot: The last slot, included.
            orderby: The figure to sort by: "KEY-COUNT", "CPU-USEC", "NETWORK-BYTES-IN",
                "NETWORK-BYTES-OUT" or what else the server knows; all but the first need its
                option ``cluster-slot-stats-enabled``.
            limit: The most slots to tell of, > 0; None: all.
            order: Whether the smallest comes first, or the largest (the default).

        Returns:
            Slot to a dict of figures, "key-count", "cpu-usec" and so on, in the order asked
            for; only of slots that the node serves.

        Raises:
            DataError: Neither or both are asked for, or an argument is none of those.
            ResponseError: The server does not know ``orderby``, or does not count it.

        Source: CLUSTER SLOT-STATS. Since Redis 8.2 and Valkey 8.0.
        """
        words: Words = (b"CLUSTER", b"SLOT-STATS")
        if orderby is None:
            words += _slots_range(start_slot, end_slot, limit, order)
        elif start_slot is not None or end_slot is not None:
            raise DataError("orderby and a range of slots exclude each other, give one of them")
        else:
            words += (b"ORDERBY", orderby)
            if limit is not None:
                words += (b"LIMIT", whole("limit", limit, "slots", 1))
            if order is not None:
                words += (choice("order", order, ("ASC", "DESC")),)
        return self._execute(Command(_CLUSTER_SLOT_STATS, words, parse_slot_stats))

    def cluster_slots(self) -> Awaitable[dict[tuple[int, int], SlotNodes]]:
        """List which nodes serve which slots.

        Returns:
            First and last slot to a dict with "primary", a tuple of host and port, and
            "replicas", a list of the same. A host is "" where the node does not know its own
            or is not to tell it: it then is the one that it was asked at.

        Source: CLUSTER SLOTS. Since 3.0.
        """
        return self._execute(Command(_CLUSTER_SLOTS, (b"CLUSTER", b"SLOTS"), parse_slots))

    def clusterscan(
        self,
        cursor: str = "0",
        match: Argument | None = None,
        count: int | None = None,
        _type: str | None = None,
        slot: int | None = None,
    ) -> Awaitable[tuple[str, list[S]]]:
        """Get one page of the names of the keys of the cluster, slot after slot.

        The cursor tells of the slot where the next page stands, and has to be sent to the
        node that serves it, as a key would have to be.

        Args:
            cursor: "0", or what the page before gave.
            match: Only names that match this glob.
            count: About how many to look at, > 0; None: 10.
            _type: Only keys of this type, as ``type`` tells it.
            slot: Only keys of this slot.

        Returns:
            The cursor of the next page, "0" if there is none, which is str in either mode;
            and the names of this page, which may be none although more follow.

        Raises:
            DataError: ``count`` is out of its range.
            MovedError: Another node serves the slot where the page stands.

        Source: CLUSTERSCAN. Since Valkey 9.1.
        """
        words: Words = (b"CLUSTERSCAN", cursor, *scan_words(match, count))
        if _type is not None:
            words += (b"TYPE", _type)
        if slot is not None:
            words += (b"SLOT", slot_word("slot", slot))
        return self._execute(Command(_CLUSTERSCAN, words, parse_scan))


def _slots_range(
    start_slot: int | None, end_slot: int | None, limit: int | None, order: str | None
) -> Words:
    if limit is not None or order is not None:
        raise DataError("limit and order need orderby")
    if start_slot is None or end_slot is None:
        raise DataError("start_slot and end_slot must both be given, or orderby")
    first, last = slot_word("start_slot", start_slot), slot_word("end_slot", end_slot)
    if first > last:
        raise DataError(f"end_slot must be >= start_slot, {first}, got {last}")
    return (b"SLOTSRANGE", first, last)
