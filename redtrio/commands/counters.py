"""The commands on strings that are numbers."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, TypedDict, overload

from redtrio.commands._arguments import (
    Duration,
    Moment,
    Words,
    at_most_one,
    expiry,
    flag_words,
    whole,
)
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.exceptions import DataError
from redtrio.types import Argument

if TYPE_CHECKING:
    from typing_extensions import Unpack

    class _ExpiryOptions(TypedDict, total=False):
        """What ``increx`` takes and its result's type does not depend on."""

        saturate: bool
        ex: Duration | None
        px: Duration | None
        exat: Moment | None
        pxat: Moment | None
        persist: bool
        enx: bool


__all__ = ["CounterCommands"]

_DECR = Spec(name="DECR", keys=(1, 1, 1))
_DECRBY = Spec(name="DECRBY", keys=(1, 1, 1))
_INCR = Spec(name="INCR", keys=(1, 1, 1))
_INCRBY = Spec(name="INCRBY", keys=(1, 1, 1))
_INCRBYFLOAT = Spec(name="INCRBYFLOAT", keys=(1, 1, 1))
_INCREX = Spec(name="INCREX", keys=(1, 1, 1))


class CounterCommands(CommandGroup[S]):
    """The commands on strings that are numbers, a part of ``StringCommands``."""

    __slots__ = ()

    def decr(self, name: Argument, amount: int = 1) -> Awaitable[int]:
        """Decrement the integer at a key; a missing key counts as 0.

        Args:
            name: The key.
            amount: By how much.

        Returns:
            The value after that.

        Raises:
            DataError: ``amount`` is no int.
            ResponseError: The key holds no integer, or the result leaves 64 bits.

        Source: DECR, or DECRBY for another amount than 1. Since 1.0.
        """
        if amount == 1:
            return self._execute(Command(_DECR, (b"DECR", name)))
        return self.decrby(name, amount)

    def decrby(self, name: Argument, amount: int = 1) -> Awaitable[int]:
        """Decrement the integer at a key, as ``decr``, also by 1 with DECRBY.

        Args:
            name: The key.
            amount: By how much.

        Returns:
            The value after that.

        Raises:
            DataError: ``amount`` is no int.
            ResponseError: The key holds no integer, or the result leaves 64 bits.

        Source: DECRBY. Since 1.0.
        """
        words = (b"DECRBY", name, whole("amount", amount, "steps"))
        return self._execute(Command(_DECRBY, words))

    def incr(self, name: Argument, amount: int = 1) -> Awaitable[int]:
        """Increment the integer at a key; a missing key counts as 0.

        Args:
            name: The key.
            amount: By how much.

        Returns:
            The value after that.

        Raises:
            DataError: ``amount`` is no int.
            ResponseError: The key holds no integer, or the result leaves 64 bits.

        Source: INCR, or INCRBY for another amount than 1. Since 1.0.
        """
        if amount == 1:
            return self._execute(Command(_INCR, (b"INCR", name)))
        return self.incrby(name, amount)

    def incrby(self, name: Argument, amount: int = 1) -> Awaitable[int]:
        """Increment the integer at a key, as ``incr``, also by 1 with INCRBY.

        Args:
            name: The key.
            amount: By how much.

        Returns:
            The value after that.

        Raises:
            DataError: ``amount`` is no int.
            ResponseError: The key holds no integer, or the result leaves 64 bits.

        Source: INCRBY. Since 1.0.
        """
        words = (b"INCRBY", name, whole("amount", amount, "steps"))
        return self._execute(Command(_INCRBY, words))

    def incrbyfloat(self, name: Argument, amount: float = 1.0) -> Awaitable[float]:
        """Increment the number at a key; a missing key counts as 0.

        Args:
            name: The key.
            amount: By how much; negative to decrement.

        Returns:
            The value after that.

        Raises:
            ResponseError: The key holds no number, or the result is none.

        Source: INCRBYFLOAT. Since 2.6.
        """
        return self._execute(Command(_INCRBYFLOAT, (b"INCRBYFLOAT", name, amount), float))

    @overload
    def increx(
        self,
        name: Argument,
        *,
        byfloat: None = None,
        byint: int | None = None,
        lbound: int | None = None,
        ubound: int | None = None,
        **options: Unpack[_ExpiryOptions],
    ) -> Awaitable[tuple[int, int]]: ...

    @overload
    def increx(
        self,
        name: Argument,
        *,
        byfloat: float,
        byint: None = None,
        lbound: float | None = None,
        ubound: float | None = None,
        **options: Unpack[_ExpiryOptions],
    ) -> Awaitable[tuple[float, float]]: ...

    def increx(
        self,
        name: Argument,
        *,
        byfloat: float | None = None,
        byint: int | None = None,
        lbound: float | None = None,
        ubound: float | None = None,
        saturate: bool = False,
        ex: Duration | None = None,
        px: Duration | None = None,
        exat: Moment | None = None,
        pxat: Moment | None = None,
        persist: bool = False,
        enx: bool = False,
    ) -> Awaitable[Any]:
        """Increment the number at a key within bounds, and set when it expires.

        Args:
            name: The key; a missing one counts as 0.
            byfloat: By how much, as a number with a fraction.
            byint: By how much, as an integer. Neither: by 1.
            lbound: The least value that it may get; None: the least that there is.
            ubound: The greatest value that it may get; None: the greatest that there is.
            saturate: Stop at the bound. Else what would leave the bounds is not done.
            ex: Seconds until expiry, int or timedelta, > 0.
            px: Milliseconds until expiry, int or timedelta, > 0.
            exat: Unix time of expiry in seconds, int or datetime, > 0.
            pxat: Unix time of expiry in milliseconds, int or datetime, > 0.
            persist: Take the expiry away.
            enx: Set the expiry only if the key has none; needs one of the four.

        Returns:
            The value after that, and by how much it was incremented, 0 if it was not: two
            ints, or with ``byfloat`` two floats.

        Raises:
            DataError: Two options that exclude each other are given, one is out of its
                range, or ``enx`` comes without an expiry.
            ResponseError: The key holds no such number.

        Source: INCREX. Since Redis 8.8.
        """
        at_most_one(byfloat=byfloat, byint=byint)
        words: Words = (b"INCREX", name)
        if byfloat is not None:
            words += (b"BYFLOAT", byfloat)
        if byint is not None:
            words += (b"BYINT", whole("byint", byint, "steps"))
        if lbound is not None:
            words += (b"LBOUND", lbound)
        if ubound is not None:
            words += (b"UBOUND", ubound)
        words += flag_words(SATURATE=saturate)
        words += expiry(ex=ex, px=px, exat=exat, pxat=pxat, persist=persist)
        if enx and ex is None and px is None and exat is None and pxat is None:
            raise DataError("enx needs an expiry: give one of ex, px, exat, pxat")
        words += flag_words(ENX=enx)
        return self._execute(Command(_INCREX, words, _ints if byfloat is None else _floats))


def _ints(reply: list[Any]) -> tuple[int, int]:
    value, increment = reply
    return int(value), int(increment)


def _floats(reply: list[Any]) -> tuple[float, float]:
    value, increment = reply
    return float(value), float(increment)
