"""The conversation: under a model, in any order of events, and its single promises.

The model keeps the wire: which bytes have left, and what a server answers to them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from redtrio._conversation import Conversation, Waiter
from redtrio.exceptions import ConnectionError, ProtocolError, ResponseError
from redtrio.lowlevel.protocol import Resp3Reader, write_command
from redtrio.types import RespPush

LOST = ConnectionError("lost")


class Caller(Waiter):
    """A waiter that knows what it asked for, and whether it was woken as it was parked."""

    __slots__ = ("answers", "gave_up", "unit")

    def __init__(self, number: int, replies: int) -> None:
        names = [f"{number}.{part}" for part in range(replies)]
        super().__init__(b"".join(write_command("ECHO", name) for name in names), replies)
        self.unit = self.payload
        self.answers = [name.encode() for name in names]
        self.gave_up = False


def alive(state: ConversationModel) -> bool:
    return state.conversation.dead is None


class ConversationModel(RuleBasedStateMachine):
    """Queue, flush n bytes, feed n bytes, abandon, resign, die: in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.seen_pushes: list[RespPush] = []
        self.sent_pushes: list[RespPush] = []
        self.conversation = Conversation(Resp3Reader(), self.seen_pushes.append, self.wake)
        self.callers: list[Caller] = []
        self.queued: list[Caller] = []  # of whom no byte has left
        self.leaving = b""  # what is to leave of the unit that has begun
        self.begun: list[Caller] = []
        self.incoming = bytearray()  # answered by the server, not yet received

    def wake(self, waiter: Waiter) -> None:
        assert waiter.task is not None, "woken without being parked, or woken twice"
        waiter.task = None

    @precondition(alive)
    @rule(replies=st.integers(1, 3))
    def queue(self, replies: int) -> None:
        caller = Caller(len(self.callers), replies)
        self.callers.append(caller)
        self.queued.append(caller)
        self.conversation.queue(caller)
        if self.conversation.leader is None:
            self.conversation.leader = caller
        else:
            caller.task = object()

    @rule(share=st.floats(0, 1))
    def flush(self, share: float) -> None:
        data = bytes(self.conversation.outgoing())
        data = data[: round(len(data) * share)]
        self.conversation.sent(len(data))
        while data:
            if not self.leaving:
                self.queued = [caller for caller in self.queued if not caller.gave_up]
                self.begun.append(self.queued.pop(0))
                self.leaving = self.begun[-1].unit
            step = min(len(data), len(self.leaving))
            assert data[:step] == self.leaving[:step], "two units are mixed, or out of order"
            data, self.leaving = data[step:], self.leaving[step:]
            if not self.leaving:
                for answer in self.begun[-1].answers:
                    self.incoming += b"+%b\r\n" % answer

    @precondition(alive)
    @rule()
    def push(self) -> None:
        push = RespPush([b"message", len(self.sent_pushes)])
        self.sent_pushes.append(push)
        self.incoming += b">2\r\n+message\r\n:%d\r\n" % (len(self.sent_pushes) - 1)

    @precondition(alive)
    @rule(share=st.floats(0, 1), buffered=st.booleans())
    def receive(self, share: float, buffered: bool) -> None:
        count = round(len(self.incoming) * share)
        data = bytes(self.incoming[:count])
        del self.incoming[:count]
        if not buffered:
            self.conversation.feed(data)
        elif data:
            view = self.conversation.buffer()
            view[: len(data)] = data
            self.conversation.received(len(data))

    @precondition(lambda self: self.callers)
    @rule(data=st.data())
    def abandon(self, data: st.DataObject) -> None:
        caller = data.draw(st.sampled_from(self.callers))
        if caller.is_done() or caller.gave_up:
            return
        caller.task = None
        caller.gave_up = True
        self.conversation.abandon(caller)
        if self.conversation.leader is caller:
            self.conversation.resign()

    @rule()
    def leader_that_is_done_resigns(self) -> None:
        leader = self.conversation.leader
        if leader is not None and leader.is_done():
            self.conversation.resign()

    @rule()
    def die(self) -> None:
        self.conversation.die(LOST)
        self.queued = []
        self.leaving = b""

    @invariant()
    def replies_reach_only_who_asked(self) -> None:
        for caller in self.callers:
            if caller.gave_up:
                assert caller.replies == []
            else:
                assert caller.replies == caller.answers[: len(caller.replies)]

    @invariant()
    def sent_means_that_a_byte_has_left(self) -> None:
        for caller in self.callers:
            assert caller.sent == (caller in self.begun)

    @invariant()
    def nobody_sleeps_who_is_done(self) -> None:
        for caller in self.callers:
            assert caller.task is None or not caller.is_done()

    @invariant()
    def somebody_leads_while_anybody_sleeps(self) -> None:
        leader = self.conversation.leader
        if any(caller.task is not None for caller in self.callers):
            assert leader is not None
        assert leader is None or leader.task is None

    @invariant()
    def after_death_nobody_waits(self) -> None:
        if self.conversation.dead is not None:
            assert all(c.is_done() or c.gave_up for c in self.callers)
            assert self.conversation.outgoing() == b""

    @invariant()
    def pushes_come_in_order(self) -> None:
        assert self.seen_pushes == self.sent_pushes[: len(self.seen_pushes)]

    def teardown(self) -> None:
        """Whatever happened: let the rest flow, and everybody who still waits is served."""
        if self.conversation.dead is None:
            while self.conversation.outgoing():
                self.flush(1.0)
            self.receive(1.0, False)
            assert self.conversation.dead is None
            assert self.seen_pushes == self.sent_pushes
            assert all(caller.is_done() or caller.gave_up for caller in self.callers)
            assert [c.replies for c in self.callers if not c.gave_up] == [
                c.answers for c in self.callers if not c.gave_up
            ]


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
