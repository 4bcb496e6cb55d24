"""Checking and rendering of what the commands on streams share.

What is wrong is refused with ``DataError`` before anything is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from redtrio.commands._arguments import (
    Duration,
    Words,
    at_least_one,
    at_most_one,
    choice,
    milliseconds,
    pairs,
    whole,
)
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = [
    "RefPolicy",
    "block_words",
    "count_words",
    "counted_ids",
    "limit_words",
    "option",
    "policy_words",
    "stream_words",
    "trim_words",
]

RefPolicy: TypeAlias = Literal["KEEPREF", "DELREF", "ACKED"]
"""What becomes of an entry's references in consumer groups as it is deleted."""

_POLICIES = ("KEEPREF", "DELREF", "ACKED")


def option(word: bytes, value: Argument | None) -> Words:
    """Render an option and its value, or nothing for None."""
    return () if value is None else (word, value)


def policy_words(ref_policy: RefPolicy | None) -> Words:
    """Render what becomes of an entry's references, or nothing for None.

    Raises:
        DataError: It is no such policy.
    """
    return () if ref_policy is None else (choice("ref_policy", ref_policy, _POLICIES),)


def counted_ids(ids: Words) -> Words:
    """Render IDs of entries behind their number.

    Raises:
        DataError: There are none.
    """
    return (b"IDS", len(at_least_one("ids", ids)), *ids)


def trim_words(
    maxlen: int | None, minid: Argument | None, approximate: bool, limit: int | None
) -> Words:
    """Render how far a stream is to be trimmed, or nothing.

    Raises:
        DataError: Both ``maxlen`` and ``minid`` are given, one is out of its range, or
            ``limit`` is given where it means nothing.
    """
    at_most_one(maxlen=maxlen, minid=minid)
    words: Words = ()
    if maxlen is not None:
        words = (b"MAXLEN", whole("maxlen", maxlen, "entries", 0))
    elif minid is not None:
        words = (b"MINID", minid)
    if limit is not None and not (words and approximate):
        raise DataError("limit goes with maxlen or minid, and with approximate=True only")
    if words and approximate:
        words = (words[0], b"~", words[1])
    return words if limit is None else (*words, b"LIMIT", whole("limit", limit, "entries", 0))


def limit_words(count: int | None, max_count: int | None, max_size: int | None) -> Words:
    """Render how much may be read at most.

    Raises:
        DataError: A limit is below 1, or ``max_count`` below ``count``.
    """
    words = count_words(count)
    if max_count is not None:
        # A total below the number for each stream would make that one pointless.
        least = max(1, count or 1)
        words += (b"MAXCOUNT", whole("max_count", max_count, "entries", least))
    if max_size is not None:
        words += (b"MAXSIZE", whole("max_size", max_size, "bytes", 1))
    return words


def count_words(count: int | None) -> Words:
    """Render how many entries there may be at most, or nothing for None.

    Raises:
        DataError: It is below 1.
    """
    return option(b"COUNT", None if count is None else whole("count", count, "entries", 1))


def block_words(block: Duration | None) -> Words:
    """Render how long a command may block, or nothing for None: not at all.

    Raises:
        DataError: It is negative, or a fraction of a millisecond.
    """
    return option(b"BLOCK", None if block is None else milliseconds("block", block, 0))


def stream_words(streams: Mapping[Any, Argument]) -> Words:
    """Render which streams to read, and from which ID on: all the keys, then all the IDs.

    Raises:
        DataError: There are none.
    """
    words = pairs(streams, "streams")
    return (b"STREAMS", *words[::2], *words[1::2])
