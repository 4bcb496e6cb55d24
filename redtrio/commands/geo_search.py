"""The commands that search an area for places."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypedDict, overload

from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._geo_places import (
    Coordinates,
    Order,
    Places,
    Unit,
    area_words,
    as_places,
    result_words,
)
from redtrio.types import Argument

if TYPE_CHECKING:
    from typing_extensions import Unpack

    class _SearchOptions(TypedDict, total=False):
        """What ``geosearch`` takes and its result's type does not depend on."""

        unit: Unit
        radius: float | None
        width: float | None
        height: float | None
        sort: Order | None
        count: int | None
        any: bool
        polygon: Sequence[Coordinates] | None


__all__ = ["GeoSearchCommands"]

_GEOSEARCH = Spec(name="GEOSEARCH", keys=(1, 1, 1), readonly=True)
_GEOSEARCHSTORE = Spec(name="GEOSEARCHSTORE", keys=(1, 2, 1))


class GeoSearchCommands(CommandGroup[S]):
    """The commands that search an area for places, a part of ``GeoCommands``."""

    __slots__ = ()

    @overload
    def geosearch(
        self,
        name: Argument,
        member: Argument | None = None,
        longitude: float | None = None,
        latitude: float | None = None,
        *,
        withdist: Literal[False] = False,
        withhash: Literal[False] = False,
        withcoord: Literal[False] = False,
        **options: Unpack[_SearchOptions],
    ) -> Awaitable[list[S]]: ...

    @overload
    def geosearch(
        self,
        name: Argument,
        member: Argument | None = None,
        longitude: float | None = None,
        latitude: float | None = None,
        *,
        withdist: Literal[True],
        withhash: Literal[False] = False,
        withcoord: Literal[False] = False,
        **options: Unpack[_SearchOptions],
    ) -> Awaitable[list[tuple[S, float]]]: ...

    @overload
    def geosearch(
        self,
        name: Argument,
        member: Argument | None = None,
        longitude: float | None = None,
        latitude: float | None = None,
        *,
        withdist: Literal[False] = False,
        withhash: Literal[True],
        withcoord: Literal[False] = False,
        **options: Unpack[_SearchOptions],
    ) -> Awaitable[list[tuple[S, int]]]: ...

    @overload
    def geosearch(
        self,
        name: Argument,
        member: Argument | None = None,
        longitude: float | None = None,
        latitude: float | None = None,
        *,
        withdist: Literal[False] = False,
        withhash: Literal[False] = False,
        withcoord: Literal[True],
        **options: Unpack[_SearchOptions],
    ) -> Awaitable[list[tuple[S, Coordinates]]]: ...

    @overload
    def geosearch(
        self,
        name: Argument,
        member: Argument | None = None,
        longitude: float | None = None,
        latitude: float | None = None,
        *,
        withdist: Literal[True],
        withhash: Literal[True],
        withcoord: Literal[False] = False,
        **options: Unpack[_SearchOptions],
    ) -> Awaitable[list[tuple[S, float, int]]]: ...

    @overload
    def geosearch(
        self,
        name: Argument,
        member: Argument | None = None,
        longitude: float | None = None,
        latitude: float | None = None,
        *,
        withdist: Literal[True],
        withhash: Literal[False] = False,
        withcoord: Literal[True],
        **options: Unpack[_SearchOptions],
    ) -> Awaitable[list[tuple[S, float, Coordinates]]]: ...

    @overload
    def geosearch(
        self,
        name: Argument,
        member: Argument | None = None,
        longitude: float | None = None,
        latitude: float | None = None,
        *,
        withdist: Literal[False] = False,
        withhash: Literal[True],
        withcoord: Literal[True],
        **options: Unpack[_SearchOptions],
    ) -> Awaitable[list[tuple[S, int, Coordinates]]]: ...

    @overload
    def geosearch(
        self,
        name: Argument,
        member: Argument | None = None,
        longitude: float | None = None,
        latitude: float | None = None,
        *,
        withdist: Literal[True],
        withhash: Literal[True],
        withcoord: Literal[True],
        **options: Unpack[_SearchOptions],
    ) -> Awaitable[list[tuple[S, float, int, Coordinates]]]: ...

    @overload
    def geosearch(
        self,
        name: Argument,
        member: Argument | None = None,
        longitude: float | None = None,
        latitude: float | None = None,
        *,
        withdist: bool = False,
        withhash: bool = False,
        withcoord: bool = False,
        **options: Unpack[_SearchOptions],
    ) -> Awaitable[Places[S]]: ...

    def geosearch(
        self,
        name: Argument,
        member: Argument | None = None,
        longitude: float | None = None,
        latitude: float | None = None,
        unit: Unit = "m",
        radius: float | None = None,
        width: float | None = None,
        height: float | None = None,
        sort: Order | None = None,
        count: int | None = None,
        any: bool = False,  # noqa: A002 - redis-py's name
        withcoord: bool = False,
        withdist: bool = False,
        withhash: bool = False,
        *,
        polygon: Sequence[Coordinates] | None = None,
    ) -> Awaitable[Any]:
        """Find the places in a circle, a box or a polygon.

        Where the circle or the box has its center is told by ``member``, or by ``longitude``
        and ``latitude``; a circle's size by ``radius``, a box's by ``width`` and ``height``.

        Args:
            name: Key of the places.
            member: The place at the center.
            longitude: Of the center, in degrees.
            latitude: Of the center, in degrees.
            unit: The unit of all distances, in the call and in the result.
            radius: Of the circle, >= 0.
            width: Of the box from west to east, >= 0.
            height: Of the box from south to north, >= 0.
            sort: "ASC": the nearest place first; "DESC": the farthest. None: in no order,
                but with ``count`` and without ``any`` the nearest first.
            count: The most places to find, > 0: the nearest ones. None: all.
            any: Stop at the first places found, which need not be the nearest; only with
                ``count``. Since 6.2.
            withcoord: Give each place's coordinates.
            withdist: Give each place's distance from the center.
            withhash: Give each place's 52-bit geohash, the score that it is stored with.
            polygon: The corners of a polygon, each as (longitude, latitude), at least 3; it
                takes the place of center and size. Distances are from its centroid, in
                meters whatever ``unit`` says. Since Valkey 9.0; not in Redis.

        Returns:
            A list of the places' names, empty if there is no such key. With one or more of
            ``withdist``, ``withhash``, ``withcoord`` a list of tuples: the name, then, in
            this order, the distance as a float, the geohash as an int, and (longitude,
            latitude).

        Raises:
            DataError: The area is not told, or in more than one way, or an argument is out
                of its range.
            ResponseError: ``member`` is not among the places, or the coordinates are out of
                range.

        Source: GEOSEARCH. Since 6.2.
        """
        words = (
            b"GEOSEARCH",
            name,
            *area_words(member, longitude, latitude, unit, radius, width, height, polygon),
            *result_words(sort, count, any, withdist, withcoord, withhash),
        )
        detailed = withdist or withcoord or withhash
        return self._execute(Command(_GEOSEARCH, words, as_places if detailed else None))

    def geosearchstore(
        self,
        dest: Argument,
        name: Argument,
        member: Argument | None = None,
        longitude: float | None = None,
        latitude: float | None = None,
        unit: Unit = "m",
        radius: float | None = None,
        width: float | None = None,
        height: float | None = None,
        sort: Order | None = None,
        count: int | None = None,
        any: bool = False,  # noqa: A002 - redis-py's name
        storedist: bool = False,
        *,
        polygon: Sequence[Coordinates] | None = None,
    ) -> Awaitable[int]:
        """Find the places in an area, as ``geosearch``, and store them in a sorted set.

        Args:
            dest: Key of the sorted set; what it held before goes. If no place is found, the
                key is deleted.
            name: As in ``geosearch``.
            member: As in ``geosearch``.
            longitude: As in ``geosearch``.
            latitude: As in ``geosearch``.
            unit: As in ``geosearch``.
            radius: As in ``geosearch``.
            width: As in ``geosearch``.
            height: As in ``geosearch``.
            sort: As in ``geosearch``; of use only together with ``count``.
            count: As in ``geosearch``.
            any: As in ``geosearch``.
            storedist: Store the distances as the scores, not the geohashes; the sorted set
                then holds no places.
            polygon: As in ``geosearch``.

        Returns:
            How many places were stored.

        Raises:
            DataError: As ``geosearch``.
            ResponseError: As ``geosearch``.

        Source: GEOSEARCHSTORE. Since 6.2.
        """
        words = (
            b"GEOSEARCHSTORE",
            dest,
            name,
            *area_words(member, longitude, latitude, unit, radius, width, height, polygon),
            *result_words(sort, count, any),
        )
        if storedist:
            words += (b"STOREDIST",)
        return self._execute(Command(_GEOSEARCHSTORE, words))
