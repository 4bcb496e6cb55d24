"""What searching gives.

All of it is text, whether or not the client decodes: bytes that are no UTF-8 stand in it as
lone surrogates (``surrogateescape``). Only where a query says that a field is not to be
decoded, it is bytes.
"""

from __future__ import annotations

from redtrio.commands.search.document import Document

__all__ = ["Result"]


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
