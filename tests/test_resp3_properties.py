"""What holds for any bytes and any arguments: hypothesis looks for the exception.

``HYPOTHESIS_PROFILE=thorough`` looks much longer.
"""

from __future__ import annotations

import struct
from types import ModuleType
from typing import Any

import pytest
from corpus import BAD, CRLF, GOOD, Good, bulk, described
from hypothesis import example, given, settings
from hypothesis import strategies as st
from resp3_twins import (
    CYTHON,
    DELIVERIES,
    PYTHON,
    TAKERS,
    in_pieces,
    on_both_twins,
    outcome,
)

from redtrio.exceptions import DataError, error_from_reply
from redtrio.types import RespPush

# What hypothesis takes by default is enough for the others; these are what it is all about.
thorough = settings(max_examples=max(300, settings().max_examples))

on_twins_together = pytest.mark.skipif(
    CYTHON is None, reason="the compiled extension redtrio._resp3 is not installed"
)

# --- Values and their wires, from the grammar ------------------------------------------------

payloads = st.one_of(
    st.binary(max_size=12),
    st.sampled_from([b"", b"\r\n", b"x" * 1023, b"y" * 1024, b"z" * 20_000]),
)
lines = st.binary(max_size=12).map(lambda line: line.translate(None, CRLF))
integers = st.integers(-(2**63), 2**63 - 1)


def wired(strategy: st.SearchStrategy[Any], wire: Any, value: Any) -> st.SearchStrategy[Good]:
    return strategy.map(lambda drawn: Good("", wire(drawn), value(drawn)))


def chunked(chunks: list[bytes]) -> bytes:
    body = b"".join(b";%d\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks if chunk)
    return b"$?\r\n" + body + b";0\r\n"


def double_wire(number: float) -> bytes:
    return b",%b\r\n" % repr(number).encode()


scalars: st.SearchStrategy[Good] = st.one_of(
    wired(lines, lambda x: b"+" + x + CRLF, lambda x: x),
    wired(lines, lambda x: b"-" + x + CRLF, error_from_reply),
    wired(integers, lambda x: b":%d\r\n" % x, lambda x: x),
    wired(st.integers(), lambda x: b"(%d\r\n" % x, lambda x: x),
    wired(st.floats(), double_wire, lambda x: x),
    wired(st.booleans(), lambda x: b"#t\r\n" if x else b"#f\r\n", lambda x: x),
    wired(st.sampled_from([b"_\r\n", b"$-1\r\n", b"*-1\r\n"]), lambda x: x, lambda x: None),
    wired(payloads, bulk, lambda x: x),
    wired(payloads, lambda x: b"!" + bulk(x)[1:], error_from_reply),
    wired(payloads, lambda x: b"=" + bulk(b"txt:" + x)[1:], lambda x: x),
    wired(st.lists(payloads, max_size=4), chunked, b"".join),
)


class Pairs(list[Any]):
    """A map of which it is not yet known whether it is frozen."""


class Members(list[Any]):
    """A set of which it is not yet known whether it is frozen."""


def finished(value: object, hashed: bool = False) -> object:
    """The value as a reader gives it: it is frozen if it, or what it is in, is hashed."""
    if isinstance(value, Pairs):
        pairs = [(finished(key, True), finished(item, hashed)) for key, item in value]
        return tuple(pairs) if hashed else dict(pairs)
    if isinstance(value, Members):
        members = [finished(member, True) for member in value]
        return frozenset(members) if hashed else set(members)
    if isinstance(value, list):
        items = [finished(item, hashed) for item in value]
        return tuple(items) if hashed else items
    return value


def header(kind: bytes, count: int, streamed: bool, body: bytes) -> bytes:
    if streamed:
        return kind + b"?\r\n" + body + b".\r\n"
    return kind + b"%d\r\n" % count + body


def array(items: list[Good], streamed: bool) -> Good:
    body = b"".join(item.wire for item in items)
    return Good("", header(b"*", len(items), streamed, body), [item.value for item in items])


def set_of(items: list[Good], streamed: bool) -> Good:
    body = b"".join(item.wire for item in items)
    value = Members(item.value for item in items)
    return Good("", header(b"~", len(items), streamed, body), value)


def map_of(pairs: list[tuple[Good, Good]], streamed: bool) -> Good:
    body = b"".join(key.wire + item.wire for key, item in pairs)
    value = Pairs((key.value, item.value) for key, item in pairs)
    return Good("", header(b"%", len(pairs), streamed, body), value)


def attributed(pairs: list[tuple[Good, Good]], good: Good) -> Good:
    body = b"".join(key.wire + item.wire for key, item in pairs)
    return Good("", b"|%d\r\n" % len(pairs) + body + good.wire, good.value)


def aggregates(inner: st.SearchStrategy[Good]) -> st.SearchStrategy[Good]:
    items = st.lists(inner, max_size=5)
    pairs = st.lists(st.tuples(inner, inner), max_size=4)
    return st.one_of(
        st.builds(array, items, st.booleans()),
        st.builds(set_of, items, st.booleans()),
        st.builds(map_of, pairs, st.booleans()),
        st.builds(attributed, pairs, inner),
    )


values = st.recursive(scalars, aggregates, max_leaves=30)


def push(kind: bytes, items: list[Good]) -> Good:
    body = bulk(kind) + b"".join(item.wire for item in items)
    value = RespPush([kind, *(finished(item.value) for item in items)])
    return Good("", b">%d\r\n" % (len(items) + 1) + body, value)


replies = st.one_of(
    values.map(lambda good: good._replace(value=finished(good.value))),
    st.builds(push, st.binary(max_size=8), st.lists(values, max_size=4)),
)

# --- Bytes that are nearly right -------------------------------------------------------------

wires = [good.wire for good in GOOD] + [bad.wire for bad in BAD]
short_wires = [wire for wire in wires if len(wire) < 200]
tokens = st.sampled_from(
    [
        *(
            b"+OK\r\n",
            b":1\r\n",
            b"$1\r\na\r\n",
            b"$0\r\n\r\n",
            b"_\r\n",
            b"$?\r\n",
            b";1\r\na\r\n",
        ),
        *(
            b";0\r\n",
            b".\r\n",
            b"*1\r\n",
            b"*2\r\n",
            b"*0\r\n",
            b"*?\r\n",
            b"%1\r\n",
            b"%?\r\n",
            b"~1\r\n",
        ),
        *(
            b"~?\r\n",
            b">1\r\n",
            b">2\r\n",
            b"|1\r\n",
            b"|0\r\n",
            b"=5\r\ntxt:a\r\n",
            b"-E\r\n",
            b"#t\r\n",
        ),
        *(
            b"*-1\r\n",
            b",1.5\r\n",
            b"(12\r\n",
            b"!1\r\nE\r\n",
            b"\r\n",
            b"\r",
            b"\n",
            b"1",
            b"?",
            b"-1",
        ),
    ]
)
odd_bytes = st.one_of(
    st.binary(max_size=60),
    st.lists(tokens, max_size=25).map(b"".join),
    st.text(alphabet="+-:(,#_$!=*%~>|;.\r\n0123456789?etfinax", max_size=60).map(str.encode),
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    wire = bytearray(draw(st.sampled_from(short_wires)) + draw(st.sampled_from(short_wires)))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(wire)))
        length = draw(st.integers(0, 3))
        wire[place : place + length] = draw(st.one_of(tokens, st.binary(max_size=3)))
    return bytes(wire)


@st.composite
def cut(draw: st.DrawFn, wire: bytes) -> list[bytes]:
    if draw(st.booleans()):
        return in_pieces(wire, draw(st.integers(1, 40)) + len(wire) // 500)
    places = sorted(draw(st.lists(st.integers(0, len(wire)), max_size=8)))
    return [
        wire[start:stop] for start, stop in zip([0, *places], [*places, len(wire)], strict=True)
    ]


deliveries = st.sampled_from(list(DELIVERIES.values()))
takers = st.sampled_from(list(TAKERS.values()))


def agree(wire: bytes, data: st.DataObject) -> None:
    """Both twins, each with its own cutting and delivery, come to the same outcome."""
    assert CYTHON is not None
    expected = outcome(PYTHON, [wire])
    for twin in (CYTHON, PYTHON):
        pieces = data.draw(cut(wire))
        assert outcome(twin, [wire]) == expected
        assert outcome(twin, pieces, data.draw(deliveries), data.draw(takers)) == expected


# --- Readers ---------------------------------------------------------------------------------


@on_both_twins
@given(goods=st.lists(replies, min_size=1, max_size=3), data=st.data())
def test_what_the_grammar_makes_is_parsed_as_its_value(
    resp3: ModuleType, goods: list[Good], data: st.DataObject
) -> None:
    pieces = data.draw(cut(b"".join(good.wire for good in goods)))
    found = outcome(resp3, pieces, data.draw(deliveries), data.draw(takers))
    assert found == ([described(good.value) for good in goods], None)


@on_both_twins
@given(wire=st.one_of(odd_bytes, mutated()), data=st.data())
def test_outcome_does_not_depend_on_how_bytes_are_cut(
    resp3: ModuleType, wire: bytes, data: st.DataObject
) -> None:
    expected = outcome(resp3, [wire])
    pieces = data.draw(cut(wire))
    assert outcome(resp3, pieces, data.draw(deliveries), data.draw(takers)) == expected


@on_twins_together
@thorough
@given(wire=odd_bytes, data=st.data())
def test_twins_agree_on_any_bytes(wire: bytes, data: st.DataObject) -> None:
    agree(wire, data)


@on_twins_together
@thorough
@given(wire=mutated(), data=st.data())
def test_twins_agree_on_mutated_replies(wire: bytes, data: st.DataObject) -> None:
    agree(wire, data)


@on_twins_together
@given(goods=st.lists(replies, min_size=1, max_size=3), tail=odd_bytes, data=st.data())
def test_twins_agree_on_bytes_behind_replies(
    goods: list[Good], tail: bytes, data: st.DataObject
) -> None:
    agree(b"".join(good.wire for good in goods) + tail, data)


@on_both_twins
@given(number=st.floats(allow_nan=False))
def test_double_is_exact(resp3: ModuleType, number: float) -> None:
    for text in (repr(number), f"{number:.17e}", f"{number:.30g}"):
        assert outcome(resp3, [f",{text}\r\n".encode()]) == ([described(float(text))], None)


@on_both_twins
@given(bits=st.integers(0, 2**64 - 1))
def test_any_bits_of_a_double_survive(resp3: ModuleType, bits: int) -> None:
    (number,) = struct.unpack("<d", struct.pack("<Q", bits))
    assert outcome(resp3, [double_wire(number)]) == ([described(number)], None)


# --- Encoders --------------------------------------------------------------------------------

arguments: st.SearchStrategy[Any] = st.one_of(
    st.binary(max_size=40),
    st.binary(max_size=40).map(bytearray),
    st.binary(max_size=40).map(lambda raw: memoryview(raw)[:]),
    st.binary(max_size=40).map(lambda raw: memoryview(raw)[::-2]),
    st.text(max_size=20),
    st.text(alphabet=st.characters(categories=["L", "Cs"]), max_size=3),
    st.integers(),
    integers,
    st.floats(),
)
things: st.SearchStrategy[Any] = st.one_of(
    arguments, st.none(), st.booleans(), st.just([]), st.just(1j)
)


def as_sent(argument: Any) -> bytes:
    if isinstance(argument, str):
        return argument.encode()
    if isinstance(argument, (int, float)):
        return repr(argument).encode()
    return bytes(argument)


def encoded(resp3: ModuleType, commands: list[list[Any]]) -> list[Any]:
    found: list[Any] = []
    for command in commands:
        try:
            found.append(resp3.write_command(*command))
        except (DataError, TypeError) as error:
            found.append((type(error), str(error) if command else ""))
    try:
        found.append(resp3.write_commands(commands))
    except DataError as error:
        found.append((type(error), str(error)))
    return found


@on_both_twins
@given(given_arguments=st.lists(arguments, min_size=1, max_size=40))
def test_what_is_encoded_is_parsed_back(resp3: ModuleType, given_arguments: list[Any]) -> None:
    try:
        expected = [as_sent(argument) for argument in given_arguments]
    except UnicodeEncodeError:
        with pytest.raises(DataError, match="UTF-8"):
            resp3.write_command(*given_arguments)
        return
    wire = resp3.write_command(*given_arguments)
    assert outcome(resp3, [wire]) == ([described(expected)], None)
    assert resp3.write_commands([given_arguments] * 2) == wire * 2


@on_twins_together
@example([[b"x" * 1000], ["\u20ac" * 1000], [10**1000]])
@given(commands=st.lists(st.lists(things, max_size=6), max_size=6))
def test_twins_encode_alike(commands: list[list[Any]]) -> None:
    assert CYTHON is not None
    assert encoded(CYTHON, commands) == encoded(PYTHON, commands)
