"""Pipelines and transactions, against real servers."""

from __future__ import annotations

import gc
import tracemalloc
from contextlib import aclosing
from typing import Any, cast

import pytest
import trio
from clients import connections_of, wait_for_blocked, wait_for_connections
from faultproxy import open_fault_proxy
from servers import Server

from redtrio import Pipeline, Redis
from redtrio.exceptions import (
    ConnectionError,
    DataError,
    ExecAbortError,
    NoPermissionError,
    ResponseError,
    WatchError,
    WrongTypeError,
)


def client_of(server: Server, **options: Any) -> Redis[bytes]:
    client: Redis[bytes] = Redis(server.host, server.port, **options)
    return client


@pytest.fixture(params=[True, False], ids=["transaction", "plain"])
def transaction(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


# --- results -------------------------------------------------------------------------------


async def test_results_come_in_order_and_to_their_handles(
    r: Redis[Any], t: Any, transaction: bool
) -> None:
    async with r.pipeline(transaction) as pipe:
        made = pipe.set("k", "v")
        got = pipe.get("k")
        number = pipe.incrby("n", 5)
        fields = pipe.hset("h", mapping={"a": 1})
        all_fields = pipe.hgetall("h")
        anything = pipe.call("ECHO", "x")
        dump = pipe.dump("k")
        assert len(pipe) == 7
        results = await pipe.execute()
        assert len(pipe) == 0
    assert results[:6] == [True, t("v"), 5, 1, t({"a": "1"}), t("x")]
    assert (await made, await got, await number) == (True, t("v"), 5)
    assert (await fields, await all_fields, await anything) == (1, t({"a": "1"}), t("x"))
    assert await got == t("v")  # more than once
    assert cast("Any", got).result == t("v")
    assert isinstance(await dump, bytes)


async def test_leaving_the_block_runs_the_pipeline(r: Redis[Any], transaction: bool) -> None:
    async with r.pipeline(transaction) as pipe:
        handle = pipe.incr("n")
    assert await handle == 1
    async with r.pipeline(transaction):
        pass
    assert await r.get("n") is not None


async def test_commands_can_be_chained(valkey: Server, transaction: bool) -> None:
    async with client_of(valkey) as r:
        pipe: Any = r.pipeline(transaction)
        assert await pipe.set("k", 1).incr("k").get("k").execute() == [True, 2, b"2"]
        handle = pipe.incr("k")
        assert await handle.incr("k").incr("k").execute() == [3, 4, 5]
        assert await handle == 3
        for name in ("nonsense", "_commands"):
            with pytest.raises(AttributeError, match=f"'Command' object has no attribute '{name}'"):
                getattr(pipe.get("k"), name)
        pipe.discard()


async def test_handle_has_no_result_before(valkey: Server) -> None:
    async with client_of(valkey) as r, r.pipeline() as pipe:
        handle: Any = pipe.incr("n")
        with pytest.raises(RuntimeError, match="INCR has no result yet"):
            await handle
        with pytest.raises(RuntimeError, match="INCR has no result yet"):
            _ = handle.result
        assert repr(handle) == "<Command INCR>"


async def test_pipeline_can_be_used_again(valkey: Server, transaction: bool) -> None:
    async with client_of(valkey) as r:
        pipe = r.pipeline(transaction)
        assert pipe
        for number in range(1, 4):
            pipe.incr("n")
            assert await pipe.execute() == [number]
        assert await pipe.execute() == []
        assert await pipe.execute() == []


async def test_first_error_is_raised_after_all_are_done(valkey: Server, transaction: bool) -> None:
    async with client_of(valkey) as r:
        await r.set("k", 1)
        pipe = r.pipeline(transaction)
        refused, after = pipe.lpush("k", 1), pipe.incr("k")
        pipe.call("NONSENSE2") if not transaction else pipe.hget("k", "f")
        with pytest.raises(WrongTypeError) as caught:
            await pipe.execute()
        assert caught.value.command == "LPUSH"
        assert await after == 2
        with pytest.raises(WrongTypeError):
            await refused
        assert await r.get("k") == b"2"


async def test_errors_can_stand_among_the_results(valkey: Server, transaction: bool) -> None:
    async with client_of(valkey) as r:
        await r.set("k", 1)
        pipe = r.pipeline(transaction)
        pipe.lpush("k", 1)
        pipe.incr("k")
        error, number = await pipe.execute(raise_on_error=False)
        assert isinstance(error, WrongTypeError)
        assert error.command == "LPUSH"
        assert number == 2


async def test_bytes_that_are_no_text_are_the_error_of_their_command(
    valkey: Server, transaction: bool
) -> None:
    async with Redis(valkey.host, valkey.port, decode_responses=True) as r:
        await r.set("bad", b"\xff")
        pipe = r.pipeline(transaction)
        bad, good = pipe.get("bad"), pipe.echo("good")
        results = await pipe.execute(raise_on_error=False)
        assert isinstance(results[0], UnicodeDecodeError)
        assert await good == "good"
        with pytest.raises(UnicodeDecodeError):
            await bad
        raw = r.with_options(decode_responses=False).pipeline(transaction)
        raw.get("bad")
        assert await raw.execute() == [b"\xff"]


async def test_pipeline_left_by_an_exception_sends_nothing(
    valkey: Server, transaction: bool
) -> None:
    class OwnError(Exception):
        pass

    async with client_of(valkey) as r:
        pipe = r.pipeline(transaction)
        handle = pipe.set("k", 1)
        with pytest.raises(OwnError):
            async with pipe:
                raise OwnError
        assert len(pipe) == 0
        with pytest.raises(RuntimeError, match="no result yet"):
            await handle
        with trio.CancelScope() as scope:
            async with r.pipeline(transaction) as pipe:
                pipe.set("k", 1)
                scope.cancel()
                await trio.lowlevel.checkpoint()
        assert await r.exists("k") == 0


async def test_what_cannot_be_sent_keeps_everything_back(valkey: Server, transaction: bool) -> None:
    none: Any = None
    async with client_of(valkey) as r:
        for beside in ("get", "blpop"):
            pipe = r.pipeline(transaction)
            handle = pipe.set("k", 1)
            getattr(pipe, beside)("nothing")
            pipe.set("k", none)
            with pytest.raises(DataError, match=r"argument 2 must be .* not NoneType"):
                await pipe.execute()
            with pytest.raises(DataError):
                await handle
            assert await r.exists("k") == 0
            assert await pipe.execute() == []
        with pytest.raises(DataError, match="at least its name"):
            r.pipeline().call()


@pytest.mark.parametrize(
    "queue",
    [
        lambda pipe: pipe.select(1),
        lambda pipe: pipe.quit(),
        lambda pipe: pipe.auth("p"),
        lambda pipe: pipe.client_tracking_on(),
        lambda pipe: pipe.call("MULTI"),
        lambda pipe: pipe.call("EXEC"),
        lambda pipe: pipe.execute_command("client", "setname", "x"),
    ],
)
async def test_commands_that_change_the_connection_are_refused(valkey: Server, queue: Any) -> None:
    async with client_of(valkey) as r, r.pipeline() as pipe:
        with pytest.raises(DataError, match=r"Redis\.exclusive\(\)"):
            queue(pipe)
        await pipe.watch("k")
        with pytest.raises(DataError, match=r"Redis\.exclusive\(\)"):
            queue(pipe)
        assert len(pipe) == 0


# --- where it goes ---------------------------------------------------------------------------


async def test_small_pipeline_shares_the_connection(valkey: Server, transaction: bool) -> None:
    async with client_of(valkey) as r:
        number = await r.client_id()
        for count, alone in ((1900, False), (2001, True)):
            pipe = r.pipeline(transaction)
            for _ in range(count):
                pipe.client_id()
            numbers = {*await pipe.execute()}
            assert len(numbers) == 1
            assert (numbers != {number}) is alone


async def test_blocking_commands_delay_nobody_else(valkey: Server) -> None:
    results: list[Any] = []

    async def run(pipe: Pipeline[bytes]) -> None:
        results.append(await pipe.execute())

    async with client_of(valkey) as r, trio.open_nursery() as nursery:
        pipe = r.pipeline(transaction=False)
        pipe.blpop("l")
        pipe.get("k")
        nursery.start_soon(run, pipe)
        await wait_for_blocked(valkey, 1)
        assert await r.ping()
        await r.rpush("l", "a")
    assert results == [[(b"l", b"a"), None]]


async def test_xread_in_a_pipeline_delays_nobody_else(valkey: Server) -> None:
    async with client_of(valkey) as r:
        await r.call("XADD", "s", "1-1", "f", "v")
        async with trio.open_nursery() as nursery:
            pipe = r.pipeline(transaction=False)
            handle = pipe.call("XREAD", "BLOCK", 0, "STREAMS", "s", "1-1")
            nursery.start_soon(pipe.execute)
            await wait_for_blocked(valkey, 1)
            assert await r.ping()
            await r.call("XADD", "s", "2-1", "f", "w")
        assert await handle == {b"s": [[b"2-1", [b"f", b"w"]]]}


async def test_blocking_commands_do_not_block_in_a_transaction(valkey: Server) -> None:
    async with client_of(valkey) as r, r.pipeline() as pipe:
        pipe.blpop("nothing")
        pipe.rpush("l", 1)
        pipe.blpop("l")
        assert await pipe.execute() == [None, 1, (b"l", b"1")]


# --- transactions ----------------------------------------------------------------------------


async def test_transaction_is_one(valkey: Server) -> None:
    async with client_of(valkey) as r:
        seen: set[bytes | None] = set()
        done = trio.Event()

        async def write() -> None:
            for _ in range(100):
                async with r.pipeline() as pipe:
                    pipe.set("k", "first")
                    pipe.set("k", "second")
            done.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(write)
            while not done.is_set():
                seen.add(await r.get("k"))
        assert seen <= {None, b"second"}


async def test_refused_command_is_named_and_nothing_is_done(server: Server) -> None:
    async with client_of(server) as r:
        pipe = r.pipeline()
        first = pipe.set("k", 1)
        pipe.call("GET")
        pipe.call("NONSENSE", "sesame")
        with pytest.raises(ExecAbortError) as caught:
            await pipe.execute()
        assert caught.value.command == "GET"
        assert "command 2 of 3 (GET) was refused" in str(caught.value)
        assert "sesame" not in str(caught.value)
        assert caught.value.code == "EXECABORT"
        assert isinstance(caught.value.__cause__, ResponseError)
        assert caught.value.__cause__.command == "GET"
        with pytest.raises(ExecAbortError):
            await first
        assert await r.exists("k") == 0
        pipe.set("k", 1)
        assert await pipe.execute() == [True]


async def test_transaction_of_a_user_who_may_have_none(valkey: Server) -> None:
    valkey.call("ACL", "SETUSER", "default", "-multi")
    async with client_of(valkey) as r:
        pipe = r.pipeline()
        pipe.get("k")
        with pytest.raises(NoPermissionError):
            await pipe.execute()
        await pipe.watch("k")
        pipe.multi()
        pipe.get("k")
        with pytest.raises(NoPermissionError):
            await pipe.execute()
        # Its keys are watched still, so it is not lent again.
        assert r.statistics().idle_connections == 0
        assert await r.ping()


async def test_large_transaction(valkey: Server) -> None:
    async with client_of(valkey) as r, r.pipeline() as pipe:
        for _ in range(20_000):
            pipe.incr("n")
        assert await pipe.execute() == list(range(1, 20_001))


# --- watching --------------------------------------------------------------------------------


async def test_watch_reads_at_once_then_queues(r: Redis[Any], t: Any) -> None:
    await r.set("k", 1)
    async with r.pipeline() as pipe:
        assert await pipe.watch("k", "other") is True
        value = int(await pipe.get("k") or 0)
        assert await pipe.call("ECHO", "x") == t("x")
        with pytest.raises(WrongTypeError) as wrong:
            await pipe.lpush("k", 1)
        assert wrong.value.command == "LPUSH"
        pipe.multi()
        pipe.set("k", value + 1)
        handle = pipe.get("k")
        assert len(pipe) == 2
        assert await pipe.execute() == [True, t("2")]
    assert await handle == t("2")


async def test_changed_key_fails_the_transaction(r: Redis[Any], t: Any) -> None:
    async with r.pipeline() as pipe:
        await pipe.watch("k")
        pipe.multi()
        handle = pipe.set("k", "mine")
        await r.set("k", "theirs")
        with pytest.raises(WatchError, match="nothing was carried out"):
            await pipe.execute()
        with pytest.raises(WatchError):
            await handle
        assert await r.get("k") == t("theirs")
        pipe.set("k", "later")
        assert await pipe.execute() == [True]


@pytest.mark.parametrize("transaction", [True, False])
async def test_multi_makes_a_transaction_of_any_pipeline(valkey: Server, transaction: bool) -> None:
    async with client_of(valkey) as r, r.pipeline(transaction) as pipe:
        await pipe.watch("k")
        pipe.multi()
        assert repr(pipe).endswith("transaction of 0>")
        pipe.set("k", "mine")
        await r.set("k", "theirs")
        with pytest.raises(WatchError):
            await pipe.execute()
        assert await r.get("k") == b"theirs"
        pipe.multi()
        pipe.call("GET")
        with pytest.raises(ExecAbortError):
            await pipe.execute()
        pipe.multi()
        pipe.get("k")
        assert await pipe.execute() == [b"theirs"]


async def test_multi_holds_for_one_run(valkey: Server) -> None:
    async with client_of(valkey) as r:
        pipe = r.pipeline(transaction=False)
        pipe.multi()
        pipe.get("k")
        assert await pipe.execute() == [None]
        pipe.call("GET")
        with pytest.raises(ResponseError) as caught:
            await pipe.execute()
        assert not isinstance(caught.value, ExecAbortError)


@pytest.mark.parametrize("multi", [True, False])
async def test_transaction_without_commands_tells_of_a_change(valkey: Server, multi: bool) -> None:
    async with client_of(valkey) as r, r.pipeline() as pipe:
        for changed in (False, True):
            await pipe.watch("k")
            if multi:
                pipe.multi()
            if not changed:
                assert await pipe.execute() == []
                continue
            await r.set("k", "theirs")
            with pytest.raises(WatchError):
                await pipe.execute()


async def test_pipeline_tells_whether_it_watches(valkey: Server) -> None:
    async with client_of(valkey) as r, r.pipeline() as pipe:
        seen = [pipe.watching]
        for end in (pipe.unwatch, pipe.execute, pipe.aclose, pipe.reset):
            await pipe.watch("k")
            seen.append(pipe.watching)
            await end()
            seen.append(pipe.watching)
        assert seen == [False, *[True, False] * 4]
        assert r.statistics().lent_connections == 0


async def test_closed_pipeline_forgets_and_can_be_used_again(valkey: Server) -> None:
    async with client_of(valkey) as r:
        async with aclosing(r.pipeline()) as pipe:
            pipe.set("k", 1)
        assert len(pipe) == 0
        assert await pipe.execute() == []
        pipe.set("k", 2)
        assert await pipe.reset() is True
        assert len(pipe) == 0
        assert await r.exists("k") == 0


async def test_unwatched_key_may_change(valkey: Server) -> None:
    async with client_of(valkey) as r, r.pipeline() as pipe:
        await pipe.watch("k")
        assert await pipe.unwatch() is True
        assert await pipe.unwatch() is True
        pipe.set("k", "mine")
        await r.set("k", "theirs")
        assert await pipe.execute() == [True]


async def test_watch_in_the_wrong_place_is_refused(valkey: Server) -> None:
    none: Any = None
    async with client_of(valkey) as r, r.pipeline() as pipe:
        for names, message in (((), "at least one key"), ((none,), "NoneType")):
            with pytest.raises(DataError, match=message):
                await pipe.watch(*names)
        assert r.statistics().lent_connections == 0
        pipe.get("k")
        with pytest.raises(DataError, match="watch must come before"):
            await pipe.watch("k")
        with pytest.raises(DataError, match="multi must come once, before"):
            pipe.multi()
        pipe.discard()
        assert len(pipe) == 0
        pipe.multi()
        with pytest.raises(DataError, match="watch must come before"):
            await pipe.watch("k")
        await pipe.reset()
        await pipe.watch("k")
        await pipe.watch("other")
        pipe.multi()
        with pytest.raises(DataError, match="multi must come once, before"):
            pipe.multi()
        pipe.get("k")
        assert await pipe.execute() == [None]


async def test_connection_is_not_lent_while_it_watches(valkey: Server) -> None:
    async with client_of(valkey) as r:
        async with r.exclusive() as own:
            idle = await own.client_id()
        async with r.pipeline() as pipe:
            await pipe.watch("k")
            assert await pipe.client_id() == idle
            async with r.exclusive() as own:
                assert await own.client_id() != idle
        # It was left watching, and is gone.
        async with r.exclusive() as one, r.exclusive() as other:
            assert idle not in (await one.client_id(), await other.client_id())
        async with r.pipeline() as pipe:
            await pipe.watch("k")
            number = await pipe.client_id()
            pipe.multi()
            pipe.get("k")
        # This one watches nothing any more.
        async with r.exclusive() as one, r.exclusive() as other:
            assert number in (await one.client_id(), await other.client_id())
        assert r.statistics().lent_connections == 0


@pytest.mark.parametrize("way", ["discard", "exception", "cancel"])
async def test_watching_connection_is_given_up_however_it_ends(valkey: Server, way: str) -> None:
    async with client_of(valkey) as r:
        with trio.CancelScope() as scope:
            try:
                async with r.pipeline() as pipe:
                    await pipe.watch("k")
                    if way == "discard":
                        pipe.discard()
                        assert r.statistics().lent_connections == 0
                    elif way == "exception":
                        raise LookupError
                    else:
                        scope.cancel()
                        await trio.lowlevel.checkpoint()
            except LookupError:
                assert way == "exception"
        assert r.statistics().lent_connections == 0
        assert r.statistics().idle_connections == 0
        await wait_for_connections(valkey, 1)


async def test_cancelled_watch_leaves_nothing_watched(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy, Redis("127.0.0.1", proxy.port) as r:
        async with r.exclusive() as own:
            await own.ping()
        pipe = r.pipeline()
        proxy.replies.stall()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(pipe.watch, "k")
            await proxy.replies.wait_for_held(1)
            nursery.cancel_scope.cancel()
        proxy.replies.release()
        pipe.discard()
        assert r.statistics().lent_connections == 0
        assert r.statistics().idle_connections == 0


async def test_blocking_commands_while_watching_lose_nothing(valkey: Server) -> None:
    async with client_of(valkey) as r, r.pipeline() as pipe:
        await pipe.watch("k")
        with trio.move_on_after(0.05):
            await pipe.blpop("l")
        await r.rpush("l", 1)
        assert await pipe.blpop("l") == (b"l", b"1")


# --- r.transaction ---------------------------------------------------------------------------


async def test_transaction_tries_until_nothing_changes_meanwhile(r: Redis[Any], t: Any) -> None:
    tries: list[int] = []

    async def add(pipe: Pipeline[Any]) -> str:
        value = int(await pipe.get("k") or 0)
        tries.append(value)
        if len(tries) < 3:
            await r.incr("k", 10)
        pipe.multi()
        pipe.set("k", value + 1)
        pipe.get("k")
        return "done"

    assert await r.transaction(add, "k") == [True, t("21")]
    assert tries == [0, 10, 20]
    assert await r.transaction(add, "k", value_from_callable=True) == "done"


async def test_transaction_with_a_plain_function(valkey: Server) -> None:
    def queue(pipe: Pipeline[bytes]) -> int:
        pipe.multi()
        pipe.incr("k")
        return 7

    async with client_of(valkey) as r:
        assert await r.transaction(queue, "k") == [1]
        assert await r.transaction(queue, "k", value_from_callable=True) == 7
        assert await r.transaction(lambda pipe: pipe.incr("k")) == [3]
        assert await r.transaction(lambda pipe: None) == []


async def test_transaction_that_only_reads_is_tried_until_nothing_changes(valkey: Server) -> None:
    seen: list[bytes | None] = []

    async with client_of(valkey) as r:

        async def read(pipe: Pipeline[bytes]) -> None:
            seen.append(await pipe.get("k"))
            if len(seen) == 1:
                await r.set("k", "later")

        assert await r.transaction(read, "k") == []
    assert seen == [None, b"later"]


async def test_transaction_waits_before_each_further_try(
    valkey: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(trio, "sleep", wait)
    async with client_of(valkey) as r:

        async def lose(pipe: Pipeline[bytes]) -> None:
            await pipe.get("k")
            await r.incr("k")

        with pytest.raises(WatchError):
            await r.transaction(lose, "k", retries=2, watch_delay=0.01)
        assert waits == [0.01, 0.01]
        with pytest.raises(ValueError, match="watch_delay must be >= 0 seconds, got -1"):
            await r.transaction(lose, "k", watch_delay=-1)


async def test_transaction_is_tried_again_where_its_function_executes(valkey: Server) -> None:
    tries = 0

    async with client_of(valkey) as r:

        async def add(pipe: Pipeline[bytes]) -> list[Any]:
            nonlocal tries
            tries += 1
            if tries == 1:
                await r.incr("k")
            pipe.multi()
            pipe.incr("k")
            return await pipe.execute()

        assert await r.transaction(add, "k", value_from_callable=True) == [2]
        assert tries == 2


async def test_transaction_gives_up_after_its_retries(valkey: Server) -> None:
    tries = 0

    async with client_of(valkey) as r:

        async def lose(pipe: Pipeline[bytes]) -> None:
            nonlocal tries
            tries += 1
            await r.incr("k")
            pipe.multi()
            pipe.set("k", 0)

        for retries in (0, 2):
            tries = 0
            with pytest.raises(WatchError, match=f"changed in each of {retries + 1} tries"):
                await r.transaction(lose, "k", retries=retries)
            assert tries == retries + 1
        with pytest.raises(ValueError, match="retries must be >= 0, got -1"):
            await r.transaction(lose, "k", retries=-1)
        assert await r.get("k") == b"4"
        assert r.statistics().lent_connections == 0


async def test_transactions_of_many_tasks_lose_no_update(valkey: Server) -> None:
    async def add(pipe: Pipeline[bytes]) -> None:
        value = int(await pipe.get("k") or 0)
        pipe.multi()
        pipe.set("k", value + 1)

    async def work(r: Redis[bytes]) -> None:
        for _ in range(10):
            await r.transaction(add, "k", retries=1000)

    async with client_of(valkey) as r:
        async with trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(work, r)
        assert await r.get("k") == b"100"


async def test_exception_of_the_function_leaves_transaction_as_it_is(valkey: Server) -> None:
    async def fail(pipe: Pipeline[bytes]) -> None:
        raise LookupError("mine")

    async with client_of(valkey) as r:
        with pytest.raises(LookupError, match="mine"):
            await r.transaction(fail, "k")
        assert r.statistics().lent_connections == 0


# --- on an exclusive connection ----------------------------------------------------------------


async def test_pipelines_of_an_exclusive_block_keep_to_its_connection(
    valkey: Server, transaction: bool
) -> None:
    async with client_of(valkey) as r, r.exclusive() as own:
        number = await own.client_id()
        await own.select(2)
        async with own.pipeline(transaction) as pipe:
            pipe.client_id()
            pipe.set("k", 1)
            assert await pipe.execute() == [number, True]
            await pipe.watch("k")
            assert await pipe.client_id() == number
            pipe.multi()
            pipe.get("k")
        assert await own.get("k") == b"1"
        assert await own.client_id() == number
    assert valkey.call("EXISTS", "k") == 0


async def test_what_a_pipeline_watched_does_not_outlive_it_in_the_block(valkey: Server) -> None:
    async with client_of(valkey) as r, r.exclusive() as own:
        with pytest.raises(LookupError):
            async with own.pipeline() as pipe:
                await pipe.watch("k")
                raise LookupError
        await r.set("k", 1)
        async with own.pipeline() as pipe:
            pipe.get("k")
            assert await pipe.execute() == [b"1"]


async def test_closed_pipeline_watches_nothing_on_a_connection_of_the_block(valkey: Server) -> None:
    async with client_of(valkey) as r, r.exclusive() as own:
        pipe = own.pipeline()
        await pipe.watch("k")
        await pipe.aclose()
        pipe.get("k")
        await r.set("k", "theirs")
        assert await pipe.execute() == [b"theirs"]


async def test_exclusive_connection_left_watching_is_not_lent(valkey: Server) -> None:
    async with client_of(valkey) as r:
        async with r.exclusive() as own:
            number = await own.client_id()
            pipe = own.pipeline()
            await pipe.watch("k")
            pipe.discard()
        async with r.exclusive() as own:
            assert await own.client_id() != number


async def test_exclusive_connection_watched_and_never_discarded_is_not_lent(
    valkey: Server,
) -> None:
    async with client_of(valkey) as r:
        async with r.exclusive() as own:
            number = await own.client_id()
            await own.pipeline().watch("k")
        async with r.exclusive() as own:
            assert await own.client_id() != number


# --- faults ----------------------------------------------------------------------------------


async def test_enormous_pipeline_passes_a_server_that_stalls(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy, Redis("127.0.0.1", proxy.port) as r:
        async with r.exclusive() as own:
            assert await own.ping()  # connected before anything stalls
        pipe = r.pipeline(transaction=False)
        for number in range(200_000):
            pipe.echo(number)
        results: list[Any] = []

        async def run() -> None:
            results.extend(await pipe.execute())

        async with trio.open_nursery() as nursery:
            proxy.requests.stall(65536)
            nursery.start_soon(run)
            await proxy.requests.wait_for_held(65536)
            proxy.replies.stall(65536)
            proxy.requests.release()
            await proxy.replies.wait_for_held(65536)
            with trio.fail_after(5):  # it has a connection of its own
                proxy.replies.release()
                assert await r.ping()
        assert results == [b"%d" % number for number in range(200_000)]


async def test_enormous_pipeline_needs_bounded_memory(valkey: Server) -> None:
    count = 50_000
    async with client_of(valkey) as r:
        await r.ping()
        gc.collect()
        tracemalloc.start()
        try:
            pipe = r.pipeline(transaction=False)
            for _ in range(count):
                pipe.set("k", "v" * 20)
            queued, _ = tracemalloc.get_traced_memory()
            await pipe.execute()
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    # The bytes of the commands (50 each), replies and results, each in a few copies.
    assert peak - queued < count * 1000


async def test_cancelled_pipeline_harms_nobody(valkey: Server, transaction: bool) -> None:
    async with open_fault_proxy(valkey.port) as proxy, Redis("127.0.0.1", proxy.port) as r:
        number = await r.client_id()
        for count in (10, 5000):
            proxy.replies.stall()
            pipe = r.pipeline(transaction)
            for one in range(count):
                pipe.echo(one)
            held = proxy.replies.seen
            with trio.CancelScope() as scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(pipe.execute)
                    await proxy.replies.wait_for_bytes(held + 1)
                    scope.cancel()
            proxy.replies.release()
            assert await r.echo("mine") == b"mine"
            pipe.echo("again")
            assert await pipe.execute() == [b"again"]
        assert await r.client_id() == number


async def test_broken_connection_is_the_error_of_every_handle(
    own_valkey: Server, transaction: bool
) -> None:
    async with open_fault_proxy(own_valkey.port) as proxy, Redis("127.0.0.1", proxy.port) as r:
        proxy.replies.cut_after(0)
        pipe = r.pipeline(transaction)
        handles = [pipe.incr("n"), pipe.get("n")]
        with pytest.raises(ConnectionError) as caught:
            await pipe.execute()
        assert caught.value.maybe_executed
        for handle in handles:
            with pytest.raises(ConnectionError):
                await handle
        assert await r.get("n") == b"1"


async def test_harmless_pipeline_is_sent_again(own_valkey: Server, transaction: bool) -> None:
    async with open_fault_proxy(own_valkey.port) as proxy, Redis("127.0.0.1", proxy.port) as r:
        await r.set("k", "v")
        for client, queue, expected in (
            (r, "get", [b"v", b"v"]),
            (r.with_options(repeatable=True), "incr", [3, 4]),
        ):
            proxy.replies.cut_after(0)
            pipe = client.pipeline(transaction)
            for _ in range(2):
                getattr(pipe, queue)("k" if queue == "get" else "n")
            assert await pipe.execute() == expected


async def test_pipeline_without_a_server(refusing_port: int) -> None:
    r: Redis[bytes] = Redis("127.0.0.1", refusing_port)
    pipe = r.pipeline()
    pipe.get("k")
    with trio.fail_after(20), pytest.raises(ConnectionError) as caught:
        await pipe.execute()
    assert not caught.value.maybe_executed


async def test_repr_tells_kind_and_length(valkey: Server) -> None:
    async with client_of(valkey) as r:
        pipe = r.pipeline(transaction=False)
        pipe.set("k", "sesame")
        assert repr(pipe) == f"<Pipeline {valkey.host}:{valkey.port} pipeline of 1>"
        assert connections_of(valkey) == 1


# --- what goes wrong on the way ------------------------------------------------------------


async def test_failed_try_of_a_transaction_carries_nothing_out(valkey: Server) -> None:
    tries = 0

    async def take(pipe: Pipeline[bytes]) -> None:
        nonlocal tries
        tries += 1
        pipe.multi()
        pipe.decr("a")
        if tries == 1:
            raise WatchError("of another transaction")

    async with client_of(valkey) as r:
        await r.set("a", 10)
        assert await r.transaction(take, "a") == [9]
        assert tries == 2
        assert await r.get("a") == b"9"


async def test_exclusive_pipeline_may_block_for_longer_than_a_stall(valkey: Server) -> None:
    async with client_of(valkey) as r, r.exclusive() as own:
        assert own._connection is not None
        own._connection.stall_timeout = 0.05
        pipe = own.pipeline(transaction=False)
        pipe.blpop("nothing", timeout=0.3)
        assert await pipe.execute() == [None]


async def test_pipeline_does_not_outlive_its_exclusive_block(valkey: Server) -> None:
    async with client_of(valkey) as r:
        async with r.exclusive() as own:
            pipe = own.pipeline()
        with pytest.raises(RuntimeError, match="block"):
            await pipe.watch("k")
        pipe.set("k", 1)
        with pytest.raises(RuntimeError, match="block"):
            await pipe.execute()
        assert await r.get("k") is None


async def test_watching_goes_on_after_a_broken_connection(valkey: Server) -> None:
    async with (
        open_fault_proxy(valkey.port) as proxy,
        Redis("127.0.0.1", proxy.port) as r,
        r.pipeline() as pipe,
    ):
        await pipe.watch("k")
        proxy.cut()
        with pytest.raises(ConnectionError):
            await pipe.watch("k")
        await pipe.watch("k")
        pipe.multi()
        pipe.set("k", 1)
        assert await pipe.execute() == [True]


async def test_name_may_bring_its_subcommand(valkey: Server) -> None:
    async with client_of(valkey) as r, r.exclusive() as own:
        assert b"maxmemory" in await r.execute_command("CONFIG GET", "maxmemory")
        assert b"maxmemory" in await own.call(b"CONFIG GET", "maxmemory")
        pipe = r.pipeline()
        pipe.call("CONFIG GET", "maxmemory")
        assert b"maxmemory" in (await pipe.execute())[0]
