"""The commands on what the server keeps on disk, and on its end, against real servers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
import trio
from clients import wait_until
from command_client import WordsOnly, lacking
from servers import KINDS, Server, ServerMissing, open_server

from redtrio import Redis, Retry
from redtrio.exceptions import ConnectionError, DataError, ExecAbortError, ResponseError


@pytest.fixture(params=KINDS)
def own_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Give a server of the test's own, which it may end."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(open_server(request.param))
        except ServerMissing as missing:
            pytest.skip(str(missing))
        yield server


async def wait_while(r: Redis[Any], field: str) -> None:
    async def is_over() -> bool:
        return not (await r.info("persistence"))[field]

    await wait_until(is_over)


async def test_saving(r: Redis[Any]) -> None:
    assert await r.save() is True
    assert await r.bgsave() is True
    await wait_while(r, "rdb_bgsave_in_progress")
    assert await r.bgsave(schedule=False) is True
    await wait_while(r, "rdb_bgsave_in_progress")
    assert await r.bgrewriteaof() is True
    await wait_while(r, "aof_rewrite_in_progress")
    when = await r.lastsave()
    assert type(when) is datetime
    assert abs(when - datetime.now()) < timedelta(days=1)


@lacking("BGSAVE CANCEL", "redis7", "redis8")
async def test_bgsave_is_cancelled(r: Redis[Any]) -> None:
    await wait_while(r, "rdb_bgsave_in_progress")
    with pytest.raises(ResponseError, match="not in progress"):
        await r.bgsave(cancel=True)
    await r.config_set("rdb-key-save-delay", 1_000_000)
    await r.mset({"a": 1, "b": 2})
    assert await r.bgsave() is True
    assert await r.bgsave(cancel=True) is True
    await wait_while(r, "rdb_bgsave_in_progress")


async def wait_for_end(server: Server) -> None:
    async def is_over() -> bool:
        return not server.running

    # The connection ends a moment before the process.
    await wait_until(is_over)


@pytest.mark.parametrize("decode_responses", [False, True])
async def test_shutdown_returns_as_the_server_ends(
    own_server: Server, decode_responses: bool
) -> None:
    dump = own_server.directory / "dump.rdb"
    client = Redis(own_server.host, own_server.port)
    async with client.with_options(decode_responses=decode_responses) as r:
        await r.set("k", "v")
        # It gives nothing, which type checkers would not have looked at.
        given = await cast("Any", r).shutdown(nosave=True, now=True, force=True)
        assert given is None
    await wait_for_end(own_server)
    assert not dump.exists()


async def test_shutdown_of_an_exclusive_connection_saves(own_server: Server) -> None:
    async with Redis(own_server.host, own_server.port) as r, r.exclusive() as one:
        await one.set("k", "v")
        await one.shutdown(save=True)
    await wait_for_end(own_server)
    assert (own_server.directory / "dump.rdb").exists()


async def test_shutdown_starts_as_a_task(own_server: Server) -> None:
    async with Redis(own_server.host, own_server.port) as r, trio.open_nursery() as nursery:
        nursery.start_soon(r.shutdown)
    await wait_for_end(own_server)


async def test_shutdown_of_a_server_that_is_not_there_fails(own_server: Server) -> None:
    own_server.kill()
    r = Redis(own_server.host, own_server.port, retry=Retry(retries=0))
    with pytest.raises(ConnectionError) as caught:
        await r.shutdown()
    assert not caught.value.maybe_executed
    await r.aclose()


async def test_shutdown_in_a_pipeline_ends_the_pipeline(own_server: Server) -> None:
    async with Redis(own_server.host, own_server.port) as r:
        pipe = r.pipeline()
        pipe.shutdown()
        with pytest.raises(ExecAbortError, match="SHUTDOWN"):
            await pipe.execute()
        pipe = r.pipeline(transaction=False)
        pipe.shutdown(nosave=True)
        with pytest.raises(ConnectionError) as caught:
            await pipe.execute()
        assert caught.value.maybe_executed
    await wait_for_end(own_server)


async def test_shutdown_that_waits_for_a_replica_is_called_off(own_server: Server) -> None:
    options = ("--replicaof", f"{own_server.host} {own_server.port}")
    async with Redis(own_server.host, own_server.port) as r:
        await r.config_set("repl-diskless-sync-delay", 0, "shutdown-timeout", 60)
        with open_server(own_server.kind, *options) as replica:
            await wait_until(lambda: is_followed(r))
            replica.pause()
            await r.set("k", "v")
            failures: list[str] = []

            async def shut_down() -> None:
                try:
                    await r.shutdown()
                except ResponseError as error:
                    failures.append(str(error))

            async with trio.open_nursery() as nursery:
                nursery.start_soon(shut_down)
                await wait_until(lambda: is_shutting_down(r))
                # Others' calls do not stand behind it.
                assert await r.get("k") == b"v"
                await r.shutdown(abort=True)
            assert failures == ["ERR Errors trying to SHUTDOWN. Check logs."]
        assert await r.ping() is True


async def is_followed(r: Redis[Any]) -> bool:
    return "online" in str((await r.info("replication")).get("slave0"))


async def is_shutting_down(r: Redis[Any]) -> bool:
    return "shutdown" in {line["cmd"] for line in await r.client_list()}


async def test_shutdown_abort_without_a_shutdown(r: Redis[Any]) -> None:
    with pytest.raises(ResponseError, match="No shutdown in progress"):
        await r.shutdown(abort=True)


def test_shutdown_words() -> None:
    # Of a cluster, of which SAFE and FAILOVER speak, nothing is here.
    words: Any = WordsOnly()
    assert words.shutdown().words == (b"SHUTDOWN",)
    assert words.shutdown(True).words == (b"SHUTDOWN", "SAVE")
    command = words.shutdown(nosave=True, now=True, force=True, safe=True, failover=True)
    assert command.words == (b"SHUTDOWN", "NOSAVE", "NOW", "FORCE", "SAFE", "FAILOVER")
    assert words.shutdown(abort=True).words == (b"SHUTDOWN", "ABORT")


def test_shutdown_refuses_what_excludes_each_other(offline: Redis[Any]) -> None:
    with pytest.raises(DataError, match="save and nosave exclude each other"):
        offline.shutdown(save=True, nosave=True)
    with pytest.raises(DataError, match="abort and now exclude each other"):
        offline.shutdown(abort=True, now=True)
    with pytest.raises(DataError, match="abort and safe exclude each other"):
        offline.shutdown(abort=True, safe=True)
