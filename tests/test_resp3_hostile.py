"""Servers that lie: memory follows what arrives, not what is promised; time is linear in it."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from corpus import DEPTH, nested
from resp3_twins import batch, in_pieces, on_both_twins, one_by_one

HUGE = b"9223372036854775807\r\n"

# Wires by name: none of them is a complete reply.
PROMISES: dict[str, bytes] = {
    "array": b"*" + HUGE,
    "map": b"%" + HUGE,
    "set": b"~" + HUGE,
    "push": b">" + HUGE + b"+a\r\n",
    "attribute": b"|" + HUGE,
    "bulk string": b"$" + HUGE + b"x" * 100,
    "long bulk string": b"$" + HUGE + b"x" * 100_000,
    "blob error": b"!" + HUGE + b"x" * 100_000,
    "verbatim string": b"=" + HUGE + b"txt:" + b"x" * 100_000,
    "chunk": b"$?\r\n;" + HUGE + b"x" * 100_000,
    "millions": b"*1000000000\r\n" + b"$1000000000\r\nx",
    "arrays in arrays": (b"*" + HUGE) * (DEPTH - 1),
    "all in all": (b"*" + HUGE + b"%" + HUGE + b"~" + HUGE + b"|" + HUGE) * (DEPTH // 4),
    "arrays of many in each other": (b"*100000\r\n" * 8 + b"*0\r\n" * 1000),
    "arrays promising behind many": b"*?\r\n" + b"*0\r\n" * 1000 + (b"*" + HUGE) * 500,
    "maps in maps": (b"%" + HUGE + b":1\r\n") * (DEPTH - 1),
    "maps of many in each other": (b"%100000\r\n:1\r\n" * 8 + b"*0\r\n" * 1000),
    "maps promising before many": (b"%" + HUGE + b":1\r\n") * 500 + b"*0\r\n" * 10_000,
}

# Run in a process of its own, whose peak is not that of other tests. Prints how far the peak
# of memory rises, in KiB, over what is in use once the wire is there.
PEAK = """
import importlib, sys

def status(name):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name))

resp3 = importlib.import_module(sys.argv[1])
size = int(sys.argv[2])
how = sys.argv[3]
resp3.Resp3Reader()
for line in sys.stdin:
    wire = bytes.fromhex(line) * int(sys.argv[4])
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    before = status("VmRSS")
    reader = resp3.Resp3Reader()
    for start in range(0, len(wire), size):
        if how == "feed":
            reader.feed(wire[start : start + size])
        else:
            stop = min(start + size, len(wire))
            while start < stop:
                view = reader.get_buffer(size)
                taken = min(len(view), stop - start)
                view[:taken] = wire[start : start + taken]
                reader.buffer_updated(taken)
                start += taken
        replies = reader.get_objects()
    print(status("VmHWM") - before, flush=True)
    del reader, replies
"""

needs_proc = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="memory is measured by /proc, as Linux has it"
)


def peaks(
    resp3: ModuleType, wires: list[bytes], size: int, how: str = "feed", times: int = 1
) -> list[int]:
    ran = subprocess.run(
        [sys.executable, "-c", PEAK, resp3.__name__, str(size), how, str(times)],
        input="".join(wire.hex() + "\n" for wire in wires),
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    return [int(line) for line in ran.stdout.split()]


@needs_proc
@on_both_twins
@pytest.mark.parametrize("size", [1 << 20, 7])
@pytest.mark.parametrize("how", ["feed", "receive"])
def test_promises_allocate_nothing_much(resp3: ModuleType, size: int, how: str) -> None:
    found = dict(zip(PROMISES, peaks(resp3, list(PROMISES.values()), size, how), strict=True))
    assert {name: peak for name, peak in found.items() if peak > 6 * 1024} == {}


@needs_proc
@on_both_twins
@pytest.mark.parametrize("how", ["feed", "receive"])
def test_arriving_payload_is_held_once(resp3: ModuleType, how: str) -> None:
    payload = 32 * 1024**2
    # The wire itself was there before.
    wire = b"$%d\r\n" % payload
    (peak,) = peaks(resp3, [wire + b"x" * 1024], 65_536, how, times=1)
    (whole,) = peaks(resp3, [wire + b"x" * payload + b"\r\n"], 65_536, how)
    assert whole - peak < 1.3 * payload / 1024


@needs_proc
@on_both_twins
@pytest.mark.parametrize(
    "piece",
    [b"|0\r\n", b"|1\r\n+a\r\n*1\r\n*0\r\n", b"$3\r\nabc\r\n", b"+OK\r\n"],
    ids=repr,
)
def test_bytes_without_end_that_leave_nothing_keep_nothing(resp3: ModuleType, piece: bytes) -> None:
    wire = piece * (65_536 // len(piece))
    (peak,) = peaks(resp3, [wire], len(wire), times=20)
    assert peak < 5 * 1024


@needs_proc
@on_both_twins
@pytest.mark.parametrize(
    "piece", [b"+" + b"x" * 99, b"=9999999\r\ntxt:x", b"!9999999\r\n"], ids=repr
)
def test_endless_line_or_payload_takes_what_it_brings(resp3: ModuleType, piece: bytes) -> None:
    (peak,) = peaks(resp3, [piece], 4096, times=80_000)
    arrived = 80_000 * len(piece) / 1024
    assert peak < 3 * arrived + 4096


# --- Memory of a reader that has nothing to do ------------------------------------------------


@on_both_twins
@pytest.mark.parametrize("take", [batch, one_by_one])
def test_reader_shrinks_after_a_large_reply(
    resp3: ModuleType, take: Callable[[Any], Iterator[object]]
) -> None:
    wire = b"*3\r\n$3000000\r\n" + b"x" * 3_000_000 + b"\r\n:1\r\n+" + b"y" * 3_000_000 + b"\r\n"
    reader = resp3.Resp3Reader()
    for how in ("feed", "receive"):
        for piece in in_pieces(wire, 65_536):
            if how == "feed":
                reader.feed(piece)
            else:
                rest = piece
                while rest:
                    view = reader.get_buffer(1 << 20)
                    taken = min(len(view), len(rest))
                    view[:taken] = rest[:taken]
                    reader.buffer_updated(taken)
                    rest = rest[taken:]
            list(take(reader))
        assert not reader.pending
        gc.collect()
        held = [thing for thing in gc.get_referents(reader) if type(thing) in (bytes, bytearray)]
        assert sum(map(len, held)) <= 65_536
        assert sys.getsizeof(reader) <= 65_536


# --- Time -------------------------------------------------------------------------------------


def seconds(resp3: ModuleType, wire: bytes, size: int, take: Callable[[Any], Any]) -> float:
    reader = resp3.Resp3Reader()
    pieces = in_pieces(wire, size)
    # Many containers make the collector look at all that there is, now and then.
    gc.collect()
    gc.disable()
    try:
        start = time.process_time()
        for piece in pieces:
            reader.feed(piece)
            for _ in take(reader):
                pass
        return time.process_time() - start
    finally:
        gc.enable()


def array(size: int) -> bytes:
    return b"*%d\r\n" % (size // 8) + b":12345\r\n" * (size // 8)


def payload(size: int) -> bytes:
    return b"$%d\r\n" % size + b"x" * size + b"\r\n"


# How to make a wire of about that many bytes; how large the pieces are.
GROWING: dict[str, tuple[Callable[[int], bytes], int]] = {
    "array in packets": (array, 4096),
    "array byte by byte": (array, 1),
    "array at once": (array, 1 << 30),
    "set": (
        lambda n: b"~%d\r\n" % (n // 8) + b"".join(b":%05d\r\n" % i for i in range(n // 8)),
        4096,
    ),
    "map": (
        lambda n: (
            b"%%%d\r\n" % (n // 16) + b"".join(b":%05d\r\n+value\r\n" % i for i in range(n // 16))
        ),
        4096,
    ),
    "bulk string byte by byte": (payload, 1),
    "bulk string in small pieces": (payload, 16),
    "line byte by byte": (lambda n: b"+" + b"x" * n + b"\r\n", 1),
    "line in small pieces": (lambda n: b"+" + b"x" * n + b"\r\n", 16),
    "chunks": (lambda n: b"$?\r\n" + b";1\r\na\r\n" * (n // 7) + b";0\r\n", 4096),
    "chunks in small pieces": (lambda n: b"$?\r\n" + b";1\r\na\r\n" * (n // 7) + b";0\r\n", 5),
    "stream": (lambda n: b"*?\r\n" + b"*?\r\n.\r\n" * (n // 7) + b".\r\n", 4096),
    "attributes": (lambda n: b"|1\r\n:1\r\n:2\r\n" * (n // 12) + b"+OK\r\n", 4096),
    "towers": (lambda n: nested(DEPTH, b":1\r\n") * (n // (4 * DEPTH)), 4096),
    "frozen towers": (lambda n: (b"~1\r\n" * DEPTH + b":1\r\n") * (n // (4 * DEPTH)), 4096),
    "small replies": (lambda n: b"+OK\r\n" * (n // 5), 1 << 30),
    "small replies in small pieces": (lambda n: b"+OK\r\n" * (n // 5), 7),
    "empty strings": (lambda n: b"$0\r\n\r\n" * (n // 6), 4096),
}


@on_both_twins
@pytest.mark.parametrize(("make", "size"), GROWING.values(), ids=GROWING)
@pytest.mark.parametrize("take", [batch, one_by_one])
def test_time_is_linear_in_the_bytes(
    resp3: ModuleType,
    make: Callable[[int], bytes],
    size: int,
    take: Callable[[Any], Iterator[object]],
) -> None:
    small = 8 * 1024 if size < 100 else 64 * 1024
    if resp3.__name__ == "redtrio._resp3":
        small *= 4  # or the clock is too coarse
    wire, larger = make(small), make(8 * small)
    # Quadratic work would take 64 times as long for eight times the bytes. Twenty leaves room
    # for caches; the least of some runs, and another try, for what else the machine does.
    ratios: list[float] = []
    while len(ratios) < 3:
        short = min(seconds(resp3, wire, size, take) for _ in range(2))
        ratios.append(seconds(resp3, larger, size, take) / short)
        if ratios[-1] < 20:
            return
    pytest.fail(f"8 times the bytes took {ratios} times as long")
