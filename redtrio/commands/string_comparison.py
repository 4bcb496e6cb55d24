"""The commands that compare a string with another one."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Literal, TypedDict, overload

from redtrio.commands._arguments import Words, at_most_one, flag_words, whole
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._replies import as_bool, plain_words
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["LcsMatches", "StringComparisonCommands", "comparison_words"]

_DELEX = Spec(name="DELEX", keys=(1, 1, 1))
_DELIFEQ = Spec(name="DELIFEQ", keys=(1, 1, 1))
_DIGEST = Spec(name="DIGEST", keys=(1, 1, 1), readonly=True)
_LCS = Spec(name="LCS", keys=(1, 2, 1), readonly=True)


class LcsMatches(TypedDict):
    """Where two strings have their longest common subsequence.

    Attributes:
        matches: One entry for each range in common, the last range first: its first and last
            position in the first string, then in the second one, then, where asked for,
            how long it is.
        len: How long the whole subsequence is.
    """

    matches: list[list[Any]]
    len: int


class StringComparisonCommands(CommandGroup[S]):
    """The commands that compare a string with another one, or with its digest.

    Where a command writes and its call is cancelled, or fails with a ``ConnectionError``
    whose ``maybe_executed`` is True, the server may have carried it out.
    """

    __slots__ = ()

    def delex(
        self,
        name: Argument,
        ifeq: Argument | None = None,
        ifne: Argument | None = None,
        ifdeq: Argument | None = None,
        ifdne: Argument | None = None,
    ) -> Awaitable[bool]:
        """Delete a key if its value is as told; without a condition, in any case.

        Args:
            name: The key.
            ifeq: Only if it holds just this.
            ifne: Only if it holds something else.
            ifdeq: Only if the digest of what it holds is this.
            ifdne: Only if the digest of what it holds is another.

        Returns:
            Whether the key was there and is deleted.

        Raises:
            DataError: Two conditions are given.
            ResponseError: With a condition, the key holds no string.

        Source: DELEX. Since Redis 8.4; not in Valkey, which has ``delifeq``.
        """
        words: Words = comparison_words(ifeq=ifeq, ifne=ifne, ifdeq=ifdeq, ifdne=ifdne)
        return self._execute(Command(_DELEX, (b"DELEX", name, *words), as_bool))

    def delifeq(self, name: Argument, value: Argument) -> Awaitable[bool]:
        """Delete a key if it holds just this value.

        Args:
            name: The key.
            value: What it must hold.

        Returns:
            Whether it did, and is deleted.

        Raises:
            WrongTypeError: The key holds no string.

        Source: DELIFEQ. Since Valkey 9.0; not in Redis, which has ``delex``.
        """
        return self._execute(Command(_DELIFEQ, (b"DELIFEQ", name, value), as_bool))

    def digest(self, name: Argument) -> Awaitable[S | None]:
        """Get the digest of a string: its XXH3 hash as 16 hexadecimal digits.

        Args:
            name: The key.

        Returns:
            The digest, to be given as ``ifdeq`` or ``ifdne``; None if the key is missing.

        Raises:
            WrongTypeError: The key holds no string.

        Source: DIGEST. Since Redis 8.4; not in Valkey.
        """
        return self._execute(Command(_DIGEST, (b"DIGEST", name)))

    @overload
    def lcs(
        self,
        key1: Argument,
        key2: Argument,
        len: Literal[False] = False,
        idx: Literal[False] = False,
    ) -> Awaitable[S]: ...

    @overload
    def lcs(
        self,
        key1: Argument,
        key2: Argument,
        len: Literal[True],
        idx: Literal[False] = False,
    ) -> Awaitable[int]: ...

    @overload
    def lcs(
        self,
        key1: Argument,
        key2: Argument,
        len: Literal[False] = False,
        *,
        idx: Literal[True],
        minmatchlen: int = 0,
        withmatchlen: bool = False,
    ) -> Awaitable[LcsMatches]: ...

    @overload
    def lcs(self, key1: Argument, key2: Argument, len: bool) -> Awaitable[S | int]: ...

    @overload
    def lcs(
        self, key1: Argument, key2: Argument, len: Literal[False] = False, *, idx: bool
    ) -> Awaitable[S | LcsMatches]: ...

    def lcs(
        self,
        key1: Argument,
        key2: Argument,
        len: bool = False,  # noqa: A002 - redis-py's name
        idx: bool = False,
        minmatchlen: int = 0,
        withmatchlen: bool = False,
    ) -> Awaitable[Any]:
        """Find the longest common subsequence of two strings.

        Args:
            key1: The key of the first string; a missing one counts as empty.
            key2: The key of the second string.
            len: Get only how long it is.
            idx: Get where it lies in both strings.
            minmatchlen: With ``idx``, leave out ranges that are shorter; 0: all of them.
            withmatchlen: With ``idx``, tell how long each range is.

        Returns:
            The subsequence; its length with ``len``; ``LcsMatches`` with ``idx``.

        Raises:
            DataError: ``len`` and ``idx`` are both given, or an option of ``idx`` without it.
            ResponseError: A key holds no string.

        Source: LCS. Since 7.0.
        """
        at_most_one(len=len, idx=idx)
        if (minmatchlen or withmatchlen) and not idx:
            raise DataError("minmatchlen and withmatchlen are options of idx, give idx=True")
        words: Words = (b"LCS", key1, key2, *flag_words(LEN=len, IDX=idx))
        if minmatchlen:
            words += (b"MINMATCHLEN", whole("minmatchlen", minmatchlen, "bytes", 0))
        words += flag_words(WITHMATCHLEN=withmatchlen)
        return self._execute(Command(_LCS, words, plain_words if idx else None))


def comparison_words(**comparisons: Argument | None) -> Words:
    """Give the words of IFEQ and its kin, of which one may be given."""
    at_most_one(**comparisons)
    return next(
        ((name.upper(), value) for name, value in comparisons.items() if value is not None), ()
    )
