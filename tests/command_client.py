"""Clients of every server, for the tests of the commands, and what such tests share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from servers import Server, ServerError, server_version

from redtrio import Redis
from redtrio.commands._base import Command, T
from redtrio.commands._groups import Commands

__all__ = [
    "Text",
    "WordsOnly",
    "check",
    "decodes",
    "known",
    "lacking",
    "offline",
    "r",
    "requires",
    "t",
]


class WordsOnly(Commands[bytes]):
    """Sends nothing: each method gives the command that it made."""

    def _execute(self, command: Command[T]) -> Command[T]:
        return command


class Text:
    """Makes of what a test expects, written as str, what the client gives: bytes or str."""

    def __init__(self, decodes: bool) -> None:
        self._decodes = decodes

    def __call__(self, value: Any) -> Any:
        return value if self._decodes else encoded(value)


@pytest.fixture(params=["bytes", "str"])
def decodes(request: pytest.FixtureRequest) -> bool:
    """Tell whether the client decodes, in turn not and so."""
    return bool(request.param == "str")


@pytest.fixture
def known(request: pytest.FixtureRequest, server: Server) -> None:
    """Skip the test where the server lacks what ``requires`` or ``lacking`` names."""
    skip: Callable[[Server], None] | None = getattr(request, "param", None)
    if skip is not None:
        skip(server)


@pytest.fixture
def offline(decodes: bool) -> Redis[Any]:
    """Give a client that is not connected, for calls that are refused before they are sent."""
    return Redis("0.0.0.0", 1, decode_responses=decodes)


@pytest.fixture
async def r(known: None, server: Server, decodes: bool) -> AsyncIterator[Redis[Any]]:
    """Give a client of each server, once for bytes and once for str."""
    async with Redis(server.host, server.port).with_options(decode_responses=decodes) as client:
        yield client


@pytest.fixture
def t(decodes: bool) -> Text:
    """Give the converter of expectations that goes with ``r``."""
    return Text(decodes)


def requires(*commands: str) -> pytest.MarkDecorator:
    """Skip the test where the server does not know one of the commands ("CLIENT NO-TOUCH")."""

    def skip_unless_known(server: Server) -> None:
        for command in commands:
            try:
                found = server.call("COMMAND", "INFO", command.lower().replace(" ", "|"))
            except ServerError:
                found = None
            if not isinstance(found, list) or not found[0]:
                pytest.skip(f"{command} is not known to {server_version(server.kind)}")

    return pytest.mark.parametrize("known", [skip_unless_known], ids=[commands[0]], indirect=True)


def lacking(what: str, *kinds: str) -> pytest.MarkDecorator:
    """Skip the test on kinds of server that know the command, but not an option of it."""

    def skip_where_it_lacks(server: Server) -> None:
        if server.kind in kinds:
            pytest.skip(f"{what} is not known to {server_version(server.kind)}")

    return pytest.mark.parametrize("known", [skip_where_it_lacks], ids=[what], indirect=True)


def check(result: Any, expected: Any) -> None:
    """Assert that a result is as expected, 1 being neither 1.0 nor True, all the way down."""
    assert result == expected
    assert shape(result) == shape(expected)


def shape(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return (type(value), [shape(item) for item in value])
    if isinstance(value, set):
        return (set, {type(item) for item in value})
    return type(value)


def encoded(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (list, tuple, set, frozenset)):
        return type(value)(encoded(item) for item in value)
    if isinstance(value, dict):
        return {encoded(key): encoded(item) for key, item in value.items()}
    return value
