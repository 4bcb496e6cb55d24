"""The commands on clusters, against nodes of the test's own."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from typing import Any, NamedTuple, cast

import pytest
import trio
from command_client import Text, WordsOnly, check, requires
from servers import Server, open_server

from redtrio import Redis
from redtrio.exceptions import DataError, MovedError, ResponseError

NOBODY = "0" * 40


class Node(NamedTuple):
    """One node of a cluster: its server, and a client of it."""

    server: Server
    r: Redis[Any]


@pytest.fixture
def servers(known: None, server: Server) -> Iterator[list[Server]]:
    """Give two servers of each kind in turn that may become a cluster."""
    with ExitStack() as stack:
        yield [stack.enter_context(open_server(server.kind, cluster=True)) for _ in range(2)]


@pytest.fixture
async def nodes(servers: list[Server], decodes: bool) -> AsyncIterator[list[Node]]:
    async with AsyncExitStack() as stack:
        found: list[Node] = []
        for server in servers:
            client = await stack.enter_async_context(Redis(server.host, server.port))
            found.append(Node(server, client.with_options(decode_responses=decodes)))
        yield found


@pytest.fixture
def node(nodes: list[Node]) -> Node:
    return nodes[0]


async def until(condition: Callable[[], Awaitable[object]]) -> None:
    """Wait for what nodes settle among themselves, and say to nobody."""
    with trio.fail_after(60):
        while not await condition():  # noqa: ASYNC110
            await trio.sleep(0.01)


async def works(node: Node) -> None:
    """Wait until a node takes writes, which it does a while after all slots are served."""

    async def is_ok() -> bool:
        return (await node.r.cluster_info())["cluster_state"] == "ok"

    await until(is_ok)


async def meet(first: Node, second: Node) -> None:
    """Make one cluster of two nodes."""
    server = second.server
    assert await first.r.cluster_meet(server.host, server.port, server.bus_port)

    async def know_each_other() -> bool:
        known = [await node.r.cluster_nodes() for node in (first, second)]
        return all(
            len(nodes) == 2
            and all(one["connected"] for one in nodes.values())
            # Before, a node may have an id that is only for the time being.
            and not any("handshake" in one["flags"] for one in nodes.values())
            for nodes in known
        )

    await until(know_each_other)


async def test_slots_are_added_and_removed(node: Node, t: Text) -> None:
    r = node.r
    check(await r.cluster_addslots(0, 1, 5), True)
    check(await r.cluster_addslotsrange(10, 19, 30, 30), True)
    ((address, myself),) = (await r.cluster_nodes()).items()
    assert address == f":{node.server.port}"
    check(myself["slots"], [["0", "1"], ["5"], ["10", "19"], ["30"]])
    check(await r.cluster_delslots(0, 30), True)
    check(await r.cluster_delslotsrange(12, 12, 15, 17), True)
    served = {(1, 1), (5, 5), (10, 11), (13, 14), (18, 19)}
    slots = await r.cluster_slots()
    assert set(slots) == served
    check(slots[1, 1], {"primary": ("", node.server.port), "replicas": []})
    (shard,) = await r.cluster_shards()
    check(shard["slots"], sorted(served))
    assert (await r.cluster_info())["cluster_slots_assigned"] == 8
    with pytest.raises(ResponseError, match="Slot 1 is already busy"):
        await r.cluster_addslots(0, 1)
    check(await r.cluster_flushslots(), True)
    check(await r.cluster_slots(), {})


async def test_a_node_tells_of_itself(node: Node, t: Text) -> None:
    r = node.r
    myid = await r.cluster_myid()
    assert type(myid) is type(t(""))
    assert len(myid) == 40
    check(
        (await r.cluster_nodes())[f":{node.server.port}"],
        {
            "node_id": myid if isinstance(myid, str) else myid.decode(),
            "hostname": "",
            "flags": "myself,master",
            "master_id": "-",
            "last_ping_sent": "0",
            "last_pong_rcvd": "0",
            "epoch": "0",
            "slots": [],
            "migrations": [],
            "connected": True,
        },
    )
    information = await r.cluster_info()
    check(information["cluster_state"], "fail")
    check(information["cluster_known_nodes"], 1)
    assert all(type(name) is str for name in information)
    check(await r.cluster_links(), [])
    check(await r.cluster_replicas(myid), {})
    check(await r.cluster_count_failure_report(myid), 0)
    check(await r.cluster("MYID"), myid)
    check(await r.cluster("keyslot", "a"), 15495)


@requires("CLUSTER MYSHARDID")
async def test_a_node_tells_of_its_shard(node: Node, t: Text) -> None:
    shard = await node.r.cluster_myshardid()
    assert (type(shard), len(shard)) == (type(t("")), 40)


async def test_epochs(node: Node) -> None:
    r = node.r
    check(await r.cluster_set_config_epoch(7), True)
    check(await r.cluster_bumpepoch(), (False, 7))
    assert (await r.cluster_info())["cluster_my_epoch"] == 7
    check(await r.cluster_save_config(), True)
    assert "vars currentEpoch 7" in (node.server.directory / "nodes.conf").read_text()
    with pytest.raises(ResponseError, match="already non-zero"):
        await r.cluster_set_config_epoch(8)
    check(await r.cluster_reset(soft=False), True)
    check(await r.cluster_bumpepoch(), (True, 1))


async def test_a_reset_keeps_the_id_or_changes_it(node: Node) -> None:
    r = node.r
    myid = await r.cluster_myid()
    check(await r.cluster_reset(), True)
    assert await r.cluster_myid() == myid
    check(await r.cluster_reset(soft=False), True)
    assert await r.cluster_myid() != myid


async def test_keys_of_a_slot(node: Node, t: Text) -> None:
    r, slot = node.r, await two_keys(node)
    check(slot, 15495)
    check(await r.cluster_countkeysinslot(slot), 2)
    check(sorted(await r.cluster_get_keys_in_slot(slot, 10)), t(["{a}x", "{a}y"]))
    check(len(await r.cluster_get_keys_in_slot(slot, 1)), 1)
    check(await r.cluster_get_keys_in_slot(slot, 0), [])


@requires("CLUSTER SLOT-STATS")
async def test_use_of_slots(node: Node) -> None:
    r, slot = node.r, await two_keys(node)
    counts = await r.cluster_slot_stats(slot - 1, slot)
    check(counts, {slot - 1: {"key-count": 0}, slot: {"key-count": 2}})
    check(await r.cluster_slot_stats(orderby="key-count", limit=1), {slot: {"key-count": 2}})
    least = await r.cluster_slot_stats(orderby="KEY-COUNT", limit=2, order="asc")
    check(least, {0: {"key-count": 0}, 1: {"key-count": 0}})
    assert len(await r.cluster_slot_stats(orderby="KEY-COUNT", order="DESC")) == 16384
    with pytest.raises(ResponseError, match=r"(?i)unrecognized sort metric"):
        await r.cluster_slot_stats(orderby="BEAUTY")


@requires("CLUSTERSCAN")
async def test_scan_of_a_cluster(node: Node, t: Text) -> None:
    r, slot = node.r, await two_keys(node)
    await r.set("{b}", 1)

    async def scanned(**options: Any) -> list[Any]:
        cursor, names = await r.clusterscan(**options)
        while cursor != "0":
            cursor, more = await r.clusterscan(cursor, **options)
            assert type(cursor) is str
            names += more
        return sorted(names)

    check(await scanned(), t(["{a}x", "{a}y", "{b}"]))
    check(await scanned(slot=slot, count=1), t(["{a}x", "{a}y"]))
    check(await scanned(match="*y"), t(["{a}y"]))
    check(await scanned(_type="list"), [])


@requires("CLUSTER FLUSHSLOT")
async def test_a_slot_is_emptied(node: Node) -> None:
    r, slot = node.r, await two_keys(node)
    check(await r.cluster_flushslot(slot), True)
    check(await r.cluster_countkeysinslot(slot), 0)
    check(await r.cluster_flushslot(slot, asynchronous=True), True)


async def two_keys(node: Node) -> int:
    """Let a node serve all slots, put two keys into one of them, and return it."""
    await node.r.cluster_addslotsrange(0, 16383)
    await works(node)
    await node.r.mset({"{a}x": 1, "{a}y": 2})
    return await node.r.cluster_keyslot("{a}")


async def test_nodes_meet_and_one_becomes_a_replica_and_takes_over(nodes: list[Node]) -> None:
    first, second = nodes
    await first.r.cluster_addslotsrange(0, 16383)
    await meet(first, second)
    (id1, id2) = [text(await node.r.cluster_myid()) for node in nodes]
    place = {id1: first.server.port, id2: second.server.port}

    links = await first.r.cluster_links()
    assert {link["direction"] for link in links} == {"to", "from"}
    assert {link["node"] for link in links} == {id2}
    assert type(links[0]["create-time"]) is int
    assert type(links[0]["send-buffer-used"]) is int

    check(await second.r.cluster_replicate(id1), True)

    async def is_replicated() -> object:
        return (await first.r.info("replication"))["connected_slaves"]

    await until(is_replicated)
    await works(first)  # else nobody votes
    await works(second)
    ((address, replica),) = (await first.r.cluster_replicas(id1)).items()
    assert address == f"127.0.0.1:{second.server.port}"
    assert (replica["node_id"], replica["master_id"]) == (id2, id1)
    assert replica["flags"] == "slave"
    ((serving, primary),) = [
        (shard["slots"], shard["nodes"]) for shard in await first.r.cluster_shards()
    ]
    check(serving, [(0, 16383)])
    assert {one["id"]: one.get("port") for one in primary} == place
    assert {one["id"]: one["role"] for one in primary} == {id1: "master", id2: "replica"}
    assert type(primary[0]["endpoint"]) is str
    assert (await first.r.cluster_slots())[0, 16383]["primary"] == ("127.0.0.1", place[id1])

    with pytest.raises(ResponseError, match="to a replica"):
        await first.r.cluster_failover()
    check(await second.r.cluster_failover(), True)

    async def has_taken_over() -> bool:
        return (await second.r.role())[0] in ("master", b"master")

    await until(has_taken_over)
    check(await second.r.cluster_forget(id1), True)
    assert len(await second.r.cluster_nodes()) == 1
    if second.server.kind == "valkey":
        # The one that stays behind does not know yet, and is made to follow.
        await until_replica(first)
        check(await first.r.cluster_replicate(None), True)
        assert (await first.r.role())[0] in ("master", b"master")


async def until_replica(node: Node) -> None:
    async def is_replica() -> bool:
        return (await node.r.role())[0] in ("slave", b"slave")

    await until(is_replica)


async def test_a_slot_is_handed_over_step_by_step(nodes: list[Node]) -> None:
    first, second = nodes
    await first.r.cluster_addslotsrange(0, 16383)
    await meet(first, second)
    (id1, id2) = [text(await node.r.cluster_myid()) for node in nodes]
    check(await second.r.cluster_setslot(id1, 7, "importing"), True)
    check(await first.r.cluster_setslot(id2, 7, "MIGRATING"), True)
    check((await own(first))["migrations"], [{"slot": "7", "node_id": id2, "state": "migrating"}])
    check((await own(second))["migrations"], [{"slot": "7", "node_id": id1, "state": "importing"}])
    check(await first.r.cluster_setslot_stable(7), True)
    check((await own(first))["migrations"], [])
    check(await second.r.cluster_setslot(id2, 7, "NODE"), True)
    check(await first.r.cluster_setslot(id2, 7, "NODE"), True)
    check((await own(first))["slots"], [["0", "6"], ["8", "16383"]])
    check((await own(second))["slots"], [["7"]])
    if first.server.kind == "valkey":
        check(await first.r.cluster_setslot(id1, 9, "NODE", timeout=500), True)
        check(await first.r.cluster_setslot_stable(9, timeout=500), True)
    with pytest.raises(ResponseError, match="I don't know about node"):
        await first.r.cluster_setslot(NOBODY, 9, "MIGRATING")


@requires("CLUSTER MIGRATESLOTS")
async def test_slots_are_moved_at_once(nodes: list[Node]) -> None:
    first, second = nodes
    await first.r.cluster_addslotsrange(0, 16383)
    await meet(first, second)
    await works(first)
    await works(second)
    with pytest.raises(ResponseError, match="No migrations ongoing"):
        await first.r.cluster_cancelslotmigrations()
    (id1, id2) = [text(await node.r.cluster_myid()) for node in nodes]
    check(await first.r.cluster_getslotmigrations(), [])
    check(await first.r.cluster_migrateslots({id2: [(0, 9), (20, 20)]}), True)

    async def is_over() -> bool:
        return (await first.r.cluster_getslotmigrations())[0]["state"] == "success"

    await until(is_over)
    (told,) = await first.r.cluster_getslotmigrations()
    migration: dict[str, Any] = {**told}
    assert len(migration.pop("name")) == 40
    times = {migration.pop(f"{what}_time") for what in ("create", "last_update", "last_ack")}
    assert {type(time) for time in times} == {int}
    check(
        migration,
        {
            "operation": "EXPORT",
            "slot_ranges": [(0, 9), (20, 20)],
            "target_node": id2,
            "source_node": id1,
            "state": "success",
            "message": "",
            "cow_size": 0,
            "remaining_repl_size": 0,
        },
    )
    (seen,) = await second.r.cluster_getslotmigrations()
    assert seen["operation"] == "IMPORT"
    # The cursor "0" has a slot of its own, as a key has.
    await second.r.cluster_migrateslots({id1: [(0, 9)]})
    with pytest.raises(MovedError):
        await second.r.clusterscan()


@requires("CLUSTER CANCELSLOTMIGRATIONS")
async def test_a_migration_is_cancelled(nodes: list[Node]) -> None:
    first, second = nodes
    await first.r.cluster_addslotsrange(0, 16383)
    await meet(first, second)
    await works(first)
    id2 = text(await second.r.cluster_myid())
    second.server.pause()  # so that it cannot be over before it is cancelled
    try:
        check(await first.r.cluster_migrateslots({id2: [(0, 9)]}), True)
        check(await first.r.cluster_cancelslotmigrations(), True)
    finally:
        second.server.resume()
    (migration,) = await first.r.cluster_getslotmigrations()
    assert migration["state"] == "cancelled"


async def own(node: Node) -> Any:
    return next(one for one in (await node.r.cluster_nodes()).values() if "myself" in one["flags"])


def text(word: str | bytes) -> str:
    return word if isinstance(word, str) else word.decode()


# No server with CLUSTER MIGRATION is at hand.


def sent(command: object) -> tuple[Any, ...]:
    words: tuple[Any, ...] = cast("Any", command).words
    return words


def read(command: object, reply: object) -> Any:
    return cast("Any", command).parse(reply)


def test_words_of_migrations_by_redis() -> None:
    words = WordsOnly()
    container = (b"CLUSTER", b"MIGRATION")
    fetch = words.cluster_migration_import(0, 9, 20, 20)
    assert sent(fetch) == (*container, b"IMPORT", 0, 9, 20, 20)
    assert cast("Any", fetch).parse is None  # the id, as it comes
    assert sent(words.cluster_migration_cancel()) == (*container, b"CANCEL", b"ALL")
    assert sent(words.cluster_migration_cancel("i")) == (*container, b"CANCEL", b"ID", "i")
    assert sent(words.cluster_migration_status()) == (*container, b"STATUS", b"ALL")
    assert sent(words.cluster_migration_status("i")) == (*container, b"STATUS", b"ID", "i")


def test_migrations_of_redis_are_read() -> None:
    status = WordsOnly().cluster_migration_status()
    check(read(status, []), [])
    task = {
        b"id": b"24cf",
        b"slots": b"0-9 20-20 30",
        b"source": b"a6f8",
        b"dest": b"7c5a",
        b"operation": b"import",
        b"state": b"completed",
        b"last_error": b"",
        b"retries": b"0",
        b"create_time": b"1790405105443",
        b"start_time": 1790405105444,
        b"end_time": -1,
        b"write_pause_ms": 2,
    }
    check(
        read(status, [task]),
        [
            {
                "id": "24cf",
                "slots": [(0, 9), (20, 20), (30, 30)],
                "source": "a6f8",
                "dest": "7c5a",
                "operation": "import",
                "state": "completed",
                "last_error": "",
                "retries": 0,
                "create_time": 1790405105443,
                "start_time": 1790405105444,
                "end_time": -1,
                "write_pause_ms": 2,
            }
        ],
    )


def test_nodes_with_names_and_without_a_link_are_read() -> None:
    line = (
        b"07c3 10.0.0.1:30004@31004,one.example,shard-id=6f slave,fail? e7d1 5 1426238317239 4"
        b" disconnected 0-1 [93-<-292f] [77->-e7d1]\n"
        b"292f :0@0,,shard-id=6f master,noaddr - 0 0 3 connected\n"
        b"67ed 10.0.0.2:30002@31002,shard-id=6f master - 0 0 3 connected 5\n"
        b"83aa 10.0.0.3:30002 master - 0 0 3 connected\n"
    )
    nodes = read(WordsOnly().cluster_nodes(), line)
    assert list(nodes) == ["10.0.0.1:30004", ":0", "10.0.0.2:30002", "10.0.0.3:30002"]
    check(
        nodes["10.0.0.1:30004"],
        {
            "node_id": "07c3",
            "hostname": "one.example",
            "flags": "slave,fail?",
            "master_id": "e7d1",
            "last_ping_sent": "5",
            "last_pong_rcvd": "1426238317239",
            "epoch": "4",
            "slots": [["0", "1"]],
            "migrations": [
                {"slot": "93", "node_id": "292f", "state": "importing"},
                {"slot": "77", "node_id": "e7d1", "state": "migrating"},
            ],
            "connected": False,
        },
    )
    assert {one["hostname"] for one in list(nodes.values())[1:]} == {""}


def test_an_endpoint_that_is_not_to_be_told_is_empty() -> None:
    reply = [[0, 5, [None, 7000, b"07c3", {}], [b"one.example", 7001, b"292f", {b"ip": b"::1"}]]]
    expected = {(0, 5): {"primary": ("", 7000), "replicas": [("one.example", 7001)]}}
    check(read(WordsOnly().cluster_slots(), reply), expected)


def test_words_of_several_groups_of_slots() -> None:
    command = WordsOnly().cluster_migrateslots({"a": [(0, 9), (20, 20)], "b": [(30, 31)]})
    to_a = (b"SLOTSRANGE", 0, 9, 20, 20, b"NODE", "a")
    to_b = (b"SLOTSRANGE", 30, 31, b"NODE", "b")
    assert sent(command) == (b"CLUSTER", b"MIGRATESLOTS", *to_a, *to_b)


def test_words_of_a_failover_without_consent() -> None:
    command = WordsOnly().cluster_failover("takeover")
    assert sent(command) == (b"CLUSTER", b"FAILOVER", "TAKEOVER")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda r: r.cluster_addslots(), "slots must hold at least one"),
        (lambda r: r.cluster_addslots(16384), "slots must be a slot, 0 to 16383, got 16384"),
        (lambda r: r.cluster_delslots(0, -1), "slots must be a slot, 0 to 16383, got -1"),
        (lambda r: r.cluster_delslots("0"), "slots must be a slot, an int, got str"),
        (lambda r: r.cluster_addslotsrange(), "slots must be first and last slot in turn, got 0"),
        (lambda r: r.cluster_delslotsrange(1), "slots must be first and last slot in turn, got 1"),
        (lambda r: r.cluster_addslotsrange(2, 1), "first and last of each range, got 2 and 1"),
        (lambda r: r.cluster_countkeysinslot(True), "slot_id must be a slot, an int, got bool"),
        (lambda r: r.cluster_get_keys_in_slot(16384, 1), "slot must be a slot, .* got 16384"),
        (lambda r: r.cluster_get_keys_in_slot(1, -1), "num_keys must be >= 0 keys, got -1"),
        (lambda r: r.cluster_failover("SOON"), "option must be FORCE or TAKEOVER, got 'SOON'"),
        (lambda r: r.cluster_set_config_epoch(-1), "epoch must be >= 0 epochs, got -1"),
        (lambda r: r.cluster_setslot("i", 1, "STABLE"), "state must be IMPORTING or MIGRATING or"),
        (lambda r: r.cluster_setslot("i", 1, "NODE", 0), "timeout must be > 0 milliseconds, got 0"),
        (lambda r: r.cluster_setslot_stable(1, 0), "timeout must be > 0 milliseconds, got 0"),
        (lambda r: r.cluster_slot_stats(), "start_slot and end_slot must both be given, or orde"),
        (lambda r: r.cluster_slot_stats(1), "start_slot and end_slot must both be given, or order"),
        (lambda r: r.cluster_slot_stats(2, 1), "end_slot must be >= start_slot, 2, got 1"),
        (lambda r: r.cluster_slot_stats(1, 2, limit=1), "limit and order need orderby"),
        (lambda r: r.cluster_slot_stats(1, 2, orderby="KEY-COUNT"), "exclude each other"),
        (lambda r: r.cluster_slot_stats(orderby="X", limit=0), "limit must be > 0 slots, got 0"),
        (lambda r: r.cluster_slot_stats(orderby="X", order="UP"), "order must be ASC or DESC, got"),
        (lambda r: r.clusterscan(count=0), "count must be > 0 elements, got 0"),
        (lambda r: r.clusterscan(slot=-1), "slot must be a slot, 0 to 16383, got -1"),
        (lambda r: r.cluster_flushslot(16384), "slot must be a slot, 0 to 16383, got 16384"),
        (lambda r: r.cluster_migrateslots({}), "mapping must hold at least one node, got none"),
        (lambda r: r.cluster_migrateslots({"i": []}), "slots must hold at least one, got none"),
        (lambda r: r.cluster_migration_import(1), "slots must be first and last slot in turn"),
    ],
)
def test_what_is_wrong_is_refused(
    offline: Redis[Any], call: Callable[[Any], object], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        call(offline)


async def test_a_server_on_its_own_says_that_it_is_no_node(r: Redis[Any]) -> None:
    with pytest.raises(ResponseError, match=re.compile("cluster support disabled", re.IGNORECASE)):
        await r.cluster_info()
