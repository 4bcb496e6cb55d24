"""What type checkers make of the commands in ``redtrio.commands.hashes``. Never run."""

from __future__ import annotations

from datetime import datetime, timedelta

from typing_extensions import assert_type

from redtrio.commands._scan import ScanIterator
from redtrio.commands.hashes import HashCommands
from redtrio.commands.persist_options import HashDataPersistOptions


async def use_bytes(r: HashCommands[bytes]) -> None:
    assert_type(await r.hdel("h", "f"), int)
    assert_type(await r.hexists("h", "f"), bool)
    assert_type(await r.hget("h", "f"), bytes | None)
    assert_type(await r.hgetall("h"), dict[bytes, bytes])
    assert_type(await r.hgetdel("h", "f"), list[bytes | None])
    assert_type(await r.hgetex("h", "f", ex=1), list[bytes | None])
    assert_type(await r.hincrby("h", "f"), int)
    assert_type(await r.hincrbyfloat("h", "f"), float)
    assert_type(await r.hkeys("h"), list[bytes])
    assert_type(await r.hlen("h"), int)
    assert_type(await r.hmget("h", ["f"], "g"), list[bytes | None])
    assert_type(await r.hmset("h", {"f": 1}), bool)
    assert_type(await r.hrandfield("h"), bytes | None)
    assert_type(await r.hrandfield("h", withvalues=False), bytes | None)
    assert_type(await r.hrandfield("h", 2), list[bytes])
    assert_type(await r.hrandfield("h", -2, False), list[bytes])
    assert_type(await r.hrandfield("h", 2, withvalues=True), list[tuple[bytes, bytes]])
    assert_type(await r.hscan("h"), tuple[int, dict[bytes, bytes]])
    assert_type(await r.hscan("h", no_values=True), tuple[int, list[bytes]])
    assert_type(await r.hset("h", "f", 1), int)
    assert_type(await r.hset("h", mapping={"f": 1}), int)
    assert_type(await r.hsetex("h", "f", 1, ex=timedelta(1), data_persist_option="FNX"), bool)
    none_of_them = HashDataPersistOptions.FNX
    assert_type(await r.hsetex("h", "f", 1, data_persist_option=none_of_them), bool)
    assert_type(await r.hsetex("h", mapping={"f": 1}, keepttl=True, xx=True), bool)
    assert_type(await r.hsetnx("h", "f", 1), bool)
    assert_type(await r.hstrlen("h", "f"), int)
    assert_type(await r.hvals("h"), list[bytes])
    assert_type(await r.hexpire("h", 1, "f", nx=True), list[int])
    assert_type(await r.hpexpire("h", timedelta(1), "f"), list[int])
    assert_type(await r.hexpireat("h", datetime.now(), "f"), list[int])
    assert_type(await r.hpexpireat("h", 1, "f"), list[int])
    assert_type(await r.hexpiretime("h", "f"), list[int])
    assert_type(await r.hpexpiretime("h", "f"), list[int])
    assert_type(await r.httl("h", "f"), list[int])
    assert_type(await r.hpttl("h", "f"), list[int])
    assert_type(await r.hpersist("h", "f"), list[int])
    assert_type(r.hscan_iter("h"), ScanIterator[tuple[bytes, bytes]])
    assert_type(r.hscan_iter("h", no_values=True), ScanIterator[bytes])


async def use_str(r: HashCommands[str]) -> None:
    assert_type(await r.hdel("h", "f"), int)
    assert_type(await r.hexists("h", "f"), bool)
    assert_type(await r.hget("h", "f"), str | None)
    assert_type(await r.hgetall("h"), dict[str, str])
    assert_type(await r.hgetdel("h", "f"), list[str | None])
    assert_type(await r.hgetex("h", "f", ex=1), list[str | None])
    assert_type(await r.hincrby("h", "f"), int)
    assert_type(await r.hincrbyfloat("h", "f"), float)
    assert_type(await r.hkeys("h"), list[str])
    assert_type(await r.hlen("h"), int)
    assert_type(await r.hmget("h", ["f"], "g"), list[str | None])
    assert_type(await r.hmset("h", {"f": 1}), bool)
    assert_type(await r.hrandfield("h"), str | None)
    assert_type(await r.hrandfield("h", 2), list[str])
    assert_type(await r.hrandfield("h", -2, False), list[str])
    assert_type(await r.hrandfield("h", 2, withvalues=True), list[tuple[str, str]])
    assert_type(await r.hscan("h"), tuple[int, dict[str, str]])
    assert_type(await r.hscan("h", no_values=True), tuple[int, list[str]])
    assert_type(await r.hset("h", "f", 1), int)
    assert_type(await r.hset("h", mapping={"f": 1}), int)
    assert_type(await r.hsetex("h", "f", 1, ex=timedelta(1), data_persist_option="FNX"), bool)
    none_of_them = HashDataPersistOptions.FNX
    assert_type(await r.hsetex("h", "f", 1, data_persist_option=none_of_them), bool)
    assert_type(await r.hsetex("h", mapping={"f": 1}, keepttl=True, xx=True), bool)
    assert_type(await r.hsetnx("h", "f", 1), bool)
    assert_type(await r.hstrlen("h", "f"), int)
    assert_type(await r.hvals("h"), list[str])
    assert_type(await r.hexpire("h", 1, "f", nx=True), list[int])
    assert_type(await r.hpexpire("h", timedelta(1), "f"), list[int])
    assert_type(await r.hexpireat("h", datetime.now(), "f"), list[int])
    assert_type(await r.hpexpireat("h", 1, "f"), list[int])
    assert_type(await r.hexpiretime("h", "f"), list[int])
    assert_type(await r.hpexpiretime("h", "f"), list[int])
    assert_type(await r.httl("h", "f"), list[int])
    assert_type(await r.hpttl("h", "f"), list[int])
    assert_type(await r.hpersist("h", "f"), list[int])
    assert_type(r.hscan_iter("h"), ScanIterator[tuple[str, str]])
    assert_type(r.hscan_iter("h", no_values=True), ScanIterator[str])


async def plain_bools(r: HashCommands[bytes], s: HashCommands[str], flag: bool) -> None:
    fields = await r.hrandfield("h", 2, withvalues=flag)
    assert_type(fields, list[bytes] | list[tuple[bytes, bytes]])
    cursor, page = await r.hscan("h", no_values=flag)
    assert_type(cursor, int)
    assert_type(page, dict[bytes, bytes] | list[bytes])
    async for element in r.hscan_iter("h", no_values=flag):
        assert_type(element, tuple[bytes, bytes] | bytes)
    async for text in s.hscan_iter("h", "f*", 5, flag):
        assert_type(text, tuple[str, str] | str)


def misuse(r: HashCommands[str], flag: bool) -> None:
    r.hget("h")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    r.hset("h", mapping=["f"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.hrandfield("h", withvalues=True)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    r.hsetex("h", "f", 1, data_persist_option="NX")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.hrandfield("h", withvalues=flag)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
