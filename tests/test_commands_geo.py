"""The commands on places, on real servers, for clients of bytes and of str."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from itertools import product
from typing import Any

import pytest
from command_client import Text, WordsOnly, check, lacking

from redtrio import Redis
from redtrio.exceptions import DataError, ResponseError, WrongTypeError

PALERMO = (13.361389338970184, 38.1155563954963)
CATANIA = (15.087267458438873, 37.50266842333162)
# What the server tells of each, measured from Palermo in kilometers.
DETAILS: dict[str, dict[str, Any]] = {
    "Palermo": {"withdist": 0.0, "withhash": 3479099956230698, "withcoord": PALERMO},
    "Catania": {"withdist": 166.2742, "withhash": 3479447370796909, "withcoord": CATANIA},
}
DETAIL_FLAGS: list[dict[str, Any]] = [
    dict(zip(("withdist", "withhash", "withcoord"), given, strict=True))
    for given in product([False, True], repeat=3)
]
SICILY = [(12.0, 36.5), (16.0, 36.5), (16.0, 38.5), (12.0, 38.5)]


async def add_places(r: Redis[Any]) -> None:
    await r.geoadd("g", [13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania"])
    await r.geoadd("g", [2.35, 48.85, "Paris"])


def found(flags: dict[str, Any], *names: str) -> list[Any]:
    """What a search finds, written as str."""
    given = [flag for flag, wanted in flags.items() if wanted]
    if not given:
        return list(names)
    return [(name, *(DETAILS[name][flag] for flag in given)) for name in names]


# --- adding and reading ----------------------------------------------------------------


async def test_geoadd_counts_what_it_added(r: Redis[Any]) -> None:
    check(await r.geoadd("g", (13.361389, "38.115556", b"Palermo")), 1)
    check(await r.geoadd("g", [13.4, 38.1, "Palermo", 15.087269, 37.502669, "Catania"]), 1)
    check(await r.geoadd("g", [13.361389, 38.115556, "Palermo"], ch=True), 1)
    check(await r.geoadd("g", [0, 0, "Palermo", 1, 1, "x"], nx=True), 1)
    check(await r.geoadd("g", [2, 2, "y", 1.5, 1, "x"], xx=True, ch=True), 1)
    check(await r.geopos("g", "Palermo", "y"), [PALERMO, None])
    with pytest.raises(ResponseError, match="invalid longitude,latitude pair"):
        await r.geoadd("g", [181, 0, "x"])
    await r.set("s", "v")
    with pytest.raises(WrongTypeError):
        await r.geoadd("s", [0, 0, "x"])


async def test_geodist_is_a_float_or_none(r: Redis[Any]) -> None:
    await add_places(r)
    check(await r.geodist("g", "Palermo", "Catania"), 166274.1516)
    check(await r.geodist("g", "Palermo", b"Catania", "km"), 166.2742)
    check(await r.geodist("g", "Palermo", "Catania", unit="mi"), 103.3182)
    check(await r.geodist("g", "Palermo", "Catania", "ft"), 545518.8700)
    check(await r.geodist("g", "Palermo", "nowhere"), None)
    check(await r.geodist("missing", "Palermo", "Catania"), None)


async def test_geohash_is_text_for_all_clients(r: Redis[Any]) -> None:
    await add_places(r)
    check(await r.geohash("g", "Palermo", "nowhere"), ["sqc8b49rny0", None])
    check(await r.geohash("missing", "x"), [None])


async def test_geopos_gives_tuples(r: Redis[Any]) -> None:
    await add_places(r)
    check(await r.geopos("g", "Catania", "nowhere", "Palermo"), [CATANIA, None, PALERMO])
    check(await r.geopos("missing", "x"), [None])


# --- searching -------------------------------------------------------------------------


@pytest.mark.parametrize("flags", DETAIL_FLAGS)
async def test_searches_give_the_details_asked_for(
    r: Redis[Any], t: Text, flags: dict[str, Any]
) -> None:
    await add_places(r)
    expected = t(found(flags, "Palermo", "Catania"))
    check(await r.geosearch("g", "Palermo", radius=200, unit="km", sort="ASC", **flags), expected)
    nearest: dict[str, Any] = {"sort": "asc", **flags}
    check(await r.georadiusbymember("g", "Palermo", 200, "km", **nearest), expected)
    check(await r.georadiusbymember_ro("g", "Palermo", 200, "km", **nearest), expected)
    if not flags["withdist"]:  # its last digits are not the same from a given point
        check(await r.georadius("g", *PALERMO, 200, "km", **nearest), expected)
        check(await r.georadius_ro("g", *PALERMO, 200, "km", **nearest), expected)


async def test_distances_are_floats_in_the_unit_asked_for(r: Redis[Any], t: Text) -> None:
    await add_places(r)
    check(await r.georadius("g", 15, 37, 100, "km", withdist=True), t([("Catania", 56.4413)]))
    check(await r.georadius_ro("g", 15, 37, 62, "mi", withdist=True), t([("Catania", 35.0711)]))
    in_meters = await r.geosearch("g", longitude=15, latitude=37, radius=1e5, withdist=True)
    check(in_meters, t([("Catania", 56441.2579)]))


async def test_geosearch_in_a_box(r: Redis[Any], t: Text) -> None:
    await add_places(r)
    box: dict[str, Any] = {"longitude": 15, "latitude": 37, "unit": "km", "height": 400}
    check(await r.geosearch("g", width=400, sort="DESC", **box), t(["Palermo", "Catania"]))
    check(await r.geosearch("g", width=200.5, **box), t(["Catania"]))
    check(await r.geosearch("g", "Palermo", width=0, height=0), t(["Palermo"]))
    check(await r.geosearch("g", "Palermo", radius=0), t(["Palermo"]))
    check(await r.geosearch("missing", "Palermo", radius=0), [])


async def test_searches_find_so_many_at_most(r: Redis[Any], t: Text) -> None:
    await add_places(r)
    check(await r.geosearch("g", "Catania", radius=200, unit="km", count=1), t(["Catania"]))
    check(await r.georadius("g", *CATANIA, 9e6, count=2, sort="DESC"), t(["Paris", "Palermo"]))
    check(len(await r.geosearch("g", "Catania", radius=9e6, count=2, any=True)), 2)
    check(len(await r.georadiusbymember("g", "Catania", 9e6, count=1, any=True)), 1)
    check(len(await r.georadiusbymember_ro("g", "Catania", 9e6, count=1, any=True)), 1)
    check(len(await r.georadius_ro("g", *CATANIA, 9e6, count=1, any=True)), 1)


async def test_searches_around_nowhere_are_errors(r: Redis[Any]) -> None:
    await add_places(r)
    calls: list[Callable[[], Awaitable[Any]]] = [
        lambda: r.geosearch("g", "nowhere", radius=1),
        lambda: r.georadiusbymember("g", "nowhere", 1),
        lambda: r.georadiusbymember_ro("g", "nowhere", 1),
        lambda: r.georadius("g", 0, 90, 1),
        lambda: r.georadius_ro("g", 0, 90, 1),
    ]
    for call in calls:
        with pytest.raises(ResponseError):
            await call()
    check(await r.georadiusbymember("missing", "nowhere", 1), [])


@lacking("GEOSEARCH … BYPOLYGON", "redis7", "redis8")
async def test_geosearch_in_a_polygon(r: Redis[Any], t: Text) -> None:
    await add_places(r)
    check(await r.geosearch("g", polygon=SICILY, sort="asc"), t(["Palermo", "Catania"]))
    (nearest,) = await r.geosearch("g", polygon=SICILY, count=1, withdist=True, withcoord=True)
    check(nearest, (t("Palermo"), nearest[1], PALERMO))
    assert 50_000 < nearest[1] < 100_000
    check(await r.geosearchstore("d", "g", polygon=SICILY[:3], storedist=True), 1)
    check([name for name, _ in await r.zrange("d", 0, -1, withscores=True)], t(["Catania"]))


# --- storing ---------------------------------------------------------------------------


async def test_what_is_found_can_be_stored(r: Redis[Any], t: Text) -> None:
    await add_places(r)
    near: dict[str, Any] = {"radius": 200, "unit": "km"}
    stored = t([("Palermo", 3479099956230698.0), ("Catania", 3479447370796909.0)])
    check(await r.geosearchstore("d", "g", "Palermo", **near), 2)
    check(await r.zrange("d", 0, -1, withscores=True), stored)
    check(await r.georadius("g", *PALERMO, 200, "km", store="d2"), 2)
    check(await r.zrange("d2", 0, -1, withscores=True), stored)
    check(await r.georadiusbymember("g", "Palermo", 200, "km", store="d3"), 2)
    check(await r.zrange("d3", 0, -1, withscores=True), stored)
    check(await r.geosearchstore("d", "g", "Palermo", radius=1, count=1, sort="DESC"), 1)
    check(await r.geosearchstore("d", "missing", "Palermo", **near), 0)
    check(await r.exists("d"), 0)


async def test_distances_can_be_stored(r: Redis[Any], t: Text) -> None:
    await add_places(r)
    check(await r.geosearchstore("d", "g", "Palermo", width=400, height=400, unit="km"), 2)
    near: dict[str, Any] = {"radius": 200, "unit": "km", "storedist": True}
    check(await r.geosearchstore("d", "g", "Palermo", **near), 2)
    check(await r.georadius("g", *PALERMO, 200, "km", store_dist="d2"), 2)
    check(await r.georadiusbymember("g", "Palermo", 200, "km", store_dist="d3"), 2)
    for key in ("d", "d2", "d3"):
        (first, near_by), (second, away) = await r.zrange(key, 0, -1, withscores=True)
        assert [first, second] == t(["Palermo", "Catania"])
        assert (round(near_by, 2), round(away, 2)) == (0.0, 166.27)


# --- what is sent, and what is refused before ------------------------------------------

refusing = WordsOnly()


def test_words_of_a_search() -> None:
    made: Any = refusing
    tail = ("ASC", b"COUNT", 5, "ANY")
    options: dict[str, Any] = {"sort": "asc", "count": 5, "any": True}
    assert made.geosearch("g", "m", radius=2, unit="KM", **options).words == (
        *(b"GEOSEARCH", "g", b"FROMMEMBER", "m", b"BYRADIUS", 2, "km", *tail),
    )
    assert made.geosearchstore("d", "g", None, 0, 0, "m", None, 1, 0, storedist=True).words == (
        *(b"GEOSEARCHSTORE", "d", "g", b"FROMLONLAT", 0, 0, b"BYBOX", 1, 0, "m", b"STOREDIST"),
    )
    assert made.geosearch("g", polygon=SICILY[:3]).words == (
        *(b"GEOSEARCH", "g", b"BYPOLYGON", 3, 12.0, 36.5, 16.0, 36.5, 16.0, 38.5),
    )
    # The options in redis-py's order, so that they may be given by place.
    by_place = (True, False, True, 5, "ASC", None, None, True)
    assert made.georadius("g", 1, 2, 3, "ft", *by_place).words == (
        *(b"GEORADIUS", "g", 1, 2, 3, "ft", *tail, "WITHDIST", "WITHHASH"),
    )


def test_geoadd_of_what_is_no_place_is_refused() -> None:
    with pytest.raises(DataError, match="values must hold at least one, got none"):
        refusing.geoadd("g", [])
    with pytest.raises(DataError, match="longitude, latitude and name for each place, got 4"):
        refusing.geoadd("g", [1, 2, "a", 3])
    with pytest.raises(DataError, match="nx and xx exclude each other"):
        refusing.geoadd("g", [1, 2, "a"], nx=True, xx=True)


@pytest.mark.parametrize("method", ["geohash", "geopos"])
def test_reading_of_no_place_is_refused(method: str) -> None:
    with pytest.raises(DataError, match="values must hold at least one, got none"):
        getattr(refusing, method)("g")


anything: Any = refusing
SEARCHES: list[Callable[..., Any]] = [
    lambda **options: anything.geosearch("g", "m", **{"radius": 1, **options}),
    lambda **options: anything.geosearchstore("d", "g", "m", **{"radius": 1, **options}),
    lambda **options: anything.georadius("g", 0, 0, **{"radius": 1, **options}),
    lambda **options: anything.georadius_ro("g", 0, 0, **{"radius": 1, **options}),
    lambda **options: anything.georadiusbymember("g", "m", **{"radius": 1, **options}),
    lambda **options: anything.georadiusbymember_ro("g", "m", **{"radius": 1, **options}),
]


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"unit": "miles"}, "unit must be one of m, km, ft, mi, got 'miles'"),
        ({"radius": -1}, "radius must be >= 0 and finite, got -1"),
        ({"radius": math.inf}, "radius must be >= 0 and finite, got inf"),
        ({"radius": "1"}, "radius must be a number, got str"),
        ({"radius": True}, "radius must be a number, got bool"),
        ({"count": 0}, "count must be > 0 places, got 0"),
        ({"any": True}, "any needs count"),
        ({"sort": "UP"}, "sort must be ASC or DESC, got 'UP'"),
    ],
)
def test_options_out_of_their_range_are_refused(
    search: Callable[..., Any], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        search(**options)


@pytest.mark.parametrize(
    ("area", "message"),
    [
        ({"radius": 1}, "give member, or longitude and latitude, got longitude=None"),
        ({"longitude": 1, "radius": 1}, "got longitude=1 and latitude=None"),
        ({"member": "a", "longitude": 0, "radius": 1}, "member and longitude exclude"),
        ({"member": "a", "latitude": 0, "radius": 1}, "member and latitude exclude"),
        ({"member": "a"}, "give radius, or width and height, got width=None and height=None"),
        ({"member": "a", "width": 1}, "got width=1 and height=None"),
        ({"member": "a", "radius": 1, "width": 0}, "radius and width exclude"),
        ({"member": "a", "radius": 1, "height": 0}, "radius and height exclude"),
        ({"member": "a", "width": -1, "height": 0}, "width must be >= 0 and finite, got -1"),
        ({"member": "a", "width": 1, "height": math.nan}, "height must be >= 0 and finite"),
        ({"polygon": SICILY, "member": "a"}, "polygon and member exclude"),
        ({"polygon": SICILY, "longitude": 0}, "polygon and longitude exclude"),
        ({"polygon": SICILY, "latitude": 0}, "polygon and latitude exclude"),
        ({"polygon": SICILY, "radius": 0}, "polygon and radius exclude"),
        ({"polygon": SICILY, "width": 0}, "polygon and width exclude"),
        ({"polygon": SICILY, "height": 0}, "polygon and height exclude"),
        ({"polygon": SICILY[:2]}, "polygon must have at least 3 corners, got 2"),
    ],
)
def test_areas_that_are_none_are_refused(area: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        refusing.geosearch("g", **area)
    with pytest.raises(DataError, match=message):
        refusing.geosearchstore("d", "g", **area)


@pytest.mark.parametrize("search", [SEARCHES[2], SEARCHES[4]])
def test_details_of_what_is_stored_are_refused(search: Callable[..., Any]) -> None:
    with pytest.raises(DataError, match="store and store_dist exclude each other"):
        search(store="d", store_dist="e")
    for key, flag in product(("store", "store_dist"), ("withdist", "withcoord", "withhash")):
        with pytest.raises(DataError, match=f"{key} and {flag} exclude each other"):
            search(**{key: "d", flag: True})


def test_geodist_in_an_unknown_unit_is_refused() -> None:
    anything: Any = refusing
    with pytest.raises(DataError, match="unit must be one of m, km, ft, mi, got 'nm'"):
        anything.geodist("g", "a", "b", "nm")
