"""The commands on strings that are numbers."""

from __future__ import annotations

from collections.abc import Awaitable

from redtrio.commands._arguments import whole
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.types import Argument

__all__ = ["CounterCommands"]

_DECR = Spec(name="DECR", keys=(1, 1, 1))
_DECRBY = Spec(name="DECRBY", keys=(1, 1, 1))
_INCR = Spec(name="INCR", keys=(1, 1, 1))
_INCRBY = Spec(name="INCRBY", keys=(1, 1, 1))
_INCRBYFLOAT = Spec(name="INCRBYFLOAT", keys=(1, 1, 1))


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
            ResponseError: The key holds no integer, or the result leaves 64 bits.

        Source: DECR, or DECRBY for another amount than 1.
        """
        if amount == 1:
            return self._execute(Command(_DECR, (b"DECR", name)))
        return self.decrby(name, amount)

    def decrby(self, name: Argument, amount: int = 1) -> Awaitable[int]:
        """Decrement the integer at a key, as ``decr``, always by DECRBY."""
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
            ResponseError: The key holds no integer, or the result leaves 64 bits.

        Source: INCR, or INCRBY for another amount than 1.
        """
        if amount == 1:
            return self._execute(Command(_INCR, (b"INCR", name)))
        return self.incrby(name, amount)

    def incrby(self, name: Argument, amount: int = 1) -> Awaitable[int]:
        """Increment the integer at a key, as ``incr``, always by INCRBY."""
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

        Source: INCRBYFLOAT.
        """
        return self._execute(Command(_INCRBYFLOAT, (b"INCRBYFLOAT", name, amount), float))
