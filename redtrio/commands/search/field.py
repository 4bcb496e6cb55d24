"""The fields of an index's schema, for ``create_index`` and ``alter_schema_add``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias

from redtrio.commands._arguments import Words, flag_words
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = [
    "Field",
    "GeoField",
    "GeoShapeField",
    "NumericField",
    "TagField",
    "TextField",
    "VectorField",
    "schema_words",
]

Phonetic: TypeAlias = Literal["dm:en", "dm:fr", "dm:pt", "dm:es"]
"""A phonetic matcher: Double Metaphone in English, French, Portuguese or Spanish."""

_PHONETICS = ("dm:en", "dm:fr", "dm:pt", "dm:es")
_ALGORITHMS = ("FLAT", "HNSW", "SVS-VAMANA")


class Field:
    """A field of the schema of an index; use one of its subclasses.

    Args:
        name: Name of the field in a hash, or a JSONPath.
        args: Its type and what belongs to that, as it is sent.
        sortable: Whether results can be sorted by it without loading the documents.
        no_index: Whether it is not indexed, but can be sorted by.
        index_missing: Whether documents that lack it can be searched for ("ismissing").
        index_empty: Whether empty strings in it can be searched for.
        as_name: What queries call it. None: ``name``.

    Raises:
        DataError: ``no_index`` without ``sortable``: the field would be of no use.

    Attributes:
        name: As given.
        as_name: As given.

    Source: FT.CREATE. ``index_missing`` and ``index_empty`` since Search 2.10.
    """

    __slots__ = ("_args", "_suffix", "as_name", "name")

    SORTABLE = "SORTABLE"
    NOINDEX = "NOINDEX"

    def __init__(
        self,
        name: str,
        args: Iterable[Argument] = (),
        sortable: bool = False,
        no_index: bool = False,
        index_missing: bool = False,
        index_empty: bool = False,
        as_name: str | None = None,
    ) -> None:
        if no_index and not sortable:
            raise DataError("no_index needs sortable, as the field would else be ignored")
        self.name = name
        self.as_name = as_name
        self._args: Words = tuple(args)
        self._suffix = flag_words(
            NOINDEX=no_index, INDEXMISSING=index_missing, INDEXEMPTY=index_empty, SORTABLE=sortable
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {' '.join(str(word) for word in self.redis_args())}>"

    def redis_args(self) -> list[Argument]:
        """Give what is sent for it, the name first."""
        alias: Words = () if self.as_name is None else ("AS", self.as_name)
        return [self.name, *alias, *self._args, *self._suffix]


class TextField(Field):
    """A field of text, searched for by its words.

    Args:
        name: As ``Field``.
        weight: How much a match in it counts, beside other fields.
        no_stem: Whether words are indexed as they are, not by their stems.
        phonetic_matcher: What matches words that sound alike. None: nothing.
        withsuffixtrie: Whether to keep an index of suffixes, for fast queries of parts of
            words ("*ord", "*or*").
        sortable: As ``Field``.
        no_index: As ``Field``.
        index_missing: As ``Field``.
        index_empty: As ``Field``.
        as_name: As ``Field``.

    Raises:
        DataError: ``phonetic_matcher`` is none of those, or as ``Field``.
    """

    __slots__ = ()

    def __init__(
        self,
        name: str,
        weight: float = 1.0,
        no_stem: bool = False,
        phonetic_matcher: Phonetic | None = None,
        withsuffixtrie: bool = False,
        sortable: bool = False,
        no_index: bool = False,
        index_missing: bool = False,
        index_empty: bool = False,
        as_name: str | None = None,
    ) -> None:
        args: Words = ("TEXT", "WEIGHT", weight, *flag_words(NOSTEM=no_stem))
        if phonetic_matcher is not None:
            if phonetic_matcher not in _PHONETICS:
                accepted = " or ".join(_PHONETICS)
                raise DataError(f"phonetic_matcher must be {accepted}, got {phonetic_matcher!r}")
            args += ("PHONETIC", phonetic_matcher)
        args += flag_words(WITHSUFFIXTRIE=withsuffixtrie)
        super().__init__(name, args, sortable, no_index, index_missing, index_empty, as_name)


class NumericField(Field):
    """A field of numbers, searched for by ranges.

    Args:
        name: As ``Field``.
        sortable: As ``Field``.
        no_index: As ``Field``.
        index_missing: As ``Field``.
        as_name: As ``Field``.

    Raises:
        DataError: As ``Field``.
    """

    __slots__ = ()

    def __init__(
        self,
        name: str,
        sortable: bool = False,
        no_index: bool = False,
        index_missing: bool = False,
        as_name: str | None = None,
    ) -> None:
        super().__init__(name, ("NUMERIC",), sortable, no_index, index_missing, as_name=as_name)


class GeoField(Field):
    """A field of places, "longitude,latitude", searched for by distance.

    Args:
        name: As ``Field``.
        sortable: As ``Field``.
        no_index: As ``Field``.
        index_missing: As ``Field``.
        as_name: As ``Field``.

    Raises:
        DataError: As ``Field``.
    """

    __slots__ = ()

    def __init__(
        self,
        name: str,
        sortable: bool = False,
        no_index: bool = False,
        index_missing: bool = False,
        as_name: str | None = None,
    ) -> None:
        super().__init__(name, ("GEO",), sortable, no_index, index_missing, as_name=as_name)


class GeoShapeField(Field):
    """A field of shapes in WKT, searched for by what lies within what.

    Args:
        name: As ``Field``.
        coord_system: ``GeoShapeField.SPHERICAL`` for longitudes and latitudes,
            ``GeoShapeField.FLAT`` for x and y in a plane. None: the server's default,
            SPHERICAL.
        no_index: As ``Field``.
        sortable: As ``Field``.
        index_missing: As ``Field``.
        as_name: As ``Field``.

    Raises:
        DataError: ``coord_system`` is neither, or as ``Field``.
    """

    __slots__ = ()

    SPHERICAL: Literal["SPHERICAL"] = "SPHERICAL"
    FLAT: Literal["FLAT"] = "FLAT"

    def __init__(
        self,
        name: str,
        coord_system: Literal["SPHERICAL", "FLAT"] | None = None,
        sortable: bool = False,
        no_index: bool = False,
        index_missing: bool = False,
        as_name: str | None = None,
    ) -> None:
        args: Words = ("GEOSHAPE",)
        if coord_system is not None:
            if coord_system not in (self.SPHERICAL, self.FLAT):
                raise DataError(f"coord_system must be SPHERICAL or FLAT, got {coord_system!r}")
            args += (coord_system,)
        super().__init__(name, args, sortable, no_index, index_missing, as_name=as_name)


class TagField(Field):
    """A field of tags, searched for as a whole.

    Args:
        name: As ``Field``.
        separator: The one character that tags within a hash field are separated by.
        case_sensitive: Whether tags are told apart by case.
        withsuffixtrie: Whether to keep an index of suffixes, for fast queries of parts of
            tags.
        sortable: As ``Field``.
        no_index: As ``Field``.
        index_missing: As ``Field``.
        index_empty: As ``Field``.
        as_name: As ``Field``.

    Raises:
        DataError: ``separator`` is not one character, or as ``Field``.
    """

    __slots__ = ()

    def __init__(
        self,
        name: str,
        separator: str = ",",
        case_sensitive: bool = False,
        withsuffixtrie: bool = False,
        sortable: bool = False,
        no_index: bool = False,
        index_missing: bool = False,
        index_empty: bool = False,
        as_name: str | None = None,
    ) -> None:
        if len(separator) != 1:
            raise DataError(f"separator must be one character, got {separator!r}")
        flags = flag_words(CASESENSITIVE=case_sensitive, WITHSUFFIXTRIE=withsuffixtrie)
        args: Words = ("TAG", "SEPARATOR", separator, *flags)
        super().__init__(name, args, sortable, no_index, index_missing, index_empty, as_name)


class VectorField(Field):
    """A field of vectors, searched for by similarity.

    Args:
        name: As ``Field``.
        algorithm: How vectors are indexed: FLAT, HNSW or SVS-VAMANA.
        attributes: The algorithm's, by name; all need TYPE ("FLOAT32", …), DIM and
            DISTANCE_METRIC ("L2", "IP" or "COSINE").
        index_missing: As ``Field``.
        as_name: As ``Field``.

    Raises:
        DataError: ``algorithm`` is none of those.

    Source: FT.CREATE. SVS-VAMANA since Redis 8.2.
    """

    __slots__ = ()

    def __init__(
        self,
        name: str,
        algorithm: str,
        attributes: Mapping[str, Argument],
        index_missing: bool = False,
        as_name: str | None = None,
    ) -> None:
        if algorithm.upper() not in _ALGORITHMS:
            raise DataError(f"algorithm must be {' or '.join(_ALGORITHMS)}, got {algorithm!r}")
        words = tuple(word for pair in attributes.items() for word in pair)
        args: Words = ("VECTOR", algorithm, len(words), *words)
        super().__init__(name, args, index_missing=index_missing, as_name=as_name)


def schema_words(fields: Field | Iterable[Field]) -> Words:
    """Render fields for SCHEMA.

    Raises:
        DataError: There is none, or something else among them.
    """
    listed = [fields] if isinstance(fields, Field) else list(fields)
    if not listed:
        raise DataError("fields must hold at least one, got none")
    for field in listed:
        if not isinstance(field, Field):
            raise DataError(f"fields must be Field objects, got {type(field).__name__}")
    return tuple(word for field in listed for word in field.redis_args())
