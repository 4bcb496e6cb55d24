"""The commands on sorted sets, on real servers, for clients of bytes and of str."""

from __future__ import annotations

import math
from typing import Any

import pytest
from command_client import Text, WordsOnly, check, lacking, requires
from servers import Server

from redtrio import Redis
from redtrio.exceptions import DataError, ResponseError, WrongTypeError
from redtrio.types import Argument

ABCD = {"a": 1, "b": 2, "c": 3, "d": 4.5}


# --- members and scores ----------------------------------------------------------------


async def test_zadd_counts_new_members(r: Redis[Any], t: Text) -> None:
    mixed: dict[Argument, Argument] = {"a": 1, b"b": 2.5, 3: b"inf"}
    check(await r.zadd("z", mixed), 3)
    check(await r.zadd("z", {"a": 2, "c": "-inf"}), 1)
    check(await r.zadd("z", {"a": 3, "d": 1}, ch=True), 2)
    expected = [("c", -math.inf), ("d", 1.0), ("b", 2.5), ("a", 3.0), ("3", math.inf)]
    check(await r.zrange("z", 0, -1, withscores=True), t(expected))
    with pytest.raises(WrongTypeError):
        await r.scard("z")
    with pytest.raises(ResponseError, match="not a valid float"):
        await r.zadd("z", {"a": "much"})


async def test_zadd_under_conditions(r: Redis[Any]) -> None:
    await r.zadd("z", {"a": 5})
    check(await r.zadd("z", {"a": 1, "b": 1}, nx=True), 1)
    check(await r.zscore("z", "a"), 5.0)
    check(await r.zadd("z", {"a": 6, "c": 1}, xx=True, ch=True), 1)
    check(await r.zscore("z", "c"), None)
    check(await r.zadd("z", {"a": 4}, gt=True, ch=True), 0)
    check(await r.zadd("z", {"a": 7}, gt=True, ch=True), 1)
    check(await r.zadd("z", {"a": 8}, lt=True, xx=True, ch=True), 0)
    check(await r.zadd("z", {"a": 3}, lt=True, ch=True), 1)


async def test_zadd_incr_returns_the_score(r: Redis[Any]) -> None:
    check(await r.zadd("z", {"a": 1.5}, incr=True), 1.5)
    check(await r.zadd("z", {"a": 1}, incr=True), 2.5)
    check(await r.zadd("z", {"a": 1}, incr=True, nx=True), None)
    check(await r.zadd("z", {"b": 1}, incr=True, xx=True), None)


async def test_zincrby(r: Redis[Any]) -> None:
    check(await r.zincrby("z", 2, "a"), 2.0)
    check(await r.zincrby("z", -0.5, "a"), 1.5)


async def test_scores_and_counts(r: Redis[Any]) -> None:
    await r.zadd("z", ABCD)
    check(await r.zcard("z"), 4)
    check(await r.zcard("missing"), 0)
    check(await r.zscore("z", "d"), 4.5)
    check(await r.zmscore("z", ["a", "nobody", "d"]), [1.0, None, 4.5])
    check(await r.zmscore("missing", "a"), [None])
    check(await r.zcount("z", 2, "+inf"), 3)
    check(await r.zcount("z", "(2", math.inf), 2)
    check(await r.zlexcount("z", "-", "+"), 4)
    check(await r.zlexcount("z", b"[a", b"(c"), 2)


async def test_zrem(r: Redis[Any]) -> None:
    await r.zadd("z", ABCD)
    check(await r.zrem("z", "a", b"b", "nobody"), 2)
    check(await r.zcard("z"), 2)


async def test_ranks(r: Redis[Any]) -> None:
    await r.zadd("z", ABCD)
    check(await r.zrank("z", "b"), 1)
    check(await r.zrevrank("z", "b"), 2)
    check(await r.zrank("z", "nobody"), None)
    check(await r.zrevrank("missing", "b"), None)


@pytest.fixture
def zrank_knows_withscore(server: Server) -> None:
    described: Any = server.call("COMMAND", "INFO", "ZRANK")
    if described[0][1] == 3:  # no more words than key and member
        pytest.skip(f"ZRANK with WITHSCORE is not known to {server.kind}")


async def test_ranks_with_score(zrank_knows_withscore: None, r: Redis[Any]) -> None:
    await r.zadd("z", ABCD)
    check(await r.zrank("z", "d", withscore=True), (3, 4.5))
    check(await r.zrevrank("z", "d", withscore=True), (0, 4.5))
    check(await r.zrank("z", "nobody", withscore=True), None)
    check(await r.zrevrank("z", "nobody", withscore=True), None)
    check(await r.zrank("z", "d", True, int), (3, 4))
    check(await r.zrevrank("z", "d", withscore=True, score_cast_func=str), (0, "4.5"))
    check(await r.zrank("z", "nobody", withscore=True, score_cast_func=str), None)


async def test_zrandmember(r: Redis[Any], t: Text) -> None:
    await r.zadd("z", {"a": 1.5})
    check(await r.zrandmember("z"), t("a"))
    check(await r.zrandmember("z", 2), t(["a"]))
    check(await r.zrandmember("z", -2), t(["a", "a"]))
    check(await r.zrandmember("z", 2, withscores=True), t([("a", 1.5)]))
    check(await r.zrandmember("z", -2, withscores=True), t([("a", 1.5), ("a", 1.5)]))
    check(await r.zrandmember("missing"), None)
    check(await r.zrandmember("missing", 2), [])
    check(await r.zrandmember("missing", 2, withscores=True), [])


# --- pops ------------------------------------------------------------------------------


async def test_pop_of_one_and_of_several(r: Redis[Any], t: Text) -> None:
    await r.zadd("z", ABCD)
    check(await r.zpopmin("z"), t([("a", 1.0)]))
    check(await r.zpopmax("z"), t([("d", 4.5)]))
    check(await r.zpopmin("z", 0), [])
    check(await r.zpopmax("z", 2), t([("c", 3.0), ("b", 2.0)]))
    await r.zadd("z", ABCD)
    check(await r.zpopmin("z", 2), t([("a", 1.0), ("b", 2.0)]))
    for pop in (r.zpopmin, r.zpopmax):
        check(await pop("missing"), [])
        check(await pop("missing", 2), [])


@requires("ZMPOP")
async def test_zmpop(r: Redis[Any], t: Text) -> None:
    await r.zadd("z", ABCD)
    check(await r.zmpop(2, ["y", "z"], min=True), t(("z", [("a", 1.0)])))
    check(await r.zmpop(1, "z", max=True, count=2), t(("z", [("d", 4.5), ("c", 3.0)])))
    check(await r.zmpop(1, ["z"], max=True, count=None), t(("z", [("b", 2.0)])))
    check(await r.zmpop(1, ["z"], min=True), None)


async def test_blocking_pops(r: Redis[Any], t: Text) -> None:
    await r.zadd("z", ABCD)
    check(await r.bzpopmin(["y", "z"]), t(("z", "a", 1.0)))
    check(await r.bzpopmax("z", 1), t(("z", "d", 4.5)))
    check(await r.bzpopmin("y", 0.01), None)
    check(await r.bzpopmax(["y"], timeout=0.01), None)


@requires("BZMPOP")
async def test_bzmpop(r: Redis[Any], t: Text) -> None:
    await r.zadd("z", ABCD)
    popped = await r.bzmpop(None, 2, ["y", "z"], min=True, count=2)
    check(popped, t(("z", [("a", 1.0), ("b", 2.0)])))
    check(await r.bzmpop(0.5, 1, "z", max=True), t(("z", [("d", 4.5)])))
    check(await r.bzmpop(0.01, 1, ["y"], max=True), None)


def test_no_timeout_leaves_its_place_to_the_deadline() -> None:
    made: Any = WordsOnly()
    assert made.bzpopmin("z").words == (b"BZPOPMIN", "z", None)
    assert made.bzpopmax(["y", "z"]).words == (b"BZPOPMAX", "y", "z", None)
    popping = made.bzmpop(None, 1, "z", max=True)
    assert popping.words == (b"BZMPOP", None, 1, "z", b"MAX", b"COUNT", 1)
    assert popping.spec.blocking
    assert made.bzpopmin("z", 0.5).words == (b"BZPOPMIN", "z", 0.5)


# --- ranges ----------------------------------------------------------------------------


async def test_zrange_by_rank(r: Redis[Any], t: Text) -> None:
    await r.zadd("z", ABCD)
    check(await r.zrange("z", 0, 1), t(["a", "b"]))
    check(await r.zrange("z", 0, 1, desc=True), t(["d", "c"]))
    check(await r.zrange("z", -1, -1, withscores=True), t([("d", 4.5)]))
    check(await r.zrange("z", 9, 12), [])
    check(await r.zrange("missing", 0, -1, withscores=True), [])


async def test_zrange_by_score(r: Redis[Any], t: Text) -> None:
    await r.zadd("z", ABCD)
    check(await r.zrange("z", "(1", 3, byscore=True), t(["b", "c"]))
    found = await r.zrange("z", "+inf", "-inf", desc=True, byscore=True, offset=1, num=2)
    check(found, t(["c", "b"]))
    found = await r.zrange("z", 1, 9, byscore=True, withscores=True, offset=3, num=-1)
    check(found, t([("d", 4.5)]))


async def test_zrange_by_member(r: Redis[Any], t: Text) -> None:
    await r.zadd("z", dict.fromkeys("abcd", 0))
    check(await r.zrange("z", "[b", "+", bylex=True), t(["b", "c", "d"]))
    check(await r.zrange("z", "+", "(b", True, bylex=True), t(["d", "c"]))
    check(await r.zrange("z", "-", "+", bylex=True, offset=1, num=1), t(["b"]))


async def test_older_ranges(r: Redis[Any], t: Text) -> None:
    await r.zadd("z", ABCD)
    await r.zadd("l", dict.fromkeys("abcd", 0))
    check(await r.zrevrange("z", 0, 1), t(["d", "c"]))
    check(await r.zrevrange("z", 0, 0, withscores=True), t([("d", 4.5)]))
    check(await r.zrangebyscore("z", 2, "(4.5"), t(["b", "c"]))
    check(await r.zrangebyscore("z", 2, "+inf", 1, 1), t(["c"]))
    check(await r.zrangebyscore("z", 4, 5, withscores=True), t([("d", 4.5)]))
    check(await r.zrevrangebyscore("z", "+inf", 2, start=1, num=2), t(["c", "b"]))
    check(await r.zrevrangebyscore("z", 9, 4, withscores=True), t([("d", 4.5)]))
    check(await r.zrangebylex("l", "[b", "[c"), t(["b", "c"]))
    check(await r.zrangebylex("l", "-", "+", 1, 2), t(["b", "c"]))
    check(await r.zrevrangebylex("l", "[c", "-"), t(["c", "b", "a"]))
    check(await r.zrevrangebylex("l", "+", "-", start=0, num=1), t(["d"]))


async def test_score_cast_func_gets_each_score_as_float(r: Redis[Any], t: Text) -> None:
    await r.zadd("z", {"a": 1, "b": 2})
    expected = t([("a", "1.0"), ("b", "2.0")])

    def cast(score: float) -> str:
        return t(repr(score))  # type: ignore[no-any-return]

    found = await r.zrange("z", 0, -1, withscores=True, score_cast_func=cast)
    check(found, expected)
    found = await r.zrangebyscore("z", 0, 9, withscores=True, score_cast_func=cast)
    check(found, expected)
    found = await r.zrevrange("z", 0, -1, withscores=True, score_cast_func=cast)
    check(found, expected[::-1])
    found = await r.zrevrangebyscore("z", 9, 0, withscores=True, score_cast_func=cast)
    check(found, expected[::-1])
    check(await r.zscan("z", score_cast_func=int), (0, t([("a", 1), ("b", 2)])))
    pairs = [pair async for pair in r.zscan_iter("z", score_cast_func=int)]
    check(pairs, t([("a", 1), ("b", 2)]))


async def test_scores_are_asked_for_by_position(r: Redis[Any], t: Text) -> None:
    await r.zadd("z", {"a": 1, "b": 2})
    check(await r.zrange("z", 0, -1, True, True), t([("b", 2.0), ("a", 1.0)]))
    check(await r.zrange("z", 2, 9, False, True, int, True), t([("b", 2)]))
    check(await r.zrangebyscore("z", 0, 9, 1, 1, True), t([("b", 2.0)]))
    check(await r.zrangebyscore("z", 0, 9, 0, 1, True, int), t([("a", 1)]))
    check(await r.zrevrangebyscore("z", 9, 0, 1, 1, True), t([("a", 1.0)]))
    check(await r.zrevrangebyscore("z", 9, 0, 0, 1, True, int), t([("b", 2)]))
    check(await r.zscan("z", 0, "a", 5, int), (0, t([("a", 1)])))
    check([pair async for pair in r.zscan_iter("z", "a", 5, int)], t([("a", 1)]))


async def test_zrangestore(r: Redis[Any], t: Text) -> None:
    await r.zadd("z", ABCD)
    check(await r.zrangestore("d", "z", 0, 1), 2)
    check(await r.zrange("d", 0, -1, withscores=True), t([("a", 1.0), ("b", 2.0)]))
    stored = await r.zrangestore("d", "z", 4, 1, byscore=True, desc=True, offset=0, num=1)
    check(stored, 1)
    check(await r.zrange("d", 0, -1), t(["c"]))
    await r.zadd("l", dict.fromkeys("abcd", 0))
    check(await r.zrangestore("d", "l", "[b", "+", bylex=True), 3)
    check(await r.zrangestore("d", "missing", 0, -1), 0)


async def test_ranges_are_removed(r: Redis[Any], t: Text) -> None:
    await r.zadd("z", ABCD)
    check(await r.zremrangebyrank("z", 0, 0), 1)
    check(await r.zremrangebyscore("z", "(3", "+inf"), 1)
    check(await r.zrange("z", 0, -1), t(["b", "c"]))
    await r.zadd("l", dict.fromkeys("abcd", 0))
    check(await r.zremrangebylex("l", "[b", "(d"), 2)
    check(await r.zrange("l", 0, -1), t(["a", "d"]))


# --- combinations ----------------------------------------------------------------------


async def test_zdiff(r: Redis[Any], t: Text) -> None:
    await r.zadd("y", ABCD)
    await r.zadd("z", {"a": 9, "c": 9})
    check(await r.zdiff(["y", "z"]), t(["b", "d"]))
    check(await r.zdiff(["y", "z"], withscores=True), t([("b", 2.0), ("d", 4.5)]))
    check(await r.zdiff("missing", withscores=True), [])
    check(await r.zdiffstore("d", ["y", "z"]), 2)
    check(await r.zrange("d", 0, -1), t(["b", "d"]))


async def test_zinter(r: Redis[Any], t: Text) -> None:
    await r.zadd("y", {"a": 1, "b": 2})
    await r.zadd("z", {"b": 3, "c": 4})
    check(await r.zinter(["y", "z"]), t(["b"]))
    check(await r.zinter(["y", "z"], withscores=True), t([("b", 5.0)]))
    check(await r.zinter(["y", "z"], "MAX", withscores=True), t([("b", 3.0)]))
    check(await r.zinter({"y": 2, "z": 0.5}, withscores=True), t([("b", 5.5)]))
    check(await r.zinterstore("d", ["y", "z"]), 1)
    check(await r.zscore("d", "b"), 5.0)
    check(await r.zinterstore("d", {"y": 2, "z": 10}, aggregate="min"), 1)
    check(await r.zscore("d", "b"), 4.0)


async def test_zunion(r: Redis[Any], t: Text) -> None:
    await r.zadd("y", {"a": 1, "b": 2})
    await r.sadd("s", "b", "c")
    check(await r.zunion(["y", "s"]), t(["a", "c", "b"]))
    expected = t([("a", 1.0), ("c", 1.0), ("b", 3.0)])
    check(await r.zunion(["y", "s"], withscores=True), expected)
    check(await r.zunion(["s"], withscores=True, score_cast_func=int), t([("b", 1), ("c", 1)]))
    found = await r.zunion({"y": 1, "s": 5}, "MIN", True)
    check(found, t([("a", 1.0), ("b", 2.0), ("c", 5.0)]))
    check(await r.zunionstore("d", ["y", "s"]), 3)
    check(await r.zscore("d", "b"), 3.0)
    check(await r.zunionstore("d", {"y": 1, "s": 5}, aggregate="MAX"), 3)
    check(await r.zscore("d", "b"), 5.0)


@requires("ZINTERCARD")
async def test_zintercard(r: Redis[Any]) -> None:
    await r.zadd("y", ABCD)
    await r.zadd("z", ABCD)
    check(await r.zintercard(2, ["y", "z"]), 4)
    check(await r.zintercard(2, ["y", "z"], limit=3), 3)


def test_aggregate_count() -> None:
    # Since Redis 8.8, newer than any server that the tests run on.
    made: Any = WordsOnly()
    for method, name in ((made.zinter, b"ZINTER"), (made.zunion, b"ZUNION")):
        assert method(["y", "z"], "count").words == (name, 2, "y", "z", b"AGGREGATE", "COUNT")
    for method, name in ((made.zinterstore, b"ZINTERSTORE"), (made.zunionstore, b"ZUNIONSTORE")):
        words = (name, "d", 1, "y", b"WEIGHTS", 2, b"AGGREGATE", "COUNT")
        assert method("d", {"y": 2}, aggregate="COUNT").words == words


# --- scan ------------------------------------------------------------------------------


async def test_zscan_goes_from_cursor_to_cursor(r: Redis[Any], t: Text) -> None:
    scores = {f"member-{number}": number / 2 for number in range(1000)}
    await r.zadd("z", scores)
    cursor, found = await r.zscan("z", count=50)
    assert type(cursor) is int
    assert cursor
    check(found[:1], t([(name, scores[name]) for name in scores if t(name) == found[0][0]]))
    members = dict(found)
    while cursor:
        cursor, found = await r.zscan("z", cursor, count=200)
        members.update(found)
    check(members, t(scores))
    matching = await r.zscan("z", match="member-999", count=2000)
    check(matching, (0, t([("member-999", 499.5)])))
    check(await r.zscan("missing"), (0, []))


async def test_zscan_iter_finds_all_members(r: Redis[Any], t: Text) -> None:
    scores = {f"member-{number}": number / 2 for number in range(1000)}
    await r.zadd("z", scores)
    found = {member: score async for member, score in r.zscan_iter("z", count=100)}
    check(found, t(scores))
    members = r.zscan_iter("z", match="member-9*")
    async for member, score in members:
        assert t(f"member-{score * 2:.0f}") == member
        break
    await members.aclose()
    assert [pair async for pair in members] == []


@lacking("ZSCAN … NOSCORES", "redis7", "redis8")
async def test_zscan_without_scores(r: Redis[Any], t: Text) -> None:
    await r.zadd("z", {"a": 1, "b": 2})
    check(await r.zscan("z", no_scores=True), (0, t(["a", "b"])))
    check([member async for member in r.zscan_iter("z", no_scores=True)], t(["a", "b"]))
    check(await r.zscan("missing", no_scores=True), (0, []))


# --- what is refused before anything is sent -------------------------------------------

refusing = WordsOnly()


@pytest.mark.parametrize(
    "options",
    [{"nx": True, "xx": True}, {"nx": True, "gt": True}, {"lt": True, "gt": True}],
    ids="-".join,
)
def test_conditions_of_zadd_that_exclude_each_other_are_refused(options: Any) -> None:
    with pytest.raises(DataError, match=" and ".join(sorted(options, key="nx xx gt lt".find))):
        refusing.zadd("z", {"a": 1}, **options)


@pytest.mark.parametrize("timeout", [-1, math.inf, math.nan, "1", True])
def test_timeout_that_is_no_time_is_refused(timeout: Any) -> None:
    for call in (
        lambda: refusing.bzpopmin("z", timeout),
        lambda: refusing.bzpopmax("z", timeout),
        lambda: refusing.bzmpop(timeout, 1, "z", min=True),
    ):
        with pytest.raises(DataError, match="timeout must be"):
            call()


def test_range_options_that_do_not_go_together_are_refused() -> None:
    anything: Any = refusing
    with pytest.raises(DataError, match="byscore and bylex exclude each other"):
        refusing.zrange("z", 0, 1, byscore=True, bylex=True)
    with pytest.raises(DataError, match="byscore and bylex exclude each other"):
        refusing.zrangestore("d", "z", 0, 1, byscore=True, bylex=True)
    with pytest.raises(DataError, match="withscores and bylex exclude each other"):
        anything.zrange("z", "-", "+", withscores=True, bylex=True)
    with pytest.raises(DataError, match="offset and num must go with byscore or bylex"):
        refusing.zrange("z", 0, 1, offset=0, num=1)
    with pytest.raises(DataError, match="offset and num must be given together, got no num"):
        refusing.zrange("z", 0, 1, byscore=True, offset=0)
    with pytest.raises(DataError, match="offset and num must be given together, got no offset"):
        refusing.zrangestore("d", "z", 0, 1, byscore=True, num=1)
    with pytest.raises(DataError, match="offset must be >= 0 members, got -1"):
        refusing.zrange("z", 0, 1, byscore=True, offset=-1, num=1)
    for older in (
        refusing.zrangebyscore,
        refusing.zrevrangebyscore,
        refusing.zrangebylex,
        refusing.zrevrangebylex,
    ):
        with pytest.raises(DataError, match="start and num must be given together, got no num"):
            older("z", "-", "+", start=1)
        with pytest.raises(DataError, match="start and num must be given together, got no start"):
            older("z", "-", "+", num=1)


def test_wrong_arguments_are_refused_by_name() -> None:
    anything: Any = refusing
    with pytest.raises(DataError, match="mapping must be a mapping, got list"):
        anything.zadd("z", ["a", 1])
    with pytest.raises(DataError, match="mapping must hold at least one"):
        refusing.zadd("z", {})
    with pytest.raises(DataError, match="mapping must hold one member with incr, got 2"):
        refusing.zadd("z", {"a": 1, "b": 2}, incr=True)
    with pytest.raises(DataError, match="values must hold at least one"):
        refusing.zrem("z")
    with pytest.raises(DataError, match="members must hold at least one"):
        refusing.zmscore("z", [])
    for read in (refusing.zdiff, refusing.zinter, refusing.zunion):
        with pytest.raises(DataError, match="keys must hold at least one"):
            read([])
    for store in (refusing.zdiffstore, refusing.zinterstore, refusing.zunionstore):
        with pytest.raises(DataError, match="keys must hold at least one"):
            store("d", [])
    with pytest.raises(DataError, match="keys must hold at least one"):
        refusing.zunion({})
    with pytest.raises(DataError, match="keys must hold at least one"):
        refusing.bzpopmin([])
    with pytest.raises(DataError, match="aggregate must be SUM or MIN or MAX or COUNT, got 'AVG'"):
        anything.zunion(["y", "z"], aggregate="AVG")
    with pytest.raises(DataError, match="numkeys must be the number of keys, 2, got 1"):
        refusing.zintercard(1, ["y", "z"])
    with pytest.raises(DataError, match="limit must be >= 0 members, got -1"):
        refusing.zintercard(1, "z", limit=-1)
    with pytest.raises(DataError, match="num_keys must be the number of keys, 1, got 2"):
        refusing.zmpop(2, "z", min=True)
    for min_too in (False, True):
        with pytest.raises(DataError, match="exactly one of min and max must be given"):
            refusing.zmpop(1, "z", min=min_too, max=min_too)
        with pytest.raises(DataError, match="exactly one of min and max must be given"):
            refusing.bzmpop(0, 1, "z", min=min_too, max=min_too)
    with pytest.raises(DataError, match="count must be > 0 members, got 0"):
        refusing.zmpop(1, "z", min=True, count=0)
    for pop in (refusing.zpopmin, refusing.zpopmax):
        with pytest.raises(DataError, match="count must be >= 0 elements, got -1"):
            pop("z", -1)
    with pytest.raises(DataError, match="withscores must go with count"):
        anything.zrandmember("z", withscores=True)
    with pytest.raises(DataError, match="count must be > 0 elements, got 0"):
        refusing.zscan("z", count=0)
    with pytest.raises(DataError, match="count must be > 0 elements, got 0"):
        refusing.zscan_iter("z", count=0)
