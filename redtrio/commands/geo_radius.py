"""The older commands that search a circle for places, and may store what they find."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Literal, TypedDict, overload

from redtrio.commands._arguments import Words, at_most_one
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._geo_places import (
    Coordinates,
    Order,
    Places,
    Unit,
    as_places,
    length,
    result_words,
    unit_word,
)
from redtrio.types import Argument

if TYPE_CHECKING:
    from typing_extensions import Unpack

    class _RadiusOptions(TypedDict, total=False):
        """What the commands take and their results' types do not depend on."""

        count: int | None
        sort: Order | None
        any: bool


__all__ = ["GeoRadiusCommands"]

# Their keys behind STORE and STOREDIST are not told by position.
_GEORADIUS = Spec(name="GEORADIUS", keys=(1, 1, 1))
_GEORADIUSBYMEMBER = Spec(name="GEORADIUSBYMEMBER", keys=(1, 1, 1))


class GeoRadiusCommands(CommandGroup[S]):
    """GEORADIUS and GEORADIUSBYMEMBER, a part of ``GeoCommands``."""

    __slots__ = ()

    @overload
    def georadius(
        self,
        name: Argument,
        longitude: float,
        latitude: float,
        radius: float,
        unit: Unit | None = None,
        *,
        withdist: Literal[False] = False,
        withhash: Literal[False] = False,
        withcoord: Literal[False] = False,
        **options: Unpack[_RadiusOptions],
    ) -> Awaitable[list[S]]: ...

    @overload
    def georadius(
        self,
        name: Argument,
        longitude: float,
        latitude: float,
        radius: float,
        unit: Unit | None = None,
        *,
        withdist: Literal[True],
        withhash: Literal[False] = False,
        withcoord: Literal[False] = False,
        **options: Unpack[_RadiusOptions],
    ) -> Awaitable[list[tuple[S, float]]]: ...

    @overload
    def georadius(
        self,
        name: Argument,
        longitude: float,
        latitude: float,
        radius: float,
        unit: Unit | None = None,
        *,
        withdist: Literal[False] = False,
        withhash: Literal[True],
        withcoord: Literal[False] = False,
        **options: Unpack[_RadiusOptions],
    ) -> Awaitable[list[tuple[S, int]]]: ...

    @overload
    def georadius(
        self,
        name: Argument,
        longitude: float,
        latitude: float,
        radius: float,
        unit: Unit | None = None,
        *,
        withdist: Literal[False] = False,
        withhash: Literal[False] = False,
        withcoord: Literal[True],
        **options: Unpack[_RadiusOptions],
    ) -> Awaitable[list[tuple[S, Coordinates]]]: ...

    @overload
    def georadius(
        self,
        name: Argument,
        longitude: float,
        latitude: float,
        radius: float,
        unit: Unit | None = None,
        *,
        withdist: Literal[True],
        withhash: Literal[True],
        withcoord: Literal[False] = False,
        **options: Unpack[_RadiusOptions],
    ) -> Awaitable[list[tuple[S, float, int]]]: ...

    @overload
    def georadius(
        self,
        name: Argument,
        longitude: float,
        latitude: float,
        radius: float,
        unit: Unit | None = None,
        *,
        withdist: Literal[True],
        withhash: Literal[False] = False,
        withcoord: Literal[True],
        **options: Unpack[_RadiusOptions],
    ) -> Awaitable[list[tuple[S, float, Coordinates]]]: ...

    @overload
    def georadius(
        self,
        name: Argument,
        longitude: float,
        latitude: float,
        radius: float,
        unit: Unit | None = None,
        *,
        withdist: Literal[False] = False,
        withhash: Literal[True],
        withcoord: Literal[True],
        **options: Unpack[_RadiusOptions],
    ) -> Awaitable[list[tuple[S, int, Coordinates]]]: ...

    @overload
    def georadius(
        self,
        name: Argument,
        longitude: float,
        latitude: float,
        radius: float,
        unit: Unit | None = None,
        *,
        withdist: Literal[True],
        withhash: Literal[True],
        withcoord: Literal[True],
        **options: Unpack[_RadiusOptions],
    ) -> Awaitable[list[tuple[S, float, int, Coordinates]]]: ...

    @overload
    def georadius(
        self,
        name: Argument,
        longitude: float,
        latitude: float,
        radius: float,
        unit: Unit | None = None,
        *,
        store: Argument,
        **options: Unpack[_RadiusOptions],
    ) -> Awaitable[int]: ...

    @overload
    def georadius(
        self,
        name: Argument,
        longitude: float,
        latitude: float,
        radius: float,
        unit: Unit | None = None,
        *,
        store_dist: Argument,
        **options: Unpack[_RadiusOptions],
    ) -> Awaitable[int]: ...

    @overload
    def georadius(
        self,
        name: Argument,
        longitude: float,
        latitude: float,
        radius: float,
        unit: Unit | None = None,
        *,
        withdist: bool = False,
        withhash: bool = False,
        withcoord: bool = False,
        **options: Unpack[_RadiusOptions],
    ) -> Awaitable[Places[S]]: ...

    def georadius(
        self,
        name: Argument,
        longitude: float,
        latitude: float,
        radius: float,
        unit: Unit | None = None,
        withdist: bool = False,
        withcoord: bool = False,
        withhash: bool = False,
        count: int | None = None,
        sort: Order | None = None,
        store: Argument | None = None,
        store_dist: Argument | None = None,
        any: bool = False,  # noqa: A002 - redis-py's name
    ) -> Awaitable[Any]:
        """Find the places in a circle around a point; ``geosearch`` can do more.

        Args:
            name: Key of the places.
            longitude: Of the center, in degrees.
            latitude: Of the center, in degrees.
            radius: Of the circle, >= 0.
            unit: The unit of all distances, in the call and in the result; None: "m".
            withdist: Give each place's distance from the center.
            withcoord: Give each place's coordinates.
            withhash: Give each place's 52-bit geohash, the score that it is stored with.
            count: The most places to find, > 0: the nearest ones. None: all.
            sort: "ASC": the nearest place first; "DESC": the farthest. None: in no order,
                but with ``count`` and without ``any`` the nearest first.
            store: Store the places in a sorted set at this key, with their geohashes.
            store_dist: Store the places in a sorted set at this key, with their distances.
            any: Stop at the first places found, which need not be the nearest; only with
                ``count``. Since 6.2.

        Returns:
            A list of the places' names, empty if there is no such key. With one or more of
            ``withdist``, ``withhash``, ``withcoord`` a list of tuples: the name, then, in
            this order, the distance as a float, the geohash as an int, and (longitude,
            latitude). With ``store`` or ``store_dist`` how many places were stored.

        Raises:
            DataError: An argument is out of its range, or both ``store`` and ``store_dist``
                are given, or one of them together with a detail of the places.
            ResponseError: The coordinates are out of range.

        Source: GEORADIUS. Since 3.2; deprecated since 6.2.
        """
        words: Words = (b"GEORADIUS", name, longitude, latitude, length("radius", radius))
        words += (unit_word(unit or "m"),)
        words += result_words(sort, count, any, withdist, withcoord, withhash)
        words += _store_words(store, store_dist, withdist, withcoord, withhash)
        detailed = withdist or withcoord or withhash
        return self._execute(Command(_GEORADIUS, words, as_places if detailed else None))

    @overload
    def georadiusbymember(
        self,
        name: Argument,
        member: Argument,
        radius: float,
        unit: Unit | None = None,
        *,
        withdist: Literal[False] = False,
        withhash: Literal[False] = False,
        withcoord: Literal[False] = False,
        **options: Unpack[_RadiusOptions],
    ) -> Awaitable[list[S]]: ...

    @overload
    def georadiusbymember(
        self,
        name: Argument,
        member: Argument,
        radius: float,
        unit: Unit | None = None,
        *,
        withdist: Literal[True],
        withhash: Literal[False] = False,
        withcoord: Literal[False] = False,
        **options: Unpack[_RadiusOptions],
    ) -> Awaitable[list[tuple[S, float]]]: ...

    @overload
    def georadiusbymember(
        self,
        name: Argument,
        member: Argument,
        radius: float,
        unit: Unit | None = None,
        *,
        withdist: Literal[False] = False,
        withhash: Literal[True],
        withcoord: Literal[False] = False,
        **options: Unpack[_RadiusOptions],
    ) -> Awaitable[list[tuple[S, int]]]: ...

    @overload
    def georadiusbymember(
        self,
        name: Argument,
        member: Argument,
        radius: float,
        unit: Unit | None = None,
        *,
        withdist: Literal[False] = False,
        withhash: Literal[False] = False,
        withcoord: Literal[True],
        **options: Unpack[_RadiusOptions],
    ) -> Awaitable[list[tuple[S, Coordinates]]]: ...

    @overload
    def georadiusbymember(
        self,
        name: Argument,
        member: Argument,
        radius: float,
        unit: Unit | None = None,
        *,
        withdist: Literal[True],
        withhash: Literal[True],
        withcoord: Literal[False] = False,
        **options: Unpack[_RadiusOptions],
    ) -> Awaitable[list[tuple[S, float, int]]]: ...

    @overload
    def georadiusbymember(
        self,
        name: Argument,
        member: Argument,
        radius: float,
        unit: Unit | None = None,
        *,
        withdist: Literal[True],
        withhash: Literal[False] = False,
        withcoord: Literal[True],
        **options: Unpack[_RadiusOptions],
    ) -> Awaitable[list[tuple[S, float, Coordinates]]]: ...

    @overload
    def georadiusbymember(
        self,
        name: Argument,
        member: Argument,
        radius: float,
        unit: Unit | None = None,
        *,
        withdist: Literal[False] = False,
        withhash: Literal[True],
        withcoord: Literal[True],
        **options: Unpack[_RadiusOptions],
    ) -> Awaitable[list[tuple[S, int, Coordinates]]]: ...

    @overload
    def georadiusbymember(
        self,
        name: Argument,
        member: Argument,
        radius: float,
        unit: Unit | None = None,
        *,
        withdist: Literal[True],
        withhash: Literal[True],
        withcoord: Literal[True],
        **options: Unpack[_RadiusOptions],
    ) -> Awaitable[list[tuple[S, float, int, Coordinates]]]: ...

    @overload
    def georadiusbymember(
        self,
        name: Argument,
        member: Argument,
        radius: float,
        unit: Unit | None = None,
        *,
        store: Argument,
        **options: Unpack[_RadiusOptions],
    ) -> Awaitable[int]: ...

    @overload
    def georadiusbymember(
        self,
        name: Argument,
        member: Argument,
        radius: float,
        unit: Unit | None = None,
        *,
        store_dist: Argument,
        **options: Unpack[_RadiusOptions],
    ) -> Awaitable[int]: ...

    @overload
    def georadiusbymember(
        self,
        name: Argument,
        member: Argument,
        radius: float,
        unit: Unit | None = None,
        *,
        withdist: bool = False,
        withhash: bool = False,
        withcoord: bool = False,
        **options: Unpack[_RadiusOptions],
    ) -> Awaitable[Places[S]]: ...

    def georadiusbymember(
        self,
        name: Argument,
        member: Argument,
        radius: float,
        unit: Unit | None = None,
        withdist: bool = False,
        withcoord: bool = False,
        withhash: bool = False,
        count: int | None = None,
        sort: Order | None = None,
        store: Argument | None = None,
        store_dist: Argument | None = None,
        any: bool = False,  # noqa: A002 - redis-py's name
    ) -> Awaitable[Any]:
        """Find the places in a circle around one of them; ``geosearch`` can do more.

        Args:
            name: Key of the places.
            member: The place at the center, which is found as well.
            radius: As in ``georadius``.
            unit: As in ``georadius``.
            withdist: As in ``georadius``.
            withcoord: As in ``georadius``.
            withhash: As in ``georadius``.
            count: As in ``georadius``.
            sort: As in ``georadius``.
            store: As in ``georadius``.
            store_dist: As in ``georadius``.
            any: As in ``georadius``.

        Returns:
            As ``georadius``.

        Raises:
            DataError: As ``georadius``.
            ResponseError: ``member`` is not among the places.

        Source: GEORADIUSBYMEMBER. Since 3.2; deprecated since 6.2.
        """
        words: Words = (b"GEORADIUSBYMEMBER", name, member, length("radius", radius))
        words += (unit_word(unit or "m"),)
        words += result_words(sort, count, any, withdist, withcoord, withhash)
        words += _store_words(store, store_dist, withdist, withcoord, withhash)
        detailed = withdist or withcoord or withhash
        return self._execute(Command(_GEORADIUSBYMEMBER, words, as_places if detailed else None))


def _store_words(
    store: Argument | None,
    store_dist: Argument | None,
    withdist: bool,
    withcoord: bool,
    withhash: bool,
) -> Words:
    at_most_one(store=store, store_dist=store_dist)
    for name, key, word in (("store", store, b"STORE"), ("store_dist", store_dist, b"STOREDIST")):
        if key is not None:
            at_most_one(**{name: key, "withdist": withdist})
            at_most_one(**{name: key, "withcoord": withcoord})
            at_most_one(**{name: key, "withhash": withhash})
            return (word, key)
    return ()
