"""All groups of commands in one class, and the facts about each command by its name."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType

from redtrio.commands._base import S, Spec
from redtrio.commands.acl import AclCommands
from redtrio.commands.bitmaps import BitmapCommands
from redtrio.commands.cluster import ClusterCommands
from redtrio.commands.connection import ConnectionCommands
from redtrio.commands.families import FamilyCommands, families
from redtrio.commands.functions import FunctionCommands
from redtrio.commands.geo import GeoCommands
from redtrio.commands.hashes import HashCommands
from redtrio.commands.hyperloglog import HyperLogLogCommands
from redtrio.commands.keys import KeyCommands
from redtrio.commands.latency import LatencyCommands
from redtrio.commands.lists import ListCommands
from redtrio.commands.modules import ModuleCommands
from redtrio.commands.publishing import PublishingCommands
from redtrio.commands.scripting import ScriptCommands
from redtrio.commands.server import ServerCommands
from redtrio.commands.sets import SetCommands
from redtrio.commands.sorted_sets import SortedSetCommands
from redtrio.commands.streams import StreamCommands
from redtrio.commands.strings import StringCommands
from redtrio.types import Argument

__all__ = [
    "SPECS",
    "Commands",
    "family_specs",
    "known_spec",
    "learnt_spec",
    "spec_of_name",
    "text_of",
    "with_whole_name",
]


class Commands(
    AclCommands[S],
    BitmapCommands[S],
    ClusterCommands[S],
    ConnectionCommands[S],
    FamilyCommands[S],
    FunctionCommands[S],
    GeoCommands[S],
    HashCommands[S],
    HyperLogLogCommands[S],
    KeyCommands[S],
    LatencyCommands[S],
    ListCommands[S],
    ModuleCommands[S],
    PublishingCommands[S],
    ScriptCommands[S],
    ServerCommands[S],
    SetCommands[S],
    SortedSetCommands[S],
    StreamCommands[S],
    StringCommands[S],
):
    """Every command as a method."""

    __slots__ = ()


# They have no method on a client: a pipeline, a transaction or a subscription sends them.
_STATEFUL = [
    "ASKING",
    "DISCARD",
    "EXEC",
    "MULTI",
    "READONLY",
    "READWRITE",
    "SCRIPT DEBUG",
    "UNWATCH",
    "WATCH",
]
# REPLCONF is a replica's; some forms of it are never answered.
_UNANSWERED = [
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
]


def _specs_beside(*wholes: type) -> Iterator[tuple[str, Spec]]:
    # Each stands beside the group whose method uses it.
    groups = [group for whole in wholes for group in whole.__mro__]
    modules = dict.fromkeys(sys.modules[group.__module__] for group in groups)
    found = [v for module in modules for v in vars(module).values() if isinstance(v, Spec)]
    # Of two under one name, the one that blocks leads to the other, as ``known_spec`` does.
    halves = {spec.without_block for spec in found}
    for spec in found:
        if spec not in halves:
            yield spec.name, spec


SPECS: Mapping[str, Spec] = MappingProxyType(
    {name: Spec(name=name, binds=True) for name in _STATEFUL}
    | {name: Spec(name=name, unanswered=True) for name in _UNANSWERED}
    | dict(_specs_beside(Commands))
)
"""The facts about each command of a client itself, by its name ("GET", "CLIENT ID")."""


# Of subcommands, as CLIENT is.
_CONTAINERS = frozenset(name.partition(" ")[0] for name in SPECS if " " in name)


@cache
def family_specs() -> Mapping[str, Spec]:
    """Give the same for the commands of the families, which are imported for that."""
    return MappingProxyType(dict(_specs_beside(*families())))


def spec_of_name(name: Argument) -> Spec | None:
    """Find the facts about a command that its name alone tells, None where it does not."""
    capitals = text_of(name).upper()
    spec = SPECS.get(capitals)
    if spec is None and capitals not in _CONTAINERS:
        spec = family_specs().get(capitals)
    return None if spec is None or spec.without_block is not None else spec


def known_spec(words: Sequence[Argument]) -> Spec | None:
    """Find the facts about a command by its words, None where they are not known here."""
    spec = _spec_in(SPECS, words) or _spec_in(family_specs(), words)
    if spec is not None and spec.without_block is not None:
        # A key of that name is taken for the word as well, which costs a connection of its
        # own; to miss the word would make everybody wait.
        blocks = any(text_of(word).upper() == "BLOCK" for word in words[1:])
        return spec if blocks else spec.without_block
    return spec


def _spec_in(specs: Mapping[str, Spec], words: Sequence[Argument]) -> Spec | None:
    name = text_of(words[0]).upper()
    spec = specs.get(name)
    if spec is None and len(words) > 1:
        spec = specs.get(f"{name} {text_of(words[1]).upper()}")
    return spec


def with_whole_name(words: tuple[Argument, ...]) -> tuple[Argument, ...]:
    """Split a name that brings its subcommand, as redis-py takes it: ("CONFIG GET", "save")."""
    name = words[0]
    if isinstance(name, str | bytes) and len(parts := name.split()) > 1:
        return (*parts, *words[1:])
    return words


def learnt_spec(words: Sequence[Argument], flags: Collection[bytes]) -> Spec:
    """Make the facts about a command of what the server says of it.

    Args:
        words: All that is sent.
        flags: Those of COMMAND INFO; empty where the server does not know the command, or
            was not asked.
    """
    name = text_of(words[0]).upper()
    return Spec(name=name, readonly=b"readonly" in flags, blocking=b"blocking" in flags)


def text_of(word: Argument | None) -> str:
    """Give a word as text, for finding out what it says."""
    if isinstance(word, bytes | bytearray | memoryview):
        return bytes(word).decode("utf-8", "backslashreplace")
    return str(word)
