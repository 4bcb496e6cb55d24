"""The commands on streams, on real servers, for clients of bytes and of str."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from command_client import Text, WordsOnly, check, lacking, requires

from redtrio import Redis
from redtrio.exceptions import DataError, ResponseError, WrongTypeError

# --- adding and reading ----------------------------------------------------------------


async def add(r: Redis[Any], *ids: int, name: str = "s") -> None:
    for number in ids:
        await r.xadd(name, {"f": number}, id=f"{number}-0")


def entries(t: Text, *ids: int) -> Any:
    return t([(f"{number}-0", {"f": str(number)}) for number in ids])


async def test_xadd_returns_the_id(r: Redis[Any], t: Text) -> None:
    check(await r.xadd("s", {"f": "v", b"g": 1.5}, id="5-1"), t("5-1"))
    check(await r.xadd("s", {"f": "w"}, id="5-*"), t("5-2"))
    made = await r.xadd("s", {"f": "x"})
    assert type(made) is type(t(""))
    check(
        await r.xrange("s"),
        [*t([("5-1", {"f": "v", "g": "1.5"}), ("5-2", {"f": "w"})]), (made, t({"f": "x"}))],
    )
    with pytest.raises(ResponseError, match="equal or smaller"):
        await r.xadd("s", {"f": "v"}, id="5-1")


async def test_xadd_makes_no_stream_if_told_so(r: Redis[Any], t: Text) -> None:
    check(await r.xadd("s", {"f": "v"}, nomkstream=True), None)
    await add(r, 1)
    check(await r.xadd("s", {"f": "v"}, id="2-0", nomkstream=True), t("2-0"))


async def test_xadd_trims(r: Redis[Any], t: Text) -> None:
    await add(r, 1, 2, 3, 4)
    await r.xadd("s", {"f": 5}, "5-0", 3, False)
    check(await r.xrange("s"), entries(t, 3, 4, 5))
    await r.xadd("s", {"f": 6}, "6-0", minid="5-0", approximate=False)
    check(await r.xrange("s"), entries(t, 5, 6))
    await r.xadd("s", {"f": 7}, "7-0", maxlen=1, limit=0)
    check(await r.xlen("s"), 3)


@requires("XDELEX")  # which came with the option
async def test_xadd_and_xtrim_tell_what_becomes_of_references(r: Redis[Any], t: Text) -> None:
    await add(r, 1, 2, 3)
    await r.xgroup_create("s", "g", 0)
    await r.xreadgroup("g", "c", {"s": ">"}, count=2)
    await r.xadd("s", {"f": 4}, "4-0", maxlen=2, approximate=False, ref_policy="DELREF")
    check((await r.xpending("s", "g"))["pending"], 0)
    check(await r.xtrim("s", maxlen=1, approximate=False, ref_policy="ACKED"), 0)
    check(await r.xtrim("s", maxlen=1, approximate=False, ref_policy="KEEPREF"), 1)
    check(await r.xrange("s"), entries(t, 4))


async def test_xlen(r: Redis[Any]) -> None:
    check(await r.xlen("s"), 0)
    await add(r, 1, 2)
    check(await r.xlen("s"), 2)


async def test_xrange_and_xrevrange(r: Redis[Any], t: Text) -> None:
    await add(r, 1, 2, 3, 4)
    check(await r.xrange("s"), entries(t, 1, 2, 3, 4))
    check(await r.xrange("s", 2, "3"), entries(t, 2, 3))
    check(await r.xrange("s", min="(2-0", max="(4-0"), entries(t, 3))
    check(await r.xrange("s", count=2), entries(t, 1, 2))
    check(await r.xrange("s", "5-0"), [])
    check(await r.xrange("missing"), [])
    check(await r.xrevrange("s"), entries(t, 4, 3, 2, 1))
    check(await r.xrevrange("s", 3, 2), entries(t, 3, 2))
    check(await r.xrevrange("s", max="(3-0", count=1), entries(t, 2))
    check(await r.xrevrange("missing"), [])


async def test_field_that_comes_twice_has_its_last_value(r: Redis[Any], t: Text) -> None:
    await r.call("XADD", "s", "1-0", "f", "a", "f", "b")
    check(await r.xrange("s"), t([("1-0", {"f": "b"})]))


async def test_xread(r: Redis[Any], t: Text) -> None:
    check(await r.xread({"s": 0, b"u": "0"}), {})
    await add(r, 1, 2, 3)
    await add(r, 4, name="u")
    both = {t("s"): entries(t, 1, 2, 3), t("u"): entries(t, 4)}
    check(await r.xread({"s": 0, b"u": "0"}), both)
    check(await r.xread({"s": "1-0", "u": "4-0"}, count=1), {t("s"): entries(t, 2)})
    check(await r.xread({"s": "$"}), {})
    assert r.statistics().idle_connections == 0  # it blocks nothing, and needs none of its own


@lacking("the ID +", "redis7")
async def test_xread_of_the_last_entry(r: Redis[Any], t: Text) -> None:
    await add(r, 1, 2)
    check(await r.xread({"s": "+"}), {t("s"): entries(t, 2)})


async def test_xread_that_may_block(r: Redis[Any], t: Text) -> None:
    await add(r, 1)
    check(await r.xread({"s": 0}, block=0), {t("s"): entries(t, 1)})
    check(await r.xread({"s": "$"}, block=10), {})
    check(await r.xread({"s": "$"}, None, timedelta(milliseconds=10)), {})


# --- deleting --------------------------------------------------------------------------


async def test_xdel(r: Redis[Any], t: Text) -> None:
    await add(r, 1, 2, 3)
    check(await r.xdel("s", "1-0", b"2-0", 9), 2)
    check(await r.xrange("s"), entries(t, 3))
    check(await r.xdel("missing", 1), 0)


@requires("XDELEX")
async def test_xdelex(r: Redis[Any], t: Text) -> None:
    await add(r, 1, 2, 3)
    await r.xgroup_create("s", "g", 0)
    await r.xreadgroup("g", "c", {"s": ">"})
    await r.xack("s", "g", 1)
    check(await r.xdelex("s", 1, "1-1", "2-0", 9, ref_policy="ACKED"), [1, -1, 2, 2])
    check(await r.xdelex("s", 2), [1])
    check((await r.xpending("s", "g"))["pending"], 2)
    check(await r.xdelex("s", 3, ref_policy="DELREF"), [1])
    check((await r.xpending("s", "g"))["pending"], 1)
    check(await r.xdelex("missing", 1), [-1])


async def test_xtrim(r: Redis[Any], t: Text) -> None:
    await add(r, 1, 2, 3, 4)
    check(await r.xtrim("s", 3, approximate=False), 1)
    check(await r.xtrim("s", minid="4-0", approximate=False), 2)
    check(await r.xrange("s"), entries(t, 4))
    check(await r.xtrim("s", maxlen=1, limit=1000), 0)
    check(await r.xtrim("s", maxlen=0, approximate=False), 1)
    check(await r.xtrim("missing", maxlen=0), 0)


# --- what is told of a stream, and set -------------------------------------------------


async def test_xinfo_stream(r: Redis[Any], t: Text) -> None:
    with pytest.raises(ResponseError, match="no such key"):
        await r.xinfo_stream("s")
    await add(r, 1, 2)
    told = await r.xinfo_stream("s")
    assert {type(name) for name in told} == {str}
    check(told["length"], 2)
    check(told["groups"], 0)
    check(told["last-generated-id"], t("2-0"))
    check(told["entries-added"], 2)
    check([told["first-entry"], told["last-entry"]], entries(t, 1, 2))
    await r.xdel("s", 1, 2)
    told = await r.xinfo_stream("s")
    check([told["first-entry"], told["last-entry"]], [None, None])


async def test_xinfo_stream_in_full(r: Redis[Any], t: Text) -> None:
    await add(r, *range(1, 13))
    told = await r.xinfo_stream("s", full=True)
    check(told["entries"], dict(entries(t, *range(1, 11))))
    check(told["groups"], [])
    check((await r.xinfo_stream("s", True, 1))["entries"], dict(entries(t, 1)))
    check(len((await r.xinfo_stream("s", True, 0))["entries"]), 12)
    await r.xgroup_create("s", "g", 0)
    await r.xreadgroup("g", "c", {"s": ">"}, count=1)
    await r.xdel("s", *range(1, 13))
    told = await r.xinfo_stream("s", full=True)
    check(told["entries"], {})
    (group,) = told["groups"]
    (consumer,) = group["consumers"]
    assert {type(name) for name in (*told, *group, *consumer)} == {str}
    check(group["name"], t("g"))
    check(group["pel-count"], 1)
    check(consumer["name"], t("c"))
    (pending,) = group["pending"]
    check([pending[0], pending[1], pending[3]], [*t(["1-0", "c"]), 1])
    (pending,) = consumer["pending"]
    check([pending[0], pending[2]], [t("1-0"), 1])


async def test_xsetid(r: Redis[Any], t: Text) -> None:
    await add(r, 1)
    check(await r.xsetid("s", "7-0"), True)
    check(await r.xsetid("s", b"8-0", entries_added=5, max_deleted_id="6-0"), True)
    told = await r.xinfo_stream("s")
    check(told["last-generated-id"], t("8-0"))
    check(told["entries-added"], 5)
    check(told["max-deleted-entry-id"], t("6-0"))
    with pytest.raises(ResponseError, match="smaller"):
        await r.xsetid("s", "0-1")


async def test_another_type_of_value_is_an_error(r: Redis[Any]) -> None:
    await r.sadd("k", "a")
    with pytest.raises(WrongTypeError):
        await r.xadd("k", {"f": 1})
    with pytest.raises(WrongTypeError):
        await r.xread({"k": 0}, block=1)


async def test_commands_in_a_pipeline(r: Redis[Any], t: Text) -> None:
    async with r.pipeline() as pipe:
        added = pipe.xadd("s", {"f": 1}, id="1-0")
        read = pipe.xread({"s": 0}, block=5)
        nothing = pipe.xread({"s": "$"}, block=0)  # does not wait within a transaction
    check(await added, t("1-0"))
    check(await read, {t("s"): entries(t, 1)})
    check(await nothing, {})


# --- what no server here knows ---------------------------------------------------------

made: Any = WordsOnly()


def test_words_of_what_makes_xadd_repeatable() -> None:
    # Since Redis 8.6.
    words = made.xadd("s", {"f": 1}, idmpauto="p").words
    assert words == (b"XADD", "s", b"IDMPAUTO", "p", "*", "f", 1)
    adding = made.xadd("s", {"f": 1}, b"*", idmp=("p", b"1"), maxlen=5, nomkstream=True, limit=9)
    assert adding.words == (
        *(b"XADD", "s", "NOMKSTREAM", b"IDMP", "p", b"1"),
        *(b"MAXLEN", b"~", 5, b"LIMIT", 9, b"*", "f", 1),
    )


def test_words_of_xcfgset() -> None:
    # Since Redis 8.6.
    setting = made.xcfgset("s", idmp_duration=timedelta(minutes=1), idmp_maxsize=100)
    assert setting.words == (b"XCFGSET", "s", b"IDMP-DURATION", 60, b"IDMP-MAXSIZE", 100)
    assert made.xcfgset("s", 5).words == (b"XCFGSET", "s", b"IDMP-DURATION", 5)
    assert setting.parse(b"OK") is True


def test_words_of_what_bounds_a_reading_of_several_streams() -> None:
    # Since Redis 8.10.
    reading = made.xread({"s": 0, "u": "$"}, 2, 0, max_count=2, max_size=1000)
    assert reading.words == (
        *(b"XREAD", b"BLOCK", 0, b"COUNT", 2, b"MAXCOUNT", 2, b"MAXSIZE", 1000),
        *(b"STREAMS", "s", "u", 0, "$"),
    )
    assert reading.spec.blocking


def test_words_of_a_reading_that_does_not_block() -> None:
    reading = made.xread({"s": 0})
    assert reading.words == (b"XREAD", b"STREAMS", "s", 0)
    assert reading.spec.ordinary


# --- what is refused before anything is sent -------------------------------------------

Call = Callable[[], object]

refusing: Any = WordsOnly()
REFUSED: list[tuple[Call, str]] = [
    (lambda: refusing.xadd("s", {}), "fields must hold at least one pair"),
    (lambda: refusing.xadd("s", [("f", 1)]), "fields must be a mapping, got list"),
    (
        lambda: refusing.xadd("s", {"f": 1}, maxlen=1, minid=1),
        "maxlen and minid exclude each other",
    ),
    (lambda: refusing.xadd("s", {"f": 1}, maxlen=-1), "maxlen must be >= 0 entries, got -1"),
    (lambda: refusing.xadd("s", {"f": 1}, maxlen="x"), "maxlen must be a whole number .* got str"),
    (
        lambda: refusing.xadd("s", {"f": 1}, maxlen=1, limit=-1),
        "limit must be >= 0 entries, got -1",
    ),
    (lambda: refusing.xadd("s", {"f": 1}, limit=1), "limit goes with maxlen or minid"),
    (
        lambda: refusing.xadd("s", {"f": 1}, maxlen=1, approximate=False, limit=1),
        "limit goes with maxlen or minid, and with approximate=True only",
    ),
    (
        lambda: refusing.xadd("s", {"f": 1}, ref_policy="NONE"),
        "ref_policy must be KEEPREF or DELREF or ACKED, got 'NONE'",
    ),
    (
        lambda: refusing.xadd("s", {"f": 1}, idmpauto="p", idmp=("p", "1")),
        "idmpauto and idmp exclude each other",
    ),
    (lambda: refusing.xadd("s", {"f": 1}, 5, idmpauto="p"), r"with id='\*' only, got id=5"),
    (lambda: refusing.xadd("s", {"f": 1}, idmp="p1"), "idmp must be a tuple"),
    (lambda: refusing.xadd("s", {"f": 1}, idmp=("p",)), "idmp must be a tuple"),
    (lambda: refusing.xcfgset("s"), "xcfgset needs idmp_duration or idmp_maxsize"),
    (lambda: refusing.xcfgset("s", 0), "idmp_duration must be > 0 seconds, got 0"),
    (lambda: refusing.xcfgset("s", None, 0), "idmp_maxsize must be > 0 entries, got 0"),
    (lambda: refusing.xdel("s"), "ids must hold at least one"),
    (lambda: refusing.xdelex("s"), "ids must hold at least one"),
    (lambda: refusing.xdelex("s", 1, ref_policy="x"), "ref_policy must be .* got 'x'"),
    (lambda: refusing.xinfo_stream("s", count=1), "count goes with full=True only"),
    (lambda: refusing.xinfo_stream("s", True, -1), "count must be >= 0 entries, got -1"),
    (lambda: refusing.xrange("s", count=0), "count must be > 0 entries, got 0"),
    (lambda: refusing.xrevrange("s", count=-1), "count must be > 0 entries, got -1"),
    (lambda: refusing.xread({}), "streams must hold at least one pair"),
    (lambda: refusing.xread(["s"]), "streams must be a mapping, got list"),
    (lambda: refusing.xread({"s": 0}, 0), "count must be > 0 entries, got 0"),
    (lambda: refusing.xread({"s": 0}, block=-1), "block must be >= 0 milliseconds, got -1"),
    (lambda: refusing.xread({"s": 0}, block=0.5), "block must be a whole number of milliseconds"),
    (
        lambda: refusing.xread({"s": 0}, block=timedelta(microseconds=5)),
        "block must not be a fraction of its unit",
    ),
    (lambda: refusing.xread({"s": 0}, max_count=0), "max_count must be > 0 entries, got 0"),
    (lambda: refusing.xread({"s": 0}, 5, max_count=4), "max_count must be >= 5 entries, got 4"),
    (lambda: refusing.xread({"s": 0}, max_size=0), "max_size must be > 0 bytes, got 0"),
    (lambda: refusing.xsetid("s", 1, entries_added=1), "give both or neither"),
    (lambda: refusing.xsetid("s", 1, max_deleted_id=1), "give both or neither"),
    (
        lambda: refusing.xsetid("s", 1, entries_added=-1, max_deleted_id=1),
        "entries_added must be >= 0 entries, got -1",
    ),
    (lambda: refusing.xtrim("s"), "xtrim needs maxlen or minid"),
    (lambda: refusing.xtrim("s", 1, minid=2), "maxlen and minid exclude each other"),
]


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_wrong_arguments_are_refused_by_name(call: Call, message: str) -> None:
    with pytest.raises(DataError, match=message):
        call()
