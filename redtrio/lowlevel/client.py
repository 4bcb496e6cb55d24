"""The low-level client: any command, over the connections of a pool."""

from __future__ import annotations

import functools
import inspect
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

import trio
from trio.lowlevel import disable_ki_protection, enable_ki_protection

from redtrio._connection import Connection
from redtrio._conversation import Waiter
from redtrio._driver import Driver
from redtrio._stream_driver import Drivers, close_surely
from redtrio.exceptions import ConnectionError, DataError, ResponseError
from redtrio.lowlevel import protocol
from redtrio.lowlevel._crowd import LONERS, SHAREABLE, Crowd, may_share
from redtrio.lowlevel.connections import ConnectionPool

if TYPE_CHECKING:
    from typing_extensions import Self

    from redtrio.types import Argument

__all__ = ["PUSH_COMMANDS", "RedisClient"]

logger = logging.getLogger("redtrio")

PUSH_COMMANDS = frozenset(
    {
        b"SUBSCRIBE",
        b"PSUBSCRIBE",
        b"SSUBSCRIBE",
        b"UNSUBSCRIBE",
        b"PUNSUBSCRIBE",
        b"SUNSUBSCRIBE",
    }
)
"""The commands that the server answers with pushes, one for each channel, not with a reply."""

# After these the server sends what no command asked for, or nothing at all.
_UNANSWERED = frozenset({b"MONITOR", b"SYNC", b"PSYNC"})
# After these the connection is closed, or no longer what the handshake made of it.
_PARTING = frozenset({b"QUIT", b"RESET"})
_SPECIAL = PUSH_COMMANDS | _UNANSWERED | _PARTING | {b"CLIENT", b"HELLO"}


class RedisClient:
    """Communicates with a Redis or Valkey server through ``call``.

    A call has a connection of its own, from the pool, while few are in flight. Beyond that,
    ordinary commands share one more connection, in batches, which is several times faster;
    commands that may block, or that redtrio does not know, never share. The reply to a call
    that was cancelled reaches nobody: its connection is discarded, or, where others wait on
    it as well, the reply is dropped and nobody new goes there.

    State that a command binds to its connection (SELECT, MULTI, WATCH …) says nothing about
    the next call: use ``call_many``, or ``send_command`` and ``receive`` on one connection.

    Can be used as ``async with RedisClient() as client``, which closes it at the end.

    Args:
        host: The address to connect to.
        port: The port to connect to.
        connection_pool: The pool to use for connections; then host and port are not
            used. Any object with ``wait_for_connection``, ``put_connection`` and
            ``remove_connection`` as ``ConnectionPool`` has them. None: an own
            ``ConnectionPool(host, port)``.
        Reader: The class to use for interpreting responses; an instance needs ``feed``,
            ``get_object`` and ``sentinel`` as ``protocol.Reader`` describes them. Each
            connection has an instance of its own.
        write_command: The function to use to format commands: called as
            ``write_command(command, *args)``, returns bytes.

    Attributes:
        host: As given.
        port: As given.
        connection_pool: As given, or the client's own.
        Reader: As given.
        write_command: As given.

    Raises:
        TypeError: host or port is not of its type.
        ValueError: host or port is out of its range.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 6379,
        *,
        connection_pool: Any = None,
        Reader: Callable[[], protocol.Reader] = protocol.Resp3Reader,  # noqa: N803 - a class
        write_command: Callable[..., bytes] = protocol.write_command,
    ) -> None:
        self.host = host
        self.port = port
        self._owns_pool = connection_pool is None
        pool: Any = ConnectionPool(host, port) if self._owns_pool else connection_pool
        self._connection_pool = pool
        self.Reader = Reader
        self.write_command = write_command
        self._drivers: Drivers = getattr(pool, "drivers", None) or Drivers(f"{host}:{port}")
        # Ours can lend without waiting, unless a subclass has its own way of lending.
        self._pool: ConnectionPool | None = None
        if isinstance(pool, ConnectionPool):
            own_way = type(pool).wait_for_connection is not ConnectionPool.wait_for_connection
            self._pool = None if own_way else pool
        self._callbacks: defaultdict[bytes, list[Callable[[Any], object]]] = defaultdict(list)
        self._subscriber: trio.abc.Stream | None = None
        self._subscribing = trio.Lock()
        self._subscriptions_lost = False
        self._crowd: Crowd | None = None
        self._closed = False

    def __repr__(self) -> str:
        return f"<RedisClient over {self.connection_pool!r}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the client's connections. Calls in flight get a ``ConnectionError``.

        A pool that was passed in is left open; it only gets back, to be closed, the
        connection that carries the client's subscriptions. Twice is once.
        """
        self._closed = True
        subscriber, self._subscriber = self._subscriber, None
        if subscriber is not None:
            await self._give_back(subscriber)
        if self._owns_pool:
            await self.connection_pool.aclose()

    @property
    def connection_pool(self) -> Any:
        """The pool that the client uses."""
        return self._connection_pool

    @property
    def subscriber(self) -> trio.abc.Stream | None:
        """The connection that carries the subscriptions made by ``call``, None without any.

        Pass it to ``receive`` to wait for messages. It stays the client's: it takes one of
        the pool's places until the last subscription ends.
        """
        return self._subscriber

    @enable_ki_protection
    async def call(self, command: Argument, *args: Argument) -> Any:
        """Send a command and return its response.

        The push commands (SUBSCRIBE …) go over a connection that is kept for them, the
        ``subscriber``. They return None once each channel is confirmed; the confirmations
        are pushes, and go to the callbacks.

        Args:
            command: The command, such as ``b"PING"`` or ``b"SET"``.
            *args: Its arguments.

        Returns:
            The response, as the Reader gives it: bytes, int, float, bool, None, list,
            dict, set with the default one.

        Raises:
            ResponseError: The server answered with an error; its class tells which.
            DataError: An argument cannot be sent, or the command leaves nothing to wait
                for (MONITOR, SYNC, PSYNC, CLIENT REPLY). Nothing was sent.
            ConnectionError: The server cannot be reached, or the connection broke before
                the response was in. ``maybe_executed`` tells whether it may have been
                carried out.
            TimeoutError: The server did not accept a connection in time.
            trio.BusyResourceError: A push command while another task waits in ``receive``
                for messages of the ``subscriber``.

        Cancellation: the server may have carried out the command, or not. Its response
        goes to nobody. A push command that is cancelled takes the subscriptions made before
        with it; the next one raises a ConnectionError that says so.

        Example:
            ``await client.call(b"SET", b"key_name", b"value")`` returns ``b"OK"``.
        """
        payload = self.write_command(command, *args)
        if type(command) is not bytes or command.upper() in _SPECIAL:
            name = _name(command)
            if name in PUSH_COMMANDS:
                return await self._call_push_command(name, payload, args)
            _refuse_unanswered(name, args)
            parting = _is_parting(name, args)
        else:
            parting = False
        # As _exchange, written out: each call of a Python function counts here.
        pool = self._pool
        crowd = None
        if (
            pool
            and len(pool.used_connections) >= LONERS
            and type(command) is bytes  # a bytearray cannot be looked up
            and (command in SHAREABLE or may_share(command))
        ):
            crowd = self._crowd
            if crowd is None or not crowd.is_open():
                crowd = self._gather(pool)
        if crowd is not None:
            reply = await crowd.ask(payload)
        else:
            connection = (pool and pool.lend_nowait()) or await self._borrow()
            driver = (
                connection if isinstance(connection, Connection) else self._drivers.of(connection)
            )
            try:
                if driver.user is not self or driver.conversation.inbox is not None:
                    self._make_ready(driver)
                driver.retired = driver.retired or parting
                reply = await driver.ask(payload)
            finally:
                if pool is None:
                    await self._give_back(connection)
                else:
                    pool.take_back(connection)
                    if pool.condemned:
                        await pool.close_condemned()
        if isinstance(reply, Exception):
            raise _with_command(reply, command)
        return reply

    @enable_ki_protection
    async def call_many(self, commands: Iterable[Sequence[Argument]]) -> list[Any]:
        """Send several commands in one write and return all their responses.

        They run in order on one connection, other clients' commands possibly between
        them; put MULTI and EXEC around them to keep others out.

        Args:
            commands: Each one as ``(command, *args)``.

        Returns:
            The responses, in order. Errors among them are values, not raised. An empty
            list for no commands.

        Raises:
            DataError: A command cannot be sent, or is one that is not answered by one
                response (the push commands, MONITOR, SYNC, PSYNC, CLIENT REPLY). Nothing
                was sent.
            ConnectionError: As ``call``; some of the commands may have been carried out.
            TimeoutError: As ``call``.

        Cancellation: the server may have carried out any number of the commands, from the
        first on. Their responses go to nobody.
        """
        batch: list[Any] = list(commands)
        if self.write_command is protocol.write_command:
            payload = protocol.write_commands(batch)
        else:
            payload = b"".join([self.write_command(*command) for command in batch])
        parting = False
        for command in batch:
            if type(command[0]) is not bytes or command[0].upper() in _SPECIAL:
                name = _name(command[0])
                if name in PUSH_COMMANDS:
                    raise DataError(f"{name.decode()} is answered by pushes: use call()")
                _refuse_unanswered(name, command[1:])
                parting = parting or _is_parting(name, command[1:])
        if not batch:
            await trio.lowlevel.checkpoint()
            return []
        replies = await self._exchange(Waiter(payload, len(batch)), parting)
        for command, reply in zip(batch, replies, strict=True):
            if isinstance(reply, Exception):
                _with_command(reply, command[0])
        return replies

    @enable_ki_protection
    async def send_command(self, command: Argument, *args: Argument, connection: Any = None) -> Any:
        """Send a command and return the connection, for the response to be read from.

        It is not recommended to call this directly: ``call`` does all of it. From here
        on the connection is yours, until you give it back with
        ``connection_pool.put_connection`` (all responses read) or end it with
        ``connection_pool.remove_connection``.

        Args:
            command: The command, such as ``b"PING"`` or ``b"SET"``.
            *args: Its arguments.
            connection: The connection to use, None to get one from the pool.

        Returns:
            The connection used to send the command, a ``trio.abc.Stream``.

        Raises:
            DataError: An argument cannot be sent. Nothing was sent.
            ConnectionError: As ``call``.
            TimeoutError: As ``call``.
            trio.BusyResourceError: Another task is using the connection.

        Cancellation: a connection that came from the pool is given back, and closed if the
        command had begun to leave. One that you passed stays yours; if the command had
        begun, the rest of it is sent before the next one, and its response is still owed.
        """
        payload = self.write_command(command, *args)
        name = _name(command)
        lent = connection is None
        if lent:
            connection = await self._borrow()
        driver = self._drivers.of(connection)
        try:
            driver.attach(self, self.Reader, self._run_callbacks)
            driver.retired = driver.retired or _is_unanswered(name, args) or _is_parting(name, args)
            confirmation, missing = None, 1
            if name in PUSH_COMMANDS:
                confirmation, missing = _confirmations(name, args, driver)
            await driver.send_by_hand(Waiter(payload, missing, confirmation))
        except BaseException:
            if lent:
                await self._give_back(connection)
            raise
        return connection

    @enable_ki_protection
    async def receive(self, connection: Any, push_only: bool = False) -> Any:
        """Read from a connection and return an object, calling any push callbacks.

        It is not recommended to call this directly: ``call`` does all of it.

        Args:
            connection: The connection to read from, as ``send_command`` returned it.
            push_only: If a push is received, return None and don't try to read anything
                else.

        Returns:
            The response, as the Reader gives it: an error response is returned, not
            raised. None after a push, if ``push_only`` is set.

        Raises:
            ConnectionError: The connection broke, or was closed.
            trio.BusyResourceError: Another task is using the connection.

        Cancellation: nothing is lost, neither a message nor a part of one; call again.
        """
        driver = self._drivers.of(connection)
        driver.attach(self, self.Reader, self._run_callbacks)
        while True:
            await driver.fill_inbox()
            inbox = driver.conversation.take_by_hand()
            if not inbox:
                continue  # another task was quicker
            item = inbox.popleft()
            if not hasattr(item, "push_type"):
                return item
            self._run_callbacks(item)
            if push_only:
                return None

    def register_push_callback(self, push_type: bytes, callback: Callable[[Any], object]) -> None:
        """Register a function to be called when a push is received.

        Args:
            push_type: The type of push to be called for: ``b"message"``,
                ``b"subscribe"``, ``b"invalidate"`` …
            callback: Called with each such push, as the Reader gives it (``RespPush``
                with the default one), after those registered before it. It must not
                block. An ``Exception`` out of it is logged, to the logger "redtrio".

        Raises:
            TypeError: push_type is not bytes, or callback is async or not callable.
        """
        if not isinstance(push_type, bytes):
            raise TypeError(f"push_type must be bytes, got {push_type!r}")
        if not callable(callback):
            raise TypeError(f"callback must be callable, got {callback!r}")
        if _is_async(callback):
            raise TypeError(f"callback must be a plain function, {callback!r} is async")
        self._callbacks[push_type].append(callback)

    @disable_ki_protection
    def _run_callbacks(self, push: Any) -> None:
        # A copy: a callback may register another.
        for callback in [*self._callbacks.get(push.push_type, ())]:
            try:
                callback(push)
            except Exception:
                logger.exception(
                    "callback %r failed on a push of type %r", callback, push.push_type
                )

    def _gather(self, pool: ConnectionPool) -> Crowd | None:
        """Let many calls share a connection from here on; None if none is idle, or can be."""
        if (
            self.write_command is not protocol.write_command
            or self.Reader is not protocol.Resp3Reader
        ):
            return None  # nobody knows that to each command there is one reply
        connection = pool.lend_nowait()
        if isinstance(connection, Connection):
            self._make_ready(connection)
            self._crowd = Crowd(pool, connection)
            return self._crowd
        if connection is not None:
            pool.take_back(connection)
        return None

    def _make_ready(self, driver: Driver) -> None:
        driver.attach(self, self.Reader, self._run_callbacks)
        driver.conversation.settle()

    async def _exchange(self, waiter: Waiter, parting: bool) -> list[Any]:
        connection = await self._borrow()
        driver = self._drivers.of(connection)
        try:
            self._make_ready(driver)
            driver.retired = driver.retired or parting
            return await driver.request(waiter)
        finally:
            await self._give_back(connection)

    async def _borrow(self) -> trio.abc.Stream:
        if self._pool is not None:
            idle = self._pool.lend_nowait()
            if idle is not None:
                return idle
        connection: trio.abc.Stream = await self._connection_pool.wait_for_connection()
        return connection

    async def _give_back(self, connection: trio.abc.Stream) -> None:
        if self._pool is not None:
            self._pool.take_back(connection)
            await self._pool.close_condemned()
        elif self._drivers.of(connection).rest():
            self.connection_pool.put_connection(connection)
        else:
            self._drivers.forget(connection)
            self.connection_pool.remove_connection(connection)
            # In a cancelled scope a stream closes at once, so that the shield is short.
            with trio.CancelScope(shield=True):
                await close_surely(connection)

    async def _call_push_command(
        self, name: bytes, payload: bytes, args: Sequence[Argument]
    ) -> None:
        async with self._subscribing:
            if self._subscriptions_lost:
                self._subscriptions_lost = False
                raise _subscriptions_lost()
            connection = self._subscriber or await self._borrow()
            driver = self._drivers.of(connection)
            # Not within the block below: what another task is using is not to be closed.
            driver.require_idle()
            told = False
            try:
                if driver.is_lost():
                    raise _subscriptions_lost()
                driver.attach(self, self.Reader, self._run_callbacks)
                driver.conversation.settle()
                confirmation, missing = _confirmations(name, args, driver)
                replies = await driver.request(Waiter(payload, missing, confirmation))
            except ConnectionError:
                told = True
                raise
            finally:
                await self._keep_or_give_back(connection, driver, told)
        if isinstance(replies[-1], Exception):
            raise _with_command(replies[-1], name)

    async def _keep_or_give_back(
        self, connection: trio.abc.Stream, driver: Driver, told: bool
    ) -> None:
        """Keep the connection of the subscriptions as long as it has any, and is sound."""
        sound = driver.conversation.is_settled() and not driver.is_lost()
        if sound and driver.conversation.subscriptions and not self._closed:
            self._subscriber = connection
            return
        # Who cancels a call does not learn that the subscriptions ended with it.
        self._subscriptions_lost = self._subscriber is not None and not (sound or told)
        self._subscriber = None
        await self._give_back(connection)


def _subscriptions_lost() -> ConnectionError:
    return ConnectionError("the connection with the subscriptions is lost, and they with it")


def _name(command: Argument) -> bytes:
    if isinstance(command, str):
        return command.upper().encode()
    return bytes(command).upper() if isinstance(command, (bytes, bytearray, memoryview)) else b""


def _is_unanswered(name: bytes, args: Sequence[Argument]) -> bool:
    return name in _UNANSWERED or (name == b"CLIENT" and bool(args) and _name(args[0]) == b"REPLY")


def _refuse_unanswered(name: bytes, args: Sequence[Argument]) -> None:
    if _is_unanswered(name, args):
        raise DataError(
            f"{name.decode()} is not answered by one response:"
            " use send_command() and receive() on a connection of your own"
        )


def _is_parting(name: bytes, args: Sequence[Argument]) -> bool:
    return name in _PARTING or (name == b"HELLO" and bool(args) and args[0] not in (b"3", "3", 3))


def _confirmations(name: bytes, args: Sequence[Argument], driver: Driver) -> tuple[bytes, int]:
    """The type of push that confirms a push command, and how many of them come."""
    kind = name.lower()
    count = len(args)
    if not count and b"UNSUBSCRIBE" in name:
        # Without channels it ends all, and says so for each; for none, once.
        begun = kind.replace(b"unsubscribe", b"subscribe")
        count = sum(1 for other, _ in driver.conversation.subscriptions if other == begun)
    return kind, count or 1


def _with_command(error: Exception, command: Argument) -> Exception:
    if isinstance(error, ResponseError):
        error.command = _name(command).decode("utf-8", "backslashreplace")
    return error


def _is_async(callback: Callable[..., object]) -> bool:
    while isinstance(callback, functools.partial):
        callback = callback.func
    return any(
        inspect.iscoroutinefunction(candidate) or inspect.isasyncgenfunction(candidate)
        for candidate in (callback, getattr(callback, "__call__", None))  # noqa: B004
    )
