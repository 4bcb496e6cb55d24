"""A client with the command groups, for their tests: every command goes over RedisClient."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from servers import Server, ServerError, server_version

from redtrio import RedisClient
from redtrio.commands._base import Command, S, T
from redtrio.commands.connection import ConnectionCommands
from redtrio.commands.hashes import HashCommands
from redtrio.commands.keys import KeyCommands
from redtrio.commands.server import ServerCommands
from redtrio.commands.strings import StringCommands

__all__ = [
    "StandIn",
    "Text",
    "decodes",
    "known",
    "lacking",
    "offline",
    "open_client",
    "r",
    "requires",
    "t",
]


class StandIn(
    ConnectionCommands[S],
    HashCommands[S],
    KeyCommands[S],
    ServerCommands[S],
    StringCommands[S],
):
    """Each command on any connection of the pool; ``exclusive`` gives one that keeps to its own."""

    def __init__(self, client: RedisClient, decodes: bool, connection: Any = None) -> None:
        self._client = client
        self._decodes = decodes
        self._connection = connection

    async def _execute(self, command: Command[T]) -> T:
        words = [0 if word is None else word for word in command.words]
        if self._connection is None:
            reply = await self._client.call(*words)
        else:
            await self._client.send_command(*words, connection=self._connection)
            reply = await self._client.receive(self._connection)
            if isinstance(reply, Exception):
                raise reply
        if command.parse is not None:
            reply = command.parse(reply)
        if self._decodes and not command.spec.raw:
            reply = decoded(reply)
        result: T = reply
        return result

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[StandIn[S]]:
        """Give the same commands on one connection, which is closed at the end."""
        pool = self._client.connection_pool
        connection = await self._client.send_command(b"PING")
        try:
            await self._client.receive(connection)
            yield StandIn(self._client, self._decodes, connection)
        finally:
            pool.remove_connection(connection)


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
def offline(decodes: bool) -> StandIn[Any]:
    """Give a client that is not connected, for calls that are refused before they are sent."""
    return StandIn(RedisClient(), decodes)


@pytest.fixture
async def r(known: None, server: Server, decodes: bool) -> AsyncIterator[StandIn[Any]]:
    """Give a client of each server, once for bytes and once for str."""
    async with open_client(server, decodes) as client:
        yield client


@pytest.fixture
def t(decodes: bool) -> Text:
    """Give the converter of expectations that goes with ``r``."""
    return Text(decodes)


@asynccontextmanager
async def open_client(server: Server, decode_responses: bool) -> AsyncIterator[StandIn[Any]]:
    """Give a client of the server."""
    async with RedisClient(server.host, server.port) as client:
        yield StandIn(client, decode_responses)


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


def decoded(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, (list, tuple, set, frozenset)):
        return type(value)(decoded(item) for item in value)
    if isinstance(value, dict):
        return {decoded(key): decoded(item) for key, item in value.items()}
    return value


def encoded(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (list, tuple, set, frozenset)):
        return type(value)(encoded(item) for item in value)
    if isinstance(value, dict):
        return {encoded(key): encoded(item) for key, item in value.items()}
    return value
