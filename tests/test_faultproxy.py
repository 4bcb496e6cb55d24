"""The fault proxy makes the faults that tests rely on, and only those."""

from __future__ import annotations

import errno
import socket
from contextlib import suppress

import pytest
import trio
from faultproxy import FaultProxy, open_fault_proxy
from servers import Server

PONG = b"+PONG\r\n"
BIG = b"x" * 5_000_000
SET_BIG = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$%d\r\n%s\r\n" % (len(BIG), BIG)


class ConnectionEnded(Exception):
    """The stream ended after these bytes, before all that were asked for."""


async def connect(proxy: FaultProxy) -> trio.SocketStream:
    return await trio.open_tcp_stream("127.0.0.1", proxy.port)


async def receive(stream: trio.SocketStream, nbytes: int) -> bytes:
    received = bytearray()
    while len(received) < nbytes:
        chunk = await stream.receive_some(nbytes - len(received))
        if not chunk:
            raise ConnectionEnded(bytes(received))
        received += chunk
    return bytes(received)


async def assert_works(stream: trio.SocketStream) -> None:
    await stream.send_all(b"PING\r\n")
    assert await receive(stream, len(PONG)) == PONG


async def assert_was_reset(stream: trio.SocketStream) -> None:
    with pytest.raises(trio.BrokenResourceError) as caught:
        await stream.receive_some(1)
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.__cause__.errno == errno.ECONNRESET


async def test_everything_passes_unchanged_and_is_counted(server: Server) -> None:
    async with open_fault_proxy(server.port) as proxy, await connect(proxy) as client:
        await client.send_all(SET_BIG)
        assert await receive(client, 5) == b"+OK\r\n"
        await client.send_all(b"GET k\r\n")
        header = b"$%d\r\n" % len(BIG)
        assert await receive(client, len(header) + len(BIG) + 2) == header + BIG + b"\r\n"
        assert proxy.requests.seen == proxy.requests.passed == len(SET_BIG) + 7
        assert proxy.replies.seen == 5 + len(header) + len(BIG) + 2
        await proxy.replies.wait_for_passed(proxy.replies.seen)
        assert proxy.requests.held == proxy.replies.held == 0


async def test_connections_are_counted_and_their_end_is_passed_on(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy:
        for count in (1, 2):
            async with await connect(proxy) as one, await connect(proxy) as other:
                await assert_works(one)
                await assert_works(other)
                assert proxy.open_connections == 2
                assert proxy.total_connections == 2 * count
            await proxy.wait_for_connections(0)
    async with open_fault_proxy(valkey.port) as proxy, await connect(proxy) as client:
        await client.send_all(b"QUIT\r\n")
        assert await receive(client, 5) == b"+OK\r\n"
        assert await client.receive_some() == b""


async def test_stalled_requests_do_not_reach_the_server_until_released(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy, await connect(proxy) as client:
        proxy.requests.stall()
        await client.send_all(b"SET k v\r\n")
        await proxy.requests.wait_for_held(9)
        assert proxy.requests.passed == 0
        assert valkey.call("GET", "k") is None
        proxy.requests.release()
        assert await receive(client, 5) == b"+OK\r\n"
        assert valkey.call("GET", "k") == b"v"


async def test_stalled_replies_are_held_after_the_server_has_done_the_work(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy, await connect(proxy) as client:
        proxy.replies.stall()
        await client.send_all(b"SET k v\r\n")
        await proxy.replies.wait_for_held(5)
        assert valkey.call("GET", "k") == b"v"
        with trio.move_on_after(0.05) as scope:
            await client.receive_some()
        assert scope.cancelled_caught
        proxy.replies.release()
        assert await receive(client, 5) == b"+OK\r\n"


async def test_stalled_way_releases_the_bytes_that_it_is_told_to(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy, await connect(proxy) as client:
        proxy.replies.stall()
        await client.send_all(b"PING\r\n")
        await proxy.replies.wait_for_held(len(PONG))
        for count in range(len(PONG)):
            await proxy.replies.wait_for_passed(count)
            assert (proxy.replies.passed, proxy.replies.held) == (count, len(PONG) - count)
            proxy.replies.release(1)
            assert await client.receive_some() == PONG[count : count + 1]


async def test_stall_with_a_capacity_blocks_the_sender(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy, await connect(proxy) as client:
        proxy.requests.stall(capacity=1000)
        with trio.move_on_after(0.2) as scope:
            await client.send_all(SET_BIG)
        assert scope.cancelled_caught
        assert proxy.requests.seen == proxy.requests.held == 1000


async def test_stall_holds_for_connections_made_later(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy:
        proxy.requests.stall()
        async with await connect(proxy) as client:
            await client.send_all(b"PING\r\n")
            await proxy.requests.wait_for_held(6)
            proxy.requests.release()
            assert await receive(client, len(PONG)) == PONG


async def test_delayed_bytes_come_in_order_and_not_before_their_time(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy, await connect(proxy) as client:
        proxy.replies.delay(0.1)
        start = trio.current_time()
        await client.send_all(b"ECHO 1\r\n")
        await proxy.replies.wait_for_bytes(7)
        await client.send_all(b"ECHO 2\r\n")
        assert await receive(client, 14) == b"$1\r\n1\r\n$1\r\n2\r\n"
        assert trio.current_time() - start >= 0.1


async def test_ended_delay_lets_what_waits_pass_at_once(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy, await connect(proxy) as client:
        proxy.replies.delay(1_000_000)
        await client.send_all(b"PING\r\n")
        await proxy.replies.wait_for_held(len(PONG))
        proxy.replies.delay(0)
        assert await receive(client, len(PONG)) == PONG


async def test_split_hands_on_in_pieces(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy, await connect(proxy) as client:
        # The pause gives each piece time to be received before the next one is sent.
        proxy.replies.split(3, pause=0.02)
        await client.send_all(b"PING\r\n")
        pieces = [await client.receive_some() for _ in range(3)]
        assert pieces == [b"+PO", b"NG\r", b"\n"]
        proxy.replies.split(None)
        await client.send_all(b"PING\r\n")
        assert await client.receive_some() == PONG


async def test_clean_cut_ends_the_stream_and_swallows_what_is_sent_on(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy:
        async with await connect(proxy) as client:
            await assert_works(client)
            proxy.cut()
            assert await client.receive_some() == b""
            await client.send_all(b"SET k v\r\n" * 100_000)
            assert await client.receive_some() == b""
            assert proxy.open_connections == 1
        await proxy.wait_for_connections(0)
        assert valkey.call("GET", "k") is None


async def test_reset_cut_breaks_the_stream(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy, await connect(proxy) as client:
        await assert_works(client)
        proxy.cut(reset=True)
        await assert_was_reset(client)
        await proxy.wait_for_connections(0)


@pytest.mark.parametrize("reset", [False, True])
async def test_cut_loses_what_is_held_and_spares_later_connections(
    valkey: Server, reset: bool
) -> None:
    async with open_fault_proxy(valkey.port) as proxy:
        async with await connect(proxy) as client:
            proxy.replies.stall()
            await client.send_all(b"PING\r\n")
            await proxy.replies.wait_for_held(len(PONG))
            proxy.cut(reset=reset)
            proxy.replies.release()
            if reset:
                await assert_was_reset(client)
            else:
                assert await client.receive_some() == b""
        await proxy.wait_for_connections(0)
        assert proxy.replies.held == proxy.replies.passed == 0
        async with await connect(proxy) as client:
            await assert_works(client)


@pytest.mark.parametrize("passing", range(len(PONG) + 1))
async def test_cut_after_lets_exactly_so_many_bytes_pass(valkey: Server, passing: int) -> None:
    async with open_fault_proxy(valkey.port) as proxy:
        async with await connect(proxy) as client:
            proxy.replies.cut_after(passing)
            await client.send_all(b"PING\r\n")
            received = b""
            while chunk := await client.receive_some():
                received += chunk
            assert received == PONG[:passing]
        async with await connect(proxy) as client:  # it holds once
            await assert_works(client)


async def test_cut_after_on_requests_keeps_the_rest_from_the_server(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy, await connect(proxy) as client:
        proxy.requests.cut_after(10 + 4, reset=True)
        await client.send_all(b"SET a 1\r\nSET b 2\r\n")
        with pytest.raises(trio.BrokenResourceError):  # with or without the first reply
            await receive(client, 10)
        assert valkey.call("MGET", "a", "b") == [b"1", None]


async def test_refused_connections_fail_at_once_and_open_ones_stay(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy, await connect(proxy) as client:
        await assert_works(client)
        for _ in range(2):
            proxy.refuse()
            with pytest.raises(ConnectionRefusedError), socket.socket() as refused:
                refused.connect(("127.0.0.1", proxy.port))
            await assert_works(client)
            proxy.accept()
            async with await connect(proxy) as another:
                await assert_works(another)


async def test_port_of_a_refusing_proxy_stays_reserved(valkey: Server) -> None:
    async with open_fault_proxy(valkey.port) as proxy:
        proxy.refuse()
        with socket.socket() as thief, pytest.raises(OSError, match="in use"):
            thief.bind(("127.0.0.1", proxy.port))


async def test_client_is_reset_where_the_server_is_down(own_valkey: Server) -> None:
    async with open_fault_proxy(own_valkey.port) as proxy:
        own_valkey.kill()
        async with await connect(proxy) as client:
            await assert_was_reset(client)
        own_valkey.start()
        async with await connect(proxy) as client:
            await assert_works(client)


async def test_server_that_is_killed_ends_the_clients_stream(own_valkey: Server) -> None:
    async with open_fault_proxy(own_valkey.port) as proxy, await connect(proxy) as client:
        await assert_works(client)
        own_valkey.kill()
        assert await client.receive_some() == b""


async def test_exception_of_the_block_leaves_it_unwrapped(valkey: Server) -> None:
    with pytest.raises(KeyError):
        async with open_fault_proxy(valkey.port) as proxy, await connect(proxy) as client:
            await assert_works(client)
            raise KeyError
    with trio.move_on_after(0.01) as scope:
        async with open_fault_proxy(valkey.port):
            await trio.sleep_forever()
    assert scope.cancelled_caught


async def test_many_connections_under_every_fault_leave_nothing(valkey: Server) -> None:
    async def echo_until_cut(words: list[bytes]) -> None:
        async with await connect(proxy) as client:
            while words:
                await client.send_all(b"ECHO %s\r\n" % words[-1])
                assert await receive(client, 13) == b"$7\r\n%s\r\n" % words[-1]
                words.pop()

    async def hammer(number: int) -> None:
        words = [b"%03d-%03d" % (number, turn) for turn in range(20)]
        while words:
            with suppress(OSError, trio.BrokenResourceError, ConnectionEnded):
                await echo_until_cut(words)

    async with open_fault_proxy(valkey.port) as proxy:
        proxy.replies.delay(0.001)
        proxy.replies.split(2)
        proxy.requests.split(5)
        async with trio.open_nursery() as nursery:
            for number in range(50):
                nursery.start_soon(hammer, number)
            for turn in range(10):
                await proxy.replies.wait_for_passed(100 * turn)
                proxy.cut(reset=bool(turn % 2))
                proxy.requests.cut_after(turn, reset=not turn % 2)
        await proxy.wait_for_connections(0)
        assert proxy.requests.held == proxy.replies.held == 0
