"""What documents an index is of, and where in them it finds score, language and payload."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import cast

from redtrio.commands._arguments import Words
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = ["IndexDefinition", "IndexType"]


class IndexType(Enum):
    """What kind of key the documents of an index are."""

    HASH = 1
    JSON = 2


class IndexDefinition:
    """Which keys are documents of an index, for ``create_index``.

    Args:
        prefix: What the keys begin with: one prefix, or several. Empty: all keys.
        filter: Expression that a document must fulfil ("@age > 16"). None: none.
        language_field: The field that names a document's language.
        language: The language where a document names none. None: the server's, English.
        score_field: The field with a document's score, from 0.0 to 1.0.
        score: The score where a document has none, from 0.0 to 1.0. None: 1.0.
        payload_field: The field with a document's payload.
        index_type: What kind of key. None: the server's default, hashes.

    Raises:
        DataError: ``index_type`` is no IndexType, or ``score`` is out of its range.

    Attributes:
        args: What is sent for it.

    Source: FT.CREATE. Since Search 2.0.
    """

    __slots__ = ("args",)

    args: list[Argument]

    def __init__(
        self,
        prefix: str | bytes | bytearray | memoryview | Iterable[Argument] = (),
        filter: str | None = None,  # noqa: A002 - redis-py's name
        language_field: str | None = None,
        language: str | None = None,
        score_field: str | None = None,
        score: float | None = 1.0,
        payload_field: str | None = None,
        index_type: IndexType | None = None,
    ) -> None:
        if index_type is not None and not isinstance(index_type, IndexType):
            raise DataError(f"index_type must be an IndexType, got {index_type!r}")
        if score is not None and not 0 <= score <= 1:
            raise DataError(f"score must be from 0.0 to 1.0, got {score}")
        kind: Words = () if index_type is None else ("ON", index_type.name)
        # Of a memoryview, type checkers do not know what it gives where it is gone through.
        one = isinstance(prefix, str | bytes | bytearray | memoryview)
        prefixes = cast("Words", (prefix,) if one else tuple(prefix))
        self.args = [*kind, *(("PREFIX", len(prefixes), *prefixes) if prefixes else ())]
        options: dict[str, Argument | None] = {
            "FILTER": filter,
            "LANGUAGE_FIELD": language_field,
            "LANGUAGE": language,
            "SCORE_FIELD": score_field,
            "SCORE": score,
            "PAYLOAD_FIELD": payload_field,
        }
        for word, value in options.items():
            if value is not None:
                self.args += (word, value)

    def __repr__(self) -> str:
        return f"<IndexDefinition {' '.join(str(word) for word in self.args)}>"
