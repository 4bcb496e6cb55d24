"""Checking and rendering of what the commands on time series take.

What is wrong is refused with ``DataError`` before anything is sent. Options that would have no
effect are wrong as well: whoever gives them expects one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal, TypeAlias, TypedDict

from redtrio.commands._arguments import (
    Duration,
    Keys,
    Words,
    at_least_one,
    at_most_one,
    choice,
    flag_words,
    flatten,
    milliseconds,
    unix_milliseconds,
    whole,
)
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = [
    "AlignBy",
    "BucketTimestamp",
    "DuplicatePolicy",
    "GroupOptions",
    "RangeOptions",
    "Timestamp",
    "aggregation_words",
    "aggregator",
    "aggregator_names",
    "bucket_words",
    "creation_words",
    "filter_words",
    "group_words",
    "label_words",
    "policy",
    "range_words",
    "timestamp_word",
    "wanted_labels",
]

Timestamp: TypeAlias = int | str | datetime
"""Unix time in milliseconds, a datetime (a naive one is local), or a symbol: "-", "+", "*"."""

DuplicatePolicy: TypeAlias = Literal[
    "BLOCK", "FIRST", "LAST", "MIN", "MAX", "SUM", "block", "first", "last", "min", "max", "sum"
]
"""What becomes of a sample where there is one with its timestamp already."""

BucketTimestamp: TypeAlias = Literal["-", "+", "~", "start", "end", "mid"]
"""Which moment of a bucket its timestamp is."""

AlignBy: TypeAlias = int | datetime | Literal["-", "+", "start", "end"]
"""What one bucket begins at: a timestamp, or the beginning or end of the range."""


class RangeOptions(TypedDict, total=False):
    """The options of a range that are given by name only, as its methods describe them."""

    filter_by_ts: Iterable[Timestamp] | None
    filter_by_min_value: float | None
    filter_by_max_value: float | None
    align: AlignBy | None
    latest: bool
    bucket_timestamp: BucketTimestamp | None
    empty: bool


class GroupOptions(RangeOptions, total=False):
    """The same for a range over several series."""

    groupby: Argument | None
    reduce: str | None
    select_labels: Keys | None
    exclude_empty: bool


_POLICIES = ("BLOCK", "FIRST", "LAST", "MIN", "MAX", "SUM")
_REDUCERS = (
    *("AVG", "SUM", "MIN", "MAX", "RANGE", "COUNT", "STD.P", "STD.S", "VAR.P", "VAR.S"),
    *("COUNTNAN", "COUNTALL"),
)
_AGGREGATORS = (*_REDUCERS, "FIRST", "LAST", "TWA")
_CHUNK_SIZES = range(48, 1_048_576 + 1, 8)
_MOST_TIMESTAMPS = 128


def timestamp_word(name: str, value: Timestamp, *symbols: str) -> int | str:
    """Render a timestamp.

    Args:
        name: The parameter's name, for the message.
        value: Milliseconds, a datetime, or one of the symbols.
        symbols: Those that are accepted.

    Raises:
        DataError: It is none of these, or before 1970.
    """
    if isinstance(value, str):
        if value in symbols or (value.isascii() and value.isdigit()):
            return value
        accepted = "".join(f', "{symbol}"' for symbol in symbols)
        raise DataError(f"{name} must be milliseconds, a datetime{accepted}, got {value!r}")
    return unix_milliseconds(name, value, 0)


def policy(name: str, value: DuplicatePolicy | None, word: bytes) -> Words:
    """Render what becomes of a sample that is there already, behind its word.

    Raises:
        DataError: It is no such policy.
    """
    return () if value is None else (word, choice(name, value, _POLICIES))


def aggregator(value: str) -> str:
    """Check the name of one aggregator.

    Raises:
        DataError: It is none.
    """
    return choice("aggregation_type", value, _AGGREGATORS)


def creation_words(
    retention_msecs: Duration | None,
    uncompressed: bool,
    chunk_size: int | None,
    duplicate_policy: DuplicatePolicy | None,
    ignore_max_time_diff: Duration | None,
    ignore_max_val_diff: float | None,
) -> Words:
    """Render the options that a series is made with, all but its labels.

    Raises:
        DataError: One of them is out of its range, or half of IGNORE is missing.
    """
    words: Words = ()
    if retention_msecs is not None:
        words += (b"RETENTION", milliseconds("retention_msecs", retention_msecs, 0))
    if uncompressed:
        words += (b"ENCODING", b"UNCOMPRESSED")
    if chunk_size is not None:
        if whole("chunk_size", chunk_size, "bytes") not in _CHUNK_SIZES:
            raise DataError(
                f"chunk_size must be a multiple of 8 from 48 to 1048576 bytes, got {chunk_size}"
            )
        words += (b"CHUNK_SIZE", chunk_size)
    words += policy("duplicate_policy", duplicate_policy, b"DUPLICATE_POLICY")
    if ignore_max_time_diff is None and ignore_max_val_diff is None:
        return words
    if ignore_max_time_diff is None or ignore_max_val_diff is None:
        raise DataError(
            "ignore_max_time_diff and ignore_max_val_diff must be given both or neither, "
            f"got {ignore_max_time_diff!r} and {ignore_max_val_diff!r}"
        )
    if ignore_max_val_diff < 0:
        raise DataError(f"ignore_max_val_diff must be >= 0, got {ignore_max_val_diff}")
    time = milliseconds("ignore_max_time_diff", ignore_max_time_diff, 0)
    return (*words, b"IGNORE", time, ignore_max_val_diff)


def label_words(labels: Mapping[str, Argument] | None) -> Words:
    """Render labels, which must come last: the server takes all that follows for labels.

    Raises:
        DataError: They are no mapping.
    """
    if labels is None:
        return ()
    if not isinstance(labels, Mapping):
        raise DataError(f"labels must be a mapping, got {type(labels).__name__}")
    return (b"LABELS", *(word for label in labels.items() for word in label))


def range_words(
    from_time: Timestamp,
    to_time: Timestamp,
    *,
    filter_by_ts: Iterable[Timestamp] | None,
    filter_by_min_value: float | None,
    filter_by_max_value: float | None,
    latest: bool,
) -> Words:
    """Render the beginning of a range: which samples it takes.

    Raises:
        DataError: One of these is out of its range, or half of FILTER_BY_VALUE is missing.
    """
    words: Words = (
        timestamp_word("from_time", from_time, "-"),
        timestamp_word("to_time", to_time, "+"),
        *flag_words(LATEST=latest),
    )
    if filter_by_ts is not None:
        times = tuple(timestamp_word("filter_by_ts", one) for one in filter_by_ts)
        if len(at_least_one("filter_by_ts", times)) > _MOST_TIMESTAMPS:
            raise DataError(
                f"filter_by_ts must hold at most {_MOST_TIMESTAMPS} timestamps, got {len(times)}"
            )
        words += (b"FILTER_BY_TS", *times)
    if filter_by_min_value is None and filter_by_max_value is None:
        return words
    if filter_by_min_value is None or filter_by_max_value is None:
        raise DataError(
            "filter_by_min_value and filter_by_max_value must be given both or neither, "
            f"got {filter_by_min_value!r} and {filter_by_max_value!r}"
        )
    return (*words, b"FILTER_BY_VALUE", filter_by_min_value, filter_by_max_value)


def aggregation_words(
    count: int | None,
    aggregation_type: str | list[str] | tuple[str, ...] | None,
    bucket_size_msec: Duration | None,
    align: AlignBy | None,
    bucket_timestamp: BucketTimestamp | None,
    empty: bool,
) -> Words:
    """Render how many samples a range gives, and how it makes them of those that it takes.

    Raises:
        DataError: One of these is out of its range, or has no effect by itself.
    """
    name = "aggregation_type"
    specs = None if aggregation_type is None else (aggregator_names(name, aggregation_type),)
    return bucket_words(count, name, specs, bucket_size_msec, align, bucket_timestamp, empty)


def aggregator_names(name: str, aggregators: str | list[str] | tuple[str, ...]) -> str:
    """Render one or more aggregators as one word.

    Raises:
        DataError: There is none, or one is none.
    """
    many = [aggregators] if isinstance(aggregators, str) else aggregators
    words = at_least_one(name, tuple(choice(name, one, _AGGREGATORS) for one in many))
    return ",".join(str(word) for word in words)


def bucket_words(
    count: int | None,
    name: str,
    specs: tuple[str, ...] | None,
    bucket_size_msec: Duration | None,
    align: AlignBy | None,
    bucket_timestamp: BucketTimestamp | None,
    empty: bool,
) -> Words:
    """Render the same with the aggregators as words already, None for none.

    Args:
        count: The most samples.
        name: The name of the aggregators' parameter, for messages.
        specs: The aggregators.
        bucket_size_msec: The length of a bucket.
        align: What one bucket begins at.
        bucket_timestamp: What a bucket's timestamp is.
        empty: Whether buckets without samples are given.

    Raises:
        DataError: One of these is out of its range, or has no effect by itself.
    """
    words: Words = ()
    if count is not None:
        words += (b"COUNT", whole("count", count, "samples", 1))
    if specs is None:
        _refuse_without_aggregation(
            name,
            bucket_size_msec=bucket_size_msec or None,
            align=align,
            bucket_timestamp=bucket_timestamp,
            empty=empty or None,
        )
        return words
    if align is not None:
        words += (b"ALIGN", _alignment(align))
    size = milliseconds("bucket_size_msec", bucket_size_msec or 0)
    words += (b"AGGREGATION", *specs, size)
    if bucket_timestamp is not None:
        moments = ("-", "+", "~", "START", "END", "MID")
        words += (b"BUCKETTIMESTAMP", choice("bucket_timestamp", bucket_timestamp, moments))
    return words + flag_words(EMPTY=empty)


def filter_words(filters: Keys) -> Words:
    """Render which series are meant.

    Raises:
        DataError: There is no filter.
    """
    return (b"FILTER", *flatten(filters, name="filters"))


def wanted_labels(with_labels: bool, select_labels: Keys | None) -> Words:
    """Render which labels of each series are wanted.

    Raises:
        DataError: ``select_labels`` is empty, or given with ``with_labels``.
    """
    at_most_one(with_labels=with_labels, select_labels=select_labels)
    if select_labels is None:
        return flag_words(WITHLABELS=with_labels)
    return (b"SELECTED_LABELS", *flatten(select_labels, name="select_labels"))


def group_words(
    groupby: Argument | None,
    reduce: str | None,
    aggregation_type: str | list[str] | tuple[str, ...] | None,
    exclude_empty: bool,
) -> Words:
    """Render how series become groups.

    Raises:
        DataError: One of ``groupby`` and ``reduce`` is missing, or what excludes them is
            given.
    """
    if groupby is None and reduce is None:
        return ()
    if groupby is None or reduce is None:
        raise DataError(
            f"groupby and reduce must be given both or neither, got {groupby!r} and {reduce!r}"
        )
    at_most_one(groupby=groupby, exclude_empty=exclude_empty)
    if isinstance(aggregation_type, (list, tuple)) and len(aggregation_type) > 1:
        raise DataError(
            f"aggregation_type must be a single one with groupby, got {aggregation_type!r}"
        )
    return (b"GROUPBY", groupby, b"REDUCE", choice("reduce", reduce, _REDUCERS))


def _refuse_without_aggregation(name: str, **options: object) -> None:
    for option, value in options.items():
        if value is not None:
            raise DataError(f"{option} needs {name}, got {value!r} by itself")


def _alignment(align: AlignBy) -> int | str:
    if isinstance(align, str):
        return choice("align", align, ("-", "+", "START", "END"))
    return timestamp_word("align", align)
