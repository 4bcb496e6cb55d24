"""What type checkers make of the commands on lists. Never run; ``test_typing`` has it checked."""

from __future__ import annotations

from typing_extensions import assert_type

from redtrio.commands.lists import ListCommands


async def of_bytes(r: ListCommands[bytes]) -> None:
    assert_type(await r.lpush("l", "a", b"b", 3, 1.5), int)
    assert_type(await r.rpush("l", "a"), int)
    assert_type(await r.lpushx("l", "a"), int)
    assert_type(await r.rpushx("l", "a"), int)
    assert_type(await r.lrange("l", 0, -1), list[bytes])
    assert_type(await r.lindex("l", 0), bytes | None)
    assert_type(await r.linsert("l", "BEFORE", "a", "b"), int)
    assert_type(await r.llen("l"), int)
    assert_type(await r.lrem("l", 0, "a"), int)
    assert_type(await r.lset("l", 0, "a"), bool)
    assert_type(await r.ltrim("l", 0, 1), bool)
    assert_type(await r.lpop("l"), bytes | None)
    assert_type(await r.lpop("l", 2), list[bytes] | None)
    assert_type(await r.rpop("l"), bytes | None)
    assert_type(await r.rpop("l", count=2), list[bytes] | None)
    assert_type(await r.lpos("l", "a"), int | None)
    assert_type(await r.lpos("l", "a", 1, maxlen=5), int | None)
    assert_type(await r.lpos("l", "a", count=2), list[int])
    assert_type(await r.lpos("l", "a", 1, 2), list[int])
    assert_type(await r.lmove("l", "m", "LEFT", "right"), bytes | None)
    assert_type(await r.rpoplpush("l", "m"), bytes | None)
    assert_type(await r.lmpop(1, "l", direction="LEFT"), tuple[bytes, list[bytes]] | None)
    assert_type(await r.blmove("l", "m", 1.5), bytes | None)
    assert_type(await r.brpoplpush("l", "m", timeout=None), bytes | None)
    assert_type(await r.blpop("l"), tuple[bytes, bytes] | None)
    assert_type(await r.brpop(["l", b"m"], 1), tuple[bytes, bytes] | None)
    popped = await r.blmpop(None, 1, "l", direction="RIGHT", count=2)
    assert_type(popped, tuple[bytes, list[bytes]] | None)


async def of_str(r: ListCommands[str]) -> None:
    assert_type(await r.lpush("l", "a", b"b", 3, 1.5), int)
    assert_type(await r.rpush("l", "a"), int)
    assert_type(await r.lpushx("l", "a"), int)
    assert_type(await r.rpushx("l", "a"), int)
    assert_type(await r.lrange("l", 0, -1), list[str])
    assert_type(await r.lindex("l", 0), str | None)
    assert_type(await r.linsert("l", "BEFORE", "a", "b"), int)
    assert_type(await r.llen("l"), int)
    assert_type(await r.lrem("l", 0, "a"), int)
    assert_type(await r.lset("l", 0, "a"), bool)
    assert_type(await r.ltrim("l", 0, 1), bool)
    assert_type(await r.lpop("l"), str | None)
    assert_type(await r.lpop("l", 2), list[str] | None)
    assert_type(await r.rpop("l"), str | None)
    assert_type(await r.rpop("l", count=2), list[str] | None)
    assert_type(await r.lpos("l", "a"), int | None)
    assert_type(await r.lpos("l", "a", 1, maxlen=5), int | None)
    assert_type(await r.lpos("l", "a", count=2), list[int])
    assert_type(await r.lpos("l", "a", 1, 2), list[int])
    assert_type(await r.lmove("l", "m", "LEFT", "right"), str | None)
    assert_type(await r.rpoplpush("l", "m"), str | None)
    assert_type(await r.lmpop(1, "l", direction="LEFT"), tuple[str, list[str]] | None)
    assert_type(await r.blmove("l", "m", 1.5), str | None)
    assert_type(await r.brpoplpush("l", "m", timeout=None), str | None)
    assert_type(await r.blpop("l"), tuple[str, str] | None)
    assert_type(await r.brpop(["l", b"m"], 1), tuple[str, str] | None)
    popped = await r.blmpop(None, 1, "l", direction="RIGHT", count=2)
    assert_type(popped, tuple[str, list[str]] | None)


def refused(r: ListCommands[bytes]) -> None:
    r.lpush("l", None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.lmove("l", "m", "UP")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.blpop("l", "1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
