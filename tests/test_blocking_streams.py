"""Commands that block only if they are told to: where they go, and what a cancelled one takes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeAlias

import pytest
import trio
from clients import wait_for_blocked
from servers import Server

from redtrio import Redis

Reading: TypeAlias = Callable[["Redis[Any]"], Awaitable[Any]]


def client_of(server: Server, **options: Any) -> Redis[Any]:
    return Redis(server.host, server.port, **options)


async def by_pipeline(r: Redis[Any]) -> Any:
    pipe = r.pipeline(transaction=False)
    pipe.xread({"s": "$"}, block=0)
    return await pipe.execute()


async def by_call_in_pipeline(r: Redis[Any]) -> Any:
    pipe = r.pipeline(transaction=False)
    pipe.call("XREAD", "BLOCK", 0, "STREAMS", "s", "$")
    return await pipe.execute()


async def of_exclusive(r: Redis[Any]) -> Any:
    async with r.exclusive() as own:
        return await own.xread({"s": "$"}, block=0)


async def piped(r: Redis[Any]) -> Any:
    pipe = r.pipeline(transaction=False)
    pipe.xread({"s": 0})
    pipe.call("XREAD", "STREAMS", "s", 0)
    return await pipe.execute()


BLOCKING: dict[str, Reading] = {
    "xread": lambda r: r.xread({"s": "$"}, block=0),
    "xreadgroup": lambda r: r.xreadgroup("g", "c", {"s": ">"}, block=0),
    "call": lambda r: r.call("XREAD", "BLOCK", 0, "STREAMS", "s", "$"),
    "call of a group": lambda r: r.call(
        *("xreadgroup", "GROUP", "g", "c", b"block", 0, "STREAMS", "s", ">")
    ),
    "call_many": lambda r: r.call_many([(b"XREAD", "BLOCK", 0, "STREAMS", "s", "$")]),
    "pipeline": by_pipeline,
    "call in a pipeline": by_call_in_pipeline,
    "exclusive": of_exclusive,
}

ORDINARY: dict[str, Reading] = {
    "xread": lambda r: r.xread({"s": 0}),
    "xreadgroup": lambda r: r.xreadgroup("g", "c", {"s": ">"}),
    "call": lambda r: r.call("XREAD", "STREAMS", "s", 0),
    "call of a group": lambda r: r.call("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">"),
    "call_many": lambda r: r.call_many([("XREAD", "STREAMS", "s", 0), ("GET", "k")]),
    "pipeline": piped,
}


# --- where they go ---------------------------------------------------------------------------


@pytest.mark.parametrize("decodes", [False, True], ids=["bytes", "str"])
@pytest.mark.parametrize("read", BLOCKING.values(), ids=BLOCKING)
async def test_reading_that_blocks_delays_nobody(
    valkey: Server, read: Reading, decodes: bool
) -> None:
    async with client_of(valkey, decode_responses=decodes) as r:
        await r.xgroup_create("s", "g", mkstream=True)
        got: list[Any] = []

        async def wait() -> None:
            got.append(await read(r))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            await wait_for_blocked(valkey, 1)
            assert r.statistics().lent_connections == 1
            await r.xadd("s", {"f": "v"}, id="1-0")  # nothing that blocks is in its way
        assert repr(got).count("1-0") == 1
        assert r.statistics().lent_connections == 0


@pytest.mark.parametrize("decodes", [False, True], ids=["bytes", "str"])
@pytest.mark.parametrize("read", ORDINARY.values(), ids=ORDINARY)
async def test_reading_that_does_not_block_shares_its_connection(
    valkey: Server, read: Reading, decodes: bool
) -> None:
    async with client_of(valkey, decode_responses=decodes) as r:
        await r.xgroup_create("s", "g", mkstream=True)
        await r.xadd("s", {"f": "v"}, id="1-0")
        assert "1-0" in repr(await read(r))
        assert r.statistics().idle_connections == 0


# --- how long --------------------------------------------------------------------------------


async def test_time_to_block_ends_without_an_entry(valkey: Server) -> None:
    async with client_of(valkey) as r:
        await r.xgroup_create("s", "g", mkstream=True)
        with trio.fail_after(10):
            assert await r.xread({"s": "$"}, block=5) == {}
            assert await r.xreadgroup("g", "c", {"s": ">"}, block=timedelta(milliseconds=5)) == {}


@pytest.mark.parametrize(
    "read",
    [
        lambda r: r.xread({"s": "$"}, block=0),
        lambda r: r.xreadgroup("g", "c", {"s": ">"}, block=60_000),
    ],
    ids=["xread", "xreadgroup"],
)
async def test_deadline_ends_it_before_its_time(valkey: Server, read: Reading) -> None:
    async with client_of(valkey) as r:
        await r.xgroup_create("s", "g", mkstream=True)
        async with r.exclusive() as own:
            number = await own.client_id()
        for _ in range(5):
            with trio.move_on_after(0.02) as scope:
                await read(r)
            assert scope.cancelled_caught
            await wait_for_blocked(valkey, 0)
            assert r.statistics().lent_connections == 0
        async with r.exclusive() as own:
            assert await own.client_id() == number  # the server ended it: no new connection


# --- what a cancelled one takes --------------------------------------------------------------


async def test_cancelled_reading_takes_nothing_that_comes_later(valkey: Server) -> None:
    async with client_of(valkey) as r:
        await r.xgroup_create("s", "g", mkstream=True)
        with trio.move_on_after(0.02):
            await r.xreadgroup("g", "cancelled", {"s": ">"}, block=0)
        await r.xadd("s", {"f": "v"}, id="1-0")
        assert (await r.xpending("s", "g"))["pending"] == 0
        entries = await r.xreadgroup("g", "c", {"s": ">"}, block=0)
        assert entries == {b"s": [(b"1-0", {b"f": b"v"})]}


async def test_cancelled_readings_of_a_group_lose_no_entry(valkey: Server) -> None:
    count = 260
    got: set[str] = set()

    async def attempt(r: Redis[Any], stream: str, number: int) -> None:
        """Let an entry and the cancellation race; every other time the reading is blocked."""
        await r.xgroup_create(stream, "g", mkstream=True)
        async with trio.open_nursery() as nursery:
            scope = trio.CancelScope()

            async def read() -> None:
                with scope:
                    assert await r.xreadgroup("g", "c", {stream: ">"}, block=0)
                    got.add(stream)

            nursery.start_soon(read)
            if number % 2:
                await wait_for_blocked(valkey, 1)
            nursery.start_soon(r.xadd, stream, {"f": "v"})
            for _ in range(number % 13):
                await trio.lowlevel.checkpoint()
            scope.cancel()

    async with client_of(valkey) as r:
        streams = [f"s{number}" for number in range(count)]
        for number, stream in enumerate(streams):
            await attempt(r, stream, number)
        given: set[str] = set()
        for stream in streams:
            # Either it was given to the consumer, who finds it pending, or it is still there.
            (pending,) = (await r.xreadgroup("g", "c", {stream: 0})).values()
            left = await r.xreadgroup("g", "c", {stream: ">"})
            assert len(pending) + len(left) == 1
            given |= {stream} if pending else set()
        assert got == given
        assert 0 < len(got) < count
        assert r.statistics().lent_connections == 0
