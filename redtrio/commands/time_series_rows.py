"""The commands that read several time series side by side."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from redtrio.commands._arguments import Duration, Keys, Words, flatten
from redtrio.commands._base import Command, Family, S, Spec
from redtrio.commands._time_series_arguments import (
    AlignBy,
    BucketTimestamp,
    RangeOptions,
    Timestamp,
    aggregator_names,
    bucket_words,
    range_words,
)
from redtrio.exceptions import DataError

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["Row", "TimeSeriesRowCommands"]

Row: TypeAlias = tuple[int, list[float]]
"""A timestamp in milliseconds, and the value of each series at that time."""

_NRANGE = Spec(name="TS.NRANGE", readonly=True)
_NREVRANGE = Spec(name="TS.NREVRANGE", readonly=True)


class TimeSeriesRowCommands(Family[S]):
    """The commands that read several time series side by side."""

    __slots__ = ()

    def nrange(
        self,
        keys: Keys,
        from_time: Timestamp,
        to_time: Timestamp,
        count: int | None = None,
        aggregators: str | list[str] | tuple[str, ...] | None = None,
        bucket_size_msec: Duration | None = 0,
        **options: Unpack[RangeOptions],
    ) -> Awaitable[list[Row]]:
        """Read a range of several series as rows, the oldest first.

        Args:
            keys: Keys of the series, each giving a column; one may be there twice.
            from_time: The first timestamp: milliseconds, a datetime, or "-" for the oldest.
            to_time: The last timestamp: milliseconds, a datetime, or "+" for the newest.
            count: The most rows to give, >= 1; None: all.
            aggregators: Put samples together in buckets of time: for each key an aggregator,
                as for ``range``, or several with commas between ("avg,max"), which give
                a column each. For a single key it may stand by itself.
            bucket_size_msec: With it, the length of a bucket, > 0: milliseconds or a
                timedelta.
            **options: ``filter_by_ts``, ``filter_by_min_value``, ``filter_by_max_value``,
                ``align``, ``latest``, ``bucket_timestamp`` and ``empty``, as for ``range``.

        Returns:
            A list of (timestamp in milliseconds, list of values), a row for each timestamp
            that one of the series has. Values are floats, nan where a series has none.

        Raises:
            DataError: There is no key, another number of aggregators than keys, or an
                argument is none of those, or has no effect without another one.
            ResponseError: A key is missing.

        Source: TS.NRANGE. Since Redis 8.10.
        """
        words: Words = _row_words(
            keys, from_time, to_time, count, aggregators, bucket_size_msec, **options
        )
        return self._execute(Command(_NRANGE, (b"TS.NRANGE", *words), _rows))

    def nrevrange(
        self,
        keys: Keys,
        from_time: Timestamp,
        to_time: Timestamp,
        count: int | None = None,
        aggregators: str | list[str] | tuple[str, ...] | None = None,
        bucket_size_msec: Duration | None = 0,
        **options: Unpack[RangeOptions],
    ) -> Awaitable[list[Row]]:
        """Read a range of several series as rows, the newest first.

        Args:
            keys: Keys of the series, each giving a column; one may be there twice.
            from_time: The first timestamp: milliseconds, a datetime, or "-" for the oldest.
            to_time: The last timestamp: milliseconds, a datetime, or "+" for the newest.
            count: The most rows to give, >= 1; None: all.
            aggregators: Put samples together in buckets of time, as for ``nrange``.
            bucket_size_msec: With it, the length of a bucket, > 0: milliseconds or a
                timedelta.
            **options: As for ``nrange``.

        Returns:
            A list of (timestamp in milliseconds, list of values), a row for each timestamp
            that one of the series has. Values are floats, nan where a series has none.

        Raises:
            DataError: There is no key, another number of aggregators than keys, or an
                argument is none of those, or has no effect without another one.
            ResponseError: A key is missing.

        Source: TS.NREVRANGE. Since Redis 8.10.
        """
        words: Words = _row_words(
            keys, from_time, to_time, count, aggregators, bucket_size_msec, **options
        )
        return self._execute(Command(_NREVRANGE, (b"TS.NREVRANGE", *words), _rows))


def _row_words(
    keys: Keys,
    from_time: Timestamp,
    to_time: Timestamp,
    count: int | None,
    aggregators: str | list[str] | tuple[str, ...] | None,
    bucket_size_msec: Duration | None,
    *,
    filter_by_ts: Iterable[Timestamp] | None = None,
    filter_by_min_value: float | None = None,
    filter_by_max_value: float | None = None,
    align: AlignBy | None = None,
    latest: bool = False,
    bucket_timestamp: BucketTimestamp | None = None,
    empty: bool = False,
) -> Words:
    names = flatten(keys)
    samples: Words = range_words(
        from_time,
        to_time,
        filter_by_ts=filter_by_ts,
        filter_by_min_value=filter_by_min_value,
        filter_by_max_value=filter_by_max_value,
        latest=latest,
    )
    specs = None if aggregators is None else _specs(aggregators, len(names))
    buckets: Words = bucket_words(
        count, "aggregators", specs, bucket_size_msec, align, bucket_timestamp, empty
    )
    return (len(names), *names, *samples, *buckets)


def _specs(aggregators: str | list[str] | tuple[str, ...], columns: int) -> tuple[str, ...]:
    given = (aggregators,) if isinstance(aggregators, str) else aggregators
    if len(given) != columns:
        raise DataError(f"aggregators must be as many as keys, {columns}, got {len(given)}")
    return tuple(aggregator_names("aggregators", one.split(",")) for one in given)


def _rows(reply: list[list[Any]]) -> list[Row]:
    return [(timestamp, values) for timestamp, values in reply]
