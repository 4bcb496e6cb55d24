"""What ``group_by`` makes of a group; each function gives a reducer.

Fields are written "@name". What results call a reducer is set by its ``alias``.
"""

from __future__ import annotations

from collections.abc import Iterable

from redtrio.commands._arguments import whole
from redtrio.commands.search.aggregation import Limit, Reducer, SortDirection
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = [
    "avg",
    "collect",
    "count",
    "count_distinct",
    "count_distinctish",
    "first_value",
    "max",
    "min",
    "quantile",
    "random_sample",
    "stddev",
    "sum",
    "tolist",
]


def count() -> Reducer:
    """Count the rows."""
    return Reducer("COUNT")


def sum(field: str) -> Reducer:  # noqa: A001 - redis-py's name
    """Add up a field."""
    return Reducer("SUM", (field,), field)


def min(field: str) -> Reducer:  # noqa: A001 - redis-py's name
    """Find the least value of a field."""
    return Reducer("MIN", (field,), field)


def max(field: str) -> Reducer:  # noqa: A001 - redis-py's name
    """Find the greatest value of a field."""
    return Reducer("MAX", (field,), field)


def avg(field: str) -> Reducer:
    """Compute the mean of a field."""
    return Reducer("AVG", (field,), field)


def stddev(field: str) -> Reducer:
    """Compute the standard deviation of a field."""
    return Reducer("STDDEV", (field,), field)


def tolist(field: str) -> Reducer:
    """List the distinct values of a field."""
    return Reducer("TOLIST", (field,), field)


def count_distinct(field: str) -> Reducer:
    """Count the distinct values of a field."""
    return Reducer("COUNT_DISTINCT", (field,), field)


def count_distinctish(field: str) -> Reducer:
    """Estimate how many distinct values a field has, within about 3 %."""
    return Reducer("COUNT_DISTINCTISH", (field,), field)


def quantile(field: str, pct: float) -> Reducer:
    """Compute a quantile of a field.

    Args:
        field: The field.
        pct: Which one, from 0 to 1; 0.5: the median.

    Raises:
        DataError: ``pct`` is out of its range.
    """
    if not 0 <= pct <= 1:
        raise DataError(f"pct must be from 0 to 1, got {pct}")
    return Reducer("QUANTILE", (field, pct), field)


def first_value(field: str, *byfields: SortDirection | type[SortDirection]) -> Reducer:
    """Take a field of the first row.

    Args:
        field: The field.
        *byfields: What the rows are sorted by first: ``Asc`` or ``Desc`` of a field. The
            bare class: by ``field``. None at all: the rows are not sorted.
    """
    words: list[Argument] = []
    for one in byfields:
        by = one if isinstance(one, SortDirection) else one(field)
        words += (by.field, by.DIRSTRING)
    return Reducer("FIRST_VALUE", (field, "BY", *words) if words else (field,), field)


def random_sample(field: str, size: int) -> Reducer:
    """Take values of a field at random.

    Args:
        field: The field.
        size: The most values, from 1 to 1000.

    Raises:
        DataError: ``size`` is less than 1.
    """
    return Reducer("RANDOM_SAMPLE", (field, whole("size", size, "values", 1)), field)


def collect(
    fields: str | Iterable[str] = "*",
    distinct: bool = False,
    sort_by: SortDirection | Iterable[SortDirection] | None = None,
    limit: tuple[int, int] | None = None,
) -> Reducer:
    """List the rows, each as a dict.

    Args:
        fields: The fields of each, "@" may be left out; "*": all.
        distinct: Whether equal rows are listed once.
        sort_by: What to sort them by. None: nothing.
        limit: How many rows to leave out, and the most to list. None: the server's default.

    Raises:
        DataError: There is no field, nothing to sort by, or a number is negative.

    Source: FT.AGGREGATE. Since Redis 8.8.
    """
    names = (fields,) if isinstance(fields, str) else tuple(fields)
    if not names or not all(name.strip() for name in names):
        raise DataError(f"fields must be '*' or names of fields, got {fields!r}")
    words: list[Argument] = ["FIELDS"]
    words += names if names == ("*",) else (len(names), *map(_with_at, names))
    if distinct:
        words.append("DISTINCT")
    if sort_by is not None:
        sorts = (sort_by,) if isinstance(sort_by, SortDirection) else tuple(sort_by)
        if not sorts:
            raise DataError("sort_by must hold at least one, got none")
        by = [word for one in sorts for word in (_with_at(one.field), one.DIRSTRING)]
        words += ("SORTBY", len(by), *by)
    if limit is not None:
        words += Limit(*limit).build_args()
    return Reducer("COLLECT", words)


def _with_at(name: str) -> str:
    return name if name.startswith("@") else f"@{name}"
