"""Show that parsing is linear in time and that a long reply is held once in memory.

    python bench/scaling.py

For the compiled parser and the pure one, each in a process of its own:

- an array of 1,000,000 against one of 250,000 elements, fed in pieces of 4 KB;
- a bulk string of 64 MB against one of 16 MB, received through ``get_buffer``;
- the peak of resident memory that the 64 MB took, in units of the payload.

Four times the size must take 3 to 5.5 times the CPU (medians of 9 that alternate), and the
peak must be at most 1.3 times the payload. The exit code is 1 if anything is beyond that.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

MODULES = {"compiled": "redtrio._resp3", "pure": "redtrio._resp3_py"}
ROUNDS = 9
FACTOR = 4
LINEAR = (3.0, 5.5)
PEAK = 1.3
ELEMENTS = 1_000_000
PAYLOAD = 64_000_000
PIECE = 4096
# glibc keeps freed blocks of up to 32 MB for the next round, so that of two sizes only the
# larger would pay for fresh pages of the kernel each time: half of its time. Fixed, all do.
FRESH_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "131072"}


def parse_array(make_reader: Callable[[], Any], elements: int) -> float:
    """Seconds of CPU to parse an array that is fed piece by piece."""
    wire = b"*%d\r\n" % elements + b"$5\r\nvalue\r\n" * elements
    pieces = [wire[i : i + PIECE] for i in range(0, len(wire), PIECE)]
    reader = make_reader()
    replies: list[list[bytes]] = []
    started = time.process_time()
    for piece in pieces:
        reader.feed(piece)
        replies += reader.get_objects()
    took = time.process_time() - started
    assert len(replies) == 1
    assert len(replies[0]) == elements
    return took


def receive(reader: Any, payload: int) -> list[Any]:
    """Receive a bulk string as from a socket: nothing holds the bytes but the reader."""
    source = b"x" * 65_536
    reader.feed(b"$%d\r\n" % payload)
    replies: list[Any] = reader.get_objects()
    left = payload
    while left:
        view = reader.get_buffer(65_536)
        size = min(len(view), left, len(source))
        view[:size] = source[:size]
        reader.buffer_updated(size)
        replies += reader.get_objects()
        left -= size
    reader.feed(b"\r\n")
    replies += reader.get_objects()
    return replies


def parse_bulk(make_reader: Callable[[], Any], payload: int) -> float:
    """Seconds of CPU to receive a bulk string."""
    reader = make_reader()
    started = time.process_time()
    replies = receive(reader, payload)
    took = time.process_time() - started
    assert len(replies) == 1
    assert len(replies[0]) == payload
    return took


def medians(
    parse: Callable[[Callable[[], Any], int], float], reader: Any, size: int
) -> list[float]:
    """The medians of a quarter of the size and of the whole, measured in turns."""
    rounds = [(parse(reader, size // FACTOR), parse(reader, size)) for _ in range(ROUNDS)]
    return [statistics.median(times) for times in zip(*rounds, strict=True)]


def resident(key: str) -> int:
    """Resident memory of this process in bytes: VmRSS now, or VmHWM at its peak."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{key}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(key)


def peak(make_reader: Callable[[], Any], payload: int) -> float:
    """Growth of resident memory at its peak, in units of the payload."""
    reader = make_reader()
    receive(reader, 1_000_000)
    before = resident("VmRSS")
    replies = receive(reader, payload)
    assert len(replies[0]) == payload
    return (resident("VmHWM") - before) / payload


def measure(what: str, module: str) -> list[float]:
    """What a process of its own measures."""
    make_reader = importlib.import_module(module).Resp3Reader
    if what == "array":
        return medians(parse_array, make_reader, ELEMENTS)
    if what == "bulk":
        return medians(parse_bulk, make_reader, PAYLOAD)
    return [peak(make_reader, PAYLOAD)]


def in_own_process(what: str, module: str) -> list[float]:
    command = [sys.executable, __file__, "--measure", what, module]
    environment = {**os.environ, **FRESH_MEMORY}
    result = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    figures: list[float] = json.loads(result.stdout)
    return figures


def report(name: str, module: str) -> bool:
    """Print the lines of one implementation; whether all is within the bounds."""
    fine = True
    sizes = {
        "array": f"array of {ELEMENTS // FACTOR:,} and {ELEMENTS:,} in pieces of 4 KB",
        "bulk": f"bulk of {PAYLOAD // FACTOR // 10**6} and {PAYLOAD // 10**6} MB by get_buffer",
    }
    for what, text in sizes.items():
        small, large = in_own_process(what, module)
        ratio = large / small
        fine = fine and LINEAR[0] <= ratio <= LINEAR[1]
        times = f"{small * 1e3:.1f} and {large * 1e3:.1f} ms"
        print(f"{name}: {text}: {times}, {ratio:.2f}x ({LINEAR[0]:g} to {LINEAR[1]:g})")
    (ratio,) = in_own_process("peak", module)
    print(f"{name}: peak memory of the {PAYLOAD // 10**6} MB: {ratio:.2f}x the payload ({PEAK:g})")
    return fine and ratio <= PEAK


def main() -> int:
    parser = argparse.ArgumentParser(description="Is parsing linear, and a long reply held once?")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(*arguments.measure)))
        return 0
    print(f"CPython {platform.python_version()}, CPU time, medians of {ROUNDS}")
    beyond = [name for name, module in MODULES.items() if not report(name, module)]
    return 1 if beyond else 0


if __name__ == "__main__":
    sys.exit(main())
