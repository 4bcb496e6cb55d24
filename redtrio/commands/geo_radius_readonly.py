"""The variants of GEORADIUS and GEORADIUSBYMEMBER that change nothing."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, Literal, TypedDict, overload

from redtrio.commands._arguments import Words
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


__all__ = ["GeoRadiusReadonlyCommands"]

_GEORADIUS_RO = Spec(name="GEORADIUS_RO", keys=(1, 1, 1), readonly=True)
_GEORADIUSBYMEMBER_RO = Spec(name="GEORADIUSBYMEMBER_RO", keys=(1, 1, 1), readonly=True)


class GeoRadiusReadonlyCommands(CommandGroup[S]):
    """GEORADIUS_RO and GEORADIUSBYMEMBER_RO, a part of ``GeoCommands``."""

    __slots__ = ()

    @overload
    def georadius_ro(
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
    def georadius_ro(
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
    def georadius_ro(
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
    def georadius_ro(
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
    def georadius_ro(
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
    def georadius_ro(
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
    def georadius_ro(
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
    def georadius_ro(
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
    def georadius_ro(
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

    def georadius_ro(
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
        any: bool = False,  # noqa: A002 - redis-py's name
    ) -> Awaitable[Any]:
        """Find the places in a circle around a point, by the variant that goes to replicas.

        Args:
            name: As in ``georadius``.
            longitude: As in ``georadius``.
            latitude: As in ``georadius``.
            radius: As in ``georadius``.
            unit: As in ``georadius``.
            withdist: As in ``georadius``.
            withcoord: As in ``georadius``.
            withhash: As in ``georadius``.
            count: As in ``georadius``.
            sort: As in ``georadius``.
            any: As in ``georadius``.

        Returns:
            As ``georadius`` without ``store``.

        Raises:
            DataError: An argument is out of its range.
            ResponseError: The coordinates are out of range.

        Source: GEORADIUS_RO. Since 3.2.10; deprecated since 6.2.
        """
        words: Words = (b"GEORADIUS_RO", name, longitude, latitude, length("radius", radius))
        words += (unit_word(unit or "m"),)
        words += result_words(sort, count, any, withdist, withcoord, withhash)
        detailed = withdist or withcoord or withhash
        return self._execute(Command(_GEORADIUS_RO, words, as_places if detailed else None))

    @overload
    def georadiusbymember_ro(
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
    def georadiusbymember_ro(
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
    def georadiusbymember_ro(
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
    def georadiusbymember_ro(
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
    def georadiusbymember_ro(
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
    def georadiusbymember_ro(
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
    def georadiusbymember_ro(
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
    def georadiusbymember_ro(
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
    def georadiusbymember_ro(
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

    def georadiusbymember_ro(
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
        any: bool = False,  # noqa: A002 - redis-py's name
    ) -> Awaitable[Any]:
        """Find the places in a circle around one, by the variant that goes to replicas.

        Args:
            name: As in ``georadius``.
            member: As in ``georadiusbymember``.
            radius: As in ``georadius``.
            unit: As in ``georadius``.
            withdist: As in ``georadius``.
            withcoord: As in ``georadius``.
            withhash: As in ``georadius``.
            count: As in ``georadius``.
            sort: As in ``georadius``.
            any: As in ``georadius``.

        Returns:
            As ``georadius`` without ``store``.

        Raises:
            DataError: An argument is out of its range.
            ResponseError: ``member`` is not among the places.

        Source: GEORADIUSBYMEMBER_RO. Since 3.2.10; deprecated since 6.2.
        """
        words: Words = (b"GEORADIUSBYMEMBER_RO", name, member, length("radius", radius))
        words += (unit_word(unit or "m"),)
        words += result_words(sort, count, any, withdist, withcoord, withhash)
        detailed = withdist or withcoord or withhash
        return self._execute(Command(_GEORADIUSBYMEMBER_RO, words, as_places if detailed else None))
