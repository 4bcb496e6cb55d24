"""Credential providers that say by themselves when there is something new."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import trio
import trio.testing
from servers import Server

from redtrio import Redis
from redtrio.exceptions import AuthenticationError, ConnectionError


class Provider:
    """One in redis-py's form; ``rotate`` may be called in any thread."""

    def __init__(self, server: Server) -> None:
        for user in ("first", "second", "third"):
            server.call("ACL", "SETUSER", user, "on", ">secret", "~*", "&*", "+@all")
        self.user = "first"
        self.password = "secret"
        self.callbacks: list[Callable[[Any], object]] = []
        self.asked = 0

    def get_credentials(self) -> tuple[str, str]:
        self.asked += 1
        return self.user, self.password

    def on_next(self, callback: Callable[[Any], object]) -> None:
        self.callbacks.append(callback)

    def rotate(self, user: str) -> None:
        self.user = user
        for callback in self.callbacks:
            callback((self.user, self.password))


def open_client(server: Server, provider: Provider, **options: Any) -> Redis[str]:
    return Redis(
        server.host, server.port, decode_responses=True, credential_provider=provider, **options
    )


async def wait_until(condition: Callable[[], bool]) -> None:
    while True:
        if condition():
            return
        await trio.sleep(0.001)


def are_logged_in(server: Server, user: str, count: int) -> bool:
    clients = server.call("CLIENT", "LIST")
    assert isinstance(clients, bytes)
    return clients.count(f" user={user} ".encode()) == count


async def wait_for_user(client: Redis[str], user: str) -> None:
    while True:
        if await client.call("ACL", "WHOAMI") == user:
            return


@pytest.mark.parametrize("in_thread", [False, True])
async def test_live_connections_log_in_anew_by_themselves(server: Server, in_thread: bool) -> None:
    provider = Provider(server)
    async with open_client(server, provider, connections=2) as client:
        identities = {await client.client_id() for _ in range(4)}
        for user in ("second", "third"):
            if in_thread:
                await trio.to_thread.run_sync(provider.rotate, user)
            else:
                provider.rotate(user)
            await wait_until(partial(are_logged_in, server, user, 2))
        assert {await client.client_id() for _ in range(4)} == identities
        async with client.exclusive() as own:
            assert await own.call("ACL", "WHOAMI") == "third"


async def test_idle_client_logs_in_anew_as_well(valkey: Server) -> None:
    provider = Provider(valkey)
    async with open_client(valkey, provider):
        provider.rotate("second")
        await wait_until(partial(are_logged_in, valkey, "second", 1))


async def test_refused_credentials_are_logged_and_the_next_ones_taken(
    valkey: Server, caplog: pytest.LogCaptureFixture
) -> None:
    provider = Provider(valkey)
    async with open_client(valkey, provider) as client:
        provider.password = "wrong"
        with caplog.at_level(logging.WARNING, "redtrio"):
            provider.rotate("second")
            await wait_until(lambda: "could not log in" in caplog.text)
        assert "wrong" not in caplog.text
        assert await client.call("ACL", "WHOAMI") == "first"
        provider.password = "secret"
        provider.rotate("third")
        await wait_for_user(client, "third")


async def test_leaving_ends_the_watch_and_later_news_are_ignored(valkey: Server) -> None:
    provider = Provider(valkey)
    async with open_client(valkey, provider) as client:
        await client.ping()
        await client.aclose()
    asked = provider.asked
    provider.rotate("second")
    await trio.testing.wait_all_tasks_blocked()
    assert provider.asked == asked


def test_news_after_the_end_of_the_run_are_ignored(valkey: Server) -> None:
    provider = Provider(valkey)

    async def main() -> None:
        async with open_client(valkey, provider) as client:
            await client.ping()

    trio.run(main)
    thread = threading.Thread(target=provider.rotate, args=("second",))
    thread.start()
    thread.join()
    trio.run(main)  # anew, over the same provider
    assert provider.user == "second"


async def test_the_blocks_own_exception_leaves_it_unwrapped(valkey: Server) -> None:
    provider = Provider(valkey)
    with pytest.raises(KeyError, match="mine"):
        async with open_client(valkey, provider):
            raise KeyError("mine")
    with trio.move_on_after(0.01) as scope:
        async with open_client(valkey, provider):
            await trio.sleep_forever()
    assert scope.cancelled_caught


async def test_failing_to_enter_leaves_no_watch_behind(valkey: Server) -> None:
    provider = Provider(valkey)
    provider.password = "wrong"
    client = open_client(valkey, provider)
    with pytest.raises(AuthenticationError):
        await client.__aenter__()
    provider.password = "secret"
    async with client:
        assert await client.call("ACL", "WHOAMI") == "first"


async def test_outside_of_a_block_the_message_says_so(valkey: Server) -> None:
    provider = Provider(valkey)
    client = open_client(valkey, provider)
    with pytest.raises(RuntimeError, match="async with"):
        await client.ping()
    async with client:
        await client.ping()
        with pytest.raises(RuntimeError, match="entered only once"):
            await client.__aenter__()
        await client.ping()
    with pytest.raises(ConnectionError, match="closed"):
        await client.ping()
