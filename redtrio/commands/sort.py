"""The command that sorts lists, sets and sorted sets."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Literal, overload

from redtrio.commands._arguments import Keys, Words, at_most_one, flag_words, flatten
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["SortCommands"]

_SORT = Spec(name="SORT", keys=(1, 1, 1))
_SORT_RO = Spec(name="SORT_RO", keys=(1, 1, 1), readonly=True)


class SortCommands(CommandGroup[S]):
    """SORT and its variant for replicas, a part of ``KeyCommands``."""

    __slots__ = ()

    @overload
    def sort(
        self,
        name: Argument,
        start: int | None = None,
        num: int | None = None,
        by: Argument | None = None,
        get: None = None,
        desc: bool = False,
        alpha: bool = False,
        store: None = None,
        groups: Literal[False] = False,
    ) -> Awaitable[list[S]]: ...

    @overload
    def sort(
        self,
        name: Argument,
        start: int | None = None,
        num: int | None = None,
        by: Argument | None = None,
        *,
        get: Keys,
        desc: bool = False,
        alpha: bool = False,
        store: None = None,
        groups: Literal[False] = False,
    ) -> Awaitable[list[S | None]]: ...

    @overload
    def sort(
        self,
        name: Argument,
        start: int | None = None,
        num: int | None = None,
        by: Argument | None = None,
        *,
        get: Keys,
        desc: bool = False,
        alpha: bool = False,
        store: None = None,
        groups: Literal[True],
    ) -> Awaitable[list[tuple[S | None, ...]]]: ...

    @overload
    def sort(
        self,
        name: Argument,
        start: int | None = None,
        num: int | None = None,
        by: Argument | None = None,
        get: Keys | None = None,
        desc: bool = False,
        alpha: bool = False,
        *,
        store: Argument,
        groups: Literal[False] = False,
    ) -> Awaitable[int]: ...

    @overload
    def sort(
        self,
        name: Argument,
        start: int | None = None,
        num: int | None = None,
        by: Argument | None = None,
        *,
        get: Keys,
        desc: bool = False,
        alpha: bool = False,
        store: None = None,
        groups: bool,
    ) -> Awaitable[list[S | None] | list[tuple[S | None, ...]]]: ...

    def sort(
        self,
        name: Argument,
        start: int | None = None,
        num: int | None = None,
        by: Argument | None = None,
        get: Keys | None = None,
        desc: bool = False,
        alpha: bool = False,
        store: Argument | None = None,
        groups: bool = False,
    ) -> Awaitable[Any]:
        """Sort a list, a set or a sorted set.

        Args:
            name: The key.
            start: Leave out so many at the beginning; only together with ``num``.
            num: Give at most so many.
            by: Sort by the values of other keys: a pattern in which ``*`` stands for the
                element, ``->field`` behind it for a field of a hash. Without ``*``: do not
                sort.
            get: Give the values of such keys in place of the elements: one pattern or an
                iterable of them; ``#`` stands for the element itself.
            desc: The greatest first.
            alpha: Sort as text, not as numbers.
            store: Store the result as a list at this key.
            groups: With two or more patterns in ``get``, give a tuple for each element.

        Returns:
            The elements, or what ``get`` found for them, None where that is missing; with
            ``store`` how many there are.

        Raises:
            DataError: Only one of ``start`` and ``num`` is given, or ``groups`` without two
                patterns, or together with ``store``.
            ResponseError: An element is no number and ``alpha`` is not given.

        Source: SORT. Since 1.0.
        """
        patterns: Words = _patterns(get)
        words: Words = (b"SORT", name, *_sort_words(start, num, by, patterns, desc, alpha))
        at_most_one(store=store, groups=groups)
        if store is not None:
            words += (b"STORE", store)
        if not groups:
            return self._execute(Command(_SORT, words))
        size = len(patterns)
        if size < 2:
            raise DataError(f"groups needs two or more patterns in get, got {size}")
        return self._execute(Command(_SORT, words, lambda reply: _grouped(reply, size)))

    @overload
    def sort_ro(
        self,
        key: Argument,
        start: int | None = None,
        num: int | None = None,
        by: Argument | None = None,
        get: None = None,
        desc: bool = False,
        alpha: bool = False,
    ) -> Awaitable[list[S]]: ...

    @overload
    def sort_ro(
        self,
        key: Argument,
        start: int | None = None,
        num: int | None = None,
        by: Argument | None = None,
        *,
        get: Keys,
        desc: bool = False,
        alpha: bool = False,
    ) -> Awaitable[list[S | None]]: ...

    def sort_ro(
        self,
        key: Argument,
        start: int | None = None,
        num: int | None = None,
        by: Argument | None = None,
        get: Keys | None = None,
        desc: bool = False,
        alpha: bool = False,
    ) -> Awaitable[Any]:
        """Sort as ``sort`` does, by the variant that changes nothing and goes to replicas.

        Source: SORT_RO. Since 7.0.
        """
        words = (b"SORT_RO", key, *_sort_words(start, num, by, _patterns(get), desc, alpha))
        return self._execute(Command(_SORT_RO, words))


def _grouped(reply: list[Any], size: int) -> list[tuple[Any, ...]]:
    return [tuple(reply[start : start + size]) for start in range(0, len(reply), size)]


def _patterns(get: Keys | None) -> Words:
    return () if get is None else flatten(get, name="get")


def _sort_words(
    start: int | None,
    num: int | None,
    by: Argument | None,
    patterns: Words,
    desc: bool,
    alpha: bool,
) -> Words:
    words: Words = ()
    if by is not None:
        words += (b"BY", by)
    if start is not None and num is not None:
        words += (b"LIMIT", start, num)
    elif start is not None or num is not None:
        raise DataError(f"start and num go together, got start={start} and num={num}")
    for pattern in patterns:
        words += (b"GET", pattern)
    return words + flag_words(DESC=desc, ALPHA=alpha)
