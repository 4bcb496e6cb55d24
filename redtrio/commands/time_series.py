"""The commands on time series: making them, adding samples, and rules of compaction."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from typing import Any

from redtrio.commands._arguments import (
    Duration,
    Keys,
    Words,
    at_least_one,
    flag_words,
    flatten,
    milliseconds,
)
from redtrio.commands._base import Command, Family, S, Spec
from redtrio.commands._replies import is_ok
from redtrio.commands._time_series_arguments import (
    DuplicatePolicy,
    Timestamp,
    aggregator,
    creation_words,
    filter_words,
    label_words,
    policy,
    timestamp_word,
    wanted_labels,
)
from redtrio.commands.time_series_info import TSInfo
from redtrio.commands.time_series_ranges import Labels, Sample, TimeSeriesRangeCommands
from redtrio.commands.time_series_rows import TimeSeriesRowCommands
from redtrio.exceptions import DataError, ResponseError
from redtrio.types import Argument

__all__ = ["TimeSeries", "TimeSeriesSampleCommands", "TimeSeriesSeriesCommands"]

_ADD = Spec(name="TS.ADD", keys=(1, 1, 1))
_ALTER = Spec(name="TS.ALTER", keys=(1, 1, 1))
_CREATE = Spec(name="TS.CREATE", keys=(1, 1, 1))
_CREATERULE = Spec(name="TS.CREATERULE", keys=(1, 1, 1))
_DECRBY = Spec(name="TS.DECRBY", keys=(1, 1, 1))
_DEL = Spec(name="TS.DEL", keys=(1, 1, 1))
_DELETERULE = Spec(name="TS.DELETERULE", keys=(1, 1, 1))
_GET = Spec(name="TS.GET", keys=(1, 1, 1), readonly=True)
_INCRBY = Spec(name="TS.INCRBY", keys=(1, 1, 1))
_INFO = Spec(name="TS.INFO", keys=(1, 1, 1), readonly=True)
_MADD = Spec(name="TS.MADD", keys=(1, -1, 3))
_MGET = Spec(name="TS.MGET", readonly=True)
_QUERYINDEX = Spec(name="TS.QUERYINDEX", readonly=True)
_QUERYLABELS = Spec(name="TS.QUERYLABELS", readonly=True)


class TimeSeriesSampleCommands(Family[S]):
    """The commands that add, change, read and delete samples."""

    __slots__ = ()

    def add(
        self,
        key: Argument,
        timestamp: Timestamp,
        value: float | str,
        retention_msecs: Duration | None = None,
        uncompressed: bool = False,
        labels: Mapping[str, Argument] | None = None,
        chunk_size: int | None = None,
        duplicate_policy: DuplicatePolicy | None = None,
        ignore_max_time_diff: Duration | None = None,
        ignore_max_val_diff: float | None = None,
        on_duplicate: DuplicatePolicy | None = None,
    ) -> Awaitable[int]:
        """Add a sample to a series, which is made if it is missing.

        All options but ``on_duplicate`` are for making it, and as ``create`` has them.

        Args:
            key: Key of the series.
            timestamp: Milliseconds, a datetime, or "*" for the server's time.
            value: The value, a number.
            retention_msecs: How long samples are kept.
            uncompressed: Do not compress samples.
            labels: Labels of the series.
            chunk_size: Bytes of each chunk of memory.
            duplicate_policy: What becomes of samples where there is one already.
            ignore_max_time_diff: How close in time a sample is ignored.
            ignore_max_val_diff: How close in value a sample is ignored.
            on_duplicate: What becomes of this sample where there is one already; None: as
                the series has it.

        Returns:
            The sample's timestamp in milliseconds; if it is ignored, the last one's.

        Raises:
            DataError: An argument is none of those.
            ResponseError: There is a sample already, and it is not to be changed, or the
                timestamp is older than samples are kept.

        Source: TS.ADD. Since RedisTimeSeries 1.0; ``ignore_max_time_diff`` and
        ``ignore_max_val_diff`` since 1.12.
        """
        options: Words = creation_words(
            retention_msecs,
            uncompressed,
            chunk_size,
            duplicate_policy,
            ignore_max_time_diff,
            ignore_max_val_diff,
        )
        words: Words = (b"TS.ADD", key, timestamp_word("timestamp", timestamp, "*"), value)
        words += (*options, *policy("on_duplicate", on_duplicate, b"ON_DUPLICATE"))
        return self._execute(Command(_ADD, words + label_words(labels)))

    def madd(
        self, ktv_tuples: Iterable[tuple[Argument, Timestamp, float | str]]
    ) -> Awaitable[list[int | ResponseError]]:
        """Add samples to series, which must be there.

        Args:
            ktv_tuples: Key, timestamp (milliseconds, a datetime, or "*" for the server's
                time) and value of each.

        Returns:
            For each sample, in their order, its timestamp in milliseconds, or, not raised,
            the ``ResponseError`` that this one was refused with.

        Raises:
            DataError: There is no sample, or one is no such tuple.

        Source: TS.MADD. Since RedisTimeSeries 1.0.
        """
        words: Words = tuple(word for sample in ktv_tuples for word in _sample_words(sample))
        return self._execute(Command(_MADD, (b"TS.MADD", *at_least_one("ktv_tuples", words))))

    def incrby(
        self,
        key: Argument,
        value: float,
        timestamp: Timestamp | None = None,
        retention_msecs: Duration | None = None,
        uncompressed: bool = False,
        labels: Mapping[str, Argument] | None = None,
        chunk_size: int | None = None,
        duplicate_policy: DuplicatePolicy | None = None,
        ignore_max_time_diff: Duration | None = None,
        ignore_max_val_diff: float | None = None,
    ) -> Awaitable[int]:
        """Add a sample whose value is that of the last one plus a number.

        All other options are for making the series if it is missing, as ``create`` has them.

        Args:
            key: Key of the series.
            value: What to add.
            timestamp: Milliseconds, a datetime, or "*" for the server's time, as is None;
                that of the last sample changes it, older ones are refused.
            retention_msecs: How long samples are kept.
            uncompressed: Do not compress samples.
            labels: Labels of the series.
            chunk_size: Bytes of each chunk of memory.
            duplicate_policy: What becomes of samples where there is one already.
            ignore_max_time_diff: How close in time a sample is ignored.
            ignore_max_val_diff: How close in value a sample is ignored.

        Returns:
            The sample's timestamp in milliseconds.

        Raises:
            DataError: An argument is none of those.
            ResponseError: There is a newer sample.

        Source: TS.INCRBY. Since RedisTimeSeries 1.0; ``ignore_max_time_diff`` and
        ``ignore_max_val_diff`` since 1.12.
        """
        options: Words = creation_words(
            retention_msecs,
            uncompressed,
            chunk_size,
            duplicate_policy,
            ignore_max_time_diff,
            ignore_max_val_diff,
        )
        words: Words = (b"TS.INCRBY", key, value, *_moment(timestamp), *options)
        return self._execute(Command(_INCRBY, words + label_words(labels)))

    def decrby(
        self,
        key: Argument,
        value: float,
        timestamp: Timestamp | None = None,
        retention_msecs: Duration | None = None,
        uncompressed: bool = False,
        labels: Mapping[str, Argument] | None = None,
        chunk_size: int | None = None,
        duplicate_policy: DuplicatePolicy | None = None,
        ignore_max_time_diff: Duration | None = None,
        ignore_max_val_diff: float | None = None,
    ) -> Awaitable[int]:
        """Add a sample whose value is that of the last one minus a number.

        All other options are for making the series if it is missing, as ``create`` has them.

        Args:
            key: Key of the series.
            value: What to subtract.
            timestamp: Milliseconds, a datetime, or "*" for the server's time, as is None;
                that of the last sample changes it, older ones are refused.
            retention_msecs: How long samples are kept.
            uncompressed: Do not compress samples.
            labels: Labels of the series.
            chunk_size: Bytes of each chunk of memory.
            duplicate_policy: What becomes of samples where there is one already.
            ignore_max_time_diff: How close in time a sample is ignored.
            ignore_max_val_diff: How close in value a sample is ignored.

        Returns:
            The sample's timestamp in milliseconds.

        Raises:
            DataError: An argument is none of those.
            ResponseError: There is a newer sample.

        Source: TS.DECRBY. Since RedisTimeSeries 1.0; ``ignore_max_time_diff`` and
        ``ignore_max_val_diff`` since 1.12.
        """
        options: Words = creation_words(
            retention_msecs,
            uncompressed,
            chunk_size,
            duplicate_policy,
            ignore_max_time_diff,
            ignore_max_val_diff,
        )
        words: Words = (b"TS.DECRBY", key, value, *_moment(timestamp), *options)
        return self._execute(Command(_DECRBY, words + label_words(labels)))

    def delete(self, key: Argument, from_time: Timestamp, to_time: Timestamp) -> Awaitable[int]:
        """Delete the samples of a range.

        Args:
            key: Key of the series.
            from_time: The first timestamp: milliseconds, a datetime, or "-" for the oldest.
            to_time: The last timestamp: milliseconds, a datetime, or "+" for the newest.

        Returns:
            How many samples were deleted.

        Raises:
            DataError: A timestamp is none of those.
            ResponseError: The key is missing, or compactions of the samples would need
                older ones, which are not kept any more.

        Source: TS.DEL. Since RedisTimeSeries 1.6.
        """
        first = timestamp_word("from_time", from_time, "-")
        last = timestamp_word("to_time", to_time, "+")
        return self._execute(Command(_DEL, (b"TS.DEL", key, first, last)))

    def get(self, key: Argument, latest: bool = False) -> Awaitable[Sample | None]:
        """Get the last sample of a series.

        Args:
            key: Key of the series.
            latest: Of a compaction, give the last bucket also while it is not yet complete.

        Returns:
            Its timestamp in milliseconds and its value, a float; None if there is none.

        Raises:
            ResponseError: The key is missing.

        Source: TS.GET. Since RedisTimeSeries 1.0; ``latest`` since 1.8.
        """
        words: Words = (b"TS.GET", key, *flag_words(LATEST=latest))
        return self._execute(Command(_GET, words, _sample))

    def mget(
        self,
        filters: Keys,
        with_labels: bool = False,
        select_labels: Keys | None = None,
        latest: bool = False,
    ) -> Awaitable[dict[S, tuple[Labels[S], Sample | None]]]:
        """Get the last sample of each series that filters match.

        Args:
            filters: One filter or more, all of which must match, as for ``queryindex``.
            with_labels: Give all labels of each series.
            select_labels: Give these labels of each series only.
            latest: Of compactions, give the last bucket also while it is not yet complete.

        Returns:
            A dict of each series' key to a tuple of two: its labels, a dict of those that
            were asked for, None for one that it has not; and its last sample, as ``get``
            gives it.

        Raises:
            DataError: There is no filter, or ``with_labels`` and ``select_labels`` are given
                together.

        Source: TS.MGET. Since RedisTimeSeries 1.0; ``latest`` since 1.8.
        """
        labels: Words = wanted_labels(with_labels, select_labels)
        words = (b"TS.MGET", *flag_words(LATEST=latest), *labels, *filter_words(filters))
        return self._execute(Command(_MGET, words, _labelled_samples))


class TimeSeriesSeriesCommands(Family[S]):
    """The commands on series themselves, and on the rules between them."""

    __slots__ = ()

    def alter(
        self,
        key: Argument,
        retention_msecs: Duration | None = None,
        labels: Mapping[str, Argument] | None = None,
        chunk_size: int | None = None,
        duplicate_policy: DuplicatePolicy | None = None,
        ignore_max_time_diff: Duration | None = None,
        ignore_max_val_diff: float | None = None,
    ) -> Awaitable[bool]:
        """Change the options of a series.

        Args:
            key: Key of the series.
            retention_msecs: How long samples are kept: milliseconds or a timedelta, 0 for
                ever.
            labels: The labels it is to have in place of its own; an empty dict: none.
            chunk_size: Bytes of each new chunk of memory, a multiple of 8 from 48 to
                1048576.
            duplicate_policy: What becomes of samples where there is one already.
            ignore_max_time_diff: How close in time a sample is ignored; with the next.
            ignore_max_val_diff: How close in value a sample is ignored.

        Returns:
            True. What is None stays as it is.

        Raises:
            DataError: An argument is none of those.
            ResponseError: The key is missing.

        Source: TS.ALTER. Since RedisTimeSeries 1.0; ``ignore_max_time_diff`` and
        ``ignore_max_val_diff`` since 1.12.
        """
        options: Words = creation_words(
            retention_msecs,
            False,
            chunk_size,
            duplicate_policy,
            ignore_max_time_diff,
            ignore_max_val_diff,
        )
        words: Words = (b"TS.ALTER", key, *options, *label_words(labels))
        return self._execute(Command(_ALTER, words, is_ok))

    def create(
        self,
        key: Argument,
        retention_msecs: Duration | None = None,
        uncompressed: bool = False,
        labels: Mapping[str, Argument] | None = None,
        chunk_size: int | None = None,
        duplicate_policy: DuplicatePolicy | None = None,
        ignore_max_time_diff: Duration | None = None,
        ignore_max_val_diff: float | None = None,
    ) -> Awaitable[bool]:
        """Make a series without samples.

        Args:
            key: Key of the series.
            retention_msecs: How long samples are kept, counted from the newest one:
                milliseconds or a timedelta, 0 for ever; None: as the server's
                configuration says.
            uncompressed: Do not compress samples.
            labels: Labels of the series, by which filters find it: a dict of name to value.
            chunk_size: Bytes of each chunk of memory, a multiple of 8 from 48 to 1048576;
                None: as the server's configuration says (4096).
            duplicate_policy: What becomes of samples where there is one already: "BLOCK"
                refuses the new one, "FIRST" ignores it, "LAST" takes it, "MIN" and "MAX"
                take the lesser or greater value, "SUM" adds them up; None: as the server's
                configuration says ("BLOCK").
            ignore_max_time_diff: A sample that is newer than the last one by no more than
                this (milliseconds or a timedelta), and different from it by no more than
                ``ignore_max_val_diff``, is ignored, if the policy is "LAST".
            ignore_max_val_diff: See there, >= 0; both or neither.

        Returns:
            True.

        Raises:
            DataError: An argument is none of those.
            ResponseError: There is such a key already.

        Source: TS.CREATE. Since RedisTimeSeries 1.0; ``ignore_max_time_diff`` and
        ``ignore_max_val_diff`` since 1.12.
        """
        options: Words = creation_words(
            retention_msecs,
            uncompressed,
            chunk_size,
            duplicate_policy,
            ignore_max_time_diff,
            ignore_max_val_diff,
        )
        words: Words = (b"TS.CREATE", key, *options, *label_words(labels))
        return self._execute(Command(_CREATE, words, is_ok))

    def createrule(
        self,
        source_key: Argument,
        dest_key: Argument,
        aggregation_type: str,
        bucket_size_msec: Duration,
        align_timestamp: Timestamp | None = None,
    ) -> Awaitable[bool]:
        """Have the samples of a series compacted into another, from now on.

        Args:
            source_key: Key of the series to compact.
            dest_key: Key of the series to compact it into; there must be one.
            aggregation_type: How: "avg", "sum", "min", "max", "range", "count", "first",
                "last", "std.p", "std.s", "var.p", "var.s", "twa", "countnan" or "countall".
            bucket_size_msec: The length of a bucket, > 0: milliseconds or a timedelta.
            align_timestamp: What one bucket begins at: milliseconds or a datetime; None: 0.

        Returns:
            True.

        Raises:
            DataError: An argument is none of those.
            ResponseError: A key is missing, both are the same, or one of them has a rule
                that excludes this one.

        Source: TS.CREATERULE. Since RedisTimeSeries 1.0; ``align_timestamp`` since 1.8,
        "countnan" and "countall" since Redis 8.6.
        """
        size = milliseconds("bucket_size_msec", bucket_size_msec)
        words: Words = (b"TS.CREATERULE", source_key, dest_key, b"AGGREGATION")
        words += (aggregator(aggregation_type), size)
        if align_timestamp is not None:
            words += (timestamp_word("align_timestamp", align_timestamp),)
        return self._execute(Command(_CREATERULE, words, is_ok))

    def deleterule(self, source_key: Argument, dest_key: Argument) -> Awaitable[bool]:
        """Have a series no longer compacted into another, whose samples stay.

        Args:
            source_key: Key of the series that is compacted.
            dest_key: Key of the series that it is compacted into.

        Returns:
            True.

        Raises:
            ResponseError: A key is missing, or there is no such rule.

        Source: TS.DELETERULE. Since RedisTimeSeries 1.0.
        """
        words = (b"TS.DELETERULE", source_key, dest_key)
        return self._execute(Command(_DELETERULE, words, is_ok))

    def info(self, key: Argument) -> Awaitable[TSInfo]:
        """Tell all about a series but its samples.

        Args:
            key: Key of the series.

        Returns:
            What ``TSInfo`` says: options, labels, rules, sizes.

        Raises:
            ResponseError: The key is missing.

        Source: TS.INFO. Since RedisTimeSeries 1.0.
        """
        return self._execute(Command(_INFO, (b"TS.INFO", key), TSInfo))

    def queryindex(self, filters: Keys) -> Awaitable[list[S]]:
        """Find the keys of all series that filters match.

        Args:
            filters: One filter or more, all of which must match: "label=value",
                "label!=value", "label=(one,other)", "label!=(one,other)", "label=" for
                those without the label, "label!=" for those with it. One of them at least
                must be of the first or the third kind.

        Returns:
            A list of the keys, sorted by their bytes; empty if there are none.

        Raises:
            DataError: There is no filter.
            ResponseError: One is none of those.

        Source: TS.QUERYINDEX. Since RedisTimeSeries 1.0.
        """
        words = (b"TS.QUERYINDEX", *flatten(filters, name="filters"))
        return self._execute(Command(_QUERYINDEX, words, sorted))

    def querylabels(
        self, label: Argument | None = None, filters: Keys | None = None
    ) -> Awaitable[set[S]]:
        """Find the labels of all series that filters match, or the values of one label.

        Args:
            label: The label whose values are wanted; None: the names of all labels.
            filters: One filter or more, all of which must match, as for ``queryindex``. None:
                all series.

        Returns:
            A set of the names or of the values, empty if there are none.

        Raises:
            DataError: ``filters`` is empty.
            ResponseError: One is none of those.

        Source: TS.QUERYLABELS. Since Redis 8.10.
        """
        wanted: Words = (b"LABELS",) if label is None else (b"VALUES", label)
        series: Words = () if filters is None else filter_words(filters)
        return self._execute(Command(_QUERYLABELS, (b"TS.QUERYLABELS", *wanted, *series), set))


class TimeSeries(
    TimeSeriesRangeCommands[S],
    TimeSeriesRowCommands[S],
    TimeSeriesSampleCommands[S],
    TimeSeriesSeriesCommands[S],
):
    """The commands on time series, as ``client.ts()`` gives them.

    A sample is a timestamp, Unix time in whole milliseconds, and a value, a float. Timestamps
    are given as int, as datetime (a naive one is local time; what is less than a millisecond
    is cut off), or as the symbols that a command knows.

    All raise ``ResponseError`` where a key holds something other than a series.

    Cancellation: a write that had been sent when its caller was cancelled may have been
    carried out; a sample added with the server's time, and ``incrby`` and ``decrby``, are not
    the same when they are sent again.

    Source: Redis Stack, or Redis 8.
    """

    __slots__ = ()


def _moment(timestamp: Timestamp | None) -> Words:
    if timestamp is None:
        return ()
    return (b"TIMESTAMP", timestamp_word("timestamp", timestamp, "*"))


def _sample_words(sample: tuple[Argument, Timestamp, float | str]) -> Words:
    try:
        key, timestamp, value = sample
    except (TypeError, ValueError):
        raise DataError(
            f"ktv_tuples must hold (key, timestamp, value), got {type(sample).__name__}"
        ) from None
    return (key, timestamp_word("timestamp", timestamp, "*"), value)


def _sample(reply: list[Any]) -> Sample | None:
    # A series without samples gives an empty list.
    if not reply:
        return None
    timestamp, value = reply
    return timestamp, value


def _labelled_samples(reply: dict[Any, list[Any]]) -> dict[Any, tuple[Any, ...]]:
    return {key: (labels, _sample(sample)) for key, (labels, sample) in reply.items()}
