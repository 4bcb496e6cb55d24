"""Checking and rendering of what the commands on scripts and on functions share.

What is wrong is refused with ``DataError`` before anything is sent.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from redtrio.commands._arguments import Words, choice, whole
from redtrio.exceptions import DataError

__all__ = ["FlushMode", "flush_words", "script_words"]

FlushMode: TypeAlias = Literal["SYNC", "ASYNC", "sync", "async"]
"""Whether a flush frees memory before it answers, or in the background."""


def script_words(numkeys: int, keys_and_args: Words) -> Words:
    """Render the keys and arguments of a script behind the number of the keys.

    Raises:
        DataError: ``numkeys`` is negative, or more than there are.
    """
    count = whole("numkeys", numkeys, "keys", 0)
    if count > len(keys_and_args):
        raise DataError(
            f"numkeys must be at most the number of keys_and_args, {len(keys_and_args)}, "
            f"got {count}"
        )
    return (count, *keys_and_args)


def flush_words(name: str, mode: FlushMode | None) -> Words:
    """Render how a flush is to be done, or nothing for None, as the server is configured.

    Args:
        name: The parameter's name, for the message.
        mode: What the caller gave.

    Raises:
        DataError: It is none of those.
    """
    return () if mode is None else (choice(name, mode, ("SYNC", "ASYNC")),)
