"""How a shared connection ends: closed, broken, fed nonsense, or given up as silent."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from time import monotonic
from typing import Any

import pytest
import trio
import trio.testing
from servers import Server
from shared_line import (
    MESSAGE,
    Line,
    each_way,
    echo,
    failures,
    open_line,
    open_shared,
)

from redtrio._config import Config
from redtrio._conversation import Waiter
from redtrio._dial import open_connection
from redtrio.exceptions import ConnectionError, ProtocolError, TimeoutError
from redtrio.types import RespPush

# --- death -----------------------------------------------------------------------------


@each_way
@pytest.mark.parametrize("end", ["close", "die", "peer"])
async def test_end_fails_thousands_each_with_an_error_of_its_own(way: str, end: str) -> None:
    async with open_line(way) as line:
        line.conversation.max_owed = 1000
        words = [str(number) for number in range(3000)]
        await line.arrive_together(*words)
        sent = {*line.words_sent()}
        assert len(sent) == (1001 if way == "ask" else 1000)  # the first was alone
        if end == "close":
            line.connection.close()
        elif end == "die":
            line.conversation.die(ConnectionError("broken"))
        else:
            line.wire.end()
        await trio.testing.wait_all_tasks_blocked()
        assert failures(line, *words) == [(ConnectionError, word in sent) for word in words]
        assert line.wire.closed
        await line.arrive("late")
        assert failures(line, "late") == [(ConnectionError, False)]


@each_way
async def test_part_of_a_unit_that_left_counts(way: str) -> None:
    async with open_line(way) as line:
        line.wire.room = len(echo("a")) + 1
        await line.arrive("a", "b", "c")
        line.connection.close()
        await trio.testing.wait_all_tasks_blocked()
        assert [maybe for _, maybe in failures(line, "a", "b", "c")] == [True, True, False]


@each_way
@pytest.mark.parametrize("late", range(6))
async def test_sending_that_fails_ends_all_of_them(way: str, late: int) -> None:
    async with open_line(way) as line:
        line.nursery.start_soon(line.call, "a")
        for _ in range(late):
            await trio.lowlevel.checkpoint()
        line.wire.failure = ConnectionError("reset by peer")
        await line.arrive("b")
        if late == 0:
            await line.arrive("a2")
        assert line.conversation.dead is not None
        assert all(isinstance(result, ConnectionError) for result in line.results.values())
        assert not line.results["b"].maybe_executed


@each_way
async def test_half_a_reply_before_sending_fails_is_no_reply(way: str) -> None:
    for _ in range(10):  # the scheduler runs them in any order
        async with open_line(way) as line:

            def fail(line: Line = line) -> None:
                line.wire.say(b"$1\r\n")
                line.wire.failure = ConnectionError("reset by peer")
                line.nursery.start_soon(line.call, "b")

            line.wire.on_send = fail
            await line.arrive("a")
            assert failures(line, "a", "b") == [(ConnectionError, True), (ConnectionError, False)]


@each_way
async def test_death_with_bytes_held_back_is_an_end(way: str) -> None:
    async with open_line(way) as line:
        line.wire.room = 5
        line.wire.holding = True
        await line.arrive("a", "b")
        line.conversation.die(ConnectionError("broken"))
        await trio.testing.wait_all_tasks_blocked()
        assert failures(line, "a", "b") == [(ConnectionError, True), (ConnectionError, False)]


@each_way
async def test_closing_twice_and_when_cancelled_is_closing(way: str) -> None:
    async with open_line(way) as line:
        await line.arrive("a", "b")
        with trio.CancelScope() as scope:
            scope.cancel()
            await line.connection.aclose()
        await line.connection.aclose()
        await trio.testing.wait_all_tasks_blocked()
        assert failures(line, "a", "b") == [(ConnectionError, True)] * 2
        assert not line.wire.waiting


# --- dispatch never raises -------------------------------------------------------------


@each_way
@pytest.mark.parametrize("listening", [False, True])
@pytest.mark.parametrize("nonsense", [b"?garbage\r\n", b"$1\r\na\r\n" * 3, b":12x\r\n"])
async def test_nonsense_fails_everybody_as_a_protocol_error(
    way: str, listening: bool, nonsense: bytes
) -> None:
    async with open_line(way) as line:
        if listening:
            await line.attend("ear")
        await line.arrive("a", "b")
        await line.say(nonsense)
        if nonsense.startswith(b"$"):
            assert line.results.pop("a") == "a"
            assert line.results.pop("b") == "a"  # the server's fault
        else:
            assert failures(line, "a", "b") == [(ProtocolError, True)] * 2
        if listening:
            assert failures(line, "ear") == [(ProtocolError, False)]
        assert isinstance(line.conversation.dead, ProtocolError)


@each_way
async def test_nonsense_that_a_caller_finds_beside_a_sleeping_listener_ends_it_too(
    way: str,
) -> None:
    async with open_line(way) as line:
        await line.attend("ear", "other ear")
        await line.begin("a")
        line.wire._replies += b"?garbage\r\n"  # and the operating system tells nobody yet
        await trio.testing.wait_all_tasks_blocked()
        assert failures(line, "a", "ear", "other ear") == [
            (ProtocolError, True),
            (ProtocolError, False),
            (ProtocolError, False),
        ]


@each_way
async def test_unasked_reply_to_nobody_ends_the_connection(way: str) -> None:
    async with open_line(way) as line:
        await line.attend("ear")
        await line.say(b"+hello\r\n")
        assert failures(line, "ear") == [(ProtocolError, False)]


@each_way
async def test_failing_push_hook_is_logged_and_harms_nobody(
    way: str, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(push: RespPush) -> None:
        raise ZeroDivisionError

    async with open_line(way) as line:
        line.conversation.on_push = fail
        await line.arrive("a", "b")
        line.wire.say(b">1\r\n+hello\r\n")
        await line.answer()
        assert line.results == {"a": "a", "b": "b"}
        assert "ZeroDivisionError" in caplog.text
        line.conversation.on_push = line.pushes.append


@each_way
@pytest.mark.parametrize("alone", [False, True])
async def test_push_hook_that_closes_the_connection_fails_who_waits(way: str, alone: bool) -> None:
    async with open_line(way) as line:
        line.conversation.on_push = lambda _: line.connection.close()
        if alone:
            await line.begin("a")
            line.wire.say(b">1\r\n+hello\r\n$1\r\na\r\n")
            await trio.testing.wait_all_tasks_blocked()
            words = ["a"]
        else:
            words = ["a", "b", "c"]
            await line.arrive(*words)
            await line.say(b"$1\r\na\r\n>1\r\n+hello\r\n$1\r\nb\r\n")
            assert line.results.pop("a") == "a"
            words.remove("a")
        assert failures(line, *words) == [(ConnectionError, True)] * len(words)


async def test_reader_that_gives_no_buffer_ends_the_connection() -> None:
    class Refusing:
        sentinel = object()
        pending = True

        def feed(self, data: bytes) -> None:
            pass

        def get_object(self) -> object:
            return self.sentinel

        def get_objects(self) -> list[object]:
            return []

        def get_buffer(self, sizehint: int = -1) -> memoryview:
            raise LookupError("no buffer")

        def buffer_updated(self, nbytes: int) -> None:
            pass

    async with open_line() as line:
        line.conversation.replace_reader(Refusing())
        await line.arrive("a", "b")
        await line.say(b"x" * 100_000)
        assert failures(line, "a", "b") == [(ProtocolError, True)] * 2
        assert "LookupError" in str(line.results["a"])


@each_way
@pytest.mark.parametrize("pushed", [b">1\r\n+hello\r\n", b"", b"$1\r"])
async def test_one_alone_gets_its_reply_whatever_comes_before_it(way: str, pushed: bytes) -> None:
    async with open_line(way) as line:
        await line.begin("a")
        if pushed:
            line.wire.say(pushed)
        await trio.lowlevel.checkpoint()
        await line.arrive("b")
        line.wire.say(b"\na\r\n" if pushed == b"$1\r" else b"$1\r\na\r\n")
        line.wire.commands.popleft()
        await line.answer()
        assert line.results == {"a": "a", "b": "b"}
        assert len(line.pushes) == (pushed == b">1\r\n+hello\r\n")


# --- silence ---------------------------------------------------------------------------


@each_way
async def test_server_that_is_silent_for_too_long_is_given_up(own_valkey: Server, way: str) -> None:
    async with open_shared(own_valkey.port, stall_timeout=0.1) as connection:
        connection.conversation.max_owed = 2
        own_valkey.pause()
        errors: list[Any] = []

        async def call() -> None:
            try:
                if way == "ask":
                    await connection.ask(echo("a"))
                else:
                    await connection.request(Waiter(echo("a"), 1))
            except TimeoutError as error:
                errors.append(error)

        async with trio.open_nursery() as nursery:
            for _ in range(4):
                nursery.start_soon(call)
        # One that is alone on its way does not count for the bound.
        expected = {2, 3} if way == "ask" else {2}
        assert sum(error.maybe_executed for error in errors) in expected
        assert len({id(error) for error in errors}) == 4
        assert connection.is_lost()
        own_valkey.resume()
    async with open_shared(own_valkey.port, stall_timeout=0.1) as connection:
        assert await connection.ask(echo("mine")) == b"mine"


async def test_silent_server_is_given_up_with_a_listener_and_siblings(own_valkey: Server) -> None:
    async with open_shared(own_valkey.port, stall_timeout=0.1) as connection:
        own_valkey.pause()
        errors: list[Any] = []

        async def note(wait: Callable[[], Any]) -> None:
            try:
                await wait()
            except TimeoutError as error:
                errors.append(error)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(note, lambda: connection.listen(Waiter(b"", 1)))
            await trio.testing.wait_all_tasks_blocked()
            for _ in range(3):
                nursery.start_soon(note, lambda: connection.ask(echo("a")))
        assert sorted(error.maybe_executed for error in errors) == [False, True, True, True]


async def test_silence_while_nothing_is_owed_is_no_stall(valkey: Server) -> None:
    async with open_shared(valkey.port, stall_timeout=0.02) as connection:
        with trio.move_on_after(0.1):
            await connection.listen(Waiter(b"", 1))
        assert await connection.ask(echo("mine")) == b"mine"


async def test_server_that_says_anything_at_all_is_not_stalled() -> None:
    async with open_line(stall_timeout=1) as line:
        await line.arrive("a")
        for _ in range(15):
            await trio.sleep(0.1)
            await line.say(MESSAGE)
        await line.answer()
        assert line.results == {"a": "a"}


async def test_silence_begins_with_something_owed() -> None:
    async with open_line(stall_timeout=60) as line:
        now = monotonic()
        assert line.connection.check_silence(now - 59) == now + 1
        await line.arrive("a")
        assert line.connection.check_silence(now + 2) >= now + 60
        await line.answer()
        assert line.results == {"a": "a"}


async def test_reply_that_lies_unread_is_no_silence(own_valkey: Server) -> None:
    async with open_shared(own_valkey.port, stall_timeout=0.2, poll_window=0) as connection:
        own_valkey.pause()
        async with trio.open_nursery() as nursery:

            async def call() -> None:
                assert await connection.ask(echo("mine")) == b"mine"

            nursery.start_soon(call)
            await trio.testing.wait_all_tasks_blocked()
            own_valkey.resume()
            time.sleep(0.4)  # noqa: ASYNC251 - as a process does that is not let run
        assert not connection.is_lost()


async def test_users_code_that_fails_as_a_silent_server_is_given_up_ends_one_call(
    own_valkey: Server,
) -> None:
    async with open_shared(own_valkey.port, stall_timeout=0.1, poll_window=0) as connection:

        def fail() -> None:
            raise LookupError("in a logging filter")

        connection.conversation.on_death = fail
        own_valkey.pause()
        with pytest.raises(LookupError):
            await connection.ask(echo("a"))
        own_valkey.resume()


async def test_silences_of_several_lengths_are_each_noticed_in_time(own_valkey: Server) -> None:
    ends: list[float] = []

    async def fall_silent(limit: float, task_status: trio.TaskStatus[None]) -> None:
        async with open_shared(own_valkey.port, stall_timeout=limit, poll_window=0) as connection:
            task_status.started()
            await frozen.wait()
            with trio.move_on_after(2):
                with pytest.raises(TimeoutError, match=f"nothing for {limit:g} seconds"):
                    await connection.ask(echo("a"))
                ends.append(limit)

    for limits in ([30, 0.4, 0.1, 0.25], [0.1]):  # when nobody has waited for a while, too
        frozen = trio.Event()
        async with trio.open_nursery() as nursery:
            for limit in limits:
                await nursery.start(fall_silent, limit)
            own_valkey.pause()
            frozen.set()
        own_valkey.resume()
    assert ends == [0.1, 0.25, 0.4, 0.1]


def test_call_at_the_very_end_of_a_run_needs_nobody_to_watch_it(valkey: Server) -> None:
    replies: list[bytes] = []

    async def call_when_closed() -> AsyncGenerator[None, None]:
        connection = await open_connection(Config(port=valkey.port, poll_window=0))
        try:
            yield
        finally:
            with trio.CancelScope(shield=True):
                replies.append(await connection.ask(echo("mine")))
            connection.close()

    # Trio closes it after its system tasks have ended.
    generator = call_when_closed()
    trio.run(generator.__anext__)
    assert replies == [b"mine"]


@each_way
async def test_users_jumping_clock_jumps_once_at_most_while_a_server_is_silent(
    way: str, autojump_clock: trio.testing.MockClock
) -> None:
    async with open_line(way, stall_timeout=60) as line:
        line.nursery.start_soon(line.call, "a")
        began = trio.current_time()
        await trio.to_thread.run_sync(time.sleep, 0.1)
        assert trio.current_time() - began < 61
        line.wire.answer()
        await trio.sleep(1)
        assert line.results == {"a": "a"}
        line.wire.answering = True


@each_way
async def test_users_jumping_clock_never_sees_a_stall(
    way: str, autojump_clock: trio.testing.MockClock
) -> None:
    async with open_line(way, stall_timeout=60) as line:
        line.nursery.start_soon(line.call, "a")
        line.nursery.start_soon(line.call, "b")
        await trio.sleep(1000)
        assert not line.results
        line.wire.answer()
        await trio.sleep(1)
        assert line.results == {"a": "a", "b": "b"}
        line.wire.answering = True


@each_way
async def test_stall_with_bytes_held_back_is_an_end(way: str) -> None:
    async with open_line(way, stall_timeout=0.05) as line:
        line.wire.room = 5
        line.wire.holding = True
        line.nursery.start_soon(line.call, "a")
        line.nursery.start_soon(line.call, "b")
        while len(line.results) < 2:  # noqa: ASYNC110 - nobody tells of results
            await trio.sleep(0.01)
        assert sorted(failures(line, "a", "b"), key=repr) == [
            (TimeoutError, False),
            (TimeoutError, True),
        ]


@each_way
async def test_reply_before_its_command_was_sent_whole_ends_the_connection(way: str) -> None:
    async with open_line(way) as line:
        line.wire.room = 10
        await line.arrive("a")
        await line.say(b"$1\r\na\r\n")
        assert line.results.pop("a") == "a"
        assert isinstance(line.conversation.dead, ProtocolError)
