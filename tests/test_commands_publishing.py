"""The commands on publishing, on real servers, for clients of bytes and of str."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from command_client import Text, check, requires
from servers import Server

from redtrio import Redis
from redtrio.lowlevel import RedisClient


class Subscriber:
    """Two connections, subscribed to what tests name, and what came by the first one."""

    def __init__(self, first: RedisClient, second: RedisClient) -> None:
        self.first = first
        self.second = second
        self.messages: list[tuple[bytes, list[object]]] = []
        for kind in (b"message", b"pmessage", b"smessage"):
            first.register_push_callback(kind, self._note)

    def _note(self, push: Any) -> None:
        self.messages.append((push.push_type, push.data))

    async def receive(self) -> None:
        await self.first.receive(self.first.subscriber, push_only=True)


@pytest.fixture
async def others(known: None, server: Server) -> AsyncIterator[Subscriber]:
    """Give other clients of the server that ``r`` is a client of, to subscribe with."""
    first, second = (RedisClient(server.host, server.port) for _ in range(2))
    async with first, second:
        yield Subscriber(first, second)


async def test_publish_reaches_subscribers(r: Redis[Any], others: Subscriber) -> None:
    check(await r.publish("news", "nobody hears"), 0)
    await others.first.call("SUBSCRIBE", "news")
    await others.second.call("PSUBSCRIBE", "n*", "*s")
    check(await r.publish("news", b"\xff"), 3)
    check(await r.publish(b"names", 5), 2)
    await others.receive()
    assert others.messages == [(b"message", [b"news", b"\xff"])]


@requires("SPUBLISH")
async def test_spublish_reaches_subscribers_of_the_shard(r: Redis[Any], others: Subscriber) -> None:
    check(await r.spublish("news", "nobody hears"), 0)
    await others.first.call("SSUBSCRIBE", "news")
    await others.second.call("SUBSCRIBE", "news")
    check(await r.spublish("news", "heard"), 1)
    check(await r.publish("news", "not the shard's"), 1)
    await others.receive()
    assert others.messages == [(b"smessage", [b"news", b"heard"])]


async def test_pubsub_channels(r: Redis[Any], t: Text, others: Subscriber) -> None:
    check(await r.pubsub_channels(), [])
    await others.first.call("SUBSCRIBE", "a1", "a2", "b1")
    await others.second.call("SUBSCRIBE", "a1")
    await others.second.call("PSUBSCRIBE", "c*")
    check(sorted(await r.pubsub_channels()), t(["a1", "a2", "b1"]))
    check(sorted(await r.pubsub_channels("a*")), t(["a1", "a2"]))
    check(await r.pubsub_channels(pattern=b"c*"), [])


async def test_pubsub_numsub_and_numpat(r: Redis[Any], t: Text, others: Subscriber) -> None:
    check(await r.pubsub_numpat(), 0)
    await others.first.call("SUBSCRIBE", "a")
    await others.second.call("SUBSCRIBE", "a", "b")
    await others.first.call("PSUBSCRIBE", "p*", "q*")
    await others.second.call("PSUBSCRIBE", "p*")
    check(await r.pubsub_numsub("a", b"b", "p1"), t([("a", 2), ("b", 1), ("p1", 0)]))
    check(await r.pubsub_numsub(), [])
    check(await r.pubsub_numpat(), 2)


@requires("PUBSUB SHARDCHANNELS")
async def test_pubsub_shardchannels(r: Redis[Any], t: Text, others: Subscriber) -> None:
    check(await r.pubsub_shardchannels(), [])
    await others.first.call("SSUBSCRIBE", "a1", "b1")
    await others.second.call("SUBSCRIBE", "a2")
    check(sorted(await r.pubsub_shardchannels()), t(["a1", "b1"]))
    check(await r.pubsub_shardchannels("a*"), t(["a1"]))


@requires("PUBSUB SHARDNUMSUB")
async def test_pubsub_shardnumsub(r: Redis[Any], t: Text, others: Subscriber) -> None:
    await others.first.call("SSUBSCRIBE", "a")
    await others.second.call("SSUBSCRIBE", "a", "b")
    check(await r.pubsub_shardnumsub("a", b"b", "c"), t([("a", 2), ("b", 1), ("c", 0)]))
    check(await r.pubsub_shardnumsub(), [])


async def test_publish_in_a_pipeline(r: Redis[Any], others: Subscriber) -> None:
    await others.first.call("SUBSCRIBE", "news")
    pipe = r.pipeline()
    pipe.publish("news", "heard")
    check(await pipe.execute(), [1])
