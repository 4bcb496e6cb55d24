"""``Redis``: the client that all tasks of a service share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from inspect import isawaitable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, cast, overload

import trio
from trio.lowlevel import enable_ki_protection

from redtrio._blocking import longest_block, with_block_time
from redtrio._config import Config
from redtrio._connection import Connection
from redtrio._hook import NO_HOOK, Hook
from redtrio._node import Node
from redtrio._outcome import Decoding, outcome_of
from redtrio._retry import Retry
from redtrio._url import REFUSED, parse_url
from redtrio.commands._base import Command, S, Spec, T
from redtrio.commands._groups import (
    Commands,
    known_spec,
    learnt_spec,
    spec_of_name,
    text_of,
    with_whole_name,
)
from redtrio.exceptions import ConnectionError, DataError, ResponseError, TimeoutError, WatchError
from redtrio.lowlevel.protocol import write_command, write_commands
from redtrio.pipeline import SHARED_COMMANDS, Pipeline
from redtrio.types import Argument, Statistics

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from redtrio._config import ConnectionOptions

__all__ = ["ExclusiveRedis", "Redis", "from_url"]

_TO_EXCLUSIVE = "it changes the connection, which others share: use Redis.exclusive()"
_LOOKS_BACK = (
    "it is about the writes before it on its own connection: use Redis.exclusive() or a pipeline"
)
_NO_ONE_REPLY = "it is not answered by one reply"


class Redis(Commands[S]):
    """A client for one server, to be shared by all tasks of a service.

    Calls ride one connection, in batches, each getting its own reply; no task waits for
    another one's. Commands that may block (BLPOP ...) get a connection of their own for the
    time. Use it as ``async with Redis(...) as r``, which connects at once and closes at the
    end; without that, the first call connects, and ``aclose`` closes.

    Time limits are Trio's: put ``trio.fail_after(seconds)`` around a call. A call that is
    cancelled may have been carried out or not; its reply reaches nobody.

    A call whose connection breaks is sent again if nothing of it had been sent, or if its
    command is read-only; else it raises ``ConnectionError`` with ``maybe_executed`` True.

    Args:
        host: Name or address of the server.
        port: TCP port, 1 to 65535.
        db: Number of the database, >= 0.
        decode_responses: Whether strings in results are str; False: bytes.
        encoding: With ``decode_responses``, the codec. Words that are sent as str are always
            UTF-8, unlike in redis-py: encode them yourself for another one.
        encoding_errors: With ``decode_responses``, what to do with bytes that are no text,
            as ``bytes.decode`` has it.
        connections: How many connections calls share, >= 1.
        max_connections: How many connections there may be beside them, for blocking
            commands, large pipelines and ``exclusive``, >= 1. Past that, callers wait.
        retry: How often a call is tried again, and how long to wait between.
        fail_fast: While the server cannot be reached, calls fail at once and do not wait
            for the next attempt to connect.
        hook: Told of connections, calls and pipelines; see ``Hook``.
        options: Every option of ``Config``: username, password, credential_provider,
            unix_socket_path, ssl and its kin, client_name, connect_timeout, max_in_flight,
            health_check_interval, stall_timeout, connection_lifetime, poll_window ...

    Raises:
        TypeError: An option is not of its type, or there is no such option.
        ValueError: An option is out of its range. Both name it, and never show a secret.
    """

    __slots__ = ("_decode", "_decoding", "_hook", "_node", "_repeatable")

    @overload
    def __init__(
        self: Redis[bytes],
        host: str = ...,
        port: int = ...,
        db: int = ...,
        *,
        decode_responses: Literal[False] = ...,
        encoding: str = ...,
        encoding_errors: str = ...,
        connections: int = ...,
        max_connections: int = ...,
        retry: Retry | None = ...,
        fail_fast: bool = ...,
        hook: Hook | None = ...,
        **options: Unpack[ConnectionOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: Redis[str],
        host: str = ...,
        port: int = ...,
        db: int = ...,
        *,
        decode_responses: Literal[True],
        encoding: str = ...,
        encoding_errors: str = ...,
        connections: int = ...,
        max_connections: int = ...,
        retry: Retry | None = ...,
        fail_fast: bool = ...,
        hook: Hook | None = ...,
        **options: Unpack[ConnectionOptions],
    ) -> None: ...
    @overload
    def __init__(
        self: Redis[Any],
        host: str = ...,
        port: int = ...,
        db: int = ...,
        *,
        decode_responses: bool,
        encoding: str = ...,
        encoding_errors: str = ...,
        connections: int = ...,
        max_connections: int = ...,
        retry: Retry | None = ...,
        fail_fast: bool = ...,
        hook: Hook | None = ...,
        **options: Unpack[ConnectionOptions],
    ) -> None: ...
    def __init__(
        self,
        host: str = "localhost",
        port: int = 6379,
        db: int = 0,
        *,
        decode_responses: bool = False,
        encoding: str = "utf-8",
        encoding_errors: str = "strict",
        connections: int = 1,
        max_connections: int = 50,
        retry: Retry | None = None,
        fail_fast: bool = False,
        hook: Hook | None = None,
        **options: Any,
    ) -> None:
        if type(decode_responses) is not bool:
            raise TypeError(f"decode_responses must be bool, got {decode_responses!r}")
        if not (retry is None or isinstance(retry, Retry)):
            raise TypeError(f"retry must be Retry, got {retry!r}")
        if not (hook is None or isinstance(hook, Hook)):
            raise TypeError(f"hook must be a Hook, got {hook!r}")
        if type(fail_fast) is not bool:
            raise TypeError(f"fail_fast must be bool, got {fail_fast!r}")
        config = Config.take(options := {"host": host, "port": port, "db": db, **options})
        if options:
            why = "".join(f"; {reason}" for name, reason in REFUSED.items() if name in options)
            raise TypeError(f"Redis has no option {', '.join(sorted(options))}{why}")
        self._hook = hook or NO_HOOK
        self._node = Node(
            config,
            Retry() if retry is None else retry,
            connections=connections,
            max_connections=max_connections,
            fail_fast=fail_fast,
            hook=self._hook,
        )
        self._decoding = Decoding(encoding, encoding_errors)
        self._decode = self._decoding if decode_responses else None
        self._repeatable = False

    @overload
    @classmethod
    def from_url(
        cls, url: str, *, decode_responses: Literal[True], **options: Any
    ) -> Redis[str]: ...
    @overload
    @classmethod
    def from_url(
        cls, url: str, *, decode_responses: Literal[False] = ..., **options: Any
    ) -> Redis[bytes]: ...
    @overload
    @classmethod
    def from_url(cls, url: str, *, decode_responses: bool, **options: Any) -> Redis[Any]: ...
    @classmethod
    def from_url(cls, url: str, **options: Any) -> Redis[Any]:
        """Build a client for the server that a URL names.

        Args:
            url: "redis://[[username]:password@]host[:port][/db][?option=value&...]";
                "rediss://" for TLS; "unix://[[username]:password@]/path" for a Unix socket.
                Options have redis-py's names.
            options: Options of ``Redis`` that count in place of those of the URL.

        Raises:
            TypeError: An option is not of its type, or there is no such option.
            ValueError: The URL or an option is wrong. No text shows a password.
        """
        make: Any = cls
        client: Redis[Any] = make(**{**parse_url(url), **options})
        return client

    def __repr__(self) -> str:
        return f"<Redis {self._node.config.address} {self._node.state()}>"

    @enable_ki_protection
    async def __aenter__(self) -> Self:
        await self._node.enter()
        return self

    @enable_ki_protection
    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self._node.leave()
        finally:
            await self.aclose()

    @enable_ki_protection
    async def aclose(self) -> None:
        """Close all connections. Calls that wait get a ``ConnectionError``. Twice is once."""
        await self._node.aclose()

    def statistics(self) -> Statistics:
        """Count connections, calls in flight, reconnects, retries and bytes."""
        return self._node.statistics()

    async def reauthenticate(self) -> None:
        """Log in anew on every connection, with what the credential provider gives now.

        A provider with ``on_next`` sets this off by itself; see ``CredentialProvider``.
        Connections that are lent are replaced as they come back, and shared ones on which
        replies are owed as soon as these are in.

        Raises:
            ResponseError: The server refused; that connection stays as it is.
            RedisError: As any command.
        """
        await self._node.reauthenticate()

    @overload
    def with_options(
        self, *, decode_responses: Literal[True], repeatable: bool = ...
    ) -> Redis[str]: ...
    @overload
    def with_options(
        self, *, decode_responses: Literal[False], repeatable: bool = ...
    ) -> Redis[bytes]: ...
    @overload
    def with_options(self, *, repeatable: bool = ...) -> Redis[S]: ...
    @overload
    def with_options(self, *, decode_responses: bool, repeatable: bool = ...) -> Redis[Any]: ...
    def with_options(
        self, *, decode_responses: bool | None = None, repeatable: bool | None = None
    ) -> Redis[Any]:
        """Give a client over the same connections that treats calls differently.

        Args:
            decode_responses: Whether strings in results are str. None: as here.
            repeatable: Whether calls may be sent again where nobody knows whether they were
                carried out: for commands that do no harm twice. None: as here.
        """
        other: Redis[Any] = object.__new__(type(self))
        other._node = self._node
        other._hook = self._hook
        other._decoding = self._decoding
        other._decode = self._decode
        if decode_responses is not None:
            other._decode = self._decoding if decode_responses else None
        other._repeatable = self._repeatable if repeatable is None else repeatable
        return other

    @enable_ki_protection
    async def call(self, *words: Argument, decode_responses: bool | None = None) -> Any:
        """Send any command and return its reply.

        Args:
            words: The command and its arguments, as ``"SET", "key", 1``; a subcommand is a
                word of its own.
            decode_responses: Whether strings in the reply are str. None: as the client.

        Returns:
            The reply as RESP3 gives it: bytes or str, int, float, bool, None, list, dict,
            set.

        Raises:
            DataError: There are no words, one cannot be sent, or the command is not for a
                shared connection. Nothing was sent.
            RedisError: As any command.
        """
        if not words:
            raise DataError("a command needs at least its name")
        words = with_whole_name(words)
        spec = known_spec(words) or await self._learn(words)
        command: Command[Any] = Command(spec, words)
        if decode_responses is None:
            return await self._execute(command)
        if decode_responses:
            return await self.with_options(decode_responses=True)._execute(command)
        return await self.with_options(decode_responses=False)._execute(command)

    execute_command = call

    @enable_ki_protection
    async def call_many(self, commands: Iterable[Sequence[Argument]]) -> list[Any]:
        """Send several commands in one write and return all their replies.

        They are carried out in order, other tasks' commands possibly between them.

        Args:
            commands: Each one as ``(command, *arguments)``.

        Returns:
            The replies, in order, as ``call`` gives them; errors among them are values, those
            of decoding (``UnicodeDecodeError``) too.

        Raises:
            DataError: A command cannot be sent, or is not for a shared connection. Nothing
                was sent.
            RedisError: As any command.
        """
        batch: list[Any] = list(commands)
        payload = write_commands(batch)
        if not batch:
            await trio.lowlevel.checkpoint()
            return []
        specs: list[Spec] = []
        # Where nobody asks for those of each command, a large batch is spared the loop over it.
        simple = self._decode is None and self._hook is NO_HOOK
        kinds = _ordinary_kinds(batch) if simple else None
        if kinds is None:
            specs = await self._specs_of(batch)
            kinds = set(specs)
        harmless = self._repeatable or all(spec.readonly for spec in kinds)
        longest = 0.0
        if any(spec.blocking for spec in kinds):
            longest = max(map(longest_block, map(Command[Any], specs, batch)))
        send = partial(
            self._node.request,
            payload,
            len(batch),
            harmless,
            alone=len(batch) > SHARED_COMMANDS,
            longest=longest,
            scripted=any(spec.scripted for spec in kinds),
        )
        if self._hook is NO_HOOK:
            replies = await send()
        else:
            with self._hook.pipeline([spec.name for spec in specs], self._node.config.address):
                replies = await send()
        if self._decode is None:
            return replies
        with suppress(UnicodeError):  # then one by one, for the sake of the others
            if not any(spec.raw for spec in kinds):
                return cast("list[Any]", self._decode(replies))
        whole = zip(specs, batch, replies, strict=True)
        return [outcome_of(Command(spec, one), reply, self._decode) for spec, one, reply in whole]

    def pipeline(self, transaction: bool = True) -> Pipeline[S]:
        """Give a pipeline, which sends many commands in one write.

        Args:
            transaction: Whether they are carried out as one (MULTI ... EXEC).
        """
        return Pipeline(
            self._node,
            self._decode,
            transaction,
            repeatable=self._repeatable,
            hook=self._hook,
        )

    @enable_ki_protection
    async def transaction(
        self,
        func: Callable[[Pipeline[S]], Any],
        *watches: Argument,
        retries: int = 100,
        value_from_callable: bool = False,
        watch_delay: float | None = None,
    ) -> Any:
        """Carry out a transaction anew until no watched key changes meanwhile.

        Args:
            func: Called with a pipeline that watches the keys, plain or async. It may read
                with it, then calls ``multi`` and queues commands; they are carried out when
                it returns. What it gave is not awaited if it is the handle of a command.
            watches: The keys to watch.
            retries: How often it is tried again, >= 0.
            value_from_callable: Whether to return what ``func`` gave.
            watch_delay: Seconds to wait before each further try, >= 0; None: none.

        Returns:
            The results of the commands, or what ``func`` gave.

        Raises:
            WatchError: A key changed each time.
            ValueError: retries or watch_delay is negative.
            RedisError: As any command.
        """
        if retries < 0:
            raise ValueError(f"retries must be >= 0, got {retries}")
        if watch_delay is not None and not watch_delay >= 0:
            raise ValueError(f"watch_delay must be >= 0 seconds, got {watch_delay}")
        for attempt in range(retries + 1):
            if attempt and watch_delay:
                await trio.sleep(watch_delay)
            async with self.pipeline() as pipe:
                if watches:
                    await pipe.watch(*watches)
                try:
                    value = func(pipe)
                    # A plain function may give what a command method gave it.
                    if isawaitable(value) and not isinstance(value, Command):
                        value = await value
                    results = await pipe.execute()
                except WatchError:
                    pipe.discard()  # or what func had queued would be carried out
                    continue
                return value if value_from_callable else results
        raise WatchError(f"a watched key changed in each of {retries + 1} tries")

    def exclusive(self) -> ExclusiveRedis[S]:
        """Give the same commands on a connection of one's own, for an ``async with`` block.

        For commands that leave a state behind (SELECT, CLIENT NO-EVICT, WATCH ...), or that
        belong together (WAIT with the writes before it). A connection that got such a
        command is closed at the end, not lent again.
        """
        return ExclusiveRedis(self._node, self._decoding, self._decode, self._hook)

    @enable_ki_protection
    async def _execute(self, command: Command[T]) -> T:
        spec = command.spec
        if not spec.ordinary or self._hook is not NO_HOOK:
            return await self._execute_special(command)
        words: Any = command.words
        payload = write_command(*words)
        connection = self._node.ready()
        if connection is None:
            reply = await self._node.ask(
                payload, self._repeatable or spec.readonly, scripted=spec.scripted
            )
        else:
            try:
                reply = await connection.ask(payload)
            except (ConnectionError, TimeoutError) as error:
                reply = await self._node.ask(
                    payload, self._repeatable or spec.readonly, error, scripted=spec.scripted
                )
                connection = None
        kind: Any = reply.__class__
        if kind is bytes and self._decode is None and command.parse is None:
            result: T = reply
            return result
        if isinstance(reply, ResponseError) and connection is not None:
            # Else it was the last of several attempts.
            harmless = self._repeatable or spec.readonly
            reply = await self._node.reconsider(reply, payload, harmless, spec.scripted)
        return _result(command, reply, self._decode)

    async def _execute_special(self, command: Command[T]) -> T:
        spec = command.spec
        if spec.binds or spec.unanswered or spec.looks_back:
            _refuse(spec)
        with self._hook.call(spec.name, self._node.config.address):
            words = with_block_time(command)
            payload = write_command(*words)
            if spec.blocking:
                reply = await self._node.ask_blocking(
                    payload, longest_block(command), self._repeatable or spec.readonly
                )
            else:
                reply = await self._node.ask(
                    payload, self._repeatable or spec.readonly, scripted=spec.scripted
                )
            return _result(command, reply, self._decode)

    async def _specs_of(self, batch: list[Any]) -> list[Spec]:
        """Find the facts about each command, asking the server for those not known here.

        Raises:
            DataError: One is not for a shared connection. The server was not asked.
        """
        # None: the name does not tell all.
        by_name: dict[bytes | str, Spec | None] = {}
        found: list[Spec | None] = []
        for command in batch:
            name = command[0]
            if type(name) is not bytes and type(name) is not str:
                name = text_of(name)
            try:
                spec = by_name[name]
            except KeyError:
                spec = by_name[name] = spec_of_name(name)
            spec = spec or known_spec(command)
            if spec is not None and (spec.binds or spec.unanswered):
                _refuse(spec)
            found.append(spec)
        return [
            spec or await self._learn(command) for spec, command in zip(found, batch, strict=True)
        ]

    async def _learn(self, words: Sequence[Argument]) -> Spec:
        """Ask the server what kind of command it is."""
        write_command(*words)  # What cannot be sent is refused before anything is.
        flags = await self._node.flags_of(text_of(words[0]))
        return learnt_spec(words, flags)


from_url = Redis.from_url


class ExclusiveRedis(Commands[S]):
    """The commands on a connection of one's own; made by ``Redis.exclusive``."""

    __slots__ = ("_connection", "_decode", "_decoding", "_hook", "_node")

    def __init__(self, node: Node, decoding: Decoding, decode: Decoding | None, hook: Hook) -> None:
        self._node = node
        self._decoding = decoding
        self._decode = decode
        self._hook = hook
        self._connection: Connection | None = None

    def __repr__(self) -> str:
        return f"<ExclusiveRedis over {self._connection!r}>"

    @enable_ki_protection
    async def __aenter__(self) -> Self:
        if self._connection is not None:
            raise RuntimeError("this block is entered already")
        self._connection = cast("Connection", await self._node.pool.wait_for_connection())
        return self

    @enable_ki_protection
    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._node.pool.take_back(connection)

    @enable_ki_protection
    async def call(self, *words: Argument, decode_responses: bool | None = None) -> Any:
        """Send any command and return its reply; as ``Redis.call``.

        Args:
            words: The command and its arguments.
            decode_responses: Whether strings in the reply are str. None: as the client.

        Raises:
            DataError: As there; commands that change the connection are welcome here.
        """
        if not words:
            raise DataError("a command needs at least its name")
        words = with_whole_name(words)
        command: Command[Any] = Command(known_spec(words) or learnt_spec(words, ()), words)
        if decode_responses is None:
            return await self._execute(command)
        decode = self._decoding if decode_responses else None
        other: ExclusiveRedis[Any] = ExclusiveRedis(self._node, self._decoding, decode, self._hook)
        other._connection = self._own()
        return await other._execute(command)

    execute_command = call

    def pipeline(self, transaction: bool = True) -> Pipeline[S]:
        """Give a pipeline on this connection; as ``Redis.pipeline``."""
        return Pipeline(self._node, self._decode, transaction, hook=self._hook, owner=self._own)

    @enable_ki_protection
    async def _execute(self, command: Command[T]) -> T:
        connection = self._own()
        spec = command.spec
        if spec.unanswered:
            raise DataError(f"{spec.name} cannot be called: {_NO_ONE_REPLY}")
        payload = write_command(*with_block_time(command))
        if spec.binds:
            connection.retired = True
        with self._hook.call(spec.name, connection.address):
            if spec.blocking:
                reply = await self._node.block_on(connection, payload, longest_block(command))
            else:
                reply = await connection.ask(payload)
            return _result(command, reply, self._decode)

    def _own(self) -> Connection:
        if self._connection is None:
            raise RuntimeError("use it within its block: async with r.exclusive() as own")
        return self._connection


def _result(command: Command[T], reply: Any, decode: Decoding | None) -> T:
    outcome = outcome_of(command, reply, decode)
    if isinstance(outcome, Exception):
        raise outcome
    return cast("T", outcome)


def _ordinary_kinds(batch: list[Any]) -> set[Spec] | None:
    """Find the facts about commands whose names alone tell them; None: not all are such."""
    try:
        names = {command[0] for command in batch}
    except (TypeError, ValueError):
        return None  # a bytearray cannot be looked up
    kinds: set[Spec] = set()
    for name in names:
        spec = spec_of_name(name)
        if spec is None or not spec.ordinary:
            return None
        kinds.add(spec)
    return kinds


def _refuse(spec: Spec) -> None:
    reason = _TO_EXCLUSIVE
    if spec.unanswered:
        reason = _NO_ONE_REPLY
    elif spec.looks_back:
        reason = _LOOKS_BACK
    raise DataError(f"{spec.name} cannot be called here: {reason}")
