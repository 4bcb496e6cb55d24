"""``Redis`` as its users see it, against real servers."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
import trio
import trio.testing
import trustme
from clients import connections_of, wait_for_blocked, wait_for_connections
from faultproxy import open_fault_proxy
from servers import Server, ServerMissing, TlsFiles, open_server

import redtrio
from redtrio import Hook, Redis, Retry, Statistics
from redtrio.exceptions import (
    AuthenticationError,
    ConnectionError,
    DataError,
    NoPermissionError,
    ResponseError,
    WrongTypeError,
)


def client_of(server: Server, **options: Any) -> Redis[bytes]:
    client: Redis[bytes] = Redis(server.host, server.port, **options)
    return client


# --- options -------------------------------------------------------------------------------


async def test_options_reach_the_connection(server: Server) -> None:
    async with Redis(
        server.host, server.port, 3, client_name="me", decode_responses=True, max_connections=2
    ) as r:
        told = await r.client_info()
        assert (told["db"], told["name"], told["resp"]) == (3, "me", "3")
        await r.set("k", "ä")
        assert await r.get("k") == "ä"
        async with r.exclusive() as own:
            assert (await own.client_info())["db"] == 3


async def test_options_of_a_url_reach_the_connection(server: Server) -> None:
    server.call("ACL", "SETUSER", "alice", "on", ">se/cret", "~*", "+@all")
    url = (
        f"redis://alice:se%2Fcret@{server.host}:{server.port}/2"
        "?client_name=me&decode_responses=yes&connections=2&max_in_flight=10"
    )
    async with redtrio.from_url(url) as r:
        told = await r.client_info()
        assert (told["db"], told["name"], told["user"]) == (2, "me", "alice")
        assert await cast("Any", r).echo("x") == "x"
        assert "se/cret" not in repr(r)


async def test_arguments_count_before_the_url(server: Server) -> None:
    url = f"redis://{server.host}:{server.port}/2?decode_responses=yes&client_name=me"
    async with Redis.from_url(url, decode_responses=False, db=1) as r:
        assert (await r.client_info())["db"] == 1
        assert await r.client_getname() == "me"


async def test_unix_socket(server: Server) -> None:
    async with Redis(unix_socket_path=server.unix_path) as r:
        assert await r.set("k", 1)
        assert str(server.unix_path) in repr(r)
    async with Redis.from_url(f"unix://{server.unix_path}?db=1") as other:
        assert await other.get("k") is None


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[tuple[Server, Path]]:
    """Give a server that speaks TLS, and the file of the authority to trust."""
    ca = trustme.CA()
    authority, certificate, key = (tmp_path / name for name in ("ca.pem", "s.pem", "s.key"))
    ca.cert_pem.write_to_path(authority)
    issued = ca.issue_cert("localhost", "127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(certificate)
    issued.private_key_pem.write_to_path(key)
    try:
        with open_server("redis7", tls=TlsFiles(certificate, key, authority)) as server:
            yield server, authority
    except ServerMissing as missing:
        pytest.skip(str(missing))


async def test_tls_by_url_and_by_options(secured: tuple[Server, Path]) -> None:
    server, authority = secured
    url = f"rediss://localhost:{server.tls_port}/1?ssl_ca_certs={authority}"
    async with Redis.from_url(url) as r:
        await r.set("k", b"x" * 1_000_000)
        assert len(await r.get("k") or b"") == 1_000_000
        async with r.exclusive() as own:
            assert await own.strlen("k") == 1_000_000
    async with Redis("localhost", server.tls_port, 1, ssl=True, ssl_ca_certs=authority) as same:
        assert await same.exists("k")
    context = ssl.create_default_context(cafile=str(authority))
    async with Redis("127.0.0.1", server.tls_port, ssl_context=context) as third:
        assert await third.ping()
    with pytest.raises(ConnectionError, match=r"(?i)certificate"):
        async with Redis.from_url(f"rediss://localhost:{server.tls_port}"):
            pytest.fail("an unknown authority was trusted")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"port": 0}, ValueError, "port must be 1 to 65535, got 0"),
        ({"db": -1}, ValueError, "db must be >= 0, got -1"),
        ({"decode_responses": 1}, TypeError, "decode_responses must be bool, got 1"),
        ({"retry": 3}, TypeError, "retry must be Retry, got 3"),
        ({"hook": print}, TypeError, "hook must be a Hook, got <built-in"),
        ({"connections": 0}, ValueError, "connections must be >= 1, got 0"),
        ({"connections": True}, TypeError, "connections must be int, got True"),
        ({"max_connections": 0}, ValueError, "max_connections must be >= 1, got 0"),
        ({"fail_fast": "no"}, TypeError, "fail_fast must be bool, got 'no'"),
        ({"encoding": "nonsense"}, ValueError, "encoding must be .* codec .*got 'nonsense'"),
        ({"encoding": "hex"}, ValueError, "encoding must be .* codec .*got 'hex'"),
        ({"encoding": None}, TypeError, "encoding must be str, got None"),
        ({"encoding_errors": "maybe"}, ValueError, "encoding_errors must be .*got 'maybe'"),
        ({"encoding_errors": 1}, TypeError, "encoding_errors must be str, got 1"),
        ({"pasword": "sesame", "b": 1}, TypeError, "Redis has no option b, pasword"),
        ({"socket_timeout": 1}, TypeError, "socket_timeout; .*cancel scope"),
        ({"password": 1234}, TypeError, "password must be .*an instance of int"),
    ],
)
def test_wrong_options_are_refused(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        Redis(**options)
    assert "sesame" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("bad", "a URL must begin with redis://"),
        ("http://localhost", "a URL must begin with redis://"),
        ("redis://localhost:99999", "port must be 1 to 65535, got 99999"),
        ("redis://localhost/nine", "db must be an integer, got 'nine'"),
        ("redis://localhost?socket_timeout=1", "socket_timeout.*cancel scope"),
        ("redis://localhost?decode_responses=maybe", "decode_responses must be true or false"),
        ("redis://localhost?colour=blue", "unknown option in the URL: colour"),
        ("redis://localhost?encoding=nonsense", "encoding must be"),
        ("redis://localhost?max_connections=0", "max_connections must be >= 1, got 0"),
        ("redis://:sesame@localhost:x", "port"),
    ],
)
def test_wrong_urls_are_refused(url: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        Redis.from_url(url)
    assert "sesame" not in str(caught.value)


def test_url_must_be_text() -> None:
    with pytest.raises(TypeError, match="url must be str"):
        Redis.from_url(cast("Any", b"redis://localhost"))
    with pytest.raises(TypeError, match="Redis has no option colour"):
        Redis.from_url("redis://localhost", colour="blue")


def test_repr_shows_the_state_and_no_secret() -> None:
    r: Redis[bytes] = Redis("h", 1, username="alice", password="sesame")
    assert repr(r) == "<Redis h:1 not connected>"
    assert repr(r.pipeline()) == "<Pipeline h:1 transaction of 0>"
    assert "sesame" not in repr(r.exclusive())


async def test_repr_follows_the_state(valkey: Server) -> None:
    async with client_of(valkey) as r:
        assert repr(r) == f"<Redis {valkey.host}:{valkey.port} connected, 0 in flight>"
        async with r.exclusive() as own:
            assert "busy" not in repr(own)
            assert str(valkey.port) in repr(own)
    assert repr(r) == f"<Redis {valkey.host}:{valkey.port} closed>"


# --- any command ---------------------------------------------------------------------------


async def test_call_sends_any_command(r: Redis[Any], t: Any) -> None:
    assert await r.call("SET", "k", 1) == t("OK")
    assert await r.call(b"get", bytearray(b"k")) == t("1")
    assert await r.execute_command("INCRBYFLOAT", memoryview(b"k"), 0.5) == t("1.5")
    assert await r.call("CONFIG", "GET", "maxmemory") == t({"maxmemory": "0"})
    assert await r.call("XADD", "s", "1-1", "f", "v") == t("1-1")
    assert await r.call("XLEN", "s") == 1
    assert await r.call("EVAL", "return {1, {2}}", 0) == [1, [2]]
    assert isinstance(await r.call("CLIENT", "ID"), int)


async def test_call_raises_what_the_server_says(r: Redis[Any]) -> None:
    with pytest.raises(ResponseError, match="unknown command") as unknown:
        await r.call("NONSENSE", "sesame")
    assert unknown.value.command == "NONSENSE"
    with pytest.raises(ResponseError, match="ERR"):
        await r.call("CLIENT")
    with pytest.raises(ResponseError, match=r"(?i)unknown subcommand"):
        await r.call("CLIENT", "NONSENSE")
    with pytest.raises(ResponseError):
        await r.call(b"\xff\xfe", b"\xff")
    await r.set("k", 1)
    with pytest.raises(WrongTypeError) as wrong:
        await r.call("lpush", "k", 1)
    assert wrong.value.command == "LPUSH"
    assert await r.get("k")


async def test_call_of_xread_goes_where_it_must(r: Redis[Any], t: Any, server: Server) -> None:
    await r.call("XADD", "s", "1-1", "f", "v")
    assert await r.call("XREAD", "STREAMS", "s", "0") == t({"s": [["1-1", ["f", "v"]]]})
    assert r.statistics().idle_connections == 0
    got: list[Any] = []

    async def read() -> None:
        got.append(await r.call("XREAD", "BLOCK", 0, "STREAMS", "s", "1-1"))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read)
        await wait_for_blocked(server, 1)
        assert await r.ping()  # it stands in nobody's way
        await r.call("XADD", "s", "2-1", "f", "w")
    assert got == t([{"s": [["2-1", ["f", "w"]]]}])
    assert r.statistics().idle_connections == 1


async def test_call_decodes_as_told(valkey: Server) -> None:
    async with client_of(valkey) as r:
        await r.hset("h", "f", "ä")
        assert await r.call("HGETALL", "h") == {b"f": "ä".encode()}
        assert await r.call("HGETALL", "h", decode_responses=True) == {"f": "ä"}
        text = r.with_options(decode_responses=True)
        assert await text.call("HGETALL", "h") == {"f": "ä"}
        assert await text.call("HGETALL", "h", decode_responses=False) == {b"f": "ä".encode()}
        async with text.exclusive() as own:
            assert await own.call("HGET", "h", "f") == "ä"
            assert await own.call("HGET", "h", "f", decode_responses=False) == "ä".encode()


async def test_with_options_shares_the_connections(valkey: Server) -> None:
    async with client_of(valkey) as r:
        text = r.with_options(decode_responses=True)
        assert await text.client_id() == await r.client_id()
        assert await text.with_options(repeatable=True).echo("x") == "x"
        assert await text.with_options(decode_responses=False).echo("x") == b"x"
        assert await r.echo("x") == b"x"
    with pytest.raises(ConnectionError, match="is closed"):
        await text.ping()


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
async def test_encoding_of_results(valkey: Server, encoding: str) -> None:
    async with Redis(valkey.host, valkey.port, decode_responses=True, encoding=encoding) as r:
        await r.set("k", "ä".encode(encoding))
        assert await r.get("k") == "ä"


BOUND: list[tuple[Any, ...]] = [
    ("SELECT", 1),
    ("select", 1),
    (b"AUTH", "p"),
    ("HELLO", 3),
    ("RESET",),
    ("QUIT",),
    ("CLIENT", "TRACKING", "ON"),
    ("client", b"setname", "x"),
    ("CLIENT", "NO-EVICT", "ON"),
    ("CLIENT", "NO-TOUCH", "ON"),
    ("CLIENT", "CACHING", "YES"),
    ("MULTI",),
    ("EXEC",),
    ("DISCARD",),
    ("WATCH", "k"),
    ("UNWATCH",),
    ("READONLY",),
    ("READWRITE",),
    ("ASKING",),
    ("SCRIPT", "DEBUG", "YES"),
]
UNANSWERED: list[tuple[Any, ...]] = [
    ("CLIENT", "REPLY", "OFF"),
    (bytearray(b"client"), memoryview(b"reply"), "SKIP"),
    ("MONITOR",),
    ("SYNC",),
    ("PSYNC", "?", -1),
    ("REPLCONF", "ACK", 0),
    ("SUBSCRIBE", "c"),
    ("UNSUBSCRIBE",),
    ("PSUBSCRIBE", "c*"),
    ("SSUBSCRIBE", "c"),
]


@pytest.mark.parametrize("words", BOUND, ids=lambda words: " ".join(map(str, words)))
async def test_commands_that_change_the_connection_are_refused_on_a_shared_one(
    refusing_port: int, words: tuple[Any, ...]
) -> None:
    r: Redis[bytes] = Redis("127.0.0.1", refusing_port)  # nothing is there: nothing is sent
    for refused in (
        lambda: r.call(*words),
        lambda: r.call_many([("PING",), words]),
        lambda: r.call_many([("CLIENT", "NONSENSE"), words]),
    ):
        with pytest.raises(DataError, match=r"use Redis\.exclusive\(\)"):
            await refused()
    with pytest.raises(DataError, match=r"use Redis\.exclusive\(\)"):
        r.pipeline().call(*words)


@pytest.mark.parametrize("words", UNANSWERED, ids=lambda words: " ".join(map(str, words)))
async def test_commands_that_no_one_reply_answers_are_refused_everywhere(
    valkey: Server, words: tuple[Any, ...]
) -> None:
    async with client_of(valkey) as r, r.exclusive() as own:
        for refused in (
            lambda: r.call(*words),
            lambda: r.call_many([words]),
            lambda: r.call_many([("CLIENT", "NONSENSE"), words]),
            lambda: own.call(*words),
        ):
            with pytest.raises(DataError, match="not answered by one reply"):
                await refused()
        for queue in (r.pipeline(), own.pipeline()):
            with pytest.raises(DataError, match="not answered by one reply"):
                queue.call(*words)
        assert await own.ping()
        assert await r.ping()


async def test_methods_of_such_commands_are_refused(valkey: Server) -> None:
    async with client_of(valkey) as r:
        number = await r.client_id()
        for refused in (r.select(1), r.quit(), r.reset(), r.auth("p"), r.client_setname("x")):
            with pytest.raises(DataError, match=r"use Redis\.exclusive\(\)"):
                await refused
        assert await r.client_id() == number


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "a command needs at least its name"),
        ((None,), "argument 0 must be bytes, .* not NoneType"),
        (("GET", None), "argument 1 must be bytes, .* not NoneType"),
        (("SET", "k", True), "argument 2 must be bytes, .* not bool"),
        (("NONSENSE", []), "argument 1 must be bytes, .* not list"),
        (("\ud800",), "argument 0 is a str that UTF-8 cannot encode"),
        (("XREAD", "\ud800"), "argument 1 is a str that UTF-8 cannot encode"),
        (("BLPOP", None, 1), "argument 1 must be bytes, .* not NoneType"),
        (("XREAD", "BLOCK", None), "argument 2 must be bytes, .* not NoneType"),
    ],
)
@pytest.mark.parametrize("hooked", [False, True])
async def test_what_cannot_be_sent_is_refused_before_anything_is(
    refusing_port: int, words: tuple[Any, ...], message: str, hooked: bool
) -> None:
    hook = Hook() if not hooked else Recording()
    r: Redis[bytes] = Redis("127.0.0.1", refusing_port, hook=hook)
    with pytest.raises(DataError, match=message):
        await r.call(*words)


@pytest.mark.parametrize("hooked", [False, True])
async def test_none_is_never_a_number(valkey: Server, hooked: bool) -> None:
    none: Any = None
    async with client_of(valkey, hook=Recording() if hooked else None) as r:
        async with r.exclusive() as own:
            for each in (r, own):
                for refused in (
                    partial(each.set, "k", none),
                    partial(each.blpop, ["k", none]),
                    partial(each.blmpop, None, 1, none, direction="LEFT"),
                ):
                    with pytest.raises(DataError, match="NoneType"):
                        await refused()
        assert await r.dbsize() == 0


# --- several commands ----------------------------------------------------------------------


async def test_call_many_gives_all_replies(r: Redis[Any], t: Any) -> None:
    replies = await r.call_many(
        [["SET", "k", 1], ("INCR", "k"), (bytearray(b"GET"), "k"), ("LPUSH", "k", 1), ["GET", "k"]]
    )
    assert replies[:3] == [*t(["OK"]), 2, *t(["2"])]
    assert isinstance(replies[3], WrongTypeError)
    assert replies[4] == t("2")
    assert await r.call_many([]) == []
    assert await r.call_many(iter([("PING",)])) == [t("PONG")]


async def test_call_many_of_many_commands_goes_alone(valkey: Server) -> None:
    async with client_of(valkey) as r:
        replies = await r.call_many([("INCR", "k")] * 2001)
        assert replies == list(range(1, 2002))
        assert r.statistics().idle_connections == 1


async def test_call_many_of_a_command_that_blocks_goes_alone(valkey: Server) -> None:
    async with client_of(valkey) as r:
        await r.call("XADD", "s", "1-1", "f", "v")
        with trio.move_on_after(0.05):
            await r.call_many(
                [
                    ("XREAD", "STREAMS", "s", "0"),
                    ("XREAD", "BLOCK", 0, "STREAMS", "s", "1-1"),
                ]
            )
        with trio.fail_after(5):
            assert await r.ping()


async def test_call_many_sends_nothing_if_one_is_refused(valkey: Server) -> None:
    none: Any = None
    async with client_of(valkey) as r:
        for bad, message in [
            (("SET", "k", none), "command 1: argument 2 must be"),
            ((), "command 1 is empty"),
            ("GET k", "command 1 must be a list or tuple, not str"),
            (("SELECT", 1), r"SELECT .*Redis\.exclusive"),
        ]:
            with pytest.raises(DataError, match=message):
                await r.call_many([("SET", "k", 1), cast("Any", bad)])
        assert await r.exists("k") == 0


async def test_call_many_repeats_no_write(own_valkey: Server) -> None:
    async with open_fault_proxy(own_valkey.port) as proxy:
        r: Redis[bytes] = Redis("127.0.0.1", proxy.port)
        await r.config_get("maxmemory")
        for commands in (
            [("GET", "k"), ("INCR", "k")],
            [("CLIENT", "ID"), ("INCR", "k")],
            [("CONFIG", "SET", "maxmemory", "1000000000"), ("CONFIG", "GET", "maxmemory")],
        ):
            proxy.replies.cut_after(0)
            with pytest.raises(ConnectionError) as caught:
                await r.call_many(commands)
            assert caught.value.maybe_executed
            await r.ping()
        assert await r.get("k") == b"2"
        proxy.replies.cut_after(0)
        assert await r.call_many([("GET", "k"), ("STRLEN", "k")]) == [b"2", 1]
        await r.aclose()


async def test_call_many_of_a_client_of_text_keeps_what_is_none(valkey: Server) -> None:
    async with Redis(valkey.host, valkey.port, decode_responses=True) as r:
        await r.set("bad", b"\xff")
        await r.set("k", 12345)
        bad, dump, good = await r.call_many([("GET", "bad"), ("DUMP", "k"), ("GET", "k")])
        assert isinstance(bad, UnicodeDecodeError)
        assert isinstance(dump, bytes)
        assert good == "12345"


async def test_commands_of_any_size(valkey: Server) -> None:
    async with client_of(valkey) as r:
        for size in (0, 1, 65535, 65536, 1 << 20, (64 << 20) + 1):
            await r.set("k", bytes(size))
            assert await r.strlen("k") == size
        assert len(await r.get("k") or b"") == size
        names = [f"k{number}" for number in range(100_000)]
        assert await r.mset(dict.fromkeys(names, "v"))
        assert await r.mget(names) == [b"v"] * 100_000


# --- decoding ------------------------------------------------------------------------------


async def test_bytes_that_are_no_text_raise_and_harm_nobody(valkey: Server) -> None:
    async with Redis(valkey.host, valkey.port, decode_responses=True) as r:
        number = await r.client_id()
        await r.set("bad", b"\xff\xfe")
        await r.rpush("l", "a", b"\xff")
        for refused in (r.get("bad"), r.lrange("l", 0, -1), r.call("GET", "bad")):
            with pytest.raises(UnicodeDecodeError):
                await refused
        assert await r.with_options(decode_responses=False).get("bad") == b"\xff\xfe"
        assert isinstance(await r.dump("bad"), bytes)
        assert await r.client_id() == number
    async with Redis(
        valkey.host, valkey.port, decode_responses=True, encoding_errors="replace"
    ) as lenient:
        assert await lenient.get("bad") == "\ufffd\ufffd"


# --- a connection of one's own ---------------------------------------------------------------


async def test_exclusive_connection_is_lent_again_unless_it_was_changed(server: Server) -> None:
    async with client_of(server) as r:
        async with r.exclusive() as own:
            first = await own.client_id()
            assert first != await r.client_id()
        async with r.exclusive() as own:
            assert await own.client_id() == first
            assert await own.select(5)
            await own.set("k", 1)
        assert await r.exists("k") == 0
        async with r.exclusive() as own:
            second = await own.client_id()
            assert second != first
            assert await own.exists("k") == 0
            assert (await own.client_info())["db"] == 0
        async with r.exclusive() as own:
            assert await own.client_id() == second
            await own.call("WATCH", "k")
        await wait_for_connections(server, 1)
        async with r.exclusive() as own:
            assert await own.client_id() != second


async def test_exclusive_block_is_entered_once_and_used_within(valkey: Server) -> None:
    async with client_of(valkey) as r:
        block = r.exclusive()
        for outside in (block.ping, lambda: block.call("PING")):
            with pytest.raises(RuntimeError, match="use it within its block"):
                await outside()
        async with block as own:
            with pytest.raises(RuntimeError, match="entered already"):
                async with block:
                    pytest.fail("it was entered twice")
            assert await own.ping()
        with pytest.raises(RuntimeError, match="use it within its block"):
            own.pipeline()
        async with block as again:  # one after the other is fine
            assert await again.ping()


async def test_exclusive_connection_goes_on_after_a_cancelled_call(valkey: Server) -> None:
    async with (
        open_fault_proxy(valkey.port) as proxy,
        Redis("127.0.0.1", proxy.port) as r,
        r.exclusive() as own,
    ):
        proxy.replies.stall()
        with trio.move_on_after(0.01):
            await own.echo("lost")
        proxy.replies.release()
        assert await own.echo("mine") == b"mine"


async def test_exclusive_connections_are_bounded_and_waited_for(valkey: Server) -> None:
    async with client_of(valkey, max_connections=1) as r:
        order: list[int] = []

        async def use(number: int) -> None:
            async with r.exclusive() as own:
                assert await own.ping()
                order.append(number)

        async with trio.open_nursery() as nursery, r.exclusive():
            nursery.start_soon(use, 1)
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(use, 2)
            await trio.testing.wait_all_tasks_blocked()
            assert r.statistics().waiting_for_connection == 2
            assert order == []
        assert order == [1, 2]
        assert connections_of(valkey) == 2


async def test_wait_with_its_writes(valkey: Server) -> None:
    async with client_of(valkey) as r, r.exclusive() as own:
        await own.set("k", 1)
        assert await own.wait(0, 100) == 0


# --- statistics ----------------------------------------------------------------------------


async def test_statistics_count_what_there_is(valkey: Server) -> None:
    r = client_of(valkey)
    assert r.statistics() == Statistics(
        shared_connections=0,
        idle_connections=0,
        lent_connections=0,
        in_flight=0,
        queued=0,
        waiting_for_connection=0,
        reconnects=0,
        retries=0,
        bytes_sent=0,
        bytes_received=0,
    )
    async with r:
        before = r.statistics()
        assert before.shared_connections == 1
        await r.set("k", "v")
        async with r.exclusive():
            counted = r.statistics()
        sent = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n"
        assert counted.bytes_sent - before.bytes_sent == len(sent)
        assert counted.bytes_received - before.bytes_received == len(b"+OK\r\n")
        assert counted.lent_connections == 1
        valkey.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await r.get("k")
        after = r.statistics()
        assert after.reconnects == 1
        assert after.bytes_sent > counted.bytes_sent
        with pytest.raises(AttributeError):
            cast("Any", after).retries = 0


async def test_statistics_count_calls_in_flight(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy, Redis("127.0.0.1", proxy.port) as r:
        proxy.replies.stall()
        async with trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(r.get, "k")
            await proxy.requests.wait_for_bytes(10)
            await trio.testing.wait_all_tasks_blocked()
            counted = r.statistics()
            assert counted.in_flight + counted.queued == 10
            assert "10 in flight" in repr(r) or counted.queued
            proxy.replies.release()
        assert r.statistics().in_flight == 0


# --- hooks ---------------------------------------------------------------------------------


class Recording(Hook):
    """Keeps what it is told, and how each thing ended."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    @contextmanager
    def _note(self, *what: Any) -> Iterator[None]:
        try:
            yield
        except BaseException as error:
            self.told.append((*what, type(error)))
            raise
        self.told.append(what)

    def connect(self, address: str) -> AbstractContextManager[Any]:
        return self._note("connect", address)

    def call(self, name: str, address: str) -> AbstractContextManager[Any]:
        return self._note("call", name, address)

    def pipeline(self, names: list[str], address: str) -> AbstractContextManager[Any]:
        return self._note("pipeline", *names, address)


async def test_hook_is_told_of_everything_but_arguments(valkey: Server) -> None:
    hook = Recording()
    place = f"{valkey.host}:{valkey.port}"
    async with client_of(valkey, hook=hook) as r:
        await r.set("key", "sesame")
        assert await r.get("key") == b"sesame"
        await r.with_options(decode_responses=True).call("client", "id")
        with pytest.raises(WrongTypeError):
            await r.lpush("key", "sesame")
        with trio.move_on_after(0.01):
            await r.blpop("nothing")
        async with r.pipeline(transaction=False) as pipe:
            pipe.get("key")
            pipe.lpush("key", "sesame")
            await pipe.execute(raise_on_error=False)
        with pytest.raises(WrongTypeError):
            async with r.pipeline() as pipe:
                pipe.lpush("key", "sesame")
        async with r.exclusive() as own:
            await own.strlen("key")
            async with own.pipeline() as pipe:
                await pipe.watch("key")
                await pipe.get("key")
                pipe.multi()
                pipe.incr("n")
        await r.call_many([("GET", "key"), ("CLIENT", "ID")])
    assert [entry for entry in hook.told if entry[0] != "call" or entry[1] != "BLPOP"] == [
        ("connect", place),
        ("call", "SET", place),
        ("call", "GET", place),
        ("call", "CLIENT ID", place),
        ("call", "LPUSH", place, WrongTypeError),
        ("pipeline", "GET", "LPUSH", place),
        ("pipeline", "LPUSH", place, WrongTypeError),
        ("call", "STRLEN", place),
        ("call", "WATCH", place),
        ("call", "GET", place),
        ("pipeline", "INCR", place),
        ("pipeline", "GET", "CLIENT ID", place),
    ]
    assert "sesame" not in str(hook.told)


async def test_hook_is_told_of_failures_to_connect(refusing_port: int) -> None:
    hook = Recording()
    r: Redis[bytes] = Redis("127.0.0.1", refusing_port, hook=hook, retry=Retry(0))
    with pytest.raises(ConnectionError):
        await r.ping()
    assert [entry[0] for entry in hook.told] == ["connect", "call"]
    assert all(entry[-1] is ConnectionError for entry in hook.told)


async def test_what_a_hook_raises_the_caller_gets_and_nothing_is_sent(valkey: Server) -> None:
    class Refusing(Hook):
        def call(self, name: str, address: str) -> AbstractContextManager[Any]:
            raise LookupError(name)

        def pipeline(self, names: list[str], address: str) -> AbstractContextManager[Any]:
            raise LookupError(*names)

    async with client_of(valkey, hook=Refusing()) as r:
        with pytest.raises(LookupError, match="SET"):
            await r.set("k", 1)
        with pytest.raises(LookupError, match="SET"):
            async with r.pipeline() as pipe:
                pipe.set("k", 1)
        with pytest.raises(LookupError, match="SET"):
            await r.call_many([("SET", "k", 1)])
        async with r.exclusive() as own:
            with pytest.raises(LookupError, match="SET"):
                await own.set("k", 1)
        assert valkey.call("EXISTS", "k") == 0


# --- life of a client ------------------------------------------------------------------------


async def test_client_works_without_a_block(valkey: Server) -> None:
    r = client_of(valkey)
    assert connections_of(valkey) == 0
    assert await r.set("k", 1)
    await r.aclose()
    await r.aclose()
    await wait_for_connections(valkey, 0)
    for call in (
        r.ping,
        lambda: r.call("PING"),
        lambda: r.blpop("k", 1),
        lambda: r.call_many([("PING",)]),
        lambda: r.pipeline().watch("k"),
    ):
        with pytest.raises(ConnectionError, match="is closed") as caught:
            await call()
        assert not caught.value.maybe_executed
    with pytest.raises(ConnectionError, match="is closed"):
        async with r:
            pytest.fail("a closed client was entered")
    with pytest.raises(ConnectionError, match="is closed"):
        async with r.exclusive():
            pytest.fail("a closed client lends a connection")


async def test_pending_calls_get_a_clear_error_at_the_end(valkey: Server) -> None:
    errors: list[ConnectionError] = []

    async def call(command: Callable[[], Awaitable[object]]) -> None:
        try:
            await command()
        except ConnectionError as error:
            errors.append(error)

    async with (
        open_fault_proxy(valkey.port) as proxy,
        trio.open_nursery() as nursery,
        Redis("127.0.0.1", proxy.port) as r,
    ):
        for _ in range(10):
            nursery.start_soon(call, lambda: r.blpop("nothing", 0))
        await wait_for_blocked(valkey, 10)
        proxy.replies.stall()
        for _ in range(990):
            nursery.start_soon(call, lambda: r.get("k"))
        await trio.testing.wait_all_tasks_blocked()
    assert len(errors) == 1000
    assert len({id(error) for error in errors}) == 1000
    assert all("closed" in str(error) for error in errors)


def test_second_run_connects_anew(valkey: Server) -> None:
    r = client_of(valkey)

    async def use() -> tuple[int, int]:
        async with r.exclusive() as own:
            return await r.client_id(), await own.client_id()

    async def close() -> None:
        await use()
        await r.aclose()

    first = trio.run(use)
    second = trio.run(use)
    assert not {*first} & {*second}
    trio.run(close)


async def test_methods_can_be_started_as_tasks(valkey: Server) -> None:
    async with client_of(valkey) as r, trio.open_nursery() as nursery:
        nursery.start_soon(r.set, "k", "v")
        nursery.start_soon(r.get, "k")
        nursery.start_soon(r.call, "PING")
        nursery.start_soon(r.pipeline().execute)


class OwnError(Exception):
    pass


async def test_users_exception_leaves_every_block_as_it_is(valkey: Server) -> None:
    with pytest.raises(OwnError):
        async with client_of(valkey) as r:
            await r.ping()
            raise OwnError
    r = client_of(valkey)
    with pytest.raises(OwnError):
        async with r.exclusive() as own:
            await own.ping()
            raise OwnError
    with pytest.raises(OwnError):
        async with r.pipeline() as pipe:
            pipe.set("k", 1)
            raise OwnError
    with pytest.raises(OwnError):
        async with r.pipeline() as pipe:
            await pipe.watch("k")
            raise OwnError
    assert await r.exists("k") == 0
    await r.aclose()


async def test_users_exception_leaves_the_block_though_the_server_is_gone(
    own_valkey: Server,
) -> None:
    with pytest.raises(OwnError):
        async with client_of(own_valkey) as r, r.exclusive() as own, own.pipeline() as pipe:
            await pipe.watch("k")
            own_valkey.kill()
            raise OwnError


async def test_calls_pass_checkpoints(valkey: Server) -> None:
    async with client_of(valkey) as r:
        await r.rpush("l", *range(10))
        pipe, empty = r.pipeline(), r.pipeline()
        pipe.get("k")
        for call in (
            lambda: r.get("k"),
            lambda: r.set("k", "v"),
            lambda: r.call("PING"),
            lambda: r.call("XLEN", "s"),
            lambda: r.call("XLEN", "s"),
            lambda: r.call_many([]),
            lambda: r.call_many([("PING",)]),
            lambda: r.blpop("l", 1),
            pipe.execute,
            empty.execute,
            empty.unwatch,
            r.aclose,
            r.aclose,
        ):
            with trio.testing.assert_checkpoints():
                await call()


async def test_cancelled_before_it_begins_nothing_is_sent(valkey: Server) -> None:
    async with client_of(valkey) as r:
        pipe = r.pipeline()
        pipe.set("k", 1)
        for call in (
            lambda: r.set("k", 1),
            lambda: r.call("SET", "k", 1),
            lambda: r.call_many([("SET", "k", 1)]),
            pipe.execute,
        ):
            with trio.CancelScope() as scope:
                scope.cancel()
                await call()
            assert scope.cancelled_caught
        assert await r.exists("k") == 0


async def test_refused_logins_say_so_and_show_nothing(valkey: Server) -> None:
    with pytest.raises(AuthenticationError) as caught:
        async with client_of(valkey, username="nobody", password="sesame"):
            pytest.fail("it got in")
    assert "sesame" not in str(caught.value)


async def test_commands_that_may_not_be_asked_about_can_be_called(valkey: Server) -> None:
    valkey.call("ACL", "SETUSER", "default", "-command")
    async with client_of(valkey) as r:
        assert await r.call("XADD", "s", "1-1", "f", "v") == b"1-1"
        assert await r.call("XLEN", "s") == 1
        with pytest.raises(NoPermissionError):
            await r.command_count()
        with trio.move_on_after(0.05) as scope:
            await r.call("XREAD", "BLOCK", 0, "STREAMS", "s", "1-1")
        assert scope.cancelled_caught
        with trio.fail_after(5):
            assert await r.ping()


async def test_deadline_ends_a_call(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy, Redis("127.0.0.1", proxy.port) as r:
        number = await r.client_id()
        proxy.replies.stall()
        with pytest.raises(trio.TooSlowError), trio.fail_after(0.02):
            await r.echo("lost")
        proxy.replies.release()
        assert await r.echo("mine") == b"mine"
        assert await r.client_id() == number


async def test_several_shared_connections(valkey: Server) -> None:
    async with client_of(valkey, connections=3) as r:
        assert len({await r.client_id() for _ in range(12)}) == 3
        assert r.statistics().shared_connections == 3
        assert r.statistics().reconnects == 0
