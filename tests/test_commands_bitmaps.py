"""The commands on the bits of strings, on real servers, for clients of bytes and of str."""

from __future__ import annotations

from typing import Any

import pytest
from command_client import WordsOnly, check, lacking

from redtrio import Redis
from redtrio.commands.bitfields import BitField
from redtrio.exceptions import DataError, ResponseError, WrongTypeError

ON_REDIS_8 = lacking("BITOP DIFF", "valkey", "redis7")


async def bits(r: Redis[Any], key: str) -> bytes | None:
    """What a key holds, which need not be text."""
    value = await r.with_options(decode_responses=False).get(key)
    assert value is None or isinstance(value, bytes)
    return value


# --- bits ------------------------------------------------------------------------------


async def test_setbit_gives_the_bit_before(r: Redis[Any]) -> None:
    check(await r.setbit("k", 7, 1), 0)
    check(await r.setbit("k", 7, True), 1)
    check(await r.setbit("k", 7, 0), 1)
    check(await r.setbit("k", 9, 1), 0)
    check(await bits(r, "k"), b"\x00\x40")
    check(await r.setbit("k", 9, False), 1)
    with pytest.raises(ResponseError, match="bit offset is not an integer or out of range"):
        await r.setbit("k", 2**32, 1)
    await r.lpush("l", "a")
    with pytest.raises(WrongTypeError):
        await r.setbit("l", 0, 1)


async def test_getbit(r: Redis[Any]) -> None:
    await r.set("k", b"\x40")
    check([await r.getbit("k", place) for place in (0, 1, 8)], [0, 1, 0])
    check(await r.getbit("missing", 5), 0)


async def test_bitcount(r: Redis[Any]) -> None:
    await r.set("k", b"\xff\xf0\x01")
    check(await r.bitcount("k"), 13)
    check(await r.bitcount("k", 1, -1), 5)
    check(await r.bitcount("k", 1, 1, "byte"), 4)
    check(await r.bitcount("k", 4, 9, mode="BIT"), 6)
    check(await r.bitcount("missing"), 0)


@lacking("BITCOUNT without an end", "redis7", "redis8")
async def test_bitcount_from_a_place_on(r: Redis[Any]) -> None:
    await r.set("k", b"\xff\xf0\x01")
    check(await r.bitcount("k", 1), 5)


async def test_bitpos(r: Redis[Any]) -> None:
    await r.set("k", b"\xff\xf0\x01")
    check(await r.bitpos("k", 0), 12)
    check(await r.bitpos("k", 1, 2), 23)
    check(await r.bitpos("k", 1, start=1, end=1), 8)
    check(await r.bitpos("k", 0, 0, 0), -1)
    check(await r.bitpos("k", 1, 9, 15, "BIT"), 9)
    check(await r.bitpos("k", 1, -1, -1, "byte"), 23)
    await r.set("full", b"\xff")
    check(await r.bitpos("full", 0), 8)
    check(await r.bitpos("missing", 1), -1)


@pytest.mark.parametrize(
    ("operation", "keys", "result"),
    [
        ("AND", ("a", "b"), b"\x30\x00"),
        ("and", ("a",), b"\xf0"),
        ("OR", ("a", "b"), b"\xfc\x01"),
        ("XOR", ("a", "b", "b"), b"\xf0\x00"),
        ("xor", ("a", "b"), b"\xcc\x01"),
        ("NOT", ("b",), b"\xc3\xfe"),
    ],
)
async def test_bitop(r: Redis[Any], operation: Any, keys: tuple[str, ...], result: bytes) -> None:
    await r.mset({"a": b"\xf0", "b": b"\x3c\x01"})
    check(await r.bitop(operation, "d", *keys), len(result))
    check(await bits(r, "d"), result)
    check(await r.bitop("AND", "d", "missing"), 0)
    check(await r.exists("d"), 0)


@ON_REDIS_8
@pytest.mark.parametrize(
    ("operation", "keys", "result"),
    [
        ("DIFF", ("a", "b"), b"\xc0\x00"),
        ("DIFF1", ("a", "b"), b"\x0c\x01"),
        ("ANDOR", ("a", "b", "c"), b"\xb0\x00"),
        ("ONE", ("a", "b", "c"), b"\x4f\x01"),
        ("one", ("a",), b"\xf0"),
    ],
)
async def test_bitop_of_redis_8(
    r: Redis[Any], operation: Any, keys: tuple[str, ...], result: bytes
) -> None:
    await r.mset({"a": b"\xf0", "b": b"\x3c\x01", "c": b"\x83"})
    check(await r.bitop(operation, "d", *keys), len(result))
    check(await bits(r, "d"), result)


# --- bitfields -------------------------------------------------------------------------


async def test_bitfield_gives_the_result_of_each_operation(r: Redis[Any]) -> None:
    fields = r.bitfield("k").set("u8", 0, 255).get("u4", "#1").incrby("u8", "#0", 3)
    check(await fields.execute(), [0, 15, 2])
    check(await r.bitfield("k").set("i5", 100, -3).get("i5", 100).execute(), [0, -3])
    check(await r.bitfield("missing").get("u63", 7).execute(), [0])
    check(await r.bitfield("k").execute(), [])
    await r.lpush("l", "a")
    with pytest.raises(WrongTypeError):
        await r.bitfield("l").get("u1", 0).execute()


async def test_bitfield_overflows_as_told(r: Redis[Any]) -> None:
    fields = r.bitfield("k").set("u8", 0, 250)
    fields.incrby("u8", 0, 10).overflow("SAT").incrby("u8", 0, 300)
    fields.incrby("u8", 0, 1, "FAIL").set("u8", 0, 256).incrby("u8", 0, 1, overflow="wrap")
    check(await fields.execute(), [0, 4, 255, None, None, 0])
    check(await r.bitfield("k", "sat").incrby("i4", 0, 9).execute(), [7])


async def test_bitfield_begins_anew_after_each_execution(r: Redis[Any]) -> None:
    fields = r.bitfield("k", "FAIL")
    check(await fields.set("u2", 0, 3).incrby("u2", 0, 1).execute(), [0, None])
    check(await fields.incrby("u2", 0, 1, "SAT").execute(), [3])
    check(await fields.incrby("u2", 0, 1).execute(), [None])
    fields.set("u2", 0, 0).reset()
    check(await fields.get("u2", 0).execute(), [3])


async def test_bitfield_in_a_pipeline_is_queued(r: Redis[Any]) -> None:
    async with r.pipeline() as pipe:
        first = pipe.bitfield("k").set("u8", 0, 7).execute()
        fields = pipe.bitfield("k").get("u8", 0).get("u4", 4)
        assert len(pipe) == 1
        fields.execute()
        check(await pipe.execute(), [[0], [7, 7]])
        check(await first, [0])


async def test_bitfield_ro(r: Redis[Any]) -> None:
    await r.set("k", b"\xf3\x80")
    check(await r.bitfield_ro("k", "u4", 0), [15])
    check(await r.bitfield_ro("k", "u4", "#1", [("i8", "#1"), ("u1", 6)]), [3, -128, 1])
    check(await r.bitfield_ro("missing", "i64", 0, []), [0])


# --- what is sent, and what is refused before ------------------------------------------

refusing = WordsOnly()


def test_words_of_a_bitfield() -> None:
    made: Any = refusing
    fields = made.bitfield("k").overflow("WRAP").get("u8", 0).overflow("fail").overflow("FAIL")
    assert fields.incrby("i4", "#2", -1, "SAT").set("i4", 3, 2).execute().words == (
        *(b"BITFIELD", "k", b"GET", "u8", 0, b"OVERFLOW", "FAIL", b"OVERFLOW", "SAT"),
        *(b"INCRBY", "i4", "#2", -1, b"SET", "i4", 3, 2),
    )
    assert made.bitfield("k", "SAT").get("u8", 0).execute().words == (
        *(b"BITFIELD", "k", b"OVERFLOW", "SAT", b"GET", "u8", 0),
    )


def test_bitfield_shows_how_much_it_holds() -> None:
    fields = refusing.bitfield("secret").get("u8", 0).overflow("SAT").set("u8", 0, 77)
    assert repr(fields) == "<BitField of 2 operations>"


@pytest.mark.parametrize("fmt", ["u0", "u64", "i0", "i65", "8", "", "U8", "u08", b"u8", 8])
def test_formats_that_are_none_are_refused(fmt: Any) -> None:
    message = r"must be 'u1' to 'u63' or 'i1' to 'i64', got "
    for call in (
        lambda: refusing.bitfield("k").get(fmt, 0),
        lambda: refusing.bitfield("k").set(fmt, 0, 1),
        lambda: refusing.bitfield("k").incrby(fmt, 0, 1),
        lambda: refusing.bitfield_ro("k", fmt, 0),
        lambda: refusing.bitfield_ro("k", "u8", 0, [(fmt, 0)]),
    ):
        with pytest.raises(DataError, match=message):
            call()


@pytest.mark.parametrize("fmt", ["u1", "u63", "i1", "i64"])
def test_formats_at_their_limits_are_accepted(fmt: str) -> None:
    assert "of 1 operations" in repr(refusing.bitfield("k").get(fmt, 0))


@pytest.mark.parametrize("offset", [-1, "#-1", "#", "", "1.5", "##1", "²", 1.0, True, None, b"x"])
def test_offsets_that_are_none_are_refused(offset: Any) -> None:
    for call in (
        lambda: refusing.bitfield("k").get("u8", offset),
        lambda: refusing.bitfield_ro("k", "u8", offset),
    ):
        with pytest.raises(DataError, match="offset must be"):
            call()


def test_a_refused_operation_leaves_no_trace() -> None:
    anything: Any = refusing
    fields: BitField = anything.bitfield("k")
    with pytest.raises(DataError):
        fields.incrby("u9x", 0, 1, "SAT")
    with pytest.raises(DataError, match="overflow must be WRAP or SAT or FAIL, got 'CLAMP'"):
        anything.bitfield("k").overflow("CLAMP")
    with pytest.raises(DataError, match="default_overflow must be WRAP or SAT or FAIL, got 'X'"):
        anything.bitfield("k", "X")
    with pytest.raises(DataError, match="increment must be a whole number of steps, got float"):
        anything.bitfield("k").incrby("u8", 0, 1.5)
    with pytest.raises(DataError, match="value must be a whole number of steps, got str"):
        anything.bitfield("k").set("u8", 0, "one")
    made: Any = fields.get("u8", 0).execute()
    assert made.words == (b"BITFIELD", "k", b"GET", "u8", 0)


def test_wrong_arguments_are_refused_by_name() -> None:
    anything: Any = refusing
    with pytest.raises(DataError, match="offset must be >= 0 bits, got -1"):
        refusing.getbit("k", -1)
    with pytest.raises(DataError, match="offset must be >= 0 bits, got -1"):
        refusing.setbit("k", -1, 1)
    with pytest.raises(DataError, match="value must be 0 or 1, got 2"):
        refusing.setbit("k", 1, 2)
    with pytest.raises(DataError, match="bit must be 0 or 1, got '1'"):
        anything.bitpos("k", "1")
    with pytest.raises(DataError, match=r"operation must be AND or OR or .* got 'NAND'"):
        anything.bitop("NAND", "d", "a")
    with pytest.raises(DataError, match="keys of AND must be at least 1, got 0"):
        refusing.bitop("AND", "d")
    with pytest.raises(DataError, match="keys of NOT must be just 1, got 2"):
        refusing.bitop("NOT", "d", "a", "b")
    with pytest.raises(DataError, match="keys of DIFF must be at least 2, got 1"):
        refusing.bitop("DIFF", "d", "a")
    for method in (anything.bitcount, lambda key, *given: anything.bitpos(key, 1, *given)):
        with pytest.raises(DataError, match="end needs start, got end=1 alone"):
            method("k", None, 1)
        with pytest.raises(DataError, match="mode needs start and end, got mode='BIT'"):
            method("k", 0, None, "BIT")
        with pytest.raises(DataError, match="mode must be BYTE or BIT, got 'NIBBLE'"):
            method("k", 0, 1, "NIBBLE")
