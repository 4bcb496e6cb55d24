"""The commands on the connection, and on the connections of others, against real servers."""

from __future__ import annotations

from typing import Any, cast

import pytest
from command_client import Text, requires
from servers import Server

from redtrio import Redis
from redtrio.commands import connection
from redtrio.exceptions import (
    AuthenticationError,
    ConnectionError,
    DataError,
    ResponseError,
)


async def test_ping_and_echo(r: Redis[Any], t: Text) -> None:
    assert await r.ping() is True
    assert await r.ping("hello") == t("hello")
    assert await r.ping("") == t("")
    assert await r.echo("hello") == t("hello")


async def test_auth(r: Redis[Any], server: Server) -> None:
    server.call("ACL", "SETUSER", "alice", "on", ">secret", "+@all")
    async with r.exclusive() as one:
        assert await one.auth("secret", "alice") is True
        assert (await one.client_info())["user"] == "alice"
        with pytest.raises(AuthenticationError):
            await one.auth("wrong", username="alice")
        server.call("ACL", "SETUSER", "default", "resetpass", ">other")
        assert await one.auth("other") is True


async def test_select_chooses_the_database_of_the_connection(r: Redis[Any], server: Server) -> None:
    async with r.exclusive() as one:
        assert await one.select(1) is True
        assert (await one.client_info())["db"] == 1
        with pytest.raises(ResponseError):
            await one.select(1_000_000)
    with pytest.raises(DataError, match="index must be >= 0 databases, got -1"):
        r.select(-1)


async def test_hello_tells_of_the_server(r: Redis[Any], server: Server) -> None:
    async with r.exclusive() as one:
        greeting = await one.hello(clientname="me")
        assert (greeting["proto"], greeting["role"]) == (3, "master")
        assert (await one.client_info())["name"] == "me"
        greeting = await one.hello(password="any")
        assert greeting["id"] == await one.client_id()
        with pytest.raises(AuthenticationError):
            await one.hello("nobody", "secret")
    with pytest.raises(DataError, match="username needs password"):
        r.hello("alice")


async def test_quit_ends_the_connection(r: Redis[Any]) -> None:
    async with r.exclusive() as one:
        assert await one.quit() is True
        with pytest.raises(ConnectionError):
            await one.ping()


async def test_reset_undoes_what_was_bound(r: Redis[Any]) -> None:
    async with r.exclusive() as one:
        await one.select(1)
        assert await one.reset() is True
        assert (await one.client_info())["db"] == 0


async def test_names_of_connections(r: Redis[Any]) -> None:
    async with r.exclusive() as one:
        assert await one.client_getname() is None
        assert await one.client_setname("me") is True
        assert await one.client_getname() == "me"
        with pytest.raises(ResponseError):
            await one.client_setname("with space")


@requires("CLIENT SETINFO")
async def test_client_setinfo_names_the_library(r: Redis[Any]) -> None:
    async with r.exclusive() as one:
        assert await one.client_setinfo("LIB-NAME", "name") is True
        assert await one.client_setinfo("LIB-VER", "1.0") is True
        assert (await one.client_info())["lib-name"] == "name"
    with pytest.raises(DataError, match="attr must be one of LIB-NAME, LIB-VER, got 'LIB'"):
        cast("Any", r).client_setinfo("LIB", "x")


async def test_client_id_and_info(r: Redis[Any]) -> None:
    async with r.exclusive() as one:
        own = await one.client_info()
        assert own["id"] == await one.client_id()
        assert own["cmd"] == "client|info"
        assert own["resp"] == "3"


async def test_client_no_evict(r: Redis[Any]) -> None:
    async with r.exclusive() as one:
        assert await one.client_no_evict("ON") is True
        assert "e" in str((await one.client_info())["flags"])
        assert await one.client_no_evict("OFF") is True


@requires("CLIENT NO-TOUCH")
async def test_client_no_touch(r: Redis[Any]) -> None:
    async with r.exclusive() as one:
        assert await one.client_no_touch("ON") is True
        assert "T" in str((await one.client_info())["flags"])
        assert await one.client_no_touch("OFF") is True


def test_modes_are_on_and_off(offline: Redis[Any]) -> None:
    for call in (offline.client_no_evict, offline.client_no_touch, offline.client_import_source):
        with pytest.raises(DataError, match="mode must be one of ON, OFF, got 'maybe'"):
            cast("Any", call)("maybe")


@requires("CLIENT CAPA", "CLIENT IMPORT-SOURCE")
async def test_client_capa_and_import_source(r: Redis[Any]) -> None:
    async with r.exclusive() as one:
        assert await one.client_capa("redirect") is True
        await one.config_set("import-mode", "yes")
        assert await one.client_import_source("ON") is True
        assert await one.client_import_source("OFF") is True


async def test_client_tracking(r: Redis[Any], t: Text) -> None:
    async with r.exclusive() as one, r.exclusive() as other:
        assert await one.client_trackinginfo() == {
            "flags": {"off"},
            "redirect": -1,
            "prefixes": set(),
        }
        assert await one.client_getredir() == -1
        assert await one.client_tracking_on(bcast=True, prefix=["a", "b"], noloop=True) is True
        assert await one.client_trackinginfo() == {
            "flags": {"on", "bcast", "noloop"},
            "redirect": 0,
            "prefixes": t({"a", "b"}),
        }
        assert await one.client_tracking_off() is True
        assert await one.client_tracking_on(bcast=True, prefix="user:") is True
        assert (await one.client_trackinginfo())["prefixes"] == {t("user:")}
        assert await one.client_tracking_off(bcast=True, prefix=[]) is True
        number = await other.client_id()
        assert await one.client_tracking(clientid=number, optin=True) is True
        assert await one.client_getredir() == number
        assert await one.client_caching(True) is True
        assert await other.client_tracking(optout=True) is True
        assert await other.client_caching(False) is True


def test_client_tracking_refuses_options_that_do_not_go_together(offline: Redis[Any]) -> None:
    with pytest.raises(DataError, match="optin and optout exclude each other"):
        offline.client_tracking(optin=True, optout=True)
    with pytest.raises(DataError, match="prefix needs bcast=True"):
        offline.client_tracking_on(prefix=["a"])


def test_what_stays_on_a_connection_says_so() -> None:
    assert connection.CLIENT_REPLY.unanswered
    assert not hasattr(connection.ConnectionCommands, "client_reply")
