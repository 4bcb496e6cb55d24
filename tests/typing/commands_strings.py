"""What type checkers make of the commands in ``redtrio.commands.strings``. Never run."""

from __future__ import annotations

from datetime import datetime, timedelta

from typing_extensions import assert_type

from redtrio.commands.persist_options import DataPersistOptions
from redtrio.commands.strings import LcsMatches, StringCommands


async def use_bytes(r: StringCommands[bytes]) -> None:
    assert_type(await r.append("k", "v"), int)
    assert_type(await r.get("k"), bytes | None)
    assert_type(await r.getdel("k"), bytes | None)
    assert_type(await r.getex("k", ex=timedelta(1)), bytes | None)
    assert_type(await r.getrange("k", 0, 1), bytes)
    assert_type(await r.getex("k", pxat=datetime.now()), bytes | None)
    assert_type(await r.getset("k", "v"), bytes | None)
    assert_type(await r.substr("k", 0), bytes)
    assert_type(await r.incr("k"), int)
    assert_type(await r.decr("k", 2), int)
    assert_type(await r.incrby("k", 2), int)
    assert_type(await r.decrby("k"), int)
    assert_type(await r.incrbyfloat("k", 1.5), float)
    assert_type(await r.increx("k"), tuple[int, int])
    assert_type(await r.increx("k", byint=2, ubound=9, ex=1, enx=True), tuple[int, int])
    assert_type(await r.increx("k", byfloat=1, lbound=0.5, saturate=True), tuple[float, float])
    assert_type(await r.lcs("a", "b"), bytes)
    assert_type(await r.lcs("a", "b", False, False), bytes)
    assert_type(await r.lcs("a", "b", len=True), int)
    assert_type(await r.lcs("a", "b", True), int)
    assert_type(await r.lcs("a", "b", idx=True, withmatchlen=True), LcsMatches)
    assert_type(await r.mget("a", "b"), list[bytes | None])
    assert_type(await r.mget(["a"]), list[bytes | None])
    assert_type(await r.mget({b"a": 1}), list[bytes | None])
    assert_type(await r.mset({"a": 1, b"b": "2"}), bool)
    assert_type(await r.msetnx({"a": 1}), bool)
    assert_type(await r.msetex({"a": 1}, "NX", ex=1), bool)
    assert_type(await r.msetex({"a": 1}, DataPersistOptions.XX), bool)
    assert_type(await r.set("k", "v"), bool | None)
    assert_type(await r.set("k", 1, nx=True, exat=datetime.now()), bool | None)
    assert_type(await r.set("k", 1.5, get=True), bytes | None)
    assert_type(await r.set("k", b"v", 60, nx=True, get=True), bytes | None)
    assert_type(await r.setex("k", 1, "v"), bool)
    assert_type(await r.psetex("k", 1, "v"), bool)
    assert_type(await r.setnx("k", "v"), bool)
    assert_type(await r.setrange("k", 0, "v"), int)
    assert_type(await r.strlen("k"), int)
    assert_type(await r.delex("k", ifeq="v"), bool)
    assert_type(await r.delifeq("k", "v"), bool)
    assert_type(await r.digest("k"), bytes | None)


async def use_str(r: StringCommands[str]) -> None:
    assert_type(await r.append("k", "v"), int)
    assert_type(await r.get("k"), str | None)
    assert_type(await r.getdel("k"), str | None)
    assert_type(await r.getex("k", ex=timedelta(1)), str | None)
    assert_type(await r.getrange("k", 0, 1), str)
    assert_type(await r.getex("k", pxat=datetime.now()), str | None)
    assert_type(await r.getset("k", "v"), str | None)
    assert_type(await r.substr("k", 0), str)
    assert_type(await r.incr("k"), int)
    assert_type(await r.decr("k", 2), int)
    assert_type(await r.incrby("k", 2), int)
    assert_type(await r.decrby("k"), int)
    assert_type(await r.incrbyfloat("k", 1.5), float)
    assert_type(await r.increx("k"), tuple[int, int])
    assert_type(await r.increx("k", byint=2, ubound=9, ex=1, enx=True), tuple[int, int])
    assert_type(await r.increx("k", byfloat=1, lbound=0.5, saturate=True), tuple[float, float])
    assert_type(await r.lcs("a", "b"), str)
    assert_type(await r.lcs("a", "b", False, False), str)
    assert_type(await r.lcs("a", "b", len=True), int)
    assert_type(await r.lcs("a", "b", True), int)
    assert_type(await r.lcs("a", "b", idx=True, withmatchlen=True), LcsMatches)
    assert_type(await r.mget("a", "b"), list[str | None])
    assert_type(await r.mget(["a"]), list[str | None])
    assert_type(await r.mget({b"a": 1}), list[str | None])
    assert_type(await r.mset({"a": 1, b"b": "2"}), bool)
    assert_type(await r.msetnx({"a": 1}), bool)
    assert_type(await r.msetex({"a": 1}, "NX", ex=1), bool)
    assert_type(await r.msetex({"a": 1}, DataPersistOptions.XX), bool)
    assert_type(await r.set("k", "v"), bool | None)
    assert_type(await r.set("k", 1, nx=True, exat=datetime.now()), bool | None)
    assert_type(await r.set("k", 1.5, get=True), str | None)
    assert_type(await r.set("k", b"v", 60, nx=True, get=True), str | None)
    assert_type(await r.setex("k", 1, "v"), bool)
    assert_type(await r.psetex("k", 1, "v"), bool)
    assert_type(await r.setnx("k", "v"), bool)
    assert_type(await r.setrange("k", 0, "v"), int)
    assert_type(await r.strlen("k"), int)
    assert_type(await r.delex("k", ifeq="v"), bool)
    assert_type(await r.delifeq("k", "v"), bool)
    assert_type(await r.digest("k"), str | None)


async def plain_bools(r: StringCommands[bytes], s: StringCommands[str], flag: bool) -> None:
    assert_type(await r.set("k", "v", get=flag), bool | bytes | None)
    assert_type(await r.set("k", "v", 60, nx=flag, get=flag), bool | bytes | None)
    assert_type(await r.set("k", "v", nx=flag), bool | None)
    assert_type(await r.lcs("a", "b", len=flag), bytes | int)
    assert_type(await r.lcs("a", "b", idx=flag), bytes | LcsMatches)
    assert_type(await s.set("k", "v", get=flag), bool | str | None)
    assert_type(await s.lcs("a", "b", flag), str | int)


def misuse(r: StringCommands[str], flag: bool) -> None:
    r.increx("k", byint=1, byfloat=1.5)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    r.set("k", None)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    r.mset([("a", 1)])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.msetex({"a": 1}, "QQ")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.incr("k", 1.5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.set("k", "v", ex=1.5)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    r.lcs("a", "b", len=True, idx=True)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    r.lcs("a", "b", len=flag, idx=True)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    r.lcs("a", "b", idx=False, minmatchlen=3)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
