"""The commands on bitfields: integers of any width within a string."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Literal, TypeAlias

from redtrio.commands._arguments import Words, choice, whole
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.exceptions import DataError
from redtrio.types import Argument

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["BitField", "BitFieldCommands", "Overflow"]

Overflow: TypeAlias = Literal["WRAP", "SAT", "FAIL", "wrap", "sat", "fail"]
"""What becomes of a result that its field has no room for.

"WRAP": it begins anew at the other end of the range; "SAT": it stays at the end of the range;
"FAIL": the field is left as it is, and the operation gives None.
"""

_BITFIELD = Spec(name="BITFIELD", keys=(1, 1, 1))
_BITFIELD_RO = Spec(name="BITFIELD_RO", keys=(1, 1, 1), readonly=True)

_FORMATS = frozenset([f"u{bits}" for bits in range(1, 64)] + [f"i{bits}" for bits in range(1, 65)])


class BitField:
    """Operations on the integers within a string, for one BITFIELD; made by ``bitfield``.

    Each method adds an operation and gives the same object, so that calls can be chained;
    ``execute`` sends them all::

        old, new = await r.bitfield("k").set("u8", 0, 255).incrby("u8", "#1", 3).execute()

    Operations take ``fmt``, the integer's format: "u" or "i" (without or with a sign) and its
    width in bits, "u1" to "u63" or "i1" to "i64"; and ``offset``, where it begins: a number
    of bits >= 0, or "#" and a number for so many times the width.

    Args:
        send: Sends the command, or queues it.
        key: Key of the string.
        default_overflow: As in ``bitfield``.
    """

    __slots__ = ("_default_overflow", "_key", "_operations", "_overflow", "_send", "_words")

    def __init__(
        self,
        send: Callable[[Command[list[int | None]]], Awaitable[list[int | None]]],
        key: Argument,
        default_overflow: Overflow | None = None,
    ) -> None:
        self._send = send
        self._key = key
        self._default_overflow = _overflow_word("default_overflow", default_overflow or "WRAP")
        self.reset()

    def __repr__(self) -> str:
        # Key and values may be secrets.
        return f"<BitField of {self._operations} operations>"

    def reset(self) -> None:
        """Forget all operations, and go back to the default overflow."""
        self._words: Words = ()
        self._operations = 0
        self._overflow = "WRAP"  # the server's default, so that it need not be told
        self._set_overflow(self._default_overflow)

    def overflow(self, overflow: Overflow) -> Self:
        """Choose what becomes of results that are out of range, from the next operation on.

        Args:
            overflow: "WRAP", "SAT" or "FAIL".

        Raises:
            DataError: It is none of those.
        """
        self._set_overflow(_overflow_word("overflow", overflow))
        return self

    def get(self, fmt: str, offset: int | str) -> Self:
        """Get an integer; the result is its value, 0 beyond the end of the string.

        Args:
            fmt: The integer's format.
            offset: Where it begins.

        Raises:
            DataError: ``fmt`` or ``offset`` is none.
        """
        return self._add(b"GET", *_field(fmt, offset))

    def incrby(
        self, fmt: str, offset: int | str, increment: int, overflow: Overflow | None = None
    ) -> Self:
        """Increment an integer; the result is its new value, None if that failed.

        Args:
            fmt: The integer's format.
            offset: Where it begins.
            increment: By how much; negative to decrement.
            overflow: As the method ``overflow``, which it calls; None: as before.

        Raises:
            DataError: One of them is none.
        """
        words: Words = (*_field(fmt, offset), whole("increment", increment, "steps"))
        if overflow is not None:
            self.overflow(overflow)
        return self._add(b"INCRBY", *words)

    def set(self, fmt: str, offset: int | str, value: int) -> Self:
        """Set an integer; the result is its old value, None if that failed.

        Args:
            fmt: The integer's format.
            offset: Where it begins.
            value: The new value; if there is no room for it, the overflow decides.

        Raises:
            DataError: One of them is none.
        """
        return self._add(b"SET", *_field(fmt, offset), whole("value", value, "steps"))

    def execute(self) -> Awaitable[list[int | None]]:
        """Send the operations, in a pipeline: queue them, and forget them, as ``reset``.

        Returns:
            The result of each operation, in their order; empty if there was none.

        Raises:
            WrongTypeError: The key holds no string.

        Cancellation: all operations may have been carried out, or none.

        Source: BITFIELD. Since 3.2.
        """
        words = (b"BITFIELD", self._key, *self._words)
        self.reset()
        return self._send(Command(_BITFIELD, words))

    def _add(self, *words: Argument) -> Self:
        self._words += words
        self._operations += 1
        return self

    def _set_overflow(self, word: str) -> None:
        if word != self._overflow:
            self._overflow = word
            self._words += (b"OVERFLOW", word)


class BitFieldCommands(CommandGroup[S]):
    """The commands on bitfields, a part of ``BitmapCommands``."""

    __slots__ = ()

    def bitfield(self, key: Argument, default_overflow: Overflow | None = None) -> BitField:
        """Begin operations on the integers within a string; nothing is sent yet.

        Args:
            key: Key of the string; a missing one counts as zeros, and it grows with zeros.
            default_overflow: What becomes of results that are out of range, where nothing
                else is told; None: "WRAP".

        Returns:
            What takes the operations, and sends them with its ``execute``.

        Raises:
            DataError: ``default_overflow`` is none of those.

        Source: BITFIELD. Since 3.2.
        """
        return BitField(self._execute, key, default_overflow)

    def bitfield_ro(
        self,
        key: Argument,
        encoding: str,
        offset: int | str,
        items: Iterable[tuple[str, int | str]] | None = None,
    ) -> Awaitable[list[int]]:
        """Get integers from within a string, by the variant that goes to replicas.

        Args:
            key: Key of the string; a missing one counts as zeros.
            encoding: The integer's format: "u" or "i" and its width in bits.
            offset: Where it begins: a number of bits >= 0, or "#" and a number for so many
                times the width.
            items: Further integers, each as (encoding, offset).

        Returns:
            The integers, in the order given.

        Raises:
            DataError: An ``encoding`` or an ``offset`` is none.
            WrongTypeError: The key holds no string.

        Source: BITFIELD_RO. Since 6.0.
        """
        words = (b"BITFIELD_RO", key, *_reading_words([(encoding, offset), *(items or ())]))
        return self._execute(Command(_BITFIELD_RO, words))


def _overflow_word(name: str, value: str) -> str:
    return choice(name, value, ("WRAP", "SAT", "FAIL"))


def _reading_words(fields: Iterable[tuple[str, int | str]]) -> Words:
    words: Words = ()
    for fmt, offset in fields:
        words += (b"GET", *_field(fmt, offset))
    return words


def _field(fmt: str, offset: int | str) -> Words:
    if fmt not in _FORMATS:
        raise DataError(f"the format must be 'u1' to 'u63' or 'i1' to 'i64', got {fmt!r}")
    if not isinstance(offset, str):
        return (fmt, whole("offset", offset, "bits", 0))
    digits = offset.removeprefix("#")
    if not (digits.isascii() and digits.isdecimal()):
        raise DataError(f"offset must be a number of bits, or '#' and a number, got {offset!r}")
    return (fmt, offset)
