"""How fast replies are parsed: this parser, compiled and pure, beside others and the floor.

    pytest bench/test_parser.py

Every implementation parses the same bytes to the same values. hiredis and respy3 are
called as their documentation shows: feed, then one reply a call. The floor (see
``_floor.pyx``) makes the objects without parsing. The rows are fixed by name and size;
results of different days compare only as ratios within a run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from types import ModuleType
from typing import Any

import hiredis
import respy3
from conftest import every, short_turns

from redtrio import _resp3_py
from redtrio.exceptions import error_from_reply

try:
    from redtrio import _resp3
except ImportError:
    _resp3 = None  # type: ignore[assignment]

CHUNK = 65_536
Parse = Callable[[], Any]


@dataclass(frozen=True)
class Row:
    """What is parsed.

    Args:
        chunks: The bytes, as they are fed.
        floor: The function of ``_floor.pyx`` and its arguments behind the bytes.
        several: Whether they are many replies, not one.
        one_by_one: Whether this parser and the floor too are asked for one reply a call.
        is_set: Whether the reply is a set. hiredis gives a list, of which its caller makes
            the set.
    """

    chunks: list[bytes]
    floor: tuple[Any, ...]
    several: bool = False
    one_by_one: bool = False
    is_set: bool = False


def bulk(payload: bytes) -> bytes:
    return b"$%d\r\n%b\r\n" % (len(payload), payload)


def in_chunks(wire: bytes) -> list[bytes]:
    return [wire[i : i + CHUNK] for i in range(0, len(wire), CHUNK)]


def array_row(n: int) -> Row:
    header = b"*%d\r\n" % n
    items = [bulk(b"member:%06d" % i) for i in range(n)]
    first = len(header) + len(b"$13\r\n")
    return Row([header + b"".join(items)], ("strings", first, n, len(items[0]), 13))


def map_row() -> Row:
    pairs = [bulk(b"field:%06d" % i) + bulk(b"value:%014d" % i) for i in range(1000)]
    floor = ("mapping", len(b"%1000\r\n$12\r\n"), 1000, len(pairs[0]), 12, 12 + 2 + 5, 20)
    return Row([b"%1000\r\n" + b"".join(pairs)], floor)


def set_row() -> Row:
    items = [bulk(b"member:%06d" % i) for i in range(1000)]
    floor = ("members", len(b"~1000\r\n$13\r\n"), 1000, len(items[0]), 13)
    return Row([b"~1000\r\n" + b"".join(items)], floor, is_set=True)


def stream_row() -> Row:
    entries = []
    for i in range(100):
        fields = b"".join(bulk(b"%02d:%07d" % (field, i)) for field in range(6))
        entries.append(b"*2\r\n" + bulk(b"1700000000%03d-0" % i) + b"*6\r\n" + fields)
    first = len(b"*100\r\n*2\r\n$15\r\n")
    field = 15 + len(b"\r\n*6\r\n$10\r\n")
    floor = ("entries", first, 100, len(entries[0]), 15, field, 6, 17, 10)
    return Row([b"*100\r\n" + b"".join(entries)], floor)


def large_row(size: int) -> Row:
    wire = bulk(b"x" * size)
    return Row(in_chunks(wire), ("large", wire.index(b"\n") + 1, size))


def mixed_row() -> Row:
    """As a pipeline of everyday commands is answered; of twenty replies one is an error."""
    string = ("bulk", bulk(b"v" * 20), 5, 20)
    okay = ("ok", b"+OK\r\n", 1, 2)
    null = ("null", b"_\r\n", 0, 0)
    number = ("integer", b":1234\r\n", 1, 4)
    double = ("double", b",12.5\r\n", 1, 4)
    array = ("array", b"*3\r\n" + bulk(b"item-0001") * 3, 8, 9)
    text = b"WRONGTYPE Operation against a key holding the wrong kind of value"
    error = ("error", b"-" + text + b"\r\n", 1, len(text))
    period = [string, okay, number, string, null, array, okay, number, string, double] * 2
    period[-1] = error
    wire = b""
    plan = []
    for kind, reply, start, size in period:
        plan.append((kind, len(wire) + start, size))
        wire += reply
    plan.append(("period", len(wire), 0))
    return Row([wire * 50], ("mixed", 50, plan, error_from_reply), several=True)


BULKS = [bulk(b"x" * 100) * 1000]
BULKS_FLOOR = ("strings", len(b"$100\r\n"), 1000, 108, 100)

ROWS: dict[str, Row] = {
    "1000 bulk of 100 B": Row(BULKS, BULKS_FLOOR, several=True),
    "the same, one by one": Row(BULKS, BULKS_FLOOR, several=True, one_by_one=True),
    "1000 OK": Row([b"+OK\r\n" * 1000], ("strings", 1, 1000, 5, 2), several=True),
    "1000 integers": Row([b":123456\r\n" * 1000], ("integers", 1, 1000, 9, 6), several=True),
    "map of 1000": map_row(),
    "set of 1000": set_row(),
    "array of 1000": array_row(1000),
    "array of 100,000": array_row(100_000),
    "xrange of 100": stream_row(),
    "mixed pipeline of 1000": mixed_row(),
    "1 MB bulk in 64 KB": large_row(1_000_000),
    "16 MB bulk in 64 KB": large_row(16_000_000),
}


def one_by_one(reader: Any, chunks: list[bytes]) -> Parse:
    """Parse as every client of an asynchronous reader does, a reply a call."""

    def parse() -> list[Any]:
        replies = []
        sentinel = reader.sentinel
        for chunk in chunks:
            reader.feed(chunk)
            while (reply := reader.get_object()) is not sentinel:
                replies.append(reply)
        return replies

    return parse


def in_batches(reader: Any, chunks: list[bytes]) -> Parse:
    def parse() -> list[Any]:
        replies = []
        for chunk in chunks:
            reader.feed(chunk)
            if batch := reader.get_objects():
                replies = batch
        return replies

    return parse


def ours(module: ModuleType) -> Callable[[Row], Parse]:
    def prepare(row: Row) -> Parse:
        call = one_by_one if row.one_by_one else in_batches
        return call(module.Resp3Reader(), row.chunks)

    return prepare


def ours_one_by_one(module: ModuleType) -> Callable[[Row], Parse]:
    return lambda row: one_by_one(module.Resp3Reader(), row.chunks)


def with_respy3(row: Row) -> Parse:
    return one_by_one(respy3.Resp3Reader(), row.chunks)


def with_hiredis(row: Row) -> Parse:
    reader = hiredis.Reader()
    chunks = row.chunks

    def parse() -> list[Any]:
        replies = []
        for chunk in chunks:
            reader.feed(chunk)
            while (reply := reader.gets()) is not False:
                replies.append(reply)
        return replies

    return (lambda: [set(reply) for reply in parse()]) if row.is_set else parse


IMPLEMENTATIONS: dict[str, Callable[[Row], Parse]] = {}
if _resp3 is not None:
    IMPLEMENTATIONS["compiled"] = ours(_resp3)
    IMPLEMENTATIONS["compiled, get_object"] = ours_one_by_one(_resp3)
IMPLEMENTATIONS["hiredis"] = with_hiredis
IMPLEMENTATIONS["pure"] = ours(_resp3_py)
IMPLEMENTATIONS["respy3"] = with_respy3


def floor_of(floor: ModuleType, row: Row) -> Parse:
    name, *arguments = row.floor
    if row.one_by_one:
        return one_by_one(floor.Strings(*arguments), row.chunks)
    build = getattr(floor, name)
    wire = row.chunks if name == "large" else row.chunks[0]
    if row.several:
        return partial(build, wire, *arguments)
    return lambda: [build(wire, *arguments)]


def comparable(replies: list[Any]) -> list[Any]:
    """Replies without what is told differently: each parser has its own error classes."""
    return ["error" if isinstance(reply, Exception) else reply for reply in replies]


@cache
def expected(row: str) -> list[Any]:
    return comparable(ours(_resp3_py)(ROWS[row])())


@short_turns()
@every(ROWS, IMPLEMENTATIONS)
def test_parse(measure: Any, row: str, implementation: str) -> None:
    parse = IMPLEMENTATIONS[implementation](ROWS[row])
    assert comparable(parse()) == expected(row)
    measure(row, implementation, parse)


@short_turns()
@every(ROWS, ["floor"])
def test_floor(measure: Any, floor: ModuleType, row: str, implementation: str) -> None:
    build = floor_of(floor, ROWS[row])
    assert comparable(build()) == expected(row)
    measure(row, implementation, build)
