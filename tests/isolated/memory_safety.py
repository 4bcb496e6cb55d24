"""Try to make the compiled parser and encoder misuse memory.

    python tests/isolated/memory_safety.py [--bytes N] [--seed S] [--tool asan|valgrind|none]

Builds ``_resp3.pyx`` into a temporary directory (the installed extension is not touched) and
runs there, in processes of their own:

- under AddressSanitizer, or valgrind, with every Python object in a block of malloc() of its
  own: the corpus, hostile inputs, then N random bytes (10 million), both pure and in the
  alphabet of the protocol, and mutated entries of the corpus, in random pieces, by every way
  in and out, with readers dropped half way and parts of views kept and written to;
- without a tool: whether the same work done again and again needs more memory each time.

Nothing but ProtocolError may come out of the parser. Prints a line for each stage; the exit
code is not 0 if any failed. Needs Cython and gcc or clang.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import os
import random
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
sys.path.insert(0, str(ROOT))

from corpus import BAD, GOOD  # noqa: E402 - found by the lines above

from redtrio.exceptions import DataError, ProtocolError  # noqa: E402

CORPUS = [*(case.wire for case in GOOD), *(case.wire for case in BAD)]
BYTES = 10_000_000
ALPHABET = b"\r\n" * 6 + b"$*:;.?_%~>|+-=!#,(" * 2 + b"0123456789" * 2 + b"tfinax\x00\xff"
# Resident memory that may be gained by rounds of the same work: the allocator's own play. The
# long strings among the inputs have 3 MB, so that one left over in each round is beyond it.
SLACK = 4_000_000
ROUNDS = 5
OPTIONS = ("-O1", "-g", "-fno-omit-frame-pointer")
TOOLS = ("asan", "valgrind", "none")


# --- the work -------------------------------------------------------------------------------


def hostile() -> Iterator[bytes]:
    """Inputs that promise much, nest deep or go on for ever."""
    huge = (2**63 - 1, 2**62, 2**32, 10**9, 10**6)
    for length in huge:
        for kind in b"$!=*%~>|":
            yield b"%c%d\r\n" % (kind, length)
            yield b"%c%d\r\n+a\r\n:1\r\n" % (kind, length)
            yield b"*2\r\n" + b"%c%d\r\n" % (kind, length) * 600
        yield b"$?\r\n;%d\r\nabc" % length
    for opening in (b"*1\r\n", b"*?\r\n", b"%1\r\n", b"%?\r\n+k\r\n", b"~1\r\n", b"|1\r\n"):
        for depth in (511, 512, 513):
            yield opening * depth + b":1\r\n"
            yield b"*1000000000\r\n" * (depth - 511) + opening * 511
    yield b"*%d\r\n" % 100_000 + b"_\r\n" * 100_000
    yield b"%%%d\r\n" % 20_000 + b"".join(b":%d\r\n#t\r\n" % i for i in range(20_000))
    yield b"$?\r\n" + b";1\r\nx\r\n" * 10_000 + b";0\r\n"
    yield b"+" + b"x" * 1_000_000
    yield b"(" + b"9" * 100_000 + b"\r\n"
    yield b"$3000000\r\n" + b"y" * 3_000_000 + b"\r\n"
    yield b"=3000000\r\ntxt:" + b"y" * 2_999_996 + b"\r\n"
    yield b"$?\r\n" + b";100000\r\n%b\r\n" % (b"z" * 100_000) * 3 + b";0\r\n"


def pieces(wire: bytes, rng: random.Random) -> Iterator[bytes]:
    """The wire cut at random: whole, in a few pieces, or in pieces of a few bytes."""
    size = rng.choice((len(wire), len(wire) // 3, 40_000, 4096, 13, 2, 1))
    if len(wire) > 20_000:
        size = max(size, 4096)
    start = 0
    while start < len(wire):
        stop = start + rng.randint(1, max(2 * size, 1))
        yield wire[start:stop]
        start = stop


class Driver:
    """Feeds one reader in ways that change, and keeps what it should not keep."""

    def __init__(self, module: ModuleType, rng: random.Random) -> None:
        self.rng = rng
        self.reader: Any = module.Resp3Reader()
        self.kept: list[memoryview] = []

    def run(self, wire: bytes) -> None:
        """Parse the wire, or a part of it."""
        replies: list[object] = []
        drop = self.rng.random() < 0.1
        try:
            for piece in pieces(wire, self.rng):
                self.put(piece)
                self.take(replies)
                if drop and self.rng.random() < 0.1:
                    break
        except ProtocolError:
            self.check_broken()
        for view in self.kept:
            view[:] = b"\xee" * len(view)
        if len(wire) < 2000:
            repr(replies)  # looks at all that was made

    def put(self, piece: bytes) -> None:
        way = self.rng.randrange(6)
        if way == 0:
            self.reader.feed(piece)
        elif way == 1:
            given = bytearray(piece)
            self.reader.feed(given)
            given.clear()
        elif way == 2:
            spread = bytearray(2 * len(piece))
            spread[::2] = piece
            self.reader.feed(memoryview(spread)[::2])
        else:
            self.receive(piece)

    def receive(self, piece: bytes) -> None:
        while piece:
            view = self.reader.get_buffer(self.rng.choice((-1, 1, 20, 5000, 200_000, 1 << 40)))
            size = min(len(view), len(piece), self.rng.choice((1, 100, 1 << 20)) + 5)
            view[:size] = piece[:size]
            if self.rng.random() < 0.05:
                self.kept.append(view[self.rng.randrange(len(view)) :])
            if self.rng.random() < 0.05:
                self.reader.get_objects()  # parses while a view is lent
            self.reader.buffer_updated(size)
            piece = piece[size:]

    def take(self, replies: list[object]) -> None:
        if self.rng.random() < 0.5:
            replies += self.reader.get_objects()
            return
        while (reply := self.reader.get_object()) is not self.reader.sentinel:
            replies.append(reply)

    def check_broken(self) -> None:
        """A broken reader must refuse everything."""
        for use in (self.reader.get_object, self.reader.get_objects, self.reader.get_buffer):
            try:
                use()
            except ProtocolError:
                continue
            raise AssertionError("a broken reader goes on")
        assert self.reader.pending


def random_wires(rng: random.Random, total: int) -> Iterator[bytes]:
    """So many random bytes, a reader's worth at a time."""
    entries = [wire for wire in CORPUS if len(wire) < 5000]
    while total > 0:
        kind = rng.randrange(4)
        if kind == 0:
            wire = rng.randbytes(rng.randint(1, 200))
        elif kind == 1:
            wire = bytes(rng.choices(ALPHABET, k=rng.randint(1, 300)))
        else:
            mutated = bytearray(b"".join(rng.choices(entries, k=rng.randint(1, 8))))
            for _ in range(rng.choice((0, 0, 1, 1, 2, 10))):
                mutate(mutated, rng)
            wire = bytes(mutated)
        total -= len(wire)
        yield wire


def mutate(wire: bytearray, rng: random.Random) -> None:
    """Change, take out, or repeat a few bytes."""
    at = rng.randrange(len(wire) + 1)
    size = rng.choice((1, 1, 2, 10))
    way = rng.randrange(3)
    if way == 0:
        wire[at : at + size] = bytes(rng.choices(ALPHABET, k=size))
    elif way == 1:
        del wire[at : at + size]
    else:
        wire[at:at] = wire[at : at + 10 * size]


def encode(module: ModuleType, rng: random.Random) -> None:
    """Encode arguments of all types and sizes, bad ones among them."""
    sizes = (0, 1, 9, 10, 31, 33, 99, 100, 1000, 1024, 5000, 70_000)
    makers = (
        lambda: rng.randbytes(rng.choice(sizes)),
        lambda: "a" * rng.choice(sizes),
        lambda: "\u00e9\U0001f600" * rng.choice(sizes[:8]),
        lambda: rng.randint(-(2**65), 2**65) >> rng.randrange(66),
        lambda: rng.uniform(-1e9, 1e9) * 10 ** rng.randrange(-300, 290),
        lambda: bytearray(rng.randbytes(rng.choice(sizes))),
        lambda: memoryview(rng.randbytes(rng.choice(sizes)))[:: rng.choice((1, 2, -1))],
    )
    bad: tuple[Any, ...] = (None, True, "\ud800", [], 10**5000)
    commands: list[Any] = []
    for _ in range(rng.choice((1, 3, 40))):
        command = [rng.choice(makers)() for _ in range(rng.choice((1, 2, 3, 100)))]
        if rng.random() < 0.1:
            command[rng.randrange(len(command))] = rng.choice(bad)
        commands.append(tuple(command) if rng.random() < 0.5 else command)
    try:
        joined = module.write_commands(iter(commands))
        assert joined == b"".join([module.write_command(*command) for command in commands])
        reader = module.Resp3Reader()
        reader.feed(joined)
        assert len(reader.get_objects()) == len(commands)
    except DataError:
        return


# --- the stages -----------------------------------------------------------------------------


def robustness(module: ModuleType, total: int, seed: int) -> None:
    """Everything once, and N random bytes."""
    rng = random.Random(seed)
    for name, wires in (("corpus", CORPUS), ("hostile inputs", [*hostile()])):
        started = time.monotonic()
        for wire in wires:
            for _ in range(4):
                Driver(module, rng).run(wire)
        print(f"{name}: {len(wires)} inputs, {time.monotonic() - started:.0f} s", flush=True)
    started = time.monotonic()
    count = 0
    for count, wire in enumerate(random_wires(rng, total), 1):
        Driver(module, rng).run(wire)
        if count % 20 == 0:
            encode(module, rng)
    print(f"random: {total} bytes, {count} readers, {time.monotonic() - started:.0f} s", flush=True)


def resident() -> int:
    """Resident memory of this process in bytes, without what malloc() holds for later.

    glibc gives free memory back when it likes to: 8 MB more or less from round to round.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries have none
    if trim is not None:
        trim(0)
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def leaks(module: ModuleType, total: int, seed: int) -> None:
    """The same work in rounds; the first ones fill caches and free lists."""
    wires = [*hostile(), *CORPUS]
    figures: list[tuple[int, int]] = []
    for _ in range(ROUNDS):
        rng = random.Random(seed)
        for wire in wires:
            Driver(module, rng).run(wire)
        for wire in random_wires(rng, total):
            Driver(module, rng).run(wire)
        for _ in range(200):
            encode(module, rng)
        figures.append((resident(), sys.getallocatedblocks()))
    grown, blocks = (last - early for early, last in zip(figures[1], figures[-1], strict=True))
    rounds = ROUNDS - 2
    print(f"leaks: {grown} bytes and {blocks} blocks more after {rounds} more rounds", flush=True)
    # A leak of one object in one of the inputs shows in every round.
    assert grown <= SLACK, "resident memory grows"
    assert blocks <= 50, "objects are left over"


# --- the builds and the tools ---------------------------------------------------------------


def build(directory: Path, flags: list[str]) -> Path:
    """Compile the extension into the directory, with debug symbols, and return it."""
    source = directory / "_resp3.c"
    target = directory / "_resp3.so"
    subprocess.run(
        [sys.executable, "-m", "cython", str(ROOT / "_resp3.pyx"), "-o", str(source)],
        check=True,
        cwd=ROOT,
    )
    compiler = os.environ.get("CC", "gcc")
    include = sysconfig.get_path("include")
    subprocess.run(
        [compiler, "-shared", "-fPIC", *OPTIONS, *flags, f"-I{include}", source, "-o", target],
        check=True,
    )
    return target


def load(extension: str) -> ModuleType:
    """Import the extension from a file, in place of the installed one."""
    spec = importlib.util.spec_from_file_location("redtrio._resp3", extension)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["redtrio._resp3"] = module
    spec.loader.exec_module(module)
    return module


def asan_runtime() -> str:
    """The library that must be loaded before all others, since Python is built without."""
    compiler = os.environ.get("CC", "gcc")
    command = [compiler, "-print-file-name=libasan.so"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def under(tool: str, directory: Path, arguments: list[str]) -> int:
    """Run this script's robustness stage under a tool; its exit code."""
    environment = {**os.environ, "PYTHONMALLOC": "malloc"}
    command = [sys.executable, __file__, "--stage", "robustness", *arguments]
    flags: list[str] = []
    if tool == "asan":
        flags = ["-fsanitize=address"]
        environment["LD_PRELOAD"] = asan_runtime()
        # What the interpreter leaves at exit is its own affair; leaks have their own stage.
        environment["ASAN_OPTIONS"] = "detect_leaks=0:allocator_may_return_null=1"
    elif tool == "valgrind":
        # CPython itself computes with digits of small integers that nobody has set.
        quiet = ("--quiet", "--undef-value-errors=no")
        command = ["valgrind", "--error-exitcode=9", *quiet, *command]
    extension = build(directory, flags)
    command += ["--extension", str(extension)]
    return subprocess.run(command, env=environment, check=False).returncode


def leaking(directory: Path, arguments: list[str]) -> int:
    """Run this script's leak stage without a tool; its exit code."""
    command = [sys.executable, __file__, "--stage", "leaks", *arguments]
    command += ["--extension", str(build(directory, []))]
    return subprocess.run(command, check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description="Try to make the parser misuse memory.")
    parser.add_argument("--bytes", type=int, default=BYTES, help="random bytes (10 million)")
    parser.add_argument("--seed", type=int, default=1, help="of the random bytes")
    parser.add_argument("--tool", choices=TOOLS, default="asan", help="what watches (asan)")
    parser.add_argument("--stage", choices=("robustness", "leaks"), help=argparse.SUPPRESS)
    parser.add_argument("--extension", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage:
        stage = robustness if options.stage == "robustness" else leaks
        stage(load(options.extension), options.bytes, options.seed)
        return 0
    seed = ["--seed", str(options.seed)]
    with tempfile.TemporaryDirectory() as directory:
        found = under(options.tool, Path(directory), ["--bytes", str(options.bytes), *seed])
        left = leaking(Path(directory), ["--bytes", str(min(options.bytes, 200_000)), *seed])
    passed = "passed" if not (found or left) else "FAILED"
    print(f"memory safety under {options.tool}: {passed}, exit codes {found} and {left}")
    return 1 if found or left else 0


if __name__ == "__main__":
    sys.exit(main())
