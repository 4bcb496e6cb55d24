"""The commands on documents by which Search 1 was fed; today ``r.hset`` and ``r.delete`` do."""

from __future__ import annotations

from collections.abc import Awaitable

from redtrio.commands._arguments import Words, at_least_one, flag_words
from redtrio.commands._base import Command, S, Spec
from redtrio.commands._replies import as_bool, is_ok
from redtrio.commands.search._index import IndexFamily
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["StoredDocumentCommands"]

_ADD = Spec(name="FT.ADD", keys=(2, 2, 1))
_DEL = Spec(name="FT.DEL", keys=(2, 2, 1))
_MGET = Spec(name="FT.MGET", readonly=True)


class StoredDocumentCommands(IndexFamily[S]):
    """The commands on documents by which Search 1 was fed. Deprecated since Search 2.0.

    Cancellation: a write that had been sent when its caller was cancelled may have been
    carried out.
    """

    __slots__ = ()

    def add_document(
        self,
        doc_id: Argument,
        *,
        score: float = 1.0,
        payload: Argument | None = None,
        replace: bool = False,
        partial: bool = False,
        language: str | None = None,
        no_create: bool = False,
        **fields: Argument,
    ) -> Awaitable[bool]:
        """Store a document as a hash.

        Args:
            doc_id: Its key.
            score: Its score, from 0.0 to 1.0.
            payload: Its payload. None: none.
            replace: Whether it may be there already.
            partial: Whether fields that it has already are kept; implies ``replace``.
            language: Its language. None: that of the index.
            no_create: Whether it must be there already; implies ``replace``.
            **fields: Its fields by name; those called as a parameter are for ``r.hset``.

        Returns:
            True.

        Raises:
            DataError: There is no field, or ``score`` is out of its range.
            ResponseError: There is no such index, or the document is there, or is not.

        Source: FT.ADD. Since Search 1.0; deprecated since 2.0.
        """
        if not 0 <= score <= 1:
            raise DataError(f"score must be from 0.0 to 1.0, got {score}")
        words: Words = (b"FT.ADD", self.index_name, doc_id, score)
        if payload is not None:
            words += ("PAYLOAD", payload)
        replaces = replace or partial or no_create
        words += flag_words(REPLACE=replaces, PARTIAL=partial, NOCREATE=no_create)
        if language is not None:
            words += ("LANGUAGE", language)
        if not fields:
            raise DataError("fields must hold at least one, got none")
        words += ("FIELDS", *(word for pair in fields.items() for word in pair))
        return self._execute(Command(_ADD, words, is_ok))

    def delete_document(
        self, doc_id: Argument, *, delete_actual_document: bool = False
    ) -> Awaitable[bool]:
        """Delete a document, from the index and from the database.

        Args:
            doc_id: Its key.
            delete_actual_document: Ignored by Search 2, which always deletes it.

        Returns:
            Whether there was one.

        Raises:
            ResponseError: There is no such index.

        Source: FT.DEL. Since Search 1.0; deprecated since 2.0.
        """
        words: Words = (b"FT.DEL", self.index_name, doc_id, *flag_words(DD=delete_actual_document))
        return self._execute(Command(_DEL, words, as_bool))

    def get(self, *ids: Argument) -> Awaitable[list[list[S] | None]]:
        """Read documents.

        Args:
            *ids: Their keys.

        Returns:
            Each as a flat list, field, value, field, value; None for one that the index
            has not.

        Raises:
            DataError: There is no key.
            ResponseError: There is no such index.

        Source: FT.MGET. Since Search 1.0; deprecated since 2.0.
        """
        words: Words = (b"FT.MGET", self.index_name, *at_least_one("ids", ids))
        return self._execute(Command(_MGET, words))
