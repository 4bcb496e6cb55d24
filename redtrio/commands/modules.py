"""The commands on modules, which add commands and types to the server."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from typing import TypedDict, cast

from redtrio.commands._arguments import Words, pairs
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._replies import is_ok, plain_words
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["ModuleCommands", "ModuleInfo"]

_MODULE_LIST = Spec(name="MODULE LIST")
_MODULE_LOAD = Spec(name="MODULE LOAD")
_MODULE_LOADEX = Spec(name="MODULE LOADEX")
_MODULE_UNLOAD = Spec(name="MODULE UNLOAD")


class ModuleInfo(TypedDict):
    """What the server tells of a module, all strings as str.

    Attributes:
        name: Its name.
        ver: Its version, a number.
        path: Its file; empty, or no path, if it came with the server. Since 7.0.
        args: What it was loaded with. Since 7.0.
    """

    name: str
    ver: int
    path: str
    args: list[str]


class ModuleCommands(CommandGroup[S]):
    """The commands on modules.

    Servers load and unload modules only where their option ``enable-module-command`` allows
    that. Where a call of that kind is cancelled, or fails with a ``ConnectionError`` whose
    ``maybe_executed`` is True, the server may have carried it out.
    """

    __slots__ = ()

    def module_list(self) -> Awaitable[list[ModuleInfo]]:
        """Get the modules that are loaded.

        Source: MODULE LIST. Since 4.0.
        """
        return self._execute(Command(_MODULE_LIST, (b"MODULE", b"LIST"), plain_words))

    def module_load(self, path: Argument, *args: Argument) -> Awaitable[bool]:
        """Load a module.

        Args:
            path: Its file on the server's machine, from the root on.
            args: What the module is to be told.

        Returns:
            True.

        Raises:
            ResponseError: The server may not load modules, or cannot load this one.

        Source: MODULE LOAD. Since 4.0.
        """
        return self._execute(Command(_MODULE_LOAD, (b"MODULE", b"LOAD", path, *args), is_ok))

    def module_loadex(
        self,
        path: Argument,
        options: Mapping[str, Argument] | Iterable[Argument] | None = None,
        args: Iterable[Argument] | None = None,
    ) -> Awaitable[bool]:
        """Load a module, with options of its own.

        Args:
            path: Its file on the server's machine, from the root on.
            options: Its options, name to value; or names and values in turn.
            args: What the module is to be told.

        Returns:
            True.

        Raises:
            DataError: A name in ``options`` has no value.
            ResponseError: The server may not load modules, or cannot load this one.

        Source: MODULE LOADEX. Since 7.0.
        """
        words: Words = (b"MODULE", b"LOADEX", path)
        if options is not None:
            for name, value in _options(options):
                words += (b"CONFIG", name, value)
        told: Words = () if args is None else tuple(args)
        if told:
            words += (b"ARGS", *told)
        return self._execute(Command(_MODULE_LOADEX, words, is_ok))

    def module_unload(self, name: Argument) -> Awaitable[bool]:
        """Unload a module.

        Args:
            name: Its name.

        Returns:
            True.

        Raises:
            ResponseError: The server may not unload modules, there is no such module, or
                there are types, commands or threads that it cannot do without.

        Source: MODULE UNLOAD. Since 4.0.
        """
        return self._execute(Command(_MODULE_UNLOAD, (b"MODULE", b"UNLOAD", name), is_ok))


def _options(
    options: Mapping[str, Argument] | Iterable[Argument],
) -> Iterable[tuple[Argument, Argument]]:
    if isinstance(options, Mapping):
        words: Words = pairs(cast("Mapping[Argument, Argument]", options), "options")
    else:
        words = tuple(options)
    if len(words) % 2:
        raise DataError(f"options must be names and values in turn, got {len(words)} of them")
    return zip(words[::2], words[1::2], strict=True)
