"""What a hybrid search gives."""

from __future__ import annotations

from typing import Any

__all__ = ["HybridCursorResult", "HybridResult"]


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
