"""What the commands on places share: their options, and how places stand in replies.

What is wrong is refused with ``DataError`` before anything is sent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

from redtrio.commands._arguments import Words, at_most_one, choice, flag_words, whole
from redtrio.commands._base import S
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = [
    "Coordinates",
    "Order",
    "Places",
    "Unit",
    "area_words",
    "as_coordinates",
    "as_places",
    "length",
    "result_words",
    "unit_word",
]

Coordinates: TypeAlias = tuple[float, float]
"""Longitude and latitude in degrees, in this order."""

Places: TypeAlias = (
    list[S]
    | list[tuple[S, float]]
    | list[tuple[S, int]]
    | list[tuple[S, Coordinates]]
    | list[tuple[S, float, int]]
    | list[tuple[S, float, Coordinates]]
    | list[tuple[S, int, Coordinates]]
    | list[tuple[S, float, int, Coordinates]]
)
"""What a search gives where nobody knows beforehand which details it is to give."""

Unit: TypeAlias = Literal["m", "km", "ft", "mi"]
"""A unit of distance: meter, kilometer, foot, mile."""

Order: TypeAlias = Literal["ASC", "DESC", "asc", "desc"]
"""Which places come first: the nearest (ASC) or the farthest (DESC)."""

_UNITS = ("m", "km", "ft", "mi")


def unit_word(unit: str) -> str:
    """Return a unit of distance, after a check that it is one.

    Raises:
        DataError: It is not.
    """
    word = str(unit).lower()
    if word not in _UNITS:
        raise DataError(f"unit must be one of {', '.join(_UNITS)}, got {unit!r}")
    return word


def length(name: str, value: float) -> float:
    """Check a distance.

    Args:
        name: The parameter's name, for the message.
        value: What the caller gave.

    Raises:
        DataError: It is negative, infinite or no number.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise DataError(f"{name} must be a number, got {type(value).__name__}")
    if not 0 <= value < math.inf:
        raise DataError(f"{name} must be >= 0 and finite, got {value}")
    return value


def area_words(
    member: Argument | None,
    longitude: float | None,
    latitude: float | None,
    unit: str,
    radius: float | None,
    width: float | None,
    height: float | None,
    polygon: Sequence[Coordinates] | None,
) -> Words:
    """Render where to search: a circle or a box around a center, or a polygon.

    Raises:
        DataError: It is none of them, or more than one, or a distance is out of its range.
    """
    if polygon is None:
        center = _center_words(member, longitude, latitude)
        return center + _size_words(radius, width, height, unit_word(unit))
    at_most_one(polygon=True, member=member)
    at_most_one(polygon=True, longitude=longitude)
    at_most_one(polygon=True, latitude=latitude)
    at_most_one(polygon=True, radius=radius)
    at_most_one(polygon=True, width=width)
    at_most_one(polygon=True, height=height)
    if len(polygon) < 3:
        raise DataError(f"polygon must have at least 3 corners, got {len(polygon)}")
    words: Words = (b"BYPOLYGON", len(polygon))
    for longitude_there, latitude_there in polygon:
        words += (longitude_there, latitude_there)
    return words


def _center_words(
    member: Argument | None, longitude: float | None, latitude: float | None
) -> Words:
    at_most_one(member=member, longitude=longitude)
    at_most_one(member=member, latitude=latitude)
    if member is not None:
        return (b"FROMMEMBER", member)
    if longitude is None or latitude is None:
        raise DataError(
            "give member, or longitude and latitude, "
            f"got longitude={longitude} and latitude={latitude}"
        )
    return (b"FROMLONLAT", longitude, latitude)


def _size_words(
    radius: float | None, width: float | None, height: float | None, unit: str
) -> Words:
    at_most_one(radius=radius, width=width)
    at_most_one(radius=radius, height=height)
    if radius is not None:
        return (b"BYRADIUS", length("radius", radius), unit)
    if width is None or height is None:
        raise DataError(f"give radius, or width and height, got width={width} and height={height}")
    return (b"BYBOX", length("width", width), length("height", height), unit)


def result_words(
    sort: str | None,
    count: int | None,
    any: bool,  # noqa: A002 - redis-py's name
    withdist: bool = False,
    withcoord: bool = False,
    withhash: bool = False,
) -> Words:
    """Render which places are wanted, in what order, and what of each.

    Raises:
        DataError: ``sort`` is no order, ``count`` is below 1, or missing with ``any``.
    """
    words: Words = ()
    if sort is not None:
        words += (choice("sort", sort, ("ASC", "DESC")),)
    if count is not None:
        words += (b"COUNT", whole("count", count, "places", 1))
    elif any:
        raise DataError("any needs count, the most places to find")
    words += flag_words(ANY=any)
    return words + flag_words(WITHDIST=withdist, WITHCOORD=withcoord, WITHHASH=withhash)


def as_coordinates(reply: Any) -> Coordinates | None:
    """Read longitude and latitude, or null."""
    return None if reply is None else (float(reply[0]), float(reply[1]))


def as_places(reply: Any) -> list[tuple[Any, ...]]:
    """Read places with what was asked for of each, in the server's order."""
    return [(member, *map(_detail, details)) for member, *details in reply]


def _detail(value: Any) -> Any:
    """Read a distance, which the server sends as text, a hash, or coordinates."""
    if isinstance(value, bytes):
        return float(value)
    return as_coordinates(value) if isinstance(value, list) else value
