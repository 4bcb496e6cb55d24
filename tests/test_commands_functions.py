"""The commands on functions, on real servers, for clients of bytes and of str."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from command_client import Text, WordsOnly, check, requires

from redtrio import ExclusiveRedis, Redis
from redtrio.commands.functions import RunningFunction
from redtrio.exceptions import BusyScriptError, DataError, NotBusyError, ResponseError

LIBRARY = """#!lua name=mylib
redis.register_function('both', function(keys, args) return {keys, args} end)
redis.register_function{
    function_name='read',
    callback=function(keys) return redis.call('get', keys[1]) end,
    description='reads',
    flags={'no-writes'},
}
"""
SPIN = "#!lua name=spinlib\nredis.register_function('spin', function() while true do end end)\n"


@pytest.fixture
async def loaded(r: Redis[Any]) -> Redis[Any]:
    """Give a client of a server that has ``LIBRARY`` and nothing else."""
    await r.function_load(LIBRARY)
    return r


with_functions = requires("FUNCTION LOAD")

# --- calling ---------------------------------------------------------------------------


@with_functions
async def test_fcall_passes_keys_and_arguments(loaded: Redis[Any], t: Text) -> None:
    check(await loaded.fcall("both", 1, "k", "a", 2), t([["k"], ["a", "2"]]))
    check(await loaded.fcall(b"both", 0), [[], []])
    with pytest.raises(ResponseError, match="Function not found"):
        await loaded.fcall("nobody", 0)


@with_functions
async def test_fcall_ro_wants_a_function_that_does_not_write(loaded: Redis[Any], t: Text) -> None:
    await loaded.set("k", "v")
    check(await loaded.fcall_ro("read", 1, "k"), t("v"))
    check(await loaded.fcall_ro("read", 1, "missing"), None)
    with pytest.raises(ResponseError, match="write flag"):
        await loaded.fcall_ro("both", 0)


# --- libraries -------------------------------------------------------------------------


@with_functions
async def test_function_load_gives_the_name(loaded: Redis[Any], t: Text) -> None:
    check(await loaded.function_load(SPIN.encode()), t("spinlib"))
    with pytest.raises(ResponseError, match="already exists"):
        await loaded.function_load(LIBRARY)
    check(await loaded.function_load(LIBRARY, replace=True), t("mylib"))


@with_functions
async def test_function_delete(loaded: Redis[Any]) -> None:
    check(await loaded.function_delete("mylib"), True)
    check(await loaded.function_list(), [])
    with pytest.raises(ResponseError, match="not found"):
        await loaded.function_delete("mylib")


@with_functions
async def test_function_list_is_str_in_either_mode(loaded: Redis[Any]) -> None:
    (library,) = await loaded.function_list()
    library["functions"].sort(key=lambda one: one["name"])
    both = {"name": "both", "description": None, "flags": set[str]()}
    read = {"name": "read", "description": "reads", "flags": {"no-writes"}}
    expected = {"library_name": "mylib", "engine": "LUA", "functions": [both, read]}
    check(library, expected)


@with_functions
async def test_function_list_of_some_and_with_code(loaded: Redis[Any]) -> None:
    await loaded.function_load(SPIN)
    names = sorted(one["library_name"] for one in await loaded.function_list(library=None))
    check(names, ["mylib", "spinlib"])
    check(await loaded.function_list("nobody*"), [])
    (library,) = await loaded.function_list(b"my*", withcode=True)
    check(library["library_name"], "mylib")
    check(library["library_code"], LIBRARY)


@with_functions
@pytest.mark.parametrize("mode", ["SYNC", "ASYNC", "sync", None])
async def test_function_flush(loaded: Redis[Any], mode: Any) -> None:
    check(await loaded.function_flush(mode), True)
    check(await loaded.function_list(), [])


@with_functions
async def test_function_dump_and_restore(loaded: Redis[Any]) -> None:
    payload = await loaded.function_dump()
    assert type(payload) is bytes
    with pytest.raises(ResponseError, match="already exists"):
        await loaded.function_restore(payload)
    check(await loaded.function_restore(payload, "REPLACE"), True)
    await loaded.function_delete("mylib")
    check(await loaded.function_restore(payload, None), True)
    await loaded.function_load(SPIN)
    check(await loaded.function_restore(payload, policy="flush"), True)
    check([one["library_name"] for one in await loaded.function_list()], ["mylib"])
    with pytest.raises(ResponseError, match="payload"):
        await loaded.function_restore(payload[:-1])


# --- one that runs ---------------------------------------------------------------------


@with_functions
async def test_function_stats_of_an_idle_server(loaded: Redis[Any]) -> None:
    engines = {"LUA": {"libraries_count": 1, "functions_count": 2}}
    check(await loaded.function_stats(), {"running_script": None, "engines": engines})


async def once_it_runs(own: ExclusiveRedis[Any]) -> RunningFunction:
    while True:
        running = (await own.function_stats())["running_script"]
        if running is not None:
            return running
        await trio.sleep(0.01)


@with_functions
async def test_function_stats_and_kill_on_a_connection_of_their_own(loaded: Redis[Any]) -> None:
    await loaded.config_set("busy-reply-threshold", 50)
    await loaded.function_load(SPIN)
    with pytest.raises(NotBusyError):
        await loaded.function_kill()

    async def run() -> None:
        with pytest.raises(ResponseError, match="killed by user"):
            await loaded.fcall("spin", 1, "k", b"\xff")

    async with trio.open_nursery() as nursery, loaded.exclusive() as own:
        nursery.start_soon(run)
        running = await once_it_runs(own)
        check(running["name"], "spin")
        check(running["command"], ["FCALL", "spin", "1", "k", "\\xff"])
        check(type(running["duration_ms"]), int)
        with pytest.raises(BusyScriptError):
            await own.script_kill()
        check(await own.function_kill(), True)
    check(await loaded.fcall("both", 0), [[], []])


# --- what is sent, and what is refused before anything is ------------------------------


def test_words() -> None:
    made: Any = WordsOnly()
    assert made.fcall("f", 1, "k", "a").words == (b"FCALL", "f", 1, "k", "a")
    assert made.function_flush().words == (b"FUNCTION", b"FLUSH", "SYNC")
    assert made.function_flush(None).words == (b"FUNCTION", b"FLUSH")
    assert made.function_list().words == (b"FUNCTION", b"LIST", b"LIBRARYNAME", "*")
    assert made.function_list(None, True).words == (b"FUNCTION", b"LIST", "WITHCODE")
    assert made.function_load("c", replace=True).words == (b"FUNCTION", b"LOAD", "REPLACE", "c")
    assert made.function_restore("p").words == (b"FUNCTION", b"RESTORE", "p", "APPEND")
    assert made.function_restore("p", None).words == (b"FUNCTION", b"RESTORE", "p")


def test_only_what_changes_nothing_may_be_sent_again() -> None:
    made: Any = WordsOnly()
    assert made.fcall_ro("f", 0).spec.readonly
    assert not made.fcall("f", 0).spec.readonly


@pytest.mark.parametrize("method", ["fcall", "fcall_ro"])
def test_number_of_keys_that_cannot_be_is_refused(offline: Redis[Any], method: str) -> None:
    call = getattr(offline, method)
    with pytest.raises(DataError, match=r"numkeys must be at most .* keys_and_args, 1, got 2"):
        call("f", 2, "k")
    with pytest.raises(DataError, match="numkeys must be >= 0 keys, got -1"):
        call("f", -1, "k")
    with pytest.raises(DataError, match="numkeys must be a whole number of keys, got str"):
        call("f", "one", "k")


def test_wrong_arguments_are_refused_by_name(offline: Redis[Any]) -> None:
    anything: Any = offline
    with pytest.raises(DataError, match="mode must be SYNC or ASYNC, got 'LATER'"):
        anything.function_flush("LATER")
    with pytest.raises(DataError, match="policy must be FLUSH or APPEND or REPLACE, got 'KEEP'"):
        anything.function_restore("p", "KEEP")
