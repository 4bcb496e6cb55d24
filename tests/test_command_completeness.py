"""Whether every command of every server is a method, and every method is tested."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from command_catalog import SPECS, SourceMethod, server_commands, source_methods
from servers import KINDS, Server, server_version

if TYPE_CHECKING:
    from conftest import RunningServers

TESTS = Path(__file__).parent

_INTERNAL = "servers send it to each other"
_PIPELINE = "a transaction of pipeline() sends it"
_SUBSCRIBING = "answered by pushes: a subscription sends it"
_NO_REPLY = "no one reply answers it"
_CLUSTER_CONNECTION = "bound to its connection: a cluster's client sends it"
_SELF_TEST = "a test of the server's developers"

# Why a command is no method.
LISTED = {
    "ASKING": _CLUSTER_CONNECTION,
    "CLIENT REPLY": _NO_REPLY,
    "CLUSTER SLAVES": "deprecated: cluster_replicas() is the same",
    "CLUSTER SYNCSLOTS": _INTERNAL,
    "DISCARD": _PIPELINE,
    "EXEC": _PIPELINE,
    "MONITOR": _NO_REPLY,
    "MULTI": _PIPELINE,
    "PFDEBUG": _SELF_TEST,
    "PFSELFTEST": _SELF_TEST,
    "PSUBSCRIBE": _SUBSCRIBING,
    "PSYNC": _INTERNAL,
    "PUNSUBSCRIBE": _SUBSCRIBING,
    "READONLY": _CLUSTER_CONNECTION,
    "READWRITE": _CLUSTER_CONNECTION,
    "REPLCONF": _INTERNAL,
    "RESTORE-ASKING": _INTERNAL,
    "SCRIPT DEBUG": "turns the connection into that of a debugger",
    "SSUBSCRIBE": _SUBSCRIBING,
    "SUBSCRIBE": _SUBSCRIBING,
    "SUNSUBSCRIBE": _SUBSCRIBING,
    "SYNC": _INTERNAL,
    "UNSUBSCRIBE": _SUBSCRIBING,
    "UNWATCH": _PIPELINE,
    "WATCH": _PIPELINE,
}

# The same of those that modules bring.
_DEBUGGING = "shows the inside of the module to its developers"
_CONDITIONAL = "for a server that replays its log: FT.CREATE and its like with a condition"
_OUTDATED = "of Search 1, which kept documents itself, and not in redis-py"
LISTED_OF_MODULES = {
    "BF.DEBUG": _DEBUGGING,
    "CF.COMPACT": "undocumented, and not in redis-py",
    "CF.DEBUG": _DEBUGGING,
    "FT.DROP": _OUTDATED,
    "FT.GET": _OUTDATED,
    "FT.SAFEADD": _OUTDATED,
    "FT.SYNADD": "Search 2 refuses it: FT.SYNUPDATE takes its place",
    "FT._ALIASADDIFNX": _CONDITIONAL,
    "FT._ALIASDELIFX": _CONDITIONAL,
    "FT._ALTERIFNX": _CONDITIONAL,
    "FT._CREATEIFNX": _CONDITIONAL,
    "FT._DROPIFX": _CONDITIONAL,
    "FT._DROPINDEXIFX": _CONDITIONAL,
    "TIMESERIES.CLUSTERSET": _INTERNAL,
    "TIMESERIES.CLUSTERSETFROMSHARD": _INTERNAL,
    "TIMESERIES.FORCESHARDSCONNECTION": _INTERNAL,
    "TIMESERIES.HELLO": _INTERNAL,
    "TIMESERIES.INFOCLUSTER": _INTERNAL,
    "TIMESERIES.INNERCOMMUNICATION": _INTERNAL,
    "TIMESERIES.NETWORKTEST": _INTERNAL,
    "TIMESERIES.REFRESHCLUSTER": _INTERNAL,
}

# Whole containers of the kind.
_DEBUGGING_CONTAINERS = ("FT.DEBUG ",)


def sent() -> set[str]:
    """Every command that some method sends."""
    return {name for method in source_methods() for name in method.commands}


def is_method(name: str, methods: set[str]) -> bool:
    # Modules rarely tell of subcommands: FT.CURSOR is FT.CURSOR READ and FT.CURSOR DEL.
    return name in methods or any(method.startswith(f"{name} ") for method in methods)


def reason(name: str, listed: Mapping[str, str]) -> str | None:
    if name.endswith(" HELP"):
        return "text for people"
    if name.startswith(_DEBUGGING_CONTAINERS):
        return _DEBUGGING
    return listed.get(name)


def missing(
    names: Iterable[str], methods: set[str], listed: Mapping[str, str], where: str
) -> list[str]:
    """Find the commands that are neither methods nor listed, and print how many are which."""
    every = list(names)
    covered = [name for name in every if is_method(name, methods)]
    others = [name for name in every if name not in covered]
    stand = [name for name in others if reason(name, listed) is not None]
    print(f"{where}: {len(covered)} of {len(every)} commands are methods, {len(stand)} listed")
    return sorted(set(others) - set(stand))


def test_every_command_of_the_server_is_a_method(server: Server) -> None:
    names = [command.name for command in server_commands(server)]
    found = missing(names, sent(), LISTED, server_version(server.kind))
    assert not found, ", ".join(found)


def test_every_command_of_the_modules_is_a_method(stack: Server) -> None:
    # What the server itself brings is tested above.
    names = [command.name for command in server_commands(stack) if "." in command.name]
    found = missing(names, sent(), LISTED_OF_MODULES, f"Modules of {server_version(stack.kind)}")
    assert not found, ", ".join(found)


def test_what_is_listed_is_no_method() -> None:
    methods = sent()
    found = [name for name in {**LISTED, **LISTED_OF_MODULES} if is_method(name, methods)]
    assert not found, ", ".join(found)


def test_what_is_listed_is_known_to_some_server(running_servers: RunningServers) -> None:
    known = {
        command.name for kind in KINDS for command in server_commands(running_servers.get(kind))
    }
    found = sorted(LISTED.keys() - known)
    assert not found, ", ".join(found)


def test_what_is_listed_of_modules_is_known_to_them(stack: Server) -> None:
    known = {command.name for command in server_commands(stack)}
    found = sorted(LISTED_OF_MODULES.keys() - known)
    assert not found, ", ".join(found)


def test_every_spec_belongs_to_a_method() -> None:
    found = sorted(SPECS.keys() - sent() - LISTED.keys())
    assert not found, ", ".join(found)


class Words(NamedTuple):
    """What a file of tests speaks of.

    Attributes:
        attributes: Every name behind a dot.
        names: Every other name.
        strings: Every string, where names are looked up by strings.
    """

    attributes: set[str]
    names: set[str]
    strings: set[str]

    def is_about(self, method: SourceMethod) -> bool:
        if method.family and not (
            method.family in self.attributes or method.group.__name__ in self.names
        ):
            return False
        return method.name in self.attributes | self.strings


@cache
def words_of(pattern: str) -> list[Words]:
    return [words_in(path) for path in sorted(TESTS.glob(pattern))]


def words_in(path: Path) -> Words:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    strings = {node.value for node in nodes if isinstance(node, ast.Constant)}
    return Words(
        {node.attr for node in nodes if isinstance(node, ast.Attribute)},
        names,
        {text for text in strings if isinstance(text, str)} if "getattr" in names else set(),
    )


def without(pattern: str) -> list[str]:
    files = words_of(pattern)
    return [
        method.call
        for method in source_methods()
        if not any(words.is_about(method) for words in files)
    ]


def test_every_method_has_a_test() -> None:
    found = without("test_*.py")
    assert not found, ", ".join(found)


def test_the_types_of_every_method_are_tested() -> None:
    found = without("typing/*.py")
    assert not found, ", ".join(found)
