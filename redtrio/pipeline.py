"""Pipelines and transactions: many commands in one write."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

import trio
from trio.lowlevel import enable_ki_protection

from redtrio._blocking import longest_block, patience_of, with_block_time
from redtrio._connection import Connection
from redtrio._conversation import Waiter
from redtrio._hook import NO_HOOK, Hook
from redtrio._node import Node
from redtrio._outcome import Decoding, outcome_of
from redtrio.commands._base import Command, S, T
from redtrio.commands._groups import SPECS, Commands, known_spec, learnt_spec, with_whole_name
from redtrio.exceptions import (
    ConnectionError,
    DataError,
    ExecAbortError,
    RedisError,
    ResponseError,
    TimeoutError,
    WatchError,
)
from redtrio.lowlevel.protocol import write_command, write_commands
from redtrio.types import Argument

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["SHARED_COMMANDS", "Pipeline"]

SHARED_COMMANDS = 2000
"""Of more commands than these a pipeline gets a connection of its own, so that nobody else's
call stands behind it."""

# Replies of these types are outcomes as they are, where nothing parses them; the second, where
# bytes are to become text.
_OUTCOMES: frozenset[Any] = frozenset({bytes, int, float, bool, list, dict, set, type(None)})
_TEXTLESS_OUTCOMES: frozenset[Any] = frozenset({int, float, bool, type(None)})

# For how long a pipeline that is left by an exception waits, shielded, until nothing is watched
# any more on the connection that its user goes on with.
_UNWATCH_SECONDS = 1.0


class Pipeline(Commands[S]):
    """Queues commands, and sends them in one write; made by ``Redis.pipeline``.

    Each command method returns at once, with a handle that can be awaited, or asked for its
    ``result``, once the pipeline has run. The pipeline's methods can be called on a handle as
    well, as redis-py's users chain them; type checkers do not follow there. Leaving the
    ``async with`` block without an exception runs it, if anything is queued. A command that
    blocks, and is not told for how long, blocks until the deadline of the cancel scope that it
    runs in.

    With ``transaction=True`` the commands are carried out as one (MULTI … EXEC), or not at
    all if the server refuses one of them or a watched key has changed. After ``watch``,
    commands are carried out at once, on a connection of the pipeline's own, until ``multi``.
    What follows ``multi`` is a transaction in any case.

    Args:
        node: The server.
        decode: What makes text of bytes, None: nothing does.
        transaction: Whether the commands are carried out as one.
        repeatable: Whether they may be sent again when nobody knows whether they were
            carried out.
        hook: Told of each run.
        owner: Gives the only connection to use, or raises RuntimeError when that is over.
            None: a shared one, or one of its own.
    """

    __slots__ = (
        "_commands",
        "_connection",
        "_decode",
        "_explicit",
        "_given",
        "_hook",
        "_node",
        "_owner",
        "_queueing",
        "_repeatable",
        "_transaction",
        "_watching",
    )

    def __init__(
        self,
        node: Node,
        decode: Decoding | None,
        transaction: bool,
        *,
        repeatable: bool = False,
        hook: Hook = NO_HOOK,
        owner: Callable[[], Connection] | None = None,
    ) -> None:
        _let_handles_chain()
        self._node = node
        self._decode = decode
        self._transaction = transaction
        self._repeatable = repeatable
        self._hook = hook
        self._owner = owner
        self._given = owner is not None
        self._connection = owner() if owner is not None else None
        self._commands: list[Command[Any]] = []
        self._queueing = True
        self._explicit = False  # whether multi was called
        self._watching = False

    def __repr__(self) -> str:
        kind = "transaction" if self._transaction or self._explicit else "pipeline"
        return f"<Pipeline {self._node.config.address} {kind} of {len(self)}>"

    def __len__(self) -> int:
        """How many commands are queued."""
        return len(self._commands)

    def __bool__(self) -> bool:
        """Whether it is there, which it is, however many commands are queued."""
        return True

    async def __aenter__(self) -> Self:
        return self

    @enable_ki_protection
    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc_value is None and self._commands:
            await self.execute()
        else:
            # No checkpoint: the exception that ended the block is the one to leave it.
            await self._let_go()

    @property
    def watching(self) -> bool:
        """Whether keys are watched."""
        return self._watching

    def _execute(self, command: Command[T]) -> Awaitable[T]:
        if not command.spec.ordinary:
            _require_sendable(command)
        if not self._queueing:
            return self._execute_now(command)
        command.pipeline = self
        self._commands.append(command)
        return command

    def call(self, *words: Argument) -> Awaitable[Any]:
        """Queue any command.

        Args:
            words: The command and its arguments, as "SET", "key", 1.

        Returns:
            The handle of its reply.

        Raises:
            DataError: There are no words, or the command cannot be part of a pipeline.
        """
        if not words:
            raise DataError("a command needs at least its name")
        words = with_whole_name(words)
        spec = known_spec(words) or learnt_spec(words, ())
        return self._execute(Command(spec, words))

    execute_command = call

    @enable_ki_protection
    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Send what is queued in one write, and wait for all results.

        Afterwards the pipeline is empty and can be used again. A transaction without commands
        tells whether a watched key has changed; without ``watch`` nothing is sent for it.

        Args:
            raise_on_error: Whether the first error among the results is raised, after all
                of them are in. False: errors stand among the results.

        Returns:
            The results, in order of the commands.

        Raises:
            ResponseError: The server refused a command; ``.command`` is its name.
            ExecAbortError: The server refused a command as it was queued, so that nothing
                of the transaction was carried out; the text names the command.
            WatchError: A watched key has changed; nothing was carried out.
            DataError: An argument cannot be sent. Nothing was sent.
            ConnectionError: The server cannot be reached, or the connection broke;
                ``maybe_executed`` tells whether a part may have been carried out.
            TimeoutError: The server did not accept in time, or fell silent.

        Cancellation: the server may have carried out any part; of a transaction all or
        nothing. The results go to nobody.
        """
        commands, self._commands = self._commands, []
        try:
            if not commands and not (self._watching and (self._transaction or self._explicit)):
                await trio.lowlevel.checkpoint()
                return []
            if self._hook is NO_HOOK:
                await self._run(commands, raise_on_error)
            else:
                names = [command.spec.name for command in commands]
                with self._hook.pipeline(names, self._node.config.address):
                    await self._run(commands, raise_on_error)
        finally:
            self.discard()
        return [command.outcome for command in commands]

    @enable_ki_protection
    async def watch(self, *names: Argument) -> bool:
        """Let the transaction fail if one of these keys is changed from here on by others.

        Until ``multi``, commands are then carried out at once, on a connection that the
        pipeline has for itself, and give what the client's methods give.

        Args:
            names: The keys, at least one.

        Returns:
            True.

        Raises:
            DataError: Commands are queued already, ``multi`` was called, or there are no
                names.
            RedisError: As any command.

        Source: https://valkey.io/commands/watch/
        """
        command: Command[Any] = Command(SPECS["WATCH"], (b"WATCH", *names))
        payload = write_command(b"WATCH", *names)
        if self._commands or self._explicit:
            raise DataError("watch must come before multi and the commands of the transaction")
        if not names:
            raise DataError("watch needs at least one key")
        connection = self._settled()
        if connection is None:
            lent = await self._node.pool.wait_for_connection()
            connection = self._connection = cast("Connection", lent)
        watching, self._watching = self._watching, True
        # Of a connection that was given, nobody knows whether this pipeline is ever done with it.
        connection.retired = connection.retired or self._given
        try:
            await self._ask(connection, command, payload)
        except ResponseError:
            self._watching = watching
            raise
        except (ConnectionError, TimeoutError):
            self.discard()  # the next try gets another connection
            raise
        self._queueing = False
        return True

    async def unwatch(self) -> bool:
        """Watch no key any more.

        Returns:
            True.

        Raises:
            RedisError: As any command.

        Source: https://valkey.io/commands/unwatch/
        """
        connection = self._settled()
        if connection is None:
            await trio.lowlevel.checkpoint()
            return True
        command: Command[Any] = Command(SPECS["UNWATCH"], (b"UNWATCH",))
        await self._ask(connection, command, write_command(b"UNWATCH"))
        self._queueing = True
        self._watching = False
        return True

    def multi(self) -> None:
        """Queue the commands of a transaction from here on.

        After ``watch`` nothing is queued before; elsewhere it makes a transaction also of a
        pipeline that is none.

        Raises:
            DataError: It was called already, or commands are queued already.
        """
        if self._explicit or self._commands:
            raise DataError("multi must come once, before the commands of the transaction")
        self._queueing = True
        self._explicit = True

    def discard(self) -> None:
        """Forget what is queued and watched, and give the connection back."""
        self._commands = []
        self._queueing = True
        self._explicit = False
        connection = self._connection
        if connection is None or self._given:
            return
        self._connection = None
        # What watches is not lent to others.
        connection.retired = connection.retired or self._watching
        self._watching = False
        self._node.pool.take_back(connection)

    @enable_ki_protection
    async def aclose(self) -> None:
        """Forget what is queued and watched, as ``discard`` does, which need not be awaited.

        On the connection of an exclusive block, nothing is watched any more afterwards.
        """
        await self._let_go()
        await trio.lowlevel.checkpoint()

    async def reset(self) -> bool:
        """Forget what is queued and watched, as ``aclose`` does.

        RESET, the command, cannot be part of a pipeline.

        Returns:
            True.
        """
        await self.aclose()
        return True

    def _settled(self) -> Connection | None:
        """Give the connection to use, None if it is not settled yet which.

        Raises:
            RuntimeError: It was that of an exclusive block, which has ended.
        """
        if self._owner is not None and self._owner() is not self._connection:
            raise RuntimeError("the exclusive block that this pipeline is of has ended")
        return self._connection

    async def _let_go(self) -> None:
        try:
            if self._given and self._watching:
                # Where its block has ended, there is nothing to be undone any more.
                with (
                    trio.move_on_after(_UNWATCH_SECONDS, shield=True),
                    suppress(RedisError, RuntimeError),
                ):
                    await self.unwatch()
        finally:
            self.discard()

    @enable_ki_protection
    async def _execute_now(self, command: Command[T]) -> T:
        connection = self._settled()
        assert connection is not None
        reply = await self._ask(connection, command, write_command(*with_block_time(command)))
        return cast("T", reply)

    async def _ask(self, connection: Connection, command: Command[Any], payload: bytes) -> Any:
        """Carry out one command at once."""
        with self._hook.call(command.spec.name, self._node.config.address):
            if command.spec.blocking:
                reply = await self._node.block_on(connection, payload, longest_block(command))
            else:
                reply = await connection.ask(payload)
            outcome = outcome_of(command, reply, self._decode)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

    async def _run(self, commands: list[Command[Any]], raise_on_error: bool) -> None:
        """Carry out the commands and note their outcomes; raise the first error among these."""
        try:
            replies = await self._ask_all(commands)
        except RedisError as error:
            for command in commands:
                command.outcome = error
            raise
        failure = self._note_outcomes(commands, replies)
        if failure is not None and raise_on_error:
            raise failure

    async def _ask_all(self, commands: list[Command[Any]]) -> list[Any]:
        """Send the commands, and give their replies."""
        transaction = self._transaction or self._explicit
        words: list[tuple[Any, ...]] = [command.words for command in commands]
        # Of many commands there are few kinds.
        kinds = {command.spec for command in commands}
        ordinary = all(spec.ordinary for spec in kinds)
        if not ordinary:
            words = [with_block_time(command) for command in commands]
        longest = 0.0 if ordinary else max(map(longest_block, commands))
        missing = len(commands)
        if transaction:
            words = [(b"MULTI",), *words, (b"EXEC",)]
            missing += 2
        payload = write_commands(words)
        connection = self._settled()
        if connection is not None:
            with patience_of(connection, longest):
                replies = await connection.request(Waiter(payload, missing))
            if transaction and not isinstance(replies[0], Exception):
                self._watching = False  # EXEC sees to that, whatever becomes of it
        else:
            harmless = self._repeatable or all(spec.readonly for spec in kinds)
            replies = await self._node.request(
                payload,
                missing,
                harmless,
                alone=missing > SHARED_COMMANDS,
                longest=longest,
                scripted=any(spec.scripted for spec in kinds),
            )
        return _replies_of_transaction(commands, replies) if transaction else replies

    def _note_outcomes(self, commands: list[Command[Any]], replies: list[Any]) -> Exception | None:
        """Note what came of each command; return the first error."""
        decode = self._decode
        ready: frozenset[Any] = _OUTCOMES if decode is None else _TEXTLESS_OUTCOMES
        failure: Exception | None = None
        for command, reply in zip(commands, replies, strict=True):
            if command.parse is None and reply.__class__ in ready:
                command.outcome = reply
                continue
            command.outcome = outcome = outcome_of(command, reply, decode)
            if failure is None and isinstance(outcome, Exception):
                failure = outcome
        return failure


def _require_sendable(command: Command[Any]) -> None:
    spec = command.spec
    if spec.unanswered:
        raise DataError(
            f"{spec.name} cannot be part of a pipeline: it is not answered by one reply"
        )
    if spec.binds:
        raise DataError(
            f"{spec.name} cannot be part of a pipeline:"
            " it changes the connection, use Redis.exclusive()"
        )


def _replies_of_transaction(commands: list[Command[Any]], replies: list[Any]) -> list[Any]:
    """Take the replies of the commands out of that of EXEC."""
    outcome = replies[-1]
    if outcome is None:
        raise WatchError("a watched key has changed: nothing was carried out")
    if not isinstance(outcome, Exception):
        return cast("list[Any]", outcome)
    if isinstance(replies[0], Exception):
        raise replies[0]
    for number, (command, reply) in enumerate(zip(commands, replies[1:-1], strict=True), 1):
        if isinstance(reply, ResponseError) and isinstance(outcome, ExecAbortError):
            reply.command = command.spec.name
            failure = ExecAbortError(
                f"EXECABORT nothing was carried out, since command {number} of {len(commands)}"
                f" ({command.spec.name}) was refused: {reply}"
            )
            failure.command = command.spec.name
            raise failure from reply
    raise outcome


class _Chained:
    """A method of the pipeline, on the handles of what is queued in it."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, handle: Command[Any], owner: type[Command[Any]]) -> Any:
        return getattr(handle.pipeline, self._name)


@cache
def _let_handles_chain() -> None:
    """Give handles the pipeline's methods; once, with the first pipeline, as it takes its time.

    ``__getattr__`` would make reading any attribute slower, in each call of a client.
    """
    for name in {name for name in dir(Pipeline) if not name.startswith("_")} - {*dir(Command)}:
        setattr(Command, name, _Chained(name))
