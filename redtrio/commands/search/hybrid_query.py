"""Queries of FT.HYBRID, which searches by text and by vector at once. Since Redis 8.4."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import TYPE_CHECKING

from redtrio.commands._arguments import Duration, Words, milliseconds, whole
from redtrio.commands.search.aggregation import Limit, Reducer, group_words
from redtrio.commands.search.query import Filter, SortbyField
from redtrio.exceptions import DataError
from redtrio.types import Argument

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "CombinationMethods",
    "CombineResultsMethod",
    "HybridCursorQuery",
    "HybridFilter",
    "HybridPostProcessingConfig",
    "HybridQuery",
    "HybridSearchQuery",
    "HybridVsimQuery",
    "VectorSearchMethods",
]


class VectorSearchMethods(Enum):
    """What a vector query looks for: the K nearest, or all within a radius."""

    KNN = "KNN"
    RANGE = "RANGE"


class CombinationMethods(Enum):
    """How two scores become one: by the ranks (RRF), or as a weighted sum."""

    RRF = "RRF"
    LINEAR = "LINEAR"


class HybridSearchQuery:
    """The half that searches by text.

    Args:
        query_string: The query.
        scorer: How documents are scored ("TFIDF"). None: "BM25STD".
        yield_score_as: The field of the result that has the score. None: none.
    """

    __slots__ = ("_query_string", "_scorer", "_yield_score_as")

    def __init__(
        self,
        query_string: Argument,
        scorer: str | None = None,
        yield_score_as: str | None = None,
    ) -> None:
        self._query_string = query_string
        self._scorer = scorer
        self._yield_score_as = yield_score_as

    def query_string(self) -> Argument:
        """Return the query alone."""
        return self._query_string

    def scorer(self, scorer: str) -> Self:
        """Choose how documents are scored."""
        self._scorer = scorer
        return self

    def yield_score_as(self, alias: str) -> Self:
        """Name the field of the result that has the score."""
        self._yield_score_as = alias
        return self

    def get_args(self) -> list[Argument]:
        """Give what is sent for it."""
        options = {"SCORER": self._scorer, "YIELD_SCORE_AS": self._yield_score_as}
        return ["SEARCH", self._query_string, *_option_words(options)]


class HybridVsimQuery:
    """The half that searches by vector.

    Args:
        vector_field_name: The field with vectors, as "@name".
        vector_data: The vector to look near, or the parameter that is one ("$vec").
        vsim_search_method: What to look for. None: the 10 nearest.
        vsim_search_method_params: For KNN: K, EF_RUNTIME; for RANGE: RADIUS, EPSILON.
        filter: What lets documents through. None: all.
        yield_score_as: The field of the result that has the score. None: none.

    Raises:
        DataError: A method without parameters, or the other way round.
    """

    __slots__ = ("_field", "_filter", "_method", "_vector", "_yield_score_as")

    def __init__(
        self,
        vector_field_name: str,
        vector_data: bytes | str,
        vsim_search_method: VectorSearchMethods | None = None,
        vsim_search_method_params: Mapping[str, Argument] | None = None,
        filter: HybridFilter | None = None,  # noqa: A002 - redis-py's name
        yield_score_as: str | None = None,
    ) -> None:
        self._field = vector_field_name
        self._vector = vector_data
        self._method: Words = ()
        self._filter = filter
        self._yield_score_as = yield_score_as
        if (vsim_search_method is None) != (not vsim_search_method_params):
            raise DataError("vsim_search_method needs vsim_search_method_params, and they need it")
        if vsim_search_method is not None and vsim_search_method_params:
            self.vsim_method_params(vsim_search_method, **vsim_search_method_params)

    def vector_field(self) -> str:
        """Return the name of the field."""
        return self._field

    def vector_data(self) -> bytes | str:
        """Return the vector."""
        return self._vector

    def vsim_method_params(self, method: VectorSearchMethods, **kwargs: Argument) -> Self:
        """Choose what to look for.

        Args:
            method: The nearest, or all within a radius.
            **kwargs: For KNN: K, EF_RUNTIME; for RANGE: RADIUS, EPSILON.
        """
        self._method = _counted(method.value, kwargs)
        return self

    def filter(self, flt: HybridFilter) -> Self:
        """Set what lets documents through."""
        self._filter = flt
        return self

    def yield_score_as(self, alias: str) -> Self:
        """Name the field of the result that has the score."""
        self._yield_score_as = alias
        return self

    def get_args(self) -> list[Argument]:
        """Give what is sent for it."""
        filtered = () if self._filter is None else self._filter.args
        score = _option_words({"YIELD_SCORE_AS": self._yield_score_as})
        return ["VSIM", self._field, self._vector, *self._method, *filtered, *score]


class HybridQuery:
    """Both halves.

    Args:
        search_query: That by text.
        vector_similarity_query: That by vector.
    """

    __slots__ = ("_search", "_vsim")

    def __init__(
        self, search_query: HybridSearchQuery, vector_similarity_query: HybridVsimQuery
    ) -> None:
        self._search = search_query
        self._vsim = vector_similarity_query

    def get_args(self) -> list[Argument]:
        """Give what is sent for it, behind the name of the index."""
        return [*self._search.get_args(), *self._vsim.get_args()]


class CombineResultsMethod:
    """How the scores of the two halves become one.

    Args:
        method: By ranks, or as a weighted sum.
        **kwargs: For RRF: WINDOW, CONSTANT; for LINEAR: ALPHA, BETA, WINDOW; for both:
            YIELD_SCORE_AS, the field of the result that has the score.
    """

    __slots__ = ("_kwargs", "_method")

    def __init__(self, method: CombinationMethods, **kwargs: Argument) -> None:
        self._method = method
        self._kwargs = kwargs

    def get_args(self) -> list[Argument]:
        """Give what is sent for it."""
        return ["COMBINE", *_counted(self._method.value, self._kwargs)]


class HybridFilter(Filter):
    """What lets documents through.

    Args:
        conditions: An expression: of ``HybridVsimQuery`` a query, of
            ``HybridPostProcessingConfig`` as that of ``AggregateRequest.filter``.
    """

    __slots__ = ()

    def __init__(self, conditions: str) -> None:
        super().__init__("FILTER", conditions)


class HybridPostProcessingConfig:
    """What is done with what was found; each method adds to it, and returns it.

    Fields are written "@name".
    """

    def __init__(self) -> None:
        self._load: list[Argument] = []
        self._groups: list[Argument] = []
        self._apply: list[Argument] = []
        self._sort: list[Argument] = []
        self._filter: list[Argument] = []
        self._limit: list[Argument] = []
        self._field_encodings: dict[str, str | None] = {}

    @property
    def field_encodings(self) -> dict[str, str | None]:
        """The codec of each field that ``load`` named, by its name in the result."""
        return self._field_encodings

    def load(
        self, *fields: str, decode_field: bool | None = False, encoding: str | None = "utf8"
    ) -> Self:
        """Load fields of the documents.

        Args:
            *fields: The fields, as "@name" or "@name AS other".
            decode_field: Whether they are text in the result; False: bytes.
            encoding: The codec of that text; bytes that are no text in it are lone
                surrogates (``surrogateescape``). None: bytes.
        """
        words = [word for field in fields for word in field.split()]
        if words:
            self._load += ("LOAD", len(words), *words)
        codec = encoding if decode_field else None
        for number, word in enumerate(words):
            # What AS follows has another name in the result, and AS itself is no field.
            if "AS" not in (other.upper() for other in words[number : number + 2]):
                self._field_encodings[word.removeprefix("@")] = codec
        return self

    def group_by(self, fields: str | Iterable[str], *reducers: Reducer) -> Self:
        """Make one row of all with the same values in some fields, as in aggregating."""
        self._groups += group_words(fields, reducers)
        return self

    def apply(self, **kwexpr: str) -> Self:
        """Add values that are computed of a row, as in aggregating."""
        for alias, expression in kwexpr.items():
            self._apply += ("APPLY", expression, "AS", alias)
        return self

    def sort_by(self, *sortby: SortbyField) -> Self:
        """Sort by fields, rather than by score; replaces what was set before.

        Raises:
            DataError: There is no field.
        """
        words = [word for one in sortby for word in one.args]
        if not words:
            raise DataError("sortby must hold at least one, got none")
        self._sort = ["SORTBY", len(words), *words]
        return self

    def filter(self, filter: HybridFilter) -> Self:  # noqa: A002 - redis-py's name
        """Go on with what fulfils an expression; replaces what was set before."""
        self._filter = filter.args
        return self

    def limit(self, offset: int, num: int) -> Self:
        """Return a part.

        Args:
            offset: How many documents to leave out, >= 0.
            num: The most to return, >= 0.

        Raises:
            DataError: One is negative.
        """
        self._limit = Limit(offset, num).build_args()
        return self

    def build_args(self) -> list[Argument]:
        """Give what is sent for it."""
        steps = (self._load, self._groups, self._apply, self._sort, self._filter, self._limit)
        return [word for step in steps for word in step]


class HybridCursorQuery:
    """That the results are to be read in parts.

    Args:
        count: Documents in each part, >= 0; 0: the server's default.
        max_idle: After so many milliseconds without being read, or a timedelta, the server
            drops the cursors, >= 0; 0: the server's default.

    Raises:
        DataError: One is negative.
    """

    __slots__ = ("count", "max_idle")

    def __init__(self, count: int = 0, max_idle: Duration = 0) -> None:
        self.count = whole("count", count, "documents", 0)
        self.max_idle = milliseconds("max_idle", max_idle, 0)

    def build_args(self) -> list[Argument]:
        """Give what is sent for it."""
        options = {"COUNT": self.count or None, "MAXIDLE": self.max_idle or None}
        return ["WITHCURSOR", *_option_words(options)]


def _counted(name: str, options: Mapping[str, Argument]) -> Words:
    words = tuple(word for pair in options.items() for word in pair)
    return (name, len(words), *words) if words else (name,)


def _option_words(options: Mapping[str, Argument | None]) -> Words:
    words: Words = ()
    for name, value in options.items():
        if value is not None:
            words += (name, value)
    return words
