"""The conversation: under a model, in any order of events, and its single promises.

The model keeps the wire: which bytes have left, and what a server answers to them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from redtrio._conversation import ALONE, Conversation, Waiter
from redtrio.exceptions import ConnectionError, ProtocolError, ResponseError
from redtrio.lowlevel.protocol import Resp3Reader, write_command
from redtrio.types import RespPush

LOST = ConnectionError("lost")

# How much of what could go is to go.
SHARES = st.one_of(st.just(1.0), st.floats(0, 1))


class Call:
    """What one caller asked for, and the waiter that carries it.

    A command that is on its way alone has no waiter until it goes on with one.
    """

    def __init__(self, unit: bytes, answers: list[Any], waiter: Waiter | None) -> None:
        self.unit = unit
        self.answers = answers
        self.waiter = waiter
        self.reply: list[Any] = []  # of one that needed no waiter
        self.gave_up = False
        self.failed = False

    @property
    def replies(self) -> list[Any]:
        return self.reply or (self.waiter.replies if self.waiter else [])

    def is_done(self) -> bool:
        return (
            bool(self.reply) or self.failed or (self.waiter is not None and self.waiter.is_done())
        )


def alive(state: ConversationModel) -> bool:
    return state.conversation.dead is None


class ConversationModel(RuleBasedStateMachine):
    """Queue, go alone, listen, flush and feed n bytes, abandon, resign, die: in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.seen_pushes: list[RespPush] = []
        self.sent_pushes: list[RespPush] = []
        self.conversation = Conversation(Resp3Reader(), self.take_push, self.wake)
        self.chatty = False  # a push in the middle of each answer
        self.ends: list[str] = []
        self.conversation.hang_up = lambda: self.ends.append("hung up")
        self.conversation.on_death = lambda: self.ends.append("dead")
        self.calls: list[Call] = []
        self.queued: list[Call] = []  # of whom no byte has left
        self.leaving = b""  # what is to leave of the unit that has begun
        self.begun: list[Call] = []
        self.alone: Call | None = None
        self.uncounted: list[Waiter] = []  # went alone, and were let in past the bound
        self.incoming = bytearray()  # answered by the server, not yet received

    @initialize(
        replies=st.integers(1, 8),
        size=st.integers(1, 300),
        bounded=st.booleans(),
        chatty=st.booleans(),
    )
    def bound(self, replies: int, size: int, bounded: bool, chatty: bool) -> None:
        self.chatty = chatty
        if bounded:
            self.conversation.max_owed = replies
            self.conversation.max_owed_bytes = size

    def wake(self, waiter: Waiter) -> None:
        assert waiter.task is not None, "woken without being parked, or woken twice"
        waiter.task = None

    def take_push(self, push: RespPush) -> None:
        self.seen_pushes.append(push)
        if push.push_type == b"raise":
            raise ZeroDivisionError

    def enter(self, call: Call, waiter: Waiter) -> None:
        self.calls.append(call)
        self.queued.append(call)
        self.conversation.queue(waiter)
        if self.conversation.leader is None:
            self.conversation.leader = waiter
        else:
            waiter.task = object()

    def answer(self, call: Call) -> None:
        for number, answer in enumerate(call.answers):
            if self.chatty and number == len(call.answers) // 2:
                self.say(RespPush([b"message", len(self.sent_pushes)]))
            if isinstance(answer, RespPush):
                self.say(answer)
            else:
                self.incoming += b"+%b\r\n" % answer

    def say(self, push: RespPush) -> None:
        self.sent_pushes.append(push)
        self.incoming += b">2\r\n+%b\r\n:%b\r\n" % (push.push_type, str(push.data[0]).encode())

    # --- what callers do ---------------------------------------------------------------

    @precondition(alive)
    @rule(sizes=st.lists(st.integers(1, 6), min_size=1, max_size=5))
    def queue(self, sizes: list[int]) -> None:
        for replies in sizes:
            self.queue_one(replies)

    def queue_one(self, replies: int) -> None:
        names = [f"{len(self.calls)}.{part}" for part in range(replies)]
        unit = b"".join(write_command("ECHO", name) for name in names)
        waiter = Waiter(unit, replies)
        self.enter(Call(unit, [name.encode() for name in names], waiter), waiter)

    @precondition(alive)
    @rule(channels=st.integers(1, 3))
    def subscribe(self, channels: int) -> None:
        numbers = [1000 * len(self.calls) + part for part in range(channels)]
        unit = write_command("SUBSCRIBE", *numbers)
        waiter = Waiter(unit, channels, b"subscribe")
        answers = [RespPush([b"subscribe", number]) for number in numbers]
        self.enter(Call(unit, answers, waiter), waiter)

    @precondition(alive)
    @rule(company=st.lists(st.integers(1, 2), max_size=3))
    def go_alone(self, company: list[int]) -> None:
        conversation = self.conversation
        if self.alone is None:
            self.let_flow()
            self.leader_that_is_done_resigns()
        if conversation.leader is None:
            name = f"{len(self.calls)}.alone"
            self.alone = Call(write_command("ECHO", name), [name.encode()], None)
            self.calls.append(self.alone)
            conversation.sent_bytes += len(self.alone.unit)
            conversation.leader = ALONE
            self.answer(self.alone)
            # Others may come in the same pass of the scheduler.
            for replies in company:
                self.queue_one(replies)
            self.flush_share(1.0)

    @precondition(lambda self: self.alone is not None)
    @rule(share=SHARES, closed=st.booleans())
    def one_alone_looks(self, share: float, closed: bool) -> None:
        self.look(share, closed)

    def look(self, share: float, closed: bool) -> None:
        conversation = self.conversation
        call, self.alone = self.alone, None
        assert call is not None
        assert conversation.leader is ALONE
        data = self.take_incoming(share)
        if conversation.dead is not None and closed:
            call.failed = True
            conversation.leader = None
            return
        reply: Any = conversation.only_reply(data) if data else conversation.go_on(len(call.unit))
        if isinstance(reply, Waiter):
            assert conversation.leader is reply
            call.waiter = reply
            self.uncounted.append(reply)
        else:
            call.reply = [reply]
            conversation.resign()

    @precondition(lambda self: self.calls)
    @rule(data=st.data())
    def abandon(self, data: st.DataObject) -> None:
        self.give_up(data.draw(st.sampled_from(self.calls)))

    @rule(in_order=st.booleans())
    def abandon_all(self, in_order: bool) -> None:
        for call in self.calls if in_order else self.calls[::-1]:
            self.give_up(call)

    def give_up(self, call: Call) -> None:
        if call.waiter is None or call.is_done() or call.gave_up:
            return
        call.waiter.task = None
        call.gave_up = True
        self.conversation.abandon(call.waiter)
        if self.conversation.leader is call.waiter:
            self.conversation.resign()

    def let_flow(self) -> None:
        while self.incoming or self.conversation.outgoing():
            self.flush_share(1.0)
            self.conversation.feed(self.take_incoming(1.0))

    @rule()
    def leader_that_is_done_resigns(self) -> None:
        leader = self.conversation.leader
        if leader is not None and leader is not ALONE and leader.is_done():
            self.conversation.resign()

    # --- what listeners do -------------------------------------------------------------

    @precondition(alive)
    @rule()
    def listen(self) -> None:
        waiter = Waiter(b"", 1)
        self.conversation.listeners.append(waiter)
        self.lead_or_park(waiter)

    def lead_or_park(self, waiter: Waiter) -> None:
        conversation = self.conversation
        if conversation.leader is None and not conversation.has_callers():
            conversation.leader = waiter
        else:
            waiter.task = object()

    @rule()
    def listener_that_leads_gives_way(self) -> None:
        conversation = self.conversation
        leader = conversation.leader
        if leader in conversation.listeners and conversation.has_callers() and alive(self):
            conversation.resign()
            assert conversation.leader is not None
            assert conversation.leader not in conversation.listeners
            self.lead_or_park(leader)

    @precondition(lambda self: self.conversation.listeners)
    @rule(data=st.data())
    def stop_listening(self, data: st.DataObject) -> None:
        conversation = self.conversation
        waiter = data.draw(st.sampled_from(conversation.listeners))
        waiter.task = None
        conversation.listeners.remove(waiter)
        if conversation.leader is waiter or conversation.leader is None:
            conversation.resign()

    # --- what the network does ---------------------------------------------------------

    @rule(share=SHARES)
    def flush(self, share: float) -> None:
        self.flush_share(share)

    def flush_share(self, share: float) -> None:
        data = bytes(self.conversation.outgoing())
        data = data[: round(len(data) * share)]
        self.conversation.sent(len(data))
        while data:
            if not self.leaving:
                self.queued = [call for call in self.queued if not call.gave_up]
                self.begun.append(self.queued.pop(0))
                self.leaving = self.begun[-1].unit
            step = min(len(data), len(self.leaving))
            assert data[:step] == self.leaving[:step], "two units are mixed, or out of order"
            data, self.leaving = data[step:], self.leaving[step:]
            if not self.leaving:
                self.answer(self.begun[-1])

    @precondition(alive)
    @rule(kind=st.sampled_from([b"message", b"raise"]))
    def push(self, kind: bytes) -> None:
        self.say(RespPush([kind, len(self.sent_pushes)]))

    def take_incoming(self, share: float) -> bytes:
        count = round(len(self.incoming) * share)
        data = bytes(self.incoming[:count])
        del self.incoming[:count]
        return data

    @precondition(lambda self: alive(self) and self.alone is None)
    @rule(share=SHARES, buffered=st.booleans())
    def receive(self, share: float, buffered: bool) -> None:
        data = self.take_incoming(share)
        if not buffered:
            self.conversation.feed(data)
        while buffered and data:
            view = self.conversation.buffer()
            count = min(len(view), len(data))
            view[:count] = data[:count]
            self.conversation.received(count)
            data = data[count:]

    @precondition(lambda self: len(self.calls) > 8 or not alive(self))
    @rule()
    def die(self) -> None:
        self.conversation.die(LOST)
        self.queued = []
        self.leaving = b""

    # --- what holds at all times -------------------------------------------------------

    @invariant()
    def replies_reach_only_who_asked(self) -> None:
        for call in self.calls:
            assert call.replies == ([] if call.gave_up else call.answers[: len(call.replies)])

    @invariant()
    def sent_means_that_a_byte_has_left(self) -> None:
        for call in self.calls:
            if call.waiter is not None and call.waiter not in self.uncounted:
                assert call.waiter.sent == (call in self.begun)

    @invariant()
    def owed_replies_are_counted(self) -> None:
        owed = self.conversation.owed
        assert self.conversation.owed_replies == sum(waiter.missing for waiter in owed)
        assert all(waiter.missing for waiter in owed)

    @invariant()
    def bounds_hold_but_for_one_larger_unit(self) -> None:
        counted = [waiter for waiter in self.conversation.owed if waiter not in self.uncounted]
        if len(counted) > 1:
            assert sum(waiter.missing for waiter in counted) <= self.conversation.max_owed
            sizes = {id(call.waiter): len(call.unit) for call in self.calls}
            size = sum(sizes[id(waiter)] for waiter in counted)
            assert size <= self.conversation.max_owed_bytes

    @invariant()
    def room_is_not_lost(self) -> None:
        if not self.conversation.owed and self.conversation.has_callers():
            assert self.conversation.outgoing()

    @invariant()
    def nobody_sleeps_who_is_done(self) -> None:
        for waiter in self.everybody():
            assert waiter.task is None or not waiter.is_done()

    @invariant()
    def somebody_leads_while_anybody_sleeps(self) -> None:
        leader = self.conversation.leader
        if any(waiter.task is not None for waiter in self.everybody()):
            assert leader is not None
        assert leader is None or leader.task is None

    def everybody(self) -> list[Waiter]:
        callers = [call.waiter for call in self.calls if call.waiter is not None]
        return callers + self.conversation.listeners

    @invariant()
    def after_death_nobody_waits(self) -> None:
        if self.conversation.dead is not None:
            waiting = [call for call in self.calls if not call.is_done() and not call.gave_up]
            assert waiting == ([] if self.alone is None else [self.alone])
            assert self.conversation.outgoing() == b""
            assert all(listener.cause is LOST for listener in self.conversation.listeners)
        assert self.ends == ([] if alive(self) else ["hung up", "dead"])

    @invariant()
    def pushes_come_in_order(self) -> None:
        assert self.seen_pushes == self.sent_pushes[: len(self.seen_pushes)]

    def teardown(self) -> None:
        """Whatever happened: let the rest flow, and everybody who still waits is served."""
        if self.alone is not None:
            self.look(0.5, closed=False)
        if not alive(self):
            return
        self.let_flow()
        assert alive(self)
        assert self.seen_pushes == self.sent_pushes
        for call in self.calls:
            assert call.gave_up or call.replies == call.answers
        assert self.conversation.is_settled()


TestConversationModel = ConversationModel.TestCase


class Talk:
    """A conversation with one command sent, and what it gave to the hook and woke."""

    def __init__(self, reader: Any = None, hook: Callable[[Any], object] | None = None) -> None:
        self.pushes: list[Any] = []
        self.woken: list[Waiter] = []
        self.conversation = Conversation(
            reader or Resp3Reader(), hook or self.pushes.append, self.woken.append
        )

    def ask(self, missing: int = 1, confirmation: bytes | None = None) -> Waiter:
        waiter = Waiter(b"x", missing, confirmation)
        self.conversation.queue(waiter)
        self.conversation.sent(len(self.conversation.outgoing()))
        return waiter


def test_reply_that_nobody_asked_for_ends_the_conversation() -> None:
    talk = Talk()
    waiter = talk.ask()
    talk.conversation.feed(b"+mine\r\n+whose?\r\n")
    assert waiter.replies == [b"mine"]
    assert waiter.cause is None
    assert isinstance(talk.conversation.dead, ProtocolError)


def test_replies_before_garbage_are_delivered_and_those_behind_get_the_cause() -> None:
    talk = Talk()
    first, second = talk.ask(), talk.ask()
    talk.conversation.feed(b"+first\r\n?garbage\r\n")
    assert first.replies == [b"first"]
    assert first.cause is None
    assert isinstance(second.cause, ProtocolError)
    assert "unknown type byte b'?' at offset 8" in str(second.cause)


def test_foreign_reader_that_fails_ends_the_conversation_after_what_is_complete() -> None:
    class Fragile:
        sentinel = object()

        def __init__(self) -> None:
            self.items = [b"good"]

        def feed(self, data: bytes) -> None:
            pass

        def get_object(self) -> object:
            if self.items:
                return self.items.pop()
            raise KeyError("broken")

    talk = Talk(Fragile())
    first, second = talk.ask(), talk.ask()
    talk.conversation.feed(b"anything")
    assert first.replies == [b"good"]
    assert isinstance(second.cause, ProtocolError)
    assert "KeyError" in str(second.cause)


def test_failing_hook_is_logged_and_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    def hook(push: RespPush) -> None:
        raise ZeroDivisionError

    talk = Talk(hook=hook)
    waiter = talk.ask()
    talk.conversation.feed(b">1\r\n+hello\r\n+reply\r\n")
    assert waiter.replies == [b"reply"]
    assert "b'hello'" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_hook_may_end_the_conversation() -> None:
    def hook(push: RespPush) -> None:
        talk.conversation.die(LOST)

    talk = Talk(hook=hook)
    waiter = talk.ask()
    talk.conversation.feed(b">1\r\n+hello\r\n+reply\r\n")
    assert waiter.replies == []
    assert waiter.cause is LOST


def test_interrupt_in_a_hook_ends_the_conversation_and_goes_on_its_way() -> None:
    def hook(push: RespPush) -> None:
        raise KeyboardInterrupt

    talk = Talk(hook=hook)
    waiter = talk.ask()
    with pytest.raises(KeyboardInterrupt):
        talk.conversation.feed(b">1\r\n+hello\r\n+reply\r\n")
    assert waiter.cause is not None


def test_push_among_the_replies_of_a_pipeline_goes_to_the_hook() -> None:
    talk = Talk()
    waiter = talk.ask(3)
    talk.conversation.feed(b"+a\r\n>1\r\n+hello\r\n+b\r\n")
    assert waiter.replies == [b"a", b"b"]
    assert talk.pushes == [RespPush([b"hello"])]
    assert talk.conversation.owed_replies == 1


def test_subscription_is_done_with_its_last_confirmation() -> None:
    talk = Talk()
    waiter = talk.ask(2, b"subscribe")
    talk.conversation.feed(b">3\r\n+subscribe\r\n+a\r\n:1\r\n>3\r\n+message\r\n+a\r\n+hi\r\n")
    assert not waiter.is_done()
    talk.conversation.feed(b">3\r\n+subscribe\r\n+b\r\n:2\r\n")
    assert waiter.is_done()
    assert talk.conversation.subscriptions == {(b"subscribe", b"a"), (b"subscribe", b"b")}
    assert [push.push_type for push in talk.pushes] == [b"subscribe", b"message", b"subscribe"]
    talk.ask(1, b"unsubscribe")
    talk.conversation.feed(b">3\r\n+unsubscribe\r\n+a\r\n:1\r\n")
    assert talk.conversation.subscriptions == {(b"subscribe", b"b")}


def test_error_answers_a_whole_subscription() -> None:
    talk = Talk()
    waiter = talk.ask(2, b"subscribe")
    talk.conversation.feed(b"-NOPERM no\r\n")
    assert waiter.is_done()
    assert isinstance(waiter.replies[0], ResponseError)
    assert talk.conversation.is_clean()


def test_subscription_answered_as_in_resp2_ends_the_conversation() -> None:
    talk = Talk()
    waiter = talk.ask(1, b"subscribe")
    talk.conversation.feed(b"*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n")
    assert isinstance(waiter.cause, ProtocolError)


@pytest.mark.parametrize("left_over", [b"+rep", b">2\r\n", b":1\r\n"])
def test_left_over_bytes_make_it_unclean(left_over: bytes) -> None:
    talk = Talk()
    talk.ask()
    talk.conversation.feed(b"+OK\r\n" + left_over)
    assert not talk.conversation.is_clean()


def test_clean_after_replies_and_pushes() -> None:
    talk = Talk()
    assert talk.conversation.is_clean()
    talk.ask()
    assert not talk.conversation.is_clean()
    talk.conversation.feed(b">1\r\n+hello\r\n+OK\r\n")
    assert talk.conversation.is_clean()


def test_taken_by_hand_everything_goes_to_the_inbox_in_order() -> None:
    talk = Talk()
    inbox = talk.conversation.take_by_hand()
    waiter = Waiter(b"x", 1)
    waiter.abandoned = True
    talk.conversation.queue(waiter)
    talk.conversation.sent(1)
    talk.conversation.feed(b">1\r\n+hello\r\n+OK\r\n+extra\r\n")
    assert list(inbox) == [RespPush([b"hello"]), b"OK", b"extra"]
    assert talk.pushes == []
    assert not talk.conversation.is_clean()


def test_settling_gives_unread_pushes_to_the_hook_and_refuses_unread_replies() -> None:
    talk = Talk()
    talk.conversation.take_by_hand()
    talk.conversation.feed(b">1\r\n+hello\r\n")
    talk.conversation.settle()
    assert talk.pushes == [RespPush([b"hello"])]
    assert talk.conversation.dead is None
    talk.conversation.take_by_hand()
    talk.conversation.feed(b"+reply\r\n")
    talk.conversation.settle()
    assert isinstance(talk.conversation.dead, ProtocolError)


def test_batch_is_bounded() -> None:
    talk = Talk()
    for _ in range(10):
        talk.conversation.queue(Waiter(b"x" * 100_000, 1))
    assert len(talk.conversation.outgoing()) == 300_000
