"""One server's connections: who dials, how often, what is tried again, when one is replaced."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest
import trio
import trio.testing
from clients import wait_for_connections
from faultproxy import FaultProxy, open_fault_proxy
from scripted import SILENCE, ScriptedServer, open_scripted_server
from servers import Server

from redtrio import RedisClient
from redtrio._hook import Hook
from redtrio._node import Node
from redtrio._retry import Retry
from redtrio.client import Redis
from redtrio.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ConnectionError,
    RedisError,
    ResponseError,
    TimeoutError,
)

HOST = "127.0.0.1"
QUICK = Retry(retries=3, base=0.001, cap=0.002)
LOADING = b"-LOADING Redis is loading the dataset in memory\r\n"


def node_of(client: Redis[Any]) -> Node:
    return client._node


def shared(client: Redis[Any]) -> list[Any]:
    return [one for one in node_of(client)._slots if one is not None]


def lie_idle(client: Redis[Any], seconds: float = 100) -> None:
    """Make it as if nobody had used the shared connections for so long."""
    for connection in shared(client):
        connection._last_used -= seconds


def expire(client: Redis[Any]) -> None:
    """Make it as if the shared connections had reached their age."""
    node = node_of(client)
    node._expiries = [0.0] * len(node._expiries)


@asynccontextmanager
async def open_client(port: int, **options: Any) -> AsyncIterator[Redis[bytes]]:
    """A client that is not connected yet, closed at the end."""
    given: dict[str, Any] = {"decode_responses": False, "retry": QUICK, **options}
    client: Redis[bytes] = Redis(HOST, port, **given)
    try:
        yield client
    finally:
        await client.aclose()


@asynccontextmanager
async def proxied_client(
    server: Server, **options: Any
) -> AsyncIterator[tuple[FaultProxy, Redis[bytes]]]:
    async with open_fault_proxy(server.port) as proxy, open_client(proxy.port, **options) as client:
        yield proxy, client


@asynccontextmanager
async def scripted_client(**options: Any) -> AsyncIterator[tuple[ScriptedServer, Redis[bytes]]]:
    async with open_scripted_server() as server, open_client(server.port, **options) as client:
        yield server, client


async def outcomes_of(
    call: Callable[[], Awaitable[Any]], count: int, results: list[Any] | None = None
) -> list[Any]:
    """Make a call in so many tasks at once; give results, and errors among them."""
    outcomes: list[Any] = [] if results is None else results

    async def one() -> None:
        try:
            outcomes.append(await call())
        except RedisError as error:
            outcomes.append(error)

    async with trio.open_nursery() as nursery:
        for _ in range(count):
            nursery.start_soon(one)
    return outcomes


class CountingHook(Hook):
    """How many attempts to connect were made, and how many at once."""

    def __init__(self) -> None:
        self.attempts = 0
        self.most = 0
        self._now = 0

    @contextmanager
    def _count(self) -> Iterator[None]:
        self.attempts += 1
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            yield
        finally:
            self._now -= 1

    def connect(self, address: str) -> Any:
        return self._count()


# --- dialling --------------------------------------------------------------------------


async def test_one_task_dials_for_all(valkey: Server) -> None:
    async with proxied_client(valkey) as (proxy, client):
        assert await outcomes_of(lambda: client.echo("word"), 1000) == [b"word"] * 1000
        assert proxy.total_connections == 1


async def test_cancelled_dialler_hands_over_to_the_next(valkey: Server) -> None:
    async with proxied_client(valkey) as (proxy, client):
        proxy.replies.stall()
        replies: list[Any] = []
        async with trio.open_nursery() as nursery:
            with trio.CancelScope() as scope:
                async with trio.open_nursery() as first:
                    first.start_soon(client.echo, "first")
                    await proxy.replies.wait_for_held(1)
                    nursery.start_soon(outcomes_of, lambda: client.echo("word"), 100, replies)
                    await trio.testing.wait_all_tasks_blocked(0.01)
                    assert client.statistics().waiting_for_connection == 101
                    scope.cancel()
            assert scope.cancelled_caught
            proxy.replies.release()
        assert replies == [b"word"] * 100
        assert proxy.total_connections == 2
        await proxy.wait_for_connections(1)


async def test_failure_reaches_all_who_wait_each_with_an_exception_of_its_own(
    refusing_port: int,
) -> None:
    hook = CountingHook()
    async with open_client(refusing_port, retry=Retry(0), hook=hook) as client:
        outcomes = await outcomes_of(client.ping, 100)
    assert all(type(outcome) is ConnectionError for outcome in outcomes)
    assert len({id(outcome) for outcome in outcomes}) == 100
    assert {outcome.address for outcome in outcomes} == {f"{HOST}:{refusing_port}"}
    assert not any(outcome.maybe_executed for outcome in outcomes)
    assert (hook.attempts, hook.most) == (1, 1)


async def test_attempts_are_the_servers_and_not_multiplied_by_callers(refusing_port: int) -> None:
    hook = CountingHook()
    async with open_client(refusing_port, retry=QUICK, hook=hook) as client:
        outcomes = await outcomes_of(client.ping, 300)
        assert hook.attempts == 1 + QUICK.retries
        assert client.statistics().retries == 300 * QUICK.retries
    assert all(type(outcome) is ConnectionError for outcome in outcomes)


async def test_waits_between_attempts_grow_up_to_the_cap(refusing_port: int) -> None:
    class Fixed(Retry):
        def delay(self, failures: int) -> float:
            delays.append(failures)
            return 0.0

    delays: list[int] = []
    async with open_client(refusing_port, retry=Fixed(4)) as client:
        with pytest.raises(ConnectionError):
            await client.ping()
    assert delays == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("failures", [1, 2, 10, 10_000])
def test_delay_lies_between_nothing_and_the_cap(failures: int) -> None:
    retry = Retry(base=0.5, cap=4.0)
    drawn = [retry.delay(failures) for _ in range(1000)]
    limit = min(4.0, 0.5 * 2 ** min(failures - 1, 10))
    assert 0 <= min(drawn) < limit / 4
    assert limit * 3 / 4 < max(drawn) <= limit


async def test_caller_is_cancelled_in_the_wait_between_attempts(refusing_port: int) -> None:
    async with open_client(refusing_port, retry=Retry(base=1000, cap=1000)) as client:
        node_of(client).retry.delay(1)
        with trio.move_on_after(0.05) as scope:
            await client.ping()
        # The wait is drawn evenly from 0 to 1000 seconds.
        assert scope.cancelled_caught


async def test_with_fail_fast_nobody_waits_for_the_next_attempt(valkey: Server) -> None:
    hook = CountingHook()
    async with open_fault_proxy(valkey.port) as proxy:
        retry = Retry(1, base=1e6, cap=1e6)
        async with open_client(proxy.port, retry=retry, fail_fast=True, hook=hook) as client:
            proxy.refuse()
            outcomes = await outcomes_of(client.ping, 50)
            outcomes += await outcomes_of(client.ping, 50)
            assert all(type(outcome) is ConnectionError for outcome in outcomes)
            assert len({id(outcome) for outcome in outcomes}) == 100
            assert hook.attempts == 1
            # When its time has come, the next attempt is made.
            proxy.accept()
            node_of(client)._next_attempt = 0
            assert await client.ping()
            assert hook.attempts == 2


async def test_silent_server_ends_the_dial_in_a_timeout_for_all(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy:
        options: Any = {"connect_timeout": 0.05, "retry": Retry(0)}
        async with open_client(proxy.port, **options) as client:
            proxy.replies.stall()
            outcomes = await outcomes_of(client.ping, 20)
            assert all(type(outcome) is TimeoutError for outcome in outcomes)
            assert not any(outcome.maybe_executed for outcome in outcomes)
            proxy.replies.release()
            node_of(client)._next_attempt = 0
            node_of(client).config = Redis(HOST, proxy.port)._node.config
            assert await client.ping()


@pytest.mark.parametrize("held_back", ["requests", "replies"])
async def test_closing_in_a_dial_fails_the_dialler_and_who_waits(
    valkey: Server, held_back: str
) -> None:
    async with proxied_client(valkey) as (proxy, client):
        way = getattr(proxy, held_back)
        way.stall()
        outcomes: list[Any] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes_of, client.ping, 20, outcomes)
            await way.wait_for_held(1)
            await client.aclose()
        assert len(outcomes) == 20
        assert all("is closed" in str(outcome) for outcome in outcomes)
        way.release()
        await proxy.wait_for_connections(0)


@pytest.mark.parametrize("passes", range(0, 40, 3))
async def test_closing_at_any_pass_of_a_dial_leaves_no_connection(
    valkey: Server, passes: int
) -> None:
    async with proxied_client(valkey) as (proxy, client):
        outcomes: list[Any] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes_of, client.ping, 3, outcomes)
            for _ in range(passes):
                await trio.lowlevel.checkpoint()
            await client.aclose()
        assert not shared(client)
        with pytest.raises(ConnectionError, match="is closed"):
            await client.ping()
        await proxy.wait_for_connections(0)


async def test_closing_just_as_the_dial_succeeds_leaves_no_connection() -> None:
    closing = trio.Event()

    class ClosingHook(Hook):
        @contextmanager
        def _close(self) -> Iterator[None]:
            yield
            node_of(client)._closed = True  # what aclose does first, in another task
            closing.set()

        def connect(self, address: str) -> Any:
            return self._close()

    async with scripted_client(hook=ClosingHook()) as (server, client):
        with pytest.raises(ConnectionError, match="is closed"):
            await client.ping()
        assert closing.is_set()
        assert not shared(client)
        await server.wait_for_open(0)


async def test_hook_that_fails_as_the_dial_succeeds_leaves_no_connection() -> None:
    class FailingHook(Hook):
        @contextmanager
        def _fail(self) -> Iterator[None]:
            yield
            raise LookupError("mine")

        def connect(self, address: str) -> Any:
            return self._fail()

    async with scripted_client(hook=FailingHook()) as (server, client):
        with pytest.raises(LookupError, match="mine"):
            await client.ping()
        assert server.accepted == 1
        await server.wait_for_open(0)


async def test_refused_login_is_told_and_not_tried_for_ever(server: Server) -> None:
    server.call("CONFIG", "SET", "requirepass", "right")
    hook = CountingHook()
    for options in ({}, {"password": "wrong"}):
        async with open_client(server.port, hook=hook, **options) as client:
            outcomes = await outcomes_of(client.ping, 10)
            outcomes += await outcomes_of(lambda: client.blpop("list", timeout=1), 1)
            assert {type(outcome) for outcome in outcomes} == {AuthenticationError}
            assert {outcome.command for outcome in outcomes[:10]} == {"HELLO"}
            assert not any("wrong" in str(outcome) for outcome in outcomes[:10])
            with pytest.raises(AuthenticationError):
                await client.__aenter__()
    assert hook.attempts <= 6
    await wait_for_connections(server, 0)


async def test_failing_credential_provider_fails_all_who_wait_at_once() -> None:
    asked = 0

    async def provider() -> tuple[str, str]:
        nonlocal asked
        asked += 1
        await trio.testing.wait_all_tasks_blocked()
        raise LookupError("no vault")

    outcomes: list[BaseException] = []
    async with open_scripted_server() as server:
        client = Redis(HOST, server.port, credential_provider=provider, retry=Retry(0))

        async def call() -> None:
            with pytest.raises((LookupError, ConnectionError)) as caught:
                await client.ping()
            outcomes.append(caught.value)

        async with trio.open_nursery() as nursery:
            for _ in range(50):
                nursery.start_soon(call)
    kinds = Counter(type(outcome) for outcome in outcomes)
    assert kinds == {LookupError: 1, ConnectionError: 49}
    assert asked == 1


# --- what is tried again ---------------------------------------------------------------


@pytest.mark.parametrize("code", ["LOADING", "MASTERDOWN", "TRYAGAIN", "CLUSTERDOWN"])
@pytest.mark.parametrize("refusals", [1, 3])
async def test_what_the_server_refuses_for_the_time_being_is_tried_again(
    code: str, refusals: int
) -> None:
    async with scripted_client() as (server, client):
        server.script[b"INCR"].extend([b"-%s not now\r\n" % code.encode()] * refusals)
        assert await client.incr("counter") == 1
        assert server.counts[b"INCR"] == 1 + refusals
        assert client.statistics().retries == refusals


@pytest.mark.parametrize("retries", [0, 2])
async def test_never_more_often_than_the_policy_says(retries: int) -> None:
    retry = Retry(retries, base=0.001)
    async with scripted_client(retry=retry) as (server, client):
        server.script[b"INCR"].extend([LOADING] * 100)
        with pytest.raises(BusyLoadingError) as caught:
            await client.incr("counter")
        assert caught.value.command == "INCR"
        assert server.counts[b"INCR"] == 1 + retries
        server.script[b"BLPOP"].extend([LOADING] * 100)
        with pytest.raises(BusyLoadingError):
            await client.blpop("list", timeout=1)
        assert server.counts[b"BLPOP"] == 1 + retries


async def test_pipeline_of_which_nothing_was_carried_out_is_tried_again() -> None:
    async with scripted_client() as (server, client):
        server.script[b"INCR"].extend([LOADING] * 4)
        assert await client.call_many([("INCR", "a"), ("INCR", "b")]) == [1, 2]
        assert server.counts[b"INCR"] == 6
        # A server that loads takes MULTI, and refuses what follows.
        server.script[b"MULTI"].append(b"+OK\r\n")
        server.script[b"INCR"].append(LOADING)
        server.script[b"EXEC"].append(b"-EXECABORT because of that\r\n")
        server.script[b"MULTI"].append(b"+OK\r\n")
        server.script[b"INCR"].append(b"+QUEUED\r\n")
        server.script[b"EXEC"].append(b"*1\r\n:3\r\n")
        async with client.pipeline(transaction=True) as transaction:
            count = transaction.incr("a")
        assert await count == 3
        server.script[b"GET"].extend([LOADING, b"+a\r\n"])
        assert await client.call_many([("GET", "a"), ("GET", "b")]) == [b"OK", b"OK"]
        assert client.statistics().retries == 4


async def test_pipeline_of_which_a_part_was_carried_out_is_not_tried_again() -> None:
    async with scripted_client() as (server, client):
        server.script[b"INCR"].append(LOADING)
        refused, done = await client.call_many([("INCR", "a"), ("INCR", "b")])
        assert isinstance(refused, BusyLoadingError)
        assert done == 1
        server.script[b"INCR"].extend([LOADING] * 100)
        replies = await client.call_many([("INCR", "a"), ("INCR", "b")])
        assert [type(reply) for reply in replies] == [BusyLoadingError] * 2
        assert server.counts[b"INCR"] == 2 + 2 * (1 + QUICK.retries)


async def test_other_refusals_are_not_tried_again() -> None:
    async with scripted_client() as (server, client):
        server.script[b"GET"].append(b"-ERR never\r\n")
        with pytest.raises(ResponseError, match="never"):
            await client.get("key")
        assert server.counts[b"GET"] == 1


async def test_server_that_loads_in_the_handshake_is_tried_again() -> None:
    async with scripted_client() as (server, client):
        server.script[b"HELLO"].extend([LOADING] * 2)
        assert await client.incr("counter") == 1
        assert server.counts[b"HELLO"] == 3
        await client.aclose()
    async with scripted_client() as (server, client):
        server.script[b"HELLO"].extend([LOADING] * 100)
        with pytest.raises(BusyLoadingError):
            await client.incr("counter")
        with pytest.raises(BusyLoadingError):
            await client.call_many([("INCR", "counter")])
        assert server.counts[b"HELLO"] == 2 * (1 + QUICK.retries)


async def test_reading_in_doubt_is_tried_again_and_writing_is_not(valkey: Server) -> None:
    async with proxied_client(valkey) as (proxy, client):
        for command, tried_again in [("GET", True), ("INCR", False), ("STRLEN", True)]:
            await client.set("key", 1)
            proxy.replies.cut_after(0)
            if tried_again:
                assert await client.call(command, "key")
                continue
            with pytest.raises(ConnectionError) as caught:
                await client.call(command, "key")
            assert caught.value.maybe_executed
            assert await client.get("key") == b"2"


async def test_writing_in_doubt_is_tried_again_where_the_caller_says_so(valkey: Server) -> None:
    async with proxied_client(valkey) as (proxy, client):
        repeating = client.with_options(repeatable=True)
        await client.ping()
        proxy.replies.cut_after(0)
        assert await repeating.incr("counter") == 2  # the first one had been carried out
        proxy.replies.cut_after(0)
        assert await repeating.call_many([("INCR", "counter")]) == [4]
        proxy.replies.cut_after(0)
        async with repeating.pipeline() as pipe:
            pipe.incr("counter")
        assert await client.get("counter") == b"6"


async def test_what_was_never_sent_is_tried_again_also_if_it_writes(valkey: Server) -> None:
    async with proxied_client(valkey, max_in_flight=1, poll_window=0) as (proxy, client):
        await client.ping()
        proxy.replies.stall()
        outcomes: list[Any] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes_of, lambda: client.incr("counter"), 50, outcomes)
            await proxy.replies.wait_for_held(1)
            proxy.cut()
            proxy.replies.release()
        failures: list[Any] = [one for one in outcomes if isinstance(one, Exception)]
        assert [failure.maybe_executed for failure in failures] == [True]
        assert sorted(outcome for outcome in outcomes if outcome not in failures) == list(
            range(2, 51)
        )
        assert await client.get("counter") == b"50"


async def test_blocking_calls_do_not_storm_a_server_that_is_down() -> None:
    hook = CountingHook()
    retry = Retry(2, base=0.001)
    async with scripted_client(hook=hook, retry=retry, max_connections=5) as (server, client):
        server.script[b"HELLO"].extend([LOADING] * 1000)
        outcomes = await outcomes_of(lambda: client.blpop("list"), 200)
        assert all(type(outcome) is BusyLoadingError for outcome in outcomes)
        # Five try to get one of their own, and another one to which the first of them leaves its
        # place; who waits behind them fails with them. After that one task alone tries whether
        # the server is back; at worst each of the six fails by itself, and tries twice more.
        assert 1 <= hook.attempts <= 12
        assert hook.most == 1
        assert server.counts[b"HELLO"] - hook.attempts <= 6
        # Nor do they make the next wait longer, all together.
        assert node_of(client)._failures <= 1 + hook.attempts


async def test_server_that_blocks_for_long_is_not_taken_for_a_silent_one(server: Server) -> None:
    async with open_client(server.port, stall_timeout=0.05) as client:
        assert await client.blpop("list", timeout=0.3) is None
        outcomes: list[Any] = []
        async with client.exclusive() as own, trio.open_nursery() as nursery:
            nursery.start_soon(outcomes_of, lambda: client.blpop("list"), 1, outcomes)
            nursery.start_soon(outcomes_of, lambda: own.blpop("other"), 1, outcomes)
            many = [("BLPOP", "third", 0), ("PING",)]
            nursery.start_soon(outcomes_of, lambda: client.call_many(many), 1, outcomes)
            await trio.sleep(0.3)
            assert outcomes == []
            for name in ("list", "other", "third"):
                server.call("RPUSH", name, "element")
        assert len(outcomes) == 3
        assert not any(isinstance(outcome, Exception) for outcome in outcomes)
        # What does not block is given up as ever, also on a connection that has blocked.
        async with client.exclusive() as own:
            await own.blpop("list", timeout=0.1)
            server.pause()
            with pytest.raises(TimeoutError):
                await own.ping()
            server.resume()


# --- idle connections, old connections -------------------------------------------------


async def test_idle_connection_is_asked_before_it_is_used() -> None:
    async with scripted_client(health_check_interval=50) as (server, client):
        await client.incr("counter")
        lie_idle(client, 49)
        await client.incr("counter")
        assert server.counts[b"PING"] == 0
        lie_idle(client, 51)
        await client.incr("counter")
        assert server.counts[b"PING"] == 1
        await client.incr("counter")
        assert (server.counts[b"PING"], server.accepted) == (1, 1)


@pytest.mark.parametrize("interval", [None, 0])
async def test_health_check_can_be_turned_off(interval: Any) -> None:
    async with scripted_client(health_check_interval=interval) as (server, client):
        await client.incr("counter")
        lie_idle(client, 1e6)
        await client.incr("counter")
        assert server.counts[b"PING"] == 0


async def test_idle_connection_that_does_not_answer_is_replaced_before_any_call_goes_there(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with scripted_client(connect_timeout=0.2) as (server, client):
        await client.incr("counter")
        lie_idle(client)
        server.script[b"PING"].append(SILENCE)
        outcomes: list[Any] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes_of, lambda: client.incr("counter"), 1, outcomes)
            await server.wait_for(b"PING", 1)
            # Who comes now must not use what nobody knows to be sound.
            nursery.start_soon(outcomes_of, lambda: client.incr("counter"), 9, outcomes)
            await trio.testing.wait_all_tasks_blocked(0.01)
            assert server.counts[b"INCR"] == 1
        assert sorted(outcomes) == list(range(2, 12))
        assert server.accepted == 2
        await server.wait_for_open(1)
    assert "does not answer" in caplog.text


async def test_cancelled_health_check_leaves_none_out() -> None:
    async with scripted_client() as (server, client):
        await client.incr("counter")
        lie_idle(client)
        server.script[b"PING"].append(SILENCE)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.incr, "counter")
            await server.wait_for(b"PING", 1)
            nursery.cancel_scope.cancel()
        with trio.fail_after(2):
            assert await client.incr("counter") == 2
        await server.wait_for_open(1)


async def test_closing_in_a_health_check_fails_who_waits() -> None:
    async with scripted_client() as (server, client):
        await client.incr("counter")
        lie_idle(client)
        server.script[b"PING"].append(SILENCE)
        outcomes: list[Any] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes_of, lambda: client.incr("counter"), 5, outcomes)
            await server.wait_for(b"PING", 1)
            await client.aclose()
        assert len(outcomes) == 5
        assert all("closed" in str(outcome) for outcome in outcomes)
        await server.wait_for_open(0)


async def test_connection_that_the_server_closed_while_idle_fails_no_call(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_client(server.port) as client:
        for number in range(1, 4):
            assert await client.incr("counter") == number
            server.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            lie_idle(client, 0.1)
        assert client.statistics().reconnects == 2
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]


async def test_server_side_timeout_of_idle_connections_fails_no_call(own_valkey: Server) -> None:
    own_valkey.call("CONFIG", "SET", "timeout", 1)
    async with open_client(own_valkey.port) as client:
        assert await client.incr("counter") == 1
        await wait_for_connections(own_valkey, 0)
        assert await client.incr("counter") == 2


async def test_connection_of_old_age_is_replaced_and_no_call_in_flight_is_lost(
    valkey: Server,
) -> None:
    async with proxied_client(valkey, connection_lifetime=1000) as (proxy, client):
        await client.ping()
        (old,) = shared(client)
        proxy.replies.stall()
        outcomes: list[Any] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes_of, lambda: client.incr("counter"), 100, outcomes)
            await proxy.replies.wait_for_held(1)
            expire(client)
            nursery.start_soon(outcomes_of, lambda: client.incr("counter"), 100, outcomes)
            while proxy.total_connections < 2:
                await trio.lowlevel.checkpoint()
            proxy.replies.release()
        assert sorted(outcomes) == list(range(1, 201))
        assert shared(client) != [old]
        await proxy.wait_for_connections(1)
        assert client.statistics().in_flight == 0


async def test_old_connection_with_nothing_but_abandoned_replies_is_closed(
    valkey: Server,
) -> None:
    async with proxied_client(valkey, connection_lifetime=1000) as (proxy, client):
        await client.ping()
        proxy.replies.stall()
        async with trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(client.incr, "counter")
            await proxy.replies.wait_for_held(1)
            nursery.cancel_scope.cancel()
        expire(client)
        proxy.replies.release()
        assert await client.incr("counter") == 11
        with trio.fail_after(5):
            await proxy.wait_for_connections(1)


async def test_old_connection_whose_last_callers_give_up_is_closed(valkey: Server) -> None:
    async with proxied_client(valkey, connection_lifetime=1000) as (proxy, client):
        await client.ping()
        proxy.replies.stall()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.incr, "counter")
            await proxy.replies.wait_for_held(1)
            expire(client)
            async with trio.open_nursery() as second:
                second.start_soon(client.get, "counter")
                while proxy.total_connections < 2:
                    await trio.lowlevel.checkpoint()
                proxy.replies.release(400)  # the handshake
                await trio.testing.wait_all_tasks_blocked(0.02)
                second.cancel_scope.cancel()
            nursery.cancel_scope.cancel()
        proxy.replies.release()
        assert await client.ping()
        with trio.fail_after(5):
            await proxy.wait_for_connections(1)


async def test_old_connection_whose_callers_give_up_all_at_once_is_closed(
    valkey: Server,
) -> None:
    async with proxied_client(valkey, connection_lifetime=1000) as (proxy, client):
        await client.ping()
        for _ in range(5):  # the order in which they come to run is a matter of chance
            proxy.replies.stall()
            async with trio.open_nursery() as nursery:
                for _ in range(20):
                    nursery.start_soon(client.incr, "counter")
                await proxy.replies.wait_for_held(1)
                await trio.testing.wait_all_tasks_blocked()
                node_of(client)._retire(0)
                nursery.cancel_scope.cancel()
            assert not node_of(client)._leaving
            proxy.replies.release()
            assert await client.ping()
            with trio.fail_after(5):
                await proxy.wait_for_connections(1)


async def test_old_connection_serves_on_where_no_new_one_can_be_had(valkey: Server) -> None:
    async with proxied_client(valkey, connection_lifetime=1000) as (proxy, client):
        await client.ping()
        proxy.refuse()
        expire(client)
        for _ in range(20):
            assert await client.ping()
        proxy.accept()
        node_of(client)._next_attempt = 0
        expire(client)
        assert await client.ping()
        assert proxy.total_connections == 2
        await proxy.wait_for_connections(1)


async def test_connections_do_not_grow_old_all_at_once(valkey: Server) -> None:
    async with open_client(valkey.port, connections=8, connection_lifetime=1000) as client:
        for _ in range(8):
            await client.ping()
        expiries = node_of(client)._expiries
        assert len(set(expiries)) == 8
        assert max(expiries) - min(expiries) <= 100 + 60  # dialled one after another


async def test_lifetime_under_load_loses_no_call(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy:
        options: Any = {"connection_lifetime": 0.02, "connections": 2}
        async with open_client(proxy.port, **options) as client:
            counts: Counter[Any] = Counter()

            async def work() -> None:
                while proxy.total_connections < 20:
                    counts[await client.echo("word")] += 1

            async with trio.open_nursery() as nursery:
                for _ in range(20):
                    nursery.start_soon(work)
            assert set(counts) == {b"word"}
            await proxy.wait_for_connections(2)


async def test_closing_ends_calls_on_a_connection_that_is_being_replaced(valkey: Server) -> None:
    async with proxied_client(valkey, connection_lifetime=1000) as (proxy, client):
        await client.ping()
        proxy.replies.stall()
        outcomes: list[Any] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes_of, lambda: client.incr("counter"), 5, outcomes)
            await proxy.replies.wait_for_held(1)
            proxy.replies.stall()
            expire(client)
            with trio.move_on_after(0.05):
                await client.ping()
            # Let the new one in, and hold back the replies of the old one for ever.
            node_of(client)._retire(0)
            await client.aclose()
        assert len(outcomes) == 5
        assert all(isinstance(outcome, ConnectionError) for outcome in outcomes)


# --- several connections ---------------------------------------------------------------


async def test_calls_are_spread_over_the_connections(valkey: Server) -> None:
    async with open_client(valkey.port, connections=3) as client:
        identities = Counter([await client.client_id() for _ in range(300)])
        assert len(identities) == 3
        assert min(identities.values()) >= 90
        assert client.statistics().shared_connections == 3
        assert client.statistics().reconnects == 0
        await wait_for_connections(valkey, 3)


async def test_one_connection_that_dies_does_no_harm_to_the_others(valkey: Server) -> None:
    async with open_client(valkey.port, connections=3) as client:
        before = Counter([await client.client_id() for _ in range(30)])
        gone = min(before)
        valkey.call("CLIENT", "KILL", "ID", gone)
        lie_idle(client, 0.1)
        after = Counter([await client.client_id() for _ in range(300)])
        assert gone not in after
        assert len(after) == 3  # it was replaced
        assert len(set(before) & set(after)) == 2
        assert client.statistics().reconnects == 1


async def test_while_one_cannot_be_replaced_the_others_serve(valkey: Server) -> None:
    hook = CountingHook()
    async with open_fault_proxy(valkey.port) as proxy:
        retry = Retry(0, base=1e6, cap=1e6)
        async with open_client(proxy.port, connections=3, retry=retry, hook=hook) as client:
            for _ in range(9):
                await client.ping()
            proxy.refuse()
            shared(client)[1].close()
            for _ in range(30):
                assert await client.ping()
            assert hook.attempts == 4  # three, and one in vain
            # Nor does anybody wait for a dial that hangs.
            node_of(client)._next_attempt = 0
            proxy.accept()
            proxy.replies.stall()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(outcomes_of, client.ping, 3)
                while proxy.total_connections < 4:
                    await trio.lowlevel.checkpoint()
                assert client.statistics().waiting_for_connection == 1
                for _ in range(10):
                    assert node_of(client)._ready_elsewhere() is not None
                proxy.replies.release()
            assert client.statistics().shared_connections == 3


# --- credentials -----------------------------------------------------------------------


async def test_provider_is_asked_for_each_connection(server: Server) -> None:
    passwords = iter(["one", "two", "three"])

    def provider() -> tuple[str, str]:
        password = next(passwords)
        server.call("ACL", "SETUSER", "app", "reset", "on", f">{password}", "~*", "+@all")
        return ("app", password)

    async with open_client(server.port, credential_provider=provider) as client:
        assert await client.call("ACL", "WHOAMI") == b"app"
        shared(client)[0].close()
        assert await client.call("ACL", "WHOAMI") == b"app"
        async with client.exclusive() as own:
            assert await own.call("ACL", "WHOAMI") == b"app"
    assert list(passwords) == []


async def test_live_connections_log_in_anew(server: Server) -> None:
    credentials = ("first", "one")
    for user in ("first", "second"):
        server.call("ACL", "SETUSER", user, "on", ">one", ">two", "~*", "+@all")
    async with open_client(
        server.port, credential_provider=lambda: credentials, connections=2
    ) as client:
        identities = {await client.client_id() for _ in range(4)}
        async with client.exclusive() as own:
            lent = await own.client_id()
            credentials = ("second", "two")
            await client.reauthenticate()
            assert await own.call("ACL", "WHOAMI") == b"first"  # as long as it is lent
        assert [await client.call("ACL", "WHOAMI") for _ in range(4)] == [b"second"] * 4
        assert {await client.client_id() for _ in range(4)} == identities
        async with client.exclusive() as own:
            assert await own.call("ACL", "WHOAMI") == b"second"
            assert await own.client_id() != lent


async def test_refused_login_leaves_connections_as_they_are_and_a_good_one_may_replace_them(
    server: Server,
) -> None:
    password = "one"
    server.call("ACL", "SETUSER", "app", "on", ">one", "~*", "+@all")
    async with open_client(
        server.port, credential_provider=lambda: ("app", password), connections=2
    ) as client:
        identities = {await client.client_id() for _ in range(4)}
        async with trio.open_nursery() as nursery:
            for _ in range(4):
                nursery.start_soon(keep_calling, client)
            await trio.testing.wait_all_tasks_blocked()
            password = "wrong"
            with pytest.raises(AuthenticationError) as caught:
                await client.reauthenticate()
            assert "wrong" not in str(caught.value).replace("WRONGPASS", "").split()
            # Not always both: the other callers take turns as well.
            assert {await client.client_id() for _ in range(4)} <= identities
            password = "one"
            await client.reauthenticate()
            nursery.cancel_scope.cancel()
        await wait_for_user_connections(server, b"app", 2)


async def test_connection_that_was_being_dialled_logs_in_anew_as_well(valkey: Server) -> None:
    credentials = ("first", "one")
    for user in ("first", "second"):
        valkey.call("ACL", "SETUSER", user, "on", ">one", "~*", "+@all")
    async with proxied_client(valkey, credential_provider=lambda: credentials) as (proxy, client):
        proxy.replies.stall()
        users: list[Any] = []

        async def lend() -> None:
            async with client.exclusive() as own:
                users.append(await own.call("ACL", "WHOAMI"))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.ping)
            nursery.start_soon(lend)
            await proxy.replies.wait_for_held(200)
            credentials = ("second", "one")
            nursery.start_soon(client.reauthenticate)
            await trio.testing.wait_all_tasks_blocked(0.01)
            proxy.replies.release()
        assert await client.call("ACL", "WHOAMI") == b"second"
        await lend()
        assert users == [b"first", b"second"]


async def keep_calling(client: Redis[Any]) -> None:
    while True:
        assert await client.echo("word") == b"word"


async def wait_for_user_connections(server: Server, user: bytes, count: int) -> None:
    while True:
        clients = server.call("CLIENT", "LIST")
        assert isinstance(clients, bytes)
        if sum(b" user=%s " % user in line for line in clients.splitlines()) == count:
            return
        await trio.sleep(0.001)


async def test_connection_lost_while_logging_in_anew_is_no_failure() -> None:
    async with scripted_client(connections=2, credential_provider=lambda: ("u", "p")) as (
        server,
        client,
    ):
        await client.incr("counter")
        await client.incr("counter")
        server.script[b"AUTH"].append(b"?no protocol\r\n")
        await client.reauthenticate()
        assert server.counts[b"AUTH"] == 2
        assert await client.incr("counter") == 3


# --- what is told ----------------------------------------------------------------------


async def test_log_tells_of_losses_and_reconnections_and_no_secret(
    own_valkey: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "redtrio")
    own_valkey.call("ACL", "SETUSER", "app", "on", ">sesame", "~*", "+@all")
    options: Any = {"username": "app", "password": "sesame", "retry": Retry(3, 0.001, 0.001)}
    async with open_client(own_valkey.port, **options) as client:
        await client.set("key", "treasure")
        outcomes: list[Any] = []
        async with trio.open_nursery() as nursery:
            own_valkey.pause()
            nursery.start_soon(outcomes_of, lambda: client.set("key", "gold"), 2, outcomes)
            await trio.testing.wait_all_tasks_blocked(0.02)
            own_valkey.kill()
        for _ in range(2):
            with pytest.raises(ConnectionError):
                await client.set("key", "silver")
        own_valkey.start()
        own_valkey.call("ACL", "SETUSER", "app", "on", ">sesame", "~*", "+@all")
        assert await client.set("key", "bronze")
    address = f"{HOST}:{own_valkey.port}"
    told = [(one.levelname, one.getMessage()) for one in caplog.records if one.name == "redtrio"]
    levels = [level for level, _ in told if level != "DEBUG"]
    assert levels == ["WARNING", "WARNING", "INFO"], told
    assert f"lost a connection to {address}" in told[0][1]
    assert f"no connection to {address}" in told[1][1]
    assert told[-1] == ("INFO", f"reconnected to {address}")
    for secret in ("sesame", "treasure", "gold", "silver", "bronze"):
        assert secret not in caplog.text


async def test_orderly_use_is_silent(valkey: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "redtrio")
    async with Redis(HOST, valkey.port, connections=2) as client:
        await outcomes_of(client.ping, 10)
    assert not caplog.records


async def test_counters_go_on_over_reconnections(valkey: Server) -> None:
    async with open_client(valkey.port) as client:
        for _ in range(3):
            await client.ping()
            shared(client)[0].close()
        await client.ping()
        statistics = client.statistics()
        assert statistics.reconnects == 3
        assert statistics.bytes_received >= 4 * len(b"+PONG\r\n")
        assert statistics.bytes_sent >= 4 * len(b"*1\r\n$4\r\nPING\r\n")


def test_state_is_told_outside_of_any_run_too(valkey: Server) -> None:
    client = Redis(HOST, valkey.port)
    assert "not connected" in repr(client)
    trio.run(client.ping)
    assert repr(client)
    assert client.statistics().bytes_sent
    trio.run(client.aclose)
    assert "closed" in repr(client)


async def test_command_that_blocks_for_longer_than_a_server_may_be_silent(valkey: Server) -> None:
    async with Redis(valkey.host, valkey.port, stall_timeout=0.1) as r:
        assert await r.blpop("nothing", timeout=0.3) is None
        async with r.exclusive() as own:
            assert await own.blpop("nothing", timeout=0.3) is None
        async with r.pipeline(transaction=False) as p:
            p.blpop("nothing", timeout=0.3)
            assert await p.execute() == [None]
        assert await r.call_many([("BLPOP", "nothing", 0.3)]) == [None]
    async with RedisClient(valkey.host, valkey.port) as client:
        assert client.connection_pool._config.stall_timeout is None


async def test_later_failures_do_not_deny_what_an_earlier_attempt_may_have_done(
    own_valkey: Server,
) -> None:
    async with open_fault_proxy(own_valkey.port) as proxy:
        retry = Retry(retries=2, base=0.001)
        async with Redis("127.0.0.1", proxy.port, retry=retry) as r:
            proxy.replies.stall()
            async with trio.open_nursery() as nursery:

                async def write() -> None:
                    with pytest.raises(ConnectionError) as caught:
                        await r.with_options(repeatable=True).incr("counter")
                    assert caught.value.maybe_executed

                nursery.start_soon(write)
                await proxy.replies.wait_for_held(1)
                proxy.refuse()
                proxy.cut()
    assert own_valkey.call("GET", "counter") == b"1"


def is_far(client: Redis[Any]) -> bool:
    connection = node_of(client)._slots[0]
    assert connection is not None
    return connection._far


async def test_nobody_looks_where_some_reply_always_comes_soon_but_none_within_the_window(
    valkey: Server,
) -> None:
    async with proxied_client(valkey, poll_window=2000) as (proxy, r):
        proxy.replies.delay(0.01)

        async def keep_calling() -> None:
            for _ in range(5):
                assert await r.echo("word") == b"word"

        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(keep_calling)
        assert is_far(r)
        proxy.replies.delay(0)
        # A server that is near again is found out by what is timed anyway.
        for _ in range(1000):
            await r.ping()
            if not is_far(r):
                break
        assert not is_far(r)


async def test_error_of_a_script_does_not_repeat_what_it_did() -> None:
    async with scripted_client(retry=QUICK) as (server, client):
        for name in (b"EVAL", b"EVALSHA", b"FCALL"):
            server.script[name].extend([b"-TRYAGAIN later\r\n"] * 3)
            with pytest.raises(ResponseError, match="TRYAGAIN"):
                await client.call(name, "script", 0)
            assert server.counts[name] == 1
            assert len(await client.call_many([(name, "script", 0)] * 2)) == 2
            assert server.counts[name] == 3


async def test_closing_between_two_tries_does_not_hide_what_the_first_may_have_done(
    valkey: Server,
) -> None:
    async with open_fault_proxy(valkey.port) as proxy:
        client = Redis(HOST, proxy.port, retry=Retry(3, base=5.0, cap=5.0))
        await client.ping()
        proxy.replies.stall()
        outcomes: list[Any] = []

        async def count() -> None:
            try:
                outcomes.append(await client.with_options(repeatable=True).incr("counter"))
            except ConnectionError as error:
                outcomes.append(error)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(count)
            await proxy.replies.wait_for_held(len(b":1\r\n"))
            proxy.refuse()
            proxy.cut()
            await trio.testing.wait_all_tasks_blocked(0.05)
            await client.aclose()
        assert [outcome.maybe_executed for outcome in outcomes] == [True]


async def test_server_that_is_silent_at_the_handshake_has_executed_nothing(
    own_valkey: Server,
) -> None:
    own_valkey.pause()
    async with open_client(own_valkey.port, stall_timeout=0.05, retry=Retry(0)) as client:
        with pytest.raises(TimeoutError) as caught:
            await client.incr("counter")
        assert not caught.value.maybe_executed
    own_valkey.resume()
