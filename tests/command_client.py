"""A client with the command groups, for their tests: every command goes over RedisClient."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from servers import Server, ServerError

from redtrio import RedisClient
from redtrio.commands._base import Command, S, T
from redtrio.commands.connection import ConnectionCommands
from redtrio.commands.keys import KeyCommands
from redtrio.commands.strings import StringCommands

__all__ = ["StandIn", "Text", "open_client", "requires"]


class StandIn(
    ConnectionCommands[S],
    KeyCommands[S],
    StringCommands[S],
):
    """Each command on a connection of its own, unless ``alone`` made it one for all."""

    def __init__(self, client: RedisClient, decodes: bool) -> None:
        self._client = client
        self._decodes = decodes

    async def _execute(self, command: Command[T]) -> T:
        words = [0 if word is None else word for word in command.words]
        reply = await self._client.call(*words)
        if command.parse is not None:
            reply = command.parse(reply)
        if self._decodes and not command.spec.raw:
            reply = decoded(reply)
        result: T = reply
        return result


class Text:
    """What a test expects, written as str: the same with bytes where the client gives those."""

    def __init__(self, decodes: bool) -> None:
        self._decodes = decodes

    def __call__(self, value: Any) -> Any:
        return value if self._decodes else encoded(value)


@asynccontextmanager
async def open_client(server: Server, decode_responses: bool) -> AsyncIterator[StandIn[Any]]:
    """Give a client of the server."""
    async with RedisClient(server.host, server.port) as client:
        yield StandIn(client, decode_responses)


def requires(server: Server, *commands: str) -> None:
    """Skip the test where the server does not know a command ("CLIENT NO-TOUCH")."""
    for command in commands:
        try:
            found = server.call("COMMAND", "INFO", command.lower().replace(" ", "|"))
        except ServerError:
            found = None
        if not isinstance(found, list) or not found[0]:
            pytest.skip(f"{command} is not known to {server.kind}")


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
