"""The commands on the server, against real servers."""

from __future__ import annotations

import time
from typing import Any, cast

import pytest
from command_client import Text, requires
from servers import Server

from redtrio import Redis
from redtrio.commands._information import parse_information
from redtrio.exceptions import DataError, ResponseError


async def test_info_is_one_dict_of_values(r: Redis[Any], server: Server) -> None:
    await r.set("k", "v")
    information = await r.info()
    assert information["process_id"] == server.pid
    assert isinstance(information["redis_version"], str)
    assert isinstance(information["mem_fragmentation_ratio"], float)
    assert information["role"] == "master"
    assert information["db0"]["keys"] == 1
    assert "cmdstat_set" not in information
    assert (await r.info("everything"))["cmdstat_set"]["calls"] == 1
    memory = await r.info("memory", "cpu")
    assert {"used_memory", "used_cpu_sys"} <= memory.keys()
    assert "role" not in memory


def test_information_keeps_versions_identifiers_and_paths_as_text() -> None:
    raw = (
        b"# Server\r\nredis_version:9.1\r\nredis_git_sha1:00000000\r\nexecutable:/a=b/c\r\n"
        b"module:name=one,ver=1,using=[]\r\nmodule:name=two,ver=2\r\n\r\n"
        b"slave0:ip=127.0.0.1,port=1,state=online\r\ncpu:-0.5\r\nhuman:1.5M\r\nempty:\r\n"
    )
    assert parse_information(raw) == {
        "redis_version": "9.1",
        "redis_git_sha1": "00000000",
        "executable": "/a=b/c",
        "modules": [{"name": "one", "ver": 1, "using": "[]"}, {"name": "two", "ver": 2}],
        "slave0": {"ip": "127.0.0.1", "port": 1, "state": "online"},
        "cpu": -0.5,
        "human": "1.5M",
        "empty": "",
    }


async def test_dbsize_and_flush(r: Redis[Any]) -> None:
    await r.mset({"a": 1, "b": 2})
    assert await r.dbsize() == 2
    assert await r.flushdb() is True
    assert await r.dbsize() == 0
    assert await r.flushdb(asynchronous=True) is True
    await r.set("a", 1)
    assert await r.flushall() is True
    assert await r.flushall(asynchronous=True) is True
    assert await r.flushall(synchronous=True) is True
    assert await r.flushdb(synchronous=True) is True
    assert await r.dbsize() == 0
    for call in (r.flushall, r.flushdb):
        with pytest.raises(DataError, match="asynchronous and synchronous exclude each other"):
            call(asynchronous=True, synchronous=True)


async def test_swapdb(r: Redis[Any]) -> None:
    await r.set("a", 1)
    assert await r.swapdb(0, 1) is True
    assert await r.dbsize() == 0
    assert await r.swapdb(0, 1) is True
    assert await r.dbsize() == 1
    with pytest.raises(DataError, match="second must be >= 0 databases, got -1"):
        r.swapdb(0, -1)


async def test_config(r: Redis[Any]) -> None:
    assert await r.config_get("maxmemory") == {"maxmemory": "0"}
    assert await r.config_set("maxmemory", 10**9, "maxmemory-samples", 7) is True
    assert await r.config_get("maxmemory", "maxmemory-s*") == {
        "maxmemory": "1000000000",
        "maxmemory-samples": "7",
    }
    assert len(await r.config_get()) > 100
    assert await r.config_resetstat() is True
    with pytest.raises(ResponseError, match="without a config file"):
        await r.config_rewrite()
    with pytest.raises(DataError, match="args must be names and values in turn, got 1"):
        r.config_set("a", "1", "b")


async def test_time(r: Redis[Any]) -> None:
    seconds, microseconds = await r.time()
    assert abs(seconds - time.time()) < 60
    assert 0 <= microseconds < 1_000_000


async def test_lolwut_is_art(r: Redis[Any], t: Text) -> None:
    kind = type(t(""))
    assert isinstance(await r.lolwut(), kind)
    art = await r.lolwut(5, 1, 1, 1)
    assert t("Georg Nees - schotter") in art


async def test_debug_object(r: Redis[Any]) -> None:
    await r.rpush("l", 1, 2)
    fields = await r.debug_object("l")
    assert (fields["type"], fields["refcount"]) == ("Value", 1)
    assert fields["encoding"] in {"listpack", "quicklist"}
    assert {type(fields[name]) for name in ("lru", "lru_seconds_idle")} == {int}
    assert type(fields["at"]) is str
    with pytest.raises(ResponseError, match="no such key"):
        await r.debug_object("nothing")


async def test_command_tells_of_all_commands(r: Redis[Any]) -> None:
    commands = await r.command()
    assert len(commands) == await r.command_count()
    get = commands["get"]
    assert (get["name"], get["arity"]) == ("get", 2)
    assert (get["first_key_pos"], get["last_key_pos"], get["step_count"]) == (1, 1, 1)
    assert {"readonly", "fast"} <= get["flags"]
    assert "@read" in get["acl_categories"]
    assert not get["movablekeys"]
    assert commands["eval"]["movablekeys"]
    assert "client|id" in commands["client"]["subcommands"]
    assert get["key_specifications"][0]["begin_search"]["type"] == "index"


async def test_command_info_docs_getkeys_list(r: Redis[Any], t: Text) -> None:
    infos = await r.command_info("GET", "client|id", "nonsense")
    assert infos["nonsense"] is None
    assert infos["GET"] is not None
    assert infos["GET"]["arity"] == 2
    assert list(infos) == ["GET", "client|id", "nonsense"]
    docs = await r.command_docs("get", "nonsense")
    assert list(docs) == ["get"]
    assert docs["get"]["group"] == "string"
    # What is told in sets is text all the way down, too.
    history = (await r.command_docs("set"))["set"]["history"]
    assert all(isinstance(word, str) for entry in history for word in entry)
    assert await r.command_getkeys("MSET", "a", 1, "b", 2) == t(["a", "b"])
    keys = await r.command_getkeysandflags("SET", "a", 1)
    assert keys[0][0] == t("a")
    assert "OW" in keys[0][1]
    assert t("get") in await r.command_list()
    assert await r.command_list(pattern="hgetal*") == t(["hgetall"])
    assert t("get") in await r.command_list(category="read")
    assert await r.command_list(module="none") == []
    with pytest.raises(ResponseError):
        await r.command_getkeys("PING", "x")
    with pytest.raises(DataError, match="exclude each other"):
        r.command_list("m", "c")
    with pytest.raises(DataError, match="names must hold at least one"):
        r.command_info()


async def test_memory(r: Redis[Any], server: Server) -> None:
    assert await r.memory_usage("k") is None
    await r.set("k", "v" * 1000)
    assert 1000 < (await r.memory_usage("k", samples=0) or 0) < 3000
    stats = await r.memory_stats()
    assert stats["keys.count"] == 1
    assert isinstance(stats["fragmentation"], float)
    kind = type(await r.echo("x"))
    assert isinstance(await r.memory_doctor(), kind)
    assert isinstance(await r.memory_malloc_stats(), kind)
    assert await r.memory_purge() is True
    with pytest.raises(DataError, match="samples must be >= 0 elements, got -1"):
        r.memory_usage("k", -1)


async def test_slowlog(r: Redis[Any]) -> None:
    await r.config_set("slowlog-log-slower-than", 0)
    assert await r.slowlog_reset() is True
    await r.set("k", "a value")
    await r.set("k", "x" + "é" * 100)  # the server cuts it after 128 bytes, within a character
    assert await r.slowlog_len() >= 1
    cut, entry = (one for one in await r.slowlog_get() if one["command"].startswith(b"SET"))
    assert entry["command"] == b"SET k a value"
    assert cut["command"].startswith("SET k xéé".encode())
    assert b"more bytes" in cut["command"]
    assert entry["duration"] >= 0
    assert abs(entry["start_time"] - time.time()) < 60
    assert b"127.0.0.1:" in entry["client_address"]
    assert len(await r.slowlog_get(1)) == 1
    with pytest.raises(DataError, match="num must be >= -1 entries, got -2"):
        r.slowlog_get(-2)


@requires("COMMANDLOG")
async def test_commandlog(r: Redis[Any], t: Text) -> None:
    await r.config_set("commandlog-request-larger-than", 1000)
    assert await r.commandlog_reset("large-request") is True
    await r.set("k", "v" * 2000)
    assert await r.commandlog_len("large-request") == 1
    (entry,) = await r.commandlog_get(-1, "large-request")
    assert entry["size"] > 2000
    assert entry["command"].startswith(b"SET k v")
    assert all("duration" in entry for entry in await r.commandlog_get(1, "slow"))
    for call in (r.commandlog_len, r.commandlog_reset, lambda kind: r.commandlog_get(1, kind)):
        with pytest.raises(DataError, match="type must be one of slow, large-request, large-re"):
            cast("Any", call)("fast")
