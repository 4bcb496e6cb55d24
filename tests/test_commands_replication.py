"""The commands on replication, against real servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from clients import wait_until
from command_client import Text, WordsOnly, check
from servers import KINDS, ServerMissing, open_server

from redtrio import Redis
from redtrio.exceptions import DataError, ResponseError


class Pair(NamedTuple):
    """Clients of a primary and of its replica."""

    primary: Redis[Any]
    replica: Redis[Any]
    port: int
    replica_port: int


async def is_part(r: Redis[Any], place: int, word: bytes) -> bool:
    """Tell whether a part of the answer to ROLE is so."""
    return bool((await r.role())[place] == word)


@pytest.fixture(params=KINDS)
async def pair(request: pytest.FixtureRequest) -> AsyncIterator[Pair]:
    """Give two servers of the test's own, one of which has all data of the other."""
    # The replica need not wait for others to be served with it.
    options = ("--repl-diskless-sync-delay", "0")
    with ExitStack() as stack:
        try:
            servers = [stack.enter_context(open_server(request.param, *options)) for _ in "12"]
        except ServerMissing as missing:
            pytest.skip(str(missing))
        first, second = servers
        async with Redis(first.host, first.port) as one, Redis(second.host, second.port) as two:
            assert await two.replicaof(first.host, first.port) is True
            await wait_until(lambda: is_part(two, 3, b"connected"))

            async def is_followed() -> bool:
                return bool((await one.role())[2])

            await wait_until(is_followed)
            yield Pair(one, two, first.port, second.port)


async def test_role_replicaof_and_slaveof(r: Redis[Any], t: Text) -> None:
    role = await r.role()
    assert (role[0], type(role[1]), role[2]) == (t("master"), int, [])
    for follow, arguments in ((r.replicaof, ("NO", "ONE")), (r.slaveof, ())):
        try:
            assert await follow("127.0.0.1", 1) is True
            check((await r.role())[:3], [t("slave"), t("127.0.0.1"), 1])
            assert await follow("127.0.0.1", 1) is True  # nothing is to be done any more
        finally:
            assert await follow(*arguments) is True
        assert (await r.role())[0] == t("master")


def test_replicaof_and_slaveof_refuse_half_an_address(offline: Redis[Any]) -> None:
    with pytest.raises(DataError, match="args must be host and port, or NO and ONE, got 1"):
        offline.replicaof("host")
    with pytest.raises(DataError, match="host and port must be given together, got 'h' and"):
        offline.slaveof("h")


async def test_role_of_a_primary_and_its_replica(pair: Pair) -> None:
    (host, port, offset) = (await pair.primary.role())[2][0]
    assert (host, port) == (b"127.0.0.1", str(pair.replica_port).encode())
    assert offset.isdigit()
    role = await pair.replica.role()
    check(role[:4], [b"slave", b"127.0.0.1", pair.port, b"connected"])


async def test_failover_changes_roles(pair: Pair) -> None:
    with pytest.raises(ResponseError, match="No failover in progress"):
        await pair.primary.failover(abort=True)
    with pytest.raises(ResponseError, match="FAILOVER target HOST and PORT"):
        await pair.primary.failover("127.0.0.1", 1)
    failover = pair.primary.failover("127.0.0.1", pair.replica_port, timeout=10_000)
    assert await failover is True
    await wait_until(lambda: is_part(pair.replica, 0, b"master"))
    await wait_until(lambda: is_part(pair.primary, 0, b"slave"))


def test_failover_words() -> None:
    words: Any = WordsOnly()
    assert words.failover().words == (b"FAILOVER",)
    assert words.failover(abort=True).words == (b"FAILOVER", "ABORT")
    command = words.failover("h", 1, force=True, timeout=timedelta(seconds=1))
    assert command.words == (b"FAILOVER", b"TO", "h", 1, "FORCE", b"TIMEOUT", 1000)


def test_failover_refuses_what_does_not_go_together(offline: Redis[Any]) -> None:
    with pytest.raises(DataError, match="abort goes with no other option"):
        offline.failover(abort=True, timeout=1)
    with pytest.raises(DataError, match="host and port must be given together, got 'h' and"):
        offline.failover("h")
    with pytest.raises(DataError, match="force needs host, port and timeout"):
        offline.failover("h", 1, force=True)
    with pytest.raises(DataError, match="timeout must be > 0 milliseconds, got 0"):
        offline.failover(timeout=0)
