"""The commands on what the server keeps on disk, and on its end."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from redtrio.commands._arguments import Words, at_most_one, flag_words
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._replies import is_ok
from redtrio.exceptions import ConnectionError

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["PersistenceCommands"]

_BGREWRITEAOF = Spec(name="BGREWRITEAOF")
_BGSAVE = Spec(name="BGSAVE")
_LASTSAVE = Spec(name="LASTSAVE")
_SAVE = Spec(name="SAVE")
# It waits for replicas and for the disk; others' commands do not stand behind it meanwhile.
_SHUTDOWN = Spec(name="SHUTDOWN", blocking=True)


class PersistenceCommands(CommandGroup[S]):
    """The commands on what the server keeps on disk, a part of ``ServerCommands``."""

    __slots__ = ()

    def bgrewriteaof(self) -> Awaitable[bool]:
        """Let the server rewrite its append-only file in the background.

        Returns:
            True: it has begun, or will begin after what is under way.

        Raises:
            ResponseError: A rewrite is under way already.

        Source: BGREWRITEAOF. Since 1.0.
        """
        return self._execute(Command(_BGREWRITEAOF, (b"BGREWRITEAOF",), _is_begun))

    def bgsave(self, schedule: bool = True, *, cancel: bool = False) -> Awaitable[bool]:
        """Let the server save its data to disk in the background.

        Args:
            schedule: While an append-only file is rewritten, save after that; False: fail.
            cancel: End the save that is under way or scheduled, in place of beginning one.

        Returns:
            True: it has begun, or will begin after that; or it was ended.

        Raises:
            ResponseError: Another save is under way; with ``cancel``, none is.

        Source: BGSAVE. ``cancel`` since Valkey 8.1; not in Redis.
        """
        words = (b"BGSAVE", *flag_words(SCHEDULE=schedule and not cancel, CANCEL=cancel))
        return self._execute(Command(_BGSAVE, words, _is_begun))

    def lastsave(self) -> Awaitable[datetime]:
        """Tell when the data were last saved to disk.

        Returns:
            The local time, without a time zone; whole seconds.

        Source: LASTSAVE. Since 1.0.
        """
        return self._execute(Command(_LASTSAVE, (b"LASTSAVE",), _local_time))

    def save(self) -> Awaitable[bool]:
        """Save the data to disk; the server does nothing else meanwhile.

        Returns:
            True.

        Raises:
            ResponseError: A save is under way in the background, or it failed.

        Source: SAVE. Since 1.0.
        """
        return self._execute(Command(_SAVE, (b"SAVE",), is_ok))

    def shutdown(
        self,
        save: bool = False,
        nosave: bool = False,
        now: bool = False,
        force: bool = False,
        abort: bool = False,
        *,
        safe: bool = False,
        failover: bool = False,
    ) -> Awaitable[None]:
        """End the server, after it saved its data if it is configured to save any.

        It waits for replicas that lag behind, as long as its option ``shutdown-timeout`` says.
        The call returns as its connection ends, shortly before the process does. In a
        pipeline, the pipeline fails by that end; a transaction is refused.

        Args:
            save: Save the data in any case.
            nosave: Save them in no case.
            now: Do not wait for replicas.
            force: End even if saving fails.
            abort: End nothing, but call off the shutdown that another client asked for.
            safe: Refuse to end where that would harm, as on a primary in a cluster.
            failover: Let a replica take over first, in a cluster.

        Raises:
            DataError: ``save`` and ``nosave`` are both given, or ``abort`` with another one.
            ResponseError: The server goes on: saving failed, or the shutdown was called off;
                or with ``abort``, there is none.
            ConnectionError: The server cannot be reached; nothing was sent.

        Cancellation: the server may end all the same.

        Source: SHUTDOWN. ``now``, ``force``, ``abort`` since 7.0; ``safe``, ``failover`` since
        Valkey 9.0, not in Redis.
        """
        at_most_one(save=save, nosave=nosave)
        modifiers = {"save": save, "nosave": nosave, "now": now, "force": force}
        modifiers |= {"safe": safe, "failover": failover}
        for name, given in modifiers.items():
            at_most_one(**{"abort": abort, name: given})
        modifiers["abort"] = abort
        options: Words = flag_words(**{name.upper(): one for name, one in modifiers.items()})
        command = Command(_SHUTDOWN, (b"SHUTDOWN", *options), _nothing)
        call = self._execute(command)
        # A pipeline gives the command itself, and ends in its own way.
        return call if call is command else _until_the_end(call)


async def _until_the_end(call: Awaitable[None]) -> None:
    try:
        await call
    except ConnectionError as error:
        if not error.maybe_executed:
            raise


def _nothing(reply: Any) -> None:
    """Read what stands in place of a result: only what calls a shutdown off is answered."""


def _is_begun(reply: Any) -> bool:
    # The server says in words what it is about to do; a refusal is an error.
    return isinstance(reply, bytes)


def _local_time(reply: int) -> datetime:
    from datetime import datetime  # noqa: PLC0415 - as in ``_arguments``

    return datetime.fromtimestamp(reply)
