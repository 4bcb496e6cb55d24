"""What the readers make of bytes: every entry of the corpus, in every way of delivering it."""

from __future__ import annotations

import ctypes
import gc
import math
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

import pytest
from corpus import BAD, DEPTH, GOOD, Bad, Good, bulk, described, nested
from resp3_twins import (
    DELIVERIES,
    TAKERS,
    batch,
    feed_bytes,
    in_pieces,
    on_both_twins,
    on_python_twin,
    one_by_one,
    outcome,
    receive,
)

from redtrio import exceptions
from redtrio.exceptions import ConnectionError, ProtocolError, ResponseError
from redtrio.types import RespPush

Delivery = Callable[[Any, bytes], None]
Taker = Callable[[Any], Iterable[object]]

by_delivery = pytest.mark.parametrize("deliver", DELIVERIES.values(), ids=DELIVERIES)
by_taker = pytest.mark.parametrize("take", TAKERS.values(), ids=TAKERS)
by_size = pytest.mark.parametrize("size", [1, 2, 3, 7, 16, 33, 4096, 1 << 20])


def cuts(wire: bytes) -> Iterator[int]:
    """Every place to cut a wire in two; of a long one those near its ends and some between."""
    if len(wire) <= 400:
        yield from range(len(wire) + 1)
    else:
        yield from range(12)
        yield from range(12, len(wire) - 12, len(wire) // 8)
        yield from range(len(wire) - 12, len(wire) + 1)


def wrong(
    cases: Iterable[Good | Bad], cut: Callable[[bytes], Iterable[list[bytes]]], **how: Any
) -> list[str]:
    """The names of the cases whose outcome is not what the corpus says."""
    names: list[str] = []
    for case in cases:
        for pieces in cut(case.wire):
            found = outcome(pieces=pieces, **how)
            if found != case.outcome():
                names.append(f"{case.name} in {len(pieces)} pieces: {str(found)[:200]}")
                break
    return names


# --- The corpus -----------------------------------------------------------------------------


def test_corpus_names_are_unique() -> None:
    for table in (GOOD, BAD):
        names = [case.name for case in table]
        assert len(set(names)) == len(names)


@on_both_twins
@by_delivery
@by_taker
def test_whole_wire_gives_its_value(resp3: ModuleType, deliver: Delivery, take: Taker) -> None:
    # Byte by byte, the long ones are a matter of seconds.
    cases = [
        case for case in GOOD if deliver is not DELIVERIES["receive by 1"] or len(case.wire) < 9999
    ]
    assert not wrong(cases, lambda wire: [[wire]], resp3=resp3, deliver=deliver, take=take)


@on_both_twins
@by_delivery
@by_taker
def test_whole_wire_gives_its_error(resp3: ModuleType, deliver: Delivery, take: Taker) -> None:
    cases = [
        case for case in BAD if deliver is not DELIVERIES["receive by 1"] or len(case.wire) < 9999
    ]
    assert not wrong(cases, lambda wire: [[wire]], resp3=resp3, deliver=deliver, take=take)


@on_both_twins
@by_size
def test_value_does_not_depend_on_the_size_of_pieces(resp3: ModuleType, size: int) -> None:
    assert not wrong(GOOD, lambda wire: [in_pieces(wire, size)], resp3=resp3)


@on_both_twins
@by_size
def test_error_does_not_depend_on_the_size_of_pieces(resp3: ModuleType, size: int) -> None:
    assert not wrong(BAD, lambda wire: [in_pieces(wire, size)], resp3=resp3, take=one_by_one)


@on_both_twins
def test_value_does_not_depend_on_where_the_wire_is_cut(resp3: ModuleType) -> None:
    def in_two(wire: bytes) -> Iterator[list[bytes]]:
        return ([wire[:cut], wire[cut:]] for cut in cuts(wire))

    assert not wrong(GOOD, in_two, resp3=resp3)


@on_both_twins
def test_error_does_not_depend_on_where_the_wire_is_cut(resp3: ModuleType) -> None:
    def in_two(wire: bytes) -> Iterator[list[bytes]]:
        return ([wire[:cut], wire[cut:]] for cut in cuts(wire))

    assert not wrong(BAD, in_two, resp3=resp3)


@on_both_twins
@pytest.mark.parametrize("sizehint", [-1, 10])
def test_value_does_not_depend_on_where_received_bytes_are_cut(
    resp3: ModuleType, sizehint: int
) -> None:
    def in_two(wire: bytes) -> Iterator[list[bytes]]:
        return ([wire[:cut], wire[cut:]] for cut in cuts(wire))

    short = [case for case in GOOD if len(case.wire) < 400]
    assert not wrong(short, in_two, resp3=resp3, deliver=receive(sizehint))


@on_both_twins
def test_bytes_behind_an_error_do_not_change_it(resp3: ModuleType) -> None:
    for tail in (b"\r\n", b"\n", b"x" * 40, b"+OK\r\n"):
        for case in BAD:
            assert outcome(resp3, [case.wire + tail]) == ([], case.text()), case.name


@on_both_twins
def test_error_is_raised_at_the_byte_that_makes_it(resp3: ModuleType) -> None:
    early = [case.name for case in BAD if outcome(resp3, [case.wire[:-1]]) != ([], None)]
    assert not early


@on_both_twins
@by_taker
def test_replies_in_a_row_are_told_apart(resp3: ModuleType, take: Taker) -> None:
    wire = b"".join(case.wire for case in GOOD)
    expected = [described(case.value) for case in GOOD]
    for pieces in ([wire], in_pieces(wire, 4096), in_pieces(wire, 61)):
        assert outcome(resp3, pieces, take=take) == (expected, None)


@on_both_twins
@by_taker
def test_each_reply_stands_between_others(resp3: ModuleType, take: Taker) -> None:
    around = b"*1\r\n$3\r\nabc\r\n"
    for case in GOOD:
        expected = [described([b"abc"]), described(case.value), described([b"abc"])]
        found = outcome(resp3, [around + case.wire + around], take=take)
        assert found == (expected, None), case.name


@on_both_twins
@by_taker
@pytest.mark.parametrize(
    "before", [b"+OK\r\n", b"$70000\r\n" + b"x" * 70_000 + b"\r\n"], ids=["short", "long"]
)
def test_error_behind_replies_tells_its_offset_in_the_stream(
    resp3: ModuleType, take: Taker, before: bytes
) -> None:
    for case in BAD[:: 1 if len(before) < 100 else 20]:
        replies, text = outcome(resp3, [before * 2 + case.wire], take=take)
        assert (len(replies), text) == (2, case.text(2 * len(before))), case.name
        replies, text = outcome(resp3, in_pieces(before + case.wire, 1000), take=take)
        assert (len(replies), text) == (1, case.text(len(before))), case.name


@on_both_twins
def test_error_inside_of_aggregates_tells_its_offset_in_the_stream(resp3: ModuleType) -> None:
    before = b"*2\r\n%1\r\n+k\r\n+v\r\n"
    for case in BAD:
        if case.wire.startswith((b">", b"|0\r\n>")) or case.name.startswith("too deep"):
            continue  # it is refused for another reason there
        for size in (1 << 20, 5):
            found = outcome(resp3, in_pieces(before + case.wire, size))
            assert found == ([], case.text(len(before))), case.name


@on_both_twins
def test_value_in_attribute_is_parsed_like_any_other(resp3: ModuleType) -> None:
    for case in GOOD:
        if isinstance(case.value, RespPush) or "deep" in case.name or "depth" in case.name:
            continue  # refused there
        wire = b"|1\r\n" + case.wire * 2 + b":1\r\n"
        assert outcome(resp3, [wire]) == ([described(1)], None), case.name


@on_both_twins
def test_error_in_attribute_is_an_error(resp3: ModuleType) -> None:
    before = b"|1\r\n+k\r\n"
    for case in BAD:
        if case.wire.startswith((b">", b"|0\r\n>")) or case.name.startswith("too deep"):
            continue
        assert outcome(resp3, [before + case.wire]) == ([], case.text(len(before))), case.name


@on_both_twins
def test_big_number_ignores_the_limit_of_int(resp3: ModuleType) -> None:
    limit = sys.get_int_max_str_digits() if hasattr(sys, "get_int_max_str_digits") else None
    if limit is None:
        pytest.skip("this Python has no limit")
    sys.set_int_max_str_digits(640)
    try:
        (value,) = outcome(resp3, [b"(1" + b"0" * 5000 + b"\r\n"])[0]
    finally:
        sys.set_int_max_str_digits(limit)
    assert value == described(10**5000)


# --- The value types ------------------------------------------------------------------------


@on_both_twins
def test_replies_are_exact_types(resp3: ModuleType) -> None:
    reader = resp3.Resp3Reader()
    reader.feed(
        b"+a\r\n$1\r\na\r\n:1\r\n(1\r\n,1\r\n#t\r\n*0\r\n~0\r\n%0\r\n=4\r\ntxt:\r\n>1\r\n+a\r\n-E\r\n"
    )
    kinds = [type(value) for value in reader.get_objects()]
    simple = [bytes, bytes, int, int, float, bool, list, set, dict, bytes]
    assert kinds == [*simple, RespPush, ResponseError]


@on_both_twins
def test_containers_are_tracked_by_the_garbage_collector(resp3: ModuleType) -> None:
    reader = resp3.Resp3Reader()
    reader.feed(b"*1\r\n*1\r\n*0\r\n*3\r\n:1\r\n")
    (value,) = reader.get_objects()
    assert gc.is_tracked(value)
    reader.feed(b":2\r\n:3\r\n")
    assert gc.is_tracked(reader.get_object())


@on_both_twins
def test_lists_may_be_changed_by_their_owner(resp3: ModuleType) -> None:
    reader = resp3.Resp3Reader()
    reader.feed(b"*2\r\n:1\r\n:2\r\n" * 2)
    first = reader.get_object()
    first += [3] * 100
    replies = reader.get_objects()
    replies += [4] * 100
    assert reader.get_objects() == []


@on_both_twins
def test_errors_are_of_the_class_of_their_code(resp3: ModuleType) -> None:
    reader = resp3.Resp3Reader()
    reader.feed(b"*2\r\n-MOVED 7 host:1\r\n!7\r\nOOM, no\r\n")
    moved, other = reader.get_object()
    assert (moved.slot, moved.host, moved.port) == (7, "host", 1)
    assert type(other) is ResponseError
    assert (other.code, str(other)) == ("", "OOM, no")


# --- Errors stick ---------------------------------------------------------------------------

USES: dict[str, Callable[[Any], object]] = {
    "feed": lambda reader: reader.feed(b"+OK\r\n"),
    "get_object": lambda reader: reader.get_object(),
    "get_objects": lambda reader: reader.get_objects(),
    "get_buffer": lambda reader: reader.get_buffer(),
    "buffer_updated": lambda reader: reader.buffer_updated(0),
}


@on_both_twins
@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_broken_reader_refuses_every_use_with_the_first_error(
    resp3: ModuleType, use: Callable[[Any], object]
) -> None:
    reader = resp3.Resp3Reader()
    reader.feed(b"+OK\r\n*1\r\nx")
    reader.get_object()
    with pytest.raises(ProtocolError, match="offset 9") as first:
        reader.get_object()
    for _ in range(3):
        with pytest.raises(ProtocolError) as again:
            use(reader)
        assert str(again.value) == str(first.value)
        assert isinstance(again.value.__cause__, ProtocolError)
        assert str(again.value.__cause__) == str(first.value)
        assert reader.pending


@on_both_twins
@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_error_behind_a_batch_is_raised_by_the_next_use(
    resp3: ModuleType, use: Callable[[Any], object]
) -> None:
    reader = resp3.Resp3Reader()
    reader.feed(b"+OK\r\n:1\r\n?")
    assert reader.get_objects() == [b"OK", 1]
    assert reader.pending
    with pytest.raises(ProtocolError, match="unknown type byte b'\\?' at offset 9"):
        use(reader)


@on_both_twins
def test_error_is_not_raised_before_the_replies_in_front_of_it(resp3: ModuleType) -> None:
    reader = resp3.Resp3Reader()
    reader.feed(b"+a\r\n+b\r\n?")
    assert reader.get_object() == b"a"
    reader.feed(b"+c\r\n")
    assert reader.get_object() == b"b"
    view = reader.get_buffer(2)
    view[:] = b"xy"
    reader.buffer_updated(2)
    with pytest.raises(ProtocolError, match="offset 8"):
        reader.get_object()


@on_both_twins
def test_rest_of_a_batch_comes_before_the_error(resp3: ModuleType) -> None:
    reader = resp3.Resp3Reader()
    reader.feed(b"+a\r\n+b\r\n+c\r\n?")
    assert reader.get_object() == b"a"
    assert reader.get_objects() == [b"b", b"c"]
    with pytest.raises(ProtocolError):
        reader.get_objects()


@on_both_twins
def test_errors_are_not_held_by_their_reader(resp3: ModuleType) -> None:
    class Witness:
        pass

    def fail(reader: Any, witness: Witness) -> None:
        for use in (reader.get_object, reader.get_objects):
            with pytest.raises(ProtocolError):
                use()

    reader = resp3.Resp3Reader()
    reader.feed(b"?")
    witness = Witness()
    gone = weakref.ref(witness)
    fail(reader, witness)
    del witness
    assert gone() is None  # else a traceback in the reader leads to the frame of fail()


@on_both_twins
def test_protocol_error_is_a_connection_error(resp3: ModuleType) -> None:
    reader = resp3.Resp3Reader()
    reader.feed(b"?")
    with pytest.raises(ConnectionError):
        reader.get_objects()


# --- feed -----------------------------------------------------------------------------------


@on_both_twins
@pytest.mark.parametrize("given", [None, "+OK\r\n", 1, [43], range(3)], ids=repr)
def test_feed_refuses_other_types_and_goes_on(resp3: ModuleType, given: object) -> None:
    reader = resp3.Resp3Reader()
    reader.feed(b"+O")
    with pytest.raises(TypeError) as raised:
        reader.feed(given)
    name = type(given).__name__
    assert str(raised.value) == f"feed() takes bytes, bytearray or memoryview, not {name}"
    reader.feed(b"K\r\n")
    assert reader.get_object() == b"OK"


@on_both_twins
def test_feed_takes_subclasses_as_their_bytes(resp3: ModuleType) -> None:
    class Odd(bytes):
        def __len__(self) -> int:
            return 3

        def __bytes__(self) -> bytes:
            return b"+odd\r\n"

    reader = resp3.Resp3Reader()
    reader.feed(Odd(b"+OK\r\n"))
    reader.feed(type("Array", (bytearray,), {})(b":1\r\n"))
    assert reader.get_objects() == [b"OK", 1]
    assert type(reader.sentinel) is not bytes


@on_both_twins
def test_feed_takes_a_view_of_any_format_as_its_bytes(resp3: ModuleType) -> None:
    reader = resp3.Resp3Reader()
    reader.feed(memoryview(b":1234\r\n+").cast("I"))
    reader.feed(memoryview(b"OK\r\n").cast("B", [2, 2]))
    reader.feed(memoryview(b"\n\r1:")[::-1])
    assert reader.get_objects() == [1234, b"OK", 1]


@on_both_twins
def test_empty_pieces_change_nothing(resp3: ModuleType) -> None:
    for wire in (b"*2\r\n$2\r\nab\r\n+c\r\n", b"$2000\r\n" + b"x" * 2000 + b"\r\n"):
        pieces = [piece for byte in in_pieces(wire, 1) for piece in (b"", byte, b"")]
        assert len(outcome(resp3, pieces)[0]) == 1


@on_both_twins
def test_bytes_fed_in_a_row_are_taken_in_order(resp3: ModuleType) -> None:
    wire = b"".join(case.wire for case in GOOD[:150])
    expected = [described(case.value) for case in GOOD[:150]]
    for size in (1, 1000):
        reader = resp3.Resp3Reader()
        for piece in in_pieces(wire, size):
            reader.feed(piece)
        assert [described(value) for value in one_by_one(reader)] == expected


@on_both_twins
def test_bytes_fed_between_single_replies_come_behind_the_others(resp3: ModuleType) -> None:
    reader = resp3.Resp3Reader()
    reader.feed(b":0\r\n:1\r\n:2")
    found = []
    for number in range(3, 100):
        found.append(reader.get_object())
        reader.feed(b"\r\n:%d" % number)
    assert found == list(range(97))


@on_both_twins
def test_sentinel_is_no_value(resp3: ModuleType) -> None:
    reader = resp3.Resp3Reader()
    assert reader.get_object() is reader.sentinel
    assert reader.sentinel is not None
    assert reader.get_objects() == []


# --- pending --------------------------------------------------------------------------------


@on_both_twins
@by_taker
def test_pending_tells_whether_anything_is_half_done(resp3: ModuleType, take: Taker) -> None:
    for case in GOOD:
        if len(case.wire) > 400:
            continue
        reader = resp3.Resp3Reader()
        assert not reader.pending
        for byte in in_pieces(case.wire, 1)[:-1]:
            feed_bytes(reader, byte)
            assert reader.pending, case.name
            assert list(take(reader)) == []
            assert reader.pending, case.name
        reader.feed(case.wire[-1:])
        assert reader.pending, case.name
        assert len(list(take(reader))) == 1
        assert not reader.pending, case.name


@on_both_twins
def test_replies_not_yet_asked_for_are_pending(resp3: ModuleType) -> None:
    reader = resp3.Resp3Reader()
    reader.feed(b"+a\r\n+b\r\n|0\r\n")
    reader.get_object()
    assert reader.pending
    reader.get_object()
    assert reader.pending
    assert reader.get_object() is reader.sentinel
    assert reader.pending
    reader.feed(b"+c\r\n")
    assert reader.get_objects() == [b"c"]
    assert not reader.pending


@on_both_twins
def test_attribute_behind_a_batch_is_pending(resp3: ModuleType) -> None:
    reader = resp3.Resp3Reader()
    reader.feed(b"+a\r\n+b\r\n|0\r\n")
    replies = reader.get_objects()
    replies.clear()
    assert reader.pending
    assert reader.get_objects() == []
    assert reader.pending
    reader.feed(b"+c\r\n+d\r\n")
    assert reader.get_objects() == [b"c", b"d"]
    assert not reader.pending


# --- get_buffer and buffer_updated ----------------------------------------------------------


@on_both_twins
@pytest.mark.parametrize("sizehint", [-1, 0, 1, 2, 100, 65_536, 10**6, 10**12])
def test_view_is_writable_and_about_as_large_as_wished(resp3: ModuleType, sizehint: int) -> None:
    view = resp3.Resp3Reader().get_buffer(sizehint)
    assert isinstance(view, memoryview)
    assert (view.readonly, view.format, view.ndim, view.contiguous) == (False, "B", 1, True)
    assert 0 < len(view) <= 4 * 1024**2
    if sizehint == 1:
        assert len(view) == 1
    if sizehint <= 0:
        assert 4096 <= len(view) <= 128 * 1024


@on_both_twins
def test_view_in_a_payload_is_of_what_it_lacks(resp3: ModuleType) -> None:
    reader = resp3.Resp3Reader()
    reader.feed(b"$100000\r\n" + b"x" * 30_000)
    assert reader.get_object() is reader.sentinel
    assert len(reader.get_buffer(10**6)) <= 70_000
    sizes = []
    missing = 70_000
    while missing:
        view = reader.get_buffer(10_000)
        sizes.append(len(view))
        missing -= len(view)
        view[:] = b"y" * len(view)
        reader.buffer_updated(len(view))
    assert max(sizes) <= 10_000
    reader.feed(b"\r\n")
    assert reader.get_object() == b"x" * 30_000 + b"y" * 70_000


@on_both_twins
def test_bytes_behind_a_received_payload_are_not_its_own(resp3: ModuleType) -> None:
    wire = bulk(b"p" * 100_000) + b"+OK\r\n" + bulk(b"q" * 100_000) + b":1"
    for deliver in (feed_bytes, receive(-1), receive(70_000), receive(1000)):
        for size in (1 << 20, 99_999, 30_001):
            replies, text = outcome(resp3, in_pieces(wire, size), deliver)
            assert replies == list(map(described, [b"p" * 100_000, b"OK", b"q" * 100_000]))
            assert text is None


@on_both_twins
def test_one_view_is_good_for_one_update(resp3: ModuleType) -> None:
    reader = resp3.Resp3Reader()
    with pytest.raises(RuntimeError, match=r"^buffer_updated\(\) without get_buffer\(\)$"):
        reader.buffer_updated(0)
    reader.get_buffer()[:5] = b"+OK\r\n"
    reader.buffer_updated(5)
    with pytest.raises(RuntimeError, match=r"^buffer_updated\(\) without get_buffer\(\)$"):
        reader.buffer_updated(0)
    assert reader.get_object() == b"OK"


@on_both_twins
@pytest.mark.parametrize("start", [b"", b"$100000\r\nxyz"], ids=["between", "in a payload"])
def test_update_beyond_the_view_is_refused_and_the_view_stays(
    resp3: ModuleType, start: bytes
) -> None:
    reader = resp3.Resp3Reader()
    reader.feed(start)
    reader.get_objects()
    view = reader.get_buffer(10)
    for nbytes in (-1, 11, 2**62):
        with pytest.raises(ValueError) as raised:
            reader.buffer_updated(nbytes)
        assert str(raised.value) == f"buffer_updated() takes 0 to 10 bytes, got {nbytes}"
    view[:] = b"+1234567\r\n"
    reader.buffer_updated(10)
    assert reader.get_objects() == ([] if start else [b"1234567"])


@on_both_twins
def test_feed_withdraws_the_view(resp3: ModuleType) -> None:
    reader = resp3.Resp3Reader()
    reader.get_buffer()
    reader.feed(b"")
    with pytest.raises(RuntimeError):
        reader.buffer_updated(0)


@on_both_twins
def test_refused_feed_does_not_withdraw_the_view(resp3: ModuleType) -> None:
    reader = resp3.Resp3Reader()
    reader.get_buffer()[:4] = b":1\r\n"
    with pytest.raises(TypeError):
        reader.feed("")
    reader.buffer_updated(4)
    assert reader.get_objects() == [1]


@on_both_twins
def test_new_view_replaces_the_old_one(resp3: ModuleType) -> None:
    reader = resp3.Resp3Reader()
    reader.get_buffer(100)
    reader.get_buffer(4)[:] = b":1\r\n"
    with pytest.raises(ValueError, match="takes 0 to 4 bytes, got 5"):
        reader.buffer_updated(5)
    reader.buffer_updated(4)
    assert reader.get_objects() == [1]


@on_both_twins
def test_replies_may_be_taken_while_a_view_is_lent(resp3: ModuleType) -> None:
    reader = resp3.Resp3Reader()
    reader.feed(b"+a\r\n$100000\r\nabc")
    view = reader.get_buffer(50_000)
    assert reader.get_object() == b"a"
    assert reader.get_object() is reader.sentinel
    view[:] = b"d" * 50_000
    reader.buffer_updated(50_000)
    reader.feed(b"e" * 49_997 + b"\r\n")
    assert reader.get_object() == b"abc" + b"d" * 50_000 + b"e" * 49_997


@on_both_twins
def test_feed_and_received_bytes_mix(resp3: ModuleType) -> None:
    wire = b"".join(case.wire for case in GOOD if len(case.wire) < 100_000)
    expected = [described(case.value) for case in GOOD if len(case.wire) < 100_000]
    reader = resp3.Resp3Reader()
    found: list[object] = []
    for number, piece in enumerate(in_pieces(wire, 997)):
        list(DELIVERIES.values())[number % len(DELIVERIES)](reader, piece)
        if number % 3:
            found += map(described, reader.get_objects())
    found += map(described, reader.get_objects())
    assert found == expected


@on_both_twins
@pytest.mark.parametrize("size", [1, 2, 300, 20_000, 100_000])
def test_kept_views_cannot_change_what_was_delivered(resp3: ModuleType, size: int) -> None:
    payload = bytes(i % 251 for i in range(size))
    wire = b"+first\r\n" + bulk(payload) + b"*2\r\n+a\r\n" + bulk(payload)
    reader = resp3.Resp3Reader()
    kept: list[memoryview] = []
    replies: list[object] = []
    for piece in in_pieces(wire, max(size // 3, 7)):
        while piece:
            view = reader.get_buffer(max(size // 5, 3))
            kept += [view, view[:], view[1:]]
            taken = min(len(view), len(piece))
            view[:taken] = piece[:taken]
            piece = piece[taken:]
            reader.buffer_updated(taken)
        replies += reader.get_objects()
    assert not reader.pending
    snapshot = [described(reply) for reply in replies]
    for view in kept:
        try:
            view[:] = b"?" * len(view)
        except ValueError:  # it has been released
            continue
    assert [described(reply) for reply in replies] == snapshot


@on_both_twins
def test_view_outlives_its_reader(resp3: ModuleType) -> None:
    reader = resp3.Resp3Reader()
    reader.feed(b"$100000\r\nabc")
    reader.get_object()
    view = reader.get_buffer()[:]
    del reader
    gc.collect()
    view[:] = b"z" * len(view)
    assert bytes(view[:3]) == b"zzz"


@on_both_twins
def test_payload_grows_while_a_piece_of_a_view_is_held(resp3: ModuleType) -> None:
    reader = resp3.Resp3Reader()
    reader.feed(b"$5000000\r\n" + b"a" * 20_000)
    reader.get_object()
    held = []
    filled = 20_000
    while filled < 5_000_000:
        view = reader.get_buffer(600_000)
        held.append(view[-1:])
        view[:] = b"b" * len(view)
        filled += len(view)
        reader.buffer_updated(len(view))
    reader.feed(b"\r\n")
    value = reader.get_object()
    for view in held:
        view[:] = b"?"
    assert value == b"a" * 20_000 + b"b" * 4_980_000


@on_both_twins
def test_view_that_cannot_be_released_is_left_to_its_holder(resp3: ModuleType) -> None:
    reader = resp3.Resp3Reader()
    for start in (b"", b"$100000\r\nabc"):
        reader.feed(start)
        reader.get_objects()
        view = reader.get_buffer()
        holder = memoryview(view).cast("B")
        array = (ctypes.c_char * len(view)).from_buffer(view)
        reader.buffer_updated(0)
        array[0] = b"!"
        assert holder[0] == ord("!")
        del array
        holder.release()


# --- Memory ---------------------------------------------------------------------------------


@on_both_twins
def test_fed_bytes_are_let_go_when_they_are_parsed(resp3: ModuleType) -> None:
    piece = bulk(b"x" * 100_000)
    count = sys.getrefcount(piece)
    reader = resp3.Resp3Reader()
    for take in (batch, one_by_one):
        reader.feed(piece)
        list(take(reader))
        assert sys.getrefcount(piece) == count


@on_both_twins
def test_broken_reader_lets_go_of_everything(resp3: ModuleType) -> None:
    piece = b"*100000\r\n" * 10 + b":1\r\n" * 20_000 + b"?"
    count = sys.getrefcount(piece)
    reader = resp3.Resp3Reader()
    reader.feed(piece)
    with pytest.raises(ProtocolError):
        reader.get_objects()
    assert sys.getrefcount(piece) == count


# --- Re-entrancy and interruption -----------------------------------------------------------


@on_both_twins
@by_taker
def test_use_in_the_middle_of_a_use_is_refused_and_harmless(
    resp3: ModuleType, take: Taker, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[str] = []

    class Hook(ResponseError):
        def __init__(self, message: str) -> None:
            super().__init__(message)
            for use in USES.values():
                with pytest.raises(RuntimeError) as raised:
                    use(reader)
                refused.append(str(raised.value))

    monkeypatch.setitem(exceptions._ERRORS_BY_CODE, "HOOK", Hook)
    reader = resp3.Resp3Reader()
    reader.feed(b"*3\r\n+a\r\n-HOOK x\r\n+b\r\n+c\r\n")
    values = list(take(reader))
    assert len(values) == 2
    assert values[1] == b"c"
    assert refused == ["the reader is in use"] * len(USES)


@on_both_twins
@by_taker
@pytest.mark.parametrize("cause", [KeyboardInterrupt, MemoryError, OSError])
def test_interrupted_reader_refuses_further_use(
    resp3: ModuleType, take: Taker, cause: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hook(ResponseError):
        def __init__(self, message: str) -> None:
            raise cause

    monkeypatch.setitem(exceptions._ERRORS_BY_CODE, "HOOK", Hook)
    reader = resp3.Resp3Reader()
    reader.feed(b"*3\r\n+a\r\n-HOOK x\r\n+b\r\n+c\r\n")
    with pytest.raises(cause):
        list(take(reader))
    for use in USES.values():
        with pytest.raises(ProtocolError) as raised:
            use(reader)
        assert str(raised.value) == "the reader was interrupted in the middle of a reply"
    assert reader.pending


# --- Limits, in pairs -----------------------------------------------------------------------


@on_both_twins
def test_limit_of_depth_is_published(resp3: ModuleType) -> None:
    assert resp3.MAX_DEPTH == DEPTH
    assert outcome(resp3, [nested(DEPTH, b":1\r\n")])[1] is None
    assert outcome(resp3, [nested(DEPTH + 1, b":1\r\n")])[1] is not None


@on_both_twins
@pytest.mark.parametrize(
    ("last", "beyond"),
    [
        (b":9223372036854775807\r\n", b":9223372036854775808\r\n"),
        (b":-9223372036854775808\r\n", b":-9223372036854775809\r\n"),
        (b":" + b"0" * 19 + b"\r\n", b":" + b"0" * 20 + b"\r\n"),
        (b"(" + b"1" * 100_000 + b"\r\n", b"(" + b"1" * 100_001 + b"\r\n"),
        (b"(-" + b"1" * 100_000 + b"\r\n", b"(-" + b"1" * 100_001 + b"\r\n"),
        (b"," + b"1" * 325 + b"\r\n", b"," + b"1" * 326 + b"\r\n"),
        (b"$" + b"0" * 19 + b"\r\n\r\n", b"$" + b"0" * 20 + b"\r\n\r\n"),
        (b"*" + b"0" * 19 + b"\r\n", b"*" + b"0" * 20 + b"\r\n"),
        (b"=4\r\ntxt:\r\n", b"=3\r\ntxt\r\n"),
        (b">1\r\n+a\r\n", b">0\r\n"),
    ],
    ids=lambda wire: repr(wire[:24]),
)
def test_last_within_the_limit_and_first_beyond(
    resp3: ModuleType, last: bytes, beyond: bytes
) -> None:
    for size in (1 << 20, 1000, 1):
        assert outcome(resp3, in_pieces(last, size))[1] is None
        assert outcome(resp3, in_pieces(beyond, size))[1] is not None


@on_both_twins
@pytest.mark.parametrize("kind", [b"$", b"!", b"=", b"*", b"%", b"~", b">", b"|"])
def test_largest_length_is_awaited_and_a_larger_one_refused(resp3: ModuleType, kind: bytes) -> None:
    header = kind + b"9223372036854775807\r\n"
    for size in (1 << 20, 1):
        rest = b"+a\r\n+b\r\n:1\r\n"
        assert outcome(resp3, in_pieces(header + rest, size)) == ([], None)
    assert outcome(resp3, [kind + b"9223372036854775808\r\n"])[1] is not None


@on_both_twins
def test_double_is_rounded_as_python_rounds(resp3: ModuleType) -> None:
    texts = [b"%d.%d" % (i, j) for i in (0, 1, 9, 123, 10**15) for j in (1, 5, 99, 10**14, 10**22)]
    texts += [b"%de%d" % (i, j) for i in (1, 7, 10**16 + 1) for j in (-330, -324, -5, 0, 22, 308)]
    for text in texts:
        value = outcome(resp3, [b"," + text + b"\r\n"])[0]
        assert value == [described(float(text))], text
    (minus_zero,) = outcome(resp3, [b",-0.0\r\n"])[0]
    assert minus_zero == described(math.copysign(0.0, -1))


@on_python_twin
def test_reader_has_no_attributes_of_its_users(resp3: ModuleType) -> None:
    with pytest.raises(AttributeError):
        resp3.Resp3Reader().anything = 1
