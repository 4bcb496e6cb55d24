"""What type checkers make of the commands on places. Never run; ``test_typing`` has it checked."""

from __future__ import annotations

from typing import TypeAlias, TypeVar

from typing_extensions import assert_type

from redtrio.commands.geo import Coordinates, GeoCommands

T = TypeVar("T")


async def of_bytes(r: GeoCommands[bytes]) -> None:
    assert_type(await r.geoadd("g", [13.3, "38.1", b"a"], nx=True, ch=True), int)
    assert_type(await r.geoadd("g", (13.3, 38.1, "a")), int)
    assert_type(await r.geodist("g", "a", b"b", "km"), float | None)
    assert_type(await r.geohash("g", "a"), list[str | None])
    assert_type(await r.geopos("g", "a", b"b"), list[Coordinates | None])
    assert_type(await r.geopos("g", "a"), list[tuple[float, float] | None])
    assert_type(await r.geosearchstore("d", "g", "a", radius=1, storedist=True), int)
    assert_type(await r.geosearchstore("d", "g", polygon=[(1, 2), (3, 4), (5, 6.5)]), int)


async def searches_of_bytes(r: GeoCommands[bytes]) -> None:
    assert_type(await r.geosearch("g", "a", radius=1, unit="mi"), list[bytes])
    assert_type(await r.geosearch("g", member="a", width=1, height=2), list[bytes])
    found = await r.geosearch("g", longitude=1, latitude=2.5, radius=1, count=1, any=True)
    assert_type(found, list[bytes])
    assert_type(await r.geosearch("g", polygon=((1, 2), (3, 4), (5, 6)), sort="asc"), list[bytes])
    a_dist = await r.geosearch("g", "a", radius=1, withdist=True)
    assert_type(a_dist, list[tuple[bytes, float]])
    a_hash = await r.geosearch("g", "a", radius=1, withhash=True)
    assert_type(a_hash, list[tuple[bytes, int]])
    a_coord = await r.geosearch("g", "a", radius=1, withcoord=True)
    assert_type(a_coord, list[tuple[bytes, Coordinates]])
    dist_hash = await r.geosearch("g", "a", radius=1, withdist=True, withhash=True)
    assert_type(dist_hash, list[tuple[bytes, float, int]])
    dist_coord = await r.geosearch("g", "a", radius=1, withdist=True, withcoord=True)
    assert_type(dist_coord, list[tuple[bytes, float, Coordinates]])
    hash_coord = await r.geosearch("g", "a", radius=1, withcoord=True, withhash=True)
    assert_type(hash_coord, list[tuple[bytes, int, Coordinates]])
    every = await r.geosearch("g", "a", radius=1, withdist=True, withcoord=True, withhash=True)
    assert_type(every, list[tuple[bytes, float, int, Coordinates]])


async def radius_of_bytes(r: GeoCommands[bytes]) -> None:
    assert_type(await r.georadius("g", 1, 2.5, 3), list[bytes])
    assert_type(await r.georadius("g", 1, 2, 3, "km", count=1, sort="DESC"), list[bytes])
    a_dist = await r.georadius("g", 1, 2, 3, withdist=True, any=True, count=1)
    assert_type(a_dist, list[tuple[bytes, float]])
    a_hash = await r.georadius("g", 1, 2, 3, withhash=True)
    assert_type(a_hash, list[tuple[bytes, int]])
    a_coord = await r.georadius("g", 1, 2, 3, withcoord=True)
    assert_type(a_coord, list[tuple[bytes, Coordinates]])
    dist_hash = await r.georadius("g", 1, 2, 3, withdist=True, withhash=True)
    assert_type(dist_hash, list[tuple[bytes, float, int]])
    dist_coord = await r.georadius("g", 1, 2, 3, withdist=True, withcoord=True)
    assert_type(dist_coord, list[tuple[bytes, float, Coordinates]])
    hash_coord = await r.georadius("g", 1, 2, 3, withhash=True, withcoord=True)
    assert_type(hash_coord, list[tuple[bytes, int, Coordinates]])
    every = await r.georadius("g", 1, 2, 3, withdist=True, withhash=True, withcoord=True)
    assert_type(every, list[tuple[bytes, float, int, Coordinates]])
    assert_type(await r.georadius("g", 1, 2, 3, store="d"), int)
    assert_type(await r.georadius("g", 1, 2, 3, store_dist=b"d", count=2), int)


async def radius_by_member_of_bytes(r: GeoCommands[bytes]) -> None:
    assert_type(await r.georadiusbymember("g", "a", 3, "ft"), list[bytes])
    a_dist = await r.georadiusbymember("g", "a", 3, withdist=True)
    assert_type(a_dist, list[tuple[bytes, float]])
    a_hash = await r.georadiusbymember("g", "a", 3, withhash=True)
    assert_type(a_hash, list[tuple[bytes, int]])
    a_coord = await r.georadiusbymember("g", "a", 3, withcoord=True)
    assert_type(a_coord, list[tuple[bytes, Coordinates]])
    dist_hash = await r.georadiusbymember("g", "a", 3, withdist=True, withhash=True)
    assert_type(dist_hash, list[tuple[bytes, float, int]])
    dist_coord = await r.georadiusbymember("g", "a", 3, withdist=True, withcoord=True)
    assert_type(dist_coord, list[tuple[bytes, float, Coordinates]])
    hash_coord = await r.georadiusbymember("g", "a", 3, withhash=True, withcoord=True)
    assert_type(hash_coord, list[tuple[bytes, int, Coordinates]])
    every = await r.georadiusbymember("g", "a", 3, withdist=True, withhash=True, withcoord=True)
    assert_type(every, list[tuple[bytes, float, int, Coordinates]])
    assert_type(await r.georadiusbymember("g", "a", 3, store="d"), int)
    assert_type(await r.georadiusbymember("g", "a", 3, store_dist="d"), int)


async def radius_ro_of_bytes(r: GeoCommands[bytes]) -> None:
    assert_type(await r.georadius_ro("g", 1, 2, 3), list[bytes])
    a_dist = await r.georadius_ro("g", 1, 2, 3, withdist=True)
    assert_type(a_dist, list[tuple[bytes, float]])
    a_hash = await r.georadius_ro("g", 1, 2, 3, withhash=True)
    assert_type(a_hash, list[tuple[bytes, int]])
    a_coord = await r.georadius_ro("g", 1, 2, 3, withcoord=True)
    assert_type(a_coord, list[tuple[bytes, Coordinates]])
    dist_hash = await r.georadius_ro("g", 1, 2, 3, withdist=True, withhash=True)
    assert_type(dist_hash, list[tuple[bytes, float, int]])
    dist_coord = await r.georadius_ro("g", 1, 2, 3, withdist=True, withcoord=True)
    assert_type(dist_coord, list[tuple[bytes, float, Coordinates]])
    hash_coord = await r.georadius_ro("g", 1, 2, 3, withhash=True, withcoord=True)
    assert_type(hash_coord, list[tuple[bytes, int, Coordinates]])
    every = await r.georadius_ro("g", 1, 2, 3, withdist=True, withhash=True, withcoord=True)
    assert_type(every, list[tuple[bytes, float, int, Coordinates]])


async def radius_by_member_ro_of_bytes(r: GeoCommands[bytes]) -> None:
    assert_type(await r.georadiusbymember_ro("g", "a", 3), list[bytes])
    a_dist = await r.georadiusbymember_ro("g", "a", 3, withdist=True)
    assert_type(a_dist, list[tuple[bytes, float]])
    a_hash = await r.georadiusbymember_ro("g", "a", 3, withhash=True)
    assert_type(a_hash, list[tuple[bytes, int]])
    a_coord = await r.georadiusbymember_ro("g", "a", 3, withcoord=True)
    assert_type(a_coord, list[tuple[bytes, Coordinates]])
    dist_hash = await r.georadiusbymember_ro("g", "a", 3, withdist=True, withhash=True)
    assert_type(dist_hash, list[tuple[bytes, float, int]])
    dist_coord = await r.georadiusbymember_ro("g", "a", 3, withdist=True, withcoord=True)
    assert_type(dist_coord, list[tuple[bytes, float, Coordinates]])
    hash_coord = await r.georadiusbymember_ro("g", "a", 3, withhash=True, withcoord=True)
    assert_type(hash_coord, list[tuple[bytes, int, Coordinates]])
    every = await r.georadiusbymember_ro("g", "a", 3, withdist=True, withhash=True, withcoord=True)
    assert_type(every, list[tuple[bytes, float, int, Coordinates]])


async def of_str(r: GeoCommands[str]) -> None:
    assert_type(await r.geohash("g", "a"), list[str | None])
    assert_type(await r.geosearch("g", "a", radius=1), list[str])
    a_dist = await r.geosearch("g", "a", radius=1, withdist=True)
    assert_type(a_dist, list[tuple[str, float]])
    every = await r.geosearch("g", "a", radius=1, withdist=True, withcoord=True, withhash=True)
    assert_type(every, list[tuple[str, float, int, Coordinates]])
    assert_type(await r.georadius("g", 1, 2, 3), list[str])
    coords = await r.georadius("g", 1, 2, 3, withcoord=True)
    assert_type(coords, list[tuple[str, Coordinates]])
    hashes = await r.georadiusbymember("g", "a", 3, withhash=True)
    assert_type(hashes, list[tuple[str, int]])
    both = await r.georadius_ro("g", 1, 2, 3, withdist=True, withcoord=True)
    assert_type(both, list[tuple[str, float, Coordinates]])
    assert_type(await r.georadiusbymember_ro("g", "a", 3), list[str])


Places: TypeAlias = (
    list[T]
    | list[tuple[T, float]]
    | list[tuple[T, int]]
    | list[tuple[T, Coordinates]]
    | list[tuple[T, float, int]]
    | list[tuple[T, float, Coordinates]]
    | list[tuple[T, int, Coordinates]]
    | list[tuple[T, float, int, Coordinates]]
)


async def plain_bools(r: GeoCommands[bytes], s: GeoCommands[str], flag: bool) -> None:
    found = await r.geosearch("g", "a", radius=1, withdist=flag)
    assert_type(found, Places[bytes])
    found = await r.geosearch("g", "a", radius=1, withdist=flag, withhash=True, withcoord=flag)
    assert_type(found, Places[bytes])
    assert_type(await r.georadius("g", 1, 2, 3, withhash=flag, count=1), Places[bytes])
    assert_type(await r.georadiusbymember("g", "a", 3, withcoord=flag), Places[bytes])
    assert_type(await r.georadius_ro("g", 1, 2, 3, withcoord=flag), Places[bytes])
    assert_type(await r.georadiusbymember_ro("g", "a", 3, withdist=flag), Places[bytes])
    assert_type(await s.geosearch("g", "a", radius=1, withcoord=flag), Places[str])
    assert_type(await s.georadius("g", 1, 2, 3, withdist=flag, withhash=flag), Places[str])


def refused(r: GeoCommands[bytes], flag: bool) -> None:
    r.geodist("g", "a", "b", "miles")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.geosearch("g", "a", radius=1, sort="UP")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    r.georadius("g", 1, 2, 3, store="d", withdist=True)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    r.georadius("g", 1, 2, 3, store="d", withdist=flag)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
