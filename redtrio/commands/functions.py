"""The commands on functions, which the server keeps in libraries, with its data."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Literal, TypeAlias, TypedDict, overload

from redtrio.commands._arguments import Words, choice, flag_words
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._replies import is_ok, plain_words
from redtrio.commands._script_arguments import FlushMode, flush_words, script_words
from redtrio.types import Argument

__all__ = [
    "EngineStats",
    "FunctionCommands",
    "FunctionInfo",
    "FunctionLibrary",
    "FunctionLibraryWithCode",
    "FunctionStats",
    "RestorePolicy",
    "RunningFunction",
]

RestorePolicy: TypeAlias = Literal["FLUSH", "APPEND", "REPLACE", "flush", "append", "replace"]
"""What becomes of the libraries that are there when others are restored."""

_FCALL = Spec(name="FCALL", scripted=True)
_FCALL_RO = Spec(name="FCALL_RO", readonly=True)
_FUNCTION_DELETE = Spec(name="FUNCTION DELETE")
_FUNCTION_DUMP = Spec(name="FUNCTION DUMP", raw=True)
_FUNCTION_FLUSH = Spec(name="FUNCTION FLUSH")
_FUNCTION_KILL = Spec(name="FUNCTION KILL")
_FUNCTION_LIST = Spec(name="FUNCTION LIST")
_FUNCTION_LOAD = Spec(name="FUNCTION LOAD")
_FUNCTION_RESTORE = Spec(name="FUNCTION RESTORE")
_FUNCTION_STATS = Spec(name="FUNCTION STATS")


class FunctionInfo(TypedDict):
    """What the server tells of a function, all strings as str.

    Attributes:
        name: What it is called by.
        description: What its author says of it, or None.
        flags: Such as "no-writes", "allow-stale".
    """

    name: str
    description: str | None
    flags: set[str]


class FunctionLibrary(TypedDict):
    """What the server tells of a library of functions, all strings as str.

    Attributes:
        library_name: Its name.
        engine: What its code is run by, "LUA".
        functions: Its functions, in no order.
    """

    library_name: str
    engine: str
    functions: list[FunctionInfo]


class FunctionLibraryWithCode(FunctionLibrary):
    """What the server tells of a library of functions, with its code.

    Attributes:
        library_code: Its code; what in it is no UTF-8 as backslash escapes.
    """

    library_code: str


class RunningFunction(TypedDict):
    """The function that a server is running, all strings as str.

    Attributes:
        name: What it is called by.
        command: The words that called it; what in them is no UTF-8 as backslash escapes.
        duration_ms: Milliseconds since then.
    """

    name: str
    command: list[str]
    duration_ms: int


class EngineStats(TypedDict):
    """How much an engine has loaded.

    Attributes:
        libraries_count: Its libraries.
        functions_count: The functions in them.
    """

    libraries_count: int
    functions_count: int


class FunctionStats(TypedDict):
    """What the server tells of its functions.

    Attributes:
        running_script: The function that is running, or None.
        engines: By the name of the engine, as "LUA".
    """

    running_script: RunningFunction | None
    engines: dict[str, EngineStats]


class FunctionCommands(CommandGroup[S]):
    """The commands on functions.

    A library holds functions, and is part of the server's data: it is saved and goes to
    replicas. A function runs as a script does, and its result is as that of ``eval``.

    Cancellation: what had been sent when its caller was cancelled may have been carried out,
    and a function may go on running. ``fcall_ro`` changes nothing, and is sent again where the
    connection breaks, as any command that is read-only.
    """

    __slots__ = ()

    def fcall(self, function: Argument, numkeys: int, *keys_and_args: Argument) -> Awaitable[Any]:
        """Call a function.

        Args:
            function: Its name.
            numkeys: How many of ``keys_and_args`` are keys, >= 0.
            *keys_and_args: First the keys that it uses, then the other arguments: in Lua the
                two tables that it is called with.

        Returns:
            What the function gives.

        Raises:
            DataError: ``numkeys`` is negative, or more than what follows.
            ResponseError: There is no such function, or it failed.
            BusyScriptError: Another one runs for longer than the server allows.

        Source: FCALL. Since 7.0.
        """
        words = (b"FCALL", function, *script_words(numkeys, keys_and_args))
        return self._execute(Command(_FCALL, words))

    def fcall_ro(
        self, function: Argument, numkeys: int, *keys_and_args: Argument
    ) -> Awaitable[Any]:
        """Call a function that has the flag "no-writes".

        Args:
            function: Its name.
            numkeys: How many of ``keys_and_args`` are keys, >= 0.
            *keys_and_args: First the keys, then the other arguments, as in ``fcall``.

        Returns:
            What the function gives.

        Raises:
            DataError: ``numkeys`` is negative, or more than what follows.
            ResponseError: There is no such function, it lacks the flag, or it failed.
            BusyScriptError: Another one runs for longer than the server allows.

        Source: FCALL_RO. Since 7.0.
        """
        words = (b"FCALL_RO", function, *script_words(numkeys, keys_and_args))
        return self._execute(Command(_FCALL_RO, words))

    def function_delete(self, library: Argument) -> Awaitable[bool]:
        """Delete a library with all its functions.

        Args:
            library: Its name.

        Returns:
            True.

        Raises:
            ResponseError: There is no such library.

        Source: FUNCTION DELETE. Since 7.0.
        """
        words = (b"FUNCTION", b"DELETE", library)
        return self._execute(Command(_FUNCTION_DELETE, words, is_ok))

    def function_dump(self) -> Awaitable[bytes]:
        """Get all libraries in the server's own format, for ``function_restore``.

        Returns:
            Opaque bytes, never decoded.

        Source: FUNCTION DUMP. Since 7.0.
        """
        return self._execute(Command(_FUNCTION_DUMP, (b"FUNCTION", b"DUMP")))

    def function_flush(self, mode: FlushMode | None = "SYNC") -> Awaitable[bool]:
        """Delete all libraries.

        Args:
            mode: "ASYNC" to free their memory in the background, "SYNC" to do so before it
                answers; None: as the server's option ``lazyfree-lazy-user-flush`` says.

        Returns:
            True.

        Raises:
            DataError: ``mode`` is none of those.

        Source: FUNCTION FLUSH. Since 7.0.
        """
        words = (b"FUNCTION", b"FLUSH", *flush_words("mode", mode))
        return self._execute(Command(_FUNCTION_FLUSH, words, is_ok))

    def function_kill(self) -> Awaitable[bool]:
        """End the function that is running; its caller gets a ``ResponseError``.

        Nothing is answered on the connection that its call came by before it has ended. As
        all tasks share it, call this on a connection of its own, by
        ``async with r.exclusive() as own``, or on another client.

        Returns:
            True.

        Raises:
            NotBusyError: None is running.
            UnkillableError: It has written something.
            BusyScriptError: What is running is a script: use ``script_kill``.

        Source: FUNCTION KILL. Since 7.0.
        """
        return self._execute(Command(_FUNCTION_KILL, (b"FUNCTION", b"KILL"), is_ok))

    @overload
    def function_list(
        self, library: Argument | None = "*", *, withcode: Literal[True]
    ) -> Awaitable[list[FunctionLibraryWithCode]]: ...
    @overload
    def function_list(
        self, library: Argument | None, withcode: Literal[True]
    ) -> Awaitable[list[FunctionLibraryWithCode]]: ...
    @overload
    def function_list(
        self, library: Argument | None = "*", withcode: Literal[False] = False
    ) -> Awaitable[list[FunctionLibrary]]: ...
    @overload
    def function_list(
        self, library: Argument | None = "*", withcode: bool = False
    ) -> Awaitable[list[FunctionLibrary] | list[FunctionLibraryWithCode]]: ...
    def function_list(
        self, library: Argument | None = "*", withcode: bool = False
    ) -> Awaitable[list[FunctionLibrary] | list[FunctionLibraryWithCode]]:
        """List the libraries and their functions.

        Args:
            library: Only libraries whose names match this glob pattern; None: all.
            withcode: Tell their code as well.

        Returns:
            One dict for each, keys and values str in either mode: "library_name"; "engine";
            "functions", a list of dicts with "name", "description" (or None) and "flags", a
            set; with ``withcode`` also "library_code".

        Source: FUNCTION LIST. Since 7.0.
        """
        words: Words = (b"FUNCTION", b"LIST")
        if library is not None:
            words += (b"LIBRARYNAME", library)
        words += flag_words(WITHCODE=withcode)
        return self._execute(Command(_FUNCTION_LIST, words, plain_words))

    def function_load(self, code: Argument, replace: bool = False) -> Awaitable[S]:
        """Load a library.

        Args:
            code: Its code, which begins with a line such as "#!lua name=mylib".
            replace: Put it in the place of one of the same name, if there is one; False: fail.

        Returns:
            The library's name.

        Raises:
            ResponseError: It does not compile, registers no function, or one that another
                library has; or there is a library of its name.

        Source: FUNCTION LOAD. Since 7.0.
        """
        words = (b"FUNCTION", b"LOAD", *flag_words(REPLACE=replace), code)
        return self._execute(Command(_FUNCTION_LOAD, words))

    def function_restore(
        self, payload: Argument, policy: RestorePolicy | None = "APPEND"
    ) -> Awaitable[bool]:
        """Load the libraries that ``function_dump`` gave.

        Args:
            payload: What it gave.
            policy: What becomes of the libraries that are there: "APPEND" keeps them, and
                fails if one has the name of one that is loaded; "REPLACE" puts the loaded one
                in its place; "FLUSH" deletes them all first. None: "APPEND".

        Returns:
            True.

        Raises:
            DataError: ``policy`` is none of those.
            ResponseError: The payload is damaged or from a newer server, or names collide.
                Nothing was changed.

        Source: FUNCTION RESTORE. Since 7.0.
        """
        words: Words = (b"FUNCTION", b"RESTORE", payload)
        if policy is not None:
            words += (choice("policy", policy, ("FLUSH", "APPEND", "REPLACE")),)
        return self._execute(Command(_FUNCTION_RESTORE, words, is_ok))

    def function_stats(self) -> Awaitable[FunctionStats]:
        """Get what function is running, and how many there are.

        While one is running, it is answered only on another connection than that by which
        the call came: see ``function_kill``.

        Returns:
            A dict, keys and values str in either mode: "running_script", None or a dict with
            "name", "command" (the list of its words) and "duration_ms"; "engines", a dict of
            an engine's name to a dict with "libraries_count" and "functions_count".

        Raises:
            BusyScriptError: A script is running, and for longer than the server allows.

        Source: FUNCTION STATS. Since 7.0.
        """
        return self._execute(Command(_FUNCTION_STATS, (b"FUNCTION", b"STATS"), plain_words))
