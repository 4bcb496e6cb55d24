"""The commands on lists, on real servers, for clients of bytes and of str."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pytest
from command_client import Text, WordsOnly, check, requires

from redtrio import Redis
from redtrio.exceptions import DataError, ResponseError, WrongTypeError

# --- pushing and reading ---------------------------------------------------------------


async def test_push_returns_the_length(r: Redis[Any], t: Text) -> None:
    check(await r.rpush("l", "b", b"c"), 2)
    check(await r.lpush("l", "a", 0), 4)
    check(await r.lrange("l", 0, -1), t(["0", "a", "b", "c"]))


async def test_pushx_needs_a_list(r: Redis[Any], t: Text) -> None:
    check(await r.lpushx("l", "a"), 0)
    check(await r.rpushx("l", "a"), 0)
    await r.rpush("l", "b")
    check(await r.lpushx("l", "a"), 2)
    check(await r.rpushx("l", "c", "d"), 4)
    check(await r.lrange("l", 0, -1), t(["a", "b", "c", "d"]))


async def test_lrange_of_a_part_and_of_nothing(r: Redis[Any], t: Text) -> None:
    await r.rpush("l", "a", "b", "c")
    check(await r.lrange("l", 1, 1), t(["b"]))
    check(await r.lrange("l", -2, -1), t(["b", "c"]))
    check(await r.lrange("l", 5, 9), [])
    check(await r.lrange("missing", 0, -1), [])


async def test_lindex_and_llen(r: Redis[Any], t: Text) -> None:
    await r.rpush("l", "a", "b")
    check(await r.lindex("l", 0), t("a"))
    check(await r.lindex("l", -1), t("b"))
    check(await r.lindex("l", 2), None)
    check(await r.llen("l"), 2)
    check(await r.llen("missing"), 0)


async def test_linsert(r: Redis[Any], t: Text) -> None:
    await r.rpush("l", "a", "c")
    check(await r.linsert("l", "BEFORE", "c", "b"), 3)
    check(await r.linsert("l", "after", "c", "d"), 4)
    check(await r.linsert("l", "AFTER", "nobody", "e"), -1)
    check(await r.linsert("missing", "AFTER", "a", "b"), 0)
    check(await r.lrange("l", 0, -1), t(["a", "b", "c", "d"]))


async def test_lset(r: Redis[Any], t: Text) -> None:
    await r.rpush("l", "a", "b")
    check(await r.lset("l", -1, "c"), True)
    check(await r.lrange("l", 0, -1), t(["a", "c"]))
    with pytest.raises(ResponseError, match="index out of range"):
        await r.lset("l", 2, "d")


async def test_lrem(r: Redis[Any], t: Text) -> None:
    await r.rpush("l", "x", "a", "x", "b", "x")
    check(await r.lrem("l", -1, "x"), 1)
    check(await r.lrange("l", 0, -1), t(["x", "a", "x", "b"]))
    check(await r.lrem("l", 0, "x"), 2)
    check(await r.lrem("l", 0, "x"), 0)


async def test_ltrim(r: Redis[Any], t: Text) -> None:
    await r.rpush("l", "a", "b", "c")
    check(await r.ltrim("l", 1, -1), True)
    check(await r.lrange("l", 0, -1), t(["b", "c"]))
    check(await r.ltrim("missing", 0, 1), True)


async def test_lpos(r: Redis[Any]) -> None:
    await r.rpush("l", "a", "b", "a", "c", "a")
    check(await r.lpos("l", "a"), 0)
    check(await r.lpos("l", "nobody"), None)
    check(await r.lpos("l", "a", rank=2), 2)
    check(await r.lpos("l", "a", -1), 4)
    check(await r.lpos("l", "a", count=0), [0, 2, 4])
    check(await r.lpos("l", "a", rank=-1, count=2), [4, 2])
    check(await r.lpos("l", "c", maxlen=3), None)
    check(await r.lpos("l", "nobody", count=1), [])


async def test_another_type_of_value_is_an_error(r: Redis[Any]) -> None:
    await r.sadd("s", "a")
    with pytest.raises(WrongTypeError):
        await r.lpush("s", "a")


# --- taking and moving -----------------------------------------------------------------


async def test_pop_of_one_and_of_several(r: Redis[Any], t: Text) -> None:
    await r.rpush("l", "a", "b", "c", "d", "e")
    check(await r.lpop("l"), t("a"))
    check(await r.rpop("l"), t("e"))
    check(await r.lpop("l", 2), t(["b", "c"]))
    check(await r.rpop("l", count=9), t(["d"]))
    for pop in (r.lpop, r.rpop):
        check(await pop("l"), None)
        check(await pop("l", 2), None)


async def test_lmove_and_rpoplpush(r: Redis[Any], t: Text) -> None:
    await r.rpush("l", "a", "b", "c", "d")
    check(await r.lmove("l", "m"), t("a"))
    check(await r.lmove("l", "m", "right", "LEFT"), t("d"))
    check(await r.rpoplpush("l", "m"), t("c"))
    check(await r.lrange("m", 0, -1), t(["c", "d", "a"]))
    check(await r.lmove("missing", "m"), None)
    check(await r.rpoplpush("missing", "m"), None)


@requires("LMPOP")
async def test_lmpop(r: Redis[Any], t: Text) -> None:
    await r.rpush("m", "a", "b", "c", "d")
    check(await r.lmpop(2, "l", "m", direction="LEFT"), t(("m", ["a"])))
    check(await r.lmpop(2, "l", "m", direction="right", count=2), t(("m", ["d", "c"])))
    check(await r.lmpop(1, "m", direction="RIGHT", count=None), t(("m", ["b"])))
    check(await r.lmpop(1, "m", direction="RIGHT"), None)


async def test_blocking_pop_of_what_is_there(r: Redis[Any], t: Text) -> None:
    await r.rpush("m", "a", "b", "c", "d")
    check(await r.blpop(["l", "m"]), t(("m", "a")))
    check(await r.brpop("m", 1), t(("m", "d")))
    check(await r.blmove("m", "n", 0, "RIGHT", "LEFT"), t("c"))
    check(await r.brpoplpush("m", "n"), t("b"))
    check(await r.lrange("n", 0, -1), t(["b", "c"]))


@requires("BLMPOP")
async def test_blmpop_of_what_is_there(r: Redis[Any], t: Text) -> None:
    await r.rpush("m", "a", "b", "c")
    check(await r.blmpop(None, 2, "l", "m", direction="LEFT", count=2), t(("m", ["a", "b"])))
    check(await r.blmpop(1.5, 1, "m", direction="LEFT"), t(("m", ["c"])))
    check(await r.blmpop(0.01, 1, "m", direction="LEFT"), None)


async def test_blocking_pop_of_nothing_ends_with_its_time(r: Redis[Any]) -> None:
    check(await r.blpop("l", 0.01), None)
    check(await r.brpop(["l", "m"], timeout=0.01), None)
    check(await r.blmove("l", "m", timeout=0.01), None)
    check(await r.brpoplpush("l", "m", 0.01), None)


def test_no_timeout_leaves_its_place_to_the_deadline() -> None:
    made: Any = WordsOnly()
    assert made.blpop("l").words == (b"BLPOP", "l", None)
    assert made.brpop(["l", "m"]).words == (b"BRPOP", "l", "m", None)
    assert made.blmove("l", "m").words == (b"BLMOVE", "l", "m", "LEFT", "RIGHT", None)
    assert made.brpoplpush("l", "m").words == (b"BRPOPLPUSH", "l", "m", None)
    popping = made.blmpop(None, 1, "l", direction="left")
    assert popping.words == (b"BLMPOP", None, 1, "l", "LEFT", b"COUNT", 1)
    assert popping.spec.blocking
    assert made.blpop("l", 0).words == (b"BLPOP", "l", 0)


# --- what is refused before anything is sent -------------------------------------------

refusing = WordsOnly()


@pytest.mark.parametrize("push", [refusing.lpush, refusing.rpush, refusing.lpushx, refusing.rpushx])
def test_push_of_nothing_is_refused(push: Any) -> None:
    with pytest.raises(DataError, match="values must hold at least one"):
        push("l")


@pytest.mark.parametrize("timeout", [-1, -0.5, math.inf, math.nan, "1", True, timedelta(seconds=1)])
def test_timeout_that_is_no_time_is_refused(timeout: Any) -> None:
    for call in (
        lambda: refusing.blpop("l", timeout),
        lambda: refusing.brpop("l", timeout),
        lambda: refusing.blmove("l", "m", timeout),
        lambda: refusing.brpoplpush("l", "m", timeout),
        lambda: refusing.blmpop(timeout, 1, "l", direction="LEFT"),
    ):
        with pytest.raises(DataError, match="timeout must be"):
            call()


async def test_numbers_and_words_may_be_text_of_either_kind(r: Redis[Any], t: Text) -> None:
    untyped: Any = r
    await r.rpush("l", "a", "b", "c")
    check(await untyped.lmpop("2", "m", "l", direction=b"LEFT", count="1"), (t("l"), t(["a"])))
    check(await untyped.blmpop(1, b"1", "l", direction="LEFT"), (t("l"), t(["b"])))
    side = memoryview(b"left")
    check(await untyped.lmove("l", "m", src=side, dest=bytearray(b"RIGHT")), t("c"))
    check(await untyped.linsert("m", b"before", "c", "b"), 2)


def test_wrong_arguments_are_refused_by_name() -> None:
    anything: Any = refusing
    with pytest.raises(DataError, match="keys must hold at least one"):
        refusing.blpop([])
    with pytest.raises(DataError, match="keys must hold at least one"):
        refusing.brpop(())
    with pytest.raises(DataError, match="src must be LEFT or RIGHT, got 'UP'"):
        anything.lmove("l", "m", "UP")
    with pytest.raises(DataError, match="dest must be LEFT or RIGHT, got b'UP'"):
        anything.blmove("l", "m", 0, "LEFT", b"UP")
    with pytest.raises(DataError, match="num_keys must be a whole number of keys, got str"):
        anything.lmpop("one", "l", direction="LEFT")
    with pytest.raises(DataError, match="direction must be LEFT or RIGHT, got None"):
        anything.lmpop(1, "l", direction=None)
    with pytest.raises(DataError, match="where must be BEFORE or AFTER, got 'LEFT'"):
        anything.linsert("l", "LEFT", "a", "b")
    with pytest.raises(DataError, match="num_keys must be the number of keys, 1, got 2"):
        refusing.lmpop(2, "l", direction="LEFT")
    with pytest.raises(DataError, match="numkeys must be the number of keys, 2, got 1"):
        refusing.blmpop(0, 1, "l", "m", direction="LEFT")
    with pytest.raises(DataError, match="args must hold at least one"):
        refusing.lmpop(0, direction="LEFT")
    with pytest.raises(DataError, match="count must be > 0 elements, got 0"):
        refusing.lmpop(1, "l", direction="LEFT", count=0)
    with pytest.raises(DataError, match="count must be >= 0 elements, got -1"):
        refusing.lpop("l", -1)
    with pytest.raises(DataError, match="count must be >= 0 elements, got -1"):
        refusing.rpop("l", -1)
    with pytest.raises(DataError, match=r"rank must be > 0, or < 0 .* got 0"):
        refusing.lpos("l", "a", 0)
    with pytest.raises(DataError, match="count must be >= 0 places, got -1"):
        refusing.lpos("l", "a", count=-1)
    with pytest.raises(DataError, match="maxlen must be >= 0 elements, got -1"):
        refusing.lpos("l", "a", maxlen=-1)
