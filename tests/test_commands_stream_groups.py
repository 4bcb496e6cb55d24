"""The commands on consumer groups of streams, on real servers, for clients of bytes and of str."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from command_client import Text, WordsOnly, check, requires

from redtrio import Redis
from redtrio.exceptions import BusyGroupError, DataError, NoGroupError, ResponseError


async def add(r: Redis[Any], *ids: int, name: str = "s") -> None:
    for number in ids:
        await r.xadd(name, {"f": number}, id=f"{number}-0")


async def deliver(r: Redis[Any], *ids: int) -> None:
    """Make a stream of these entries, all of them pending for consumer c of group g."""
    await add(r, *ids)
    await r.xgroup_create("s", "g", 0)
    assert await r.xreadgroup("g", "c", {"s": ">"})


async def pending(r: Redis[Any], consumer: str | None = None) -> list[str]:
    found = await r.xpending_range("s", "g", "-", "+", 100, consumer)
    ids = [one["message_id"] for one in found]
    return [one.decode() if isinstance(one, bytes) else one for one in ids]


def entries(t: Text, *ids: int) -> Any:
    return t([(f"{number}-0", {"f": str(number)}) for number in ids])


# --- groups and consumers --------------------------------------------------------------


async def test_xgroup_create_and_destroy(r: Redis[Any]) -> None:
    with pytest.raises(ResponseError, match="MKSTREAM"):
        await r.xgroup_create("s", "g")
    check(await r.xgroup_create("s", "g", mkstream=True), True)
    check(await r.xgroup_create("s", b"h", "0", entries_read=0), True)
    with pytest.raises(BusyGroupError):
        await r.xgroup_create("s", "g")
    check(await r.xgroup_destroy("s", "g"), True)
    check(await r.xgroup_destroy("s", "g"), False)
    check(await r.xlen("s"), 0)


async def test_xgroup_createconsumer_and_delconsumer(r: Redis[Any]) -> None:
    await deliver(r, 1, 2)
    check(await r.xgroup_createconsumer("s", "g", "d"), 1)
    check(await r.xgroup_createconsumer("s", "g", "d"), 0)
    check(await r.xgroup_delconsumer("s", "g", "c"), 2)
    check(await r.xgroup_delconsumer("s", "g", "d"), 0)
    with pytest.raises(NoGroupError):
        await r.xgroup_createconsumer("s", "nobody", "c")


async def test_xgroup_setid(r: Redis[Any], t: Text) -> None:
    await add(r, 1, 2)
    await r.xgroup_create("s", "g")
    check(await r.xreadgroup("g", "c", {"s": ">"}), {})
    check(await r.xgroup_setid("s", "g", 1, entries_read=1), True)
    check(await r.xreadgroup("g", "c", {"s": ">"}), {t("s"): entries(t, 2)})
    check(await r.xgroup_setid("s", "g", "$"), True)
    with pytest.raises(NoGroupError):
        await r.xgroup_setid("s", "nobody", 0)


async def test_xinfo_groups(r: Redis[Any], t: Text) -> None:
    await deliver(r, 1, 2)
    await add(r, 3)
    (group,) = await r.xinfo_groups("s")
    expected = {
        "name": t("g"),
        "consumers": 1,
        "pending": 2,
        "last-delivered-id": t("2-0"),
        "entries-read": 2,
        "lag": 1,
    }
    check({name: group[name] for name in expected}, expected)
    await r.xgroup_destroy("s", "g")
    check(await r.xinfo_groups("s"), [])
    with pytest.raises(ResponseError, match="no such key"):
        await r.xinfo_groups("missing")


async def test_xinfo_consumers(r: Redis[Any], t: Text) -> None:
    await deliver(r, 1, 2)
    (consumer,) = await r.xinfo_consumers("s", "g")
    check([consumer["name"], consumer["pending"]], [t("c"), 2])
    assert type(consumer["idle"]) is int
    await r.xgroup_delconsumer("s", "g", "c")
    check(await r.xinfo_consumers("s", "g"), [])
    with pytest.raises(NoGroupError):
        await r.xinfo_consumers("s", "nobody")


# --- reading and acknowledging ---------------------------------------------------------


async def test_xreadgroup(r: Redis[Any], t: Text) -> None:
    await add(r, 1, 2, 3)
    await add(r, 4, name="u")
    for name in ("s", "u"):
        await r.xgroup_create(name, "g", 0)
    both = {t("s"): entries(t, 1, 2), t("u"): entries(t, 4)}
    check(await r.xreadgroup("g", "c", {"s": ">", b"u": b">"}, count=2), both)
    check(await r.xreadgroup("g", "d", {"s": ">", "u": ">"}), {t("s"): entries(t, 3)})
    check(await r.xreadgroup("g", "d", {"s": ">", "u": ">"}), {})
    assert r.statistics().idle_connections == 0  # it blocks nothing, and needs none of its own


async def test_xreadgroup_of_what_is_pending(r: Redis[Any], t: Text) -> None:
    await deliver(r, 1, 2, 3)
    await r.xack("s", "g", 1)
    await r.xdel("s", 2)
    # What became of the second one, nobody can tell any more.
    left = {t("s"): [(t("2-0"), {}), *entries(t, 3)]}
    check(await r.xreadgroup("g", "c", {"s": 0}), left)
    check(await r.xreadgroup("g", "c", {"s": 3}), {t("s"): []})
    check(await r.xreadgroup("g", "d", {"s": 0}, block=0), {t("s"): []})


async def test_xreadgroup_that_may_block(r: Redis[Any], t: Text) -> None:
    await add(r, 1)
    await r.xgroup_create("s", "g", 0)
    check(await r.xreadgroup("g", "c", {"s": ">"}, block=0), {t("s"): entries(t, 1)})
    check(await r.xreadgroup("g", "c", {"s": ">"}, block=10), {})
    check(await r.xreadgroup("g", "c", {"s": ">"}, None, timedelta(milliseconds=10)), {})
    with pytest.raises(NoGroupError) as raised:
        await r.xreadgroup("nobody", "c", {"s": ">"}, block=10)
    assert raised.value.command == "XREADGROUP"


async def test_xreadgroup_without_acknowledgement(r: Redis[Any], t: Text) -> None:
    await add(r, 1)
    await r.xgroup_create("s", "g", 0)
    check(await r.xreadgroup("g", "c", {"s": ">"}, noack=True), {t("s"): entries(t, 1)})
    assert await pending(r) == []


async def test_xack(r: Redis[Any]) -> None:
    await deliver(r, 1, 2, 3)
    check(await r.xack("s", "g", "1-0", b"2-0", 9), 2)
    check(await r.xack("s", "g", 1), 0)
    check(await r.xack("s", "nobody", 3), 0)
    assert await pending(r) == ["3-0"]


@requires("XACKDEL")
async def test_xackdel(r: Redis[Any], t: Text) -> None:
    await deliver(r, 1, 2, 3)
    await r.xgroup_create("s", "h", 0)
    check(await r.xackdel("s", "g", 1, "9-0", ref_policy="ACKED"), [2, -1])
    check(await r.xackdel("s", "g", 2), [1])
    check(await r.xackdel("s", "g", 3, ref_policy="DELREF"), [1])
    check(await r.xackdel("missing", "g", 1), [-1])
    check(await r.xrange("s"), entries(t, 1))
    assert await pending(r) == []


# --- what is pending, and claiming it --------------------------------------------------


async def test_xpending(r: Redis[Any], t: Text) -> None:
    with pytest.raises(NoGroupError):
        await r.xpending("s", "g")
    await r.xgroup_create("s", "g", mkstream=True)
    summary = await r.xpending("s", "g")
    assert summary == {"pending": 0, "min": None, "max": None, "consumers": []}
    await add(r, 1, 2, 3)
    await r.xreadgroup("g", "c", {"s": ">"}, count=2)
    await r.xreadgroup("g", "d", {"s": ">"})
    summary = await r.xpending("s", "g")
    assert summary == {
        "pending": 3,
        "min": t("1-0"),
        "max": t("3-0"),
        "consumers": [{"name": t("c"), "pending": 2}, {"name": t("d"), "pending": 1}],
    }
    assert {type(one["pending"]) for one in (summary, *summary["consumers"])} == {int}


async def test_xpending_range(r: Redis[Any], t: Text) -> None:
    await deliver(r, 1, 2)
    await add(r, 3)
    await r.xreadgroup("g", "d", {"s": ">"})
    (found,) = await r.xpending_range("s", "g", "-", "+", 1)
    idle = found["time_since_delivered"]
    assert type(idle) is int
    assert found == {
        "message_id": t("1-0"),
        "consumer": t("c"),
        "time_since_delivered": idle,
        "times_delivered": 1,
    }
    assert await pending(r) == ["1-0", "2-0", "3-0"]
    assert await pending(r, "d") == ["3-0"]
    check(len(await r.xpending_range("s", "g", "(1-0", 2, 9)), 1)
    check(await r.xpending_range("s", "g", "-", "+", 9, idle=timedelta(hours=1)), [])
    check(len(await r.xpending_range("s", "g", "-", "+", 9, b"c", 0)), 2)


async def test_xclaim(r: Redis[Any], t: Text) -> None:
    await deliver(r, 1, 2, 3)
    await r.xdel("s", 3)
    check(await r.xclaim("s", "g", "d", timedelta(hours=1), [1]), [])
    check(await r.xclaim("s", "g", "d", 0, ["1-0", 2, 3]), entries(t, 1, 2))
    assert await pending(r) == ["1-0", "2-0"]
    check(await r.xclaim("s", "g", "e", 0, (1, b"9-0"), justid=True), t(["1-0"]))
    check(await r.xclaim("s", "g", "e", 0, 2), entries(t, 2))
    assert await pending(r, "e") == ["1-0", "2-0"]


async def test_xclaim_notes_what_it_is_told_to(r: Redis[Any], t: Text) -> None:
    await deliver(r, 1)
    await r.xclaim("s", "g", "d", 0, [1], idle=timedelta(hours=2), retrycount=7)
    (found,) = await r.xpending_range("s", "g", "-", "+", 9)
    check(found["times_delivered"], 7)
    assert found["time_since_delivered"] >= 2 * 3_600_000
    await r.xclaim("s", "g", "d", 0, [1], time=datetime(2020, 1, 1, tzinfo=timezone.utc))
    (found,) = await r.xpending_range("s", "g", "-", "+", 9)
    check(found["times_delivered"], 8)
    assert found["time_since_delivered"] >= 365 * 24 * 3_600_000
    await r.xack("s", "g", 1)
    check(await r.xclaim("s", "g", "d", 0, [1]), [])
    check(await r.xclaim("s", "g", "d", 0, [1], force=True), entries(t, 1))


async def test_xautoclaim(r: Redis[Any], t: Text) -> None:
    await deliver(r, 1, 2, 3, 4)
    check(await r.xautoclaim("s", "g", "d", timedelta(hours=1)), (t("0-0"), [], []))
    await r.xdel("s", 2)
    first = await r.xautoclaim("s", "g", "d", 0, count=1)
    check(first, (t("2-0"), entries(t, 1), []))
    check(
        await r.xautoclaim("s", "g", "d", 0, first[0], 9),
        (t("0-0"), entries(t, 3, 4), t(["2-0"])),
    )
    check(await r.xautoclaim("s", "g", "e", 0, 3, justid=True), t(["3-0", "4-0"]))
    assert await pending(r, "d") == ["1-0"]
    with pytest.raises(NoGroupError):
        await r.xautoclaim("s", "nobody", "c", 0)


async def test_commands_in_a_pipeline(r: Redis[Any], t: Text) -> None:
    async with r.pipeline(transaction=False) as pipe:
        pipe.xgroup_create("s", "g", mkstream=True)
        pipe.xadd("s", {"f": 1}, id="1-0")
        read = pipe.xreadgroup("g", "c", {"s": ">"}, block=0)
        nothing = pipe.xreadgroup("g", "c", {"s": ">"}, block=5)
        acknowledged = pipe.xack("s", "g", 1)
    check(await read, {t("s"): entries(t, 1)})
    check(await nothing, {})
    check(await acknowledged, 1)


# --- what no server here knows ---------------------------------------------------------

made: Any = WordsOnly()


def test_reading_with_claims() -> None:
    # Since Redis 8.4.
    reading = made.xreadgroup("g", "c", {"s": ">"}, claim_min_idle_time=timedelta(seconds=1))
    assert reading.words == (
        *(b"XREADGROUP", b"GROUP", "g", "c", b"CLAIM", 1000, b"STREAMS", "s", ">"),
    )
    reply = {b"s": [[b"1-0", [b"f", b"1"], 1500, 2], [b"2-0", [b"f", b"2"], 0, 0]]}
    check(
        reading.parse(reply),
        {b"s": [(b"1-0", {b"f": b"1"}, 1500, 2), (b"2-0", {b"f": b"2"}, 0, 0)]},
    )
    check(reading.parse(None), {})


def test_words_of_what_bounds_a_reading_of_several_streams() -> None:
    # Since Redis 8.10.
    reading = made.xreadgroup(
        "g", "c", {"s": ">", "u": 0}, 5, timedelta(seconds=2), True, max_count=6, max_size=7
    )
    assert reading.words == (
        *(b"XREADGROUP", b"GROUP", "g", "c", b"BLOCK", 2000, b"COUNT", 5),
        *(b"MAXCOUNT", 6, b"MAXSIZE", 7, "NOACK", b"STREAMS", "s", "u", ">", 0),
    )
    assert reading.spec.blocking
    assert not reading.spec.readonly


def test_words_of_xnack() -> None:
    # Since Redis 8.8.
    handing = made.xnack("s", "g", "FAIL", 1, "2-0")
    assert handing.words == (b"XNACK", "s", "g", "FAIL", b"IDS", 2, 1, "2-0")
    handing = made.xnack("s", "g", "fatal", 1, retrycount=0, force=True)
    assert handing.words == (
        *(b"XNACK", "s", "g", "FATAL", b"IDS", 1, 1, b"RETRYCOUNT", 0, "FORCE"),
    )


def test_replies_of_servers_before_7_0() -> None:
    # A deleted entry was null there, and its ID told nowhere.
    reply = [b"0-0", [None, [b"1-0", [b"f", b"1"]]]]
    check(made.xautoclaim("s", "g", "c", 0).parse(reply), (b"0-0", [(b"1-0", {b"f": b"1"})], []))
    check(made.xclaim("s", "g", "c", 0, [1]).parse([None]), [])


# --- what is refused before anything is sent -------------------------------------------

Call = Callable[[], object]

refusing: Any = WordsOnly()
REFUSED: list[tuple[Call, str]] = [
    (lambda: refusing.xack("s", "g"), "ids must hold at least one"),
    (lambda: refusing.xackdel("s", "g"), "ids must hold at least one"),
    (
        lambda: refusing.xackdel("s", "g", 1, ref_policy="NO"),
        "ref_policy must be KEEPREF or DELREF or ACKED, got 'NO'",
    ),
    (lambda: refusing.xautoclaim("s", "g", "c", -1), "min_idle_time must be >= 0 milliseconds"),
    (lambda: refusing.xautoclaim("s", "g", "c", 0, 0, 0), "count must be > 0 entries, got 0"),
    (lambda: refusing.xclaim("s", "g", "c", 0, []), "message_ids must hold at least one"),
    (lambda: refusing.xclaim("s", "g", "c", "x", [1]), "min_idle_time must be a whole number"),
    (lambda: refusing.xclaim("s", "g", "c", 0, [1], idle=-1), "idle must be >= 0 milliseconds"),
    (lambda: refusing.xclaim("s", "g", "c", 0, [1], time=-1), "time must be >= 0 milliseconds"),
    (
        lambda: refusing.xclaim("s", "g", "c", 0, [1], idle=0, time=0),
        "idle and time exclude each other",
    ),
    (
        lambda: refusing.xclaim("s", "g", "c", 0, [1], retrycount=-1),
        "retrycount must be >= 0 deliveries, got -1",
    ),
    (
        lambda: refusing.xgroup_create("s", "g", entries_read=-2),
        "entries_read must be >= -1 entries, got -2",
    ),
    (
        lambda: refusing.xgroup_setid("s", "g", 0, entries_read="one"),
        "entries_read must be a whole number of entries, got str",
    ),
    (lambda: refusing.xnack("s", "g", "FAIL"), "ids must hold at least one"),
    (
        lambda: refusing.xnack("s", "g", "SLOW", 1),
        "mode must be SILENT or FAIL or FATAL, got 'SLOW'",
    ),
    (
        lambda: refusing.xnack("s", "g", "FAIL", 1, retrycount=-1),
        "retrycount must be >= 0 deliveries, got -1",
    ),
    (
        lambda: refusing.xpending_range("s", "g", "-", "+", -1),
        "count must be >= 0 entries, got -1",
    ),
    (
        lambda: refusing.xpending_range("s", "g", "-", "+", None),
        "count must be a whole number of entries, got NoneType",
    ),
    (
        lambda: refusing.xpending_range("s", "g", "-", "+", 1, idle=-1),
        "idle must be >= 0 milliseconds, got -1",
    ),
    (lambda: refusing.xreadgroup("g", "c", {}), "streams must hold at least one pair"),
    (lambda: refusing.xreadgroup("g", "c", "s"), "streams must be a mapping, got str"),
    (lambda: refusing.xreadgroup("g", "c", {"s": 0}, 0), "count must be > 0 entries, got 0"),
    (
        lambda: refusing.xreadgroup("g", "c", {"s": 0}, block=-1),
        "block must be >= 0 milliseconds, got -1",
    ),
    (
        lambda: refusing.xreadgroup("g", "c", {"s": ">"}, claim_min_idle_time=-1),
        "claim_min_idle_time must be >= 0 milliseconds, got -1",
    ),
    (
        lambda: refusing.xreadgroup("g", "c", {"s": ">", "u": 0}, claim_min_idle_time=1),
        "claim_min_idle_time goes with the ID '>' only, got 0",
    ),
    (
        lambda: refusing.xreadgroup("g", "c", {"s": 0}, 2, max_count=1),
        "max_count must be >= 2 entries, got 1",
    ),
]


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_wrong_arguments_are_refused_by_name(call: Call, message: str) -> None:
    with pytest.raises(DataError, match=message):
        call()
