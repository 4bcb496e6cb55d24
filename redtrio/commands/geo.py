"""The commands on places: members of a sorted set that have coordinates."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import Any

from redtrio.commands._arguments import Words, at_least_one, at_most_one, flag_words
from redtrio.commands._base import Command, S, Spec
from redtrio.commands._geo_places import Coordinates, Order, Unit, as_coordinates, unit_word
from redtrio.commands._replies import text
from redtrio.commands.geo_radius import GeoRadiusCommands
from redtrio.commands.geo_radius_readonly import GeoRadiusReadonlyCommands
from redtrio.commands.geo_search import GeoSearchCommands
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["Coordinates", "GeoCommands", "Order", "Unit"]

_GEOADD = Spec(name="GEOADD", keys=(1, 1, 1))
_GEODIST = Spec(name="GEODIST", keys=(1, 1, 1), readonly=True)
_GEOHASH = Spec(name="GEOHASH", keys=(1, 1, 1), readonly=True)
_GEOPOS = Spec(name="GEOPOS", keys=(1, 1, 1), readonly=True)


class GeoCommands(GeoSearchCommands[S], GeoRadiusCommands[S], GeoRadiusReadonlyCommands[S]):
    """The commands on places, which are members of a sorted set.

    A place's score is its geohash of 52 bits, so that coordinates come back up to half a
    meter off. Longitudes go from -180 to 180 degrees, latitudes from -85.05112878 to
    85.05112878. The commands on sorted sets, such as ``zrem``, work on places as well.

    All raise ``WrongTypeError`` where a key holds something other than a sorted set.

    Cancellation: a write that had been sent when its caller was cancelled may have been
    carried out.
    """

    __slots__ = ()

    def geoadd(
        self,
        name: Argument,
        values: Iterable[Argument],
        nx: bool = False,
        xx: bool = False,
        ch: bool = False,
    ) -> Awaitable[int]:
        """Add places, or move those that are there.

        Args:
            name: Key of the places; a missing one counts as empty.
            values: For each place its longitude and latitude in degrees, then its name, one
                after the other.
            nx: Only add places. This and the others since 6.2.
            xx: Only move places that are there.
            ch: Count those that were moved as well.

        Returns:
            How many places were added; with ``ch`` how many were added or moved.

        Raises:
            DataError: There are no values or a place is not complete, or both ``nx`` and
                ``xx`` are given.
            ResponseError: Coordinates are out of range; nothing is added.

        Source: GEOADD. Since 3.2.
        """
        at_most_one(nx=nx, xx=xx)
        places: Words = at_least_one("values", tuple(values))
        if len(places) % 3:
            raise DataError(
                f"values must be longitude, latitude and name for each place, got {len(places)}"
            )
        words = (b"GEOADD", name, *flag_words(NX=nx, XX=xx, CH=ch), *places)
        return self._execute(Command(_GEOADD, words))

    def geodist(
        self, name: Argument, place1: Argument, place2: Argument, unit: Unit | None = None
    ) -> Awaitable[float | None]:
        """Tell how far apart two places are.

        Args:
            name: Key of the places.
            place1: The one place.
            place2: The other place.
            unit: The unit of the distance; None: "m".

        Returns:
            The distance, with four decimals; None if one of the places is missing.

        Raises:
            DataError: ``unit`` is none of those.

        Source: GEODIST. Since 3.2.
        """
        words = (b"GEODIST", name, place1, place2, unit_word(unit or "m"))
        return self._execute(Command(_GEODIST, words, _distance))

    def geohash(self, name: Argument, *values: Argument) -> Awaitable[list[str | None]]:
        """Get the geohashes of places, as other systems know them.

        Args:
            name: Key of the places.
            *values: The places, at least one.

        Returns:
            One entry for each place: its geohash as 11 characters, str also without
            ``decode_responses``; None if it is missing.

        Raises:
            DataError: No place is given.

        Source: GEOHASH. Since 3.2.
        """
        words = (b"GEOHASH", name, *at_least_one("values", values))
        return self._execute(Command(_GEOHASH, words, _hashes))

    def geopos(self, name: Argument, *values: Argument) -> Awaitable[list[Coordinates | None]]:
        """Get the coordinates of places.

        Args:
            name: Key of the places.
            *values: The places, at least one.

        Returns:
            One entry for each place: (longitude, latitude), None if it is missing.

        Raises:
            DataError: No place is given.

        Source: GEOPOS. Since 3.2.
        """
        words = (b"GEOPOS", name, *at_least_one("values", values))
        return self._execute(Command(_GEOPOS, words, _positions))


def _distance(reply: Any) -> float | None:
    return None if reply is None else float(reply)


def _hashes(reply: list[Any]) -> list[str | None]:
    return [None if value is None else text(value) for value in reply]


def _positions(reply: list[Any]) -> list[Coordinates | None]:
    return [as_coordinates(pair) for pair in reply]
