"""The commands that search."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, overload

from redtrio.commands._arguments import Duration, Words, at_most_one, flag_words, milliseconds
from redtrio.commands._base import Command, S, Spec
from redtrio.commands._replies import is_ok
from redtrio.commands.search._index import IndexFamily, QueryParams, param_words
from redtrio.commands.search._replies import (
    as_document,
    read_aggregate,
    read_corrections,
    read_hybrid,
    read_hybrid_cursors,
    read_profile,
    read_search,
)
from redtrio.commands.search.aggregation import AggregateRequest, AggregateResult, Cursor
from redtrio.commands.search.document import Document
from redtrio.commands.search.hybrid_result import HybridCursorResult, HybridResult
from redtrio.commands.search.profile_information import ProfileInformation
from redtrio.commands.search.query import Query
from redtrio.commands.search.result import Result
from redtrio.exceptions import DataError
from redtrio.types import Argument

if TYPE_CHECKING:
    # Only who searches so pays for importing it.
    from redtrio.commands.search.hybrid_query import (
        CombineResultsMethod,
        HybridCursorQuery,
        HybridPostProcessingConfig,
        HybridQuery,
    )

__all__ = ["QueryCommands"]

_AGGREGATE = Spec(name="FT.AGGREGATE", readonly=True)
# The module says that they changed nothing, as they change no key; but sent twice they would
# lose a part of the result, or fail.
_CURSOR_DEL = Spec(name="FT.CURSOR DEL")
_CURSOR_READ = Spec(name="FT.CURSOR READ")
_EXPLAIN = Spec(name="FT.EXPLAIN", readonly=True)
_EXPLAINCLI = Spec(name="FT.EXPLAINCLI", readonly=True)
_HGETALL = Spec(name="HGETALL", keys=(1, 1, 1), readonly=True)
_HYBRID = Spec(name="FT.HYBRID", readonly=True)
_PROFILE = Spec(name="FT.PROFILE", readonly=True)
_SEARCH = Spec(name="FT.SEARCH", readonly=True)
_SPELLCHECK = Spec(name="FT.SPELLCHECK", readonly=True)


class QueryCommands(IndexFamily[S]):
    """The commands that search.

    All raise ``ResponseError`` where there is no such index, or the query cannot be read.
    ``query_params`` is what stands for each "$name" in a query.

    What is found is text, whether or not the client decodes; see ``Document`` for how to
    have bytes.
    """

    __slots__ = ()

    def search(
        self, query: Query | Argument, query_params: QueryParams | None = None
    ) -> Awaitable[Result]:
        """Find documents.

        Args:
            query: A query with options, or a query alone.
            query_params: Parameters by name. None: none.

        Returns:
            The documents, 10 of them unless the query says otherwise, and their number.

        Raises:
            DataError: ``query`` is neither.

        Source: FT.SEARCH. Since Search 1.0; parameters since 2.4.
        """
        asked: Query = _query(query)
        words: Words = (b"FT.SEARCH", *self._asking(asked, query_params))
        return self._execute(Command(_SEARCH, words, partial(read_search, asked, time.monotonic())))

    def aggregate(
        self, query: AggregateRequest | Cursor, query_params: QueryParams | None = None
    ) -> Awaitable[AggregateResult]:
        """Find documents, and have them grouped, computed with, sorted.

        A request with ``cursor`` gives the first part of the result, and a cursor; giving
        that cursor reads the next one, and moves the cursor on. At the end its ``cid`` is 0.

        Args:
            query: A request, or a cursor.
            query_params: Parameters by name. None: none. Not with a cursor.

        Returns:
            The rows, and the cursor, if any.

        Raises:
            DataError: ``query`` is neither, or ``query_params`` with a cursor.
            ResponseError: There is no such cursor, or no longer.

        Cancellation: a part that was being read is lost.

        Source: FT.AGGREGATE, FT.CURSOR READ. Since Search 1.1; parameters since 2.4.
        """
        if isinstance(query, Cursor):
            at_most_one(cursor=query, query_params=query_params)
            words: Words = (b"FT.CURSOR", "READ", self.index_name, *query.build_args())
            return self._execute(Command(_CURSOR_READ, words, partial(read_aggregate, query)))
        if not isinstance(query, AggregateRequest):
            kind = type(query).__name__
            raise DataError(f"query must be an AggregateRequest or a Cursor, got {kind}")
        params: Words = param_words(query_params)
        words = (b"FT.AGGREGATE", self.index_name, *query.build_args(), *params)
        return self._execute(Command(_AGGREGATE, words, partial(read_aggregate, query)))

    def cursor_del(self, cursor: Cursor | int) -> Awaitable[bool]:
        """Drop a cursor whose result is not to be read to its end.

        Args:
            cursor: The cursor, or its number.

        Returns:
            True.

        Raises:
            ResponseError: There is no such cursor, or no longer.

        Source: FT.CURSOR DEL. Since Search 1.1.
        """
        cid = cursor.cid if isinstance(cursor, Cursor) else cursor
        words: Words = (b"FT.CURSOR", "DEL", self.index_name, cid)
        return self._execute(Command(_CURSOR_DEL, words, is_ok))

    @overload
    def hybrid_search(
        self,
        query: HybridQuery,
        combine_method: CombineResultsMethod | None = ...,
        post_processing: HybridPostProcessingConfig | None = ...,
        params_substitution: QueryParams | None = ...,
        timeout: Duration | None = ...,
        cursor: None = ...,
    ) -> Awaitable[HybridResult]: ...
    @overload
    def hybrid_search(
        self,
        query: HybridQuery,
        combine_method: CombineResultsMethod | None = ...,
        post_processing: HybridPostProcessingConfig | None = ...,
        params_substitution: QueryParams | None = ...,
        timeout: Duration | None = ...,
        *,
        cursor: HybridCursorQuery,
    ) -> Awaitable[HybridCursorResult]: ...
    def hybrid_search(
        self,
        query: HybridQuery,
        combine_method: CombineResultsMethod | None = None,
        post_processing: HybridPostProcessingConfig | None = None,
        params_substitution: QueryParams | None = None,
        timeout: Duration | None = None,
        cursor: HybridCursorQuery | None = None,
    ) -> Awaitable[Any]:
        """Find documents by text and by vector at once.

        Args:
            query: What to look for.
            combine_method: How the two scores of a document become one. None: by ranks.
            post_processing: What is done with what was found. None: nothing.
            params_substitution: Parameters by name. None: none.
            timeout: Milliseconds or timedelta, >= 0, that the server may work on it; 0: no
                limit. None: the server's default.
            cursor: That the two halves are to be read in parts. None: they are not.

        Returns:
            The documents; with ``cursor`` the numbers of two cursors in their place.

        Raises:
            DataError: ``timeout`` is negative.

        Source: FT.HYBRID. Since Redis 8.4.
        """
        words: list[Argument] = [b"FT.HYBRID", self.index_name, *query.get_args()]
        if combine_method is not None:
            words += combine_method.get_args()
        encodings: Mapping[str, str | None] = {}
        if post_processing is not None:
            words += post_processing.build_args()
            encodings = post_processing.field_encodings
        words += param_words(params_substitution)
        if timeout is not None:
            words += ("TIMEOUT", milliseconds("timeout", timeout, 0))
        if cursor is None:
            return self._execute(Command(_HYBRID, tuple(words), partial(read_hybrid, encodings)))
        words += cursor.build_args()
        return self._execute(Command(_HYBRID, tuple(words), read_hybrid_cursors))

    @overload
    def profile(
        self,
        query: AggregateRequest,
        limited: bool = ...,
        query_params: QueryParams | None = ...,
    ) -> Awaitable[tuple[AggregateResult, ProfileInformation]]: ...
    @overload
    def profile(
        self,
        query: Query | Argument,
        limited: bool = ...,
        query_params: QueryParams | None = ...,
    ) -> Awaitable[tuple[Result, ProfileInformation]]: ...
    def profile(
        self,
        query: Query | AggregateRequest | Argument,
        limited: bool = False,
        query_params: QueryParams | None = None,
    ) -> Awaitable[Any]:
        """Search or aggregate, and have told where the time went.

        Args:
            query: What ``search`` or ``aggregate`` takes, without a cursor.
            limited: Whether to leave out details of what was read.
            query_params: Parameters by name. None: none.

        Returns:
            The result, and what the server tells of its making.

        Raises:
            DataError: ``query`` is neither.

        Source: FT.PROFILE. Since Search 2.2.
        """
        asked = query if isinstance(query, AggregateRequest) else _query(query)
        kind = "AGGREGATE" if isinstance(asked, AggregateRequest) else "SEARCH"
        args: list[Argument] = (
            asked.build_args() if isinstance(asked, AggregateRequest) else asked.get_args()
        )
        how: Words = (kind, *flag_words(LIMITED=limited), "QUERY")
        words: Words = (b"FT.PROFILE", self.index_name, *how, *args, *param_words(query_params))
        parse = partial(read_profile, asked, time.monotonic())
        return self._execute(Command(_PROFILE, words, parse))

    def explain(
        self, query: Query | Argument, query_params: QueryParams | None = None
    ) -> Awaitable[S]:
        """Explain how a query is read.

        Args:
            query: A query with options, or a query alone.
            query_params: Parameters by name. None: none.

        Returns:
            A tree as text of several lines.

        Raises:
            DataError: ``query`` is neither.

        Source: FT.EXPLAIN. Since Search 1.0.
        """
        words: Words = (b"FT.EXPLAIN", *self._asking(_query(query), query_params))
        return self._execute(Command(_EXPLAIN, words))

    def explain_cli(
        self, query: Query | Argument, query_params: QueryParams | None = None
    ) -> Awaitable[list[S]]:
        """Explain how a query is read, line by line.

        Args:
            query: A query with options, or a query alone.
            query_params: Parameters by name. None: none.

        Returns:
            The lines of a tree.

        Raises:
            DataError: ``query`` is neither.

        Source: FT.EXPLAINCLI. Since Search 1.0.
        """
        words: Words = (b"FT.EXPLAINCLI", *self._asking(_query(query), query_params))
        return self._execute(Command(_EXPLAINCLI, words))

    def spellcheck(
        self,
        query: Argument,
        distance: int | None = None,
        include: Argument | None = None,
        exclude: Argument | None = None,
    ) -> Awaitable[dict[S, list[dict[str, S]]]]:
        """Suggest words for those of a query that the index has not.

        Args:
            query: The query.
            distance: The most letters that a suggestion may differ in, 1 to 4. None: 1.
            include: A dictionary of words to suggest as well. None: none.
            exclude: A dictionary of words that are never suggested. None: none.

        Returns:
            Dict of word to its suggestions, the best first: dicts of "suggestion" and
            "score", the part of documents that have it as text ("0.5"). Words that need no
            suggestion, or have none, are left out.

        Raises:
            DataError: ``distance`` is none of those.

        Source: FT.SPELLCHECK. Since Search 1.4.
        """
        if distance is not None and distance not in (1, 2, 3, 4):
            raise DataError(f"distance must be from 1 to 4 letters, got {distance!r}")
        words: Words = (b"FT.SPELLCHECK", self.index_name, query)
        if distance is not None:
            words += ("DISTANCE", distance)
        if include is not None:
            words += ("TERMS", "INCLUDE", include)
        if exclude is not None:
            words += ("TERMS", "EXCLUDE", exclude)
        return self._execute(Command(_SPELLCHECK, words, read_corrections))

    def load_document(
        self,
        id: str | bytes,  # noqa: A002 - redis-py's name
        field_encodings: Mapping[str, str | None] | None = None,
    ) -> Awaitable[Document]:
        """Read a document that is a hash, by its key; the index is not asked.

        Args:
            id: The key.
            field_encodings: The codec of fields by name, "utf-8" for others; None as the
                codec: the field stays bytes.

        Returns:
            The document, without fields if there is none.

        Source: HGETALL. Since 2.0.
        """
        parse = partial(as_document, id, field_encodings or {})
        return self._execute(Command(_HGETALL, (b"HGETALL", id), parse))

    def _asking(self, query: Query, query_params: QueryParams | None) -> Words:
        return (self.index_name, *query.get_args(), *param_words(query_params))


def _query(query: Query | Argument) -> Query:
    """Give a query with options.

    Raises:
        DataError: It is none, nor one alone.
    """
    if isinstance(query, Query):
        return query
    if isinstance(query, str | bytes | bytearray | memoryview):
        return Query(query)
    raise DataError(f"query must be a Query or its text, got {type(query).__name__}")
