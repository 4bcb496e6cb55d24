"""The commands on the bits of a string."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Literal, TypeAlias

from redtrio.commands._arguments import Words, choice, whole
from redtrio.commands._base import Command, S, Spec
from redtrio.commands.bitfields import BitFieldCommands
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["BitOperation", "BitUnit", "BitmapCommands"]

BitOperation: TypeAlias = Literal[
    "AND", "OR", "XOR", "NOT", "DIFF", "DIFF1", "ANDOR", "ONE",
    "and", "or", "xor", "not", "diff", "diff1", "andor", "one",
]  # fmt: skip
"""How the bits of several strings are combined; ``bitop`` tells what each does."""

BitUnit: TypeAlias = Literal["BYTE", "BIT", "byte", "bit"]
"""What the ends of a range count."""

_BITCOUNT = Spec(name="BITCOUNT", keys=(1, 1, 1), readonly=True)
_BITOP = Spec(name="BITOP", keys=(2, -1, 1))
_BITPOS = Spec(name="BITPOS", keys=(1, 1, 1), readonly=True)
_GETBIT = Spec(name="GETBIT", keys=(1, 1, 1), readonly=True)
_SETBIT = Spec(name="SETBIT", keys=(1, 1, 1))

# The least and the most keys that each takes; None: as many as one likes.
_OPERATIONS: dict[str, tuple[int, int | None]] = {
    "AND": (1, None),
    "OR": (1, None),
    "XOR": (1, None),
    "NOT": (1, 1),
    "DIFF": (2, None),
    "DIFF1": (2, None),
    "ANDOR": (2, None),
    "ONE": (1, None),
}


class BitmapCommands(BitFieldCommands[S]):
    """The commands on the bits of a string, those on bitfields among them.

    Bits are counted from 0, the most significant bit of the first byte. A missing key counts
    as an empty string. All raise ``WrongTypeError`` where a key holds no string.

    Cancellation: a write that had been sent when its caller was cancelled may have been
    carried out.
    """

    __slots__ = ()

    def bitcount(
        self,
        key: Argument,
        start: int | None = None,
        end: int | None = None,
        mode: BitUnit | None = None,
    ) -> Awaitable[int]:
        """Count the bits of a string that are 1.

        Args:
            key: Key of the string.
            start: The first byte to look at, from 0, or from -1 at the end. None: the first.
            end: The last byte to look at, included; needs ``start``. None: the last; with
                ``start`` in Valkey only, since 8.0.
            mode: "BIT": ``start`` and ``end``, which it needs, count bits; None: bytes.
                Since 7.0.

        Returns:
            How many there are.

        Raises:
            DataError: ``end`` comes without ``start``, or ``mode`` without both, or is none
                of those.

        Source: BITCOUNT. Since 2.6.
        """
        return self._execute(Command(_BITCOUNT, (b"BITCOUNT", key, *_range(start, end, mode))))

    def bitop(self, operation: BitOperation, dest: Argument, *keys: Argument) -> Awaitable[int]:
        """Combine the bits of strings, and store the result.

        Where strings differ in length, the shorter ones count as if zeros followed.

        Args:
            operation: Which bits of the result are 1. "AND": those that are 1 in all
                strings; "OR": in any; "XOR": in an odd number of them; "NOT": those that are
                0 in the one string that it takes. With X the first string, and Y all others:
                "DIFF": those in X and in none of Y; "DIFF1": those in any of Y and not in X;
                "ANDOR": those in X and in any of Y. "ONE": those in just one string. The
                last four since Redis 8.2; not in Valkey.
            dest: Key that gets the result; what it held before goes. If the result is
                empty, the key is deleted.
            keys: Keys of the strings: one for "NOT", two or more for "DIFF", "DIFF1" and
                "ANDOR", one or more for the others.

        Returns:
            The length of the result in bytes.

        Raises:
            DataError: ``operation`` is none of those, or takes another number of keys.

        Source: BITOP. Since 2.6.
        """
        word = choice("operation", operation, tuple(_OPERATIONS))
        least, most = _OPERATIONS[word]
        if len(keys) < least or (most is not None and len(keys) > most):
            bound = f"just {least}" if least == most else f"at least {least}"
            raise DataError(f"keys of {word} must be {bound}, got {len(keys)}")
        return self._execute(Command(_BITOP, (b"BITOP", word, dest, *keys)))

    def bitpos(
        self,
        key: Argument,
        bit: int,
        start: int | None = None,
        end: int | None = None,
        mode: BitUnit | None = None,
    ) -> Awaitable[int]:
        """Find the first bit of a string that is 1, or 0.

        Args:
            key: Key of the string.
            bit: 1 or 0.
            start: As in ``bitcount``.
            end: The last byte to look at, included; needs ``start``. None: the last.
            mode: As in ``bitcount``.

        Returns:
            Its place, counted from the beginning of the string; -1 if there is none. Without
            ``end``, zeros count as following the string.

        Raises:
            DataError: ``bit`` is neither, or as ``bitcount``.

        Source: BITPOS. Since 2.8.7; ``mode`` since 7.0.
        """
        words = (b"BITPOS", key, _bit("bit", bit), *_range(start, end, mode))
        return self._execute(Command(_BITPOS, words))

    def getbit(self, name: Argument, offset: int) -> Awaitable[int]:
        """Get a bit of a string.

        Args:
            name: Key of the string.
            offset: The bit's place, >= 0.

        Returns:
            1 or 0; 0 beyond the end of the string.

        Raises:
            DataError: ``offset`` is negative.

        Source: GETBIT. Since 2.2.
        """
        words = (b"GETBIT", name, whole("offset", offset, "bits", 0))
        return self._execute(Command(_GETBIT, words))

    def setbit(self, name: Argument, offset: int, value: int) -> Awaitable[int]:
        """Set a bit of a string, which grows with zeros where it is too short.

        Args:
            name: Key of the string.
            offset: The bit's place, 0 to 4294967295.
            value: 1 or 0, or a bool.

        Returns:
            What the bit was before: 1 or 0.

        Raises:
            DataError: ``offset`` is negative, or ``value`` neither 1 nor 0.
            ResponseError: ``offset`` is too large.

        Source: SETBIT. Since 2.2.
        """
        words = (b"SETBIT", name, whole("offset", offset, "bits", 0), _bit("value", value))
        return self._execute(Command(_SETBIT, words))


def _bit(name: str, value: int) -> int:
    if value not in (0, 1):
        raise DataError(f"{name} must be 0 or 1, got {value!r}")
    return int(value)  # of a bool, which is not sent as it is


def _range(start: int | None, end: int | None, mode: str | None) -> Words:
    if end is not None and start is None:
        raise DataError(f"end needs start, got end={end} alone")
    if mode is not None and end is None:
        raise DataError(f"mode needs start and end, got mode={mode!r} without end")
    words: Words = tuple(one for one in (start, end) if one is not None)
    return words if mode is None else (*words, choice("mode", mode, ("BYTE", "BIT")))
