"""The commands that read ranges of time series."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from redtrio.commands._arguments import Duration, Keys, Words, flag_words, milliseconds, whole
from redtrio.commands._base import Command, Family, S, Spec
from redtrio.commands._replies import text
from redtrio.commands._time_series_arguments import (
    AlignBy,
    BucketTimestamp,
    GroupOptions,
    RangeOptions,
    Timestamp,
    aggregation_words,
    filter_words,
    group_words,
    range_words,
    timestamp_word,
    wanted_labels,
)
from redtrio.exceptions import DataError
from redtrio.types import Argument

if TYPE_CHECKING:
    from typing_extensions import Unpack

    MultiSample: TypeAlias = tuple[int, Unpack[tuple[float, ...]]]

__all__ = ["Labels", "Sample", "TimeSeriesRangeCommands"]

Sample: TypeAlias = tuple[int, float]
"""A timestamp in milliseconds, and the value."""

Labels: TypeAlias = dict[S, S | None]
"""The labels of a series that were asked for, None for one that it has not."""

_MRANGE = Spec(name="TS.MRANGE", readonly=True)
_MREVRANGE = Spec(name="TS.MREVRANGE", readonly=True)
_RANGE = Spec(name="TS.RANGE", keys=(1, 1, 1), readonly=True)
_READ = Spec(name="TS.READ", keys=(1, 1, 1), readonly=True)
_READ_BLOCK = Spec(
    name="TS.READ", keys=(1, 1, 1), readonly=True, blocking=True, without_block=_READ
)
_REVRANGE = Spec(name="TS.REVRANGE", keys=(1, 1, 1), readonly=True)


class TimeSeriesRangeCommands(Family[S]):
    """The commands that read ranges of time series."""

    __slots__ = ()

    @overload
    def range(
        self,
        key: Argument,
        from_time: Timestamp,
        to_time: Timestamp,
        count: int | None = ...,
        aggregation_type: str | None = ...,
        bucket_size_msec: Duration | None = ...,
        **options: Unpack[RangeOptions],
    ) -> Awaitable[list[Sample]]: ...
    @overload
    def range(
        self,
        key: Argument,
        from_time: Timestamp,
        to_time: Timestamp,
        count: int | None = ...,
        *,
        aggregation_type: list[str] | tuple[str, ...],
        bucket_size_msec: Duration,
        **options: Unpack[RangeOptions],
    ) -> Awaitable[list[MultiSample]]: ...
    def range(
        self,
        key: Argument,
        from_time: Timestamp,
        to_time: Timestamp,
        count: int | None = None,
        aggregation_type: str | list[str] | tuple[str, ...] | None = None,
        bucket_size_msec: Duration | None = 0,
        filter_by_ts: Iterable[Timestamp] | None = None,
        filter_by_min_value: float | None = None,
        filter_by_max_value: float | None = None,
        align: AlignBy | None = None,
        latest: bool = False,
        bucket_timestamp: BucketTimestamp | None = None,
        empty: bool = False,
    ) -> Awaitable[Any]:
        """Read a range of samples, the oldest first.

        Args:
            key: Key of the series.
            from_time: The first timestamp: milliseconds, a datetime, or "-" for the oldest.
            to_time: The last timestamp: milliseconds, a datetime, or "+" for the newest.
            count: The most samples to give, >= 1; None: all.
            aggregation_type: Put samples together in buckets of time: "avg", "sum", "min",
                "max", "range", "count", "first", "last", "std.p", "std.s", "var.p",
                "var.s", "twa", "countnan" or "countall". A list gives several values.
            bucket_size_msec: With it, the length of a bucket, > 0: milliseconds or a
                timedelta.
            filter_by_ts: Only samples with these timestamps, 1 to 128 of them.
            filter_by_min_value: Only samples with this value or more; goes with the next.
            filter_by_max_value: Only samples with this value or less.
            align: With ``aggregation_type``, what one bucket begins at: a timestamp, or
                "start" ("-") or "end" ("+") of the range, which must be given in numbers
                then; None: 0.
            latest: Of a compaction, give the last bucket also while it is not yet complete.
            bucket_timestamp: With ``aggregation_type``, what a bucket's timestamp is: its
                "start" ("-"), "mid" ("~") or "end" ("+"); None: its start.
            empty: With ``aggregation_type``, give buckets without samples also.

        Returns:
            A list of (timestamp in milliseconds, value); with a list of aggregators
            (timestamp, value, value, ...) in their order. Values are floats, also nan.

        Raises:
            DataError: An argument is none of those, or has no effect without another one.
            ResponseError: The key is missing.

        Source: TS.RANGE. Since RedisTimeSeries 1.0; "countnan" and "countall" since
        Redis 8.6, several aggregators since 8.8.
        """
        samples: Words = range_words(
            from_time,
            to_time,
            filter_by_ts=filter_by_ts,
            filter_by_min_value=filter_by_min_value,
            filter_by_max_value=filter_by_max_value,
            latest=latest,
        )
        buckets: Words = aggregation_words(
            count, aggregation_type, bucket_size_msec, align, bucket_timestamp, empty
        )
        return self._execute(Command(_RANGE, (b"TS.RANGE", key, *samples, *buckets), _samples))

    @overload
    def revrange(
        self,
        key: Argument,
        from_time: Timestamp,
        to_time: Timestamp,
        count: int | None = ...,
        aggregation_type: str | None = ...,
        bucket_size_msec: Duration | None = ...,
        **options: Unpack[RangeOptions],
    ) -> Awaitable[list[Sample]]: ...
    @overload
    def revrange(
        self,
        key: Argument,
        from_time: Timestamp,
        to_time: Timestamp,
        count: int | None = ...,
        *,
        aggregation_type: list[str] | tuple[str, ...],
        bucket_size_msec: Duration,
        **options: Unpack[RangeOptions],
    ) -> Awaitable[list[MultiSample]]: ...
    def revrange(
        self,
        key: Argument,
        from_time: Timestamp,
        to_time: Timestamp,
        count: int | None = None,
        aggregation_type: str | list[str] | tuple[str, ...] | None = None,
        bucket_size_msec: Duration | None = 0,
        filter_by_ts: Iterable[Timestamp] | None = None,
        filter_by_min_value: float | None = None,
        filter_by_max_value: float | None = None,
        align: AlignBy | None = None,
        latest: bool = False,
        bucket_timestamp: BucketTimestamp | None = None,
        empty: bool = False,
    ) -> Awaitable[Any]:
        """Read a range of samples, the newest first.

        Args:
            key: Key of the series.
            from_time: The first timestamp: milliseconds, a datetime, or "-" for the oldest.
            to_time: The last timestamp: milliseconds, a datetime, or "+" for the newest.
            count: The most samples to give, the newest ones, >= 1; None: all.
            aggregation_type: Put samples together in buckets of time, as for ``range``.
            bucket_size_msec: With it, the length of a bucket, > 0: milliseconds or a
                timedelta.
            filter_by_ts: Only samples with these timestamps, 1 to 128 of them.
            filter_by_min_value: Only samples with this value or more; goes with the next.
            filter_by_max_value: Only samples with this value or less.
            align: With ``aggregation_type``, what one bucket begins at, as for ``range``.
            latest: Of a compaction, give the last bucket also while it is not yet complete.
            bucket_timestamp: With ``aggregation_type``, what a bucket's timestamp is, as for
                ``range``.
            empty: With ``aggregation_type``, give buckets without samples also.

        Returns:
            A list of (timestamp in milliseconds, value); with a list of aggregators
            (timestamp, value, value, ...) in their order. Values are floats, also nan.

        Raises:
            DataError: An argument is none of those, or has no effect without another one.
            ResponseError: The key is missing.

        Source: TS.REVRANGE. Since RedisTimeSeries 1.4; "countnan" and "countall" since
        Redis 8.6, several aggregators since 8.8.
        """
        samples: Words = range_words(
            from_time,
            to_time,
            filter_by_ts=filter_by_ts,
            filter_by_min_value=filter_by_min_value,
            filter_by_max_value=filter_by_max_value,
            latest=latest,
        )
        buckets: Words = aggregation_words(
            count, aggregation_type, bucket_size_msec, align, bucket_timestamp, empty
        )
        words = (b"TS.REVRANGE", key, *samples, *buckets)
        return self._execute(Command(_REVRANGE, words, _samples))

    @overload
    def mrange(
        self,
        from_time: Timestamp,
        to_time: Timestamp,
        filters: Keys,
        count: int | None = ...,
        aggregation_type: str | None = ...,
        bucket_size_msec: Duration | None = ...,
        with_labels: bool = ...,
        **options: Unpack[GroupOptions],
    ) -> Awaitable[dict[S, tuple[Labels[S], dict[str, list[S]], list[Sample]]]]: ...
    @overload
    def mrange(
        self,
        from_time: Timestamp,
        to_time: Timestamp,
        filters: Keys,
        count: int | None = ...,
        *,
        aggregation_type: list[str] | tuple[str, ...],
        bucket_size_msec: Duration,
        with_labels: bool = ...,
        **options: Unpack[GroupOptions],
    ) -> Awaitable[dict[S, tuple[Labels[S], dict[str, list[S]], list[MultiSample]]]]: ...
    def mrange(
        self,
        from_time: Timestamp,
        to_time: Timestamp,
        filters: Keys,
        count: int | None = None,
        aggregation_type: str | list[str] | tuple[str, ...] | None = None,
        bucket_size_msec: Duration | None = 0,
        with_labels: bool = False,
        filter_by_ts: Iterable[Timestamp] | None = None,
        filter_by_min_value: float | None = None,
        filter_by_max_value: float | None = None,
        groupby: Argument | None = None,
        reduce: str | None = None,
        select_labels: Keys | None = None,
        align: AlignBy | None = None,
        latest: bool = False,
        bucket_timestamp: BucketTimestamp | None = None,
        empty: bool = False,
        exclude_empty: bool = False,
    ) -> Awaitable[Any]:
        """Read a range of samples of each series that filters match, the oldest first.

        Args:
            from_time: The first timestamp: milliseconds, a datetime, or "-" for the oldest.
            to_time: The last timestamp: milliseconds, a datetime, or "+" for the newest.
            filters: One filter or more, all of which must match, as for ``queryindex``.
            count: The most samples to give of each series, >= 1; None: all.
            aggregation_type: Put samples together in buckets of time, as for ``range``.
            bucket_size_msec: With it, the length of a bucket, > 0: milliseconds or a
                timedelta.
            with_labels: Give all labels of each series.
            filter_by_ts: Only samples with these timestamps, 1 to 128 of them.
            filter_by_min_value: Only samples with this value or more; goes with the next.
            filter_by_max_value: Only samples with this value or less.
            groupby: Make one series of all that have the same value of this label; goes
                with the next.
            reduce: How values with the same timestamp become one: "avg", "sum", "min",
                "max", "range", "count", "std.p", "std.s", "var.p", "var.s", "countnan" or
                "countall".
            select_labels: Give these labels of each series only.
            align: With ``aggregation_type``, what one bucket begins at, as for ``range``.
            latest: Of compactions, give the last bucket also while it is not yet complete.
            bucket_timestamp: With ``aggregation_type``, what a bucket's timestamp is, as for
                ``range``.
            empty: With ``aggregation_type``, give buckets without samples also.
            exclude_empty: Leave out series that have no sample to give.

        Returns:
            A dict of each series' key, or "label=value" of each group, to a tuple of three:
            its labels, a dict of those that were asked for, None for one that it has not;
            a dict of what it was made by: "aggregators", or for groups "reducers" and
            "sources", the keys of its series, each to a list; and its samples, as ``range``
            gives them.

        Raises:
            DataError: An argument is none of those, or has no effect without another one;
                there is no filter; ``with_labels`` and ``select_labels``, or ``groupby``
                and ``exclude_empty`` or several aggregators, are given together.

        Source: TS.MRANGE. Since RedisTimeSeries 1.0; "countnan" and "countall" since
        Redis 8.6, several aggregators since 8.8, ``exclude_empty`` since 8.10.
        """
        samples: Words = range_words(
            from_time,
            to_time,
            filter_by_ts=filter_by_ts,
            filter_by_min_value=filter_by_min_value,
            filter_by_max_value=filter_by_max_value,
            latest=latest,
        )
        labels: Words = wanted_labels(with_labels, select_labels)
        buckets: Words = aggregation_words(
            count, aggregation_type, bucket_size_msec, align, bucket_timestamp, empty
        )
        series: Words = (*flag_words(EXCLUDEEMPTY=exclude_empty), *filter_words(filters))
        groups: Words = group_words(groupby, reduce, aggregation_type, exclude_empty)
        words = (b"TS.MRANGE", *samples, *labels, *buckets, *series, *groups)
        return self._execute(Command(_MRANGE, words, _series))

    @overload
    def mrevrange(
        self,
        from_time: Timestamp,
        to_time: Timestamp,
        filters: Keys,
        count: int | None = ...,
        aggregation_type: str | None = ...,
        bucket_size_msec: Duration | None = ...,
        with_labels: bool = ...,
        **options: Unpack[GroupOptions],
    ) -> Awaitable[dict[S, tuple[Labels[S], dict[str, list[S]], list[Sample]]]]: ...
    @overload
    def mrevrange(
        self,
        from_time: Timestamp,
        to_time: Timestamp,
        filters: Keys,
        count: int | None = ...,
        *,
        aggregation_type: list[str] | tuple[str, ...],
        bucket_size_msec: Duration,
        with_labels: bool = ...,
        **options: Unpack[GroupOptions],
    ) -> Awaitable[dict[S, tuple[Labels[S], dict[str, list[S]], list[MultiSample]]]]: ...
    def mrevrange(
        self,
        from_time: Timestamp,
        to_time: Timestamp,
        filters: Keys,
        count: int | None = None,
        aggregation_type: str | list[str] | tuple[str, ...] | None = None,
        bucket_size_msec: Duration | None = 0,
        with_labels: bool = False,
        filter_by_ts: Iterable[Timestamp] | None = None,
        filter_by_min_value: float | None = None,
        filter_by_max_value: float | None = None,
        groupby: Argument | None = None,
        reduce: str | None = None,
        select_labels: Keys | None = None,
        align: AlignBy | None = None,
        latest: bool = False,
        bucket_timestamp: BucketTimestamp | None = None,
        empty: bool = False,
        exclude_empty: bool = False,
    ) -> Awaitable[Any]:
        """Read a range of samples of each series that filters match, the newest first.

        Args:
            from_time: The first timestamp: milliseconds, a datetime, or "-" for the oldest.
            to_time: The last timestamp: milliseconds, a datetime, or "+" for the newest.
            filters: One filter or more, all of which must match, as for ``queryindex``.
            count: The most samples to give of each series, the newest, >= 1; None: all.
            aggregation_type: Put samples together in buckets of time, as for ``range``.
            bucket_size_msec: With it, the length of a bucket, > 0: milliseconds or a
                timedelta.
            with_labels: Give all labels of each series.
            filter_by_ts: Only samples with these timestamps, 1 to 128 of them.
            filter_by_min_value: Only samples with this value or more; goes with the next.
            filter_by_max_value: Only samples with this value or less.
            groupby: Make one series of all that have the same value of this label; goes
                with the next.
            reduce: How values with the same timestamp become one: "avg", "sum", "min",
                "max", "range", "count", "std.p", "std.s", "var.p", "var.s", "countnan" or
                "countall".
            select_labels: Give these labels of each series only.
            align: With ``aggregation_type``, what one bucket begins at, as for ``range``.
            latest: Of compactions, give the last bucket also while it is not yet complete.
            bucket_timestamp: With ``aggregation_type``, what a bucket's timestamp is, as for
                ``range``.
            empty: With ``aggregation_type``, give buckets without samples also.
            exclude_empty: Leave out series that have no sample to give.

        Returns:
            A dict of each series' key, or "label=value" of each group, to a tuple of three:
            its labels, a dict of those that were asked for, None for one that it has not;
            a dict of what it was made by: "aggregators", or for groups "reducers" and
            "sources", the keys of its series, each to a list; and its samples, as ``range``
            gives them.

        Raises:
            DataError: An argument is none of those, or has no effect without another one;
                there is no filter; ``with_labels`` and ``select_labels``, or ``groupby``
                and ``exclude_empty`` or several aggregators, are given together.

        Source: TS.MREVRANGE. Since RedisTimeSeries 1.4; "countnan" and "countall" since
        Redis 8.6, several aggregators since 8.8, ``exclude_empty`` since 8.10.
        """
        samples: Words = range_words(
            from_time,
            to_time,
            filter_by_ts=filter_by_ts,
            filter_by_min_value=filter_by_min_value,
            filter_by_max_value=filter_by_max_value,
            latest=latest,
        )
        labels: Words = wanted_labels(with_labels, select_labels)
        buckets: Words = aggregation_words(
            count, aggregation_type, bucket_size_msec, align, bucket_timestamp, empty
        )
        series: Words = (*flag_words(EXCLUDEEMPTY=exclude_empty), *filter_words(filters))
        groups: Words = group_words(groupby, reduce, aggregation_type, exclude_empty)
        words = (b"TS.MREVRANGE", *samples, *labels, *buckets, *series, *groups)
        return self._execute(Command(_MREVRANGE, words, _series))

    def read(
        self,
        key: Argument,
        timestamp: Timestamp,
        block_milliseconds: Duration | None = None,
        block_min_count: int | None = None,
        max_count: int | None = None,
    ) -> Awaitable[list[Sample]]:
        """Read samples from a timestamp on, or wait for them; the oldest first.

        Args:
            key: Key of the series.
            timestamp: The first timestamp: milliseconds, a datetime, "-" for the oldest
                sample, "+" for the newest, or "$" for what is added from now on.
            block_milliseconds: How long to wait where there are too few: milliseconds or a
                timedelta, 0: for ever. None: do not wait.
            block_min_count: How many samples to wait for, >= 1; None: one. It goes with
                ``block_milliseconds``.
            max_count: The most samples to give, >= 1; None: all.

        Returns:
            A list of (timestamp in milliseconds, value); empty if there are none, or none
            came in time.

        Raises:
            DataError: An argument is none of those, or ``block_min_count`` is given without
                ``block_milliseconds``.
            ResponseError: The key is missing.

        Source: TS.READ. Since Redis 8.10.
        """
        words: Words = (b"TS.READ", key, timestamp_word("timestamp", timestamp, "-", "+", "$"))
        spec = _READ
        if block_milliseconds is not None:
            spec = _READ_BLOCK
            least = 1 if block_min_count is None else block_min_count
            wait = milliseconds("block_milliseconds", block_milliseconds, 0)
            words += (b"BLOCK", wait, whole("block_min_count", least, "samples", 1))
        elif block_min_count is not None:
            raise DataError(
                f"block_min_count needs block_milliseconds, got {block_min_count} without it"
            )
        if max_count is not None:
            words += (b"MAX_COUNT", whole("max_count", max_count, "samples", 1))
        return self._execute(Command(spec, words, _samples))


def _samples(reply: list[list[Any]]) -> list[tuple[Any, ...]]:
    return [tuple(sample) for sample in reply]


def _series(reply: dict[Any, list[Any]]) -> dict[Any, tuple[Any, ...]]:
    # Of a group, reducers and sources are two dicts.
    return {
        key: (labels, _by(made_by), _samples(samples))
        for key, (labels, *made_by, samples) in reply.items()
    }


def _by(parts: list[dict[bytes, list[bytes]]]) -> dict[str, list[bytes]]:
    return {text(name): names for part in parts for name, names in part.items()}
