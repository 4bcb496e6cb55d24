"""TLS: real servers and what they refuse, and a peer in memory for what no server does."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing
import trustme
from servers import Server, ServerMissing, TlsFiles, open_server

from redtrio._config import Config
from redtrio._connection import Connection
from redtrio._conversation import Waiter
from redtrio._dial import dial, greet, open_connection
from redtrio._tls import TlsTransport
from redtrio.exceptions import ConnectionError
from redtrio.lowlevel.protocol import write_command

# --- real servers -------------------------------------------------------------------------


class Certificates:
    """Authority, server and client, as files."""

    def __init__(self, directory: Path) -> None:
        ca = trustme.CA()
        self.authority = directory / "ca.pem"
        ca.cert_pem.write_to_path(self.authority)
        self.stranger = directory / "stranger.pem"
        trustme.CA().cert_pem.write_to_path(self.stranger)
        self.server = self._issue(directory / "server", ca, "localhost", "127.0.0.1")
        self.client = self._issue(directory / "client", ca, "client")

    @staticmethod
    def _issue(stem: Path, ca: trustme.CA, *names: str) -> tuple[Path, Path]:
        issued = ca.issue_cert(*names)
        certificate, key = stem.with_suffix(".pem"), stem.with_suffix(".key")
        issued.cert_chain_pems[0].write_to_path(certificate)
        issued.private_key_pem.write_to_path(key)
        return certificate, key

    def for_server(self, clients: str) -> TlsFiles:
        return TlsFiles(*self.server, self.authority, clients)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@contextmanager
def tls_server(files: TlsFiles) -> Iterator[Server]:
    missing: list[str] = []
    for kind in ("redis7", "redis8", "valkey"):
        try:
            with open_server(kind, tls=files) as server:
                yield server
                return
        except ServerMissing as error:
            missing.append(str(error))
    pytest.skip(f"no server with TLS: {', '.join(missing)}")


@pytest.fixture
def server(certificates: Certificates) -> Iterator[Server]:
    with tls_server(certificates.for_server("no")) as server:
        yield server


@pytest.fixture
def strict_server(certificates: Certificates) -> Iterator[Server]:
    with tls_server(certificates.for_server("yes")) as server:
        yield server


def config_for(server: Server, **options: Any) -> Config:
    defaults: dict[str, Any] = {"host": "localhost", "port": server.tls_port, "ssl": True}
    return Config(**{**defaults, **options})


async def call(connection: Connection, *words: Any) -> Any:
    (reply,) = await connection.request(Waiter(write_command(*words), 1))
    return reply


async def use(config: Config) -> None:
    connection = await open_connection(config)
    try:
        await greet(connection, config.handshake(await config.credentials()))
        assert await call(connection, b"SET", b"k", b"v" * 1_000_000) == b"OK"
        assert await call(connection, b"GET", b"k") == b"v" * 1_000_000
        assert await call(connection, b"PING") == b"PONG"
        assert connection.conversation.is_clean()
        assert connection._transport.is_quiet()
    finally:
        connection.close()


async def test_server_that_the_authority_vouches_for_is_accepted(
    server: Server, certificates: Certificates
) -> None:
    for host in ("localhost", "127.0.0.1"):
        await use(config_for(server, host=host, ssl_ca_certs=certificates.authority))
    context = ssl.create_default_context(cafile=str(certificates.authority))
    await use(config_for(server, ssl=False, ssl_context=context))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_either_version_of_tls_is_spoken(
    server: Server, certificates: Certificates, version: ssl.TLSVersion
) -> None:
    context = ssl.create_default_context(cafile=str(certificates.authority))
    context.minimum_version = context.maximum_version = version
    await use(config_for(server, ssl_context=context))


async def test_login_name_and_database_ride_in_the_handshake(
    server: Server, certificates: Certificates
) -> None:
    server.call("ACL", "SETUSER", "bob", "on", ">secret", "~*", "+@all")
    config = config_for(
        server,
        ssl_ca_certs=certificates.authority,
        credential_provider=lambda: ("bob", "secret"),
        client_name="me",
        db=3,
    )
    connection = await open_connection(config)
    await greet(connection, config.handshake(await config.credentials()))
    client = await call(
        connection, b"CLIENT", b"LIST", b"ID", await call(connection, b"CLIENT", b"ID")
    )
    connection.close()
    assert b" name=me " in client
    assert b" user=bob " in client
    assert b" db=3 " in client


async def test_stranger_is_refused(server: Server, certificates: Certificates) -> None:
    strangers: list[dict[str, Any]] = [{}, {"ssl_ca_certs": certificates.stranger}]
    for options in strangers:
        with pytest.raises(ConnectionError, match="certificate verify failed: ") as caught:
            await dial(config_for(server, **options))
        assert str(caught.value).startswith(f"could not connect to localhost:{server.tls_port}: ")
        assert not caught.value.maybe_executed


async def test_wrong_hostname_is_refused_unless_switched_off(
    certificates: Certificates, tmp_path: Path
) -> None:
    elsewhere = Certificates._issue(tmp_path / "elsewhere", trustme.CA(), "elsewhere.example")
    with tls_server(TlsFiles(*elsewhere, certificates.authority)) as server:
        trusting: dict[str, Any] = {
            "ssl_ca_certs": elsewhere[0],
            "ssl_include_verify_flags": [PARTIAL_CHAIN],
        }
        with pytest.raises(ConnectionError, match="certificate verify failed: Hostname mismatch"):
            await dial(config_for(server, **trusting))
        await use(config_for(server, ssl_check_hostname=False, **trusting))


# Lets a certificate be trusted by itself. ``ssl`` has the name since Python 3.10.4.
PARTIAL_CHAIN = ssl.VerifyFlags(0x80000)


@pytest.mark.parametrize("none", ["none", None])
async def test_whoever_asks_for_no_certificate_gets_in(server: Server, none: str | None) -> None:
    await use(config_for(server, ssl_cert_reqs=none))


async def test_client_certificate_is_shown(
    strict_server: Server, certificates: Certificates
) -> None:
    certificate, key = certificates.client
    trusting: dict[str, Any] = {"ssl_ca_certs": certificates.authority}
    await use(config_for(strict_server, ssl_certfile=certificate, ssl_keyfile=key, **trusting))
    with pytest.raises(ConnectionError, match=r"certificate required|handshake failure"):
        await use(config_for(strict_server, **trusting))


async def test_plain_server_is_told_from_tls() -> None:
    async def serve(stream: trio.SocketStream) -> None:
        async with stream:
            await stream.receive_some()
            await stream.send_all(b"-ERR Protocol error\r\n")

    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, serve, [listener])
        port = listener.socket.getsockname()[1]
        with pytest.raises(
            ConnectionError, match=r"wrong version number \(is TLS spoken there\?\)"
        ):
            await dial(Config(host="127.0.0.1", port=port, ssl=True))
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("silent", [False, True])
async def test_peer_that_breaks_off_the_handshake(silent: bool) -> None:
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    config = Config(host="127.0.0.1", port=listener.socket.getsockname()[1], ssl=True)
    async with listener, trio.open_nursery() as nursery:
        if silent:
            # Cancelled in the handshake: the fixture sees that the socket is closed.
            nursery.start_soon(dial, config)
            async with await listener.accept() as stream:
                assert await stream.receive_some()
                nursery.cancel_scope.cancel()
            return

        async def hang_up() -> None:
            async with await listener.accept() as stream:
                await stream.receive_some()

        nursery.start_soon(hang_up)
        with pytest.raises(ConnectionError, match="closed the connection in the TLS handshake"):
            await dial(config)


async def test_cancelled_large_write_goes_on_where_it_stopped(
    server: Server, certificates: Certificates
) -> None:
    config = config_for(server, ssl_ca_certs=certificates.authority)
    connection = await open_connection(config)
    await greet(connection, config.handshake())
    server.pause()
    size = 20_000_000
    with trio.CancelScope() as scope:

        async def cancel_when_full() -> None:
            await trio.testing.wait_all_tasks_blocked(0.01)
            scope.cancel()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(cancel_when_full)
            await call(connection, b"SET", b"k", b"v" * size)
    assert scope.cancelled_caught
    assert connection._transport.has_backlog
    server.resume()
    assert await call(connection, b"STRLEN", b"k") == size
    assert await call(connection, b"ECHO", b"mine") == b"mine"
    connection.close()


# --- a peer in memory ---------------------------------------------------------------------


class Peer:
    """The server's side of a TLS connection, over a socket that the test holds."""

    def __init__(self, *, buffer: int | None = None) -> None:
        ca = trustme.CA()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ca.issue_cert("peer.example").configure_cert(self.context)
        self.client_context = ssl.create_default_context()
        ca.configure_trust(self.client_context)
        ours, self.socket = socket.socketpair()
        for sock in (ours, self.socket):
            sock.setblocking(False)
            if buffer:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)
        self._client_socket = ours
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = self.context.wrap_bio(self.incoming, self.outgoing, server_side=True)

    async def connect(self) -> TlsTransport:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._shake_hands)
            return await TlsTransport.agreed(
                self._client_socket, "peer:1", self.client_context, "peer.example"
            )

    async def _shake_hands(self) -> None:
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                await self.push()
                await self.pull()
            else:
                await self.push()
                return

    async def push(self, data: bytes | None = None, piece: int = 1 << 20) -> None:
        """Send the encrypted bytes that are there, or these."""
        data = self.outgoing.read() if data is None else data
        stream = data
        while stream:
            try:
                stream = stream[self.socket.send(stream[:piece]) :]
            except BlockingIOError:
                await trio.lowlevel.wait_writable(self.socket)

    async def pull(self) -> bool:
        await trio.lowlevel.wait_readable(self.socket)
        data = self.socket.recv(1 << 16)
        self.incoming.write(data)
        return bool(data)

    def encrypted(self, plain: bytes) -> bytes:
        self.tls.write(plain)
        return self.outgoing.read()

    async def receive(self, count: int) -> bytes:
        plain = b""
        while len(plain) < count:
            try:
                plain += self.tls.read(count - len(plain))
            except ssl.SSLWantReadError:
                await self.pull()
        return plain

    def close(self) -> None:
        self.socket.close()


@pytest.fixture
def peer() -> Iterator[Peer]:
    peer = Peer(buffer=4096)
    yield peer
    peer.close()


@pytest.fixture
async def transport(peer: Peer) -> Any:
    transport = await peer.connect()
    yield transport
    transport.close()


async def receive_all(transport: TlsTransport, count: int, limit: int = 1 << 16) -> bytes:
    plain = b""
    while len(plain) < count:
        some = transport.receive(limit)
        if some is None:
            await transport.wait_readable()
        else:
            assert 0 < len(some) <= limit
            plain += some
    return plain


async def flush_all(transport: TlsTransport) -> None:
    while not transport.flush():
        await transport.wait_writable()


async def test_bytes_that_dribble_in_come_out_whole(peer: Peer, transport: TlsTransport) -> None:
    plain = os.urandom(500)
    got = b""
    for byte in peer.encrypted(plain[:250]) + peer.encrypted(plain[250:]):
        await peer.push(bytes([byte]))
        got += transport.receive(1 << 16) or b""
    assert got == plain
    assert transport.receive(1 << 16) is None


@pytest.mark.parametrize("limit", [1, 1000, 16384, 16385, 65536])
@pytest.mark.parametrize("into", [False, True])
async def test_limit_is_kept_and_nobody_sleeps_on_the_rest(
    peer: Peer, transport: TlsTransport, limit: int, into: bool
) -> None:
    plain = os.urandom(40_000)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(peer.push, peer.encrypted(plain))
        got = bytearray()
        buffer = memoryview(bytearray(100_000))
        while len(got) < len(plain):
            await transport.wait_readable()
            if into:
                count = transport.receive_into(buffer, limit)
                assert count is None or 0 < count <= limit
                got += buffer[: count or 0]
            else:
                got += transport.receive(limit) or b""
    assert got == plain


async def test_more_than_the_socket_takes_is_held_back_and_follows(
    peer: Peer, transport: TlsTransport
) -> None:
    plain = os.urandom(1_000_000)
    taken = transport.send(plain)
    assert 0 < taken < len(plain)
    assert taken % 65536 == 0
    assert transport.has_backlog
    assert transport.send(plain[taken:]) == 0
    assert not transport.flush()
    async with trio.open_nursery() as nursery:
        received: list[bytes] = []

        async def receive() -> None:
            received.append(await peer.receive(len(plain)))

        nursery.start_soon(receive)
        while taken < len(plain) or not transport.flush():
            await transport.wait_writable()
            taken += transport.send(plain[taken:])
    assert received == [plain]
    assert not transport.has_backlog


async def test_small_send_that_the_socket_refuses_counts_and_follows(
    peer: Peer, transport: TlsTransport
) -> None:
    sent = b""
    while not transport.has_backlog:
        piece = os.urandom(100)
        assert transport.send(piece) == 100
        sent += piece
    assert transport.send(b"more") == 0
    while not transport.flush():
        plain = await peer.receive(100)
        assert sent.startswith(plain)
        sent = sent[100:]
    assert transport.send(b"more") == 4
    assert await peer.receive(len(sent) + 4) == sent + b"more"


async def test_backlog_goes_out_while_waiting_to_read(peer: Peer, transport: TlsTransport) -> None:
    taken = transport.send(bytes(1_000_000))
    assert taken
    await peer.pull()
    before = transport._rest
    with trio.move_on_after(0):
        await transport.wait_readable()
    assert transport._rest is not None
    assert before is not None
    assert len(transport._rest) < len(before)


class BreaksAfterOneSend:
    """A socket whose other end is reset behind the first piece."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._sends = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def send(self, data: bytes) -> int:
        self._sends += 1
        if self._sends > 1:
            raise ConnectionResetError(104, "Connection reset by peer")
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        return int(self._sock.send(data))


async def test_what_left_before_the_connection_broke_is_counted(
    peer: Peer, transport: TlsTransport
) -> None:
    transport._socket = BreaksAfterOneSend(transport._socket)  # type: ignore[assignment]
    taken = transport.send(bytes(200_000))
    assert 65536 <= taken < 200_000
    assert transport.has_backlog
    with pytest.raises(ConnectionError, match="reset"):
        transport.send(bytes(200_000 - taken))


class WritesAfterReading:
    """OpenSSL in a renegotiation: a write wants to read first, and then the same bytes again."""

    def __init__(self, transport: TlsTransport) -> None:
        self.write = transport._write
        self.offered: list[bytes] = []
        self.willing = False

    def __call__(self, data: bytes) -> int:
        self.offered.append(bytes(data))
        if not self.willing:
            raise ssl.SSLWantReadError
        return self.write(data)


@pytest.mark.parametrize("size", [10, 200_000])
async def test_write_that_wants_to_read_is_repeated_with_the_same_bytes(
    peer: Peer, transport: TlsTransport, size: int
) -> None:
    plain = os.urandom(size)
    transport._write = openssl = WritesAfterReading(transport)  # type: ignore[assignment]
    first = plain[:65536]
    assert transport.send(plain) == len(first)
    assert transport.has_backlog
    assert transport.send(plain[len(first) :]) == 0
    async with trio.open_nursery() as nursery:
        nursery.start_soon(transport.wait_writable)
        await trio.testing.wait_all_tasks_blocked()
        openssl.willing = True
        await peer.push(peer.encrypted(b"news"))
        assert await receive_all(transport, 4) == b"news"
    assert set(openssl.offered) == {first}
    async with trio.open_nursery() as nursery:
        nursery.start_soon(flush_all, transport)
        assert await peer.receive(len(first)) == first


async def test_closing_wakes_who_waits_for_a_read_before_the_write(
    peer: Peer, transport: TlsTransport
) -> None:
    transport._write = WritesAfterReading(transport)  # type: ignore[assignment]
    transport.send(b"x")
    async with trio.open_nursery() as nursery:

        async def wait() -> None:
            with pytest.raises(trio.ClosedResourceError):
                await transport.wait_writable()

        nursery.start_soon(wait)
        await trio.testing.wait_all_tasks_blocked()
        transport.close()


async def test_tickets_are_no_news(peer: Peer, transport: TlsTransport) -> None:
    # TLS 1.3 sends its tickets behind the handshake.
    assert transport._tls.version() == "TLSv1.3"
    assert transport.is_quiet()
    assert transport.receive(1 << 16) is None
    await peer.push(peer.encrypted(b"hello"))
    assert not transport.is_quiet()
    assert not transport.is_quiet()
    await transport.wait_readable()
    assert transport.receive(1 << 16) == b"hello"
    assert transport.is_quiet()


@pytest.mark.parametrize("farewell", [False, True])
@pytest.mark.parametrize("pending", [b"", b"last words"])
async def test_end_with_or_without_farewell_is_an_end_for_good(
    peer: Peer, transport: TlsTransport, farewell: bool, pending: bytes
) -> None:
    last = peer.encrypted(pending) if pending else b""
    if farewell:
        with pytest.raises(ssl.SSLWantReadError):
            peer.tls.unwrap()
        last += peer.outgoing.read()
    await peer.push(last)
    if not farewell:
        peer.close()
    assert not transport.is_quiet()
    if pending:
        assert await receive_all(transport, len(pending)) == pending
    for _ in range(3):
        await transport.wait_readable()
        assert transport.receive(1 << 16) == b""
        assert transport.receive_into(memoryview(bytearray(10)), 10) == 0


async def test_end_within_a_record_is_an_end(peer: Peer, transport: TlsTransport) -> None:
    await peer.push(peer.encrypted(b"whole") + peer.encrypted(b"half")[:-3])
    peer.close()
    assert await receive_all(transport, 5) == b"whole"
    assert transport.receive(1 << 16) == b""


async def test_forged_record_is_told_after_what_came_before(
    peer: Peer, transport: TlsTransport
) -> None:
    first, forged = peer.encrypted(b"first"), bytearray(peer.encrypted(b"second"))
    forged[-1] ^= 1
    for into in (False, True):
        if not into:
            await peer.push(first + forged)
            assert transport.receive(1 << 16) == b"first"
        with pytest.raises(ConnectionError, match=r"connection to peer:1 lost: .*bad record mac"):
            transport.receive_into(memoryview(bytearray(10)), 10) if into else transport.receive(10)


async def test_failing_answer_does_not_cost_what_was_read(
    peer: Peer, transport: TlsTransport
) -> None:
    transport.send(bytes(200_000))
    await peer.push(peer.encrypted(b"reply"))
    peer.close()  # with unread bytes: the connection is reset
    transport._answer()
    assert transport._failure is not None
    await transport.wait_readable()
    assert transport.receive(1 << 16) == b"reply"
    with pytest.raises(ConnectionError, match="connection to peer:1 lost"):
        transport.receive(1 << 16)


async def test_broken_socket_is_told_by_every_operation(
    peer: Peer, transport: TlsTransport
) -> None:
    transport._socket.close()
    with pytest.raises(ConnectionError, match="lost: bad file descriptor"):
        transport.send(b"x")
    with pytest.raises(ConnectionError, match="lost: bad file descriptor"):
        transport.receive(10)
    assert not transport.is_quiet()


async def test_closing_says_farewell_once(peer: Peer, transport: TlsTransport) -> None:
    assert transport.is_quiet()  # nothing is left unread, which would be a reset
    transport.close()
    transport.close()
    await peer.pull()
    assert peer.tls.read(10) == b""  # close_notify, not a mere end
    assert not await peer.pull()
    with pytest.raises(ConnectionError):
        transport.send(b"x")


async def test_closing_does_not_wait_for_room(peer: Peer, transport: TlsTransport) -> None:
    transport.send(bytes(1_000_000))
    transport.close()
    transport.close()


async def test_after_a_fork_nothing_is_said(
    peer: Peer, transport: TlsTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert transport.is_quiet()
    pid = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: pid + 1)
    transport.close()
    assert not await peer.pull()


# --- as a stream --------------------------------------------------------------------------


async def test_stream_carries_both_ways(peer: Peer, transport: TlsTransport) -> None:
    plain = os.urandom(300_000)
    stream = transport.as_stream()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stream.send_all, plain)
        assert await peer.receive(len(plain)) == plain
    async with trio.open_nursery() as nursery:
        nursery.start_soon(peer.push, peer.encrypted(plain))
        got = b""
        while len(got) < len(plain):
            got += await stream.receive_some()
    assert got == plain
    await peer.push(peer.encrypted(b"abc"))
    assert await stream.receive_some(2) == b"ab"
    assert await stream.receive_some(2) == b"c"
    for wrong, error in ((0, ValueError), (-1, ValueError), (1.5, TypeError)):
        with pytest.raises(error, match="max_bytes"):
            await stream.receive_some(wrong)  # type: ignore[arg-type]


class ServerSide:
    """A context whose sessions are a server's."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context

    def wrap_bio(self, incoming: Any, outgoing: Any, *, server_hostname: str) -> ssl.SSLObject:
        return self._context.wrap_bio(incoming, outgoing, server_side=True)


async def transport_pair() -> tuple[TlsTransport, TlsTransport]:
    peer = Peer(buffer=4096)
    ends: dict[str, TlsTransport] = {}

    async def agree(name: str, sock: socket.socket, context: Any) -> None:
        ends[name] = await TlsTransport.agreed(sock, "peer:1", context, "peer.example")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(agree, "client", peer._client_socket, peer.client_context)
        nursery.start_soon(agree, "server", peer.socket, ServerSide(peer.context))
    # Trio's tests want to see a receive sleep that finds nothing.
    assert ends["client"].is_quiet()
    return ends["client"], ends["server"]


async def stream_pair() -> tuple[trio.abc.Stream, trio.abc.Stream]:
    client, server = await transport_pair()
    return client.as_stream(), server.as_stream()


async def clogged_pair() -> tuple[trio.abc.Stream, trio.abc.Stream]:
    ends = await transport_pair()
    for transport in ends:
        while not transport.has_backlog:
            transport.send(bytes(1000))
    return ends[0].as_stream(), ends[1].as_stream()


async def test_stream_keeps_the_rules_of_trio() -> None:
    await trio.testing.check_two_way_stream(stream_pair, clogged_pair)
