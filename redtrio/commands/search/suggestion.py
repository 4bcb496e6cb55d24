"""A suggestion for completing what a user types."""

from __future__ import annotations

__all__ = ["Suggestion"]


class Suggestion:
    """A suggestion, to be added by ``sugadd`` or as found by ``sugget``.

    Args:
        string: The text.
        score: Its weight.
        payload: What is kept with it. None: nothing.

    Attributes:
        string: As given. What was found is text, whether or not the client decodes; bytes
            that are no UTF-8 stand in it as lone surrogates (``surrogateescape``).
        score: As given; 1.0 in what was found without ``with_scores``.
        payload: As given; None in what was found without ``with_payloads``.
    """

    __slots__ = ("payload", "score", "string")

    def __init__(self, string: str, score: float = 1.0, payload: str | None = None) -> None:
        self.string = string
        self.score = score
        self.payload = payload

    def __repr__(self) -> str:
        return f"<Suggestion {self.string!r} score={self.score} payload={self.payload!r}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Suggestion):
            return NotImplemented
        mine = (self.string, self.score, self.payload)
        return mine == (other.string, other.score, other.payload)

    __hash__ = None  # type: ignore[assignment]
