"""The commands on hashes, against real servers."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, cast

import pytest
from command_client import Text, WordsOnly, check, lacking, requires

from redtrio import Redis
from redtrio.commands.persist_options import HashDataPersistOptions
from redtrio.exceptions import DataError, ResponseError

LATER = datetime(2100, 1, 1, tzinfo=timezone.utc)
LATER_SECONDS = 4102444800


async def test_hset_takes_pairs_in_three_forms(r: Redis[Any], t: Text) -> None:
    check(await r.hset("h", "a", 1), 1)
    check(await r.hset("h", "a", 2), 0)
    check(await r.hset("h", mapping={"b": 2, b"c": 3}), 2)
    check(await r.hset("h", "d", 4, {"e": 5}, ["f", 6, "g", 7]), 4)
    expected = {"a": "2", "b": "2", "c": "3", "d": "4", "e": "5", "f": "6", "g": "7"}
    check(await r.hgetall("h"), t(expected))
    check(await r.hgetall("x"), {})


async def test_hset_takes_items_first_and_the_mapping_last(r: Redis[Any], t: Text) -> None:
    check(await r.hset("h", "a", "key", {"b": "mapping"}, ["a", "items", "b", "items"]), 2)
    check(await r.hgetall("h"), t({"a": "key", "b": "mapping"}))


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
    check(await r.hmset("h", {"a": "1", "b": "22"}), True)
    check(await r.hget("h", "a"), t("1"))
    check(await r.hget("h", "x"), None)
    check(await r.hmget("h", "b", "x", "a"), [t("22"), None, t("1")])
    check(await r.hmget("h", ["a"], "b"), t(["1", "22"]))
    check(await r.hexists("h", "a"), True)
    check(await r.hexists("h", "x"), False)
    check(await r.hstrlen("h", "b"), 2)
    with pytest.raises(DataError, match="keys must hold at least one"):
        r.hmget("h", [])
    with pytest.raises(DataError, match="mapping must hold at least one pair"):
        r.hmset("h", {})


async def test_hdel_hlen_hkeys_hvals_hsetnx(r: Redis[Any], t: Text) -> None:
    check(await r.hsetnx("h", "a", "1"), True)
    check(await r.hsetnx("h", "a", "2"), False)
    await r.hset("h", "b", "2")
    check(await r.hlen("h"), 2)
    check(sorted(await r.hkeys("h")), t(["a", "b"]))
    check(sorted(await r.hvals("h")), t(["1", "2"]))
    check(await r.hdel("h", "a", "x"), 1)
    check(await r.hlen("h"), 1)
    with pytest.raises(DataError, match="keys must hold at least one"):
        r.hdel("h")


async def test_hincrby_and_hincrbyfloat(r: Redis[Any]) -> None:
    check(await r.hincrby("h", "n"), 1)
    check(await r.hincrby("h", "n", -3), -2)
    check(await r.hincrbyfloat("h", "n", 0.5), -1.5)
    check(await r.hincrbyfloat("h", "n"), -0.5)
    with pytest.raises(ResponseError, match="not an integer"):
        await r.hincrby("h", "n")


async def test_hrandfield(r: Redis[Any], t: Text) -> None:
    check(await r.hrandfield("h"), None)
    check(await r.hrandfield("h", 2), [])
    await r.hset("h", "a", "1")
    check(await r.hrandfield("h"), t("a"))
    check(await r.hrandfield("h", 2), t(["a"]))
    check(await r.hrandfield("h", -2, withvalues=True), t([("a", "1"), ("a", "1")]))
    with pytest.raises(DataError, match="withvalues needs count"):
        cast("Any", r).hrandfield("h", withvalues=True)


async def test_hscan_gives_one_page(r: Redis[Any], t: Text) -> None:
    check(await r.hscan("h"), (0, {}))
    await r.hset("h", mapping={"a1": "1", "a2": "2", "b1": "3"})
    check(await r.hscan("h"), (0, t({"a1": "1", "a2": "2", "b1": "3"})))
    check(await r.hscan("h", match="b*", count=10), (0, t({"b1": "3"})))


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
    check(await r.hgetdel("h", "a", "x"), [t("1"), None])
    check(await r.hgetall("h"), t({"b": "2"}))


@requires("HGETDEL")
async def test_fields_of_a_missing_hash_are_missing(r: Redis[Any]) -> None:
    check(await r.hgetdel("h", "a", "b"), [None, None])
    check(await r.hgetex("h", "a", "b"), [None, None])
    check(await r.hgetex("h", "a", ex=1), [None])
    check(await r.hexpire("h", 1, "a"), [-2])
    check(await r.hpexpireat("h", LATER, "a", "b"), [-2, -2])
    check(await r.hpersist("h", "a"), [-2])
    for read in (r.httl, r.hpttl, r.hexpiretime, r.hpexpiretime):
        check(await read("h", "a", "b"), [-2, -2])
    check(await r.exists("h"), 0)


@requires("HGETEX")
async def test_hgetex_gives_and_sets_the_expiry(r: Redis[Any], t: Text) -> None:
    await r.hset("h", mapping={"a": "1", "b": "2"})
    check(await r.hgetex("h", "a", "x"), [t("1"), None])
    check(await r.hgetex("h", "a", ex=100), t(["1"]))
    assert 90 < (await r.httl("h", "a"))[0] <= 100
    check(await r.hgetex("h", "a", pxat=LATER), t(["1"]))
    check(await r.hpexpiretime("h", "a", "b"), [LATER_SECONDS * 1000, -1])
    check(await r.hgetex("h", "a", exat=LATER_SECONDS + 1), t(["1"]))
    check(await r.hexpiretime("h", "a"), [LATER_SECONDS + 1])
    check(await r.hgetex("h", "a", "b", px=timedelta(seconds=50)), t(["1", "2"]))
    assert all(40_000 < left <= 50_000 for left in await r.hpttl("h", "a", "b"))
    check(await r.hgetex("h", "a", persist=True), t(["1"]))
    check(await r.httl("h", "a"), [-1])


def test_hgetex_refuses_wrong_options(offline: Redis[Any]) -> None:
    with pytest.raises(DataError, match="ex and persist exclude each other"):
        offline.hgetex("h", "a", ex=1, persist=True)
    for call in (offline.hgetex, offline.hgetdel):
        with pytest.raises(DataError, match="keys must hold at least one"):
            call("h")


@requires("HSETEX")
async def test_hsetex_sets_all_fields_or_none(r: Redis[Any], t: Text) -> None:
    check(await r.hsetex("h", "a", "1", ex=timedelta(seconds=100)), True)
    assert 90 < (await r.httl("h", "a"))[0] <= 100
    check(await r.hsetex("h", mapping={"a": 2, "b": 2}, data_persist_option="FNX"), False)
    check(await r.hsetex("h", mapping={"a": 2, "b": 2}, data_persist_option="FXX"), False)
    all_of_them = HashDataPersistOptions.FXX
    check(await r.hsetex("h", items=["a", 3], keepttl=True, data_persist_option=all_of_them), True)
    assert 90 < (await r.httl("h", "a"))[0] <= 100
    check(await r.hgetall("h"), t({"a": "3"}))


@requires("HSETEX")
async def test_hsetex_sets_the_expiry_in_four_forms(r: Redis[Any], t: Text) -> None:
    check(await r.hsetex("h", "a", "1", exat=LATER), True)
    check(await r.hsetex("h", "b", "1", pxat=LATER_SECONDS * 1000 + 1), True)
    check(await r.hpexpiretime("h", "a", "b"), [LATER_SECONDS * 1000, LATER_SECONDS * 1000 + 1])
    check(await r.hsetex("h", "c", "1", px=50_000), True)
    assert 40_000 < (await r.hpttl("h", "c"))[0] <= 50_000
    check(await r.hsetex("h", mapping={"a": "2", "d": "2"}), True)
    check(await r.httl("h", "a", "d"), [-1, -1])
    check(await r.hmget("h", "a", "b", "c", "d"), t(["2", "1", "1", "2"]))


@lacking("HSETEX with NX or XX", "redis7", "redis8")
async def test_hsetex_of_a_hash_that_is_or_is_not_there(r: Redis[Any], t: Text) -> None:
    check(await r.hsetex("h", "a", "1", xx=True), False)
    check(await r.hsetex("h", "a", "1", nx=True), True)
    check(await r.hsetex("h", "b", "1", nx=True), False)
    check(await r.hsetex("h", "b", "2", ex=100, data_persist_option="FNX", xx=True), True)
    assert 90 < (await r.httl("h", "b"))[0] <= 100
    check(await r.hgetall("h"), t({"a": "1", "b": "2"}))


def test_hsetex_words() -> None:
    made: Any = WordsOnly()
    assert made.hsetex("h", "a", 1, ex=5, data_persist_option="FXX", xx=True).words == (
        *(b"HSETEX", "h", "XX", "FXX", b"EX", 5),
        *(b"FIELDS", 1, "a", 1),
    )
    assert made.hsetex("h", items=["a", 1, "b", 2], keepttl=True, nx=True).words == (
        *(b"HSETEX", "h", "NX", "KEEPTTL"),
        *(b"FIELDS", 2, "a", 1, "b", 2),
    )


def test_hsetex_refuses_what_is_no_condition(offline: Redis[Any]) -> None:
    with pytest.raises(DataError, match="nx and xx exclude each other"):
        offline.hsetex("h", "a", 1, nx=True, xx=True)
    with pytest.raises(DataError, match="ex and keepttl exclude each other"):
        offline.hsetex("h", "a", 1, ex=1, keepttl=True)
    with pytest.raises(DataError, match="px must be > 0 milliseconds, got 0"):
        offline.hsetex("h", "a", 1, px=0)
    with pytest.raises(DataError, match="data_persist_option must be 'FNX', 'FXX' or None"):
        cast("Any", offline).hsetex("h", "a", 1, data_persist_option="NX")


@requires("HEXPIRE")
async def test_fields_expire(r: Redis[Any]) -> None:
    await r.hset("h", mapping={"a": "1", "b": "2"})
    check(await r.httl("h", "a", "x"), [-1, -2])
    check(await r.hpttl("h", "a", "x"), [-1, -2])
    check(await r.hexpire("h", 100, "a", "x"), [1, -2])
    assert 90 < (await r.httl("h", "a"))[0] <= 100
    check(await r.hpexpire("h", timedelta(seconds=50), "a"), [1])
    assert 40_000 < (await r.hpttl("h", "a"))[0] <= 50_000
    check(await r.hexpireat("h", LATER, "a"), [1])
    check(await r.hexpiretime("h", "a", "b"), [LATER_SECONDS, -1])
    check(await r.hpexpireat("h", LATER_SECONDS * 1000 + 1, "a"), [1])
    check(await r.hpexpiretime("h", "a", "b"), [LATER_SECONDS * 1000 + 1, -1])
    check(await r.hexpire("h", 100, "a", nx=True), [0])
    check(await r.hpexpire("h", 100_000, "a", gt=True), [0])
    check(await r.hexpireat("h", LATER, "a", lt=True), [1])
    check(await r.hpexpireat("h", LATER, "b", xx=True), [0])
    check(await r.hpersist("h", "a", "b", "x"), [1, -1, -2])
    check(await r.hexpire("h", 0, "a"), [2])
    check(await r.hexists("h", "a"), False)


@lacking("HEXPIRE with two conditions", "redis7", "redis8")
async def test_expiry_under_two_conditions(r: Redis[Any]) -> None:
    await r.hset("h", "a", "1")
    check(await r.hexpire("h", 100, "a", xx=True, gt=True), [0])
    check(await r.hexpire("h", 100, "a"), [1])
    check(await r.hexpire("h", 200, "a", xx=True, gt=True), [1])
    check(await r.hpexpire("h", 300_000, "a", xx=True, lt=True), [0])


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
