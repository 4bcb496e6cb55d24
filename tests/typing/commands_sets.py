"""What type checkers make of the commands on sets. Never run; ``test_typing`` has it checked."""

from __future__ import annotations

from typing_extensions import assert_type

from redtrio.commands.sets import SetCommands


async def of_bytes(r: SetCommands[bytes]) -> None:
    assert_type(await r.sadd("s", "a", b"b", 3), int)
    assert_type(await r.srem("s", "a"), int)
    assert_type(await r.scard("s"), int)
    assert_type(await r.smembers("s"), set[bytes])
    assert_type(await r.sismember("s", "a"), bool)
    assert_type(await r.smismember("s", ["a"], "b"), list[bool])
    assert_type(await r.smove("s", "d", "a"), bool)
    assert_type(await r.sdiff("s", "u"), set[bytes])
    assert_type(await r.sinter(["s", "u"]), set[bytes])
    assert_type(await r.sunion({"s", "u"}), set[bytes])
    assert_type(await r.sdiffstore("d", "s", "u"), int)
    assert_type(await r.sinterstore("d", ["s"]), int)
    assert_type(await r.sunionstore("d", ["s"]), int)
    assert_type(await r.sintercard(1, ["s"], limit=2), int)
    assert_type(await r.spop("s"), bytes | None)
    assert_type(await r.spop("s", 2), set[bytes])
    assert_type(await r.srandmember("s"), bytes | None)
    assert_type(await r.srandmember("s", -2), list[bytes])
    assert_type(await r.sscan("s"), tuple[int, list[bytes]])
    async for member in r.sscan_iter("s", match="a*"):
        assert_type(member, bytes)


async def of_str(r: SetCommands[str]) -> None:
    assert_type(await r.sadd("s", "a", b"b", 3), int)
    assert_type(await r.srem("s", "a"), int)
    assert_type(await r.scard("s"), int)
    assert_type(await r.smembers("s"), set[str])
    assert_type(await r.sismember("s", "a"), bool)
    assert_type(await r.smismember("s", ["a"], "b"), list[bool])
    assert_type(await r.smove("s", "d", "a"), bool)
    assert_type(await r.sdiff("s", "u"), set[str])
    assert_type(await r.sinter(["s", "u"]), set[str])
    assert_type(await r.sunion({"s", "u"}), set[str])
    assert_type(await r.sdiffstore("d", "s", "u"), int)
    assert_type(await r.sinterstore("d", ["s"]), int)
    assert_type(await r.sunionstore("d", ["s"]), int)
    assert_type(await r.sintercard(1, ["s"], limit=2), int)
    assert_type(await r.spop("s"), str | None)
    assert_type(await r.spop("s", 2), set[str])
    assert_type(await r.srandmember("s"), str | None)
    assert_type(await r.srandmember("s", -2), list[str])
    assert_type(await r.sscan("s"), tuple[int, list[str]])
    async for member in r.sscan_iter("s", match="a*"):
        assert_type(member, str)


def refused(r: SetCommands[bytes]) -> None:
    r.sadd("s", None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.spop("s", "2")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
