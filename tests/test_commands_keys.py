"""The commands on keys of any type, against real servers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any, cast

import pytest
from command_client import Text, check, requires
from servers import Server, open_server

from redtrio import Redis
from redtrio.exceptions import DataError, ResponseError

LATER = datetime(2100, 1, 1, tzinfo=timezone.utc)
LATER_SECONDS = 4102444800


async def test_delete_unlink_exists_touch_count_keys(r: Redis[Any]) -> None:
    await r.mset({"a": 1, "b": 2, "c": 3})
    check(await r.exists("a", "b", "a", "x"), 3)
    check(await r.touch("a", "b", "x"), 2)
    check(await r.delete("a", "x"), 1)
    check(await r.unlink("b", "c", "x"), 2)
    check(await r.dbsize(), 0)


@pytest.mark.parametrize("method", ["delete", "exists", "unlink", "touch"])
def test_without_keys_nothing_is_sent(offline: Redis[Any], method: str) -> None:
    with pytest.raises(DataError, match="must hold at least one, got none"):
        getattr(offline, method)()


async def test_copy_rename_move(r: Redis[Any], t: Text) -> None:
    await r.set("a", "1")
    assert await r.copy("a", "b") is True
    assert await r.copy("a", "b") is False
    assert await r.copy("a", "b", replace=True) is True
    assert await r.copy("a", "b", destination_db=1) is True
    assert await r.rename("a", "c") is True
    assert await r.renamenx("c", "b") is False
    assert await r.renamenx("c", "d") is True
    assert sorted(await r.keys()) == t(["b", "d"])
    assert await r.move("b", 1) is False
    assert await r.move("d", 1) is True
    with pytest.raises(ResponseError, match="no such key"):
        await r.rename("x", "y")
    with pytest.raises(DataError, match="db must be >= 0 databases, got -1"):
        r.move("a", -1)


async def test_expire_family_sets_and_tells(r: Redis[Any]) -> None:
    await r.set("k", "v")
    check([await r.ttl("k"), await r.pttl("k"), await r.expiretime("k")], [-1, -1, -1])
    check([await r.ttl("x"), await r.pttl("x"), await r.pexpiretime("x")], [-2, -2, -2])
    check(await r.expiretime("x"), -2)
    assert await r.expire("k", 100) is True
    assert 90 < await r.ttl("k") <= 100
    assert await r.pexpire("k", 50_000) is True
    assert 40_000 < await r.pttl("k") <= 50_000
    assert await r.expireat("k", LATER) is True
    check(await r.expiretime("k"), LATER_SECONDS)
    assert await r.pexpireat("k", LATER + timedelta(milliseconds=1)) is True
    check(await r.pexpiretime("k"), LATER_SECONDS * 1000 + 1)
    assert await r.persist("k") is True
    assert await r.persist("k") is False
    assert await r.expire("k", timedelta(hours=1, milliseconds=1)) is True
    assert 3590 < await r.ttl("k") <= 3600
    assert await r.pexpire("k", timedelta(milliseconds=90_000)) is True
    assert 80 < await r.ttl("k") <= 90
    assert await r.expireat("k", LATER_SECONDS) is True
    assert await r.expire("x", 1) is False
    assert await r.expire("k", -1) is True
    check(await r.exists("k"), 0)


async def test_expire_keeps_to_its_conditions(r: Redis[Any]) -> None:
    await r.set("k", "v")
    assert await r.expire("k", 100, xx=True) is False
    assert await r.expire("k", 100, nx=True) is True
    assert await r.expire("k", 50, gt=True) is False
    assert await r.pexpire("k", 50_000, lt=True) is True
    assert await r.expireat("k", LATER, xx=True, gt=True) is True
    assert await r.pexpireat("k", LATER, nx=True) is False


@pytest.mark.parametrize("method", ["expire", "pexpire", "expireat", "pexpireat"])
def test_conditions_that_exclude_each_other_are_refused(offline: Redis[Any], method: str) -> None:
    call = getattr(offline, method)
    for one, other in (("nx", "xx"), ("nx", "gt"), ("nx", "lt"), ("gt", "lt")):
        with pytest.raises(DataError, match=f"{one} and {other} exclude each other"):
            call("k", 1, **{one: True, other: True})


def test_times_that_would_become_nothing_are_refused(offline: Redis[Any]) -> None:
    calls: list[Callable[[], Any]] = [
        lambda: offline.expire("k", timedelta(milliseconds=1)),
        lambda: offline.pexpire("k", timedelta(microseconds=-1)),
    ]
    for call in calls:
        with pytest.raises(DataError, match="time must not be a fraction of its unit"):
            call()
    with pytest.raises(DataError, match="when must be a whole number of seconds, got str"):
        cast("Any", offline).expireat("k", "soon")


async def test_dump_and_restore(r: Redis[Any], t: Text) -> None:
    assert await r.dump("k") is None
    await r.set("k", "v")
    value = await r.dump("k")
    assert isinstance(value, bytes)
    assert await r.restore("new", 0, value) is True
    check(await r.get("new"), t("v"))
    with pytest.raises(ResponseError, match="BUSYKEY"):
        await r.restore("new", 0, value)
    assert await r.restore("new", 100_000, value, replace=True, idletime=5) is True
    assert 90 < await r.ttl("new") <= 100
    moment = LATER_SECONDS * 1000
    assert await r.restore("new", moment, value, replace=True, absttl=True, frequency=1) is True
    check(await r.pexpiretime("new"), moment)
    with pytest.raises(DataError, match="ttl must be >= 0 milliseconds, got -1"):
        r.restore("k", -1, value)
    with pytest.raises(DataError, match="idletime and frequency exclude each other"):
        r.restore("k", 0, value, idletime=0, frequency=0)
    assert await r.restore("k", 0, value, replace=True, frequency=255) is True
    with pytest.raises(DataError, match="frequency must be <= 255 uses, got 256"):
        r.restore("k", 0, value, frequency=256)


async def test_keys_randomkey_type(r: Redis[Any], t: Text) -> None:
    check(await r.keys(), [])
    assert await r.randomkey() is None
    await r.set("a1", "v")
    check(await r.randomkey(), t("a1"))
    await r.hset("b1", "f", "v")
    check(await r.keys("a*"), t(["a1"]))
    assert [await r.type(name) for name in ("a1", "b1", "x")] == t(["string", "hash", "none"])


async def test_object_tells_how_a_key_is_stored(r: Redis[Any], t: Text) -> None:
    await r.set("k", 1)
    check(await r.object("ENCODING", "k"), t("int"))
    assert await r.object("encoding", "x") is None
    assert isinstance(await r.object("idletime", "k"), int)
    assert isinstance(await r.object("REFCOUNT", "k"), int)
    await r.config_set("maxmemory-policy", "allkeys-lfu")
    assert isinstance(await r.object("FREQ", "k"), int)
    with pytest.raises(DataError, match="infotype must be one of ENCODING, FREQ"):
        cast("Any", r).object("HELP", "k")


async def test_scan_gives_one_page(r: Redis[Any], t: Text) -> None:
    check(await r.scan(), (0, []))
    await r.mset({f"a{number}": 1 for number in range(3)})
    await r.hset("h", "f", "v")
    cursor, names = await r.scan(match="a*", count=100)
    assert (cursor, sorted(names)) == (0, t(["a0", "a1", "a2"]))
    check(await r.scan(0, count=100, _type="hash"), (0, t(["h"])))


async def test_scan_iter_goes_through_all_pages(r: Redis[Any], t: Text) -> None:
    expected = {f"k{number}" for number in range(500)}
    await r.mset(dict.fromkeys(expected, 1))
    await r.hset("h", "f", "v")
    assert {name async for name in r.scan_iter()} == t(expected | {"h"})
    assert {name async for name in r.scan_iter(match="k1*", count=50)} == t(
        {name for name in expected if name.startswith("k1")}
    )
    assert [name async for name in r.scan_iter(_type="hash")] == t(["h"])


async def test_scan_iter_may_be_left_early(r: Redis[Any]) -> None:
    await r.mset({f"k{number}": 1 for number in range(100)})
    names = r.scan_iter(count=5)
    assert "at cursor 0" in repr(names)
    async for _ in names:
        break
    await names.aclose()
    assert "at its end" in repr(names)
    assert [name async for name in names] == []
    check(await r.dbsize(), 100)


def test_scan_refuses_a_count_below_one(offline: Redis[Any]) -> None:
    for call in (offline.scan, offline.scan_iter):
        with pytest.raises(DataError, match="count must be > 0 elements, got 0"):
            call(count=0)


async def test_sort(r: Redis[Any], t: Text, server: Server) -> None:
    server.call("RPUSH", "l", "3", "1", "2")
    server.call("MSET", "w1", "c", "w2", "b", "w3", "a", "v1", "x")
    check(await r.sort("l"), t(["1", "2", "3"]))
    check(await r.sort("l", desc=True), t(["3", "2", "1"]))
    check(await r.sort("l", start=1, num=1), t(["2"]))
    check(await r.sort("l", by="w*", alpha=True), t(["3", "2", "1"]))
    check(await r.sort("l", get="v*"), [t("x"), None, None])
    check(await r.sort("l", get=["#", "w*"]), t(["1", "c", "2", "b", "3", "a"]))
    assert await r.sort("l", get=["#", "v*"], groups=True) == [
        t(("1", "x")),
        (t("2"), None),
        (t("3"), None),
    ]
    check(await r.sort("l", store="sorted"), 3)
    assert server.call("LRANGE", "sorted", "0", "-1") == [b"1", b"2", b"3"]
    check(await r.sort_ro("l", desc=True), t(["3", "2", "1"]))
    check(await r.sort_ro("l", get="v*", start=0, num=2), [t("x"), None])
    server.call("RPUSH", "words", "b", "a")
    with pytest.raises(ResponseError, match="can't be converted into double"):
        await r.sort("words")


def test_sort_refuses_options_that_do_not_go_together(offline: Redis[Any]) -> None:
    with pytest.raises(DataError, match="start and num go together, got start=1 and num=None"):
        offline.sort("l", start=1)
    with pytest.raises(DataError, match="start and num go together, got start=None and num=1"):
        offline.sort_ro("l", num=1)
    with pytest.raises(DataError, match="groups needs two or more patterns in get, got 1"):
        offline.sort("l", get="#", groups=True)
    with pytest.raises(DataError, match="store and groups exclude each other"):
        cast("Any", offline).sort("l", get=["#", "#"], groups=True, store="s")
    with pytest.raises(DataError, match="get must hold at least one, got none"):
        offline.sort("l", get=[])


async def test_sort_takes_its_patterns_of_any_iterable(r: Redis[Any], t: Text) -> None:
    await r.rpush("l", 2, 1)
    check(
        await r.sort("l", get=(pattern for pattern in ("#", "#")), groups=True),
        [(t("1"), t("1")), (t("2"), t("2"))],
    )


async def test_wait_counts_replicas(r: Redis[Any]) -> None:
    async with r.exclusive() as own:
        check(await own.wait(0, 0), 0)
        check(await own.wait(1, 1), 0)
        check(await own.wait(0, timedelta(milliseconds=5)), 0)
    async with r.pipeline(transaction=False) as pipe:
        pipe.set("k", 1)
        pipe.wait(1, 1)
        assert await pipe.execute() == [True, 0]
    with pytest.raises(DataError, match="timeout must be >= 0 milliseconds, got -1"):
        r.wait(0, -1)


@requires("WAITAOF")
async def test_waitaof_counts_files(r: Redis[Any]) -> None:
    async with r.exclusive() as own:
        check(await own.waitaof(0, 0, 0), (0, 0))
        check(await own.waitaof(0, 1, timedelta(milliseconds=1)), (0, 0))
    with pytest.raises(DataError, match="num_local must be >= 0 servers, got -1"):
        r.waitaof(-1, 0)


async def test_wait_is_refused_where_the_writes_went_over_another_connection(
    offline: Redis[Any],
) -> None:
    reason = "about the writes before it on its own connection: use Redis.exclusive()"
    for call in (
        lambda: offline.wait(1),
        lambda: offline.waitaof(1, 0),
        lambda: offline.call("WAIT", 1, 0),
    ):
        with pytest.raises(DataError, match=re.escape(reason)):
            await call()


async def test_migrate_moves_keys_to_another_server(r: Redis[Any], t: Text, server: Server) -> None:
    with open_server(server.kind) as other:
        await r.mset({"a": "1", "b": "2", "c": "3"})
        assert await r.migrate(other.host, other.port, "x", 0, 1000) is False
        assert await r.migrate(other.host, other.port, "a", 0, 1000) is True
        check(await r.exists("a"), 0)
        there = (other.host, other.port)
        assert await r.migrate(*there, ["b", "c"], 0, 1000, copy=True, replace=True) is True
        check(await r.mget("b", "c"), t(["2", "3"]))
        assert other.call("MGET", "a", "b", "c") == [b"1", b"2", b"3"]
        other.call("ACL", "SETUSER", "default", ">secret")
        other.call("ACL", "SETUSER", "default", "resetpass", ">secret")
        assert await r.migrate(*there, "b", 1, 1000, auth="secret") is True
        second = timedelta(seconds=1)
        assert await r.migrate(*there, ["c"], 1, second, auth="secret", username="default")
    with pytest.raises(DataError, match="username needs auth"):
        r.migrate("h", 1, "k", 0, 1, username="u")
    with pytest.raises(DataError, match="timeout must be > 0 milliseconds, got 0"):
        r.migrate("h", 1, "k", 0, 0)
    with pytest.raises(DataError, match="keys must hold at least one"):
        r.migrate("h", 1, [], 0, 1)
