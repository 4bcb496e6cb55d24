"""What type checkers make of ``Redis``, its pipelines and its options. Never run."""

from __future__ import annotations

from typing import Any

from typing_extensions import assert_type

import redtrio
from redtrio import ExclusiveRedis, Hook, Pipeline, Redis, Retry, Statistics


async def construct(decode: bool) -> None:
    assert_type(Redis(), Redis[bytes])
    assert_type(Redis("localhost", 6379, 0, client_name="me"), Redis[bytes])
    assert_type(Redis(decode_responses=False, retry=Retry(5), hook=Hook()), Redis[bytes])
    assert_type(Redis(decode_responses=True, unix_socket_path="/run/redis.sock"), Redis[str])
    assert_type(Redis(decode_responses=decode), Redis[Any])
    assert_type(Redis.from_url("redis://localhost"), Redis[bytes])
    assert_type(Redis.from_url("redis://localhost", decode_responses=False, db=1), Redis[bytes])
    assert_type(Redis.from_url("redis://localhost", decode_responses=True), Redis[str])
    assert_type(redtrio.from_url("redis://localhost", decode_responses=True), Redis[str])
    assert_type(Redis.from_url("redis://localhost", decode_responses=decode), Redis[Any])
    async with Redis(decode_responses=True) as r:
        assert_type(r, Redis[str])
    async with Redis.from_url("redis://localhost") as other:
        assert_type(other, Redis[bytes])


async def use_bytes(r: Redis[bytes], decode: bool) -> None:
    assert_type(await r.get("k"), bytes | None)
    assert_type(await r.set("k", "v", ex=1), bool | None)
    assert_type(await r.incr("k"), int)
    assert_type(await r.hgetall("h"), dict[bytes, bytes])
    assert_type(await r.lrange("l", 0, -1), list[bytes])
    assert_type(await r.smembers("s"), set[bytes])
    assert_type(await r.blpop("l"), tuple[bytes, bytes] | None)
    assert_type(await r.call("GET", "k"), Any)
    assert_type(await r.call("GET", "k", decode_responses=True), Any)
    assert_type(await r.execute_command("GET", b"k"), Any)
    assert_type(await r.call_many([("GET", "k"), ["INCR", b"n"]]), list[Any])
    assert_type(r.statistics(), Statistics)
    assert_type(r.with_options(decode_responses=True), Redis[str])
    assert_type(r.with_options(decode_responses=False), Redis[bytes])
    assert_type(r.with_options(repeatable=True), Redis[bytes])
    assert_type(r.with_options(decode_responses=decode), Redis[Any])
    assert_type(r.exclusive(), ExclusiveRedis[bytes])
    async with r.exclusive() as own:
        assert_type(own, ExclusiveRedis[bytes])
        assert_type(await own.get("k"), bytes | None)
        assert_type(await own.select(1), bool)
        assert_type(await own.call("GET", "k"), Any)
        assert_type(own.pipeline(), Pipeline[bytes])


async def use_str(r: Redis[str], decode: bool) -> None:
    assert_type(await r.get("k"), str | None)
    assert_type(await r.set("k", "v", ex=1), bool | None)
    assert_type(await r.incr("k"), int)
    assert_type(await r.hgetall("h"), dict[str, str])
    assert_type(await r.lrange("l", 0, -1), list[str])
    assert_type(await r.smembers("s"), set[str])
    assert_type(await r.blpop("l"), tuple[str, str] | None)
    assert_type(await r.dump("k"), bytes | None)
    assert_type(r.with_options(decode_responses=True), Redis[str])
    assert_type(r.with_options(decode_responses=False), Redis[bytes])
    assert_type(r.with_options(repeatable=True), Redis[str])
    assert_type(r.with_options(decode_responses=decode), Redis[Any])
    async with r.exclusive() as own:
        assert_type(own, ExclusiveRedis[str])
        assert_type(await own.get("k"), str | None)
        assert_type(own.pipeline(transaction=False), Pipeline[str])


async def pipelines_of_bytes(r: Redis[bytes]) -> None:
    for transaction in (True, False):
        async with r.pipeline(transaction) as pipe:
            assert_type(pipe, Pipeline[bytes])
            got = pipe.get("k")
            fields = pipe.hgetall("h")
            number = pipe.incr("n")
            anything = pipe.call("GET", "k")
        assert_type(await got, bytes | None)
        assert_type(await fields, dict[bytes, bytes])
        assert_type(await number, int)
        assert_type(await anything, Any)
        assert_type(await pipe.execute(), list[Any])
        assert_type(await pipe.execute(raise_on_error=False), list[Any])
    pipe = r.pipeline()
    assert_type(await pipe.watch("k"), bool)
    assert_type(await pipe.get("k"), bytes | None)
    pipe.multi()


async def pipelines_of_str(r: Redis[str]) -> None:
    for transaction in (True, False):
        async with r.pipeline(transaction=transaction) as pipe:
            assert_type(pipe, Pipeline[str])
            got = pipe.get("k")
            fields = pipe.hgetall("h")
            values = pipe.mget(["a", "b"])
        assert_type(await got, str | None)
        assert_type(await fields, dict[str, str])
        assert_type(await values, list[str | None])


async def plain_bools(r: Redis[bytes], s: Redis[str], flag: bool) -> None:
    assert_type(await r.set("k", "v", get=flag), bool | bytes | None)
    assert_type(await s.zrange("z", 0, -1, withscores=flag), list[str] | list[tuple[str, float]])
    async with r.pipeline() as pipe:
        members = pipe.zrange("z", 0, -1, withscores=flag)
        old = pipe.set("k", "v", get=flag)
        links = pipe.vset().vlinks("v", "a", with_scores=flag)
    assert_type(await members, list[bytes] | list[tuple[bytes, float]])
    assert_type(await old, bool | bytes | None)
    assert_type(await links, list[list[bytes]] | list[dict[bytes, float]] | None)
    async with s.pipeline() as pipe_of_str:
        page = pipe_of_str.hscan("h", no_values=flag)
    assert_type(await page, tuple[int, dict[str, str] | list[str]])


async def transactions(r: Redis[str]) -> None:
    async def add(pipe: Pipeline[str]) -> None:
        assert_type(await pipe.get("k"), str | None)
        pipe.multi()
        pipe.incr("k")

    def queue(pipe: Pipeline[str]) -> int:
        pipe.incr("k")
        return 1

    assert_type(await r.transaction(add, "k", retries=3), Any)
    assert_type(await r.transaction(queue, "k", b"l", value_from_callable=True), Any)


async def misuse(r: Redis[str]) -> None:
    await r.call_many(["GET"], ["k"])  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await r.call(None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await r.exclusive().get(1.5, 2)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    r.pipeline().set("k")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
