"""The two implementations of the protocol, and the ways in which bytes reach a reader."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

import pytest
from corpus import described

from redtrio.exceptions import ProtocolError

PYTHON = importlib.import_module("redtrio._resp3_py")

_MISSING = importlib.util.find_spec("redtrio._resp3") is None
CYTHON: ModuleType | None = None if _MISSING else importlib.import_module("redtrio._resp3")

_needs_cython = pytest.mark.skipif(
    _MISSING, reason="the compiled extension redtrio._resp3 is not installed"
)

on_both_twins = pytest.mark.parametrize(
    "resp3",
    [pytest.param(CYTHON, id="cython", marks=_needs_cython), pytest.param(PYTHON, id="python")],
)
"""Runs a test with ``resp3`` being the compiled module, then the pure one."""

on_python_twin = pytest.mark.parametrize("resp3", [pytest.param(PYTHON, id="python")])


def feed_bytes(reader: Any, piece: bytes) -> None:
    reader.feed(piece)


def feed_bytearray(reader: Any, piece: bytes) -> None:
    given = bytearray(piece)
    reader.feed(given)
    given[:] = b"?" * len(given)  # what was fed is the reader's own by now
    given.clear()  # a BufferError if an export is kept


def feed_memoryview(reader: Any, piece: bytes) -> None:
    given = bytearray(piece)
    with memoryview(given) as view:
        reader.feed(view)
    given[:] = b"?" * len(given)
    given.clear()


def feed_every_other_byte(reader: Any, piece: bytes) -> None:
    spread = bytearray(2 * len(piece))
    spread[::2] = piece
    reader.feed(memoryview(spread)[::2])


def receive(sizehint: int) -> Callable[[Any, bytes], None]:
    """Fill the piece into views of the given size."""

    def deliver(reader: Any, piece: bytes) -> None:
        while piece:
            view = reader.get_buffer(sizehint)
            taken = min(len(view), len(piece))
            view[:taken] = piece[:taken]
            reader.buffer_updated(taken)
            piece = piece[taken:]

    return deliver


DELIVERIES: dict[str, Callable[[Any, bytes], None]] = {
    "feed bytes": feed_bytes,
    "feed bytearray": feed_bytearray,
    "feed memoryview": feed_memoryview,
    "feed every other byte": feed_every_other_byte,
    "receive": receive(-1),
    "receive by 1": receive(1),
    "receive by 10": receive(10),
    "receive by 70000": receive(70_000),
}


def one_by_one(reader: Any) -> Iterator[object]:
    while (value := reader.get_object()) is not reader.sentinel:
        yield value


def batch(reader: Any) -> Iterator[object]:
    yield from reader.get_objects()


TAKERS: dict[str, Callable[[Any], Iterable[object]]] = {
    "get_object": one_by_one,
    "get_objects": batch,
}


def in_pieces(wire: bytes, size: int) -> list[bytes]:
    return [wire[start : start + size] for start in range(0, len(wire), size)]


def outcome(
    resp3: ModuleType,
    pieces: Iterable[bytes],
    deliver: Callable[[Any, bytes], None] = feed_bytes,
    take: Callable[[Any], Iterable[object]] = batch,
) -> tuple[list[object], str | None]:
    """Everything that comes out of these bytes: the replies, and the error's text if any."""
    reader = resp3.Resp3Reader()
    replies: list[object] = []
    try:
        for piece in pieces:
            deliver(reader, piece)
            replies += map(described, take(reader))
        reader.feed(b"")  # an error behind replies is raised by the next use
    except ProtocolError as error:
        return replies, str(error)
    return replies, None
