"""One server: the connections that all tasks share, and those that are lent to one at a time.

Callers do the work. Whoever finds that the connection whose turn it is cannot be used dials,
one caller at a time; the others use another connection, or wait for the outcome where there is
none, and a dialler that is cancelled leaves the work to the next. Between two attempts that fail
lies a wait that grows; it belongs to the node, not to a caller.

A place is empty or holds a connection that anybody may use at once. One that lay idle is taken
out while it is asked whether it is alive. One that is too old stays until there is a new one;
then it *leaves*: it finishes what it was asked, and is closed.
"""

from __future__ import annotations

import logging
import math
import random
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import Any, TypeVar, cast

import trio
from trio.lowlevel import current_trio_token, enable_ki_protection

from redtrio._blocking import BlockingCall, patience_of
from redtrio._config import Config
from redtrio._connection import Connection
from redtrio._conversation import Waiter
from redtrio._dial import connect
from redtrio._driver import copy_of, first_leaf
from redtrio._hook import NO_HOOK, Hook
from redtrio._retry import Retry, is_repeatable, refusal_of
from redtrio._rotation import Rotation, rotates
from redtrio.exceptions import ConnectionError, RedisError, ResponseError, TimeoutError
from redtrio.lowlevel.connections import ConnectionPool
from redtrio.lowlevel.protocol import write_command
from redtrio.types import Statistics

__all__ = ["Node"]

T = TypeVar("T")

logger = logging.getLogger("redtrio")

_PING = write_command(b"PING")


class _Dial:
    """An attempt to get a shared connection, and who waits for its outcome."""

    def __init__(self) -> None:
        self.scope = trio.CancelScope()
        self.over = trio.Event()
        self.failure: RedisError | None = None
        # One that a fork took over, or that another run left behind, is nobody's.
        self.run = current_trio_token()


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
        self._dialling: _Dial | None = None
        self._expiries = [math.inf] * connections
        # They finish what they were asked, and get nothing new.
        self._leaving: set[Connection] = set()
        self._known_places: set[int] = set()  # where there was a connection before
        self._reconnects = 0
        self._failures = 0  # in a row
        self._next_attempt = 0.0
        self._max_idle = config.health_check_interval or math.inf
        self._last_failure: RedisError | None = None
        # Of connections that are gone.
        self._past_bytes = [0, 0]
        self._closed = False
        provider = config.credential_provider
        self._rotation = Rotation(provider, self.reauthenticate) if rotates(provider) else None
        # What the server told of commands that are not known here.
        self._flags: dict[str, frozenset[bytes]] = {}

    def __repr__(self) -> str:
        return f"<Node {self.config.address} {self.state()}>"

    def state(self) -> str:
        """Say in words how it is."""
        if self._closed:
            return "closed"
        if not any(self._alive()):
            return "not connected" if not self._failures else "cannot be reached"
        return f"connected, {self.statistics().in_flight} in flight"

    async def enter(self) -> None:
        """Connect, and do from here on what has to happen without a caller, until ``leave``.

        Raises:
            RedisError: As ``connect``.
        """
        if self._rotation is not None:
            await self._rotation.start()
        try:
            await self.connect()
        except BaseException:
            await self.leave()
            raise

    async def leave(self) -> None:
        """End what ``enter`` began, connections aside."""
        if self._rotation is not None:
            await self._rotation.stop()

    def ready(self) -> Connection | None:
        """Give a shared connection that can be used at once, None if there is none.

        Each gets its turn; the turn stays with one that cannot be used.
        """
        slots = self._slots
        turn = self._turn
        connection = slots[turn]
        if (
            connection is None
            or not connection.is_ready(self._max_idle)
            or monotonic() >= self._expiries[turn]
        ):
            return None
        if len(slots) > 1:
            self._turn = (turn + 1) % len(slots)
        return connection

    @enable_ki_protection
    async def connect(self) -> Connection:
        """Give a shared connection, dialling one if need be.

        Who comes while another task dials gets one of the other connections, and waits only
        where there is none; so does who finds that the server cannot be reached.

        Raises:
            ConnectionError: The server cannot be reached, or the client is closed.
            TimeoutError: The server did not accept in time.
            ResponseError: The server refused the handshake.

        Cancellation: if this caller dials, the next one who waits takes over.
        """
        while True:
            if self._closed:
                raise self._closed_error()
            connection = self.ready()
            dial = self._running_dial()
            if connection is None and (dial is not None or self._backoff() > 0):
                connection = self._ready_elsewhere()
            if connection is not None:
                return connection
            try:
                if dial is None:
                    return await self._dial(self._turn)
                await dial.over.wait()
                if dial.failure is not None:
                    raise copy_of(dial.failure) from dial.failure
            except RedisError:
                connection = self._ready_elsewhere()
                if connection is None:
                    raise
                return connection

    async def persist(
        self,
        attempt: Callable[[], Awaitable[Any]],
        harmless: bool,
        failure: Exception | None = None,
        *,
        scripted: bool = False,
    ) -> Any:
        """Make an attempt, and more of them where the policy allows that.

        Args:
            attempt: Sends, and gives the reply.
            harmless: Whether carrying it out twice does no harm.
            failure: What the first attempt failed with, if that was made already.
            scripted: Whether an error may be a script's own, which had done something before.

        Returns:
            The reply; an error of the server as a value.

        Raises:
            ConnectionError: The last attempt failed.
            TimeoutError: The last attempt failed.
            ResponseError: The server refused the handshake.
        """
        tries = 0
        uncertain = False
        by_script = scripted  # of the failure
        while True:
            if failure is not None:
                tries += 1
                if isinstance(failure, ConnectionError | TimeoutError):
                    # What one attempt may have done, the next one's failure does not undo.
                    failure.maybe_executed = uncertain = uncertain or failure.maybe_executed
                if tries > self.retry.retries or not is_repeatable(failure, harmless, by_script):
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
                    error.maybe_executed = uncertain or error.maybe_executed
                    raise
                failure = error
            except ResponseError as error:  # to the handshake
                if tries >= self.retry.retries or not is_repeatable(error, harmless):
                    raise
                failure, by_script = error, False
            else:
                if not isinstance(reply, ResponseError):
                    return reply
                if not is_repeatable(reply, harmless, scripted):
                    return reply
                failure, by_script = reply, scripted

    async def ask(
        self,
        payload: bytes,
        harmless: bool,
        failure: Exception | None = None,
        *,
        scripted: bool = False,
    ) -> Any:
        """Send one command on a shared connection, as ``persist`` does it; give its reply."""

        async def attempt() -> Any:
            return await (await self.connect()).ask(payload)

        return await self.persist(attempt, harmless, failure, scripted=scripted)

    async def reconsider(
        self, error: ResponseError, payload: bytes, harmless: bool, scripted: bool
    ) -> Any:
        """Send a command again that was refused for the time being; give its last reply."""
        if not is_repeatable(error, harmless, scripted):
            return error
        return await self.ask(payload, harmless, error, scripted=scripted)

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
        self,
        payload: bytes,
        missing: int,
        harmless: bool,
        *,
        alone: bool,
        longest: float,
        scripted: bool,
    ) -> list[Any]:
        """Send several commands as one unit, as ``persist`` does it; give their replies.

        Args:
            payload: The commands.
            missing: How many replies answer them.
            harmless: Whether carrying them out twice does no harm.
            alone: Whether they get a connection of their own.
            longest: For how many seconds the server may block on one of them. If it is not 0,
                they get one, too.
            scripted: As in ``persist``, for any of them.
        """

        async def use(connection: Connection) -> list[Any]:
            with patience_of(connection, longest):
                return await connection.request(Waiter(payload, missing))

        replies: list[Any] = []

        async def attempt() -> ResponseError | None:
            nonlocal replies
            own = alone or longest > 0
            replies = await (self._with_own(use) if own else use(await self.connect()))
            if isinstance(replies[0], ResponseError) or isinstance(replies[-1], ResponseError):
                return refusal_of(replies, harmless, scripted)
            return None

        await self.persist(attempt, harmless, scripted=scripted)
        return replies

    async def ask_blocking(self, payload: bytes, longest: float, harmless: bool) -> Any:
        """Send a command that may block, on a connection of its own; give its reply.

        Args:
            payload: The command.
            longest: As for ``BlockingCall``.
            harmless: Whether carrying it out twice does no harm.

        Cancellation: as ``block_on``.
        """

        async def use(connection: Connection) -> Any:
            return await self.block_on(connection, payload, longest)

        return await self.persist(lambda: self._with_own(use), harmless)

    async def _with_own(self, use: Callable[[Connection], Awaitable[T]]) -> T:
        """Lend ``use`` a connection."""
        if self._last_failure is not None:
            # Of those that want one each, too, only one tries whether the server is back.
            await self.connect()
        try:
            connection = await self.pool.wait_for_connection()
        except RedisError as error:
            # Of several that fail at once the first one counts.
            if not (self._closed or any(self._alive()) or self._last_failure is not None):
                self._note_failure(error)
                # They would only find the same, one after another.
                self.pool.dismiss(error)
            raise
        try:
            return await use(cast("Connection", connection))
        finally:
            self.pool.take_back(connection)

    async def block_on(self, connection: Connection, payload: bytes, longest: float) -> Any:
        """Send a command that may block on a connection that nobody else uses; give its reply.

        Raises, and is cancelled, as ``BlockingCall.reply``.
        """
        return await BlockingCall(payload, longest, connection, self.connect).reply()

    def statistics(self) -> Statistics:
        """Count what there is and what was."""
        talks = [one.conversation for one in (*self._alive(), *self._leaving)]
        idle, lent, waiting = self.pool.statistics
        dial = self._dialling
        return Statistics(
            shared_connections=sum(1 for _ in self._alive()),
            idle_connections=idle,
            lent_connections=lent,
            in_flight=sum(talk.owed_replies for talk in talks),
            queued=sum(len(talk.unsent) for talk in talks),
            waiting_for_connection=waiting
            + (1 + dial.over.statistics().tasks_waiting if dial else 0),
            reconnects=self._reconnects,
            retries=self.retries,
            bytes_sent=self._past_bytes[0] + sum(talk.sent_bytes for talk in talks),
            bytes_received=self._past_bytes[1] + sum(talk.received_bytes for talk in talks),
        )

    async def reauthenticate(self) -> None:
        """Log in anew on every shared connection, with what the provider gives now.

        Connections that were lent or lie idle are closed as they come back. A shared one on
        which replies are owed is replaced: Redis 8 was seen to leave a refused AUTH without
        an answer behind other commands, so that each reply after it would be another one's.

        Raises:
            ResponseError: The server refused; that connection stays as it is.
        """
        dial = self._running_dial()
        if dial is not None:
            # It may have asked the provider before.
            await dial.over.wait()
        credentials = await self.config.credentials()
        if credentials is None:
            return
        self.pool.renew()
        refusal: ResponseError | None = None
        for place, connection in enumerate([*self._slots]):
            if connection is None or not connection.is_ready(math.inf):
                continue
            # One that is lost meanwhile logs in as it is dialled anew.
            with suppress(ConnectionError, TimeoutError):
                if connection.conversation.is_clean():
                    reply = await connection.ask(write_command(b"AUTH", *credentials))
                    refusal = reply if isinstance(reply, ResponseError) else refusal
                    continue
                try:
                    replacement = await connect(self.config)
                except ResponseError as error:
                    refusal = error
                    continue
                if self._slots[place] is connection and not self._closed:
                    self._install(place, replacement)
                else:
                    replacement.close()
        if refusal is not None:
            raise refusal

    async def aclose(self) -> None:
        """Close all connections; whoever waits gets a ConnectionError. Twice is once."""
        self._closed = True
        dial = self._running_dial()
        if dial is not None:
            dial.scope.cancel()
        self._leaving.update(one for one in self._slots if one is not None)
        self._slots = [None] * len(self._slots)
        for connection in [*self._leaving]:
            connection.close()
        await self.pool.aclose()

    def _alive(self) -> Iterator[Connection]:
        return (one for one in self._slots if one is not None)

    def _running_dial(self) -> _Dial | None:
        dial = self._dialling
        return dial if dial is not None and dial.run is current_trio_token() else None

    def _ready_elsewhere(self) -> Connection | None:
        """Give any connection that can be used at once, whose turn it is or not."""
        for _ in self._slots:
            connection = self.ready()
            if connection is not None:
                return connection
            self._turn = (self._turn + 1) % len(self._slots)
        return None

    @enable_ki_protection
    async def _dial(self, place: int) -> Connection:
        dial = self._dialling = _Dial()
        try:
            with dial.scope:
                connection = await self._establish(place)
                self._turn = (place + 1) % len(self._slots)
                return connection
            raise self._closed_error()
        except RedisError as error:
            dial.failure = error
            raise
        except BaseException as error:
            # Trio's dialling has a nursery, which puts Ctrl-C into a group.
            leaf = first_leaf(error)
            if isinstance(leaf, Exception):
                # A credential provider's or a hook's, which is for this caller alone.
                dial.failure = ConnectionError(
                    f"could not connect to {self.config.address}: {type(leaf).__name__}",
                    address=self.config.address,
                )
                dial.failure.__cause__ = leaf
            if isinstance(leaf, KeyboardInterrupt) and leaf is not error:
                raise leaf from None
            raise
        finally:
            self._dialling = None
            dial.over.set()

    async def _establish(self, place: int) -> Connection:
        """Give a place a connection that can be used: the one that is there, or a new one."""
        old = self._slots[place]
        if old is not None and not old.is_ready(math.inf):
            # Dead, or of another run, or of another process.
            self._slots[place] = None
            old.close()
            old = None
        if old is not None and monotonic() < self._expiries[place]:
            if await self._is_sound(place, old):
                return old
            old = None
        if old is None:
            return self._install(place, await self._open())
        # It has lived for long enough, but serves until there is another one.
        self._expiries[place] = math.inf
        try:
            connection = await self._open()
        except RedisError:
            self._expiries[place] = self._next_attempt
            if self._closed or not old.is_ready(math.inf):
                raise
            return old
        except BaseException:
            self._expiries[place] = 0
            raise
        return self._install(place, connection)

    async def _is_sound(self, place: int, connection: Connection) -> bool:
        """Tell whether a connection that lay idle for long still answers."""
        # Nobody else may use it before that is known.
        self._slots[place] = None
        self._leaving.add(connection)
        sound = False
        try:
            with suppress(ConnectionError, TimeoutError):
                with trio.move_on_after(self.config.connect_timeout):
                    await connection.ask(_PING)
                    sound = not self._closed
        finally:
            self._leaving.discard(connection)
            if sound:
                self._slots[place] = connection
            elif connection.conversation.dead is None:
                logger.warning("%s does not answer a connection that lay idle", connection.address)
                self._leaving.add(connection)
                connection.close()
        return sound

    async def _open(self) -> Connection:
        """Dial, but not before it is time for the next attempt."""
        if not (self._rotation is None or self._rotation.is_on()):
            raise RuntimeError(
                "a credential_provider with on_next is watched inside of `async with` only"
            )
        wait = self._backoff()
        if wait > 0:
            if self._fail_fast and self._last_failure is not None:
                raise copy_of(self._last_failure) from self._last_failure
            await trio.sleep(wait)
        connection: Connection | None = None
        try:
            with self._hook.connect(self.config.address):
                connection = await connect(self.config)
            if self._closed:
                raise self._closed_error()
        except BaseException as error:
            if connection is not None:
                connection.close()
            elif isinstance(error, RedisError):
                self._note_failure(error)
            raise
        self._failures = 0
        self._last_failure = None
        return connection

    def _backoff(self) -> float:
        """Return the seconds until the next attempt to connect may be made."""
        return 0.0 if self._last_failure is None else self._next_attempt - monotonic()

    def _note_failure(self, error: RedisError) -> None:
        self._failures += 1
        self._last_failure = error
        self._next_attempt = monotonic() + self.retry.delay(self._failures)
        # Once is enough for a server that is down for long.
        level = logging.WARNING if self._failures == 1 else logging.DEBUG
        logger.log(level, "no connection to %s: %s", self.config.address, error)

    def _install(self, place: int, connection: Connection) -> Connection:
        """Let callers share a new connection; the one before it leaves."""
        self._retire(place)
        if place in self._known_places:
            self._reconnects += 1
            logger.info("reconnected to %s", self.config.address)
        self._known_places.add(place)
        connection.shared = True
        connection.conversation.on_death = partial(self._bury, connection)
        self._slots[place] = connection
        lifetime = self.config.connection_lifetime
        # Not all at once, where many clients began together.
        limit = math.inf if lifetime is None else lifetime * random.uniform(0.9, 1.0)
        self._expiries[place] = monotonic() + limit
        return connection

    def _retire(self, place: int) -> None:
        """Let a connection finish what it was asked, and close it then."""
        connection, self._slots[place] = self._slots[place], None
        if connection is not None:
            self._leaving.add(connection)
            connection.retire()

    def _bury(self, connection: Connection) -> None:
        """Note that a connection is dead."""
        conversation = connection.conversation
        awaited = conversation.leader is not None
        connection.close()
        self._leaving.discard(connection)
        if connection in self._slots:
            self._slots[self._slots.index(connection)] = None
            # Servers close what lies idle: that is no cause for alarm.
            level = logging.WARNING if awaited else logging.INFO
            logger.log(level, "lost a connection to %s: %s", connection.address, conversation.dead)
        self._past_bytes[0] += conversation.sent_bytes
        self._past_bytes[1] += conversation.received_bytes

    def _closed_error(self) -> ConnectionError:
        address = self.config.address
        return ConnectionError(f"the client for {address} is closed", address=address)
