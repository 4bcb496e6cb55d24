"""How fast commands are encoded: this encoder, compiled and pure, beside others.

    pytest bench/test_encoder.py

hiredis and respy3 encode one command a call; for a pipeline their results are joined,
which is what a client has to do with them. The rows are fixed by name and size.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import hiredis
import respy3
from conftest import every, short_turns

from redtrio import _resp3_py

try:
    from redtrio import _resp3
except ImportError:
    _resp3 = None  # type: ignore[assignment]

Command = tuple[Any, ...]
Encode = Callable[[], bytes]


def mixed_pipeline() -> list[Command]:
    """A hundred everyday commands with arguments of all types."""
    commands: list[Command] = []
    for i in range(20):
        commands.append(("SET", f"user:{i}:name", "Ada Lovelace", "EX", 3600))
        commands.append(("INCRBY", f"user:{i}:visits", i))
        commands.append(("HSET", f"user:{i}", "mail", "ada@example.org", "age", 36))
        commands.append(("ZADD", "scores", 1.5 + i, f"user:{i}"))
        commands.append(("GET", b"user:%d:name" % i))
    return commands


KEYS = [b"key:%04d" % i for i in range(100)]

# Where all arguments are bytes respy3 takes part too.
ROWS: dict[str, list[Command]] = {
    "GET": [(b"GET", KEYS[0])],
    "SET 100 B": [(b"SET", KEYS[0], b"v" * 100)],
    "SET 100 B as str": [("SET", "key:0000", "v" * 100)],
    "SET 10 KB": [(b"SET", KEYS[0], b"v" * 10_000)],
    "HSET of 10 fields": [("HSET", "h", *[part for i in range(10) for part in (f"f{i}", i)])],
    "MGET of 100": [(b"MGET", *KEYS)],
    "MSET of 100": [(b"MSET", *[part for key in KEYS for part in (key, b"v" * 20)])],
    "pipeline of 100 GET": [(b"GET", key) for key in KEYS],
    "mixed pipeline of 100": mixed_pipeline(),
}


def with_our(module: Any) -> Callable[[list[Command]], Encode]:
    def prepare(commands: list[Command]) -> Encode:
        if len(commands) > 1:
            return partial(module.write_commands, commands)
        return partial(module.write_command, *commands[0])

    return prepare


def with_hiredis(commands: list[Command]) -> Encode:
    pack = hiredis.pack_command
    if len(commands) > 1:
        return lambda: b"".join([pack(command) for command in commands])
    return partial(pack, commands[0])


def with_respy3(commands: list[Command]) -> Encode:
    write_command = respy3.write_command
    if len(commands) > 1:
        return lambda: b"".join([write_command(*command) for command in commands])
    return partial(write_command, *commands[0])


IMPLEMENTATIONS: dict[str, Callable[[list[Command]], Encode]] = {}
if _resp3 is not None:
    IMPLEMENTATIONS["compiled"] = with_our(_resp3)
IMPLEMENTATIONS["hiredis"] = with_hiredis
IMPLEMENTATIONS["pure"] = with_our(_resp3_py)


@short_turns()
@every(ROWS, IMPLEMENTATIONS)
def test_encode(measure: Any, row: str, implementation: str) -> None:
    encode = IMPLEMENTATIONS[implementation](ROWS[row])
    assert encode() == with_our(_resp3_py)(ROWS[row])()
    measure(row, implementation, encode)


ALL_BYTES = [
    row
    for row, commands in ROWS.items()
    if all(isinstance(argument, bytes) for command in commands for argument in command)
]


@short_turns()
@every(ALL_BYTES, ["respy3"])
def test_encode_bytes(measure: Any, row: str, implementation: str) -> None:
    encode = with_respy3(ROWS[row])
    assert encode() == with_our(_resp3_py)(ROWS[row])()
    measure(row, implementation, encode)
