"""Which method sends which command, as the source of the groups of commands tells it."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

from servers import Reply, Server

from redtrio.commands import _groups
from redtrio.commands._base import Command, CommandGroup, Spec
from redtrio.commands._groups import Commands, family_specs
from redtrio.commands.families import FamilyCommands, families

__all__ = ["SPECS", "ServerCommand", "SourceMethod", "server_commands", "source_methods"]

SPECS = {**_groups.SPECS, **family_specs()}
"""The facts about each command that is known, by its name."""


class SourceMethod(NamedTuple):
    """A public method of a group that sends commands.

    Attributes:
        name: Its name.
        family: The name of its family on a client ("json"), "" if it has none.
        group: The class that is mixed into the client, or the family's class.
        module: Where it is written.
        specs: The facts about the commands that it may send.
        since: By its docstring, the version that its command came with, "" if not told.
    """

    name: str
    family: str
    group: type
    module: str
    specs: frozenset[Spec]
    since: str

    @property
    def call(self) -> str:
        """What a user writes behind the client and a dot."""
        return f"{self.family}().{self.name}" if self.family else self.name

    @property
    def commands(self) -> set[str]:
        """The names of the commands that it may send."""
        return {spec.name for spec in self.specs}


class ServerCommand(NamedTuple):
    """A command, or a subcommand, as a server tells of it.

    Attributes:
        name: In capitals, with the subcommand behind a space: "CLIENT ID".
        since: The version that it came with, without the last number if that is 0; "" if
            the server does not tell.
        group: The group of the command reference; "" if the server does not tell.
    """

    name: str
    since: str
    group: str


def source_methods() -> list[SourceMethod]:
    """Find every public method that sends commands, on the client and in the families."""
    named = {family: name for name, family in _family_names()}
    assert named.keys() == set(families())
    found: list[SourceMethod] = []
    wholes: tuple[type, ...] = (Commands, *families())
    for whole in wholes:
        for name in dir(whole):
            method = _Function.of_method(whole, name)
            if name.startswith("_") or method is None:
                continue
            specs = frozenset(method.specs(set()))
            if specs:
                family = named.get(whole, "")
                module = method.module.__name__
                found.append(
                    SourceMethod(name, family, method.owner, module, specs, method.since())
                )
    return found


def server_commands(server: Server) -> list[ServerCommand]:
    """Ask a server for all commands that can be sent to it.

    A container of subcommands is none, unless it may stand alone, as COMMAND may.
    """
    names: list[str] = []
    for entry in _lists(server.call("COMMAND")):
        name, arity, *_ = entry
        subcommands = _lists(entry[9]) if len(entry) > 9 else []
        if not subcommands or arity == -1:
            names.append(_name(name))
        names += [_name(subcommand[0]) for subcommand in subcommands]
    documented = dict(_documented(server.call("COMMAND", "DOCS")))
    nothing = ServerCommand("", "", "")
    return [documented.get(name, nothing)._replace(name=name) for name in names]


def _documented(reply: Reply) -> Iterator[tuple[str, ServerCommand]]:
    for name, facts in _pairs(reply):
        fields = dict(_pairs(facts))
        since = _text(fields.get("since", b"")).removesuffix(".0")
        group = _text(fields.get("group", b""))
        yield _name(name), ServerCommand(_name(name), since, group)
        for key, command in _documented(fields.get("subcommands", [])):
            yield key, command._replace(group=group)


def _pairs(reply: Reply) -> Iterator[tuple[str, Reply]]:
    assert isinstance(reply, list)
    for key, value in zip(reply[::2], reply[1::2], strict=True):
        yield _text(key), value


def _lists(reply: Reply) -> list[list[Any]]:
    assert isinstance(reply, list)
    return [entry for entry in reply if isinstance(entry, list)]


def _text(word: Reply) -> str:
    assert isinstance(word, bytes)
    return word.decode()


def _name(word: Reply | str) -> str:
    text = word if isinstance(word, str) else _text(word)
    return text.upper().replace("|", " ")


def _family_names() -> Iterator[tuple[str, type]]:
    """Find what the methods are called by which a client gives its families."""
    giver: FamilyCommands[bytes] = object.__new__(FamilyCommands)
    for name in vars(FamilyCommands):
        if not name.startswith("_"):
            yield name, type(getattr(giver, name)())


class _Function:
    """A function in its source, and what the names in it mean.

    Args:
        module: Where it is written.
        node: What is written.
        whole: For a method the class that is looked into for what it calls on itself.
        owner: For a method the class that it is written in.
    """

    def __init__(
        self, module: ModuleType, node: ast.FunctionDef, whole: type, owner: type = object
    ) -> None:
        self.module = module
        self.owner = owner
        self._node = node
        self._whole = whole

    @classmethod
    def of_method(cls, whole: type, name: str) -> _Function | None:
        """Find a method where it is written, None if it is no function of ours."""
        for owner in whole.__mro__:
            if name in vars(owner):
                if not owner.__module__.startswith("redtrio.commands."):
                    return None
                module = sys.modules[owner.__module__]
                node = _functions_of(module).get((owner.__name__, name))
                return None if node is None else cls(module, node, whole, owner)
        return None

    def since(self) -> str:
        """Read the version that the docstring tells, "" if it tells none."""
        source = (ast.get_docstring(self._node) or "").partition("Source: ")[2]
        # A number, or the maker's or module's name and a number: "RedisJSON 2.6".
        found = re.search(r"\bSince\s+((?:[A-Z]\w+\s+)?[\d.]*\d)", source)
        return found[1] if found else ""

    def values(self) -> Iterator[object]:
        """Give what the names of the module mean that stand in the function."""
        for node in ast.walk(self._node):
            if isinstance(node, ast.Name) and node.id in vars(self.module):
                yield vars(self.module)[node.id]

    def specs(self, seen: set[ast.FunctionDef]) -> Iterator[Spec]:
        """Find the Specs that the function names, and those that its callees name."""
        if self._node in seen:
            return
        seen.add(self._node)
        for value in self.values():
            yield from _specs_in(value)
            for function in self._written_in(value):
                yield from function.specs(seen)
        for name in self._called_on_itself():
            method = self.of_method(self._whole, name)
            if method is not None:
                yield from method.specs(seen)

    def _written_in(self, value: object) -> Iterator[_Function]:
        """Find a function of ours, or the methods of a class of ours that gathers a command."""
        # The families' commands are not those of who gives the families, and what a command
        # is made of sends none.
        if not isinstance(value, (FunctionType, type)) or (
            isinstance(value, type) and issubclass(value, (CommandGroup, Command, Spec))
        ):
            return
        if value.__module__.startswith("redtrio.commands."):
            module = sys.modules[value.__module__]
            where = value.__name__ if isinstance(value, type) else ""
            for (owner, name), node in _functions_of(module).items():
                if owner == where and (where or name == value.__name__):
                    yield _Function(module, node, self._whole)

    def _called_on_itself(self) -> Iterator[str]:
        for node in ast.walk(self._node):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == "self"
            ):
                yield node.attr


def _specs_in(value: object) -> Iterable[Spec]:
    """Find the Specs that a value is, or holds as a table."""
    if isinstance(value, Spec):
        return [value]
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, (tuple, list)):
        return [one for one in value if isinstance(one, Spec)]
    return []


@cache
def _functions_of(module: ModuleType) -> dict[tuple[str, str], ast.FunctionDef]:
    """Find the functions and methods of a module by class ("" if none) and name."""
    assert module.__file__ is not None
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    found: dict[tuple[str, str], ast.FunctionDef] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found["", node.name] = node
        elif isinstance(node, ast.ClassDef):
            # Of overloads the last one holds, which is the method itself.
            found |= {
                (node.name, member.name): member
                for member in node.body
                if isinstance(member, ast.FunctionDef)
            }
    return found
