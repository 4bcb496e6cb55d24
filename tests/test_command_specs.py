"""What is known of each command, against what the server itself says of it."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, NamedTuple

import pytest
from command_catalog import SPECS
from servers import Server

from redtrio import Redis
from redtrio.commands._base import Spec
from redtrio.commands._groups import known_spec, learnt_spec, spec_of_name, text_of
from redtrio.lowlevel._crowd import SHAREABLE, may_share


class Told(NamedTuple):
    """What COMMAND INFO says, in the terms of a Spec."""

    flags: frozenset[str]
    keys: set[tuple[int, int, int]]


# Where a server does not say what we know, and why we know better.
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("SHUTDOWN", "blocking"): "it waits for replicas that lag behind, and is not flagged",
    ("WAIT", "blocking"): "it blocks, but got the flag in Redis 7.2 only",
}

BOUND = {
    "ASKING",
    "AUTH",
    "CLIENT CACHING",
    "CLIENT CAPA",
    "CLIENT IMPORT-SOURCE",
    "CLIENT NO-EVICT",
    "CLIENT NO-TOUCH",
    "CLIENT REPLY",
    "CLIENT SETINFO",
    "CLIENT SETNAME",
    "CLIENT TRACKING",
    "DISCARD",
    "EXEC",
    "HELLO",
    "MULTI",
    "QUIT",
    "READONLY",
    "READWRITE",
    "RESET",
    "SCRIPT DEBUG",
    "SELECT",
    "UNWATCH",
    "WATCH",
}
UNANSWERED = {
    "CLIENT REPLY",
    "MONITOR",
    "PSUBSCRIBE",
    "PSYNC",
    "PUNSUBSCRIBE",
    "REPLCONF",
    "SSUBSCRIBE",
    "SUBSCRIBE",
    "SUNSUBSCRIBE",
    "SYNC",
    "UNSUBSCRIBE",
}


async def told_by(server: Server, names: list[str]) -> dict[str, Told]:
    """Ask the server; what it does not know is not in the answer."""
    told: dict[str, Told] = {}
    async with Redis(server.host, server.port) as r:
        for name in names:
            (entry,) = await r.call("COMMAND", "INFO", name.lower().replace(" ", "|"))
            if entry is None:
                continue
            flags = frozenset(flag.decode() for flag in entry[2])
            keys = {tuple(entry[3:6])}
            if "movablekeys" in flags:  # the positions tell of some keys, if of any
                keys.add((0, 0, 0))
            told[name] = Told(flags, keys)
    return told


async def test_specs_are_what_the_server_says(server: Server) -> None:
    told = await told_by(server, sorted(SPECS))
    built_in = [name for name in SPECS if "." not in name]  # the others come with modules
    assert len(told) > len(built_in) * 0.8
    differences: list[str] = []
    for name, said in told.items():
        spec = SPECS[name]
        facts: dict[str, tuple[bool, object]] = {
            "readonly": (spec.readonly == ("readonly" in said.flags), said.flags),
            "blocking": (spec.blocking == ("blocking" in said.flags), said.flags),
            # What is bound to its connection is never sent to where its keys are.
            "keys": (spec.binds or spec.unanswered or spec.keys in said.keys, said.keys),
        }
        differences += [
            f"{name}: {fact} is {getattr(spec, fact)} here, there it is {theirs}"
            for fact, (same, theirs) in facts.items()
            if not same and (name, fact) not in EXCEPTIONS
        ]
    assert not differences, "\n".join(differences)


def test_exceptions_are_about_commands_that_exist() -> None:
    assert {name for name, _ in EXCEPTIONS} <= SPECS.keys()


def test_commands_that_change_their_connection_are_marked() -> None:
    assert {name for name, spec in SPECS.items() if spec.binds} == BOUND


def test_commands_that_no_one_reply_answers_are_marked() -> None:
    assert {name for name, spec in SPECS.items() if spec.unanswered} == UNANSWERED


def test_every_spec_of_a_known_subcommand_has_the_name_of_its_container() -> None:
    containers = {name.partition(" ")[0] for name in SPECS if " " in name}
    # Else the container's own Spec would hide that of the subcommand.
    assert all(SPECS[name].ordinary for name in containers & SPECS.keys())


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("GET", "k"), "GET"),
        ((b"get", "k"), "GET"),
        ((bytearray(b"gEt"), "k"), "GET"),
        ((memoryview(b"Get"), "k"), "GET"),
        (("client", b"reply", "off"), "CLIENT REPLY"),
        (("CLIENT", memoryview(b"no-touch"), "on"), "CLIENT NO-TOUCH"),
        ((b"\xff\xfe", b"\xff"), None),
        (("NONSENSE",), None),
        (("CLIENT",), None),
        (("CLIENT", "NONSENSE"), None),
        ((1, 2.5), None),
    ],
)
def test_a_command_is_known_by_its_words(words: tuple[Any, ...], name: str | None) -> None:
    spec = known_spec(words)
    assert spec is SPECS.get(name or "")


def learnt(*words: Any, flags: set[bytes]) -> Spec:
    return learnt_spec(words, flags)


def test_blocking_is_learnt_of_the_server() -> None:
    assert learnt("BLAH.POP", "k", flags={b"blocking"}).blocking
    assert not learnt("BLAH.GET", "k", flags={b"readonly"}).blocking


@pytest.mark.parametrize(
    ("words", "blocking"),
    [
        (("XREAD", "STREAMS", "s", "0"), False),
        (("xread", "block", 0, "STREAMS", "s", "0"), True),
        ((b"XREAD", "COUNT", 1, memoryview(b"Block"), 0, "STREAMS", "s", "0"), True),
        (("XREAD", "BLOCK"), True),
        (("XREAD",), False),
        (("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">"), False),
        (("XREADGROUP", "GROUP", "g", "c", "BLOCK", 0, "STREAMS", "s", ">"), True),
        # Its group has that name. To be sure, it is taken for one that blocks.
        (("XREADGROUP", "GROUP", "STREAMS", "BLOCK", "STREAMS", "s", ">"), True),
    ],
)
def test_xread_blocks_with_the_word_block_only(words: tuple[Any, ...], blocking: bool) -> None:
    spec = known_spec(words)
    assert spec is not None
    assert spec.blocking is blocking
    assert spec.ordinary is not blocking
    assert spec.name == text_of(words[0]).upper()
    assert spec.readonly == (spec.name == "XREAD")


def test_name_of_a_command_that_may_block_does_not_tell_whether_it_does() -> None:
    assert spec_of_name("xread") is None
    assert spec_of_name(b"XREADGROUP") is None
    assert spec_of_name(b"get") is SPECS["GET"]
    assert spec_of_name("CLIENT") is None


def test_two_facts_under_one_name_are_of_one_that_blocks_with_a_word_only() -> None:
    halves = {name for name, spec in SPECS.items() if spec.without_block is not None}
    assert halves == {"TS.READ", "XREAD", "XREADGROUP"}
    for name in halves:
        spec = SPECS[name]
        other = spec.without_block
        assert other is not None
        assert (other.name, other.readonly, other.keys) == (name, spec.readonly, spec.keys)
        assert spec.blocking
        assert other.ordinary


def test_families_are_imported_as_they_are_asked_for() -> None:
    code = """
import sys
from redtrio import Redis
from redtrio.commands._groups import known_spec, spec_of_name

client = Redis()
known_spec(("CLIENT", "ID"))
spec_of_name("CONFIG")
assert not {"redtrio.commands.bloom", "redtrio.commands.search", "json"} & sys.modules.keys()
client.bf()
assert "redtrio.commands.bloom" in sys.modules
assert "redtrio.commands.search" not in sys.modules
assert known_spec(("ft._list",)).name == "FT._LIST"
assert spec_of_name(b"Json.Get").readonly
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("command", "may"),
    [
        (b"GET", True),
        (b"get", True),
        (b"JSON.GET", True),
        (b"VADD", True),
        (b"BLPOP", False),
        (b"XREAD", False),
        (b"CLIENT", False),
        (b"MULTI", False),
        (b"NONSENSE", False),
    ],
)
def test_commands_of_which_many_may_share_a_connection(command: bytes, may: bool) -> None:
    assert may_share(command) is may
    assert command not in SHAREABLE or may
