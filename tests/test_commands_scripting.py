"""The commands on scripts, on real servers, for clients of bytes and of str."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio
from command_client import Text, WordsOnly, check, requires

from redtrio import Redis
from redtrio.exceptions import (
    BusyScriptError,
    DataError,
    NoScriptError,
    NotBusyError,
    ResponseError,
)

BOTH = "return {KEYS, ARGV}"
READ = "return redis.call('get', KEYS[1])"
WRITE = "return redis.call('set', KEYS[1], ARGV[1])"
UNKNOWN = "0" * 40

# --- running ---------------------------------------------------------------------------


async def test_eval_passes_keys_and_arguments(r: Redis[Any], t: Text) -> None:
    check(await r.eval(BOTH, 2, "k", b"l", "a", 1), t([["k", "l"], ["a", "1"]]))
    check(await r.eval(BOTH, 0, "a"), t([[], ["a"]]))
    check(await r.eval(b"return 'plain'", 0), t("plain"))
    await r.eval(WRITE, 1, "k", "v")
    check(await r.get("k"), t("v"))


@pytest.mark.parametrize(
    ("script", "result"),
    [
        ("return 1.9", 1),
        ("return {1, 'a', nil, 'b'}", [1, "a"]),
        ("return {true, false}", [1, None]),
        ("redis.setresp(3) return {true, false}", [True, False]),
        ("return nil", None),
        ("return {double=1.5}", 1.5),
        ("return {map={a='b'}}", {"a": "b"}),
        ("return {set={a=true}}", {"a"}),
        ("return redis.status_reply('fine')", "fine"),
        ("redis.call('hset', 'h', 'f', 'v') return redis.call('hgetall', 'h')", ["f", "v"]),
    ],
)
async def test_result_is_the_reply(r: Redis[Any], t: Text, script: str, result: Any) -> None:
    check(await r.eval(script, 0), t(result))


async def test_error_is_raised_and_within_a_list_a_value(r: Redis[Any]) -> None:
    with pytest.raises(ResponseError, match="MINE is wrong"):
        await r.eval("return redis.error_reply('MINE is wrong')", 0)
    with pytest.raises(ResponseError, match="compiling"):
        await r.eval("return ]", 0)
    number, error = await r.eval("return {1, redis.error_reply('MINE is wrong')}", 0)
    assert number == 1
    assert isinstance(error, ResponseError)


@requires("EVAL_RO")
async def test_eval_ro_reads_and_does_not_write(r: Redis[Any], t: Text) -> None:
    await r.set("k", "v")
    check(await r.eval_ro(READ, 1, "k"), t("v"))
    check(await r.eval_ro("return ARGV", 0, "a", 2.5), t(["a", "2.5"]))
    with pytest.raises(ResponseError, match="Write commands are not allowed"):
        await r.eval_ro(WRITE, 1, "k", "w")
    check(await r.get("k"), t("v"))


async def test_evalsha_runs_what_was_loaded(r: Redis[Any], t: Text) -> None:
    sha = await r.script_load(BOTH)
    check(await r.evalsha(sha, 1, "k", "a"), t([["k"], ["a"]]))
    check(await r.evalsha(sha.upper().encode(), 0), [[], []])
    with pytest.raises(NoScriptError):
        await r.evalsha(UNKNOWN, 0)


@requires("EVALSHA_RO")
async def test_evalsha_ro_reads_and_does_not_write(r: Redis[Any], t: Text) -> None:
    await r.set("k", "v")
    check(await r.evalsha_ro(await r.script_load(READ), 1, "k"), t("v"))
    with pytest.raises(ResponseError, match="Write commands are not allowed"):
        await r.evalsha_ro(await r.script_load(WRITE), 1, "k", "w")
    with pytest.raises(NoScriptError):
        await r.evalsha_ro(UNKNOWN, 0)


async def test_scripts_in_a_pipeline(r: Redis[Any], t: Text) -> None:
    pipe = r.pipeline()
    pipe.eval(WRITE, 1, "k", "v")
    pipe.eval(READ, 1, "k")
    sha = pipe.script_load(READ)
    check(await pipe.execute(), [*t(["OK", "v"]), await sha])
    check(await r.script_exists(await sha), [True])


# --- the cache -------------------------------------------------------------------------


async def test_script_load_gives_the_hash_as_str(r: Redis[Any]) -> None:
    check(await r.script_load("return 1"), "e0e1f9fabfc9d4800c877a703b823ac0578ff8db")
    check(await r.script_load(b"return 1"), "e0e1f9fabfc9d4800c877a703b823ac0578ff8db")
    with pytest.raises(ResponseError, match="compiling"):
        await r.script_load("return ]")


async def test_script_exists_and_flush(r: Redis[Any]) -> None:
    sha = await r.script_load(BOTH)
    check(await r.script_exists(sha, UNKNOWN, sha.encode()), [True, False, True])
    check(await r.script_flush(), True)
    check(await r.script_exists(sha), [False])


@pytest.mark.parametrize("mode", ["SYNC", "ASYNC", "async"])
async def test_script_flush_at_once_and_later(r: Redis[Any], mode: Any) -> None:
    sha = await r.script_load(BOTH)
    check(await r.script_flush(mode), True)
    check(await r.script_flush(sync_type=mode), True)
    check(await r.script_exists(sha), [False])


@requires("SCRIPT SHOW")
async def test_script_show(r: Redis[Any], t: Text) -> None:
    check(await r.script_show(await r.script_load(BOTH)), t(BOTH))
    with pytest.raises(NoScriptError):
        await r.script_show(UNKNOWN)


# --- ending one that runs --------------------------------------------------------------


async def once_it_runs(kill: Callable[[], Awaitable[bool]]) -> bool:
    while True:
        try:
            return await kill()
        except NotBusyError:
            await trio.sleep(0.01)


async def test_script_kill_on_a_connection_of_its_own(r: Redis[Any]) -> None:
    await r.config_set("busy-reply-threshold", 50)
    with pytest.raises(NotBusyError):
        await r.script_kill()

    async def run() -> None:
        with pytest.raises(ResponseError, match="killed by user"):
            await r.eval("while true do end", 0)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(run)
        async with r.exclusive() as own:
            check(await once_it_runs(own.script_kill), True)
    check(await r.eval("return 1", 0), 1)


async def test_commands_are_refused_while_a_script_runs(r: Redis[Any]) -> None:
    await r.config_set("busy-reply-threshold", 50)

    async def run() -> None:
        with pytest.raises(ResponseError, match="killed by user"):
            await r.eval("while true do end", 0)

    async with trio.open_nursery() as nursery, r.exclusive() as own:
        nursery.start_soon(run)
        with pytest.raises(BusyScriptError):
            while True:
                await own.eval("return 1", 0)
        await own.script_kill()


# --- what is sent, and what is refused before anything is ------------------------------


def test_words() -> None:
    made: Any = WordsOnly()
    assert made.eval("s", 1, "k", "a").words == (b"EVAL", "s", 1, "k", "a")
    assert made.evalsha_ro("h", 0).words == (b"EVALSHA_RO", "h", 0)
    assert made.script_flush().words == (b"SCRIPT", b"FLUSH")
    assert made.script_flush("async").words == (b"SCRIPT", b"FLUSH", "ASYNC")


def test_only_what_changes_nothing_may_be_sent_again() -> None:
    made: Any = WordsOnly()
    assert made.eval_ro("s", 0).spec.readonly
    assert made.evalsha_ro("h", 0).spec.readonly
    assert not made.eval("s", 0).spec.readonly
    assert not made.evalsha("h", 0).spec.readonly


@pytest.mark.parametrize("method", ["eval", "eval_ro", "evalsha", "evalsha_ro"])
def test_number_of_keys_that_cannot_be_is_refused(offline: Redis[Any], method: str) -> None:
    call = getattr(offline, method)
    with pytest.raises(DataError, match=r"numkeys must be at most .* keys_and_args, 1, got 2"):
        call("s", 2, "k")
    with pytest.raises(DataError, match=r"numkeys must be at most .*, 0, got 1"):
        call("s", 1)
    with pytest.raises(DataError, match="numkeys must be >= 0 keys, got -1"):
        call("s", -1)
    for no_number in ("one", 1.0, True, None):
        with pytest.raises(DataError, match="numkeys must be a whole number of keys"):
            call("s", no_number, "k")


def test_wrong_arguments_are_refused_by_name(offline: Redis[Any]) -> None:
    anything: Any = offline
    with pytest.raises(DataError, match="args must hold at least one"):
        anything.script_exists()
    with pytest.raises(DataError, match="sync_type must be SYNC or ASYNC, got 'LATER'"):
        anything.script_flush("LATER")
    with pytest.raises(DataError, match="sync_type must be SYNC or ASYNC, got True"):
        anything.script_flush(True)
