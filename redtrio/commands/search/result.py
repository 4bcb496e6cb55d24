"""What searching and aggregating give.

All of it is text, whether or not the client decodes: bytes that are no UTF-8 stand in it as
lone surrogates (``surrogateescape``). Only where a query says that a field is not to be
decoded, it is bytes.
"""

from __future__ import annotations

from typing import Any

from redtrio.commands.search.aggregation import Cursor
from redtrio.commands.search.document import Document

__all__ = [
    "AggregateResult",
    "HybridCursorResult",
    "HybridResult",
    "ProfileInformation",
    "Result",
]


class Result:
    """What FT.SEARCH found.

    Attributes:
        total: How many documents were found; ``docs`` holds a part of them.
        docs: The documents.
        duration: Milliseconds from the call to the reply.
        warnings: What the server warns of: that time ran out, say.
    """

    __slots__ = ("docs", "duration", "total", "warnings")

    def __init__(
        self, total: int, docs: list[Document], duration: float, warnings: list[str]
    ) -> None:
        self.total = total
        self.docs = docs
        self.duration = duration
        self.warnings = warnings

    def __repr__(self) -> str:
        return f"<Result {self.total} total, docs: {self.docs}>"


class AggregateResult:
    """What FT.AGGREGATE gave, or a part of it.

    Attributes:
        rows: Each row as a flat list: name, value, name, value. A value is text; of some
            reducers a list; None where there is none.
        cursor: Where the next part begins; None if none was asked for.
        total: How many rows the server counted so far, which need not be all.
        warnings: What the server warns of: that time ran out, say.
    """

    __slots__ = ("cursor", "rows", "total", "warnings")

    def __init__(
        self, rows: list[list[Any]], cursor: Cursor | None, total: int, warnings: list[str]
    ) -> None:
        self.rows = rows
        self.cursor = cursor
        self.total = total
        self.warnings = warnings

    def __repr__(self) -> str:
        return f"<AggregateResult rows: {len(self.rows)}, cursor: {self.cursor}>"


class ProfileInformation:
    """Where the server's time went with a query.

    Attributes:
        info: What it tells: a dict, or a list from Search before 2.8.
    """

    __slots__ = ("info",)

    def __init__(self, info: Any) -> None:
        self.info = info

    def __repr__(self) -> str:
        return f"<ProfileInformation {self.info!r}>"


class HybridResult:
    """What FT.HYBRID found.

    Attributes:
        total_results: How many documents were found; ``results`` holds a part of them.
        results: Each document as a dict of field to value. Values are bytes, whether or not
            the client decodes, save those of fields that were loaded with ``decode_field``.
        warnings: What the server warns of.
        execution_time: Milliseconds that the server needed.
    """

    __slots__ = ("execution_time", "results", "total_results", "warnings")

    def __init__(
        self,
        total_results: int,
        results: list[dict[str, Any]],
        warnings: list[str],
        execution_time: float,
    ) -> None:
        self.total_results = total_results
        self.results = results
        self.warnings = warnings
        self.execution_time = execution_time

    def __repr__(self) -> str:
        return f"<HybridResult {self.total_results} total, results: {self.results}>"


class HybridCursorResult:
    """The cursors for the two halves of a hybrid search.

    Attributes:
        search_cursor_id: Number of the cursor for what the text query found.
        vsim_cursor_id: Number of the cursor for what the vector query found.
        warnings: What the server warns of.
    """

    __slots__ = ("search_cursor_id", "vsim_cursor_id", "warnings")

    def __init__(self, search_cursor_id: int, vsim_cursor_id: int, warnings: list[str]) -> None:
        self.search_cursor_id = search_cursor_id
        self.vsim_cursor_id = vsim_cursor_id
        self.warnings = warnings

    def __repr__(self) -> str:
        return f"<HybridCursorResult {self.search_cursor_id}, {self.vsim_cursor_id}>"
