"""A shared connection: any number of callers, each served, whoever of them goes away.

The other end is a script in memory (``memory_transport``) where the order of events matters,
and a real server, behind the fault proxy or frozen, where the operating system does. Every
test ends by using the connection, or by what those who wait learn of its end.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tracemalloc
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest
import trio
import trio.testing
from clients import Steps
from faultproxy import open_fault_proxy
from servers import Server
from shared_line import (
    CANCELLED,
    LONG,
    each_way,
    echo,
    failures,
    open_line,
    open_shared,
)

from redtrio import _connection
from redtrio._conversation import Waiter
from redtrio.exceptions import ConnectionError
from redtrio.lowlevel.protocol import Resp3Reader, write_command


class CountingQueue(deque[Waiter]):
    """A queue that counts how often somebody goes through it."""

    looks = 0

    def __iter__(self) -> Iterator[Waiter]:
        self.looks += 1
        return super().__iter__()


class Swallowing:
    """A reader that takes what it is fed, and gives nothing."""

    def feed(self, data: object) -> None:
        pass

    def get_objects(self) -> list[Any]:
        return []


# --- batches ---------------------------------------------------------------------------


@each_way
async def test_siblings_that_come_while_the_leader_sleeps_leave_in_one_send(way: str) -> None:
    async with open_line(way) as line:
        await line.arrive("first")
        words = [str(number) for number in range(50)]
        await line.arrive_together(*words)
        assert len(line.wire.sends) == 2
        assert line.words_sent() == ["first", *line.words_sent()[1:]]
        assert sorted(line.words_sent()[1:]) == sorted(words)
        await line.answer()
        assert line.results == {word: word for word in ["first", *words]}


@each_way
async def test_where_there_was_company_the_leader_waits_for_it(way: str) -> None:
    async with open_line(way) as line:
        words = [str(number) for number in range(50)]
        await line.arrive_together(*words)
        assert len(line.wire.sends) == 2  # the first one knew of nobody
        await line.answer()
        await line.arrive_together(*words)
        assert len(line.wire.sends) == 3


@each_way
async def test_others_come_while_one_is_alone(way: str) -> None:
    async with open_line(way) as line:
        line.wire.answering = True
        for _ in range(20):
            await line.arrive_together("a", "b", "c")
            assert line.results == {"a": "a", "b": "b", "c": "c"}
            line.results.clear()
            await line.arrive("alone")
            assert line.results.pop("alone") == "alone"


@each_way
@pytest.mark.parametrize("late", range(10))
async def test_newcomer_is_sent_whatever_the_leader_is_doing(way: str, late: int) -> None:
    async with open_line(way) as line:
        line.nursery.start_soon(line.call, "first")
        for _ in range(late):
            await trio.lowlevel.checkpoint()
        await line.arrive("second")
        assert sorted(line.words_sent()) == ["first", "second"]
        await line.answer()
        assert line.results == {"first": "first", "second": "second"}


# --- promotion -------------------------------------------------------------------------


@each_way
async def test_each_leader_hands_on_with_its_reply(way: str) -> None:
    async with open_line(way) as line:
        words = ["a", "b", "c", "d"]
        await line.arrive(*words)
        for number, word in enumerate(words, 1):
            await line.answer(1)
            assert line.results == {word: word for word in words[:number]}
            assert (line.conversation.leader is None) == (word == "d")


@each_way
async def test_promoted_with_the_reply_in_passes_the_role_on(way: str) -> None:
    async with open_line(way) as line:
        await line.arrive("a", "b", "c")

        def reply_comes() -> None:
            line.wire.answer(2)
            line.connection._receive()

        line.on_promotion(reply_comes)
        await line.cancel("a")
        assert line.results == {"a": CANCELLED, "b": "b"}
        await line.answer(1)
        assert line.results["c"] == "c"


@each_way
async def test_promoted_and_cancelled_in_the_same_tick_passes_the_role_on(way: str) -> None:
    async with open_line(way) as line:
        await line.arrive("a", "b", "c")
        line.on_promotion(line.scopes["b"].cancel)
        await line.cancel("a")
        assert line.results == {"a": CANCELLED, "b": CANCELLED}
        await line.answer()
        assert line.results["c"] == "c"


@each_way
async def test_cancelled_with_the_leader_is_not_promoted(way: str) -> None:
    async with open_line(way) as line:
        await line.arrive("a", "b", "c")
        await line.cancel("a", "b")
        assert line.results == {"a": CANCELLED, "b": CANCELLED}
        await line.answer()
        assert line.results["c"] == "c"


@each_way
async def test_promoted_on_a_connection_that_dies_gets_the_cause(way: str) -> None:
    async with open_line(way) as line:
        await line.arrive("a", "b", "c")
        line.on_promotion(line.connection.close)
        await line.cancel("a")
        assert line.results.pop("a") == CANCELLED
        assert failures(line, "b", "c") == [(ConnectionError, True)] * 2


@each_way
@pytest.mark.parametrize("seed", range(20))
async def test_roles_survive_any_order_of_cancellations(way: str, seed: int) -> None:
    dice = random.Random(seed)
    async with open_line(way, dice.choice([0, LONG])) as line:
        words = [str(number) for number in range(30)]
        await line.arrive_together(*words)
        cancelled = dice.sample(words, 15)
        while cancelled:
            for _ in range(dice.randrange(1, 4)):
                if cancelled:
                    line.scopes[cancelled.pop()].cancel()
            for _ in range(dice.randrange(4)):
                await trio.lowlevel.checkpoint()
            if dice.random() < 0.3 and line.wire.commands:
                line.wire.answer(1)
        await line.answer()
        assert len(line.results) == 30
        assert all(result in (word, CANCELLED) for word, result in line.results.items())


@each_way
@pytest.mark.parametrize("company", [False, True])
@pytest.mark.parametrize("room", [0, 7, 1000])
@pytest.mark.parametrize("passes", range(14))
async def test_leader_cancelled_at_any_await_hurts_nobody(
    way: str, company: bool, room: int, passes: int
) -> None:
    async with open_line(way) as line:
        if company:
            line.wire.answering = True
            await line.arrive_together("x", "y", "z")
            line.wire.answering = False
            line.results.clear()
        line.wire.room = room
        line.nursery.start_soon(line.call, "leader")
        while "leader" not in line.scopes:
            await trio.lowlevel.checkpoint()
        for _ in range(passes):
            await trio.lowlevel.checkpoint()
        line.nursery.start_soon(line.call, "other")
        line.scopes["leader"].cancel()
        await trio.testing.wait_all_tasks_blocked()
        line.wire.make_room()
        await trio.testing.wait_all_tasks_blocked()
        await line.answer()
        assert line.results == {"leader": CANCELLED, "other": "other"}


@each_way
@pytest.mark.parametrize("passes", range(12))
async def test_trickling_reply_does_not_keep_a_cancelled_leader(way: str, passes: int) -> None:
    async with open_line(way) as line:
        await line.arrive("a", "b")
        await line.say(b"*1000000\r\n")
        line.scopes["a"].cancel()
        for _ in range(100):
            line.wire.say(b":1\r\n")
            await trio.lowlevel.checkpoint()
        assert line.results == {"a": CANCELLED}
        line.wire.commands.popleft()
        await line.say(b":1\r\n" * 999_900)
        await line.answer()
        assert line.results["b"] == "b"


# --- units: withdrawn, abandoned, sent in parts ----------------------------------------


@each_way
async def test_abandoned_replies_are_dropped(way: str) -> None:
    async with open_line(way) as line:
        words = [str(number) for number in range(20)]
        await line.arrive(*words)
        await line.cancel(*words[::2])
        await line.answer()
        assert line.results == {
            word: CANCELLED if number % 2 == 0 else word for number, word in enumerate(words)
        }


@each_way
async def test_cancelled_before_a_byte_left_is_never_sent(way: str) -> None:
    async with open_line(way) as line:
        line.wire.room = 5
        await line.arrive("a", "b", "c", "d")
        await line.cancel("c")
        line.wire.make_room()
        await trio.testing.wait_all_tasks_blocked()
        assert line.words_sent() == ["a", "b", "d"]
        await line.answer()
        assert line.results == {"a": "a", "b": "b", "c": CANCELLED, "d": "d"}


@each_way
async def test_unit_whose_writer_was_cancelled_is_finished_by_another(way: str) -> None:
    async with open_line(way) as line:
        line.wire.room = 5
        await line.arrive("a", "b", "c")
        for word in ("a", "b"):
            await line.cancel(word)
            line.wire.make_room(2)
            await trio.testing.wait_all_tasks_blocked()
        line.wire.make_room()
        await trio.testing.wait_all_tasks_blocked()
        assert line.wire.sent == echo("a") + echo("c")
        await line.answer()
        assert line.results == {"a": CANCELLED, "b": CANCELLED, "c": "c"}


@each_way
async def test_unit_whose_writers_are_all_gone_is_finished_by_the_next_caller(way: str) -> None:
    async with open_line(way) as line:
        line.wire.room = 5
        await line.arrive("a", "b")
        await line.cancel("a", "b")
        line.wire.make_room()
        await line.arrive("c")
        assert line.wire.sent == echo("a") + echo("c")
        await line.answer()
        assert line.results["c"] == "c"


@each_way
async def test_held_back_bytes_are_flushed_by_whoever_leads(way: str) -> None:
    """As with TLS: the transport takes all of it, and needs to be asked again."""
    async with open_line(way) as line:
        line.wire.room = 5
        line.wire.holding = True
        await line.arrive("a", "b")
        await line.cancel("a")
        line.wire.make_room()
        await trio.testing.wait_all_tasks_blocked()
        assert line.words_sent() == ["a", "b"]
        await line.answer()
        assert line.results == {"a": CANCELLED, "b": "b"}


@each_way
async def test_reply_is_not_held_up_by_what_others_want_to_send(way: str) -> None:
    async with open_line(way) as line:
        line.wire.room = len(echo("a"))
        await line.arrive("a", "b", "c")
        await line.answer()
        assert line.results == {"a": "a"}
        await line.cancel("b")
        line.wire.make_room()
        await trio.testing.wait_all_tasks_blocked()
        await line.answer()
        assert line.results == {"a": "a", "b": CANCELLED, "c": "c"}


async def test_200_000_commands_pass_a_server_that_reads_on_when_its_replies_are_read() -> None:
    async with open_line() as line:
        line.wire.reads_on = 100_000
        line.wire.answering = True
        line.nursery.start_soon(line.call, "word", 200_000)
        await trio.testing.wait_all_tasks_blocked()
        await line.arrive("beside")
        assert line.results == {"word": "word", "beside": "beside"}


async def test_unit_that_waits_for_room_is_not_copied() -> None:
    async with open_line() as line:
        line.wire.room = 1_000_000
        waiter = Waiter(b"x" * 20_000_000, 1)
        line.wire._requests = Swallowing()
        tracemalloc.start()
        try:
            with trio.CancelScope() as scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(line.connection.request, waiter)
                    for _ in range(10):
                        await trio.testing.wait_all_tasks_blocked()
                        line.wire.make_room(1000)
                    scope.cancel()
            # What has left is kept by the script, and once more while it is taken apart.
            assert tracemalloc.get_traced_memory()[1] < 25_000_000
        finally:
            tracemalloc.stop()
        line.wire.make_room()
        line.nursery.start_soon(line.call, "next")
        await trio.testing.wait_all_tasks_blocked()
        assert line.wire.sent[20_000_000:] == echo("next")
        line.wire._requests = Resp3Reader()
        line.wire.say(b"+OK\r\n$4\r\nnext\r\n")
        await trio.testing.wait_all_tasks_blocked()
        assert line.results == {"next": "next"}


# --- bounds ----------------------------------------------------------------------------


@each_way
async def test_past_the_bound_callers_leave_in_order_as_replies_come(way: str) -> None:
    async with open_line(way) as line:
        line.conversation.max_owed = 3
        words = [str(number) for number in range(8)]
        await line.arrive(*words)
        for first in range(8):
            assert line.words_sent() == words[first : first + 3]
            await line.answer(1)
        assert line.results == {word: word for word in words}


@each_way
async def test_bytes_are_bounded_like_replies(way: str) -> None:
    async with open_line(way) as line:
        line.conversation.max_owed_bytes = 3 * len(echo("0"))
        words = [str(number) for number in range(8)]
        await line.arrive(*words)
        for first in range(8):
            assert line.words_sent() == words[first : first + 3]
            await line.answer(1)
        assert line.results == {word: word for word in words}


@each_way
async def test_cancelled_while_waiting_for_room_is_not_sent_and_keeps_nobody(way: str) -> None:
    async with open_line(way) as line:
        line.conversation.max_owed = 1
        await line.arrive("a", "b", "c", "d")
        await line.cancel("b", "c")
        await line.answer(1)
        assert line.words_sent() == ["d"]
        await line.answer()
        assert line.results == {"a": "a", "b": CANCELLED, "c": CANCELLED, "d": "d"}


@each_way
async def test_bound_filled_all_cancelled_and_the_next_call_returns(way: str) -> None:
    async with open_line(way) as line:
        line.conversation.max_owed = 10
        words = [str(number) for number in range(30)]
        await line.arrive(*words)
        await line.cancel(*words)
        assert len(line.wire.commands) == 10
        await line.arrive("next")
        await line.answer(10)
        await line.answer()
        assert line.results["next"] == "next"


@each_way
@pytest.mark.parametrize("bound", ["max_owed", "max_owed_bytes"])
async def test_unit_larger_than_the_bound_is_let_in_alone(way: str, bound: str) -> None:
    async with open_line(way) as line:
        setattr(line.conversation, bound, 3 if bound == "max_owed" else 3 * len(echo("a")))
        await line.arrive("a")
        line.nursery.start_soon(line.call, "L", 100)
        await trio.testing.wait_all_tasks_blocked()
        await line.arrive("b")
        assert line.words_sent() == ["a"]
        await line.answer()
        assert line.words_sent() == ["L"] * 100
        await line.answer(96)
        assert line.words_sent() == ["L"] * 4
        assert line.results == {"a": "a"}
        await line.answer()
        assert line.words_sent() == ["b"]
        await line.answer()
        assert line.results == {"a": "a", "L": "L", "b": "b"}


# --- checkpoints and looking -----------------------------------------------------------


@each_way
@pytest.mark.parametrize("poll_window", [0, LONG])
async def test_every_call_passes_a_checkpoint(way: str, poll_window: float) -> None:
    async with open_line(way, poll_window) as line:
        line.wire.answering = True
        for _ in range(3):
            with trio.testing.assert_checkpoints():
                await line.call("word")
            assert line.results == {"word": "word"}
        line.wire.say(b">1\r\n+hello\r\n")
        with trio.testing.assert_checkpoints():
            await line.call("word")


@each_way
async def test_call_in_a_cancelled_scope_sends_nothing(way: str) -> None:
    async with open_line(way) as line:
        with trio.CancelScope() as scope:
            scope.cancel()
            await line.call("a")
        assert scope.cancelled_caught
        assert not line.wire.sends
        await line.arrive("b")
        with trio.CancelScope() as scope:
            scope.cancel()
            await line.call("c")
        await line.answer()
        assert line.results == {"b": "b"}
        assert line.wire.sent == echo("b")


@each_way
async def test_reply_that_is_in_is_returned_though_cancelled(way: str) -> None:
    async with open_line(way) as line:
        await line.arrive("a", "b")
        line.wire.answer()
        await trio.lowlevel.checkpoint()  # the leader is about to run
        line.connection._receive()
        line.scopes["a"].cancel()
        line.scopes["b"].cancel()
        await trio.testing.wait_all_tasks_blocked()
        assert line.results == {"a": "a", "b": "b"}


@each_way
@pytest.mark.parametrize("poll_window", [0, 1, LONG])
async def test_all_tasks_can_be_blocked_with_calls_pending(way: str, poll_window: float) -> None:
    async with open_line(way, poll_window) as line:
        for _ in range(3):
            line.results.clear()
            await line.arrive("a", "b")
            assert not line.results
            await line.answer()
            assert line.results == {"a": "a", "b": "b"}


@each_way
async def test_looking_ends_though_the_clock_stands_still(
    way: str, mock_clock: trio.testing.MockClock
) -> None:
    steps = Steps()
    async with open_line(way) as line:
        trio.lowlevel.add_instrument(steps)
        for _ in range(20):
            line.nursery.start_soon(line.call, "a", name="caller")
            await trio.testing.wait_all_tasks_blocked()
            await line.answer()
        trio.lowlevel.remove_instrument(steps)
        assert 20 < steps.counts["caller"] <= 20 * (_connection._POLL_PASSES + 2)


@each_way
async def test_reply_of_100_mb_does_not_stall_another_task(valkey: Server, way: str) -> None:
    size = 100_000_000
    passes = [0]

    async def run_beside() -> None:
        while True:
            await trio.lowlevel.checkpoint()
            passes[0] += 1

    async with open_shared(valkey.port) as connection:
        valkey.call("SETRANGE", "big", size - 1, "x")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(run_beside)
            await trio.lowlevel.checkpoint()
            before = passes[0]
            get = write_command(b"GET", b"big")
            if way == "ask":
                reply = await connection.ask(get)
            else:
                (reply,) = await connection.request(Waiter(get, 1))
            assert len(reply) == size
            assert passes[0] - before >= size // (2 * 1024 * 1024)
            nursery.cancel_scope.cancel()
        assert await connection.ask(echo("mine")) == b"mine"


# --- everybody gone --------------------------------------------------------------------


@each_way
@pytest.mark.parametrize("room", [0, 5, 1e9])
@pytest.mark.parametrize("listening", [False, True])
async def test_everything_cancelled_leaves_a_usable_connection(
    way: str, room: float, listening: bool
) -> None:
    async with open_line(way) as line:
        line.wire.room = room
        if listening:
            await line.attend("ear")
        words = [str(number) for number in range(20)]
        await line.arrive_together(*words)
        await line.cancel(*words, *line.listeners)
        assert set(line.results.values()) == {CANCELLED}
        assert line.conversation.leader is None
        assert not line.wire.waiting


async def test_thousands_cancelled_at_once_hand_on_once() -> None:
    """Not each of them looks at all the others."""
    async with open_line() as line:
        words = [str(number) for number in range(2000)]
        await line.arrive_together(*words)
        line.conversation.owed = owed = CountingQueue(line.conversation.owed)
        await line.cancel(*words)
        assert owed.looks <= 3


# --- with a real server ----------------------------------------------------------------


@pytest.mark.parametrize("stalled", ["requests", "replies"])
async def test_cancelled_behind_a_full_socket_and_used_again(valkey: Server, stalled: str) -> None:
    big = "x" * 1_000_000
    async with open_fault_proxy(valkey.port) as proxy, open_shared(proxy.port) as connection:
        way = proxy.requests if stalled == "requests" else proxy.replies
        way.stall(capacity=100_000)
        replies: list[bytes] = []

        async def call(word: str) -> None:
            replies.append(await connection.ask(echo(word)))

        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(call, big)
            await way.wait_for_held(100_000)
            await trio.testing.wait_all_tasks_blocked(0.01)
            nursery.cancel_scope.cancel()
        assert not replies
        async with trio.open_nursery() as nursery:
            for number in range(10):
                nursery.start_soon(call, str(number))
            await trio.testing.wait_all_tasks_blocked(0.01)
            way.release()
        assert sorted(replies) == [b"%d" % number for number in range(10)]
    await proxy.wait_for_connections(0)


async def test_bound_filled_all_cancelled_and_the_server_resumed(own_valkey: Server) -> None:
    async with open_shared(own_valkey.port) as connection:
        connection.conversation.max_owed = 100
        own_valkey.pause()
        async with trio.open_nursery() as nursery:
            for number in range(300):
                nursery.start_soon(connection.ask, echo(str(number)))
            await trio.testing.wait_all_tasks_blocked(0.01)
            nursery.cancel_scope.cancel()
        async with trio.open_nursery() as nursery:

            async def call() -> None:
                assert await connection.ask(echo("next")) == b"next"

            nursery.start_soon(call)
            await trio.testing.wait_all_tasks_blocked(0.01)
            own_valkey.resume()


async def test_200_000_commands_beside_others_before_a_real_server(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy, open_shared(proxy.port) as connection:
        proxy.replies.stall(capacity=1)
        count = 200_000
        results: dict[str, Any] = {}

        async def call_many() -> None:
            results["many"] = await connection.request(Waiter(echo("word") * count, count))

        async def call(word: str) -> None:
            results[word] = await connection.ask(echo(word))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(call_many)
            await trio.testing.wait_all_tasks_blocked(0.05)
            for word in ("a", "b"):
                nursery.start_soon(call, word)
            await trio.testing.wait_all_tasks_blocked(0.05)
            assert not results
            proxy.replies.release()
        assert results == {"many": [b"word"] * count, "a": b"a", "b": b"b"}


# --- KeyboardInterrupt -----------------------------------------------------------------

INTERRUPTED = """
import signal, sys
import trio, trio.testing
from trio.lowlevel import enable_ki_protection
from redtrio._config import Config
from redtrio._dial import greet, open_connection
from redtrio._conversation import Waiter
from redtrio.lowlevel.protocol import write_command

port, way, role = int(sys.argv[1]), sys.argv[2], sys.argv[3]

@enable_ki_protection
async def interrupt_when_blocked():
    await trio.testing.wait_all_tasks_blocked(0.02)
    signal.raise_signal(signal.SIGINT)

async def ask(connection, *command):
    if way == "ask":
        return await connection.ask(write_command(*command))
    return (await connection.request(Waiter(write_command(*command), 1)))[0]

async def main():
    config = Config(host="127.0.0.1", port=port)
    connection = await open_connection(config)
    await greet(connection, config.handshake())
    connection.shared = True
    results = []

    async def echo(word):
        results.append(await ask(connection, "ECHO", word))

    async with trio.open_nursery() as others:
        wait = "0.3"  # the server answers nobody for so long
        # Beside the main task, which is the one that Ctrl-C strikes.
        if role == "leader":
            others.start_soon(beside, connection, echo)
        if role == "follower":
            others.start_soon(ask, connection, "BLPOP", "nothing", wait)
            await trio.testing.wait_all_tasks_blocked()
            others.start_soon(beside, connection, echo)
        if role == "listener":
            others.start_soon(beside, connection, echo)
        others.start_soon(interrupt_when_blocked)
        try:
            if role == "listener":
                await connection.listen(Waiter(b"", 1))
            else:
                await ask(connection, "BLPOP", "nothing", wait)
        except KeyboardInterrupt:
            pass
        else:
            raise AssertionError("KeyboardInterrupt did not come")
    assert results == [b"beside"], results
    with trio.fail_after(10):
        assert await ask(connection, "ECHO", "mine") == b"mine"
    assert connection.conversation.leader is None
    await connection.aclose()
    print("used again")

@enable_ki_protection
async def beside(connection, echo):
    await trio.testing.wait_all_tasks_blocked(0.005)
    await echo("beside")

trio.run(main)
"""


INTERRUPTED_ANYWHERE = """
import random, signal, sys
import trio
from trio.lowlevel import enable_ki_protection
from redtrio._config import Config
from redtrio._dial import greet, open_connection
from redtrio._conversation import Waiter
from redtrio.lowlevel.protocol import write_command

port, way = int(sys.argv[1]), sys.argv[2]
signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))

async def echo(connection, word):
    payload = write_command("ECHO", word)
    if way == "ask":
        reply = await connection.ask(payload)
    else:
        reply = (await connection.request(Waiter(payload, 1)))[0]
    assert reply == word.encode(), (reply, word)

async def on_and_on(connection, name):
    count = 0
    while True:
        count += 1
        await echo(connection, f"{name}-{count}")

@enable_ki_protection
async def others_on_and_on(connection, name):
    await on_and_on(connection, name)

async def main():
    config = Config(host="127.0.0.1", port=port)
    connection = await open_connection(config)
    await greet(connection, config.handshake())
    connection.shared = True
    interrupts = 0
    async with trio.open_nursery() as nursery:
        for name in sys.argv[3:]:
            nursery.start_soon(others_on_and_on, connection, name)
        while interrupts < 300:
            try:
                signal.setitimer(signal.ITIMER_REAL, random.uniform(0.0001, 0.002))
                await on_and_on(connection, "main")
            except KeyboardInterrupt:
                interrupts += 1
        nursery.cancel_scope.cancel()
    with trio.fail_after(10):
        await echo(connection, "mine")
    await connection.aclose()
    print("used again")

trio.run(main)
"""


def run_interrupted(script: str, *arguments: object) -> None:
    # In a process of its own: an interrupt that came out late would end all the tests.
    ended = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.stdout == "used again\n", ended.stderr


@each_way
@pytest.mark.parametrize("role", ["leader", "follower", "listener"])
def test_keyboard_interrupt_ends_one_call_and_no_other(valkey: Server, way: str, role: str) -> None:
    run_interrupted(INTERRUPTED, valkey.port, way, role)


@each_way
@pytest.mark.parametrize("others", [0, 1, 5])
def test_keyboard_interrupt_at_any_moment_mixes_no_replies(
    valkey: Server, way: str, others: int
) -> None:
    run_interrupted(INTERRUPTED_ANYWHERE, valkey.port, way, *range(others))
