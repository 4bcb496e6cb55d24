"""The commands on commands: what the server knows, and where their keys stand."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, TypedDict, cast

from redtrio.commands._arguments import Words, at_least_one
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._replies import plain_words, text
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["CommandInfo", "CommandTableCommands"]

_COMMAND = Spec(name="COMMAND")
_COMMAND_COUNT = Spec(name="COMMAND COUNT")
_COMMAND_DOCS = Spec(name="COMMAND DOCS")
_COMMAND_GETKEYS = Spec(name="COMMAND GETKEYS")
_COMMAND_GETKEYSANDFLAGS = Spec(name="COMMAND GETKEYSANDFLAGS")
_COMMAND_INFO = Spec(name="COMMAND INFO")
_COMMAND_LIST = Spec(name="COMMAND LIST")


class CommandInfo(TypedDict):
    """What the server tells of a command, all strings as str.

    Attributes:
        name: Its name, in small letters ("get", "client|id").
        arity: How many words it has, the name included; negative: at least so many.
        flags: Such as "readonly", "blocking".
        first_key_pos: Where its first key stands, 0 if it has none.
        last_key_pos: Where its last key stands; negative: counted from the end.
        step_count: How far its keys are apart.
        movablekeys: Whether its keys cannot be told by position alone.
        acl_categories: The categories it belongs to ("@read"). Since 6.0.
        tips: Hints for clients. Since 7.0.
        key_specifications: Where its keys stand, in detail. Since 7.0.
        subcommands: Its subcommands by name. Since 7.0.
    """

    name: str
    arity: int
    flags: set[str]
    first_key_pos: int
    last_key_pos: int
    step_count: int
    movablekeys: bool
    acl_categories: set[str]
    tips: list[str]
    key_specifications: list[dict[str, Any]]
    subcommands: dict[str, CommandInfo]


class CommandTableCommands(CommandGroup[S]):
    """The commands on the server's table of commands, a part of ``ServerCommands``."""

    __slots__ = ()

    def command(self) -> Awaitable[dict[str, CommandInfo]]:
        """Get what the server tells of all its commands.

        Returns:
            Name, in small letters, to ``CommandInfo``.

        Source: COMMAND. Since 2.8.13.
        """
        return self._execute(Command(_COMMAND, (b"COMMAND",), _commands))

    def command_count(self) -> Awaitable[int]:
        """Count the commands of the server.

        Source: COMMAND COUNT. Since 2.8.13.
        """
        return self._execute(Command(_COMMAND_COUNT, (b"COMMAND", b"COUNT")))

    def command_docs(self, *names: str) -> Awaitable[dict[str, dict[str, Any]]]:
        """Get the documentation of commands.

        Args:
            names: The commands; none: all of them.

        Returns:
            Name, in small letters, to a dict with "summary", "since", "group", "arguments"
            and more, all strings as str. Unknown commands are left out.

        Source: COMMAND DOCS. Since 7.0.
        """
        return self._execute(Command(_COMMAND_DOCS, (b"COMMAND", b"DOCS", *names), plain_words))

    def command_getkeys(self, *args: Argument) -> Awaitable[list[S]]:
        """Find the keys in a command.

        Args:
            args: The command's name and all its arguments.

        Returns:
            The keys among them.

        Raises:
            DataError: Nothing is given.
            ResponseError: There is no such command, it takes no keys, or its arguments are
                wrong.

        Source: COMMAND GETKEYS. Since 2.8.13.
        """
        words = (b"COMMAND", b"GETKEYS", *at_least_one("args", args))
        return self._execute(Command(_COMMAND_GETKEYS, words))

    def command_getkeysandflags(self, *args: Argument) -> Awaitable[list[tuple[S, set[str]]]]:
        """Find the keys in a command, and what it does to them.

        Args:
            args: The command's name and all its arguments.

        Returns:
            Tuples of a key and its flags ("RO", "access"), which are str in either mode.

        Raises:
            DataError: Nothing is given.
            ResponseError: As in ``command_getkeys``.

        Source: COMMAND GETKEYSANDFLAGS. Since 7.0.
        """
        words = (b"COMMAND", b"GETKEYSANDFLAGS", *at_least_one("args", args))
        return self._execute(Command(_COMMAND_GETKEYSANDFLAGS, words, _keys_and_flags))

    def command_info(self, *names: str) -> Awaitable[dict[str, CommandInfo | None]]:
        """Get what the server tells of some commands.

        Args:
            names: The commands, at least one; a subcommand as "client|id".

        Returns:
            Name, as given, to ``CommandInfo``, or to None if there is no such command.

        Raises:
            DataError: No name is given.

        Source: COMMAND INFO. Since 2.8.13.
        """
        words = (b"COMMAND", b"INFO", *at_least_one("names", names))

        def parse(reply: list[Any]) -> dict[str, CommandInfo | None]:
            return {
                name: None if facts is None else _command_info(facts)
                for name, facts in zip(names, reply, strict=True)
            }

        return self._execute(Command(_COMMAND_INFO, words, parse))

    def command_list(
        self,
        module: str | None = None,
        category: str | None = None,
        pattern: str | None = None,
    ) -> Awaitable[list[S]]:
        """Get the names of the server's commands.

        Args:
            module: Only those of a module.
            category: Only those of an ACL category ("read").
            pattern: Only those that match a glob.

        Returns:
            The names, in small letters.

        Raises:
            DataError: More than one filter is given.

        Source: COMMAND LIST. Since 7.0.
        """
        filters = {"MODULE": module, "ACLCAT": category, "PATTERN": pattern}
        given = [(word, value) for word, value in filters.items() if value is not None]
        if len(given) > 1:
            raise DataError("module, category and pattern exclude each other, give at most one")
        words: Words = (b"COMMAND", b"LIST")
        for word, value in given:
            words += (b"FILTERBY", word, value)
        return self._execute(Command(_COMMAND_LIST, words))


def _commands(reply: list[Any]) -> dict[str, CommandInfo]:
    infos = map(_command_info, reply)
    return {info["name"]: info for info in infos}


def _command_info(facts: list[Any]) -> CommandInfo:
    name, arity, flags, first, last, step, *later = facts
    # What came with later versions of the server is empty on earlier ones.
    empty: list[Any] = [[], [], [], []]
    categories, tips, specifications, subcommands = [*later, *empty][:4]
    words: set[str] = set(map(text, flags))
    return {
        "name": text(name),
        "arity": arity,
        "flags": words,
        "first_key_pos": first,
        "last_key_pos": last,
        "step_count": step,
        "movablekeys": "movablekeys" in words,
        "acl_categories": set(map(text, categories)),
        "tips": plain_words(tips),
        "key_specifications": [_specification(pairs) for pairs in specifications],
        "subcommands": _commands(subcommands),
    }


def _specification(pairs: Any) -> dict[str, Any]:
    # They come as a set of maps, and a map in a set is frozen: pairs in a tuple, nested.
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if isinstance(value, tuple):
            fields[text(name)] = _specification(value)
        elif isinstance(value, frozenset):
            fields[text(name)] = set(map(text, cast("Any", value)))
        else:
            fields[text(name)] = plain_words(value)
    return fields


def _keys_and_flags(reply: list[Any]) -> list[tuple[Any, set[str]]]:
    return [(key, set(map(text, flags))) for key, flags in reply]
