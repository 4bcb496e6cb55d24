"""The commands on sets, on real servers, for clients of bytes and of str."""

from __future__ import annotations

from typing import Any

import pytest
from command_client import Text, WordsOnly, check, requires

from redtrio import Redis
from redtrio.exceptions import DataError, WrongTypeError


async def test_members_come_and_go(r: Redis[Any], t: Text) -> None:
    check(await r.sadd("s", "a", b"b", 3), 3)
    check(await r.sadd("s", "a", "c"), 1)
    check(await r.smembers("s"), t({"a", "b", "3", "c"}))
    check(await r.scard("s"), 4)
    check(await r.srem("s", "a", "3", "nobody"), 2)
    check(await r.smembers("s"), t({"b", "c"}))
    check(await r.smembers("missing"), set())
    check(await r.scard("missing"), 0)
    with pytest.raises(WrongTypeError):
        await r.llen("s")


async def test_membership_is_told_in_bools(r: Redis[Any]) -> None:
    await r.sadd("s", "a", "b")
    check(await r.sismember("s", "a"), True)
    check(await r.sismember("s", "c"), False)
    check(await r.smismember("s", ["a", "c"], "b"), [True, False, True])
    check(await r.smismember("s", "a"), [True])


async def test_smove(r: Redis[Any], t: Text) -> None:
    await r.sadd("s", "a", "b")
    check(await r.smove("s", "d", "a"), True)
    check(await r.smove("s", "d", "a"), False)
    check(await r.smembers("d"), t({"a"}))


async def test_sets_are_combined(r: Redis[Any], t: Text) -> None:
    await r.sadd("s", "a", "b", "c")
    await r.sadd("u", "b", "c", "d")
    check(await r.sdiff("s", "u"), t({"a"}))
    check(await r.sdiff(["u", "s"]), t({"d"}))
    check(await r.sinter(["s"], "u"), t({"b", "c"}))
    check(await r.sinter("s", "missing"), set())
    check(await r.sunion(("s", "u")), t({"a", "b", "c", "d"}))
    check(await r.sdiffstore("d", "s", "u"), 1)
    check(await r.sinterstore("i", ["s", "u"]), 2)
    check(await r.sunionstore("w", "s", "u"), 4)
    check(await r.smembers("d"), t({"a"}))
    check(await r.smembers("i"), t({"b", "c"}))
    check(await r.smembers("w"), t({"a", "b", "c", "d"}))


@requires("SINTERCARD")
async def test_sintercard(r: Redis[Any]) -> None:
    await r.sadd("s", "a", "b", "c")
    await r.sadd("u", "a", "b", "c")
    check(await r.sintercard(2, ["s", "u"]), 3)
    check(await r.sintercard(2, ["s", "u"], limit=2), 2)
    check(await r.sintercard(1, "s"), 3)


async def test_spop(r: Redis[Any], t: Text) -> None:
    await r.sadd("s", "a", "b", "c")
    first = await r.spop("s")
    rest = await r.spop("s", 5)
    check(rest, t({"a", "b", "c"}) - {first})
    check(await r.spop("s"), None)
    check(await r.spop("s", 2), set())
    await r.sadd("s", "a")
    check(await r.spop("s", 0), set())
    check(await r.spop("s", 1), t({"a"}))


async def test_srandmember(r: Redis[Any], t: Text) -> None:
    await r.sadd("s", "a")
    check(await r.srandmember("s"), t("a"))
    check(await r.srandmember("s", 2), t(["a"]))
    check(await r.srandmember("s", -3), t(["a", "a", "a"]))
    check(await r.srandmember("missing"), None)
    check(await r.srandmember("missing", 2), [])
    await r.sadd("s", "b", "c")
    some = await r.srandmember("s", 2)
    assert len(some) == len(set(some)) == 2
    assert set(some) < t({"a", "b", "c"})


async def test_sscan_goes_from_cursor_to_cursor(r: Redis[Any], t: Text) -> None:
    names = {f"member-{number}" for number in range(1000)}
    await r.sadd("s", *names)
    cursor, found = await r.sscan("s", count=50)
    assert type(cursor) is int
    assert type(found) is list
    assert cursor
    members = set(found)
    while cursor:
        cursor, found = await r.sscan("s", cursor, count=200)
        members.update(found)
    check(members, t(names))
    check(await r.sscan("s", match="member-999", count=2000), (0, t(["member-999"])))
    check(await r.sscan("missing"), (0, []))


async def test_sscan_iter_finds_all_members(r: Redis[Any], t: Text) -> None:
    names = {f"member-{number}" for number in range(1000)}
    await r.sadd("s", *names)
    check({member async for member in r.sscan_iter("s", count=100)}, t(names))
    found = {member async for member in r.sscan_iter("s", match="member-99?")}
    check(found, t({f"member-99{digit}" for digit in range(10)}))


async def test_sscan_iter_may_be_left_early(r: Redis[Any]) -> None:
    await r.sadd("s", *range(1000))
    members = r.sscan_iter("s")
    async for _ in members:
        break
    await members.aclose()
    assert [member async for member in members] == []
    check(await r.scard("s"), 1000)


refusing = WordsOnly()


def test_wrong_arguments_are_refused_by_name() -> None:
    for change in (refusing.sadd, refusing.srem):
        with pytest.raises(DataError, match="values must hold at least one"):
            change("s")
    for combine in (refusing.sdiff, refusing.sinter, refusing.sunion):
        with pytest.raises(DataError, match="keys must hold at least one"):
            combine([])
    for store in (refusing.sdiffstore, refusing.sinterstore, refusing.sunionstore):
        with pytest.raises(DataError, match="keys must hold at least one"):
            store("d", [])
    with pytest.raises(DataError, match="values must hold at least one"):
        refusing.smismember("s", [])
    with pytest.raises(DataError, match="keys must hold at least one"):
        refusing.sintercard(0, [])
    with pytest.raises(DataError, match="numkeys must be the number of keys, 2, got 3"):
        refusing.sintercard(3, ["s", "u"])
    with pytest.raises(DataError, match="limit must be >= 0 members, got -1"):
        refusing.sintercard(1, ["s"], -1)
    with pytest.raises(DataError, match="count must be >= 0 elements, got -1"):
        refusing.spop("s", -1)
    with pytest.raises(DataError, match="count must be > 0 elements, got 0"):
        refusing.sscan("s", count=0)
    with pytest.raises(DataError, match="count must be > 0 elements, got 0"):
        refusing.sscan_iter("s", count=0)
