"""The commands that change a cluster: who belongs to it, who serves what."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Literal

from redtrio.commands._arguments import Duration, Words, choice, milliseconds, whole
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._cluster_arguments import slot_ranges, slot_word, slot_words
from redtrio.commands._cluster_replies import parse_epoch
from redtrio.commands._replies import is_ok
from redtrio.types import Argument

__all__ = ["ClusterAdminCommands"]

_CLUSTER_ADDSLOTS = Spec(name="CLUSTER ADDSLOTS")
_CLUSTER_ADDSLOTSRANGE = Spec(name="CLUSTER ADDSLOTSRANGE")
_CLUSTER_BUMPEPOCH = Spec(name="CLUSTER BUMPEPOCH")
_CLUSTER_DELSLOTS = Spec(name="CLUSTER DELSLOTS")
_CLUSTER_DELSLOTSRANGE = Spec(name="CLUSTER DELSLOTSRANGE")
_CLUSTER_FAILOVER = Spec(name="CLUSTER FAILOVER")
_CLUSTER_FLUSHSLOTS = Spec(name="CLUSTER FLUSHSLOTS")
_CLUSTER_FORGET = Spec(name="CLUSTER FORGET")
_CLUSTER_MEET = Spec(name="CLUSTER MEET")
_CLUSTER_REPLICATE = Spec(name="CLUSTER REPLICATE")
_CLUSTER_RESET = Spec(name="CLUSTER RESET")
_CLUSTER_SAVECONFIG = Spec(name="CLUSTER SAVECONFIG")
_CLUSTER_SET_CONFIG_EPOCH = Spec(name="CLUSTER SET-CONFIG-EPOCH")
_CLUSTER_SETSLOT = Spec(name="CLUSTER SETSLOT")


class ClusterAdminCommands(CommandGroup[S]):
    """The commands that change a cluster, a part of ``ClusterCommands``.

    What returns bool returns True: whatever goes wrong is raised as ``ResponseError``. Most
    of it reaches the other nodes later, by and by.
    """

    __slots__ = ()

    def cluster_addslots(self, *slots: int) -> Awaitable[bool]:
        """Let the node serve slots that no node serves so far.

        Args:
            *slots: The slots.

        Returns:
            True.

        Raises:
            DataError: There is none.
            ResponseError: A slot is served already; none has been added.

        Source: CLUSTER ADDSLOTS. Since 3.0.
        """
        words = (b"CLUSTER", b"ADDSLOTS", *slot_words(slots))
        return self._execute(Command(_CLUSTER_ADDSLOTS, words, is_ok))

    def cluster_addslotsrange(self, *slots: int) -> Awaitable[bool]:
        """Let the node serve ranges of slots, as ``cluster_addslots``.

        Args:
            *slots: The first and the last slot of each range in turn.

        Returns:
            True.

        Raises:
            DataError: There is none, or one has no end.
            ResponseError: A slot is served already; none has been added.

        Source: CLUSTER ADDSLOTSRANGE. Since 7.0.
        """
        words = (b"CLUSTER", b"ADDSLOTSRANGE", *slot_ranges(slots))
        return self._execute(Command(_CLUSTER_ADDSLOTSRANGE, words, is_ok))

    def cluster_bumpepoch(self) -> Awaitable[tuple[bool, int]]:
        """Advance the node's configuration epoch, unless it is the greatest already.

        Returns:
            Whether it was advanced, and what it is now.

        Source: CLUSTER BUMPEPOCH. Since 3.0.
        """
        return self._execute(Command(_CLUSTER_BUMPEPOCH, (b"CLUSTER", b"BUMPEPOCH"), parse_epoch))

    def cluster_delslots(self, *slots: int) -> Awaitable[bool]:
        """Let the node forget who serves some slots.

        Args:
            *slots: The slots.

        Returns:
            True.

        Raises:
            DataError: There is none.
            ResponseError: Nobody serves one of them; none has been removed.

        Source: CLUSTER DELSLOTS. Since 3.0.
        """
        words = (b"CLUSTER", b"DELSLOTS", *slot_words(slots))
        return self._execute(Command(_CLUSTER_DELSLOTS, words, is_ok))

    def cluster_delslotsrange(self, *slots: int) -> Awaitable[bool]:
        """Let the node forget who serves ranges of slots, as ``cluster_delslots``.

        Args:
            *slots: The first and the last slot of each range in turn.

        Returns:
            True.

        Raises:
            DataError: There is none, or one has no end.
            ResponseError: Nobody serves one of them; none has been removed.

        Source: CLUSTER DELSLOTSRANGE. Since 7.0.
        """
        words = (b"CLUSTER", b"DELSLOTSRANGE", *slot_ranges(slots))
        return self._execute(Command(_CLUSTER_DELSLOTSRANGE, words, is_ok))

    def cluster_failover(
        self, option: Literal["FORCE", "TAKEOVER", "force", "takeover"] | None = None
    ) -> Awaitable[bool]:
        """Let the node, a replica, take the place of its primary.

        Args:
            option: "FORCE": without the consent of the primary, which may be down;
                "TAKEOVER": without that of the other primaries either. None: no write is
                lost.

        Returns:
            True: the node has begun; ``cluster_nodes`` tells when it is done.

        Raises:
            DataError: ``option`` is none of those.
            ResponseError: The node is no replica, or does not reach its primary.

        Source: CLUSTER FAILOVER. Since 3.0.
        """
        words: Words = (b"CLUSTER", b"FAILOVER")
        if option is not None:
            words += (choice("option", option, ("FORCE", "TAKEOVER")),)
        return self._execute(Command(_CLUSTER_FAILOVER, words, is_ok))

    def cluster_flushslots(self) -> Awaitable[bool]:
        """Let the node forget who serves any slot; for a node without keys only.

        Returns:
            True.

        Raises:
            ResponseError: The node has keys.

        Source: CLUSTER FLUSHSLOTS. Since 3.0.
        """
        return self._execute(Command(_CLUSTER_FLUSHSLOTS, (b"CLUSTER", b"FLUSHSLOTS"), is_ok))

    def cluster_forget(self, node_id: Argument) -> Awaitable[bool]:
        """Let the node forget another one, and not get to know it anew for a minute.

        Args:
            node_id: Id of the other node.

        Returns:
            True.

        Raises:
            ResponseError: The other node is not known, is the node itself, or its primary.

        Source: CLUSTER FORGET. Since 3.0.
        """
        return self._execute(Command(_CLUSTER_FORGET, (b"CLUSTER", b"FORGET", node_id), is_ok))

    def cluster_meet(
        self, host: Argument, port: int, cluster_bus_port: int | None = None
    ) -> Awaitable[bool]:
        """Let the node get to know another one, and with it that one's cluster.

        Args:
            host: IP address of the other node.
            port: Its port for clients.
            cluster_bus_port: Its port for nodes; None: 10000 more. Since 4.0.

        Returns:
            True: the node will try; ``cluster_nodes`` tells when it is done.

        Raises:
            ResponseError: That is no address.

        Source: CLUSTER MEET. Since 3.0.
        """
        words: Words = (b"CLUSTER", b"MEET", host, port)
        if cluster_bus_port is not None:
            words += (cluster_bus_port,)
        return self._execute(Command(_CLUSTER_MEET, words, is_ok))

    def cluster_replicate(self, node_id: Argument | None) -> Awaitable[bool]:
        """Make the node a replica of a primary.

        Args:
            node_id: Id of the primary. None: make a replica a primary without slots again,
                which drops its keys; since Valkey 9.0, not in Redis.

        Returns:
            True.

        Raises:
            ResponseError: The other node is not known or is a replica, or the node itself
                serves slots.

        Source: CLUSTER REPLICATE. Since 3.0.
        """
        primary: Words = (b"NO", b"ONE") if node_id is None else (node_id,)
        return self._execute(
            Command(_CLUSTER_REPLICATE, (b"CLUSTER", b"REPLICATE", *primary), is_ok)
        )

    def cluster_reset(self, soft: bool = True) -> Awaitable[bool]:
        """Let the node leave its cluster; a replica becomes a primary and loses its keys.

        Args:
            soft: Keep its id and its epochs. False: it gets a new id, and epochs of 0.

        Returns:
            True.

        Raises:
            ResponseError: The node is a primary that has keys.

        Source: CLUSTER RESET. Since 3.0.
        """
        words = (b"CLUSTER", b"RESET", b"SOFT" if soft else b"HARD")
        return self._execute(Command(_CLUSTER_RESET, words, is_ok))

    def cluster_save_config(self) -> Awaitable[bool]:
        """Let the node write what it knows of the cluster to its disk.

        Returns:
            True.

        Raises:
            ResponseError: It cannot.

        Source: CLUSTER SAVECONFIG. Since 3.0.
        """
        return self._execute(Command(_CLUSTER_SAVECONFIG, (b"CLUSTER", b"SAVECONFIG"), is_ok))

    def cluster_set_config_epoch(self, epoch: int) -> Awaitable[bool]:
        """Set the configuration epoch of a new node, which knows no other node yet.

        Args:
            epoch: The epoch, >= 0.

        Returns:
            True.

        Raises:
            DataError: ``epoch`` is negative.
            ResponseError: The node knows others, or has an epoch.

        Source: CLUSTER SET-CONFIG-EPOCH. Since 3.0.
        """
        words = (b"CLUSTER", b"SET-CONFIG-EPOCH", whole("epoch", epoch, "epochs", 0))
        return self._execute(Command(_CLUSTER_SET_CONFIG_EPOCH, words, is_ok))

    def cluster_setslot(
        self,
        node_id: Argument,
        slot_id: int,
        state: Literal["IMPORTING", "MIGRATING", "NODE", "importing", "migrating", "node"],
        timeout: Duration | None = None,
    ) -> Awaitable[bool]:
        """Tell the node where a slot comes from, goes to, or is.

        Args:
            node_id: Id of the other node.
            slot_id: The slot.
            state: "MIGRATING": the slot goes from this node to the other; "IMPORTING": from
                the other to this one; "NODE": the other serves it.
            timeout: Milliseconds, > 0, that the node waits for its replicas to know as well;
                None: 2000. Since Valkey 8.0, not in Redis.

        Returns:
            True.

        Raises:
            DataError: ``state`` is none of those, or ``timeout`` is out of its range.
            ResponseError: The other node is not known, or the slot is not where it would
                have to be.

        Source: CLUSTER SETSLOT. Since 3.0.
        """
        word = choice("state", state, ("IMPORTING", "MIGRATING", "NODE"))
        return self._setslot(slot_id, (word, node_id), timeout)

    def cluster_setslot_stable(
        self, slot_id: int, timeout: Duration | None = None
    ) -> Awaitable[bool]:
        """Tell the node that a slot neither comes nor goes.

        Args:
            slot_id: The slot.
            timeout: As in ``cluster_setslot``.

        Returns:
            True.

        Raises:
            DataError: ``timeout`` is out of its range.

        Source: CLUSTER SETSLOT. Since 3.0.
        """
        return self._setslot(slot_id, (b"STABLE",), timeout)

    def _setslot(self, slot_id: int, state: Words, timeout: Duration | None) -> Awaitable[bool]:
        words = (b"CLUSTER", b"SETSLOT", slot_word("slot_id", slot_id), *state)
        if timeout is not None:
            words += (b"TIMEOUT", milliseconds("timeout", timeout))
        return self._execute(Command(_CLUSTER_SETSLOT, words, is_ok))
