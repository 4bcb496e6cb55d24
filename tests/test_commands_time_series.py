"""The commands on time series, on a server with the module, for clients of bytes and of str.

What goes over the wire, and how replies are read, is checked without a server as well: it takes
packages that need not be installed to run one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from command_catalog import SPECS
from command_client import Text, WordsOnly, check
from servers import Server

from redtrio import Redis
from redtrio.commands.families import families
from redtrio.commands.time_series import TimeSeries
from redtrio.commands.time_series_info import TSInfo, TSRule
from redtrio.exceptions import DataError, ResponseError

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@pytest.fixture
def server(stack: Server) -> Server:
    """Give the server that has the modules, and it alone."""
    names = stack.call("COMMAND", "LIST", "FILTERBY", "MODULE", "timeseries")
    if not names:
        pytest.skip("stack: the module of time series needs the package psycopg2-binary 2.9.9")
    return stack


@pytest.fixture
def ts(r: Redis[Any]) -> TimeSeries[Any]:
    """Give the commands."""
    return r.ts()


async def fill(ts: TimeSeries[Any]) -> None:
    """Make the series "one" and "two", both of kind=x, and "none" without a sample."""
    await ts.create("one", labels={"kind": "x", "place": "here"})
    await ts.create("two", labels={"kind": "x"})
    await ts.create("none", labels={"kind": "x"})
    await ts.madd([("one", 100, 1), ("one", 150, 2.5), ("one", 300, 4), ("two", 100, 10)])


# --- samples ---------------------------------------------------------------------------


async def test_add_and_get(ts: TimeSeries[Any]) -> None:
    check(await ts.add("k", 100, 1.5), 100)
    check(await ts.add("k", "200", "2.5"), 200)
    check(await ts.add("k", EPOCH + timedelta(milliseconds=300), 3), 300)
    check(await ts.get("k"), (300, 3.0))
    before = time.time_ns() // 1_000_000
    now = await ts.add("k", "*", 4)
    assert type(now) is int
    assert abs(now - before) < 60_000
    await ts.create("empty")
    check(await ts.get("empty"), None)
    with pytest.raises(ResponseError, match="does not exist"):
        await ts.get("missing")


async def test_add_where_there_is_a_sample(ts: TimeSeries[Any]) -> None:
    await ts.add("k", 100, 1)
    with pytest.raises(ResponseError, match="DUPLICATE_POLICY"):
        await ts.add("k", 100, 2)
    check(await ts.add("k", 100, 2, on_duplicate="SUM"), 100)
    check(await ts.get("k"), (100, 3.0))
    check(await ts.add("k", 100, 2, on_duplicate="min"), 100)
    check(await ts.get("k"), (100, 2.0))


async def test_add_makes_the_series(ts: TimeSeries[Any]) -> None:
    await ts.add(
        "k",
        1000,
        1,
        retention_msecs=timedelta(seconds=5),
        uncompressed=True,
        labels={"a": "x", "b": 1},
        chunk_size=128,
        duplicate_policy="LAST",
        ignore_max_time_diff=10,
        ignore_max_val_diff=0.5,
        on_duplicate="BLOCK",
    )
    # Close enough to the last one to be ignored.
    check(await ts.add("k", 1001, 1.25), 1000)
    info = await ts.info("k")
    assert info.labels == {"a": "x", "b": "1"}
    found = (info.retention_msecs, info.chunk_type, info.chunk_size, info.duplicate_policy)
    check(found, (5000, "uncompressed", 128, "last"))
    check((info.ignore_max_time_diff, info.ignore_max_val_diff), (10, 0.5))


async def test_madd_gives_refusals_as_results(ts: TimeSeries[Any]) -> None:
    await ts.create("a")
    await ts.create("b")
    result = await ts.madd([("a", 1, 1), ("missing", 1, 1), (b"b", EPOCH, 1.5), ("a", "*", 2)])
    check(result[0], 1)
    assert isinstance(result[1], ResponseError)
    check(result[2], 0)
    assert type(result[3]) is int


async def test_incrby_and_decrby(ts: TimeSeries[Any]) -> None:
    check(await ts.incrby("k", 2.5, timestamp=100, labels={"a": "x"}), 100)
    check(await ts.incrby("k", 1, 100), 100)
    check(await ts.get("k"), (100, 3.5))
    check(await ts.decrby("k", 0.5, EPOCH + timedelta(milliseconds=200)), 200)
    check(await ts.get("k"), (200, 3.0))
    assert type(await ts.decrby("k", 1)) is int
    assert type(await ts.incrby("k", 1, "*")) is int
    assert (await ts.info("k")).labels == {"a": "x"}
    with pytest.raises(ResponseError, match="timestamp must be"):
        await ts.incrby("k", 1, 50)
    with pytest.raises(ResponseError, match="timestamp must be"):
        await ts.decrby("k", 1, 50)


async def test_delete(ts: TimeSeries[Any]) -> None:
    await fill(ts)
    check(await ts.delete("one", 150, EPOCH + timedelta(milliseconds=200)), 1)
    check(await ts.delete("one", "-", "+"), 2)
    check(await ts.delete("one", 0, 1), 0)
    with pytest.raises(ResponseError):
        await ts.delete("missing", 0, 1)


async def test_mget(ts: TimeSeries[Any], t: Text) -> None:
    await fill(ts)
    check(
        await ts.mget("kind=x"),
        t({"none": ({}, None), "one": ({}, (300, 4.0)), "two": ({}, (100, 10.0))}),
    )
    found = await ts.mget(["kind=x", "place=here"], with_labels=True, latest=True)
    check(found, t({"one": ({"kind": "x", "place": "here"}, (300, 4.0))}))
    check(found[t("one")], t(({"kind": "x", "place": "here"}, (300, 4.0))))
    found = await ts.mget(["kind=x"], select_labels=["place"])
    assert found == t(
        {
            "none": ({"place": None}, None),
            "one": ({"place": "here"}, (300, 4.0)),
            "two": ({"place": None}, (100, 10.0)),
        }
    )
    check(await ts.mget("kind=nothing"), {})


async def test_another_type_of_value_is_an_error(r: Redis[Any]) -> None:
    await r.set("k", "v")
    with pytest.raises(ResponseError):
        await r.ts().get("k")


# --- series ----------------------------------------------------------------------------


async def test_create_and_info(ts: TimeSeries[Any]) -> None:
    check(await ts.create("k"), True)
    info = await ts.info("k")
    assert isinstance(info, TSInfo)
    check((info.total_samples, info.first_timestamp, info.last_timestamp), (0, 0, 0))
    check((info.retention_msecs, info.chunk_count, info.chunk_size), (0, 1, 4096))
    check((info.chunk_type, info.duplicate_policy, info.source_key), ("compressed", None, None))
    check((info.labels, info.rules), ({}, {}))
    assert info.memory_usage > 0
    with pytest.raises(ResponseError, match="already exists"):
        await ts.create("k")
    with pytest.raises(ResponseError, match="does not exist"):
        await ts.info("missing")


async def test_create_with_every_option(ts: TimeSeries[Any]) -> None:
    made = ts.create(
        "k", 60_000, True, {"é": "ü"}, 4096, "MAX", timedelta(milliseconds=5), ignore_max_val_diff=1
    )
    check(await made, True)
    info = await ts.info("k")
    assert info.labels == {"é": "ü"}
    check(
        (info.retention_msecs, info.chunk_type, info.duplicate_policy),
        (60_000, "uncompressed", "max"),
    )
    check((info.ignore_max_time_diff, info.ignore_max_val_diff), (5, 1.0))


async def test_alter(ts: TimeSeries[Any]) -> None:
    await ts.create("k", labels={"a": "x"})
    check(await ts.alter("k", timedelta(minutes=1), chunk_size=64, duplicate_policy="first"), True)
    info = await ts.info("k")
    check((info.retention_msecs, info.chunk_size, info.duplicate_policy), (60_000, 64, "first"))
    assert info.labels == {"a": "x"}
    check(await ts.alter("k", 0, {"b": "y"}), True)
    assert (await ts.info("k")).labels == {"b": "y"}
    check(await ts.alter("k", labels={}, ignore_max_time_diff=1, ignore_max_val_diff=2.5), True)
    info = await ts.info("k")
    check((info.labels, info.ignore_max_time_diff, info.ignore_max_val_diff), ({}, 1, 2.5))
    check(await ts.alter("k"), True)


async def test_rules(ts: TimeSeries[Any]) -> None:
    for key in ("k", "mean", "most"):
        await ts.create(key)
    check(await ts.createrule("k", "mean", "avg", 100), True)
    check(await ts.createrule("k", "most", "MAX", timedelta(seconds=1), 10), True)
    info = await ts.info("k")
    check(info.rules, {"mean": TSRule(100, "AVG", 0), "most": TSRule(1000, "MAX", 10)})
    check((await ts.info("mean")).source_key, "k")
    for when, value in ((100, 1), (150, 2), (210, 4)):
        await ts.add("k", when, value)
    check(await ts.get("mean"), (100, 1.5))
    check(await ts.get("mean", latest=True), (200, 4.0))
    check(await ts.range("mean", 0, "+"), [(100, 1.5)])
    check(await ts.revrange("mean", 0, "+", latest=True), [(200, 4.0), (100, 1.5)])
    check(await ts.deleterule("k", "mean"), True)
    check(list((await ts.info("k")).rules), ["most"])
    with pytest.raises(ResponseError, match="does not exist"):
        await ts.deleterule("k", "mean")


async def test_queryindex(ts: TimeSeries[Any], t: Text) -> None:
    await fill(ts)
    check(await ts.queryindex("kind=x"), t(["none", "one", "two"]))
    check(await ts.queryindex(["kind=(x,y)", "place!="]), t(["one"]))
    check(await ts.queryindex(["kind=y"]), [])
    with pytest.raises(ResponseError):
        await ts.queryindex("place!=here")


# --- ranges ----------------------------------------------------------------------------


async def test_range_and_revrange(ts: TimeSeries[Any]) -> None:
    await fill(ts)
    check(await ts.range("one", "-", "+"), [(100, 1.0), (150, 2.5), (300, 4.0)])
    check(await ts.range("one", 100, 150, 1), [(100, 1.0)])
    check(await ts.range("one", EPOCH, EPOCH + timedelta(milliseconds=120)), [(100, 1.0)])
    check(await ts.revrange("one", "-", "+"), [(300, 4.0), (150, 2.5), (100, 1.0)])
    check(await ts.revrange("one", 0, "200", count=1), [(150, 2.5)])
    check(await ts.range("none", "-", "+"), [])
    for refused in (ts.range("missing", "-", "+"), ts.revrange("missing", "-", "+")):
        with pytest.raises(ResponseError, match="does not exist"):
            await refused


async def test_range_of_some_samples(ts: TimeSeries[Any]) -> None:
    await fill(ts)
    times: list[Any] = [100, EPOCH + timedelta(milliseconds=300)]
    some: Any = {"filter_by_min_value": 2, "filter_by_max_value": 4.5}
    for read, order in ((ts.range, 1), (ts.revrange, -1)):
        check(await read("one", "-", "+", filter_by_ts=times), [(100, 1.0), (300, 4.0)][::order])
        check(await read("one", "-", "+", **some), [(150, 2.5), (300, 4.0)][::order])
        check(await read("one", "-", "+", filter_by_ts=[300], **some), [(300, 4.0)])


async def test_range_of_buckets(ts: TimeSeries[Any]) -> None:
    await fill(ts)
    check(await ts.range("one", "-", "+", None, "avg", 100), [(100, 1.75), (300, 4.0)])
    check(
        await ts.revrange("one", "-", "+", aggregation_type="count", bucket_size_msec=100),
        [(300, 1.0), (100, 2.0)],
    )
    tenth = timedelta(milliseconds=100)
    buckets: Any = {"aggregation_type": "sum", "bucket_size_msec": tenth}
    check(
        await ts.range("one", 50, 300, align="start", **buckets),
        [(50, 1.0), (150, 2.5), (250, 4.0)],
    )
    check(await ts.range("one", "-", 300, align="+", **buckets), [(100, 3.5), (300, 4.0)])
    check(await ts.range("one", "-", "+", align=10, **buckets), [(10, 1.0), (110, 2.5), (210, 4.0)])
    check(
        await ts.range("one", "-", "+", bucket_timestamp="mid", empty=True, **buckets),
        [(150, 3.5), (250, 0.0), (350, 4.0)],
    )
    check(
        await ts.revrange("one", "-", "+", 1, bucket_timestamp="+", **buckets),
        [(400, 4.0)],
    )
    empty = await ts.range("one", "-", "+", None, "max", 100, empty=True)
    check(empty[0], (100, 2.5))
    assert empty[1][0] == 200
    assert math.isnan(empty[1][1])


async def test_mrange_and_mrevrange(ts: TimeSeries[Any], t: Text) -> None:
    await fill(ts)
    plain: dict[str, list[str]] = {"aggregators": []}
    found = await ts.mrange("-", "+", "kind=x")
    assert {type(key) for key in found} == {type(t(""))}
    check(found[t("one")], ({}, plain, [(100, 1.0), (150, 2.5), (300, 4.0)]))
    check(found[t("two")], ({}, plain, [(100, 10.0)]))
    check(found[t("none")], ({}, plain, []))
    found = await ts.mrevrange("-", "+", ["kind=x"], 1, select_labels="place")
    check(found[t("one")], (t({"place": "here"}), plain, [(300, 4.0)]))
    assert found[t("two")] == ({t("place"): None}, plain, [(100, 10.0)])
    buckets: Any = {"aggregation_type": "sum", "bucket_size_msec": 1000}
    some: Any = {"filter_by_min_value": 1, "filter_by_max_value": 3, "filter_by_ts": [100, 150]}
    for read in (ts.mrange, ts.mrevrange):
        found = await read(0, "+", ["place=here"], with_labels=True, **buckets, **some)
        labels = t({"kind": "x", "place": "here"})
        assert found == {t("one"): (labels, {"aggregators": t(["sum"])}, [(0, 3.5)])}
        check(found[t("one")], (labels, {"aggregators": t(["sum"])}, [(0, 3.5)]))


async def test_mrange_of_groups(ts: TimeSeries[Any], t: Text) -> None:
    await fill(ts)
    made_by = {"reducers": t(["sum"]), "sources": t(["none", "one", "two"])}
    found = await ts.mrange("-", "+", "kind=x", groupby="kind", reduce="sum", with_labels=True)
    samples = [(100, 11.0), (150, 2.5), (300, 4.0)]
    assert found == {t("kind=x"): (t({"kind": "x"}), made_by, samples)}
    check(found[t("kind=x")], (t({"kind": "x"}), made_by, samples))
    found = await ts.mrevrange("-", "+", "kind=x", groupby="kind", reduce="SUM")
    check(found[t("kind=x")], ({}, made_by, samples[::-1]))


# --- pipelines, facts ------------------------------------------------------------------


async def test_in_a_pipeline(r: Redis[Any]) -> None:
    async with r.pipeline(transaction=True) as pipe:
        added = pipe.ts().add("k", 100, 1.5)
        last = pipe.ts().get("k")
    check(await added, 100)
    check(await last, (100, 1.5))


def test_family_is_known() -> None:
    assert TimeSeries in families()
    assert len([name for name in SPECS if name.startswith("TS.")]) == 21


async def test_specs_are_what_the_server_says(r: Redis[Any]) -> None:
    for name in sorted(name for name in SPECS if name.startswith("TS.")):
        (said,) = await r.with_options(decode_responses=True).call("COMMAND", "INFO", name)
        if said is None:  # newer than the module
            continue
        spec = SPECS[name]
        assert spec.readonly == ("readonly" in said[2]), name
        assert list(spec.keys) == said[3:6], name


# --- words, and replies ----------------------------------------------------------------

SECOND = timedelta(seconds=1)
CREATION = "RETENTION 1000 ENCODING UNCOMPRESSED CHUNK_SIZE 128 DUPLICATE_POLICY LAST IGNORE 5 0.5"
OPTIONS: dict[str, Any] = {
    "retention_msecs": SECOND,
    "uncompressed": True,
    "labels": {"a": "x", "b": 1},
    "chunk_size": 128,
    "duplicate_policy": "last",
    "ignore_max_time_diff": 5,
    "ignore_max_val_diff": 0.5,
}
RANGE: dict[str, Any] = {
    "count": 3,
    "aggregation_type": ["avg", "twa"],
    "bucket_size_msec": SECOND,
    "filter_by_ts": [1, "2"],
    "filter_by_min_value": 0,
    "filter_by_max_value": 1.5,
    "align": "-",
    "latest": True,
    "bucket_timestamp": "~",
    "empty": True,
}
SAMPLES = "LATEST FILTER_BY_TS 1 2 FILTER_BY_VALUE 0 1.5"
BUCKETS = "COUNT 3 ALIGN - AGGREGATION AVG,TWA 1000 BUCKETTIMESTAMP ~ EMPTY"
SUM: dict[str, Any] = {**RANGE, "aggregation_type": "sum"}
SUMS = BUCKETS.replace("AVG,TWA", "SUM")

WORDS: list[tuple[Callable[[TimeSeries[bytes]], Any], str]] = [
    (lambda ts: ts.create("k"), "TS.CREATE k"),
    (lambda ts: ts.create("k", **OPTIONS), f"TS.CREATE k {CREATION} LABELS a x b 1"),
    (lambda ts: ts.alter("k", 0, {}), "TS.ALTER k RETENTION 0 LABELS"),
    (lambda ts: ts.add("k", "*", 1.5), "TS.ADD k * 1.5"),
    (
        lambda ts: ts.add("k", 5, "nan", **OPTIONS, on_duplicate="MAX"),
        f"TS.ADD k 5 nan {CREATION} ON_DUPLICATE MAX LABELS a x b 1",
    ),
    (lambda ts: ts.madd([("k", 1, 2), ("l", "*", 3.5)]), "TS.MADD k 1 2 l * 3.5"),
    (lambda ts: ts.incrby("k", 1), "TS.INCRBY k 1"),
    (
        lambda ts: ts.incrby("k", 1, 5, **OPTIONS),
        f"TS.INCRBY k 1 TIMESTAMP 5 {CREATION} LABELS a x b 1",
    ),
    (
        lambda ts: ts.decrby("k", 1, EPOCH, **OPTIONS),
        f"TS.DECRBY k 1 TIMESTAMP 0 {CREATION} LABELS a x b 1",
    ),
    (lambda ts: ts.delete("k", "-", "+"), "TS.DEL k - +"),
    (
        lambda ts: ts.createrule("k", "l", "std.p", SECOND),
        "TS.CREATERULE k l AGGREGATION STD.P 1000",
    ),
    (lambda ts: ts.createrule("k", "l", "avg", 5, 2), "TS.CREATERULE k l AGGREGATION AVG 5 2"),
    (lambda ts: ts.deleterule("k", "l"), "TS.DELETERULE k l"),
    (lambda ts: ts.get("k", latest=True), "TS.GET k LATEST"),
    (lambda ts: ts.mget(["a=x", "b="], True), "TS.MGET WITHLABELS FILTER a=x b="),
    (
        lambda ts: ts.mget("a=x", select_labels=["a", "b"], latest=True),
        "TS.MGET LATEST SELECTED_LABELS a b FILTER a=x",
    ),
    (lambda ts: ts.info("k"), "TS.INFO k"),
    (lambda ts: ts.queryindex(["a=x", "b!=y"]), "TS.QUERYINDEX a=x b!=y"),
    (lambda ts: ts.range("k", "-", "+"), "TS.RANGE k - +"),
    (lambda ts: ts.range("k", 1, 2, **RANGE), f"TS.RANGE k 1 2 {SAMPLES} {BUCKETS}"),
    (lambda ts: ts.revrange("k", 1, 2, **RANGE), f"TS.REVRANGE k 1 2 {SAMPLES} {BUCKETS}"),
    (
        lambda ts: ts.mrange(1, 2, ["a=x"], **RANGE, with_labels=True, exclude_empty=True),
        f"TS.MRANGE 1 2 {SAMPLES} WITHLABELS {BUCKETS} EXCLUDEEMPTY FILTER a=x",
    ),
    (
        lambda ts: ts.mrevrange(1, 2, "a=x", **SUM, select_labels="b", groupby="a", reduce="max"),
        f"TS.MREVRANGE 1 2 {SAMPLES} SELECTED_LABELS b {SUMS} FILTER a=x GROUPBY a REDUCE MAX",
    ),
]


@pytest.mark.parametrize(("call", "words"), WORDS, ids=[words for _, words in WORDS])
def test_words(call: Callable[[TimeSeries[bytes]], Any], words: str) -> None:
    command = call(WordsOnly().ts())
    parts = [part.decode() if isinstance(part, bytes) else str(part) for part in command.words]
    assert parts == words.split(" ")


# As RedisTimeSeries 1.12 was seen to give them, and for several aggregators as its sources say.
PLAIN: dict[bytes, list[bytes]] = {b"aggregators": []}
REPLIES: list[tuple[Callable[[TimeSeries[bytes]], Any], Any, Any]] = [
    (lambda ts: ts.get("k"), [], None),
    (lambda ts: ts.get("k"), [1, 2.0], (1, 2.0)),
    (lambda ts: ts.range("k", 1, 2), [[1, 2.0], [3, 4.0]], [(1, 2.0), (3, 4.0)]),
    (lambda ts: ts.revrange("k", 1, 2), [[1, 2.0, 3.0]], [(1, 2.0, 3.0)]),
    (lambda ts: ts.mget("a=x"), {b"k": [{b"a": None}, []]}, {b"k": ({b"a": None}, None)}),
    (lambda ts: ts.mget("a=x"), {b"k": [{}, [1, 2.0]]}, {b"k": ({}, (1, 2.0))}),
    (
        lambda ts: ts.mrange(1, 2, "a=x"),
        {b"k": [{b"a": b"x"}, PLAIN, [[1, 2.0]]]},
        {b"k": ({b"a": b"x"}, {"aggregators": []}, [(1, 2.0)])},
    ),
    (
        lambda ts: ts.mrevrange(1, 2, "a=x"),
        {b"a=x": [{}, {b"reducers": [b"max"]}, {b"sources": [b"k", b"l"]}, [[1, 2.0]]]},
        {b"a=x": ({}, {"reducers": [b"max"], "sources": [b"k", b"l"]}, [(1, 2.0)])},
    ),
    (lambda ts: ts.create("k"), b"OK", True),
    (lambda ts: ts.alter("k"), b"OK", True),
    (lambda ts: ts.createrule("k", "l", "avg", 1), b"OK", True),
    (lambda ts: ts.deleterule("k", "l"), b"OK", True),
]


@pytest.mark.parametrize(("call", "reply", "result"), REPLIES)
def test_replies(call: Callable[[TimeSeries[bytes]], Any], reply: Any, result: Any) -> None:
    given = call(WordsOnly().ts()).parse(reply)
    check(given, result)
    assert repr(given) == repr(result)


def test_info_of_a_reply() -> None:
    reply = {
        b"totalSamples": 3,
        b"memoryUsage": 272,
        b"firstTimestamp": 1,
        b"lastTimestamp": 9,
        b"retentionTime": 5,
        b"chunkCount": 1,
        b"chunkSize": 128,
        b"chunkType": b"compressed",
        b"duplicatePolicy": b"last",
        b"labels": {b"a": b"x"},
        b"sourceKey": b"s",
        b"rules": {b"d": [100, b"AVG", 0]},
    }
    command: Any = WordsOnly().ts().info("k")
    info = command.parse(reply)
    assert isinstance(info, TSInfo)
    check((info["totalSamples"], info["total_samples"], info.get("chunkSize")), (3, 3, 128))
    check((info.source_key, info.rules["d"].aggregation_type), ("s", "AVG"))
    # What older modules do not tell.
    check((info.ignore_max_time_diff, info.ignore_max_val_diff), (0, 0.0))
    check(info.get("nothing"), None)
    with pytest.raises(KeyError, match="nothing"):
        info["nothing"]
    assert repr(info).startswith("<TSInfo chunk_count=1, chunk_size=128, ")


# --- refusals --------------------------------------------------------------------------

SIXTY: Any = {"aggregation_type": "avg", "bucket_size_msec": 60}
REFUSED: list[tuple[Callable[[Any], Any], str]] = [
    (
        lambda ts: ts.add("k", "+", 1),
        "timestamp must be milliseconds, a datetime, \"\\*\", got '\\+'",
    ),
    (lambda ts: ts.add("k", -1, 1), "timestamp must be >= 0 milliseconds, got -1"),
    (lambda ts: ts.add("k", EPOCH - SECOND, 1), "timestamp must be >= 0 milliseconds, got -1000"),
    (lambda ts: ts.add("k", 1.5, 1), "timestamp must be a whole number of milliseconds"),
    (lambda ts: ts.add("k", 1, 1, on_duplicate="AVG"), "on_duplicate must be BLOCK or"),
    (lambda ts: ts.create("k", -1), "retention_msecs must be >= 0"),
    (lambda ts: ts.create("k", chunk_size=40), "chunk_size must be a multiple of 8 from 48"),
    (lambda ts: ts.create("k", chunk_size=49), "chunk_size must be a multiple of 8 from 48"),
    (lambda ts: ts.create("k", chunk_size=1_048_584), "chunk_size must be a multiple of 8"),
    (lambda ts: ts.create("k", duplicate_policy="ANY"), "duplicate_policy must be BLOCK or"),
    (lambda ts: ts.create("k", labels=["a", "x"]), "labels must be a mapping, got list"),
    (lambda ts: ts.create("k", ignore_max_time_diff=1), "must be given both or neither"),
    (lambda ts: ts.alter("k", ignore_max_val_diff=1), "must be given both or neither"),
    (
        lambda ts: ts.alter("k", ignore_max_time_diff=1, ignore_max_val_diff=-1),
        "ignore_max_val_diff must be >= 0, got -1",
    ),
    (
        lambda ts: ts.alter("k", ignore_max_time_diff=-1, ignore_max_val_diff=1),
        "ignore_max_time_diff must be >= 0",
    ),
    (lambda ts: ts.madd([]), "ktv_tuples must hold at least one"),
    (lambda ts: ts.madd([("k", 1)]), r"ktv_tuples must hold \(key, timestamp, value\)"),
    (lambda ts: ts.madd([5]), "ktv_tuples must hold .* got int"),
    (lambda ts: ts.incrby("k", 1, "-"), "timestamp must be milliseconds"),
    (lambda ts: ts.delete("k", "+", "+"), "from_time must be milliseconds"),
    (lambda ts: ts.delete("k", "-", "-"), "to_time must be milliseconds"),
    (lambda ts: ts.createrule("k", "l", "middle", 1), "aggregation_type must be AVG or SUM"),
    (lambda ts: ts.createrule("k", "l", "avg", 0), "bucket_size_msec must be > 0 milliseconds"),
    (lambda ts: ts.createrule("k", "l", "avg", 1, "-"), "align_timestamp must be milliseconds"),
    (lambda ts: ts.mget([]), "filters must hold at least one"),
    (lambda ts: ts.mget("a=x", True, "a"), "with_labels and select_labels exclude each other"),
    (lambda ts: ts.mget("a=x", select_labels=[]), "select_labels must hold at least one"),
    (lambda ts: ts.queryindex([]), "filters must hold at least one"),
    (lambda ts: ts.range("k", 1, 2, 0), "count must be > 0 samples, got 0"),
    (lambda ts: ts.range("k", 1, 2, None, "avg"), "bucket_size_msec must be > 0 milliseconds"),
    (
        lambda ts: ts.range("k", 1, 2, aggregation_type=[], bucket_size_msec=1),
        "aggregation_type must hold at least one",
    ),
    (
        lambda ts: ts.range("k", 1, 2, bucket_size_msec=1),
        "bucket_size_msec needs aggregation_type",
    ),
    (lambda ts: ts.range("k", 1, 2, align=1), "align needs aggregation_type"),
    (lambda ts: ts.range("k", 1, 2, bucket_timestamp="~"), "bucket_timestamp needs aggregation"),
    (lambda ts: ts.revrange("k", 1, 2, empty=True), "empty needs aggregation_type"),
    (lambda ts: ts.range("k", 1, 2, **SIXTY, align="mid"), "align must be - or"),
    (
        lambda ts: ts.range("k", 1, 2, **SIXTY, bucket_timestamp="low"),
        "bucket_timestamp must be - or",
    ),
    (lambda ts: ts.range("k", 1, 2, filter_by_ts=[]), "filter_by_ts must hold at least one"),
    (lambda ts: ts.range("k", 1, 2, filter_by_ts=range(129)), "at most 128 timestamps, got 129"),
    (lambda ts: ts.range("k", 1, 2, filter_by_ts=["-"]), "filter_by_ts must be milliseconds"),
    (lambda ts: ts.range("k", 1, 2, filter_by_min_value=1), "must be given both or neither"),
    (lambda ts: ts.revrange("k", 1, 2, filter_by_max_value=1), "must be given both or neither"),
    (lambda ts: ts.mrange(1, 2, []), "filters must hold at least one"),
    (lambda ts: ts.mrange(1, 2, "a=x", groupby="a"), "groupby and reduce must be given both"),
    (lambda ts: ts.mrevrange(1, 2, "a=x", reduce="avg"), "groupby and reduce must be given both"),
    (lambda ts: ts.mrange(1, 2, "a=x", groupby="a", reduce="twa"), "reduce must be AVG or"),
    (
        lambda ts: ts.mrange(1, 2, "a=x", groupby="a", reduce="sum", exclude_empty=True),
        "groupby and exclude_empty exclude each other",
    ),
    (
        lambda ts: ts.mrange(1, 2, "a=x", **RANGE, groupby="a", reduce="sum"),
        "aggregation_type must be a single one with groupby",
    ),
]


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_what_is_wrong_is_refused_before_it_is_sent(
    offline: Redis[Any], call: Callable[[Any], Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        call(offline.ts())


def test_last_accepted_sizes() -> None:
    ts = WordsOnly().ts()
    for size in (48, 1_048_576):
        command: Any = ts.create("k", chunk_size=size)
        assert command.words[-1] == size
    command = ts.range("k", 1, 2, filter_by_ts=range(128))
    assert len(command.words) == 4 + 1 + 128


# In the order that they have in redis-py.
RANGE_OPTIONS = {
    "key": "k",
    "from_time": 1,
    "to_time": 9,
    "count": 5,
    "aggregation_type": "avg",
    "bucket_size_msec": 2,
    "filter_by_ts": [3, 4],
    "filter_by_min_value": 0,
    "filter_by_max_value": 7,
    "align": 1,
    "latest": True,
    "bucket_timestamp": "+",
    "empty": True,
}
RANGES_OPTIONS = {
    "from_time": 1,
    "to_time": 9,
    "filters": ["a=b"],
    "count": 5,
    "aggregation_type": "avg",
    "bucket_size_msec": 2,
    "with_labels": False,
    "filter_by_ts": [3, 4],
    "filter_by_min_value": 0,
    "filter_by_max_value": 7,
    "groupby": "a",
    "reduce": "max",
    "select_labels": ["a"],
    "align": 1,
    "latest": True,
    "bucket_timestamp": "+",
    "empty": True,
}


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("range", RANGE_OPTIONS),
        ("revrange", RANGE_OPTIONS),
        ("mrange", RANGES_OPTIONS),
        ("mrevrange", RANGES_OPTIONS),
    ],
)
def test_options_of_ranges_have_the_places_that_they_have_in_redis_py(
    method: str, options: dict[str, Any]
) -> None:
    call = getattr(WordsOnly().ts(), method)
    assert call(*options.values()).words == call(**options).words
    assert {"LATEST", "EMPTY"} < {*call(**options).words}
