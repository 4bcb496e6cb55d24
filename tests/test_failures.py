"""Servers that are killed, frozen and restarted under load; memory, descriptors, Ctrl-C, fork.

Short forms run with every suite. The long ones, which take minutes, run where the variable of
tests/test_storm.py is set:

    REDTRIO_STORM=20000 python -m pytest tests/test_failures.py -s
"""

from __future__ import annotations

import gc
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, aclosing
from typing import Any

import pytest
import trio
import trio.testing
from clients import connections_of, wait_for_connections
from faultproxy import FaultProxy, open_fault_proxy
from servers import Server, ServerMissing, open_server

from redtrio._retry import Retry
from redtrio.client import Redis
from redtrio.exceptions import ConnectionError, ProtocolError, RedisError, TimeoutError

HOST = "127.0.0.1"
LONG = "REDTRIO_STORM" in os.environ
FAULTS = 100 if LONG else 12
CANCELLATIONS = int(os.environ.get("REDTRIO_STORM", "1000"))
CALLS = 300_000 if LONG else 20_000
CYCLES = 500 if LONG else 100
QUICK = Retry(retries=3, base=0.001, cap=0.01)


@pytest.fixture
def durable_valkey() -> Iterator[Server]:
    """A Valkey that knows after a crash what it had acknowledged before."""
    try:
        with open_server("valkey", "--appendonly", "yes", "--appendfsync", "no") as server:
            yield server
    except ServerMissing as missing:
        pytest.skip(str(missing))


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait for what nobody announces; what never comes ends in the time limit."""
    while not condition():  # noqa: ASYNC110
        await trio.sleep(0.001)


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


# --- kills -----------------------------------------------------------------------------


class Tally:
    """Tasks that count up on the server while it is cut off, frozen and killed.

    Attributes:
        counts: What became of the calls: acknowledged, unknown, not executed.
        values: What the server answered.
        faults: How many faults there were, each on one connection.
    """

    def __init__(self, client: Redis[bytes], server: Server, proxy: FaultProxy, seed: int) -> None:
        self.client = client
        self.server = server
        self.proxy = proxy
        self.random = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.values: set[int] = set()
        self.faults = 0
        self._over = False

    async def run(self, tasks: int) -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(tasks):
                nursery.start_soon(self._count_on_and_on)
            while self.faults < FAULTS:
                await self._progress(50)
                self.faults += 1
                # The real end of the process is one of many: it takes the longest.
                await (self._kill() if self.faults % 6 == 0 else self._harm())
            await self._progress(50)
            self._over = True

    async def _count_on_and_on(self) -> None:
        while not self._over:
            try:
                value = await self.client.incr("counter")
            except ProtocolError:
                raise
            except (ConnectionError, TimeoutError) as error:
                self.counts["unknown" if error.maybe_executed else "not executed"] += 1
                await trio.sleep(0.002)
            else:
                assert value not in self.values
                self.values.add(value)
                self.counts["acknowledged"] += 1

    async def _progress(self, count: int) -> None:
        goal = self.counts["acknowledged"] + count
        await eventually(lambda: self.counts["acknowledged"] >= goal)

    async def _kill(self) -> None:
        self.server.kill()
        await trio.sleep(self.random.random() * 0.05)
        # Not in a thread: the server would end with it.
        self.server.start()

    async def _harm(self) -> None:
        way = self.random.choice([self.proxy.requests, self.proxy.replies])
        reset = self.random.random() < 0.5
        match self.random.choice(["cut", "cut after", "stall", "refuse", "pause"]):
            case "cut":
                self.proxy.cut(reset=reset)
            case "cut after":
                dialled = self.proxy.total_connections
                way.cut_after(self.random.randrange(500), reset=reset)
                await eventually(lambda: self.proxy.total_connections > dialled)
            case "stall":
                way.stall(self.random.choice([1, 100, 1 << 20]))
                await trio.sleep(self.random.random() * 0.03)
                self.proxy.cut(reset=reset)
                way.release()
            case "refuse":
                self.proxy.refuse()
                self.proxy.cut(reset=reset)
                await trio.sleep(self.random.random() * 0.05)
                self.proxy.accept()
            case _:
                self.server.pause()
                await trio.sleep(0.3)
                self.server.resume()


@pytest.mark.timeout(60 + FAULTS * 3)
@pytest.mark.parametrize("retries", [0, 3])
async def test_counter_under_kills_and_stalls_is_never_counted_twice(
    durable_valkey: Server, retries: int, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks, bound = 40, 8
    seed = random.randrange(1 << 32)
    async with open_fault_proxy(durable_valkey.port) as proxy:
        client = Redis(
            HOST,
            proxy.port,
            max_in_flight=bound,
            stall_timeout=0.1,
            connect_timeout=0.1,
            retry=Retry(retries, base=0.001, cap=0.01),
        )
        tally = Tally(client, durable_valkey, proxy, seed)
        await tally.run(tasks)
        counts = tally.counts
        counter = int(await client.get("counter") or 0)
        statistics = client.statistics()
        await client.aclose()
    with capsys.disabled():
        print(
            f"\nretries={retries}: {tally.faults} kills and stalls, {counts['acknowledged']}"
            f" acknowledged <= counter {counter} <= {counts['acknowledged']} +"
            f" {counts['unknown']} unknown; {counts['not executed']} reported as not executed,"
            f" {statistics.reconnects} reconnects, {statistics.retries} retries, seed {seed}"
        )
    assert counts["acknowledged"] <= counter <= counts["acknowledged"] + counts["unknown"]
    # One connection; beyond the bound there may be one that was sent when nobody else called.
    assert counts["unknown"] <= tally.faults * (bound + 1)
    assert tally.counts["unknown"] > 0
    if not retries:
        assert counts["not executed"] > 0


@pytest.mark.parametrize("reset", [False, True])
async def test_what_is_unsent_at_a_kill_says_so(valkey: Server, reset: bool) -> None:
    async with (
        open_fault_proxy(valkey.port) as proxy,
        Redis(HOST, proxy.port, max_in_flight=10, poll_window=0, retry=Retry(0)) as client,
    ):
        proxy.replies.stall()
        outcomes: list[Any] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes_of, lambda: client.incr("counter"), 100, outcomes)
            await proxy.replies.wait_for_held(10 * len(b":1\r\n"))
            await trio.testing.wait_all_tasks_blocked()
            assert client.statistics().in_flight == 10
            assert client.statistics().queued == 90
            proxy.cut(reset=reset)
        assert Counter(outcome.maybe_executed for outcome in outcomes) == {True: 10, False: 90}
        assert valkey.call("GET", "counter") == b"10"


class Weather:
    """Tasks that call and are cancelled, over connections that come and go all the time."""

    def __init__(self, client: Redis[bytes], proxy: FaultProxy, seed: int, goal: int) -> None:
        self.client = client
        self.proxy = proxy
        self.random = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.goal = goal
        self._nonces = 0

    async def run(self, tasks: int) -> None:
        async with trio.open_nursery() as weather:
            weather.start_soon(self._blow)
            async with trio.open_nursery() as nursery:
                for _ in range(tasks):
                    nursery.start_soon(self._call_on_and_on)
            weather.cancel_scope.cancel()
        self.proxy.accept()
        for way in (self.proxy.requests, self.proxy.replies):
            way.delay(0)
            way.split(None)
            way.release()

    async def _blow(self) -> None:
        while True:
            way = self.random.choice([self.proxy.requests, self.proxy.replies])
            way.delay(self.random.choice([0, 0, 0, 0.002]))
            way.split(self.random.choice([None, None, None, 10, 100]))
            if self.random.random() < 0.3:
                way.stall(self.random.choice([1, 1000, 1 << 20]))
                await trio.sleep(self.random.random() * 0.01)
                way.release()
            if self.random.random() < 0.03:
                self.proxy.refuse()
                self.proxy.cut(reset=self.random.random() < 0.5)
                await trio.sleep(self.random.random() * 0.01)
                self.proxy.accept()
            elif self.random.random() < 0.05:
                self.proxy.cut(reset=self.random.random() < 0.5)
            if self.random.random() < 0.05:
                self.client._node._expiries = [0.0] * len(self.client._node._expiries)
            if self.random.random() < 0.05:
                self.let_idle()
            await trio.sleep(self.random.random() * 0.01)

    def let_idle(self) -> None:
        """Make all shared connections so old that they are asked before they are used."""
        for connection in self.client._node._slots:
            if connection is not None:
                connection._last_used -= 100

    async def _call_on_and_on(self) -> None:
        while (
            self.counts["cancelled"] < self.goal or self.counts["answered"] < self.goal // 10
        ) and not self.counts["wrong"]:
            patience = self.random.choice([0.002, 0.02, 0.1, 1])
            self._nonces += 1
            nonce = b"nonce-%d" % self._nonces
            with trio.move_on_after(self.random.random() * patience) as scope:
                try:
                    await self._call(nonce)
                    self.counts["answered"] += 1
                except ProtocolError:
                    raise
                except (ConnectionError, TimeoutError):
                    self.counts["failed"] += 1
                    await trio.sleep(0.001)
            self.counts["cancelled"] += scope.cancelled_caught

    async def _call(self, nonce: bytes) -> None:
        kind = self.random.random()
        expected: Any = nonce
        reply: Any
        if kind < 0.8:
            reply = await self.client.echo(nonce)
        elif kind < 0.9:
            async with self.client.pipeline(transaction=kind < 0.85) as pipe:
                handles = [pipe.echo(nonce + b"-%d" % number) for number in range(10)]
            reply = [await handle for handle in handles]
            expected = [nonce + b"-%d" % number for number in range(10)]
        else:
            async with self.client.exclusive() as own:
                reply = await own.echo(nonce)
        self.counts["wrong"] += reply != expected


@pytest.mark.timeout(60 + CANCELLATIONS * 0.1)
@pytest.mark.parametrize("connections", [1, 3])
async def test_connections_that_come_and_go_mix_no_replies_and_leave_nothing(
    valkey: Server, connections: int, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = random.randrange(1 << 32)
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(open_fault_proxy(valkey.port))
        client = Redis(
            HOST,
            proxy.port,
            connections=connections,
            connection_lifetime=0.2,
            health_check_interval=50,
            connect_timeout=0.2,
            stall_timeout=0.3,
            retry=QUICK,
        )
        await stack.enter_async_context(aclosing(client))
        weather = Weather(client, proxy, seed, CANCELLATIONS)
        await weather.run(30)
        counts = weather.counts
        with capsys.disabled():
            print(
                f"\nconnections={connections}: {counts['cancelled']} calls cancelled,"
                f" {counts['answered']} answered, {counts['wrong']} of them wrong,"
                f" {counts['failed']} failed, {client.statistics().reconnects} reconnects,"
                f" {proxy.total_connections} connections dialled, seed {seed}"
            )
        assert counts["wrong"] == 0
        assert not client._node.pool.used_connections
        # An ECHO that meets a cut of which nobody knows yet fails, and is not sent again.
        proxy.cut()
        weather.let_idle()
        # What was being replaced finishes, and is closed.
        with trio.fail_after(10):
            for _ in range(100):
                assert await client.echo("word") == b"word"
            await eventually(lambda: not client._node._leaving)
        await client.aclose()
        await proxy.wait_for_connections(0)
    await wait_for_connections(valkey, 0)


# --- a frozen server -------------------------------------------------------------------


async def test_frozen_server_fails_calls_after_the_time_that_is_configured(
    own_valkey: Server,
) -> None:
    options: Any = {"stall_timeout": 0.1, "connect_timeout": 0.1, "retry": Retry(0)}
    async with Redis(HOST, own_valkey.port, max_in_flight=10, **options) as client:
        own_valkey.pause()
        outcomes = await outcomes_of(lambda: client.incr("counter"), 100)
        assert {type(outcome) for outcome in outcomes} == {TimeoutError}
        # Those behind the bound were not sent.
        assert sum(outcome.maybe_executed for outcome in outcomes) in (10, 11)
        outcomes = await outcomes_of(lambda: client.get("counter"), 100)
        assert {type(outcome) for outcome in outcomes} == {TimeoutError}
        own_valkey.resume()
        while True:  # what had been sent is carried out now
            outcomes = await outcomes_of(lambda: client.incr("other"), 100)
            if not any(isinstance(outcome, TimeoutError) for outcome in outcomes):
                break
        assert len(set(outcomes)) == 100
        await wait_for_connections(own_valkey, 1)


async def test_frozen_server_is_waited_for_where_no_time_is_configured(
    own_valkey: Server,
) -> None:
    async with Redis(HOST, own_valkey.port, stall_timeout=None) as client:
        first = await client.client_id()
        own_valkey.pause()
        outcomes: list[Any] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outcomes_of, lambda: client.incr("counter"), 1000, outcomes)
            await trio.testing.wait_all_tasks_blocked(0.05)
            assert outcomes == []
            own_valkey.resume()
        assert sorted(outcomes) == list(range(1, 1001))
        assert await client.client_id() == first


@pytest.mark.parametrize(
    "way", ["call", "pipeline", "exclusive", "blocking", "blocking briefly", "dial"]
)
async def test_frozen_server_lets_nothing_outlive_its_deadline(
    own_valkey: Server, way: str, capsys: pytest.CaptureFixture[str]
) -> None:
    late: list[float] = []

    async with Redis(HOST, own_valkey.port, stall_timeout=None, max_in_flight=10) as client:

        async def call() -> None:
            # With a near deadline a pop is not even sent.
            limit = random.uniform(0.05, 0.3) + 0.35 * (way == "blocking")
            began = time.perf_counter()
            with pytest.raises(trio.TooSlowError), trio.fail_after(limit):
                if way == "pipeline":
                    async with client.pipeline() as pipe:
                        pipe.incr("counter")
                elif way == "exclusive":
                    async with client.exclusive() as own:
                        await own.incr("counter")
                elif way.startswith("blocking"):
                    await client.blpop("nothing")
                else:
                    await client.incr("counter")
            late.append(time.perf_counter() - began - limit)

        if way == "dial":
            client._node._slots[0].close()  # type: ignore[union-attr]
        if way.startswith("blocking"):  # on connections that are there already
            await outcomes_of(lambda: client.blpop("nothing", 0.01), 50)
        own_valkey.pause()
        async with trio.open_nursery() as nursery:
            for _ in range(500):
                nursery.start_soon(call)
        own_valkey.resume()
        with trio.fail_after(10):
            assert await client.incr("other") == 1
    assert len(late) == 500
    with capsys.disabled():
        print(f"\nfrozen server, {way}: 500 deadlines, latest end {max(late) * 1000:.1f} ms after")


async def test_frozen_server_fills_no_memory_beyond_the_bound(own_valkey: Server) -> None:
    """Neither with callers that give up, nor behind one that does not."""
    async with Redis(
        HOST, own_valkey.port, stall_timeout=None, max_in_flight=10, poll_window=0
    ) as client:
        own_valkey.pause()
        async with trio.open_nursery() as nursery:
            for _ in range(20):  # ten are sent, ten wait for as long as it takes
                nursery.start_soon(client.incr, "counter")
            await trio.testing.wait_all_tasks_blocked()
            conversation = client._node._slots[0].conversation  # type: ignore[union-attr]
            before = 0
            for wave in range(10):
                async with trio.open_nursery() as impatient:
                    for number in range(500):
                        impatient.start_soon(client.set, f"key-{number}", b"x" * 1000)
                    await trio.testing.wait_all_tasks_blocked()
                    assert len(conversation.owed) == 10
                    impatient.cancel_scope.cancel()
                if wave == 1:
                    gc.collect()
                    before = resident_kilobytes()
                assert len(conversation.unsent) < 100
            gc.collect()
            assert resident_kilobytes() - before < 2000
            own_valkey.resume()
        assert await client.incr("counter") == 21
        assert await client.exists("key-1") == 0


# --- a restart -------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["kill", "stop"])
async def test_restart_with_500_calls_in_flight_is_survived(own_valkey: Server, end: str) -> None:
    for round_ in range(5 if LONG else 2):
        async with Redis(HOST, own_valkey.port, retry=Retry(10, base=0.01)) as client:
            own_valkey.pause()
            outcomes: list[Any] = []
            async with trio.open_nursery() as nursery:
                nursery.start_soon(outcomes_of, lambda: client.incr("counter"), 250, outcomes)
                nursery.start_soon(outcomes_of, lambda: client.get("missing"), 250, outcomes)
                await trio.testing.wait_all_tasks_blocked(0.01)
                assert client.statistics().in_flight >= 499
                if end == "kill":
                    own_valkey.kill()
                else:
                    own_valkey.resume()
                    own_valkey.stop()
                await trio.sleep(0.005)
                own_valkey.start()
            assert len(outcomes) == 500
            failures = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
            assert {type(failure) for failure in failures} <= {ConnectionError}
            assert outcomes.count(None) == 250  # what only reads was tried again
            assert await client.incr(f"counter-{round_}") == 1
            await wait_for_connections(own_valkey, 1)


async def test_restart_with_the_dialling_task_cancelled_serves_all_others(
    own_valkey: Server,
) -> None:
    async with open_fault_proxy(own_valkey.port) as proxy, Redis(HOST, proxy.port) as client:
        own_valkey.kill()
        own_valkey.start()
        proxy.replies.stall()
        outcomes: list[Any] = []
        async with trio.open_nursery() as nursery:
            async with trio.open_nursery() as first:
                first.start_soon(client.get, "counter")
                await eventually(lambda: client.statistics().waiting_for_connection == 1)
                nursery.start_soon(outcomes_of, lambda: client.incr("counter"), 1000, outcomes)
                await trio.testing.wait_all_tasks_blocked(0.01)
                assert client.statistics().waiting_for_connection == 1001
                first.cancel_scope.cancel()
            proxy.replies.release()
        assert sorted(outcomes) == list(range(1, 1001))
        await wait_for_connections(own_valkey, 1)
        assert client.statistics().shared_connections == 1


# --- memory, descriptors, leaving ------------------------------------------------------


def resident_kilobytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


needs_proc = pytest.mark.skipif(
    not os.path.isdir("/proc/self/fd"), reason="what a process holds is told by /proc alone"
)


@needs_proc
@pytest.mark.timeout(300)
async def test_many_calls_leave_no_memory_behind(
    valkey: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    async with Redis(HOST, valkey.port) as client:

        async def work(count: int) -> None:
            for number in range(count):
                await client.set("key", f"value-{number}")
                await client.get("key")
                if number % 100 == 0:
                    async with client.pipeline(transaction=False) as pipe:
                        for _ in range(20):
                            pipe.incr("counter")
                    with trio.move_on_after(0):
                        await client.get("key")

        async def work_all(count: int) -> None:
            async with trio.open_nursery() as nursery:
                for _ in range(20):
                    nursery.start_soon(work, count // 40)

        await work_all(5_000)
        gc.collect()
        before = resident_kilobytes()
        await work_all(CALLS)
        gc.collect()
        growth = resident_kilobytes() - before
    with capsys.disabled():
        print(f"\n{CALLS} calls: resident memory grew by {growth} KB")
    assert growth < 5 * 1024


@needs_proc
async def test_opening_and_closing_keeps_descriptors_constant(
    valkey: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    counts: list[int] = []
    for _ in range(CYCLES):
        async with Redis(HOST, valkey.port) as client:
            await client.ping()
            async with client.exclusive() as own:
                await own.ping()
        counts.append(len(os.listdir("/proc/self/fd")))
    await wait_for_connections(valkey, 0)
    with capsys.disabled():
        print(
            f"\n{CYCLES} cycles: {counts[0]} descriptors after the first, {counts[-1]} at the end"
        )
    assert set(counts) == {counts[0]}


@pytest.mark.parametrize("bound", [65536, 10])
async def test_leaving_the_block_fails_1000_pending_calls_at_once(
    valkey: Server, bound: int, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes: list[Any] = []
    async with open_fault_proxy(valkey.port) as proxy, trio.open_nursery() as nursery:
        async with Redis(HOST, proxy.port, max_in_flight=bound, poll_window=0) as client:
            proxy.replies.stall()
            nursery.start_soon(outcomes_of, lambda: client.incr("counter"), 990, outcomes)
            nursery.start_soon(outcomes_of, lambda: client.blpop("list"), 10, outcomes)
            await proxy.replies.wait_for_held(1)
            await trio.testing.wait_all_tasks_blocked(0.01)
            assert outcomes == []
            began = time.perf_counter()
        while len(outcomes) < 1000:
            await trio.lowlevel.checkpoint()
        taken = time.perf_counter() - began
        nursery.cancel_scope.cancel()
    assert {type(outcome) for outcome in outcomes} == {ConnectionError}
    assert len({id(outcome) for outcome in outcomes}) == 1000
    assert all("closed" in str(outcome) for outcome in outcomes)
    assert sum(outcome.maybe_executed for outcome in outcomes) == min(bound, 990)
    with capsys.disabled():
        print(f"\nleaving with 1000 calls pending, max_in_flight={bound}: {taken * 1000:.1f} ms")


async def test_users_exception_leaves_the_block_unwrapped_with_calls_pending(
    valkey: Server,
) -> None:
    outcomes: list[Any] = []
    async with open_fault_proxy(valkey.port) as proxy, trio.open_nursery() as nursery:
        with pytest.raises(LookupError, match="mine"):
            async with Redis(HOST, proxy.port) as client:
                proxy.replies.stall()
                nursery.start_soon(outcomes_of, client.ping, 10, outcomes)
                await proxy.replies.wait_for_held(1)
                raise LookupError("mine")
    assert {type(outcome) for outcome in outcomes} == {ConnectionError}


# --- Ctrl-C, a second run, fork --------------------------------------------------------

INTERRUPTED_ANYWHERE = """
import random, signal, sys, time, warnings
import trio
from redtrio.client import Redis

warnings.simplefilter("error")
port, way, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))

async def main():
    client = Redis("127.0.0.1", port, connections=2 if way == "dial" else 1)
    calls = interrupts = 0

    # Without it, Python itself may be interrupted between the end of a block and the call of
    # __aexit__, which then never happens.
    guarded = way in ("pipeline", "exclusive", "blocking")
    guard = trio.lowlevel.enable_ki_protection if guarded else lambda f: f

    @guard
    async def call():
        nonlocal calls
        calls += 1
        word = b"%d" % calls
        if way == "dial":
            for connection in client._node._slots:
                if connection is not None:
                    connection.close()
        if way == "pipeline":
            async with client.pipeline(transaction=calls % 2 == 0) as pipe:
                handles = [pipe.echo(word + b"-%d" % number) for number in range(20)]
            replies = [handle.result for handle in handles]
            assert replies == [word + b"-%d" % number for number in range(20)], replies
        elif way == "exclusive":
            async with client.exclusive() as own:
                reply = await own.echo(word)
                assert reply == word, (reply, word)
        elif way == "blocking":
            with trio.move_on_after(random.uniform(0, 0.004)):
                await client.blpop("nothing")
        else:
            reply = await client.echo(word)
            assert reply == word, (reply, word)

    while interrupts < count:
        armed, before = time.monotonic(), calls
        try:
            signal.setitimer(signal.ITIMER_REAL, random.uniform(0.0001, 0.003), 5)
            while True:
                await call()
        except KeyboardInterrupt:
            interrupts += 1
        # Python loses one that comes within a finalizer; then calls go on, and it comes again.
        assert time.monotonic() - armed < 4 or calls > before + 1, "hangs"
        assert not client._node.pool.used_connections
        assert client._node._dialling is None
    signal.setitimer(signal.ITIMER_REAL, 0)
    with trio.fail_after(10):
        assert await client.echo(b"mine") == b"mine"
    assert client.statistics().in_flight <= 20, client.statistics()
    await client.aclose()
    print("used again")

trio.run(main)
"""


@pytest.mark.parametrize("way", ["dial", "call", "pipeline", "exclusive", "blocking"])
def test_keyboard_interrupt_at_any_moment_leaves_no_hang(valkey: Server, way: str) -> None:
    assert run_script(INTERRUPTED_ANYWHERE, valkey, way, "500" if LONG else "100") == "used again\n"


INTERRUPTED_WAITING = """
import signal, sys
import trio, trio.testing
from redtrio.client import Redis

port = int(sys.argv[1])

async def main():
    with_others = Redis("127.0.0.1", port)
    await with_others.ping()

    async def interrupt():
        await trio.testing.wait_all_tasks_blocked(0.02)
        signal.raise_signal(signal.SIGINT)

    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(interrupt)
            for _ in range(10):
                nursery.start_soon(with_others.blpop, "nothing")
            await with_others.blpop("nothing")
    except BaseException as error:
        while getattr(error, "exceptions", None):
            error = error.exceptions[0]
        assert type(error) is KeyboardInterrupt, error
    with trio.fail_after(10):
        assert await with_others.echo("mine") == b"mine"
    assert not with_others._node.pool.used_connections
    await with_others.aclose()
    print("used again")

trio.run(main)
"""


def test_keyboard_interrupt_ends_blocking_calls(valkey: Server) -> None:
    assert run_script(INTERRUPTED_WAITING, valkey) == "used again\n"


def test_client_serves_in_a_second_run(valkey: Server) -> None:
    client = Redis(HOST, valkey.port)

    async def use(cancelled: bool) -> None:
        assert await outcomes_of(lambda: client.echo("word"), 50) == [b"word"] * 50
        async with client.exclusive() as own:
            assert await own.ping()
        if cancelled:  # leaves replies owed, which come when the run is over
            with trio.move_on_after(0.001):
                await client.call("DEBUG", "SLEEP", "0.05")

    for cancelled in (True, False, True):
        trio.run(use, cancelled)
    trio.run(client.aclose)
    assert connections_of(valkey) == 0


FORKED = """
import os, sys
import trio, trio.testing
from redtrio.client import Redis

port, moment = int(sys.argv[1]), sys.argv[2]
client = Redis("127.0.0.1", port, max_connections=1, poll_window=0 if moment == "call" else 1000)

async def child():
    with trio.fail_after(10):
        for number in range(20):
            word = b"child-%d" % number
            assert await client.echo(word) == word
            async with client.exclusive() as own:
                assert await own.echo(word) == word
        await client.aclose()

def fork():
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            trio.run(child)
            status = 0
        except BaseException as error:
            import traceback
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

async def count_on(replies):
    for number in range(200):
        word = b"parent-%d" % number
        replies.append(await client.echo(word) == word)

async def parent():
    identity = await client.client_id()
    replies = []
    async with trio.open_nursery() as nursery:
        if moment == "idle":
            # From a thread: in the child there is no run that it would be part of.
            assert await trio.to_thread.run_sync(fork) == 0
        else:
            nursery.start_soon(client.blpop, "list")
            if moment == "dial":
                client._node._slots[0].close()
            elif moment == "call":
                nursery.start_soon(client.call, "DEBUG", "SLEEP", "0.2")
                await trio.testing.wait_all_tasks_blocked(0.01)
            for _ in range(5):
                nursery.start_soon(count_on, replies)
            assert await trio.to_thread.run_sync(fork) == 0
            await client.rpush("list", "end")
        await count_on(replies)
    assert replies and all(replies)
    if moment != "dial":
        assert await client.client_id() == identity
        assert client.statistics().reconnects == 0
    await client.aclose()
    print("parent unharmed")

trio.run(parent)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize("moment", ["idle", "call", "dial"])
def test_forked_child_drops_the_connections_and_the_parent_is_unharmed(
    valkey: Server, moment: str
) -> None:
    assert run_script(FORKED, valkey, moment) == "parent unharmed\n"


def run_script(script: str, server: Server, *arguments: str) -> str:
    """Run a script in an interpreter of its own; give what it printed, or fail with its error."""
    ended = subprocess.run(
        [sys.executable, "-c", script, str(server.port), *arguments],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout
