"""The commands on time series that are newer than the module that can be run here.

So what is tested is what they send, and what they make of replies made by hand.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from command_client import WordsOnly, check

from redtrio import Redis
from redtrio.commands.time_series import TimeSeries
from redtrio.exceptions import DataError

SECOND = timedelta(seconds=1)
OPTIONS: dict[str, Any] = {
    "count": 3,
    "aggregators": ["avg,max", "sum"],
    "bucket_size_msec": SECOND,
    "filter_by_ts": [1, "2"],
    "filter_by_min_value": 0,
    "filter_by_max_value": 1.5,
    "align": "-",
    "latest": True,
    "bucket_timestamp": "~",
    "empty": True,
}
SENT = (
    "LATEST FILTER_BY_TS 1 2 FILTER_BY_VALUE 0 1.5 "
    "COUNT 3 ALIGN - AGGREGATION AVG,MAX SUM 1000 BUCKETTIMESTAMP ~ EMPTY"
)

WORDS: list[tuple[Callable[[TimeSeries[bytes]], Any], str]] = [
    (lambda ts: ts.querylabels(), "TS.QUERYLABELS LABELS"),
    (lambda ts: ts.querylabels("a", ["b=x"]), "TS.QUERYLABELS VALUES a FILTER b=x"),
    (lambda ts: ts.nrange(["k", "k"], "-", "+"), "TS.NRANGE 2 k k - +"),
    (lambda ts: ts.nrange(["k", "l"], 1, 2, **OPTIONS), f"TS.NRANGE 2 k l 1 2 {SENT}"),
    (lambda ts: ts.nrevrange(["k", "l"], 1, 2, **OPTIONS), f"TS.NREVRANGE 2 k l 1 2 {SENT}"),
    (
        lambda ts: ts.nrevrange("k", 1, 2, 3, "twa", SECOND),
        "TS.NREVRANGE 1 k 1 2 COUNT 3 AGGREGATION TWA 1000",
    ),
    (lambda ts: ts.read("k", "$"), "TS.READ k $"),
    (lambda ts: ts.read("k", datetime(1970, 1, 2, tzinfo=timezone.utc)), "TS.READ k 86400000"),
    (lambda ts: ts.read("k", 5, SECOND), "TS.READ k 5 BLOCK 1000 1"),
    (lambda ts: ts.read("k", "-", 0, 2, 10), "TS.READ k - BLOCK 0 2 MAX_COUNT 10"),
]


@pytest.mark.parametrize(("call", "words"), WORDS, ids=[words for _, words in WORDS])
def test_words(call: Callable[[TimeSeries[bytes]], Any], words: str) -> None:
    command = call(WordsOnly().ts())
    parts = [part.decode() if isinstance(part, bytes) else str(part) for part in command.words]
    assert parts == words.split(" ")


REPLIES: list[tuple[Callable[[TimeSeries[bytes]], Any], Any, Any]] = [
    (lambda ts: ts.nrange(["k", "l"], 1, 2), [[1, [2.0, 3.0]]], [(1, [2.0, 3.0])]),
    (lambda ts: ts.nrevrange("k", 1, 2), [], []),
    (lambda ts: ts.read("k", 1), [[1, 2.0]], [(1, 2.0)]),
    (lambda ts: ts.querylabels(), {b"a", b"b"}, {b"a", b"b"}),
    (lambda ts: ts.querylabels("a"), [], set()),
]


@pytest.mark.parametrize(("call", "reply", "result"), REPLIES)
def test_replies(call: Callable[[TimeSeries[bytes]], Any], reply: Any, result: Any) -> None:
    command: Any = call(WordsOnly().ts())
    check(command.parse(reply), result)


def test_a_series_without_a_sample_is_nan_in_its_row() -> None:
    command: Any = WordsOnly().ts().nrange(["k", "l"], 1, 2)
    ((timestamp, values),) = command.parse([[1, [2.0, math.nan]]])
    check((timestamp, values[0]), (1, 2.0))
    assert math.isnan(values[1])


def test_read_blocks_only_if_asked_to() -> None:
    plain: Any = WordsOnly().ts().read("k", 1)
    blocking: Any = WordsOnly().ts().read("k", 1, 0)
    assert not plain.spec.blocking
    assert blocking.spec.blocking
    assert blocking.spec.without_block is plain.spec


REFUSED: list[tuple[Callable[[TimeSeries[Any]], Any], str]] = [
    (lambda ts: ts.querylabels("a", []), "filters must hold at least one"),
    (lambda ts: ts.nrange([], 1, 2), "keys must hold at least one"),
    (
        lambda ts: ts.nrange(["k", "l"], 1, 2, None, "avg", 5),
        "aggregators must be as many as keys, 2, got 1",
    ),
    (lambda ts: ts.nrange("k", 1, 2, None, "avg,middle", 5), "aggregators must be AVG or"),
    (lambda ts: ts.nrange("k", 1, 2, None, "avg"), "bucket_size_msec must be > 0 milliseconds"),
    (lambda ts: ts.nrevrange("k", 1, 2, empty=True), "empty needs aggregators, got True"),
    (lambda ts: ts.nrevrange("k", 1, 2, 0), "count must be > 0 samples"),
    (lambda ts: ts.read("k", "*"), "timestamp must be milliseconds"),
    (lambda ts: ts.read("k", 1, -1), "block_milliseconds must be >= 0 milliseconds"),
    (lambda ts: ts.read("k", 1, None, 2), "block_min_count needs block_milliseconds"),
    (lambda ts: ts.read("k", 1, 0, 0), "block_min_count must be > 0 samples"),
    (lambda ts: ts.read("k", 1, max_count=0), "max_count must be > 0 samples"),
]


@pytest.mark.parametrize(("call", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_refused(offline: Redis[Any], call: Callable[[TimeSeries[Any]], Any], message: str) -> None:
    with pytest.raises(DataError) as caught:
        call(offline.ts())
    assert message in str(caught.value)
