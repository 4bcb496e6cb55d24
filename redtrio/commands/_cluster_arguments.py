"""Checking and rendering of hash slots.

What is wrong is refused with ``DataError`` before anything is sent.
"""

from __future__ import annotations

from collections.abc import Iterable

from redtrio.commands._arguments import Words, at_least_one
from redtrio.exceptions import DataError

__all__ = ["slot_pairs", "slot_ranges", "slot_word", "slot_words"]

_LAST_SLOT = 16383


def slot_word(name: str, value: int) -> int:
    """Check a slot.

    Args:
        name: The parameter's name, for the message.
        value: What the caller gave.

    Raises:
        DataError: It is no slot.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise DataError(f"{name} must be a slot, an int, got {type(value).__name__}")
    if not 0 <= value <= _LAST_SLOT:
        raise DataError(f"{name} must be a slot, 0 to {_LAST_SLOT}, got {value}")
    return value


def slot_words(slots: tuple[int, ...]) -> Words:
    """Check several slots, the parameter ``slots``.

    Raises:
        DataError: There is none, or one is no slot.
    """
    return at_least_one("slots", tuple(slot_word("slots", slot) for slot in slots))


def slot_ranges(slots: tuple[int, ...]) -> Words:
    """Check ranges of slots that come as first, last, first, last, the parameter ``slots``.

    Raises:
        DataError: There is none, one has no end, or ends before it begins.
    """
    if not slots or len(slots) % 2:
        raise DataError(f"slots must be first and last slot in turn, got {len(slots)} of them")
    return slot_pairs(zip(slots[::2], slots[1::2], strict=True))


def slot_pairs(ranges: Iterable[tuple[int, int]]) -> Words:
    """Check ranges of slots that come as pairs, and render them as first, last, first, last.

    Raises:
        DataError: There is none, or one ends before it begins.
    """
    words: Words = ()
    for first, last in ranges:
        if slot_word("slots", first) > slot_word("slots", last):
            raise DataError(f"slots must be first and last of each range, got {first} and {last}")
        words += (first, last)
    return at_least_one("slots", words)
