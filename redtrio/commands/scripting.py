"""The commands on scripts, which the server runs, and on its cache of them."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from redtrio.commands._arguments import at_least_one
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._replies import is_ok, text
from redtrio.commands._script_arguments import FlushMode, flush_words, script_words
from redtrio.types import Argument

__all__ = ["ScriptCommands"]

_EVAL = Spec(name="EVAL", scripted=True)
_EVALSHA = Spec(name="EVALSHA", scripted=True)
_EVALSHA_RO = Spec(name="EVALSHA_RO", readonly=True)
_EVAL_RO = Spec(name="EVAL_RO", readonly=True)
_SCRIPT_EXISTS = Spec(name="SCRIPT EXISTS")
_SCRIPT_FLUSH = Spec(name="SCRIPT FLUSH")
_SCRIPT_KILL = Spec(name="SCRIPT KILL")
_SCRIPT_LOAD = Spec(name="SCRIPT LOAD")
_SCRIPT_SHOW = Spec(name="SCRIPT SHOW")


class ScriptCommands(CommandGroup[S]):
    """The commands on scripts.

    A script runs to its end before any other command of any client does, and what it has
    done by then stays done if it fails. Its result is the reply as it comes, all strings in it
    bytes, or str with ``decode_responses``. Of Lua's values

    - a number becomes an int, cut off behind the point, and a string stays one;
    - a table becomes a list, up to its first nil;
    - true becomes 1, false None; after ``redis.setresp(3)`` both become bool;
    - nil becomes None;
    - ``{double=...}``, ``{map={...}}`` and ``{set={...}}`` become float, dict and set.

    An error that a script returns is raised as ``ResponseError``; within a list it stands
    there as a value.

    The server knows a script by the SHA-1 of its text, 40 hexadecimal digits, until it is
    restarted or its cache is flushed.

    Cancellation: a script that had been sent when its caller was cancelled may have been
    carried out, or go on running. The read-only commands change nothing, and are sent again
    where the connection breaks, as any that is read-only.
    """

    __slots__ = ()

    def eval(self, script: Argument, numkeys: int, *keys_and_args: Argument) -> Awaitable[Any]:
        """Run a script, which is then in the server's cache.

        Args:
            script: Its text.
            numkeys: How many of ``keys_and_args`` are keys, >= 0.
            *keys_and_args: First the keys that it uses, ``KEYS`` in Lua, then the other
                arguments, ``ARGV``.

        Returns:
            What the script gives.

        Raises:
            DataError: ``numkeys`` is negative, or more than what follows.
            ResponseError: The script does not compile, or failed.
            BusyScriptError: Another script runs for longer than the server allows.

        Source: EVAL. Since 2.6.
        """
        words = (b"EVAL", script, *script_words(numkeys, keys_and_args))
        return self._execute(Command(_EVAL, words))

    def eval_ro(self, script: Argument, numkeys: int, *keys_and_args: Argument) -> Awaitable[Any]:
        """Run a script that changes nothing, which is then in the server's cache.

        Args:
            script: Its text.
            numkeys: How many of ``keys_and_args`` are keys, >= 0.
            *keys_and_args: First the keys, then the other arguments, as in ``eval``.

        Returns:
            What the script gives.

        Raises:
            DataError: ``numkeys`` is negative, or more than what follows.
            ResponseError: The script does not compile, failed, or tried to write.
            BusyScriptError: Another script runs for longer than the server allows.

        Source: EVAL_RO. Since 7.0.
        """
        words = (b"EVAL_RO", script, *script_words(numkeys, keys_and_args))
        return self._execute(Command(_EVAL_RO, words))

    def evalsha(self, sha: Argument, numkeys: int, *keys_and_args: Argument) -> Awaitable[Any]:
        """Run a script out of the server's cache.

        Args:
            sha: Its SHA-1, as ``script_load`` gives it.
            numkeys: How many of ``keys_and_args`` are keys, >= 0.
            *keys_and_args: First the keys, then the other arguments, as in ``eval``.

        Returns:
            What the script gives.

        Raises:
            DataError: ``numkeys`` is negative, or more than what follows.
            NoScriptError: It is not in the cache; ``eval`` or ``script_load`` puts it there.
            ResponseError: The script failed.
            BusyScriptError: Another script runs for longer than the server allows.

        Source: EVALSHA. Since 2.6.
        """
        words = (b"EVALSHA", sha, *script_words(numkeys, keys_and_args))
        return self._execute(Command(_EVALSHA, words))

    def evalsha_ro(self, sha: Argument, numkeys: int, *keys_and_args: Argument) -> Awaitable[Any]:
        """Run a script that changes nothing out of the server's cache.

        Args:
            sha: Its SHA-1, as ``script_load`` gives it.
            numkeys: How many of ``keys_and_args`` are keys, >= 0.
            *keys_and_args: First the keys, then the other arguments, as in ``eval``.

        Returns:
            What the script gives.

        Raises:
            DataError: ``numkeys`` is negative, or more than what follows.
            NoScriptError: It is not in the cache; ``eval_ro`` or ``script_load`` puts it there.
            ResponseError: The script failed, or tried to write.
            BusyScriptError: Another script runs for longer than the server allows.

        Source: EVALSHA_RO. Since 7.0.
        """
        words = (b"EVALSHA_RO", sha, *script_words(numkeys, keys_and_args))
        return self._execute(Command(_EVALSHA_RO, words))

    def script_exists(self, *args: Argument) -> Awaitable[list[bool]]:
        """Tell which scripts are in the server's cache.

        Args:
            *args: SHA-1 of each.

        Returns:
            A list of bool, one for each in their order.

        Raises:
            DataError: There are none.

        Source: SCRIPT EXISTS. Since 2.6.
        """
        words = (b"SCRIPT", b"EXISTS", *at_least_one("args", args))
        return self._execute(Command(_SCRIPT_EXISTS, words, _as_bools))

    def script_flush(self, sync_type: FlushMode | None = None) -> Awaitable[bool]:
        """Remove all scripts from the server's cache.

        Args:
            sync_type: "ASYNC" to free their memory in the background, "SYNC" to do so before
                it answers; None: as the server's option ``lazyfree-lazy-user-flush`` says.

        Returns:
            True.

        Raises:
            DataError: ``sync_type`` is none of those.

        Source: SCRIPT FLUSH. Since 2.6; ``sync_type`` since 6.2.
        """
        words = (b"SCRIPT", b"FLUSH", *flush_words("sync_type", sync_type))
        return self._execute(Command(_SCRIPT_FLUSH, words, is_ok))

    def script_kill(self) -> Awaitable[bool]:
        """End the script that is running; its caller gets a ``ResponseError``.

        Nothing is answered on the connection that the script came by before it has ended. As
        all tasks share it, call this on a connection of its own, by
        ``async with r.exclusive() as own``, or on another client.

        Returns:
            True.

        Raises:
            NotBusyError: None is running.
            UnkillableError: It has written something.
            BusyScriptError: What is running is a function: use ``function_kill``.

        Source: SCRIPT KILL. Since 2.6.
        """
        return self._execute(Command(_SCRIPT_KILL, (b"SCRIPT", b"KILL"), is_ok))

    def script_load(self, script: Argument) -> Awaitable[str]:
        """Put a script into the server's cache without running it.

        Args:
            script: Its text.

        Returns:
            Its SHA-1, 40 hexadecimal digits, str in either mode.

        Raises:
            ResponseError: The script does not compile.

        Source: SCRIPT LOAD. Since 2.6.
        """
        return self._execute(Command(_SCRIPT_LOAD, (b"SCRIPT", b"LOAD", script), text))

    def script_show(self, sha: Argument) -> Awaitable[S]:
        """Get the text of a script in the server's cache.

        Args:
            sha: Its SHA-1.

        Returns:
            Its text, as it was sent.

        Raises:
            NoScriptError: It is not in the cache.

        Source: SCRIPT SHOW. Since Valkey 8.0; not in Redis.
        """
        return self._execute(Command(_SCRIPT_SHOW, (b"SCRIPT", b"SHOW", sha)))


def _as_bools(reply: list[int]) -> list[bool]:
    return [bool(found) for found in reply]
