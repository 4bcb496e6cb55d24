"""The commands on HyperLogLogs, which count distinct elements without keeping them."""

from __future__ import annotations

from collections.abc import Awaitable

from redtrio.commands._arguments import at_least_one
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._replies import as_bool, is_ok
from redtrio.types import Argument

__all__ = ["HyperLogLogCommands"]

_PFADD = Spec(name="PFADD", keys=(1, 1, 1))
_PFCOUNT = Spec(name="PFCOUNT", keys=(1, -1, 1), readonly=True)
_PFMERGE = Spec(name="PFMERGE", keys=(1, -1, 1))


class HyperLogLogCommands(CommandGroup[S]):
    """The commands on HyperLogLogs.

    Each takes 12 kB at most, whatever it has seen; its counts have a standard error of 0.81 %.

    All raise ``WrongTypeError`` where a key holds something other than a HyperLogLog.

    Cancellation: a write that had been sent when its caller was cancelled may have been
    carried out; doing it again changes nothing.
    """

    __slots__ = ()

    def pfadd(self, name: Argument, *values: Argument) -> Awaitable[bool]:
        """Add elements to a HyperLogLog, which is made if there is none.

        Args:
            name: Key of the HyperLogLog.
            *values: The elements; none: only see to it that there is one.

        Returns:
            Whether its count may have changed, or it was made.

        Source: PFADD. Since 2.8.9.
        """
        return self._execute(Command(_PFADD, (b"PFADD", name, *values), as_bool))

    def pfcount(self, *sources: Argument) -> Awaitable[int]:
        """Count the distinct elements that HyperLogLogs have seen, about.

        Args:
            *sources: Keys of the HyperLogLogs, at least one; of several, elements that more
                than one has seen count once. A missing one has seen nothing.

        Returns:
            About how many there are.

        Raises:
            DataError: No key is given.

        Source: PFCOUNT. Since 2.8.9.
        """
        return self._execute(Command(_PFCOUNT, (b"PFCOUNT", *at_least_one("sources", sources))))

    def pfmerge(self, dest: Argument, *sources: Argument) -> Awaitable[bool]:
        """Add to a HyperLogLog what others have seen.

        Args:
            dest: Key of the HyperLogLog, which is made if there is none.
            *sources: Keys of the others; a missing one has seen nothing.

        Returns:
            True.

        Source: PFMERGE. Since 2.8.9.
        """
        return self._execute(Command(_PFMERGE, (b"PFMERGE", dest, *sources), is_ok))
