"""The commands on modules: against real servers that allow them, as far as there are modules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from command_client import WordsOnly, check
from servers import KINDS, Server, ServerMissing, open_server, server_binary

from redtrio import Redis
from redtrio.exceptions import DataError, ResponseError


@pytest.fixture(params=KINDS)
def open_to_modules(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Give a server of the test's own that loads modules."""
    with ExitStack() as stack:
        try:
            options = ("--enable-module-command", "yes")
            server = stack.enter_context(open_server(request.param, *options))
        except ServerMissing as missing:
            pytest.skip(str(missing))
        yield server


async def test_module_list(r: Redis[Any], server: Server) -> None:
    # Modules that come with the server.
    built_in = {"valkey": ["lua"], "redis7": [], "redis8": ["vectorset"]}
    modules = await r.module_list()
    assert [module["name"] for module in modules] == built_in[server.kind]
    for module in modules:
        assert {name: type(value) for name, value in module.items()} == {
            "name": str,
            "ver": int,
            "path": str,
            "args": list,
        }


async def test_modules_are_refused_where_the_server_does_not_allow_them(r: Redis[Any]) -> None:
    for call in (r.module_load, r.module_loadex, r.module_unload):
        with pytest.raises(ResponseError, match="MODULE command not allowed"):
            await call("/none.so")


@pytest.mark.parametrize("decode_responses", [False, True])
async def test_module_load_and_unload(open_to_modules: Server, decode_responses: bool) -> None:
    server = open_to_modules
    async with Redis(server.host, server.port).with_options(decode_responses=decode_responses) as r:
        with pytest.raises(ResponseError, match="no such module"):
            await r.module_unload("none")
        with pytest.raises(ResponseError, match="Error loading the extension"):
            await r.module_load("/none.so")
        with pytest.raises(ResponseError, match="Error loading the extension"):
            await r.module_loadex("/none.so", {"none.option": 1}, ["word"])
        if server.kind == "valkey":
            assert await r.module_unload("lua") is True
            assert await r.module_list() == []
        if server.kind == "redis8":
            await load_the_module_beside(server_binary("redis8"), r)


async def load_the_module_beside(binary: Path, r: Redis[Any]) -> None:
    path = str(binary.with_name("falkordb.so"))
    assert await r.module_load(path, "THREAD_COUNT", 1) is True
    (module,) = [module for module in await r.module_list() if module["path"] == path]
    check((module["name"], module["args"]), ("graph", ["THREAD_COUNT", "1"]))
    with pytest.raises(ResponseError, match="can't unload"):
        await r.module_unload("graph")


def test_module_loadex_words() -> None:
    # No module with options of its own is installed.
    words: Any = WordsOnly()
    start = (b"MODULE", b"LOADEX", "/m.so")
    assert words.module_loadex("/m.so").words == start
    command = words.module_loadex("/m.so", ["m.a", 1, "m.b", "x"], iter(["one", "two"]))
    options = (b"CONFIG", "m.a", 1, b"CONFIG", "m.b", "x")
    assert command.words == (*start, *options, b"ARGS", "one", "two")
    assert command.parse(b"OK") is True
    assert words.module_loadex("/m.so", {"m.a": 1, "m.b": "x"}).words == (*start, *options)


def test_module_loadex_refuses_half_an_option(offline: Redis[Any]) -> None:
    with pytest.raises(DataError, match="options must be names and values in turn, got 1 of"):
        offline.module_loadex("/m.so", ["m.a"])
