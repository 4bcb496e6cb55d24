"""Blocking commands: how long they block, whom they delay, and what a cancelled one takes."""

from __future__ import annotations

import math
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, TypeAlias

import pytest
import trio
import trio.testing
from clients import connections_of, wait_for_blocked
from faultproxy import FaultProxy, open_fault_proxy
from servers import Server

from redtrio import ExclusiveRedis, Redis, Retry, _blocking
from redtrio._blocking import BlockingCall
from redtrio.commands._base import Command
from redtrio.commands.lists import ListCommands
from redtrio.exceptions import ConnectionError, ResponseError, TimeoutError, WrongTypeError
from redtrio.lowlevel.protocol import write_command

Client: TypeAlias = "Redis[bytes] | ExclusiveRedis[bytes]"


def client_of(server: Server, **options: Any) -> Redis[bytes]:
    client: Redis[bytes] = Redis(server.host, server.port, **options)
    return client


@asynccontextmanager
async def one_of(r: Redis[bytes], exclusive: bool) -> AsyncIterator[Client]:
    """Give the client itself, or a connection of its own."""
    if not exclusive:
        yield r
        return
    async with r.exclusive() as own:
        yield own


@pytest.fixture(params=[False, True], ids=["shared", "exclusive"])
def exclusive(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


# --- how long --------------------------------------------------------------------------------


class Monitored:
    """The last word of each blocking command that the server was sent."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self._seen = b""

    async def next_command(self, name: bytes) -> list[bytes]:
        """Give the words of the next command of this name."""
        while True:
            line, end, rest = self._seen.partition(b"\r\n")
            if not end:
                self._seen += await self._stream.receive_some()
                continue
            self._seen = rest
            words = [word.strip(b'"') for word in line.split(b" ")[3:]]
            if words and words[0].upper() == name:
                return words


@asynccontextmanager
async def monitored(server: Server) -> AsyncIterator[Monitored]:
    stream = await trio.open_tcp_stream(server.host, server.port)
    async with stream:
        await stream.send_all(b"MONITOR\r\n")
        assert await stream.receive_some() == b"+OK\r\n"
        yield Monitored(stream)


BLOCKING: list[tuple[bytes, int, float, Callable[[Any], Awaitable[Any]]]] = [
    (b"BLPOP", -1, 1, lambda r: r.blpop("nothing")),
    (b"BRPOP", -1, 1, lambda r: r.brpop(["nothing", "neither"])),
    (b"BLMOVE", -1, 1, lambda r: r.blmove("nothing", "m")),
    (b"BRPOPLPUSH", -1, 1, lambda r: r.brpoplpush("nothing", "m")),
    (b"BLMPOP", 1, 1, lambda r: r.blmpop(None, 1, "nothing", direction="LEFT")),
    (b"BZPOPMIN", -1, 1, lambda r: r.bzpopmin("nothing")),
    (b"BZPOPMAX", -1, 1, lambda r: r.bzpopmax("nothing")),
    (b"BZMPOP", 1, 1, lambda r: r.bzmpop(None, 1, "nothing", min=True)),
    (b"WAIT", -1, 1000, lambda r: r.wait(1)),
]
NAMES = [name.decode() for name, *_ in BLOCKING]


@pytest.mark.parametrize(("name", "place", "unit", "call"), BLOCKING, ids=NAMES)
async def test_server_is_asked_for_the_time_to_the_deadline(
    valkey: Server,
    exclusive: bool,
    name: bytes,
    place: int,
    unit: float,
    call: Callable[[Any], Awaitable[Any]],
) -> None:
    # Elsewhere WAIT is refused.
    exclusive = exclusive or name == b"WAIT"
    async with client_of(valkey) as r, one_of(r, exclusive) as client:
        async with monitored(valkey) as monitor:

            async def asked() -> float:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(call, client)
                    words = await monitor.next_command(name)
                    nursery.cancel_scope.cancel()
                return float(words[place])

            with trio.fail_after(100), trio.fail_after(20):
                assert 10 * unit < await asked() <= 20 * unit
            with trio.fail_after(20), trio.fail_after(100):
                assert 10 * unit < await asked() <= 20 * unit
            with trio.fail_after(sys.maxsize):  # longer than a server can tell
                assert await asked() == 0
            assert await asked() == 0
        assert await client.call("PING") == b"PONG"


async def test_own_time_to_block_counts_before_the_deadline(valkey: Server) -> None:
    async with client_of(valkey) as r, monitored(valkey) as monitor:
        with trio.fail_after(60):
            assert await r.blpop("nothing", 0.01) is None
            assert (await monitor.next_command(b"BLPOP"))[-1] == b"0.01"
            async with r.exclusive() as own:
                assert await own.wait(1, 10) == 0
            assert (await monitor.next_command(b"WAIT"))[-1] == b"10"


OWN_TIMES: list[tuple[str, float, Callable[[Any], Awaitable[Any]]]] = [
    ("BLPOP", 0.2, lambda r: r.blpop("nothing", 0.2)),
    ("XREAD", 0.2, lambda r: r.xread({"s": "$"}, block=200)),
    ("by words", 0.2, lambda r: r.call("blpop", "nothing", "0.2")),
    ("XREAD by words", 0.2, lambda r: r.call(b"XREAD", "block", b"200", "STREAMS", "s", "$")),
    ("WAIT", 0.2, lambda r: r.wait(1, 200)),
    ("for ever", math.inf, lambda r: r.blpop("nothing", 0)),
    ("to the deadline", math.inf, lambda r: r.blpop("nothing")),
]


@pytest.mark.parametrize(
    ("longest", "call"), [case[1:] for case in OWN_TIMES], ids=[case[0] for case in OWN_TIMES]
)
async def test_silent_server_is_waited_for_as_long_as_it_may_block_and_may_stall(
    own_valkey: Server, longest: float, call: Callable[[Any], Awaitable[Any]]
) -> None:
    async with client_of(own_valkey, stall_timeout=0.2, retry=Retry(0)) as r:
        async with r.exclusive() as own:
            own_valkey.pause()
            began = monotonic()
            if longest == math.inf:
                with trio.move_on_after(1.7) as scope:
                    await call(own)
                assert scope.cancelled_caught
            else:
                with pytest.raises(TimeoutError, match=r"sent nothing for 1\.4 seconds") as caught:
                    await call(own)
                assert caught.value.maybe_executed
                assert monotonic() - began >= longest + 1.2
            own_valkey.resume()
        assert await r.ping()


async def piped(r: Any, transaction: bool, *times: float | None) -> None:
    pipe = r.pipeline(transaction=transaction)
    for seconds in times:
        pipe.blpop("nothing", seconds)
    pipe.get("k")
    await pipe.execute()


async def on_exclusive(r: Redis[bytes], *times: float | None) -> None:
    async with r.exclusive() as own:
        await piped(own, False, *times)


# Ways to send several commands, of which one may block, and whether that is known to end: then
# after 0.2 s.
TOGETHER: list[tuple[str, bool, Callable[[Any], Awaitable[Any]]]] = [
    ("pipeline", True, lambda r: piped(r, False, 0.1, 0.2)),
    ("transaction", True, lambda r: piped(r, True, 0.2)),
    ("pipeline for ever", False, lambda r: piped(r, False, 0.2, 0)),
    ("pipeline to the deadline", False, lambda r: piped(r, False, 0.2, None)),
    ("exclusive pipeline", True, lambda r: on_exclusive(r, 0.1, 0.2)),
    ("exclusive pipeline for ever", False, lambda r: on_exclusive(r, 0.2, 0)),
    ("tuples", True, lambda r: r.call_many([("BLPOP", "nothing", 0.2), ("GET", "k")])),
    ("tuples for ever", False, lambda r: r.call_many([("GET", "k"), ("BLPOP", "nothing", 0)])),
]


@pytest.mark.parametrize(
    ("ends", "call"), [case[1:] for case in TOGETHER], ids=[case[0] for case in TOGETHER]
)
async def test_silent_server_is_waited_for_as_long_as_one_of_several_commands_may_block(
    own_valkey: Server, ends: bool, call: Callable[[Any], Awaitable[Any]]
) -> None:
    async with client_of(own_valkey, stall_timeout=0.2, retry=Retry(0)) as r:
        async with r.exclusive():
            pass  # so that nothing has to be dialled
        own_valkey.pause()
        if ends:
            with trio.fail_after(10):
                with pytest.raises(TimeoutError, match=r"sent nothing for 1\.4 seconds"):
                    await call(r)
        else:
            with trio.move_on_after(1.7) as scope:
                await call(r)
            assert scope.cancelled_caught
        own_valkey.resume()
        assert await r.ping()


async def test_pipeline_may_block_again_and_again(valkey: Server) -> None:
    async with client_of(valkey, stall_timeout=0.1) as r:
        pipe = r.pipeline(transaction=False)
        for _ in range(4):  # for longer than one of them may, with a second and a stall
            pipe.blpop("nothing", 0.5)
        assert await pipe.execute() == [None] * 4


@pytest.mark.parametrize("words", [(b"BLPOP", "k", -1), (b"BLPOP", "k", "x"), (b"XREAD", "BLOCK")])
async def test_time_to_block_that_makes_no_sense_is_left_to_the_server_to_refuse(
    valkey: Server, words: Any
) -> None:
    async with client_of(valkey, stall_timeout=0.5) as r:
        with pytest.raises(ResponseError):
            await r.call(*words)


async def test_deadline_in_the_past_asks_for_as_little_as_can_be(valkey: Server) -> None:
    class Words(ListCommands[bytes]):
        def _execute(self, command: Command[Any]) -> Any:
            return command

    command: Any = Words().blpop("k")
    assert command.words[-1] is None
    async with client_of(valkey) as r:
        await r.rpush("k", 1)
        with trio.CancelScope(deadline=-1) as outer:
            with trio.CancelScope(shield=True):
                assert await r.blpop("k") == (b"k", b"1")  # the shield hides the deadline
            await r.blpop("k")
        assert outer.cancelled_caught


async def test_command_without_its_words_is_left_to_the_server_to_refuse(valkey: Server) -> None:
    async with client_of(valkey) as r:
        for name in (b"BLPOP", b"BLMPOP", b"BZMPOP", b"XREADGROUP"):
            with pytest.raises(ResponseError, match="wrong number of arguments"):
                await r.call(name)


# --- whom it delays --------------------------------------------------------------------------


async def test_blocking_call_delays_nobody(valkey: Server) -> None:
    async with client_of(valkey) as r, trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(r.blpop, "nothing", 0)
        await wait_for_blocked(valkey, 20)
        for number in range(100):
            assert await r.echo(number) == b"%d" % number
        assert r.statistics().lent_connections == 20
        nursery.cancel_scope.cancel()


async def test_blocking_calls_beyond_the_bound_wait_for_their_turn(valkey: Server) -> None:
    results: list[Any] = []

    async def pop(r: Redis[bytes]) -> None:
        results.append(await r.blpop("l", 0))

    async with client_of(valkey, max_connections=2) as r:
        async with trio.open_nursery() as nursery:
            for _ in range(6):
                nursery.start_soon(pop, r)
            await wait_for_blocked(valkey, 2)
            assert r.statistics().waiting_for_connection == 4
            await r.rpush("l", *range(6))
        assert sorted(results) == [(b"l", b"%d" % number) for number in range(6)]
        assert connections_of(valkey) <= 3


async def test_error_of_a_blocking_command_is_raised(valkey: Server) -> None:
    async with client_of(valkey) as r:
        await r.set("k", "text")
        with pytest.raises(WrongTypeError) as caught:
            await r.blpop("k")
        assert caught.value.command == "BLPOP"
        assert r.statistics().idle_connections == 1


# --- what a cancelled one takes --------------------------------------------------------------


async def test_cancelled_pop_gives_its_connection_back(valkey: Server) -> None:
    async with client_of(valkey) as r:
        await r.blpop("nothing", 0.001)
        async with r.exclusive() as own:
            number = await own.client_id()
        for _ in range(5):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(r.blpop, "nothing")
                await wait_for_blocked(valkey, 1)
                nursery.cancel_scope.cancel()
            assert r.statistics().lent_connections == 0
            await wait_for_blocked(valkey, 0)
        async with r.exclusive() as own:
            assert await own.client_id() == number


async def test_exclusive_connection_goes_on_after_a_cancelled_pop(valkey: Server) -> None:
    async with client_of(valkey) as r, r.exclusive() as own:
        number = await own.client_id()
        with trio.move_on_after(0.02):
            await own.blpop("nothing")
        assert await own.client_id() == number
        await r.rpush("l", 1)
        assert await own.blpop("l") == (b"l", b"1")


async def test_pops_cancelled_at_once_end_at_once(valkey: Server, exclusive: bool) -> None:
    async with client_of(valkey) as r, one_of(r, exclusive) as client:
        with trio.fail_after(10):
            for passes in range(60):
                with trio.CancelScope() as scope:
                    async with trio.open_nursery() as nursery:
                        nursery.start_soon(client.blpop, "nothing")
                        for _ in range(passes % 12):
                            await trio.lowlevel.checkpoint()
                        scope.cancel()
        assert await client.call("PING") == b"PONG"


async def test_pop_cancelled_while_the_server_is_silent_ends_once_it_speaks(
    own_valkey: Server,
) -> None:
    async with client_of(own_valkey) as r, r.exclusive() as own:
        number = await own.client_id()
        sent = r.statistics().bytes_sent
        own_valkey.pause()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(own.blpop, "nothing")
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
            with trio.CancelScope(shield=True):
                while r.statistics().bytes_sent == sent:
                    await trio.lowlevel.checkpoint()
                own_valkey.resume()
        assert await own.client_id() == number


async def test_cancelled_pops_lose_no_element(valkey: Server, exclusive: bool) -> None:
    count, workers = 1500, 1 if exclusive else 20
    got: list[bytes] = []
    cancelled = 0

    async def attempt(r: Redis[bytes], client: Client, number: int) -> None:
        """Let an element and the cancellation race; in one case of three there is but one."""
        nonlocal cancelled
        key, kind, scope = f"l{number}", number % 6, trio.CancelScope()

        async def push() -> None:
            for _ in range(number % 7):
                await trio.lowlevel.checkpoint()
            await r.rpush(key, number)

        async def cancel() -> None:
            for _ in range(number % 11):
                await trio.lowlevel.checkpoint()
            scope.cancel()

        async with trio.open_nursery() as nursery:
            if kind != 0:
                nursery.start_soon(push)
            if kind != 1:
                nursery.start_soon(cancel)
            with scope:
                popped = await client.blpop(key)
                assert popped is not None
                got.append(popped[1])
        cancelled += scope.cancelled_caught
        if kind == 0:
            await push()

    async def work(r: Redis[bytes], client: Client, first: int) -> None:
        for number in range(first, count, workers):
            await attempt(r, client, number)

    async with client_of(valkey) as r, one_of(r, exclusive) as client:
        async with trio.open_nursery() as nursery:
            for first in range(workers):
                nursery.start_soon(work, r, client, first)
        left = [await r.lrange(f"l{number}", 0, -1) for number in range(count)]
        every = [*got, *(element for elements in left for element in elements)]
        assert sorted(every, key=int) == [b"%d" % number for number in range(count)]
        assert cancelled >= count // 6
        assert len(got) >= count // 6
        assert await client.call("PING") == b"PONG"
        assert r.statistics().lent_connections == exclusive


async def test_pops_that_meet_their_deadline_lose_no_element(
    valkey: Server, exclusive: bool
) -> None:
    count, workers = 1000, 1 if exclusive else 20
    got: list[bytes] = []
    cancelled = 0

    async def work(r: Redis[bytes], client: Client, first: int) -> None:
        nonlocal cancelled
        for number in range(first, count, workers):
            # Some end before the server can have said anything, some not even on a busy machine.
            limit = (0, 1e-9, 1e-6, *(one * 0.001 for one in range(11)), 1)[number % 15]
            async with trio.open_nursery() as nursery:

                async def push(key: str, number: int) -> None:
                    await trio.sleep(number % 7 * 0.001)
                    await r.rpush(key, number)

                nursery.start_soon(push, f"l{number}", number)
                with trio.move_on_after(limit) as scope:
                    popped = await client.blpop(f"l{number}")
                    if popped is not None:
                        got.append(popped[1])
                cancelled += scope.cancelled_caught

    async with client_of(valkey) as r, one_of(r, exclusive) as client:
        async with trio.open_nursery() as nursery:
            for _ in range(workers):  # to dial takes longer than some may wait
                nursery.start_soon(client.blpop, "nothing", 0.001)
        async with trio.open_nursery() as nursery:
            for first in range(workers):
                nursery.start_soon(work, r, client, first)
        left = [await r.lrange(f"l{number}", 0, -1) for number in range(count)]
        every = [*got, *(element for elements in left for element in elements)]
        assert sorted(every, key=int) == [b"%d" % number for number in range(count)]
        assert cancelled
        assert got
        assert await client.call("PING") == b"PONG"
        assert r.statistics().lent_connections == exclusive


async def test_cancelled_move_puts_its_element_where_it_belongs(valkey: Server) -> None:
    async with client_of(valkey) as r:
        for number in range(100):
            await r.rpush("l", number)
            with trio.move_on_after(0):
                await r.blmove("l", "m")
        moved, left = await r.llen("m"), await r.llen("l")
        assert moved + left == 100


async def test_pop_of_a_server_that_is_silent_ends_with_its_scope(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy, Redis("127.0.0.1", proxy.port) as r:
        async with r.exclusive() as own:
            await own.ping()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(r.blpop, "l")
            await wait_for_blocked(valkey, 1)
            proxy.replies.stall()
            nursery.cancel_scope.cancel()
        assert r.statistics().lent_connections == 0
        assert r.statistics().idle_connections == 0
        proxy.replies.release()
        assert await r.ping()


# --- what comes of a server that is silent, or slow ------------------------------------------


def call_of(r: Redis[bytes], own: ExclusiveRedis[bytes], *words: Any) -> BlockingCall:
    """Give a blocking command that is yet to be sent on a connection of its own."""
    return BlockingCall(write_command(*words), math.inf, own._own(), r._node.connect)


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[BlockingCall]:
    """The calls that the server was told to end, as their callers gave up."""
    calls: list[BlockingCall] = []
    end = BlockingCall._end

    async def recorded(call: BlockingCall) -> Any:
        calls.append(call)
        return await end(call)

    monkeypatch.setattr(BlockingCall, "_end", recorded)
    return calls


async def test_silence_before_the_deadline_is_noticed(
    own_valkey: Server, ended: list[BlockingCall]
) -> None:
    async with client_of(own_valkey) as r:
        with trio.move_on_after(0.5):
            await r.blpop("nothing")
        assert not ended[0]._is_silent()
        own_valkey.pause()
        with trio.move_on_after(0.5):
            await r.blpop("nothing")
        assert ended[1]._is_silent()
        own_valkey.resume()
        assert await r.ping()


@pytest.mark.parametrize("limit", [60, 0.05], ids=["", "given up"])
@pytest.mark.parametrize("shared", [True, False], ids=["look", "dial"])
async def test_near_deadline_sends_nothing_to_a_silent_server(
    own_valkey: Server, ended: list[BlockingCall], shared: bool, limit: float
) -> None:
    limits = {"stall_timeout": limit, "connect_timeout": limit}
    async with client_of(own_valkey, **limits) as r, r.exclusive() as own:
        number = await own.client_id()
        own_valkey.pause()
        if not shared:
            r._node._slots[0].close()  # type: ignore[union-attr]
        with trio.move_on_after(0.1) as scope:
            await own.blpop("l")
        assert scope.cancelled_caught
        own_valkey.resume()
        await r.rpush("l", 1)
        assert await own.blpop("l") == (b"l", b"1")
        assert await own.client_id() == number
    assert not ended


async def test_near_deadline_is_kept_where_there_is_no_shared_connection_to_be_had(
    valkey: Server,
) -> None:
    async with open_fault_proxy(valkey.port) as proxy, client_of(valkey) as r:
        elsewhere: Redis[bytes] = Redis("127.0.0.1", proxy.port)
        proxy.refuse()
        async with r.exclusive() as own:
            await r.rpush("l", 1)
            with trio.fail_after(0.15):
                assert await call_of(elsewhere, own, "BLPOP", "l", 0).reply() == [b"l", b"1"]


async def test_shared_connection_that_is_busy_gives_a_sign_of_life_to_all(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy, Redis("127.0.0.1", proxy.port) as r:
        await r.set("large", "x" * 100_000)
        async with r.exclusive() as own, trio.open_nursery() as nursery:
            await r.rpush("l", 1)
            proxy.replies.split(5_000, 0.05)
            nursery.start_soon(r.get, "large")  # takes a second
            await proxy.replies.wait_for_bytes(6_000)
            with trio.fail_after(0.2):
                assert await own.blpop("l") == (b"l", b"1")
            nursery.cancel_scope.cancel()


async def test_element_that_comes_just_before_the_deadline_is_taken(
    valkey: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_blocking, "_PATIENCE_AT_DEADLINE_SECONDS", 59.8)
    async with client_of(valkey) as r, monitored(valkey) as monitor:
        async with trio.open_nursery() as nursery:

            async def pop() -> None:
                with trio.fail_after(60):
                    assert await r.blpop("l") == (b"l", b"1")

            nursery.start_soon(pop)
            assert await monitor.next_command(b"PING") == [b"PING"]
            await r.rpush("l", 1)
        assert r.statistics().idle_connections == 1


@asynccontextmanager
async def silent_elsewhere(
    server: Server,
) -> AsyncIterator[tuple[BlockingCall, Redis[bytes], FaultProxy]]:
    """A pop from "l" that found no sign of life; the client and proxy where it looked."""
    async with (
        open_fault_proxy(server.port) as proxy,
        Redis("127.0.0.1", proxy.port) as elsewhere,
        client_of(server) as r,
        r.exclusive() as own,
    ):
        call = call_of(elsewhere, own, "BLPOP", "l", 0)
        assert not call._is_silent()
        proxy.replies.stall()
        async with call._look():
            await proxy.replies.wait_for_bytes(1)
        assert call._is_silent()
        yield call, elsewhere, proxy


async def test_element_is_taken_where_only_the_shared_connection_is_silent(
    valkey: Server,
) -> None:
    async with silent_elsewhere(valkey) as (call, elsewhere, proxy):
        got: list[Any] = []

        async def pop() -> None:
            got.append(await call.reply())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(pop)
            await wait_for_blocked(valkey, 1)
            valkey.call("RPUSH", "l", "1")
            nursery.cancel_scope.cancel()
        assert got == [[b"l", b"1"]]
        proxy.replies.release()
        assert await elsewhere.ping()
        assert not call._is_silent()


async def test_shared_connection_that_is_lost_says_nothing_of_the_server(valkey: Server) -> None:
    async with silent_elsewhere(valkey) as (call, elsewhere, proxy):
        proxy.refuse()
        proxy.cut()
        with pytest.raises(ConnectionError):
            await elsewhere.ping()
        assert not call._is_silent()


async def test_connection_that_breaks_just_before_the_deadline_is_told(
    valkey: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_blocking, "_PATIENCE_AT_DEADLINE_SECONDS", 59.8)
    async with (
        open_fault_proxy(valkey.port) as proxy,
        Redis("127.0.0.1", proxy.port) as r,
        monitored(valkey) as monitor,
        trio.open_nursery() as nursery,
    ):

        async def pop() -> None:
            with trio.fail_after(60), pytest.raises(ConnectionError) as caught:
                await r.blpop("l")
            assert caught.value.maybe_executed
            assert isinstance(caught.value.__cause__, ConnectionError)

        nursery.start_soon(pop)
        await monitor.next_command(b"PING")
        proxy.cut()


async def test_long_reply_on_its_way_is_waited_for(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy, Redis("127.0.0.1", proxy.port) as r:
        async with r.exclusive() as own:
            await own.ping()
        got: list[Any] = []

        async def pop() -> None:
            got.append(await r.blpop("l"))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(pop)
            await wait_for_blocked(valkey, 1)
            proxy.replies.split(5_000, 0.05)
            valkey.call("RPUSH", "l", "x" * 100_000)  # takes a second
            await proxy.replies.wait_for_bytes(6_000)
            nursery.cancel_scope.cancel()
        assert got == [(b"l", b"x" * 100_000)]


async def test_reply_that_trickles_in_is_not_waited_for_without_end(
    valkey: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_blocking, "_LONGEST_SECONDS", 0.1)
    async with open_fault_proxy(valkey.port) as proxy, Redis("127.0.0.1", proxy.port) as r:
        async with r.exclusive() as own:
            await own.ping()
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(r.blpop, "l")
                await wait_for_blocked(valkey, 1)
                proxy.replies.split(1, 0.01)
                valkey.call("RPUSH", "l", "x" * 2_000)  # takes twenty seconds
                scope.cancel()
        assert scope.cancelled_caught
        assert proxy.replies.held > 1_000
        assert r.statistics().idle_connections == 0


@pytest.mark.parametrize(("seconds", "patience"), [(0.25, 0.2), (math.inf, 0.3)])
async def test_who_missed_a_deadline_waits_less_for_a_silent_server(
    valkey: Server, ended: list[BlockingCall], seconds: float, patience: float
) -> None:
    async with open_fault_proxy(valkey.port) as proxy, Redis("127.0.0.1", proxy.port) as r:
        await r.blpop("nothing", 0.001)  # there is a connection now, to block on
        async with trio.open_nursery() as nursery:
            nursery.cancel_scope.deadline = trio.current_time() + seconds
            nursery.start_soon(r.blpop, "nothing")
            await wait_for_blocked(valkey, 1)
            if seconds == math.inf:
                proxy.replies.stall()
                nursery.cancel_scope.cancel()
    (call,) = ended
    assert call._patience == patience + call._two_trips


async def test_connection_on_which_more_may_be_ended_is_used_no_more(
    valkey: Server, monkeypatch: pytest.MonkeyPatch, exclusive: bool
) -> None:
    class Shared:
        async def ask(self, payload: bytes) -> Any:
            valkey.call("RPUSH", "l", "1")
            await trio.lowlevel.checkpoint()
            raise ConnectionError("broken", maybe_executed=True)

    async def connect() -> Any:
        return Shared()

    async with client_of(valkey) as r, one_of(r, exclusive) as client:
        with monkeypatch.context() as patch:
            patch.setattr(r._node, "connect", connect)
            assert await popped_as_it_is_cancelled(valkey, client) == [(b"l", b"1")]
        assert r.statistics().idle_connections == 0
        if exclusive:
            with pytest.raises(ConnectionError, match="was closed"):
                await client.call("PING")
        else:
            assert await client.blpop("nothing", 0.001) is None


async def popped_as_it_is_cancelled(server: Server, client: Client) -> list[Any]:
    got: list[Any] = []

    async def pop() -> None:
        got.append(await client.blpop("l"))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(pop)
        await wait_for_blocked(server, 1)
        nursery.cancel_scope.cancel()
    return got


async def test_provider_that_fails_as_it_is_cancelled_takes_no_element(
    valkey: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise RuntimeError("cleanup failed")

    async def connect() -> None:
        valkey.call("RPUSH", "l", "1")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fail)
            await trio.sleep_forever()

    async with client_of(valkey) as r:
        monkeypatch.setattr(r._node, "connect", connect)
        assert await popped_as_it_is_cancelled(valkey, r) == [(b"l", b"1")]


async def test_who_may_not_end_commands_asks_once_and_discards_the_connection(
    valkey: Server,
) -> None:
    valkey.call("ACL", "SETUSER", "u", "on", "nopass", "~*", "&*", "+@all", "-client|unblock")
    valkey.call("ACL", "LOG", "RESET")
    async with client_of(valkey, username="u", password="any") as r:
        with trio.move_on_after(0.1):
            await r.blpop("nothing", 0)
        (entry,) = await r.acl_log()
        assert (entry["object"], entry["count"]) == ("client|unblock", 1)
        assert r.statistics().idle_connections == 0
        await r.rpush("nothing", 1)
        assert await r.llen("nothing") == 1


async def test_pop_of_a_silent_server_ends_under_a_clock_that_jumps(
    own_valkey: Server, autojump_clock: trio.testing.MockClock
) -> None:
    async with client_of(own_valkey) as r:
        await r.blpop("nothing", 0.001)  # there is a connection now, to block on
        own_valkey.pause()
        with trio.move_on_after(1000) as scope:
            await r.blpop("nothing")
        assert scope.cancelled_caught
        own_valkey.resume()


async def test_pop_whose_connection_breaks_may_have_been_carried_out(own_valkey: Server) -> None:
    async with client_of(own_valkey) as r:
        errors: list[ConnectionError] = []

        async def pop() -> None:
            try:
                await r.blpop("l")
            except ConnectionError as error:
                errors.append(error)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(pop)
            await wait_for_blocked(own_valkey, 1)
            own_valkey.kill()
        assert errors[0].maybe_executed
        own_valkey.start()
        assert await r.ping()


@pytest.mark.parametrize("error", [ConnectionError, RuntimeError])
async def test_popped_element_is_taken_where_the_server_cannot_be_told(
    valkey: Server, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    async with client_of(valkey) as r:
        node = r._node

        async def fail() -> None:
            await trio.lowlevel.checkpoint()
            raise error("no connection")

        monkeypatch.setattr(node, "connect", fail)
        got: list[Any] = []

        async def pop() -> None:
            got.append(await r.blpop("l"))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(pop)
            await wait_for_blocked(valkey, 1)
            valkey.call("RPUSH", "l", "1")  # its element lies unread in the socket
            nursery.cancel_scope.cancel()
        assert got == [(b"l", b"1")]
        # And where there is none, the cancellation is what the caller sees.
        async with trio.open_nursery() as nursery:
            nursery.start_soon(pop)
            await wait_for_blocked(valkey, 1)
            nursery.cancel_scope.cancel()
        assert len(got) == 1


async def test_blocking_read_is_sent_again_when_its_connection_breaks(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy, Redis("127.0.0.1", proxy.port) as r:
        got: list[Any] = []

        async def read() -> None:
            got.append(await r.xread({"s": "0"}, block=0))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(read)
            await wait_for_blocked(valkey, 1)
            proxy.cut()
            valkey.call("XADD", "s", "1-1", "a", "b")
        assert got == [{b"s": [(b"1-1", {b"a": b"b"})]}]
