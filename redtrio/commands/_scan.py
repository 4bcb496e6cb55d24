"""Going through all elements of a SCAN, page by page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["ScanIterator"]

E = TypeVar("E")


class ScanIterator(Generic[E]):
    """All elements of a SCAN, HSCAN, SSCAN or ZSCAN, for ``async for``.

    The server keeps nothing between pages, so that the iteration may be left early without
    closing anything. An element may come twice, as the server allows itself; one that is
    there from beginning to end comes at least once. For one task at a time.

    Cancellation: a page that did not come is asked for again by the next step; no element
    is lost. A step waits, and may be cancelled, only where it needs a new page.

    Args:
        page: Gets the page at a cursor: the next cursor, 0 after the last page, and the
            elements.
    """

    __slots__ = ("_cursor", "_elements", "_page")

    def __init__(self, page: Callable[[int], Awaitable[tuple[int, Iterable[E]]]]) -> None:
        self._page = page
        self._cursor: int | None = 0
        self._elements: Iterator[E] = iter(())

    def __repr__(self) -> str:
        where = "at its end" if self._cursor is None else f"at cursor {self._cursor}"
        return f"<ScanIterator {where}>"

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> E:
        while True:
            for element in self._elements:
                return element
            if self._cursor is None:
                raise StopAsyncIteration
            cursor, elements = await self._page(self._cursor)
            self._cursor, self._elements = cursor or None, iter(elements)

    async def aclose(self) -> None:
        """End the iteration: the next step finds no more elements."""
        self._cursor, self._elements = None, iter(())
