"""What type checkers make of the commands in ``redtrio.commands.keys``. Never run."""

from __future__ import annotations

from datetime import datetime, timedelta

from typing_extensions import assert_type

from redtrio.commands._scan import ScanIterator
from redtrio.commands.keys import KeyCommands


async def use_bytes(r: KeyCommands[bytes]) -> None:
    assert_type(await r.copy("a", "b"), bool)
    assert_type(await r.delete("a", b"b"), int)
    assert_type(await r.dump("k"), bytes | None)
    assert_type(await r.exists("a"), int)
    assert_type(await r.expire("k", timedelta(1), nx=True), bool)
    assert_type(await r.expireat("k", datetime.now()), bool)
    assert_type(await r.expiretime("k"), int)
    assert_type(await r.keys(), list[bytes])
    assert_type(await r.migrate("h", 1, ["a"], 0, 1), bool)
    assert_type(await r.move("k", 1), bool)
    assert_type(await r.object("ENCODING", "k"), bytes | None)
    assert_type(await r.object("FREQ", "k"), int | None)
    assert_type(await r.object("IDLETIME", "k"), int | None)
    assert_type(await r.object("refcount", "k"), int | None)
    assert_type(await r.persist("k"), bool)
    assert_type(await r.pexpire("k", 5, xx=True, gt=True), bool)
    assert_type(await r.pexpireat("k", datetime.now(), lt=True), bool)
    assert_type(await r.pexpiretime("k"), int)
    assert_type(await r.pttl("k"), int)
    assert_type(await r.randomkey(), bytes | None)
    assert_type(await r.rename("a", "b"), bool)
    assert_type(await r.renamenx("a", "b"), bool)
    assert_type(await r.restore("k", 0, b""), bool)
    assert_type(await r.scan(), tuple[int, list[bytes]])
    assert_type(await r.sort("l"), list[bytes])
    assert_type(await r.sort("l", 0, 1, desc=True), list[bytes])
    assert_type(await r.sort("l", get="#"), list[bytes | None])
    assert_type(await r.sort("l", get=["#", "w*"], groups=True), list[tuple[bytes | None, ...]])
    assert_type(await r.sort("l", groups=False), list[bytes])
    assert_type(await r.sort("l", get=["#", "w*"], groups=False), list[bytes | None])
    assert_type(await r.sort("l", store="d"), int)
    assert_type(await r.sort("l", get="#", store="d", groups=False), int)
    assert_type(await r.sort_ro("l"), list[bytes])
    assert_type(await r.sort_ro("l", get="#"), list[bytes | None])
    assert_type(await r.touch("a"), int)
    assert_type(await r.ttl("k"), int)
    assert_type(await r.type("k"), bytes)
    assert_type(await r.unlink("k"), int)
    assert_type(await r.wait(1), int)
    assert_type(await r.waitaof(0, 1, 100), tuple[int, int])
    assert_type(r.scan_iter(match="a*"), ScanIterator[bytes])


async def use_str(r: KeyCommands[str]) -> None:
    assert_type(await r.copy("a", "b"), bool)
    assert_type(await r.delete("a", b"b"), int)
    assert_type(await r.dump("k"), bytes | None)
    assert_type(await r.exists("a"), int)
    assert_type(await r.expire("k", timedelta(1), nx=True), bool)
    assert_type(await r.expireat("k", datetime.now()), bool)
    assert_type(await r.expiretime("k"), int)
    assert_type(await r.keys(), list[str])
    assert_type(await r.migrate("h", 1, ["a"], 0, 1), bool)
    assert_type(await r.move("k", 1), bool)
    assert_type(await r.object("ENCODING", "k"), str | None)
    assert_type(await r.object("FREQ", "k"), int | None)
    assert_type(await r.object("IDLETIME", "k"), int | None)
    assert_type(await r.object("refcount", "k"), int | None)
    assert_type(await r.persist("k"), bool)
    assert_type(await r.pexpire("k", 5, xx=True, gt=True), bool)
    assert_type(await r.pexpireat("k", datetime.now(), lt=True), bool)
    assert_type(await r.pexpiretime("k"), int)
    assert_type(await r.pttl("k"), int)
    assert_type(await r.randomkey(), str | None)
    assert_type(await r.rename("a", "b"), bool)
    assert_type(await r.renamenx("a", "b"), bool)
    assert_type(await r.restore("k", 0, b""), bool)
    assert_type(await r.scan(), tuple[int, list[str]])
    assert_type(await r.sort("l"), list[str])
    assert_type(await r.sort("l", 0, 1, desc=True), list[str])
    assert_type(await r.sort("l", get="#"), list[str | None])
    assert_type(await r.sort("l", get=["#", "w*"], groups=True), list[tuple[str | None, ...]])
    assert_type(await r.sort("l", groups=False), list[str])
    assert_type(await r.sort("l", get=["#", "w*"], groups=False), list[str | None])
    assert_type(await r.sort("l", store="d"), int)
    assert_type(await r.sort("l", get="#", store="d", groups=False), int)
    assert_type(await r.sort_ro("l"), list[str])
    assert_type(await r.sort_ro("l", get="#"), list[str | None])
    assert_type(await r.touch("a"), int)
    assert_type(await r.ttl("k"), int)
    assert_type(await r.type("k"), str)
    assert_type(await r.unlink("k"), int)
    assert_type(await r.wait(1), int)
    assert_type(await r.waitaof(0, 1, 100), tuple[int, int])
    assert_type(r.scan_iter(match="a*"), ScanIterator[str])


async def plain_bools(r: KeyCommands[bytes], s: KeyCommands[str], flag: bool) -> None:
    found = await r.sort("l", get=["#", "w*"], groups=flag)
    assert_type(found, list[bytes | None] | list[tuple[bytes | None, ...]])
    words = await s.sort("l", get=["#", "w*"], groups=flag)
    assert_type(words, list[str | None] | list[tuple[str | None, ...]])


def misuse(r: KeyCommands[str], flag: bool) -> None:
    r.delete(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.object("HELP", "k")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    r.sort("l", groups=True)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    r.expire("k", "1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.sort("l", groups=flag)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    r.sort("l", get=["#", "w*"], store="d", groups=True)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
