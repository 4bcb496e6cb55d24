"""Readers of what the nodes of a cluster tell of it.

Node ids, addresses, flags and states are the protocol's own words, and therefore str whether
the client decodes or not.
"""

from __future__ import annotations

from typing import Any, TypedDict, cast

from redtrio.commands._replies import plain_words, text

__all__ = [
    "ClusterLink",
    "ClusterNode",
    "ClusterShard",
    "ClusterShardNode",
    "MigrationTask",
    "SlotMigration",
    "SlotNodes",
    "parse_epoch",
    "parse_info",
    "parse_links",
    "parse_nodes",
    "parse_replicas",
    "parse_scan",
    "parse_shards",
    "parse_slot_migrations",
    "parse_slot_stats",
    "parse_slots",
    "parse_tasks",
]


class ClusterNode(TypedDict):
    """A node as CLUSTER NODES tells of it.

    Attributes:
        node_id: Its id.
        hostname: Its host name, "" if it announces none.
        flags: What it is, joined by commas: "myself,master", "slave", "fail?", ...
        master_id: Of a replica, the id of its primary, else "-".
        last_ping_sent: When a ping without a reply so far was sent, in Unix milliseconds; "0":
            there is none.
        last_pong_rcvd: When its last pong came, in Unix milliseconds.
        epoch: Its configuration epoch.
        slots: The ranges of slots that it serves, each ["start", "end"], or ["slot"].
        migrations: Its slots on their way: dicts with "slot", "node_id" of the other node, and
            "state", "migrating" or "importing".
        connected: Whether the answering node has a link to it.
    """

    node_id: str
    hostname: str
    flags: str
    master_id: str
    last_ping_sent: str
    last_pong_rcvd: str
    epoch: str
    slots: list[list[str]]
    migrations: list[dict[str, str]]
    connected: bool


class SlotNodes(TypedDict):
    """Who serves a range of slots.

    Attributes:
        primary: Host and port; the host is "" where the node does not know its own, which then
            is the one that it was asked at.
        replicas: The same of each replica.
    """

    primary: tuple[str, int]
    replicas: list[tuple[str, int]]


# Names with hyphens can be told in this form only.
_ShardNode = TypedDict(
    "_ShardNode",
    {
        "id": str,
        "endpoint": str | None,
        "ip": str,
        "role": str,
        "replication-offset": int,
        "health": str,
    },
)
_ShardNodeDetails = TypedDict(
    "_ShardNodeDetails",
    {"port": int, "tls-port": int, "hostname": str, "availability-zone": str},
    total=False,
)


class ClusterShardNode(_ShardNode, _ShardNodeDetails):
    """A node as CLUSTER SHARDS tells of it.

    Always there are "id", "endpoint" (where to reach it; None: where the answering node was
    reached), "ip", "role" ("master" or "replica"), "replication-offset" and "health" ("online",
    "loading" or "fail"); where it has them "port", "tls-port", "hostname" and
    "availability-zone".
    """


class _Shard(TypedDict):
    slots: list[tuple[int, int]]
    nodes: list[ClusterShardNode]


class ClusterShard(_Shard, total=False):
    """The nodes that serve the same slots.

    Attributes:
        slots: Ranges of slots, first and last; empty if it serves none.
        nodes: The primary and its replicas.
        id: Id of the shard. Valkey 9.1 tells it, Redis does not.
    """

    id: str


ClusterLink = TypedDict(
    "ClusterLink",
    {
        "direction": str,
        "node": str,
        "create-time": int,
        "events": str,
        "send-buffer-allocated": int,
        "send-buffer-used": int,
    },
)
"""A connection between nodes.

"direction" is "to" or "from" the peer, whose id is "node"; "create-time" is in Unix
milliseconds; "events" are "r" and "w", what is waited for; the buffer is counted in bytes.
"""


class SlotMigration(TypedDict):
    """A migration of slots as CLUSTER GETSLOTMIGRATIONS tells of it.

    Attributes:
        name: Its name, the same on both nodes.
        operation: "IMPORT" or "EXPORT", as seen from the answering node.
        slot_ranges: Ranges of slots, first and last.
        target_node: Id of the node that the slots go to.
        source_node: Id of the node that they come from.
        create_time: When it began, in Unix seconds.
        last_update_time: When its state changed last, in Unix seconds.
        last_ack_time: When the other node was last heard of, in Unix seconds.
        state: Such as "snapshotting", "success", "failed", "cancelled".
        message: Why it failed; "" if it did not.
        cow_size: Bytes that were copied as they changed during the snapshot.
        remaining_repl_size: Bytes of changes that have not yet gone over.
    """

    name: str
    operation: str
    slot_ranges: list[tuple[int, int]]
    target_node: str
    source_node: str
    create_time: int
    last_update_time: int
    last_ack_time: int
    state: str
    message: str
    cow_size: int
    remaining_repl_size: int


class MigrationTask(TypedDict):
    """A migration of slots as CLUSTER MIGRATION STATUS tells of it.

    Attributes:
        id: Its id, the same on both nodes.
        slots: Ranges of slots, first and last.
        source: Id of the node that they come from.
        dest: Id of the node that they go to.
        operation: "import" or "migrate", as seen from the answering node.
        state: Such as "completed", "failed", "canceled".
        last_error: What went wrong last; "" if nothing did.
        retries: How often it has begun anew.
        create_time: When it was asked for, in Unix milliseconds.
        start_time: When it began, in Unix milliseconds.
        end_time: When it ended, in Unix milliseconds; -1 if it has not.
        write_pause_ms: How long the source held writes back, in milliseconds.
    """

    id: str
    slots: list[tuple[int, int]]
    source: str
    dest: str
    operation: str
    state: str
    last_error: str
    retries: int
    create_time: int
    start_time: int
    end_time: int
    write_pause_ms: int


# They may come as text.
_NUMBERS = ("retries", "create_time", "start_time", "end_time", "write_pause_ms")


def parse_info(reply: bytes) -> dict[str, int | str]:
    """Read lines of ``name:value``; what is a whole number becomes int."""
    fields: dict[str, int | str] = {}
    for line in text(reply).splitlines():
        name, _, value = line.partition(":")
        fields[name] = int(value) if value.isdecimal() else value
    return fields


def parse_nodes(reply: bytes) -> dict[str, ClusterNode]:
    """Read one line for each node: its address, and what it is."""
    return dict(map(_node, text(reply).splitlines()))


def parse_replicas(reply: list[bytes]) -> dict[str, ClusterNode]:
    """Read the same lines as ``parse_nodes``, which here come as a list."""
    return dict(map(_node, map(text, reply)))


def _node(line: str) -> tuple[str, ClusterNode]:
    # <id> <ip:port@bus[,hostname[,name=value]...]> <flags> <primary> <ping> <pong> <epoch>
    # <link> [<slots>...]
    node_id, place, flags, master_id, ping, pong, epoch, link, *slots = line.split()
    address, _, announced = place.partition("@")
    names = announced.split(",")[1:2]
    return address, {
        "node_id": node_id,
        # Where there is no host name, what stands next is the first "name=value".
        "hostname": names[0] if names and "=" not in names[0] else "",
        "flags": flags,
        "master_id": master_id,
        "last_ping_sent": ping,
        "last_pong_rcvd": pong,
        "epoch": epoch,
        "slots": [word.split("-") for word in slots if not word.startswith("[")],
        "migrations": [_migration(word[1:-1]) for word in slots if word.startswith("[")],
        "connected": link == "connected",
    }


def _migration(word: str) -> dict[str, str]:
    # 5->-<id of who gets it>, or 5-<-<id of who gives it>
    slot, way, node_id = word.partition("->-")
    state = "migrating"
    if not way:
        slot, _, node_id = word.partition("-<-")
        state = "importing"
    return {"slot": slot, "node_id": node_id, "state": state}


def parse_slots(reply: list[list[Any]]) -> dict[tuple[int, int], SlotNodes]:
    """Read first slot, last slot, primary, replicas; a node is host, port, and more."""
    ranges: dict[tuple[int, int], SlotNodes] = {}
    for first, last, primary, *replicas in reply:
        ranges[first, last] = {"primary": _place(primary), "replicas": list(map(_place, replicas))}
    return ranges


def _place(node: list[Any]) -> tuple[str, int]:
    host, port = node[:2]
    return ("" if host is None else text(host), port)


def parse_shards(reply: list[dict[bytes, Any]]) -> list[ClusterShard]:
    """Read a list of dicts, in which the ends of ranges of slots stand in one list."""
    shards: list[dict[str, Any]] = plain_words(reply)
    for shard in shards:
        ends: list[int] = shard["slots"]
        shard["slots"] = list(zip(ends[::2], ends[1::2], strict=True))
    return cast("list[ClusterShard]", shards)


def parse_links(reply: list[dict[bytes, Any]]) -> list[ClusterLink]:
    """Read a list of dicts."""
    links: list[ClusterLink] = plain_words(reply)
    return links


def parse_slot_stats(reply: list[list[Any]]) -> dict[int, dict[str, int]]:
    """Read pairs of a slot and its figures, and keep their order."""
    return {slot: plain_words(figures) for slot, figures in reply}


def parse_epoch(reply: bytes) -> tuple[bool, int]:
    """Read ``BUMPED 7`` or ``STILL 7``."""
    word, _, epoch = text(reply).partition(" ")
    return word == "BUMPED", int(epoch)


def parse_scan(reply: list[Any]) -> tuple[str, list[Any]]:
    """Read a cursor that is text, and keys."""
    cursor, keys = reply
    return text(cursor), keys


def parse_slot_migrations(reply: list[dict[bytes, Any]]) -> list[SlotMigration]:
    """Read a list of dicts, in which ranges of slots stand in one word."""
    migrations: list[dict[str, Any]] = plain_words(reply)
    for migration in migrations:
        migration["slot_ranges"] = _ranges(migration["slot_ranges"])
    return cast("list[SlotMigration]", migrations)


def _ranges(words: str) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    for word in words.split():
        first, _, last = word.partition("-")
        ranges.append((int(first), int(last or first)))
    return ranges


def parse_tasks(reply: list[dict[bytes, Any]]) -> list[MigrationTask]:
    """Read a list of dicts, in which ranges of slots stand in one word."""
    tasks: list[dict[str, Any]] = plain_words(reply)
    for task in tasks:
        task["slots"] = _ranges(task["slots"])
        task |= {name: int(task[name]) for name in _NUMBERS if name in task}
    return cast("list[MigrationTask]", tasks)
