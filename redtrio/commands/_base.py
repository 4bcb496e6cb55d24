"""What a command is, apart from who sends it: its facts, its words, and how its reply is read.

A method of a command group builds a ``Command`` and hands it to ``_execute``, the one way out.
Who has that method decides what happens: a client sends it and gives back a coroutine, a
pipeline queues it and gives back the command itself, which then is the handle of its result.

Nothing here, and nothing in the groups, knows of connections or waits for anything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any, Generic, TypeVar

from redtrio.types import Argument

__all__ = ["Command", "CommandGroup", "Family", "S", "Spec", "T"]

T = TypeVar("T")
"""What a command's result is."""

S = TypeVar("S", bytes, str)
"""What strings in replies are: str with ``decode_responses``, else bytes."""


class Spec:
    """The facts about a command that decide where it goes and what may be done with it.

    They are the server's own, as COMMAND INFO tells them; a test compares. Nothing changes
    them. (No dataclass, which takes longer to make than all the Specs.)

    Attributes:
        name: In capitals, with the subcommand where there is one: "GET", "CLIENT ID".
        keys: Position of the first key, of the last one (negative: from the end), and the
            step between them; the name is at 0. (0, 0, 0): no keys, or not told by
            position alone.
        readonly: It changes nothing, so that sending it twice does no harm.
        blocking: It may hold its connection until something happens on the server.
        block_at: Where among the words of a blocking command its time to block stands
            (negative: from the end). 0: nowhere that is known here.
        block_unit: For a blocking command, how many of its unit of time make a second.
        without_block: For a command that blocks only with the word BLOCK among its
            arguments, the facts about it without that word. None: that word means nothing.
        binds: It leaves a state behind on its connection, and is therefore refused on one
            that others share.
        looks_back: It is about the commands before it on its connection, so that it is refused
            by itself where nobody knows which these were.
        unanswered: No one reply answers it, so that it is refused wherever replies are
            matched to commands.
        scripted: It runs a script, whose errors are its own and say nothing of what it had done.
        raw: Its reply is never decoded to text, since it is no text (DUMP).
        ordinary: Whether it may share a connection with any other command; follows from
            the others.
    """

    __slots__ = (
        "binds",
        "block_at",
        "block_unit",
        "blocking",
        "keys",
        "looks_back",
        "name",
        "ordinary",
        "raw",
        "readonly",
        "scripted",
        "unanswered",
        "without_block",
    )

    def __init__(
        self,
        *,
        name: str,
        keys: tuple[int, int, int] = (0, 0, 0),
        readonly: bool = False,
        blocking: bool = False,
        block_at: int = 0,
        block_unit: int = 1,
        without_block: Spec | None = None,
        binds: bool = False,
        looks_back: bool = False,
        unanswered: bool = False,
        scripted: bool = False,
        raw: bool = False,
    ) -> None:
        self.name = name
        self.keys = keys
        self.readonly = readonly
        self.blocking = blocking
        self.block_at = block_at
        self.block_unit = block_unit
        self.without_block = without_block
        self.binds = binds
        self.looks_back = looks_back
        self.unanswered = unanswered
        self.scripted = scripted
        self.raw = raw
        self.ordinary = not (blocking or binds or unanswered)

    def __repr__(self) -> str:
        return f"<Spec {self.name}>"


class Command(Generic[T]):
    """One call of a command: what to send, and how to read the reply.

    Args:
        spec: The facts about it.
        words: All that is sent, the name first. Where a blocking command has its time to
            block, None stands for a time to be taken from the caller's deadline.
        parse: Makes the result out of a reply that is not an error; it gets bytes, never
            str, and its result is decoded where the client decodes. None: the reply is
            the result.

    In a pipeline the command is also the handle of its result: ``await`` it, or read
    ``result``, once the pipeline has run.
    """

    __slots__ = ("outcome", "parse", "pipeline", "spec", "words")

    outcome: Any
    """In a pipeline that has run: the result, or the exception that stands in its place."""

    pipeline: Any
    """The pipeline that it was queued in."""

    def __init__(
        self,
        spec: Spec,
        words: tuple[Argument | None, ...],
        parse: Callable[[Any], T] | None = None,
    ) -> None:
        self.spec = spec
        self.words = words
        self.parse = parse

    def __repr__(self) -> str:
        # Arguments may be secrets.
        return f"<Command {self.spec.name}>"

    @property
    def result(self) -> T:
        """What the command gave, once the pipeline that it was queued in has run.

        Raises:
            RedisError: What the command failed with.
            RuntimeError: The pipeline has not run yet.
        """
        try:
            outcome = self.outcome
        except AttributeError:
            raise RuntimeError(
                f"{self.spec.name} has no result yet: its pipeline has not been executed"
            ) from None
        if isinstance(outcome, Exception):
            raise outcome
        result: T = outcome
        return result

    def __await__(self) -> Generator[Any, Any, T]:
        """Give ``result``; nothing is waited for."""
        yield from ()
        return self.result


class CommandGroup(Generic[S]):
    """What every group of commands needs of the class that it is mixed into."""

    __slots__ = ()

    def _execute(self, command: Command[T]) -> Awaitable[T]:
        """Send the command, or queue it."""
        raise NotImplementedError


class Family(CommandGroup[S]):
    """Commands that a client has under a name of their own, as ``r.json()``.

    Args:
        client: A client, which sends them, or a pipeline, which queues them.
    """

    __slots__ = ("_client",)

    def __init__(self, client: CommandGroup[S]) -> None:
        self._client: CommandGroup[S] = client

    def _execute(self, command: Command[T]) -> Awaitable[T]:
        return self._client._execute(command)
