"""Requests of FT.AGGREGATE, their results, and the cursors that read those in parts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from redtrio.commands._arguments import Duration, Words, flag_words, milliseconds, whole
from redtrio.commands.search.query import DEFAULT_DIALECT
from redtrio.exceptions import DataError
from redtrio.types import Argument

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "FIELDNAME",
    "AggregateRequest",
    "AggregateResult",
    "Asc",
    "Cursor",
    "Desc",
    "FieldName",
    "Limit",
    "Reducer",
    "SortDirection",
    "group_words",
]


class FieldName:
    """The type of ``FIELDNAME``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "FIELDNAME"


FIELDNAME: Final = FieldName()
"""As a reducer's alias: the name of the field that it reduces."""


class Limit:
    """A part of the rows.

    Args:
        offset: How many rows to leave out, >= 0.
        count: The most rows to go on with, >= 0.

    Raises:
        DataError: One is negative.
    """

    __slots__ = ("count", "offset")

    def __init__(self, offset: int = 0, count: int = 0) -> None:
        self.offset = whole("offset", offset, "rows", 0)
        self.count = whole("count", count, "rows", 0)

    def build_args(self) -> list[Argument]:
        """Give what is sent for it."""
        return ["LIMIT", self.offset, self.count]


class Reducer:
    """What makes one value of a group; ``redtrio.commands.search.reducers`` has them all.

    Args:
        name: The function ("COUNT").
        args: Its arguments.
        field: The field that it reduces, if it is one.

    Attributes:
        name: As given.
        args: As given.
        alias_name: What results call it; None: the server's choice.
    """

    __slots__ = ("_field", "alias_name", "args", "name")

    def __init__(self, name: str, args: Iterable[Argument] = (), field: str | None = None) -> None:
        self.name = name
        self.args: Words = tuple(args)
        self.alias_name: str | None = None
        self._field = field

    def alias(self, alias: str | FieldName) -> Self:
        """Set what results call it, and return the reducer.

        Args:
            alias: The name, or ``FIELDNAME``.

        Raises:
            DataError: ``FIELDNAME``, but it does not reduce a field.
        """
        if isinstance(alias, FieldName):
            if self._field is None:
                raise DataError(f"alias must be a name, as {self.name} reduces no field")
            alias = self._field.removeprefix("@")
        self.alias_name = alias
        return self

    def build_args(self) -> list[Argument]:
        """Give what is sent for it."""
        alias: Words = () if self.alias_name is None else ("AS", self.alias_name)
        return ["REDUCE", self.name, len(self.args), *self.args, *alias]


class SortDirection:
    """A field to sort by, and which way: ``Asc`` or ``Desc``.

    Args:
        field: The field, as "@name".

    Attributes:
        field: As given.
    """

    __slots__ = ("field",)

    DIRSTRING: str

    def __init__(self, field: str) -> None:
        self.field = field


class Asc(SortDirection):
    """Sort by a field with the least first.

    Args:
        field: The field, as "@name".
    """

    __slots__ = ()

    DIRSTRING = "ASC"


class Desc(SortDirection):
    """Sort by a field with the greatest first.

    Args:
        field: The field, as "@name".
    """

    __slots__ = ()

    DIRSTRING = "DESC"


class AggregateRequest:
    """A query whose results go through steps; each method adds one, and returns the request.

    The steps ``group_by``, ``apply``, ``limit``, ``sort_by`` and ``filter`` are taken in the
    order of the calls. Fields are written "@name".

    Args:
        query: The query; "*" finds all.

    Source: FT.AGGREGATE. Since Search 1.1.
    """

    def __init__(self, query: Argument = "*") -> None:
        self._query = query
        self._steps: list[Argument] = []
        self._load: list[Argument] = []
        self._load_all = False
        self._verbatim = False
        self._add_scores = False
        self._scorer: Words = ("SCORER", "TFIDF")
        self._cursor: Words = ()
        self._timeout: Words = ()
        self._dialect: Words = ("DIALECT", DEFAULT_DIALECT)

    def __repr__(self) -> str:
        return f"<AggregateRequest {self._query!r}>"

    @property
    def has_cursor(self) -> bool:
        """Whether the result is to be read in parts."""
        return bool(self._cursor)

    def load(self, *fields: str) -> Self:
        """Load fields of the documents, besides what is sortable.

        Args:
            *fields: The fields, as "@name", each possibly followed by "AS" and another
                name. None at all: every field.
        """
        self._load += fields
        self._load_all = self._load_all or not fields
        return self

    def group_by(self, fields: str | Iterable[str], *reducers: Reducer) -> Self:
        """Make of all rows with the same values in some fields one row.

        Args:
            fields: One field, or several; an empty list makes one group of all.
            *reducers: What else is in that row.
        """
        self._steps += group_words(fields, reducers)
        return self

    def apply(self, **kwexpr: str) -> Self:
        """Add values that are computed of a row.

        Args:
            **kwexpr: Expressions by the name of their result: ``root="sqrt(@area)"``.
        """
        for alias, expression in kwexpr.items():
            self._steps += ("APPLY", expression, "AS", alias)
        return self

    def limit(self, offset: int, num: int) -> Self:
        """Go on with a part of the rows.

        Args:
            offset: How many rows to leave out, >= 0.
            num: The most rows to go on with, >= 0.

        Raises:
            DataError: One is negative.
        """
        self._steps += Limit(offset, num).build_args()
        return self

    def sort_by(self, *fields: str | SortDirection, max: int = 0) -> Self:  # noqa: A002
        """Sort the rows.

        Args:
            *fields: The fields, one deciding where those before it are equal; ``Asc`` or
                ``Desc`` of one says which way, else the least comes first.
            max: The most rows to go on with, >= 0; 0: the server's default.

        Raises:
            DataError: There is no field, or ``max`` is negative.
        """
        words: list[Argument] = []
        for one in fields:
            words += (one.field, one.DIRSTRING) if isinstance(one, SortDirection) else (one,)
        if not words:
            raise DataError("fields must hold at least one, got none")
        most = whole("max", max, "rows", 0)
        self._steps += ("SORTBY", len(words), *words, *(("MAX", most) if most else ()))
        return self

    def filter(self, expressions: str | Iterable[str]) -> Self:
        """Go on with those rows only that fulfil an expression, or each of several."""
        for expression in (expressions,) if isinstance(expressions, str) else expressions:
            self._steps += ("FILTER", expression)
        return self

    def add_scores(self) -> Self:
        """Add documents' scores to their rows, as "@__score"."""
        self._add_scores = True
        return self

    def scorer(self, scorer: str) -> Self:
        """Choose how documents are scored; else by "TFIDF"."""
        self._scorer = ("SCORER", scorer)
        return self

    def verbatim(self) -> Self:
        """Look for the words as they are, not for their stems."""
        self._verbatim = True
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

    def cursor(self, count: int = 0, max_idle: float | timedelta = 0.0) -> Self:
        """Read the result in parts; the result tells the cursor for the next one.

        Args:
            count: Rows in each part, >= 0; 0: the server's default, 1000.
            max_idle: After so many seconds without being read, or a timedelta, the server
                drops the cursor, >= 0; 0: the server's default, 300.

        Raises:
            DataError: One is negative.
        """
        idle = max_idle if isinstance(max_idle, timedelta) else timedelta(seconds=max_idle)
        rows = whole("count", count, "rows", 0)
        kept = milliseconds("max_idle", idle, 0)
        self._cursor = (
            "WITHCURSOR",
            *(("COUNT", rows) if rows else ()),
            *(("MAXIDLE", kept) if kept else ()),
        )
        return self

    def dialect(self, dialect: int) -> Self:
        """Read the query in a dialect, 1 to 4.

        Raises:
            DataError: It is less than 1.
        """
        self._dialect = ("DIALECT", whole("dialect", dialect, "(a version)", 1))
        return self

    def build_args(self) -> list[Argument]:
        """Give what is sent for it, behind the name of the index."""
        load: Words = ("LOAD", len(self._load), *self._load) if self._load else ()
        return [
            self._query,
            *flag_words(VERBATIM=self._verbatim),
            *self._scorer,
            *flag_words(ADDSCORES=self._add_scores),
            *self._cursor,
            *(("LOAD", "*") if self._load_all else load),
            *self._timeout,
            *self._dialect,
            *self._steps,
        ]


class Cursor:
    """Where in a result the next part begins; ``aggregate`` reads that, and moves it on.

    Args:
        cid: The server's number for it; 0: there is no next part.

    Attributes:
        cid: As given; reading a part sets it anew.
        count: Rows in each part, >= 0; 0: as ``AggregateRequest.cursor`` said.
    """

    __slots__ = ("cid", "count")

    def __init__(self, cid: int) -> None:
        self.cid = cid
        self.count = 0

    def __repr__(self) -> str:
        return f"<Cursor {self.cid}>"

    def build_args(self) -> list[Argument]:
        """Give what is sent for it, behind the name of the index.

        Raises:
            DataError: ``count`` is negative.
        """
        count = whole("count", self.count, "rows", 0)
        return [self.cid, *(("COUNT", count) if count else ())]


class AggregateResult:
    """What FT.AGGREGATE gave, or a part of it.

    All of it is text, as in ``Result``.

    Attributes:
        rows: Each row as a flat list: name, value, name, value. A value is text; of some
            reducers a list; None where there is none.
        cursor: Where the next part begins; None if none was asked for.
        total: How many rows the server counted so far, which need not be all.
        warnings: What the server warns of: that time ran out, say.
    """

    __slots__ = ("cursor", "rows", "total", "warnings")

    def __init__(
        self, rows: list[list[Any]], cursor: Cursor | None, total: int, warnings: list[str]
    ) -> None:
        self.rows = rows
        self.cursor = cursor
        self.total = total
        self.warnings = warnings

    def __repr__(self) -> str:
        return f"<AggregateResult rows: {len(self.rows)}, cursor: {self.cursor}>"


def group_words(fields: str | Iterable[str], reducers: Iterable[Reducer]) -> list[Argument]:
    """Render GROUPBY with its reducers."""
    names = (fields,) if isinstance(fields, str) else tuple(fields)
    reduced = [word for reducer in reducers for word in reducer.build_args()]
    return ["GROUPBY", len(names), *names, *reduced]
