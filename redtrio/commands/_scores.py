"""Replies of sorted sets: members with their scores, and what a caller wants scores to be."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from redtrio.commands._replies import as_scores

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    # mypy refuses any default of a parameter with a type variable: a ``type: ignore`` each time.
    Score = TypeVar("Score", default=float)
    """What ``score_cast_func`` makes of a score."""

__all__ = ["as_key_and_scores", "as_popped", "page_as", "rank_and_score_as", "scores_as"]


def scores_as(cast: Callable[[float], Any]) -> Callable[[Any], list[tuple[Any, Any]]]:
    """Return a reader of members with scores that passes each score, a float, to ``cast``."""
    if cast is float:
        return as_scores

    def read(reply: Any) -> list[tuple[Any, Any]]:
        return [(member, cast(score)) for member, score in as_scores(reply)]

    return read


def rank_and_score_as(cast: Callable[[float], Any]) -> Callable[[Any], tuple[int, Any] | None]:
    """Return a reader of a rank with its score, or null, that passes the score to ``cast``."""

    def read(reply: Any) -> tuple[int, Any] | None:
        return None if reply is None else (reply[0], cast(float(reply[1])))

    return read


def page_as(elements: Callable[[Any], list[Any]]) -> Callable[[Any], tuple[int, list[Any]]]:
    """Return a reader of a page of a SCAN, whose elements are read by ``elements``."""

    def read(reply: Any) -> tuple[int, list[Any]]:
        return int(reply[0]), elements(reply[1])

    return read


def as_popped(reply: Any) -> tuple[Any, Any, float] | None:
    """Read the one member that a blocking pop gave, with its key and score, or null."""
    return None if reply is None else (reply[0], reply[1], float(reply[2]))


def as_key_and_scores(reply: Any) -> tuple[Any, list[tuple[Any, float]]] | None:
    """Read members with scores, and the key that they were popped from, or null."""
    return None if reply is None else (reply[0], as_scores(reply[1]))
