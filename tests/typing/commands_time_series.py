"""What type checkers make of the commands on time series.

Never run; ``test_typing`` has it checked.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from typing_extensions import Unpack, assert_type

from redtrio.commands.families import FamilyCommands
from redtrio.commands.time_series import TimeSeries
from redtrio.commands.time_series_info import TSInfo, TSRule
from redtrio.exceptions import ResponseError


def families(b: FamilyCommands[bytes], s: FamilyCommands[str]) -> None:
    assert_type(b.ts(), TimeSeries[bytes])
    assert_type(s.ts(), TimeSeries[str])


async def samples(ts: TimeSeries[bytes], when: datetime) -> None:
    assert_type(await ts.add("k", when, 1.5, labels={"a": 1}, on_duplicate="LAST"), int)
    assert_type(await ts.madd([("k", "*", 1), (b"l", 5, "nan")]), list[int | ResponseError])
    assert_type(await ts.incrby("k", 1, timestamp=when), int)
    assert_type(await ts.decrby("k", 1, "*", timedelta(days=1)), int)
    assert_type(await ts.delete("k", "-", when), int)
    assert_type(await ts.get("k"), tuple[int, float] | None)
    found = await ts.mget(["a=x"], with_labels=True)
    assert_type(found, dict[bytes, tuple[dict[bytes, bytes | None], tuple[int, float] | None]])


async def series(ts: TimeSeries[str]) -> None:
    assert_type(await ts.create("k", 1000, duplicate_policy="max"), bool)
    assert_type(await ts.alter("k", labels={}), bool)
    assert_type(await ts.createrule("k", "l", "avg", timedelta(hours=1), 0), bool)
    assert_type(await ts.deleterule("k", "l"), bool)
    assert_type(await ts.queryindex("a=x"), list[str])
    assert_type(await ts.querylabels(), set[str])
    assert_type(await ts.querylabels("a", ["b=x"]), set[str])
    info = await ts.info("k")
    assert_type(info, TSInfo)
    assert_type(info.total_samples, int)
    assert_type(info.labels, dict[str, str])
    assert_type(info.rules, dict[str, TSRule])
    assert_type(info.source_key, str | None)
    found = await ts.mget("a=x")
    assert_type(found, dict[str, tuple[dict[str, str | None], tuple[int, float] | None]])


async def ranges(ts: TimeSeries[str], when: datetime) -> None:
    second = timedelta(seconds=1)
    assert_type(await ts.nrange(["k", b"l"], "-", when), list[tuple[int, list[float]]])
    rows = await ts.nrevrange("k", 0, "+", 5, ["avg,max"], second, align="start", latest=True)
    assert_type(rows, list[tuple[int, list[float]]])
    assert_type(await ts.read("k", when, second, 5, 10), list[tuple[int, float]])
    assert_type(await ts.range("k", "-", "+"), list[tuple[int, float]])
    assert_type(await ts.range("k", 0, when, 5, "avg", 10, latest=True), list[tuple[int, float]])
    assert_type(await ts.revrange("k", "-", "+", filter_by_ts=[when]), list[tuple[int, float]])
    several = await ts.range("k", 0, 1, aggregation_type=["avg", "max"], bucket_size_msec=second)
    assert_type(several, list[tuple[int, Unpack[tuple[float, ...]]]])
    several = await ts.revrange(
        "k", 0, 1, 5, aggregation_type=("avg",), bucket_size_msec=5, align="start", empty=True
    )
    assert_type(several, list[tuple[int, Unpack[tuple[float, ...]]]])


async def ranges_of_several(b: TimeSeries[bytes], s: TimeSeries[str]) -> None:
    assert_type(
        await b.mrange("-", "+", "a=x", with_labels=True),
        dict[
            bytes,
            tuple[dict[bytes, bytes | None], dict[str, list[bytes]], list[tuple[int, float]]],
        ],
    )
    assert_type(
        await s.mrevrange("-", "+", ["a=x"], groupby="a", reduce="max"),
        dict[str, tuple[dict[str, str | None], dict[str, list[str]], list[tuple[int, float]]]],
    )
    several = await s.mrange(0, 1, "a=x", aggregation_type=["min", "max"], bucket_size_msec=5)
    for _, _, found in several.values():
        assert_type(found, list[tuple[int, Unpack[tuple[float, ...]]]])
    several = await s.mrevrange(0, 1, "a=x", aggregation_type=["min"], bucket_size_msec=5)
    for _, _, found in several.values():
        assert_type(found, list[tuple[int, Unpack[tuple[float, ...]]]])


def refused(ts: TimeSeries[bytes]) -> None:
    ts.add("k", 1.5, 1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ts.create("k", duplicate_policy="ANY")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
