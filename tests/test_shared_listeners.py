"""Listeners of a shared connection: they lead where no caller does, and are in nobody's way."""

from __future__ import annotations

import pytest
import trio
import trio.testing
from clients import Steps
from shared_line import (
    CANCELLED,
    LONG,
    MESSAGE,
    each_way,
    open_line,
)

from redtrio.types import RespPush


@each_way
async def test_listener_leads_where_no_caller_does(way: str) -> None:
    async with open_line(way) as line:
        await line.attend("ear")
        assert line.conversation.leader is line.listeners["ear"]
        await line.arrive("a")
        assert line.conversation.leader is not line.listeners["ear"]
        await line.say(MESSAGE)
        await line.answer()
        assert line.results == {"a": "a"}
        assert line.conversation.leader is line.listeners["ear"]
        assert len(line.pushes) == 1


@each_way
@pytest.mark.parametrize("ears", [1, 2, 3])
async def test_listeners_listen_on_while_nobody_wants_a_reply_any_more(way: str, ears: int) -> None:
    async with open_line(way) as line:
        await line.attend(*[f"ear-{number}" for number in range(ears)])
        await line.arrive("a", "b")
        await line.cancel("a", "b")
        await line.say(MESSAGE)
        assert len(line.pushes) == 1
        await line.answer()
        assert line.conversation.is_settled()


@each_way
async def test_listener_that_comes_while_nobody_wants_a_reply_any_more(way: str) -> None:
    async with open_line(way) as line:
        await line.arrive("a")
        await line.cancel("a")
        await line.attend("ear")
        await line.say(MESSAGE)
        assert len(line.pushes) == 1


@each_way
async def test_cancelled_listener_loses_nothing_and_hands_on(way: str) -> None:
    async with open_line(way) as line:
        await line.attend("ear", "other ear")
        await line.say(MESSAGE[:10])
        await line.cancel("ear")
        await line.say(MESSAGE[10:] + MESSAGE[:4])
        assert len(line.pushes) == 1
        await line.cancel("other ear")
        line.wire.say(MESSAGE[4:])
        await line.arrive("a")
        await line.answer()
        assert line.results["a"] == "a"
        assert len(line.pushes) == 2


@each_way
async def test_cancelled_listener_hands_on_to_a_caller(way: str) -> None:
    async with open_line(way) as line:
        await line.attend("ear")
        line.nursery.start_soon(line.call, "a")
        await trio.lowlevel.checkpoint()
        await line.cancel("ear")
        await line.answer()
        assert line.results == {"a": "a", "ear": CANCELLED}


@each_way
@pytest.mark.parametrize("poll_window", [0, LONG])
async def test_callers_work_beside_a_listener(way: str, poll_window: float) -> None:
    async with open_line(way, poll_window) as line:
        await line.attend("ear", "other ear")
        line.wire.answering = True
        for number in range(20):
            await line.arrive(f"a{number}")
            await line.arrive_together(f"b{number}", f"c{number}", f"d{number}")
            await line.say(MESSAGE)
        assert len(line.results) == 80
        assert all(word == result for word, result in line.results.items())
        assert len(line.pushes) == 20


@each_way
async def test_one_caller_alone_leaves_the_listener_asleep(way: str) -> None:
    steps = Steps()
    async with open_line(way) as line:
        line.nursery.start_soon(line.listen, "ear", name="ear")
        await trio.testing.wait_all_tasks_blocked()
        trio.lowlevel.add_instrument(steps)
        line.wire.room = 1e9
        for number in range(10):
            await line.begin(f"a{number}")
            # The operating system tells nobody before the caller looks.
            line.wire._replies += b"$2\r\na%d\r\n" % number
            line.wire.commands.clear()
            await trio.testing.wait_all_tasks_blocked()
            assert line.results[f"a{number}"] == f"a{number}"
        trio.lowlevel.remove_instrument(steps)
        assert not steps.counts["ear"]


@each_way
async def test_room_that_a_caller_beside_a_listener_frees_is_used(way: str) -> None:
    async with open_line(way) as line:
        line.conversation.max_owed = 1
        await line.attend("ear")
        line.nursery.start_soon(line.call, "a")
        line.nursery.start_soon(line.call, "b")
        await line.begin("c")
        words = []
        for _ in range(3):
            (word,) = line.words_sent()
            words.append(word)
            line.wire.commands.clear()
            line.wire._replies += b"$1\r\n%b\r\n" % word.encode()
            line.wire._wake("readable")
            await trio.testing.wait_all_tasks_blocked()
        assert sorted(words) == ["a", "b", "c"]
        assert line.results == {"a": "a", "b": "b", "c": "c"}


@each_way
async def test_siblings_of_a_caller_beside_a_listener_are_not_left_to_it(way: str) -> None:
    """The listener waits without an end; where replies are owed, a caller is to lead."""
    async with open_line(way) as line:
        await line.attend("ear")
        line.nursery.start_soon(line.call, "a")
        await line.begin("b")
        first, second = line.words_sent()
        line.wire.commands.popleft()
        line.wire._replies += b"$1\r\n%b\r\n" % first.encode()
        await trio.testing.wait_all_tasks_blocked()
        assert line.results == {first: first}
        assert line.conversation.leader is not line.listeners["ear"]
        await line.answer()
        assert line.results == {first: first, second: second}


@each_way
@pytest.mark.parametrize("passes", range(12))
async def test_caller_that_comes_when_the_listener_has_just_given_way(
    way: str, passes: int
) -> None:
    """Two callers must not look at the same time, lest one sleep on what the other took."""
    for window in (0, LONG):
        async with open_line(way, window) as line:
            await line.attend("ear")
            line.nursery.start_soon(line.call, "a")
            await trio.lowlevel.checkpoint()
            line.wire.say(MESSAGE)
            await trio.lowlevel.checkpoint()
            line.connection._poll_skip = 1
            line.nursery.start_soon(line.call, "b")
            for _ in range(passes):
                await trio.lowlevel.checkpoint()
            while line.wire.commands:
                word = line.wire.commands.popleft()[1]
                line.wire._replies += b"$1\r\n%b\r\n" % word
            await trio.lowlevel.checkpoint()
            await trio.lowlevel.checkpoint()
            line.wire._wake("readable")
            await trio.testing.wait_all_tasks_blocked()
            await line.answer()
            assert line.results == {"a": "a", "b": "b"}


@each_way
async def test_listener_that_a_hook_ends_returns(way: str) -> None:
    async with open_line(way) as line:

        def end_all(push: RespPush) -> None:
            for waiter in line.listeners.values():
                waiter.missing = 0
                if waiter.task is not None:
                    line.conversation._wake(waiter)

        line.conversation.on_push = end_all
        await line.attend("ear", "other ear")
        await line.say(MESSAGE)
        assert line.results == {"ear": "ended", "other ear": "ended"}
        assert line.conversation.leader is None
        # Or a caller may be the one who finds the push.
        await line.attend("ear", "other ear")
        await line.begin("a")
        line.wire.commands.clear()
        line.wire._replies += MESSAGE + b"$1\r\na\r\n"
        line.results.clear()
        await trio.testing.wait_all_tasks_blocked()
        assert line.results == {"ear": "ended", "other ear": "ended", "a": "a"}
