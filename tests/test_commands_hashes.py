"""The commands on hashes, against real servers."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, cast

import pytest
from command_client import Text, lacking, requires

from redtrio import Redis
from redtrio.exceptions import DataError, ResponseError

LATER = datetime(2100, 1, 1, tzinfo=timezone.utc)
LATER_SECONDS = 4102444800


async def test_hset_takes_pairs_in_three_forms(r: Redis[Any], t: Text) -> None:
    assert await r.hset("h", "a", 1) == 1
    assert await r.hset("h", "a", 2) == 0
    assert await r.hset("h", mapping={"b": 2, b"c": 3}) == 2
    assert await r.hset("h", "d", 4, {"e": 5}, ["f", 6, "g", 7]) == 4
    assert await r.hgetall("h") == t(
        {"a": "2", "b": "2", "c": "3", "d": "4", "e": "5", "f": "6", "g": "7"}
    )
    assert await r.hgetall("x") == {}


@pytest.mark.parametrize("method", ["hset", "hsetex"])
def test_incomplete_pairs_are_refused(offline: Redis[Any], method: str) -> None:
    call = getattr(offline, method)
    with pytest.raises(DataError, match="there must be something to set"):
        call("h")
    with pytest.raises(DataError, match="value is missing"):
        call("h", "key")
    with pytest.raises(DataError, match="key is missing"):
        call("h", value="v")
    with pytest.raises(DataError, match="items must be fields and values in turn, got 1"):
        call("h", items=["f"])
    with pytest.raises(DataError, match="mapping must be a mapping, got list"):
        call("h", mapping=["f"])


async def test_hget_hmget_hexists_hstrlen(r: Redis[Any], t: Text) -> None:
    assert await r.hmset("h", {"a": "1", "b": "22"}) is True
    assert await r.hget("h", "a") == t("1")
    assert await r.hget("h", "x") is None
    assert await r.hmget("h", "b", "x", "a") == [t("22"), None, t("1")]
    assert await r.hmget("h", ["a"], "b") == t(["1", "22"])
    assert await r.hexists("h", "a") is True
    assert await r.hexists("h", "x") is False
    assert await r.hstrlen("h", "b") == 2
    with pytest.raises(DataError, match="keys must hold at least one"):
        r.hmget("h", [])
    with pytest.raises(DataError, match="mapping must hold at least one pair"):
        r.hmset("h", {})


async def test_hdel_hlen_hkeys_hvals_hsetnx(r: Redis[Any], t: Text) -> None:
    assert await r.hsetnx("h", "a", "1") is True
    assert await r.hsetnx("h", "a", "2") is False
    await r.hset("h", "b", "2")
    assert await r.hlen("h") == 2
    assert sorted(await r.hkeys("h")) == t(["a", "b"])
    assert sorted(await r.hvals("h")) == t(["1", "2"])
    assert await r.hdel("h", "a", "x") == 1
    assert await r.hlen("h") == 1
    with pytest.raises(DataError, match="keys must hold at least one"):
        r.hdel("h")


async def test_hincrby_and_hincrbyfloat(r: Redis[Any]) -> None:
    assert await r.hincrby("h", "n") == 1
    assert await r.hincrby("h", "n", -3) == -2
    result = await r.hincrbyfloat("h", "n", 0.5)
    assert (result, type(result)) == (-1.5, float)
    assert await r.hincrbyfloat("h", "n") == -0.5
    with pytest.raises(ResponseError, match="not an integer"):
        await r.hincrby("h", "n")


async def test_hrandfield(r: Redis[Any], t: Text) -> None:
    assert await r.hrandfield("h") is None
    assert await r.hrandfield("h", 2) == []
    await r.hset("h", "a", "1")
    assert await r.hrandfield("h") == t("a")
    assert await r.hrandfield("h", 2) == t(["a"])
    assert await r.hrandfield("h", -2, withvalues=True) == t([("a", "1"), ("a", "1")])
    with pytest.raises(DataError, match="withvalues needs count"):
        cast("Any", r).hrandfield("h", withvalues=True)


async def test_hscan_gives_one_page(r: Redis[Any], t: Text) -> None:
    assert await r.hscan("h") == (0, {})
    await r.hset("h", mapping={"a1": "1", "a2": "2", "b1": "3"})
    assert await r.hscan("h") == (0, t({"a1": "1", "a2": "2", "b1": "3"}))
    assert await r.hscan("h", match="b*", count=10) == (0, t({"b1": "3"}))


@lacking("HSCAN … NOVALUES", "redis7")
async def test_hscan_without_values(r: Redis[Any], t: Text) -> None:
    await r.hset("h", mapping={"a": "1", "b": "2"})
    cursor, fields = await r.hscan("h", no_values=True)
    assert (cursor, sorted(fields)) == (0, t(["a", "b"]))
    assert sorted([field async for field in r.hscan_iter("h", no_values=True)]) == t(["a", "b"])


async def test_hscan_iter_goes_through_all_pages(r: Redis[Any], t: Text) -> None:
    expected = {f"f{number}": str(number) for number in range(1000)}
    await r.hset("h", mapping=expected)
    assert {field: value async for field, value in r.hscan_iter("h", count=20)} == t(expected)
    assert [pair async for pair in r.hscan_iter("h", match="f999")] == [t(("f999", "999"))]
    with pytest.raises(DataError, match="count must be > 0 elements, got 0"):
        r.hscan_iter("h", count=0)


@requires("HGETDEL")
async def test_hgetdel_gives_and_deletes(r: Redis[Any], t: Text) -> None:
    await r.hset("h", mapping={"a": "1", "b": "2"})
    assert await r.hgetdel("h", "a", "x") == [t("1"), None]
    assert await r.hgetall("h") == t({"b": "2"})


@requires("HGETEX")
async def test_hgetex_gives_and_sets_the_expiry(r: Redis[Any], t: Text) -> None:
    await r.hset("h", mapping={"a": "1", "b": "2"})
    assert await r.hgetex("h", "a", "x") == [t("1"), None]
    assert await r.hgetex("h", "a", ex=100) == t(["1"])
    assert 90 < (await r.httl("h", "a"))[0] <= 100
    assert await r.hgetex("h", "a", pxat=LATER) == t(["1"])
    assert await r.hpexpiretime("h", "a", "b") == [LATER_SECONDS * 1000, -1]
    assert await r.hgetex("h", "a", persist=True) == t(["1"])
    assert await r.httl("h", "a") == [-1]


def test_hgetex_refuses_wrong_options(offline: Redis[Any]) -> None:
    with pytest.raises(DataError, match="ex and persist exclude each other"):
        offline.hgetex("h", "a", ex=1, persist=True)
    for call in (offline.hgetex, offline.hgetdel):
        with pytest.raises(DataError, match="keys must hold at least one"):
            call("h")


@requires("HSETEX")
async def test_hsetex_sets_all_fields_or_none(r: Redis[Any], t: Text) -> None:
    assert await r.hsetex("h", "a", "1", ex=timedelta(seconds=100)) is True
    assert 90 < (await r.httl("h", "a"))[0] <= 100
    assert await r.hsetex("h", mapping={"a": 2, "b": 2}, data_persist_option="FNX") is False
    assert await r.hsetex("h", mapping={"a": 2, "b": 2}, data_persist_option="FXX") is False
    assert await r.hsetex("h", items=["a", 3], keepttl=True, data_persist_option="FXX") is True
    assert 90 < (await r.httl("h", "a"))[0] <= 100
    assert await r.hgetall("h") == t({"a": "3"})


def test_hsetex_refuses_what_is_no_condition(offline: Redis[Any]) -> None:
    with pytest.raises(DataError, match="data_persist_option must be 'FNX', 'FXX' or None"):
        cast("Any", offline).hsetex("h", "a", 1, data_persist_option="NX")


@requires("HEXPIRE")
async def test_fields_expire(r: Redis[Any]) -> None:
    await r.hset("h", mapping={"a": "1", "b": "2"})
    assert await r.httl("h", "a", "x") == await r.hpttl("h", "a", "x") == [-1, -2]
    assert await r.hexpire("h", 100, "a", "x") == [1, -2]
    assert 90 < (await r.httl("h", "a"))[0] <= 100
    assert await r.hpexpire("h", timedelta(seconds=50), "a") == [1]
    assert 40_000 < (await r.hpttl("h", "a"))[0] <= 50_000
    assert await r.hexpireat("h", LATER, "a") == [1]
    assert await r.hexpiretime("h", "a", "b") == [LATER_SECONDS, -1]
    assert await r.hpexpireat("h", LATER_SECONDS * 1000 + 1, "a") == [1]
    assert await r.hpexpiretime("h", "a", "b") == [LATER_SECONDS * 1000 + 1, -1]
    assert await r.hexpire("h", 100, "a", nx=True) == [0]
    assert await r.hpexpire("h", 100_000, "a", gt=True) == [0]
    assert await r.hexpireat("h", LATER, "a", lt=True) == [1]
    assert await r.hpexpireat("h", LATER, "b", xx=True) == [0]
    assert await r.hpersist("h", "a", "b", "x") == [1, -1, -2]
    assert await r.hexpire("h", 0, "a") == [2]
    assert await r.hexists("h", "a") is False


def test_expiry_of_fields_refuses_wrong_arguments(offline: Redis[Any]) -> None:
    with pytest.raises(DataError, match="fields must hold at least one"):
        offline.hexpire("h", 1)
    with pytest.raises(DataError, match="seconds must be >= 0 seconds, got -1"):
        offline.hexpire("h", -1, "a")
    with pytest.raises(DataError, match="milliseconds must not be a fraction of its unit"):
        offline.hpexpire("h", timedelta(microseconds=1), "a")
    with pytest.raises(DataError, match="nx and xx exclude each other"):
        offline.hpexpireat("h", 1, "a", nx=True, xx=True)
    for read in (
        offline.httl,
        offline.hpttl,
        offline.hexpiretime,
        offline.hpexpiretime,
        offline.hpersist,
    ):
        with pytest.raises(DataError, match="fields must hold at least one"):
            read("h")
