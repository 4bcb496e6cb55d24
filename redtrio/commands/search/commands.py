"""The family of Search."""

from __future__ import annotations

from redtrio.commands._base import S
from redtrio.commands.search.indexes import IndexCommands
from redtrio.commands.search.queries import QueryCommands
from redtrio.commands.search.stored_documents import StoredDocumentCommands
from redtrio.commands.search.vocabularies import VocabularyCommands

__all__ = ["Search"]


class Search(
    IndexCommands[S],
    QueryCommands[S],
    StoredDocumentCommands[S],
    VocabularyCommands[S],
):
    """The commands of Search on one index, as ``r.ft(index_name)`` gives them.

    Redis 8 has Search built in; before, Redis Stack had it as a module.

    Args:
        client: A client, which sends them, or a pipeline, which queues them.
        index_name: Name of the index, or an alias.
    """

    __slots__ = ()
