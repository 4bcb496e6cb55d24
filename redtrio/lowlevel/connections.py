"""The connection pool: exclusive leases, bounded, first come, first served.

All state changes are plain functions without an await. Whoever opens a connection holds a
slot of the bound while it does so; a slot that becomes free is handed to the task that has
waited longest, as a connection or as the right to open one, never raced for.

A connection is lent again only if nothing is owed on it: no reply, no half-sent command, no
subscription. Any other is closed as it comes back, and its slot is free at once.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import trio
from trio.lowlevel import (
    Abort,
    Task,
    TrioToken,
    cancel_shielded_checkpoint,
    checkpoint,
    checkpoint_if_cancelled,
    current_task,
    current_trio_token,
    enable_ki_protection,
    reschedule,
    wait_task_rescheduled,
)

from redtrio._config import Config
from redtrio._connection import Connection
from redtrio._dial import greet, open_connection, within
from redtrio._driver import copy_of, first_leaf
from redtrio._stream_driver import Drivers, close_surely
from redtrio._transport import connect_errors
from redtrio.exceptions import ConnectionError, RedisError

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["ConnectionPool", "SpawnConnection"]

SpawnConnection: TypeAlias = Callable[[str, int], Awaitable[trio.abc.Stream]]
"""What opens a connection, called with the pool's host and port."""


# A handshake of one command; and whether a command may block for long nobody knows here.
_PLAIN: dict[str, Any] = {"client_info": False, "stall_timeout": None}


class _Turn:
    """What a task in line is handed: a connection, a failure, or else the right to open one."""

    __slots__ = ("connection", "failure")

    def __init__(self) -> None:
        self.connection: trio.abc.Stream | None = None
        self.failure: RedisError | None = None


class _Lease:
    """A borrowed connection; a class, since a generator cannot be kept from Ctrl-C."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    @enable_ki_protection
    async def __aenter__(self) -> trio.abc.Stream:
        self._connection = await self._pool.wait_for_connection()
        return self._connection

    @enable_ki_protection
    async def __aexit__(self, *_: object) -> None:
        self._pool.take_back(self._connection)
        await self._pool.close_condemned()


class ConnectionPool:
    """Lends connections to one server, each to one borrower at a time.

    Args:
        host: The address to connect to.
        port: The port to connect to.
        max_connections: How many connections there may be at once, lent ones included,
            >= 1. Past that, borrowers wait for their turn.
        config: How to connect, and everything else about connections; then host and port
            only name the pool. None: to host and port, with the defaults of ``Config``.
        spawn_connection: Called as ``await spawn_connection(host, port)`` for each new
            connection; any ``trio.abc.Stream`` will do (``trio.open_tcp_stream``, a TLS
            stream, a Unix socket, memory streams). The pool sends the handshake
            (``HELLO 3``) on what it returns. None: redtrio's own TCP connection, which
            is several times faster than going through a stream. It and the handshake
            together may take 5 seconds.

    Attributes:
        host: As given.
        port: As given.
        max_connections: As given; if you raise it, the next borrower finds the room.
        spawn_connection: As given.
        pool: The idle connections; the last one is lent next. Streams may be appended by
            hand, and are taken as already set up.
        used_connections: The lent connections.

    Raises:
        TypeError: An argument is not of its type.
        ValueError: An argument is out of its range.
    """

    def __init__(
        self,
        host: str,
        port: int,
        max_connections: int = 50,
        spawn_connection: SpawnConnection | None = None,
        *,
        config: Config | None = None,
    ) -> None:
        if type(max_connections) is not int:
            raise TypeError(f"max_connections must be int, got {max_connections!r}")
        if max_connections < 1:
            raise ValueError(f"max_connections must be >= 1, got {max_connections}")
        if not (spawn_connection is None or callable(spawn_connection)):
            raise TypeError(f"spawn_connection must be callable, got {spawn_connection!r}")
        if spawn_connection is None:
            # Only our own dialling needs them to be a host and a port.
            self._config = config or Config(host=host, port=port, **_PLAIN)
            self._address = self._config.address
        else:
            self._config = config or Config(**_PLAIN)
            self._address = f"{host}:{port}"
        self.host = host
        self.port = port
        self.max_connections = max_connections
        self.spawn_connection = spawn_connection
        self.pool: list[trio.abc.Stream] = []
        self.used_connections: set[trio.abc.Stream] = set()
        self.drivers = Drivers(self._address)
        self._opening = 0
        self._dials: set[trio.CancelScope] = set()
        self._waiting: OrderedDict[Task, _Turn] = OrderedDict()
        self._run: TrioToken | None = None
        self._generation = 0
        # Users' streams that were discarded where nothing could be awaited.
        self.condemned: list[trio.abc.Stream] = []
        self._closed = False

    @classmethod
    def from_url(cls, url: str, max_connections: int = 50, **options: Any) -> Self:
        """Build a pool for the server that a URL names.

        Args:
            url: Such as "rediss://user:password@host:6380/0" or "unix:///run/redis.sock".
            max_connections: As for the class.
            options: Options of ``Config`` that count in place of those of the URL.

        Raises:
            TypeError: An option is not of its type.
            ValueError: The URL or an option is wrong; no text shows a password.
        """
        config = Config.from_url(url, **options)
        return cls(config.host, config.port, max_connections, config=config)

    @property
    def statistics(self) -> tuple[int, int, int]:
        """How many connections are idle, how many are lent, how many borrowers wait."""
        return len(self.pool), len(self.used_connections), len(self._waiting)

    def __repr__(self) -> str:
        state = (
            "closed"
            if self._closed
            else f"{len(self.pool)} idle, {len(self.used_connections)} lent,"
            f" {self._opening} opening, {len(self._waiting)} waiting, max {self.max_connections}"
        )
        return f"<ConnectionPool {self._address} {state}>"

    @enable_ki_protection
    async def wait_for_connection(self) -> trio.abc.Stream:
        """Borrow a connection: an idle one, a new one, or the next that comes back.

        Returns:
            A connection that is yours until ``put_connection`` or ``remove_connection``.

        Raises:
            ConnectionError: The server cannot be reached, or the pool is closed.
            TimeoutError: The server did not accept within the connect deadline.
            ResponseError: The server refused the handshake.

        Cancellation: nothing is leaked, and who waits behind moves up.
        """
        await checkpoint_if_cancelled()
        await self.close_condemned()
        connection = self.lend_nowait()
        if connection is not None:
            await cancel_shielded_checkpoint()
            return connection
        self._enter_run()
        if not self._has_room():
            self._drop_lost()  # those of a Trio run that has ended
        self._serve_waiting()
        if self._waiting or not self._has_room():
            connection = await self._wait_turn()
            if connection is not None:
                return connection
        else:
            self._opening += 1
        return await self._open_in_slot()

    def lend_nowait(self) -> trio.abc.Stream | None:
        """Borrow an idle connection without waiting.

        Returns:
            A connection, as from ``wait_for_connection``; None if there is none, or if
            others wait already.

        Raises:
            ConnectionError: The pool is closed.
        """
        if self._closed:
            raise self._closed_error()
        if self._waiting or not self.pool:
            return None
        connection = self.pool.pop()
        if type(connection) is Connection and connection.is_usable():
            # Nearly always so, and each call of a Python function counts here.
            self.used_connections.add(connection)
            return connection
        self.pool.append(connection)
        return self._take_idle()

    @enable_ki_protection
    def put_connection(self, connection: trio.abc.Stream) -> None:
        """Give a borrowed connection back.

        It is lent again if nothing is owed on it; else it is closed and forgotten.

        Raises:
            ValueError: This pool has not lent it (or has it back already).
        """
        if not self.take_back(connection) and not (
            # Then its slot was taken back already.
            self._closed or (isinstance(connection, Connection) and connection.is_lost())
        ):
            raise ValueError(f"{connection!r} is not lent by {self!r}")

    def take_back(self, connection: trio.abc.Stream) -> bool:
        """Do what ``put_connection`` does; False if the connection is not lent any more."""
        try:
            self.used_connections.remove(connection)
        except KeyError:
            return False
        driver = connection if type(connection) is Connection else self.drivers.of(connection)
        if driver.rest() and not self._closed:
            self.pool.append(connection)
        else:
            self._discard(connection)
        if self._waiting:
            self._serve_waiting()
        return True

    @enable_ki_protection
    def remove_connection(self, connection: trio.abc.Stream) -> None:
        """Take a connection out of the pool for good, lent or idle; its slot is free at once.

        A connection that redtrio opened is closed. A stream of your own is yours to close.
        What the pool does not know is left alone.
        """
        if connection in self.used_connections:
            self.used_connections.remove(connection)
        elif connection in self.pool:
            self.pool.remove(connection)
        else:
            return
        self.drivers.of(connection).close()
        self.drivers.forget(connection)
        self._serve_waiting()

    def lease(self) -> AbstractAsyncContextManager[trio.abc.Stream]:
        """Borrow a connection for the length of an ``async with`` block.

        Raises:
            RedisError: As ``wait_for_connection``, on entering the block.

        Cancellation: the connection is given back in any case, or closed if something is
        still owed on it.
        """
        return _Lease(self)

    @enable_ki_protection
    async def aclose(self) -> None:
        """Close every connection, lent ones too, and refuse further use. Twice is once.

        Who uses a connection, or waits for one, gets a ``ConnectionError``.
        """
        self._closed = True
        self._enter_run()
        for dial in self._dials:
            dial.cancel()
        self._end_waiting(None)
        for connection in [*self.pool, *self.used_connections]:
            self.drivers.of(connection).close()
            self._discard(connection)
        self.pool.clear()
        self.used_connections.clear()
        await self.close_condemned()
        await checkpoint()

    async def close_condemned(self) -> None:
        """Close users' streams that had to be discarded where nothing could be awaited."""
        while self.condemned:
            # In a cancelled scope a stream closes at once, so that the shield is short.
            with trio.CancelScope(shield=True):
                await close_surely(self.condemned.pop())

    def renew(self) -> None:
        """Close what is idle, and each lent connection as it comes back.

        What is being opened counts as lent.
        """
        self._generation += 1
        while self.pool:
            self._discard(self.pool.pop())
        for connection in self.used_connections:
            self.drivers.of(connection).retired = True

    def dismiss(self, failure: RedisError) -> None:
        """Let everybody who waits for a connection fail, each with a copy of ``failure``."""
        if self._run is current_trio_token():
            self._end_waiting(failure)

    def _enter_run(self) -> None:
        """Forget tasks that wait or dial in a run that is over, or beyond a fork."""
        run = current_trio_token()
        if self._run is not run:
            self._run = run
            self._opening = 0
            self._dials.clear()
            self._waiting.clear()

    def _has_room(self) -> bool:
        taken = len(self.used_connections) + len(self.pool) + self._opening
        return taken < self.max_connections

    def _bury(self, connection: Connection) -> None:
        """Free the slot of a lent connection that nobody can use any more."""
        if connection in self.used_connections:
            self.used_connections.remove(connection)
            self._discard(connection)
            self._serve_waiting()

    def _drop_lost(self) -> None:
        """Free the slots of lent connections that nobody can use any more."""
        for connection in [*self.used_connections]:
            if isinstance(connection, Connection) and connection.is_lost():
                self._bury(connection)

    def _take_idle(self) -> trio.abc.Stream | None:
        while self.pool:
            connection = self.pool.pop()
            driver = (
                connection if isinstance(connection, Connection) else self.drivers.of(connection)
            )
            if driver.is_usable():
                self.used_connections.add(connection)
                return connection
            self._discard(connection)
        return None

    async def _wait_turn(self) -> trio.abc.Stream | None:
        """Wait in line. Returns a lent connection, or None: the right to open one."""
        task = current_task()
        turn = self._waiting[task] = _Turn()

        def leave(_: Any) -> Abort:
            del self._waiting[task]
            return Abort.SUCCEEDED

        await wait_task_rescheduled(leave)
        if self._closed:
            # Also if it was served first: what it was handed has been closed with the rest.
            raise self._closed_error()
        if turn.failure is not None:
            raise copy_of(turn.failure) from turn.failure
        return turn.connection

    def _end_waiting(self, failure: RedisError | None) -> None:
        while self._waiting:
            task, turn = self._waiting.popitem(last=False)
            turn.failure = failure
            reschedule(task)

    def _serve_waiting(self) -> None:
        """Hand what is free to those who wait, in their order."""
        while self._waiting:
            connection = self._take_idle()
            if connection is None:
                if not self._has_room():
                    return
                self._opening += 1
            task, turn = self._waiting.popitem(last=False)
            turn.connection = connection
            reschedule(task)

    @enable_ki_protection
    async def _open_in_slot(self) -> trio.abc.Stream:
        generation = self._generation
        try:
            connection = await self._open_unless_closed()
        except BaseException as error:
            self._opening -= 1
            self._serve_waiting()
            # Trio's dialling has a nursery, which puts Ctrl-C into a group.
            leaf = first_leaf(error)
            if isinstance(leaf, KeyboardInterrupt) and leaf is not error:
                raise leaf from None
            raise
        self._opening -= 1
        self.used_connections.add(connection)
        if generation != self._generation:
            self.drivers.of(connection).retired = True
        if self._closed:
            self.take_back(connection)
            await self.close_condemned()
            raise self._closed_error()
        return connection

    async def _open_unless_closed(self) -> trio.abc.Stream:
        dial = trio.CancelScope()
        self._dials.add(dial)
        try:
            with dial:
                return await within(self._config.connect_timeout, self._address, self._open)
            raise self._closed_error()
        finally:
            self._dials.discard(dial)

    async def _open(self) -> trio.abc.Stream:
        connection: trio.abc.Stream
        if self.spawn_connection is None:
            connection = await open_connection(self._config)
        else:
            with connect_errors(self._address):
                connection = await self.spawn_connection(self.host, self.port)
        try:
            driver = self.drivers.of(connection)
            await greet(driver, self._config.handshake(await self._config.credentials()))
        except BaseException:
            self._discard(connection)
            await self.close_condemned()
            raise
        if isinstance(connection, Connection):
            # A lent connection that dies frees its slot before its holder gives it back.
            connection.conversation.on_death = partial(self._bury, connection)
        return connection

    def _discard(self, connection: trio.abc.Stream) -> None:
        self.drivers.forget(connection)
        if isinstance(connection, Connection):
            connection.close()
        else:
            self.condemned.append(connection)

    def _closed_error(self) -> ConnectionError:
        return ConnectionError(
            f"the connection pool for {self._address} is closed", address=self._address
        )
