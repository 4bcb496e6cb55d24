"""What profiling a query gives, beside what the query gives."""

from __future__ import annotations

from typing import Any

__all__ = ["ProfileInformation"]


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
