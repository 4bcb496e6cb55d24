"""One server: the connections that all tasks share, and those that are lent to one at a time.

Callers do the work. Whoever finds no shared connection dials it, one caller at a time; the
others wait for the outcome, and a dialler that is cancelled leaves the work to the next. Between
two attempts that fail lies a wait that grows; it belongs to the node, not to a caller.
"""

from __future__ import annotations

import logging
import math
import random
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from time import monotonic
from typing import Any, cast

import trio
from trio.lowlevel import enable_ki_protection

from redtrio._config import Config
from redtrio._connection import Connection, connect, first_leaf
from redtrio._conversation import Waiter
from redtrio._hook import NO_HOOK, Hook
from redtrio._retry import Retry, is_repeatable
from redtrio.exceptions import ConnectionError, RedisError, ResponseError, TimeoutError
from redtrio.lowlevel.connections import ConnectionPool
from redtrio.lowlevel.protocol import write_command
from redtrio.types import Statistics

__all__ = ["Node"]

logger = logging.getLogger("redtrio")

# For how long a cancelled caller waits, shielded, for the server to end a blocking command.
_UNBLOCK_SECONDS = 1.0

_PING = write_command(b"PING")


class _Dial:
    """An attempt to get a shared connection, and who waits for its outcome."""

    def __init__(self) -> None:
        self.scope = trio.CancelScope()
        self.over = trio.Event()
        self.failure: RedisError | None = None


class Node:
    """One server, as a client uses it.

    Args:
        config: How to connect.
        retry: How long to wait between attempts to connect.
        connections: How many connections to share among callers, >= 1.
        max_connections: How many to lend beside them, >= 1.
        fail_fast: While the server cannot be reached, fail at once with the last failure
            and do not wait for the next attempt.
        hook: Told of each connection that is opened.
    """

    def __init__(
        self,
        config: Config,
        retry: Retry,
        *,
        connections: int = 1,
        max_connections: int = 50,
        fail_fast: bool = False,
        hook: Hook = NO_HOOK,
    ) -> None:
        if type(connections) is not int:
            raise TypeError(f"connections must be int, got {connections!r}")
        if connections < 1:
            raise ValueError(f"connections must be >= 1, got {connections}")
        self.config = config
        self.retry = retry
        self.pool = ConnectionPool(config.host, config.port, max_connections, config=config)
        self.retries = 0
        self._hook = hook
        self._fail_fast = fail_fast
        self._slots: list[Connection | None] = [None] * connections
        self._turn = 0
        self._dials: list[_Dial | None] = [None] * connections
        self._expiries = [math.inf] * connections
        self._opened = 0
        self._failures = 0  # in a row
        self._next_attempt = 0.0
        self._max_idle = config.health_check_interval or math.inf
        self._last_failure: RedisError | None = None
        # Of connections that are gone.
        self._past_bytes = [0, 0]
        self._closed = False
        # What the server told of commands that are not known here.
        self._flags: dict[str, frozenset[bytes]] = {}

    def __repr__(self) -> str:
        return f"<Node {self.config.address} {self.state()}>"

    def state(self) -> str:
        """Say in words how it is."""
        if self._closed:
            return "closed"
        alive = [one for one in self._slots if one is not None and not one.is_lost()]
        if not alive:
            return "not connected" if not self._failures else "cannot be reached"
        in_flight = sum(one.conversation.owed_replies for one in alive)
        return f"connected, {in_flight} in flight"

    def ready(self) -> Connection | None:
        """Give a shared connection that can be used at once, None if there is none."""
        slots = self._slots
        if len(slots) > 1:
            self._turn = (self._turn + 1) % len(slots)
        connection = slots[self._turn]
        if connection is None or not connection.is_ready(self._max_idle):
            return None
        return connection if monotonic() < self._expiries[self._turn] else None

    def _is_up(self, place: int) -> bool:
        connection = self._slots[place]
        return (
            connection is not None
            and connection.is_ready(self._max_idle)
            and monotonic() < self._expiries[place]
        )

    async def connect(self) -> Connection:
        """Give a shared connection, dialling it if need be.

        Raises:
            ConnectionError: The server cannot be reached, or the client is closed.
            TimeoutError: The server did not accept in time.
            ResponseError: The server refused the handshake.

        Cancellation: if this caller dials, the next one who waits takes over.
        """
        while True:
            if self._closed:
                raise self._closed_error()
            # First what was just found not to be ready, lest the others take all its turns.
            place = self._turn
            if self._dials[place] is None and not self._is_up(place):
                return await self._dial(place)
            connection = self.ready()
            if connection is not None:
                return connection
            dial = self._dials[self._turn]
            if dial is None:
                continue
            await dial.over.wait()
            if dial.failure is not None:
                raise _copy(dial.failure) from dial.failure

    async def persist(
        self,
        attempt: Callable[[], Awaitable[Any]],
        harmless: bool,
        failure: Exception | None = None,
    ) -> Any:
        """Make an attempt, and more of them where the policy allows that.

        Args:
            attempt: Sends, and gives the reply.
            harmless: Whether carrying it out twice does no harm.
            failure: What the first attempt failed with, if that was made already.

        Returns:
            The reply; an error of the server as a value.

        Raises:
            ConnectionError: The last attempt failed.
            TimeoutError: The last attempt failed.
        """
        tries = 0
        while True:
            if failure is not None:
                tries += 1
                if tries > self.retry.retries or not is_repeatable(failure, harmless):
                    if isinstance(failure, ResponseError):
                        return failure
                    raise failure
                self.retries += 1
                if isinstance(failure, ResponseError):
                    await trio.sleep(self.retry.delay(tries))
            try:
                reply = await attempt()
            except (ConnectionError, TimeoutError) as error:
                if self._closed:
                    raise
                failure = error
            else:
                if not (isinstance(reply, ResponseError) and is_repeatable(reply, harmless)):
                    return reply
                failure = reply

    async def ask(self, payload: bytes, harmless: bool, failure: Exception | None = None) -> Any:
        """Send one command on a shared connection, as ``persist`` does it; give its reply."""

        async def attempt() -> Any:
            return await (await self.connect()).ask(payload)

        return await self.persist(attempt, harmless, failure)

    async def reconsider(self, error: ResponseError, payload: bytes) -> Any:
        """Send a command again that was refused for the time being; give its last reply."""
        if not is_repeatable(error, harmless=False):
            return error
        return await self.ask(payload, False, error)

    async def flags_of(self, name: str) -> frozenset[bytes]:
        """Ask the server for a command's flags; none if it does not know the command."""
        known = self._flags.get(name)
        if known is None:
            reply = await self.ask(write_command(b"COMMAND", b"INFO", name), harmless=True)
            # An error, where the server does not let us ask.
            entry = None if isinstance(reply, Exception) else cast("list[Any]", reply)[0]
            known = frozenset(cast("Iterable[bytes]", entry[2] if entry else ()))
            if entry is not None:
                self._flags[name] = known
        return known

    async def request(
        self, payload: bytes, missing: int, harmless: bool, *, alone: bool
    ) -> list[Any]:
        """Send several commands as one unit, as ``persist`` does it; give their replies.

        Args:
            payload: The commands.
            missing: How many replies answer them.
            harmless: Whether carrying them out twice does no harm.
            alone: Whether they get a connection of their own.
        """

        async def attempt() -> list[Any]:
            if not alone:
                return await (await self.connect()).request(Waiter(payload, missing))
            async with self.pool.lease() as connection:
                assert isinstance(connection, Connection)
                return await connection.request(Waiter(payload, missing))

        replies: list[Any] = await self.persist(attempt, harmless)
        return replies

    async def ask_blocking(self, payload: bytes) -> Any:
        """Send a command that may block, on a connection of its own; give its reply.

        Cancellation: as ``block_on``.
        """

        async def attempt() -> Any:
            async with self.pool.lease() as connection:
                assert isinstance(connection, Connection)
                return await self.block_on(connection, payload)

        return await self.persist(attempt, harmless=False)

    async def block_on(self, connection: Connection, payload: bytes) -> Any:
        """Send a command that may block on a connection that nobody else uses.

        Cancellation: the server is told to end the command (CLIENT UNBLOCK), and if it had
        carried it out already, the reply is returned after all: what was popped is not lost.
        """
        waiter = Waiter(payload, 1)
        try:
            return (await connection.request(waiter, keep=True))[0]
        except trio.Cancelled:
            if waiter.sent:
                with trio.move_on_after(_UNBLOCK_SECONDS, shield=True):
                    reply = await self._unblock(connection, waiter)
                    if not (reply is None or isinstance(reply, Exception)):
                        return reply
            raise
        finally:
            if not waiter.is_done():
                connection.close()

    async def _unblock(self, connection: Connection, waiter: Waiter) -> Any:
        """End a blocking command, and return its reply; None if it had none."""
        try:
            payload = write_command(b"CLIENT", b"UNBLOCK", connection.client_id or 0)
            await (await self.connect()).ask(payload)
            return (await connection.request(waiter, begun=True))[0]
        except RedisError:
            return None  # the connection is gone, and the command with it

    def statistics(self) -> Statistics:
        """Count what there is and what was."""
        alive = [one for one in self._slots if one is not None and not one.is_lost()]
        talks = [one.conversation for one in alive]
        idle, lent, waiting = self.pool.statistics
        return Statistics(
            shared_connections=len(alive),
            idle_connections=idle,
            lent_connections=lent,
            in_flight=sum(talk.owed_replies for talk in talks),
            queued=sum(len(talk.unsent) for talk in talks),
            waiting_for_connection=waiting + sum(one is not None for one in self._dials),
            reconnects=max(0, self._opened - len(self._slots)),
            retries=self.retries,
            bytes_sent=self._past_bytes[0] + sum(talk.sent_bytes for talk in talks),
            bytes_received=self._past_bytes[1] + sum(talk.received_bytes for talk in talks),
        )

    async def reauthenticate(self) -> None:
        """Log in anew on every shared connection, with what the provider gives now.

        Connections that were lent or lie idle are closed as they come back.
        """
        credentials = await self.config.credentials()
        if credentials is None:
            return
        for connection in [*self._slots]:
            if connection is not None and connection.is_ready(math.inf):
                reply = await connection.ask(write_command(b"AUTH", *credentials))
                if isinstance(reply, Exception):
                    connection.retire()
                    raise reply
        self.pool.renew()

    async def aclose(self) -> None:
        """Close all connections; whoever waits gets a ConnectionError. Twice is once."""
        self._closed = True
        for dial in self._dials:
            if dial is not None:
                dial.scope.cancel()
        for place, connection in enumerate(self._slots):
            if connection is not None:
                self._forget(place)
                connection.close()
        await self.pool.aclose()

    @enable_ki_protection
    async def _dial(self, place: int) -> Connection:
        dial = self._dials[place] = _Dial()
        try:
            with dial.scope:
                return await self._establish(place)
            raise self._closed_error()
        except RedisError as error:
            dial.failure = error
            raise
        except BaseException as error:
            # Trio's dialling has a nursery, which puts Ctrl-C into a group.
            leaf = first_leaf(error)
            if isinstance(leaf, KeyboardInterrupt) and leaf is not error:
                raise leaf from None
            raise
        finally:
            self._dials[place] = None
            dial.over.set()

    async def _establish(self, place: int) -> Connection:
        connection = self._slots[place]
        if connection is not None:
            if monotonic() < self._expiries[place] and await self._is_sound(connection):
                return connection
            self._forget(place)
            connection.retire()
        wait = self._next_attempt - monotonic()
        if self._last_failure is not None and wait > 0:
            if self._fail_fast:
                raise _copy(self._last_failure) from self._last_failure
            await trio.sleep(wait)
        try:
            with self._hook.connect(self.config.address):
                connection = await connect(self.config)
        except RedisError as error:
            self._failures += 1
            self._last_failure = error
            self._next_attempt = monotonic() + self.retry.delay(self._failures)
            raise
        self._failures = 0
        self._last_failure = None
        if self._opened >= len(self._slots):
            logger.info("reconnected to %s", self.config.address)
        self._opened += 1
        connection.shared = True
        connection.conversation.on_death = connection.close
        self._slots[place] = connection
        lifetime = self.config.connection_lifetime
        # Not all at once, where many clients began together.
        limit = math.inf if lifetime is None else lifetime * random.uniform(0.9, 1.0)
        self._expiries[place] = monotonic() + limit
        return connection

    async def _is_sound(self, connection: Connection) -> bool:
        """Tell whether a connection that lay idle for long still answers."""
        if not connection.is_ready(math.inf):
            return False
        limit = self.config.connect_timeout
        with suppress(ConnectionError, TimeoutError), trio.move_on_after(limit):
            await connection.ask(_PING)
            return True
        connection.close()
        return False

    def _forget(self, place: int) -> None:
        connection, self._slots[place] = self._slots[place], None
        if connection is not None:
            self._past_bytes[0] += connection.conversation.sent_bytes
            self._past_bytes[1] += connection.conversation.received_bytes

    def _closed_error(self) -> ConnectionError:
        address = self.config.address
        return ConnectionError(f"the client for {address} is closed", address=address)


def _copy(failure: RedisError) -> RedisError:
    """An exception of its own for each task: it must not travel through several."""
    if isinstance(failure, ConnectionError | TimeoutError):
        return type(failure)(str(failure), address=failure.address)
    return type(failure)(*failure.args)
