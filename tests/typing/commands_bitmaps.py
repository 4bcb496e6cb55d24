"""What type checkers make of the commands on bits. Never run; ``test_typing`` has it checked."""

from __future__ import annotations

from typing_extensions import assert_type

from redtrio.commands.bitfields import BitField
from redtrio.commands.bitmaps import BitmapCommands


async def of_bytes(r: BitmapCommands[bytes]) -> None:
    assert_type(await r.setbit("k", 7, 1), int)
    assert_type(await r.setbit(b"k", 7, True), int)
    assert_type(await r.getbit("k", 7), int)
    assert_type(await r.bitcount("k"), int)
    assert_type(await r.bitcount("k", 0, -1, "BIT"), int)
    assert_type(await r.bitpos("k", 1), int)
    assert_type(await r.bitpos("k", 0, start=1, end=2, mode="byte"), int)
    assert_type(await r.bitop("AND", "d", "a", b"b"), int)
    assert_type(await r.bitop("diff1", "d", "a", "b"), int)
    assert_type(await r.bitfield_ro("k", "u8", 0), list[int])
    assert_type(await r.bitfield_ro("k", "u8", "#1", [("i4", 0), ("u1", "#3")]), list[int])
    assert_type(r.bitfield("k", "SAT"), BitField)
    fields = r.bitfield("k").set("u8", 0, 1).incrby("i4", "#2", -1, "FAIL").get("u1", 7)
    assert_type(fields.overflow("wrap"), BitField)
    assert_type(await fields.execute(), list[int | None])
    fields.reset()


async def of_str(r: BitmapCommands[str]) -> None:
    assert_type(await r.setbit("k", 7, 1), int)
    assert_type(await r.bitop("NOT", "d", "a"), int)
    assert_type(await r.bitfield_ro("k", "u8", 0), list[int])
    assert_type(await r.bitfield("k").get("u8", 0).execute(), list[int | None])


def refused(r: BitmapCommands[bytes]) -> None:
    r.bitop("NAND", "d", "a")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.bitcount("k", 0, 1, "BITS")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.bitfield("k", "CLAMP")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.setbit("k", "7", 1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
