"""Queries of FT.SEARCH, and their filters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from redtrio.commands._arguments import Duration, Words, flag_words, milliseconds, whole
from redtrio.exceptions import DataError
from redtrio.types import Argument

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["DEFAULT_DIALECT", "Filter", "GeoFilter", "NumericFilter", "Query", "SortbyField"]

DEFAULT_DIALECT = 2
"""The dialect of queries that name none: the first with vectors and parameters."""


class Query:
    """A query with options; each method sets one, and returns the query, so that calls chain.

    Without ``paging`` it finds the first 10 documents; without ``dialect`` it is read in
    dialect 2.

    Args:
        query_string: The query.

    Source: FT.SEARCH. Since Search 1.0.
    """

    def __init__(self, query_string: Argument) -> None:
        self._query_string = query_string
        self._offset = 0
        self._num = 10
        self._no_content = False
        self._no_stopwords = False
        self._verbatim = False
        self._in_order = False
        self._with_payloads = False
        self._with_scores = False
        self._filters: list[Filter] = []
        self._return_fields: list[Argument] = []
        self._field_encodings: dict[str, str | None] = {}
        self._fields: Words = ()
        self._ids: Words = ()
        self._slop: Words = ()
        self._timeout: Words = ()
        self._scorer: Words = ()
        self._sortby: Words = ()
        self._language: Words = ()
        self._expander: Words = ()
        self._dialect: Words = ("DIALECT", DEFAULT_DIALECT)
        self._summarize: Words = ()
        self._highlight: Words = ()

    def __repr__(self) -> str:
        return f"<Query {self._query_string!r}>"

    def query_string(self) -> Argument:
        """Return the query alone."""
        return self._query_string

    @property
    def field_encodings(self) -> dict[str, str | None]:
        """The codec of each field in ``return_field``, by its name; None: it stays bytes."""
        return self._field_encodings

    @property
    def parts(self) -> tuple[str, ...]:
        """What the reply holds of a document beside its id, in the order of RESP2."""
        asked = {
            "score": self._with_scores,
            "payload": self._with_payloads,
            "extra_attributes": not self._no_content,
        }
        return tuple(part for part, given in asked.items() if given)

    def limit_ids(self, *ids: Argument) -> Self:
        """Find documents among these keys only (INKEYS)."""
        self._ids = ("INKEYS", len(ids), *ids) if ids else ()
        return self

    def return_fields(self, *fields: str) -> Self:
        """Return these fields only, decoded; as ``return_field`` for each."""
        for field in fields:
            self.return_field(field)
        return self

    def return_field(
        self,
        field: str,
        as_field: str | None = None,
        decode_field: bool | None = True,
        encoding: str | None = "utf8",
    ) -> Self:
        """Return a field, and of others only those that are asked for as well (RETURN).

        Args:
            field: Its name in the schema or in the document, or a JSONPath.
            as_field: What the result calls it. None: ``field``.
            decode_field: Whether it is text in the result; False: bytes (a vector, say).
            encoding: The codec of that text; bytes that are no text in it are lone
                surrogates (``surrogateescape``). None: bytes.
        """
        self._return_fields.append(field)
        if as_field is not None:
            self._return_fields += ("AS", as_field)
        name = field if as_field is None else as_field
        self._field_encodings[name] = encoding if decode_field else None
        return self

    def summarize(
        self,
        fields: str | Iterable[str] | None = None,
        context_len: int | None = None,
        num_frags: int | None = None,
        sep: str | None = None,
    ) -> Self:
        """Return of fields those fragments only that hold what was found.

        Args:
            fields: One field, or several. None: all.
            context_len: Words in each fragment, >= 1. None: 20.
            num_frags: The most fragments of a field, >= 1. None: 3.
            sep: What stands between fragments. None: "... ".

        Raises:
            DataError: A number is less.
        """
        words: Words = ("SUMMARIZE", *_field_words(fields))
        if context_len is not None:
            words += ("LEN", whole("context_len", context_len, "words", 1))
        if num_frags is not None:
            words += ("FRAGS", whole("num_frags", num_frags, "fragments", 1))
        self._summarize = words if sep is None else (*words, "SEPARATOR", sep)
        return self

    def highlight(
        self, fields: str | Iterable[str] | None = None, tags: Iterable[str] | None = None
    ) -> Self:
        """Mark in fields what was found.

        Args:
            fields: One field, or several. None: all.
            tags: What stands before and behind a match. None: "<b>" and "</b>".

        Raises:
            DataError: ``tags`` are not two.
        """
        words: Words = ("HIGHLIGHT", *_field_words(fields))
        if tags is not None:
            marks = tuple(tags)
            if isinstance(tags, str) or len(marks) != 2:
                raise DataError(f"tags must be two, to open and to close, got {tags!r}")
            words += ("TAGS", *marks)
        self._highlight = words
        return self

    def language(self, language: str) -> Self:
        """Read the query in a language ("german"), for stemming."""
        self._language = ("LANGUAGE", language)
        return self

    def slop(self, slop: int) -> Self:
        """Accept so many words in between those of a phrase; 0: none.

        Raises:
            DataError: It is negative.
        """
        self._slop = ("SLOP", whole("slop", slop, "words", 0))
        return self

    def timeout(self, timeout: Duration) -> Self:
        """Let the server work at most so long on it.

        Args:
            timeout: Milliseconds or timedelta, >= 0; 0: no limit.

        Raises:
            DataError: It is negative.
        """
        self._timeout = ("TIMEOUT", milliseconds("timeout", timeout, 0))
        return self

    def in_order(self) -> Self:
        """Find words only in the order in which the query has them."""
        self._in_order = True
        return self

    def scorer(self, scorer: str) -> Self:
        """Choose how documents are scored: "TFIDF", "BM25STD" (Redis 8's default), …."""
        self._scorer = ("SCORER", scorer)
        return self

    def paging(self, offset: int, num: int) -> Self:
        """Return of what is found a part.

        Args:
            offset: How many documents to leave out, >= 0.
            num: The most to return, >= 0.

        Raises:
            DataError: One is negative.
        """
        self._offset = whole("offset", offset, "documents", 0)
        self._num = whole("num", num, "documents", 0)
        return self

    def verbatim(self) -> Self:
        """Look for the words as they are, not for their stems."""
        self._verbatim = True
        return self

    def no_content(self) -> Self:
        """Return keys alone, no fields."""
        self._no_content = True
        return self

    def no_stopwords(self) -> Self:
        """Look for stop words as well."""
        self._no_stopwords = True
        return self

    def with_payloads(self) -> Self:
        """Return documents' payloads."""
        self._with_payloads = True
        return self

    def with_scores(self) -> Self:
        """Return documents' scores."""
        self._with_scores = True
        return self

    def limit_fields(self, *fields: str) -> Self:
        """Look in these text fields only (INFIELDS)."""
        self._fields = ("INFIELDS", len(fields), *fields) if fields else ()
        return self

    def add_filter(self, flt: Filter) -> Self:
        """Find only what a filter lets through, beside those added before.

        Args:
            flt: A NumericFilter or GeoFilter.

        Raises:
            DataError: It is none.
        """
        if not isinstance(flt, Filter):
            raise DataError(f"flt must be a Filter, got {type(flt).__name__}")
        self._filters.append(flt)
        return self

    def sort_by(self, field: str, asc: bool = True) -> Self:
        """Sort by a field, rather than by score.

        Args:
            field: Its name; best a sortable one.
            asc: Whether the least comes first.
        """
        self._sortby = ("SORTBY", *SortbyField(field, asc).args)
        return self

    def expander(self, expander: str) -> Self:
        """Choose what expands the words of the query."""
        self._expander = ("EXPANDER", expander)
        return self

    def dialect(self, dialect: int) -> Self:
        """Read the query in a dialect, 1 to 4.

        Raises:
            DataError: It is less than 1.
        """
        self._dialect = ("DIALECT", whole("dialect", dialect, "(a version)", 1))
        return self

    def get_args(self) -> list[Argument]:
        """Give what is sent for it, behind the name of the index."""
        returned = self._return_fields
        return [
            self._query_string,
            *flag_words(NOCONTENT=self._no_content),
            *self._fields,
            *flag_words(VERBATIM=self._verbatim, NOSTOPWORDS=self._no_stopwords),
            *(word for one in self._filters for word in one.args),
            *flag_words(WITHPAYLOADS=self._with_payloads),
            *self._scorer,
            *flag_words(WITHSCORES=self._with_scores),
            *self._ids,
            *self._slop,
            *self._timeout,
            *flag_words(INORDER=self._in_order),
            *(("RETURN", len(returned), *returned) if returned else ()),
            *self._sortby,
            *self._language,
            *self._expander,
            *self._dialect,
            *self._summarize,
            *self._highlight,
            "LIMIT",
            self._offset,
            self._num,
        ]


class Filter:
    """What a query lets through; use one of its subclasses.

    Args:
        keyword: The word of the protocol.
        field: What the filter looks at.
        args: What else is sent.

    Attributes:
        args: All that is sent for it.
    """

    __slots__ = ("args",)

    args: list[Argument]

    def __init__(self, keyword: str, field: str, *args: Argument) -> None:
        self.args = [keyword, field, *args]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {' '.join(str(word) for word in self.args)}>"


class NumericFilter(Filter):
    """Let through what has a number in a range.

    Args:
        field: Name of a numeric field.
        minval: The least, or ``NumericFilter.NEG_INF``.
        maxval: The greatest, or ``NumericFilter.INF``.
        minExclusive: Whether ``minval`` itself is too little.
        maxExclusive: Whether ``maxval`` itself is too much.
    """

    __slots__ = ()

    INF = "+inf"
    NEG_INF = "-inf"

    def __init__(
        self,
        field: str,
        minval: float | str,
        maxval: float | str,
        minExclusive: bool = False,  # noqa: N803 - redis-py's name
        maxExclusive: bool = False,  # noqa: N803 - redis-py's name
    ) -> None:
        least = f"({minval}" if minExclusive else minval
        greatest = f"({maxval}" if maxExclusive else maxval
        super().__init__("FILTER", field, least, greatest)


class GeoFilter(Filter):
    """Let through what lies within a circle.

    Args:
        field: Name of a geo field.
        lon: Longitude of its centre, in degrees.
        lat: Latitude of its centre, in degrees.
        radius: Its radius, > 0.
        unit: What the radius is in: m, km, ft or mi.

    Raises:
        DataError: ``radius`` or ``unit`` is none of those.
    """

    __slots__ = ()

    METERS: Literal["m"] = "m"
    KILOMETERS: Literal["km"] = "km"
    FEET: Literal["ft"] = "ft"
    MILES: Literal["mi"] = "mi"

    def __init__(
        self,
        field: str,
        lon: float,
        lat: float,
        radius: float,
        unit: Literal["m", "km", "ft", "mi"] = "km",
    ) -> None:
        if radius <= 0:
            raise DataError(f"radius must be > 0 {unit}, got {radius}")
        if unit not in ("m", "km", "ft", "mi"):
            raise DataError(f"unit must be m or km or ft or mi, got {unit!r}")
        super().__init__("GEOFILTER", field, lon, lat, radius, unit)


class SortbyField:
    """What to sort by, and which way.

    Args:
        field: Name of the field.
        asc: Whether the least comes first.

    Attributes:
        args: What is sent for it.
    """

    __slots__ = ("args",)

    args: list[Argument]

    def __init__(self, field: str, asc: bool = True) -> None:
        self.args = [field, "ASC" if asc else "DESC"]


def _field_words(fields: str | Iterable[str] | None) -> Words:
    listed = (fields,) if isinstance(fields, str) else tuple(fields or ())
    return ("FIELDS", len(listed), *listed) if listed else ()
