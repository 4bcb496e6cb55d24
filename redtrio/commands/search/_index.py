"""What all commands of Search share: the index that they are about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from redtrio.commands._arguments import Words
from redtrio.commands._base import CommandGroup, Family, S
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["IndexFamily", "QueryParams", "param_words"]

QueryParams: TypeAlias = Mapping[str, Argument]
"""What stands for each "$name" in a query."""


class IndexFamily(Family[S]):
    """Commands about an index.

    Args:
        client: A client, which sends them, or a pipeline, which queues them.
        index_name: Name of the index, or an alias.

    Attributes:
        index_name: As given.
    """

    __slots__ = ("index_name",)

    def __init__(self, client: CommandGroup[S], index_name: Argument = "idx") -> None:
        # mypy takes S for each of its two values here, and then for itself again.
        super().__init__(client)  # type: ignore[arg-type]
        self.index_name = index_name

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.index_name!r}>"


def param_words(query_params: QueryParams | None) -> Words:
    """Render parameters, or nothing for None and for none.

    Raises:
        DataError: They are no mapping.
    """
    if query_params is None or query_params == {}:
        return ()
    if not isinstance(query_params, Mapping):
        raise DataError(f"query_params must be a mapping, got {type(query_params).__name__}")
    words = tuple(word for pair in query_params.items() for word in pair)
    return ("PARAMS", len(words), *words)
