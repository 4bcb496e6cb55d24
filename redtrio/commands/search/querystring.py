"""Queries written as Python: ``querystring(title="hello", year=between(1990, 2000))``.

Each condition is a node, and makes its text when it is asked for (``str(node)``). Values are put
into that text as they are: what has a meaning in the query language is to be escaped by the
caller, or better given by a parameter ("$name").
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from redtrio.exceptions import DataError

__all__ = [
    "DisjunctNode",
    "DistjunctUnion",
    "GeoValue",
    "IntersectNode",
    "Node",
    "OptionalNode",
    "RangeValue",
    "ScalarValue",
    "TagValue",
    "UnionNode",
    "Value",
    "between",
    "disjunct",
    "disjunct_union",
    "equal",
    "ge",
    "geo",
    "gt",
    "intersect",
    "le",
    "lt",
    "querystring",
    "tags",
    "union",
]


class Value:
    """What a field is to be.

    Args:
        text: How the query language says it.
        combinable: Whether several of them may stand within one pair of parentheses.
    """

    __slots__ = ("combinable", "text")

    def __init__(self, text: str, combinable: bool = False) -> None:
        self.text = text
        self.combinable = combinable

    def to_string(self) -> str:
        """Give it as text."""
        return self.text

    def __str__(self) -> str:
        return self.text


class ScalarValue(Value):
    """Want a text, or a number that is taken as one.

    Args:
        v: It, as the query language has it.
    """

    __slots__ = ()

    def __init__(self, v: float | str) -> None:
        super().__init__(str(v), combinable=True)


class TagValue(Value):
    """Want one of some tags; see ``tags``."""

    __slots__ = ()

    def __init__(self, *tags: str) -> None:
        if not tags:
            raise DataError("t must hold at least one tag, got none")
        super().__init__("{" + " | ".join(str(tag) for tag in tags) + "}")


class RangeValue(Value):
    """Want a number in a range; see ``between``, but without the ends if nothing is said."""

    __slots__ = ()

    def __init__(
        self,
        a: float | str | None,
        b: float | str | None,
        inclusive_min: bool = False,
        inclusive_max: bool = False,
    ) -> None:
        least = f"{'' if inclusive_min else '('}{'-inf' if a is None else a}"
        greatest = f"{'' if inclusive_max else '('}{'inf' if b is None else b}"
        super().__init__(f"[{least} {greatest}]")


class GeoValue(Value):
    """Want a place within a circle; see ``geo``, but the longitude comes first."""

    __slots__ = ()

    def __init__(self, lon: float, lat: float, radius: float, unit: str = "km") -> None:
        super().__init__(f"[{lon} {lat} {radius} {unit}]")


Wanted: TypeAlias = str | int | float | Value | Iterable[str | int | float | Value]
"""What a field is to be: text, a number, what a function here gives, or several of those."""


class Node:
    """A condition, made of others; use one of its subclasses.

    Args:
        *children: Conditions, as nodes or as text.
        **kwparams: What fields are to be, by name.
    """

    __slots__ = ("_parts",)

    JOINSTR = " "
    """What stands between its parts."""

    _SIGN = ""

    def __init__(self, *children: Node | str, **kwparams: Wanted) -> None:
        self._parts = [str(child) for child in children]
        for field, wanted in kwparams.items():
            self._parts += self._conditions(field, wanted)

    def to_string(self) -> str:
        """Give it as text, within parentheses if it has several parts."""
        text = self.JOINSTR.join(self._parts)
        # The sign is outside of them: within, it would be that of the first part alone.
        return f"{self._SIGN}({text})" if len(self._parts) > 1 else f"{self._SIGN}{text}"

    def __str__(self) -> str:
        return self.to_string()

    def _conditions(self, field: str, wanted: Wanted) -> list[str]:
        several = (wanted,) if isinstance(wanted, str | int | float | Value) else wanted
        values = [one if isinstance(one, Value) else ScalarValue(one) for one in several]
        if not values:
            raise DataError(f"{field} must be at least one value, got none")
        if len(values) > 1 and values[0].combinable:
            return [f"@{field}:({self.JOINSTR.join(map(str, values))})"]
        return [f"@{field}:{value}" for value in values]


class IntersectNode(Node):
    """All parts hold."""

    __slots__ = ()


class UnionNode(Node):
    """One part holds, or several."""

    __slots__ = ()

    JOINSTR = "|"


class DisjunctNode(IntersectNode):
    """Not all parts hold together."""

    __slots__ = ()

    _SIGN = "-"


class DistjunctUnion(DisjunctNode):
    """No part holds."""

    __slots__ = ()

    JOINSTR = "|"


class OptionalNode(IntersectNode):
    """Where the parts hold, the score is higher."""

    __slots__ = ()

    _SIGN = "~"


def tags(*t: str) -> Value:
    """Want one of some tags.

    Raises:
        DataError: There is none.
    """
    return TagValue(*t)


def between(
    a: float | str | None,
    b: float | str | None,
    inclusive_min: bool = True,
    inclusive_max: bool = True,
) -> Value:
    """Want a number in a range.

    Args:
        a: The least. None: any.
        b: The greatest. None: any.
        inclusive_min: Whether ``a`` itself will do.
        inclusive_max: Whether ``b`` itself will do.
    """
    return RangeValue(a, b, inclusive_min, inclusive_max)


def equal(n: float | str) -> Value:
    """Want a number."""
    return between(n, n)


def lt(n: float | str) -> Value:
    """Want a lesser number."""
    return between(None, n, inclusive_max=False)


def le(n: float | str) -> Value:
    """Want a number that is not greater."""
    return between(None, n)


def gt(n: float | str) -> Value:
    """Want a greater number."""
    return between(n, None, inclusive_min=False)


def ge(n: float | str) -> Value:
    """Want a number that is not less."""
    return between(n, None)


def geo(lat: float, lon: float, radius: float, unit: str = "km") -> Value:
    """Want a place within a circle.

    Args:
        lat: Latitude of its centre, in degrees.
        lon: Longitude of its centre, in degrees.
        radius: Its radius.
        unit: What the radius is in: m, km, ft or mi.
    """
    return GeoValue(lon, lat, radius, unit)


def intersect(*args: Node | str, **kwargs: Wanted) -> IntersectNode:
    """Demand that all of some conditions hold."""
    return IntersectNode(*args, **kwargs)


def union(*args: Node | str, **kwargs: Wanted) -> UnionNode:
    """Demand that one of some conditions holds."""
    return UnionNode(*args, **kwargs)


def disjunct(*args: Node | str, **kwargs: Wanted) -> DisjunctNode:
    """Demand that some conditions do not hold together."""
    return DisjunctNode(*args, **kwargs)


def disjunct_union(*args: Node | str, **kwargs: Wanted) -> DistjunctUnion:
    """Demand that none of some conditions holds."""
    return DistjunctUnion(*args, **kwargs)


def querystring(*args: Node | str, **kwargs: Wanted) -> str:
    """Give as text that all of some conditions hold."""
    return str(intersect(*args, **kwargs))
