"""All groups of commands in one class, and the facts about each command by its name."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType

from redtrio.commands._base import S, Spec
from redtrio.commands.cluster import ClusterCommands
from redtrio.commands.connection import ConnectionCommands
from redtrio.commands.families import FAMILIES, FamilyCommands
from redtrio.commands.hashes import HashCommands
from redtrio.commands.keys import KeyCommands
from redtrio.commands.lists import ListCommands
from redtrio.commands.server import ServerCommands
from redtrio.commands.sets import SetCommands
from redtrio.commands.sorted_sets import SortedSetCommands
from redtrio.commands.strings import StringCommands
from redtrio.types import Argument

__all__ = ["SPECS", "Commands", "known_spec", "learnt_spec", "text_of"]


class Commands(
    ClusterCommands[S],
    ConnectionCommands[S],
    FamilyCommands[S],
    HashCommands[S],
    KeyCommands[S],
    ListCommands[S],
    ServerCommands[S],
    SetCommands[S],
    SortedSetCommands[S],
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


def _specs() -> Iterator[tuple[str, Spec]]:
    for name in _STATEFUL:
        yield name, Spec(name=name, binds=True)
    for name in _UNANSWERED:
        yield name, Spec(name=name, unanswered=True)
    # Each stands beside the group whose method uses it.
    wholes: tuple[type, ...] = (Commands, *FAMILIES)
    groups = [group for whole in wholes for group in whole.__mro__]
    for module in dict.fromkeys(group.__module__ for group in groups):
        for value in vars(sys.modules[module]).values():
            if isinstance(value, Spec):
                yield value.name, value


SPECS: Mapping[str, Spec] = MappingProxyType(dict(_specs()))
"""The facts about each command that is known here, by its name ("GET", "CLIENT ID")."""

# Those that block only with a certain word among their arguments.
_BLOCKING_WITH = {"XREAD": "BLOCK", "XREADGROUP": "BLOCK"}


def known_spec(words: Sequence[Argument]) -> Spec | None:
    """Find the facts about a command by its words, None where they are not known here."""
    name = text_of(words[0]).upper()
    spec = SPECS.get(name)
    if spec is None and len(words) > 1:
        spec = SPECS.get(f"{name} {text_of(words[1]).upper()}")
    return spec


def learnt_spec(words: Sequence[Argument], flags: Collection[bytes]) -> Spec:
    """Make the facts about a command of what the server says of it.

    Args:
        words: All that is sent.
        flags: Those of COMMAND INFO; empty where the server does not know the command, or
            was not asked.
    """
    name = text_of(words[0]).upper()
    word = _BLOCKING_WITH.get(name)
    if word is None:
        blocking = b"blocking" in flags
    else:
        # Known also where the server was not asked, or does not tell.
        blocking = any(text_of(one).upper() == word for one in words[1:])
    return Spec(name=name, readonly=b"readonly" in flags, blocking=blocking)


def text_of(word: Argument | None) -> str:
    """Give a word as text, for finding out what it says."""
    if isinstance(word, bytes | bytearray | memoryview):
        return bytes(word).decode("utf-8", "backslashreplace")
    return str(word)
