"""The commands on the connections of others, against real servers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest
import trio
from clients import wait_for_blocked
from command_client import WordsOnly, check, lacking
from servers import Server

from redtrio import Redis
from redtrio.exceptions import ConnectionError, DataError, ResponseError, UnblockedError


async def test_client_list(r: Redis[Any]) -> None:
    async with r.exclusive() as one, r.exclusive() as other:
        number, second = await one.client_id(), await other.client_id()
        own = await one.client_info()
        listed = {line["id"]: line for line in await one.client_list()}
        assert {str(number), str(second)} <= listed.keys()
        assert listed[str(number)]["addr"] == own["addr"]
        for ids in (second, str(second), [second], {str(second)}):
            assert [line["id"] for line in await one.client_list(client_id=ids)] == [str(second)]
        assert len(await one.client_list(client_id=[])) >= 2
        assert await one.client_list("PUBSUB") == []
        assert len(await one.client_list(_type="normal")) >= 2


@lacking("CLIENT LIST with several filters", "redis7", "redis8")
async def test_client_list_by_several_filters(r: Redis[Any]) -> None:
    async with r.exclusive() as one:
        number = await one.client_id()
        await one.client_setname("me")
        own: dict[str, Any] = {
            "_type": "normal",
            "client_id": [number, number + 1],
            "addr": (await one.client_info())["addr"],
            "laddr": (await one.client_info())["laddr"],
            "user": "default",
            "flags": "N",
            "name": "me",
            "lib_name": "redtrio",
            "db": 0,
            "ip": "127.0.0.1",
        }
        (line,) = await r.client_list(**own)
        check((line["id"], line["name"]), (str(number), "me"))
        for name, value in own.items():
            opposite = {"_type": "not_type", "client_id": "not_id"}.get(name, f"not_{name}")
            listed = await r.client_list(**cast("Any", {opposite: value}))
            assert str(number) not in {line["id"] for line in listed}
        nobody: Any
        for nobody in ({"maxage": 10**6}, {"idle": 10**6}, {"capa": "r"}, {"lib_ver": "none"}):
            assert await r.client_list(**nobody) == []
        assert len(await one.client_list(not_lib_ver="none", not_capa="r")) >= 1
        assert str(number) not in {line["id"] for line in await one.client_list(skipme=True)}
        assert str(number) in {line["id"] for line in await one.client_list(skipme=False)}


def test_client_list_refuses_wrong_filters(offline: Redis[Any]) -> None:
    call: Any = offline.client_list
    with pytest.raises(DataError, match="_type must be one of normal, master, "):
        call("other")
    with pytest.raises(DataError, match="not_type must be one of normal, master, "):
        call(not_type="other")
    with pytest.raises(DataError, match="not_id must hold at least one, got none"):
        call(not_id=[])
    with pytest.raises(DataError, match="idle must be > 0 seconds, got 0"):
        call(idle=0)
    with pytest.raises(DataError, match="not_db must be >= 0 databases, got -1"):
        call(not_db=-1)
    with pytest.raises(DataError, match="the filter must be one of flags, name, idle"):
        call(colour="red")


def test_lines_of_connections_may_hold_spaces() -> None:
    # Where a server listens on a Unix socket of such a name.
    words: Any = WordsOnly()
    line = b"id=3 addr=/tmp/a b.sock:0 name= age=1 cmd=client|list\n"
    assert words.client_list().parse(line) == [
        {"id": "3", "addr": "/tmp/a b.sock:0", "name": "", "age": "1", "cmd": "client|list"}
    ]
    own = words.client_info().parse(b"id=3 laddr=/tmp/a  b:0 age=1\n")
    assert own == {"id": 3, "laddr": "/tmp/a  b:0", "age": 1}


async def test_client_kill(r: Redis[Any]) -> None:
    async with r.exclusive() as one, r.exclusive() as other, r.exclusive() as third:
        number = await other.client_id()
        assert await one.client_kill_filter(_id=number) == 1
        assert await one.client_kill_filter(_id=number) == 0
        with pytest.raises(ConnectionError):
            await other.ping()
        address = (await third.client_info())["addr"]
        assert await one.client_kill(address) is True
        with pytest.raises(ResponseError, match="No such client"):
            await one.client_kill(address)
        mine = (await one.client_info())["addr"]
        assert await one.client_kill_filter(addr=mine, skipme=True, _type="normal") == 0
        assert await one.client_kill_filter(user="default", laddr="127.0.0.1:1") == 0
        assert await one.client_kill_filter(addr=mine, skipme=False) == 1


async def test_client_kill_takes_an_id_as_client_list_gives_it(r: Redis[Any]) -> None:
    async with r.exclusive() as one, r.exclusive() as other:
        (line,) = await one.client_list(client_id=await other.client_id())
        check(await one.client_kill_filter(line["id"]), 1)


@lacking("CLIENT KILL with several ids", "redis7", "redis8")
async def test_client_kill_by_several_ids_and_filters(r: Redis[Any]) -> None:
    async with r.exclusive() as one, r.exclusive() as other, r.exclusive() as third:
        await one.client_setname("stays")
        ids = [await other.client_id(), await third.client_id()]
        assert await one.client_kill_filter(ids, name="none") == 0
        assert await one.client_kill_filter(ids, not_name="stays", lib_name="redtrio") == 2
        assert await one.client_kill_filter(name="stays", skipme=False) == 1


@lacking("CLIENT KILL MAXAGE", "redis7")
async def test_client_kill_by_age(r: Redis[Any]) -> None:
    assert await r.client_kill_filter(maxage=1_000_000) == 0


def test_client_kill_refuses_wrong_filters(offline: Redis[Any]) -> None:
    with pytest.raises(DataError, match="the filter must hold at least one, got none"):
        offline.client_kill_filter()
    with pytest.raises(DataError, match="_type must be one of normal"):
        offline.client_kill_filter(_type="x")
    with pytest.raises(DataError, match="maxage must be > 0 seconds, got 0"):
        offline.client_kill_filter(maxage=0)
    # Any text is true, "no" as well.
    with pytest.raises(DataError, match="skipme must be bool, got 'no'"):
        cast("Any", offline).client_kill_filter(skipme="no")
    # No id is no filter, and would close all connections of that type.
    with pytest.raises(DataError, match="_id must hold at least one, got none"):
        offline.client_kill_filter([], "normal")
    with pytest.raises(DataError, match="the filter must be one of flags, name, idle"):
        cast("Any", offline).client_kill_filter(colour="red")


async def test_client_pause_and_unpause(r: Redis[Any]) -> None:
    assert await r.client_pause(60_000, all=False) is True
    assert await r.get("k") is None
    assert await r.client_unpause() is True
    assert await r.client_pause(timedelta(milliseconds=1)) is True
    assert await r.client_pause(0) is True
    with pytest.raises(DataError, match="timeout must be >= 0 milliseconds, got -1"):
        r.client_pause(-1)


async def test_client_unblock(r: Redis[Any], server: Server) -> None:
    async with r.exclusive() as blocked:
        number = await blocked.client_id()
        assert await r.client_unblock(number) is False
        ended: list[object] = []

        async def wait() -> None:
            try:
                ended.append(await r.blpop("nothing", 0))
            except UnblockedError as error:
                ended.append(error.code)

        for error in (False, True):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(wait)
                await wait_for_blocked(server, 1)
                waiting = next(line for line in await r.client_list() if "b" in line["flags"])
                assert await r.client_unblock(int(waiting["id"]), error=error) is True
        assert ended == [None, "UNBLOCKED"]
