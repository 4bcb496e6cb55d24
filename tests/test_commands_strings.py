"""The commands on strings, against real servers."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, cast

import pytest
from command_client import Text, check, lacking, requires

from redtrio import Redis
from redtrio.commands._base import Command, T
from redtrio.commands.persist_options import DataPersistOptions
from redtrio.commands.strings import StringCommands
from redtrio.exceptions import DataError, ResponseError, WrongTypeError

LATER = datetime(2100, 1, 1, tzinfo=timezone.utc)
LATER_SECONDS = 4102444800


async def test_get_gives_the_value_or_none(r: Redis[Any], t: Text) -> None:
    assert await r.get("k") is None
    assert await r.set("k", "v") is True
    check(await r.get("k"), t("v"))
    await r.hset("h", "f", "v")
    with pytest.raises(WrongTypeError):
        await r.get("h")


async def test_set_is_none_where_a_condition_forbids_it(r: Redis[Any]) -> None:
    assert await r.set("k", "v", xx=True) is None
    assert await r.set("k", "v", nx=True) is True
    assert await r.set("k", "v", nx=True) is None
    assert await r.set("k", "v", xx=True) is True


async def test_set_with_get_gives_the_old_value(r: Redis[Any], t: Text) -> None:
    assert await r.set("k", "1", get=True) is None
    check(await r.set("k", "2", get=True), t("1"))
    check(await r.set("k", "3", nx=True, get=True), t("2"))
    check(await r.get("k"), t("2"))
    # A value that looks like a status is a value.
    await r.set("k", "OK")
    check(await r.set("k", "2", get=True), t("OK"))


@pytest.mark.parametrize(
    "option",
    [
        {"ex": 100},
        {"ex": timedelta(seconds=100, milliseconds=900)},
        {"px": 100_000},
        {"px": timedelta(seconds=100)},
    ],
)
async def test_set_takes_a_time_to_live(r: Redis[Any], option: dict[str, Any]) -> None:
    await r.set("k", "v", **option)
    assert 90_000 < await r.pttl("k") <= 100_000


@pytest.mark.parametrize(
    "option",
    [
        {"exat": LATER},
        {"exat": LATER_SECONDS},
        {"pxat": LATER},
        {"pxat": LATER_SECONDS * 1000},
    ],
)
async def test_set_takes_a_moment(r: Redis[Any], option: dict[str, Any]) -> None:
    await r.set("k", "v", **option)
    check(await r.expiretime("k"), LATER_SECONDS)
    await r.set("k", "w", keepttl=True)
    check(await r.expiretime("k"), LATER_SECONDS)
    await r.set("k", "w")
    check(await r.expiretime("k"), -1)


@pytest.mark.parametrize("seconds", ["100", b"100"])
async def test_set_takes_numbers_in_digits(r: Redis[Any], seconds: Any) -> None:
    check(await r.set("k", "v", ex=seconds), True)
    check(await r.ttl("k"), 100)
    milliseconds: Any = "200000"
    check(await r.pexpire("k", milliseconds, gt=True), True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ex": 0}, "ex must be > 0 seconds, got 0"),
        ({"px": -1}, "px must be > 0 milliseconds, got -1"),
        ({"exat": 0}, "exat must be > 0 seconds, got 0"),
        ({"pxat": 0}, "pxat must be > 0 milliseconds, got 0"),
        ({"ex": timedelta(milliseconds=999)}, "ex must not be a fraction of its unit"),
        ({"ex": timedelta(0)}, "ex must be > 0 seconds, got 0"),
        ({"px": timedelta(microseconds=999)}, "px must not be a fraction of its unit"),
        ({"ex": 1.5}, "ex must be a whole number of seconds, got float"),
        ({"ex": True}, "ex must be a whole number of seconds, got bool"),
        ({"ex": "0"}, "ex must be > 0 seconds, got 0"),
        ({"ex": "1.5"}, "ex must be a whole number of seconds, got str"),
        ({"ex": "1_0"}, "ex must be a whole number of seconds, got str"),
        ({"ex": b" 1"}, "ex must be a whole number of seconds, got bytes"),
        ({"ex": "\xb2"}, "ex must be a whole number of seconds, got str"),
        ({"ex": 1, "px": 1}, "ex and px exclude each other"),
        ({"ex": 1, "keepttl": True}, "ex and keepttl exclude each other"),
        ({"nx": True, "xx": True}, "nx and xx exclude each other"),
        ({"ifeq": "", "ifne": ""}, "ifeq and ifne exclude each other"),
        ({"nx": True, "ifeq": "1"}, "nx and ifeq exclude each other"),
    ],
)
async def test_set_refuses_wrong_options(
    r: Redis[Any], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        await r.set("k", "v", **options)
    check(await r.exists("k"), 0)


@lacking("SET … IFEQ", "redis7", "redis8")
async def test_set_compares(r: Redis[Any], t: Text) -> None:
    await r.set("k", "1")
    assert await r.set("k", "2", ifeq="0") is None
    assert await r.set("k", "2", ifeq="1") is True
    check(await r.set("k", "3", ifeq="2", get=True), t("2"))


@requires("DELEX")
async def test_set_compares_digests_too(r: Redis[Any]) -> None:
    await r.set("k", "3")
    assert await r.set("k", "4", ifne="3") is None
    digest = await r.digest("k")
    assert await r.set("k", "4", ifdne=digest) is None
    assert await r.set("k", "4", ifdeq=digest) is True


@requires("DIGEST")
async def test_digest(r: Redis[Any]) -> None:
    assert await r.digest("k") is None
    await r.set("k", "v")
    digest = await r.digest("k")
    assert isinstance(digest, (str, bytes))
    assert len(digest) == 16


@requires("DELEX")
async def test_delex_deletes_where_the_value_is_as_told(r: Redis[Any]) -> None:
    await r.set("k", "1")
    assert await r.delex("k", ifeq="2") is False
    assert await r.delex("k", ifne="1") is False
    assert await r.delex("k", ifeq="1") is True
    assert await r.delex("k") is False


def test_delex_refuses_two_conditions(offline: Redis[Any]) -> None:
    with pytest.raises(DataError, match="ifeq and ifne exclude each other"):
        offline.delex("k", ifeq="1", ifne="2")


@requires("DELIFEQ")
async def test_delifeq_deletes_where_the_value_is_as_told(r: Redis[Any]) -> None:
    await r.set("k", "1")
    assert await r.delifeq("k", "2") is False
    assert await r.delifeq("k", "1") is True
    assert await r.delifeq("k", "1") is False


async def test_append_setrange_getrange_strlen(r: Redis[Any], t: Text) -> None:
    check(await r.append("k", "Hello"), 5)
    check(await r.append("k", " World"), 11)
    check(await r.setrange("k", 6, "Redis"), 11)
    check(await r.getrange("k", 0, -1), t("Hello Redis"))
    check(await r.getrange("k", 6, 8), t("Red"))
    check(await r.getrange("missing", 0, -1), t(""))
    check(await r.substr("k", 0, 1), t("He"))
    check(await r.substr("k", 6), t("Redis"))
    check(await r.strlen("k"), 11)
    check(await r.strlen("missing"), 0)


def test_words_and_replies_of_increx() -> None:
    # No server here knows it.
    r = cast("Any", Recorder())
    by_one = r.increx("k")
    assert by_one.words == (b"INCREX", "k")
    check(by_one.parse([5, 1]), (5, 1))
    bounds = {"lbound": 0, "ubound": 9, "saturate": True}
    assert r.increx("k", byint=-2, **bounds, ex=timedelta(minutes=1), enx=True).words == (
        *(b"INCREX", "k", b"BYINT", -2, b"LBOUND", 0, b"UBOUND", 9, "SATURATE"),
        *(b"EX", 60, "ENX"),
    )
    by_float = r.increx("k", byfloat=1, ubound=2.5, persist=True)
    assert by_float.words == (*(b"INCREX", "k", b"BYFLOAT", 1, b"UBOUND", 2.5, "PERSIST"),)
    check(by_float.parse([2.0, 1]), (2.0, 1.0))
    with pytest.raises(DataError, match="byfloat and byint exclude each other"):
        r.increx("k", byfloat=1.5, byint=1)
    with pytest.raises(DataError, match="byint must be a whole number of steps, got float"):
        r.increx("k", byint=1.5)
    with pytest.raises(DataError, match="ex and persist exclude each other"):
        r.increx("k", ex=1, persist=True)
    with pytest.raises(DataError, match="enx needs an expiry"):
        r.increx("k", enx=True)


def test_setrange_refuses_a_negative_offset(offline: Redis[Any]) -> None:
    with pytest.raises(DataError, match="offset must be >= 0 bytes, got -1"):
        offline.setrange("k", -1, "v")


async def test_counters(r: Redis[Any]) -> None:
    check(await r.incr("k"), 1)
    check(await r.incr("k", 10), 11)
    check(await r.incrby("k", 1), 12)
    check(await r.decr("k"), 11)
    check(await r.decr("k", 10), 1)
    check(await r.decrby("k"), 0)
    await r.set("k", "x")
    with pytest.raises(ResponseError, match="not an integer"):
        await r.incr("k")
    with pytest.raises(DataError, match="amount must be a whole number of steps, got float"):
        cast("Any", r).incrby("k", 1.5)


async def test_incrbyfloat_gives_a_float(r: Redis[Any]) -> None:
    check(await r.incrbyfloat("k", 1.5), 1.5)
    result = await r.incrbyfloat("k", 1.5)
    assert (result, type(result)) == (3.0, float)
    check(await r.incrbyfloat("k"), 4.0)


async def test_getdel_getset_getex(r: Redis[Any], t: Text) -> None:
    assert await r.getset("k", "1") is None
    check(await r.getset("k", "2"), t("1"))
    check(await r.getex("k", ex=100), t("2"))
    assert 90 < await r.ttl("k") <= 100
    check(await r.getex("k"), t("2"))
    assert 90 < await r.ttl("k") <= 100
    check(await r.getex("k", pxat=LATER), t("2"))
    check(await r.expiretime("k"), LATER_SECONDS)
    check(await r.getex("k", persist=True), t("2"))
    check(await r.ttl("k"), -1)
    check(await r.getdel("k"), t("2"))
    assert await r.getdel("k") is None
    assert await r.getex("k", px=1) is None


def test_getex_refuses_two_options(offline: Redis[Any]) -> None:
    with pytest.raises(DataError, match="ex and persist exclude each other"):
        offline.getex("k", ex=1, persist=True)


async def test_mget_takes_keys_as_list_and_one_by_one(r: Redis[Any], t: Text) -> None:
    await r.mset({"a": 1, b"b": "2"})
    check(await r.mget("a", "b", "c"), [*t(["1", "2"]), None])
    check(await r.mget(["a", "c"], "b"), [t("1"), None, t("2")])
    check(await r.mget(key for key in ("a",)), t(["1"]))
    check(await r.mget(b"a"), t(["1"]))
    nothing: list[list[str] | tuple[str, ...] | dict[str, str]] = [[], (), {}]
    for empty in nothing:
        with pytest.raises(DataError, match="keys must hold at least one, got none"):
            r.mget(empty)


async def test_mset_and_msetnx(r: Redis[Any], t: Text) -> None:
    assert await r.mset({"a": "1", "b": "2"}) is True
    assert await r.msetnx({"b": "3", "c": "3"}) is False
    check(await r.exists("c"), 0)
    assert await r.msetnx({"c": "3"}) is True
    check(await r.mget("a", "b", "c"), t(["1", "2", "3"]))
    with pytest.raises(DataError, match="mapping must hold at least one pair, got none"):
        r.mset({})
    with pytest.raises(DataError, match="mapping must be a mapping, got list"):
        cast("Any", r).msetnx([("a", 1)])


@requires("MSETEX")
async def test_msetex_sets_all_keys_or_none(r: Redis[Any]) -> None:
    assert await r.msetex({"a": "1", "b": "2"}, ex=100) is True
    assert 90 < await r.ttl("b") <= 100
    assert await r.msetex({"b": "1", "c": "2"}, "NX") is False
    assert await r.msetex({"b": "1", "c": "2"}, "XX") is False
    assert await r.msetex({"a": "3", "b": "3"}, DataPersistOptions.XX, keepttl=True) is True
    assert 90 < await r.ttl("b") <= 100
    assert await r.msetex({"c": "3"}, DataPersistOptions.NX, pxat=LATER) is True
    check(await r.expiretime("c"), LATER_SECONDS)


def test_msetex_refuses_what_is_no_condition(offline: Redis[Any]) -> None:
    with pytest.raises(DataError, match="data_persist_option must be 'NX', 'XX' or None, got 'Q'"):
        cast("Any", offline).msetex({"a": 1}, "Q")


async def test_setex_psetex_setnx(r: Redis[Any]) -> None:
    assert await r.setex("k", 100, "v") is True
    assert 90 < await r.ttl("k") <= 100
    assert await r.setex("k", timedelta(minutes=1), "v") is True
    assert 50 < await r.ttl("k") <= 60
    assert await r.psetex("k", 100_000, "v") is True
    assert 90 < await r.ttl("k") <= 100
    assert await r.setnx("k", "v") is False
    assert await r.setnx("new", "v") is True
    with pytest.raises(DataError, match="time must be > 0 seconds, got 0"):
        r.setex("k", 0, "v")
    with pytest.raises(DataError, match="time_ms must be > 0 milliseconds, got 0"):
        r.psetex("k", 0, "v")


async def test_lcs_gives_the_sequence_its_length_or_its_places(r: Redis[Any], t: Text) -> None:
    await r.mset({"a": "ohmytext", "b": "mynewtext"})
    check(await r.lcs("a", "b"), t("mytext"))
    check(await r.lcs("a", "b", len=True), 6)
    assert await r.lcs("a", "b", idx=True) == {
        "matches": [[[4, 7], [5, 8]], [[2, 3], [0, 1]]],
        "len": 6,
    }
    assert await r.lcs("a", "b", idx=True, minmatchlen=4, withmatchlen=True) == {
        "matches": [[[4, 7], [5, 8], 4]],
        "len": 6,
    }


def test_lcs_refuses_options_that_do_not_go_together(offline: Redis[Any]) -> None:
    with pytest.raises(DataError, match="len and idx exclude each other"):
        cast("Any", offline).lcs("a", "b", len=True, idx=True)
    with pytest.raises(DataError, match="options of idx"):
        cast("Any", offline).lcs("a", "b", minmatchlen=1)


async def test_a_naive_datetime_is_local_time(r: Redis[Any]) -> None:
    moment = datetime(2100, 1, 1, 12, 30, 15, 250_000)
    await r.set("k", "v", pxat=moment)
    check(await r.pexpiretime("k"), round(moment.timestamp() * 1000))


class Recorder(StringCommands[bytes]):
    """Gives each command itself, as a pipeline does."""

    def _execute(self, command: Command[T]) -> Command[T]:
        return command


def test_words_of_what_only_the_newest_servers_know() -> None:
    r = cast("Any", Recorder())
    assert r.set("k", "v", ifne="x", get=True, px=5).words == (
        *(b"SET", "k", "v", "IFNE", "x", b"GET", b"PX", 5),
    )
    assert r.set("k", "v", ifdeq=b"0f").words == (b"SET", "k", "v", "IFDEQ", b"0f")
    assert r.set("k", "v", ifdne=b"0f").words == (b"SET", "k", "v", "IFDNE", b"0f")
    assert r.delex("k").words == (b"DELEX", "k")
    assert r.delex("k", ifdne="0f").words == (b"DELEX", "k", "IFDNE", "0f")
    assert r.digest("k").words == (b"DIGEST", "k")
    assert r.msetex({"a": 1, "b": 2}, "XX", exat=7).words == (
        *(b"MSETEX", 2, "a", 1, "b", 2, "XX", b"EXAT", 7),
    )
