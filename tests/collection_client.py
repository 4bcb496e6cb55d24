"""The stand-in client with the groups for lists, sets and sorted sets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from command_client import StandIn
from servers import Server

from redtrio import RedisClient
from redtrio.commands._base import Command, S, T
from redtrio.commands.lists import ListCommands
from redtrio.commands.sets import SetCommands
from redtrio.commands.sorted_sets import SortedSetCommands

__all__ = ["CollectionClient", "WordsOnly", "check", "open_client"]


class CollectionClient(ListCommands[S], SetCommands[S], SortedSetCommands[S], StandIn[S]):
    """The stand-in client with these groups."""


class WordsOnly(ListCommands[bytes], SetCommands[bytes], SortedSetCommands[bytes]):
    """Sends nothing: each method gives the command that it made."""

    def _execute(self, command: Command[T]) -> Command[T]:
        return command


@asynccontextmanager
async def open_client(server: Server, decodes: bool) -> AsyncIterator[CollectionClient[Any]]:
    """Give a client of the server."""
    async with RedisClient(server.host, server.port) as client:
        yield CollectionClient(client, decodes)


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
