"""From the replies of Search to its results.

The module tells most in maps. Before Search 2.8 the same stood in flat lists, also under
RESP3, and is read from those as well.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, cast

from redtrio.commands._replies import plain_words
from redtrio.commands.search.aggregation import AggregateRequest, AggregateResult, Cursor
from redtrio.commands.search.document import Document
from redtrio.commands.search.hybrid_result import HybridCursorResult, HybridResult
from redtrio.commands.search.profile_information import ProfileInformation
from redtrio.commands.search.query import Query
from redtrio.commands.search.result import Result
from redtrio.commands.search.suggestion import Suggestion

__all__ = [
    "as_document",
    "read_aggregate",
    "read_config",
    "read_corrections",
    "read_description",
    "read_hybrid",
    "read_hybrid_cursors",
    "read_list",
    "read_profile",
    "read_search",
    "read_set",
    "read_suggestions",
    "read_synonyms",
    "unescaped",
]


def unescaped(value: Any, encoding: str | None = "utf-8") -> Any:
    """Make text of all bytes in a value, or leave it alone where there is no codec.

    What is no text stands in it as lone surrogates, so that nothing is lost.
    """
    if encoding is None:
        return value
    if isinstance(value, bytes):
        return value.decode(encoding, "surrogateescape")
    if isinstance(value, list):
        return [unescaped(item, encoding) for item in cast("Any", value)]
    if isinstance(value, dict):
        pairs = cast("Any", value).items()
        return {unescaped(key, encoding): unescaped(item, encoding) for key, item in pairs}
    return value


def as_document(key: str | bytes, encodings: Mapping[str, str | None], reply: Any) -> Document:
    """Read the fields of a document, as a search or HGETALL gives them."""
    return _found({b"id": key, b"extra_attributes": reply}, encodings)


def read_search(query: Query, started: float, reply: Any) -> Result:
    """Read the reply of FT.SEARCH.

    Args:
        query: What was searched for.
        started: When, as ``time.monotonic`` tells it.
        reply: The raw reply.
    """
    duration = (time.monotonic() - started) * 1000
    if _is_list(reply):
        return Result(reply[0], list(_listed_documents(query, reply)), duration, [])
    # Where time ran out, an entry may stand among them that is of no document.
    found = [item for item in reply[b"results"] if b"id" in item]
    docs = [_found(item, query.field_encodings) for item in found]
    return Result(reply[b"total_results"], docs, duration, _warnings(reply))


def read_aggregate(query: AggregateRequest | Cursor, reply: Any) -> AggregateResult:
    """Read the reply of FT.AGGREGATE or FT.CURSOR READ, and move a cursor on."""
    if isinstance(query, Cursor):
        reply, query.cid = reply
        cursor: Cursor | None = query
    elif query.has_cursor:
        reply, cid = reply
        cursor = Cursor(cid)
    else:
        cursor = None
    if _is_list(reply):
        return AggregateResult([unescaped(row) for row in reply[1:]], cursor, reply[0], [])
    # A document that was gone when its fields were to be loaded (expired) has null for them.
    fields: list[dict[Any, Any]] = [row[b"extra_attributes"] or {} for row in reply[b"results"]]
    rows = [[unescaped(word) for pair in one.items() for word in pair] for one in fields]
    return AggregateResult(rows, cursor, reply[b"total_results"], _warnings(reply))


def read_profile(
    query: Query | AggregateRequest, started: float, reply: Any
) -> tuple[Result | AggregateResult, ProfileInformation]:
    """Read the reply of FT.PROFILE, of which a part is that of the command profiled."""
    if _is_list(reply):
        found, profile = reply
    elif b"Results" in reply:
        found, profile = reply[b"Results"], reply[b"Profile"]
    else:
        # Before Redis 8 the profile stood among the entries of that reply.
        found, profile = reply, reply[b"profile"]
    result: Result | AggregateResult
    if isinstance(query, Query):
        result = read_search(query, started, found)
    else:
        result = read_aggregate(query, found)
    return result, ProfileInformation(unescaped(profile))


def read_hybrid(encodings: Mapping[str, str | None], reply: Any) -> HybridResult:
    """Read the reply of FT.HYBRID; values are bytes but for those that have a codec."""
    told = _mapping(reply)
    results = [
        {
            name: unescaped(value, encodings.get(name))
            for name, value in ((unescaped(key), item) for key, item in _mapping(row).items())
        }
        for row in told[b"results"]
    ]
    total, execution_time = int(told[b"total_results"]), float(told[b"execution_time"])
    return HybridResult(total, results, unescaped(told[b"warnings"]), execution_time)


def read_hybrid_cursors(reply: Any) -> HybridCursorResult:
    """Read the reply of FT.HYBRID with cursors."""
    told = _mapping(reply)
    warnings = unescaped(told.get(b"warnings", []))
    return HybridCursorResult(int(told[b"SEARCH"]), int(told[b"VSIM"]), warnings)


def read_corrections(reply: Any) -> dict[Any, list[dict[str, Any]]]:
    """Read the reply of FT.SPELLCHECK; words without a suggestion are left out."""
    corrections: dict[Any, list[dict[str, Any]]] = {}
    if _is_list(reply):
        terms: dict[Any, list[Any]] = {
            term: [(word, score) for score, word in found] for _, term, found in reply
        }
    else:
        terms = {
            term: [pair for one in found for pair in one.items()]
            for term, found in reply[b"results"].items()
        }
    for term, found in terms.items():
        if found:
            corrections[term] = [
                {"score": _number(score), "suggestion": word} for word, score in found
            ]
    return corrections


def read_suggestions(with_scores: bool, with_payloads: bool, reply: Any) -> list[Suggestion]:
    """Read the reply of FT.SUGGET, null where there is no dictionary."""
    step = 1 + with_scores + with_payloads
    found: list[Any] = reply or []
    return [
        Suggestion(
            unescaped(found[at]),
            float(found[at + 1]) if with_scores else 1.0,
            unescaped(found[at + step - 1]) if with_payloads else None,
        )
        for at in range(0, len(found), step)
    ]


def read_config(reply: Any) -> dict[str, Any]:
    """Read the reply of FT.CONFIG GET or HELP, whose words are all the server's."""
    told: dict[str, Any] = plain_words(_mapping(reply))
    return told


def read_description(reply: Any) -> dict[str, Any]:
    """Read the reply of FT.INFO."""
    told: dict[str, Any] = unescaped(_mapping(reply))
    return told


def read_synonyms(reply: Any) -> dict[Any, list[Any]]:
    """Read the reply of FT.SYNDUMP."""
    return _mapping(reply)


def read_set(reply: Any) -> set[Any]:
    """Read a set, or a list without order."""
    return set(reply)


def read_list(reply: list[Any] | set[Any]) -> list[Any]:
    """Read a list, or a set, which has no order of its own and is given one."""
    return sorted(reply) if isinstance(reply, set) else list(reply)


def _is_list(reply: Any) -> bool:
    return isinstance(reply, list)


def _mapping(reply: Any) -> dict[Any, Any]:
    """Read a map, a flat list of keys and values, or a list of pairs."""
    if not _is_list(reply):
        told: dict[Any, Any] = reply
        return told
    if reply and isinstance(reply[0], list):
        return {pair[0]: pair[1] for pair in reply}
    return dict(zip(reply[::2], reply[1::2], strict=True))


def _warnings(reply: dict[bytes, Any]) -> list[str]:
    told: list[str] = unescaped(reply.get(b"warning", []))
    return told


def _fields(reply: Any, encodings: Mapping[str, str | None]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for key, value in _mapping(reply or {}).items():
        name = unescaped(key)
        fields[name] = unescaped(value, encodings.get(name, "utf-8"))
    # Its own key hides it.
    fields.pop("id", None)
    if "$" in fields:
        fields["json"] = fields.pop("$")
    return fields


def _found(item: dict[bytes, Any], encodings: Mapping[str, str | None]) -> Document:
    document = Document(unescaped(item[b"id"]))
    known = vars(document)
    known.update(_fields(item.get(b"extra_attributes"), encodings))
    if b"score" in item:
        known["score"] = _score(item[b"score"])
    if b"payload" in item:
        known["payload"] = unescaped(item[b"payload"])
    return document


def _score(score: Any) -> float:
    # With an explanation behind it, it stands in a list.
    return float(score[0] if _is_list(score) else score)


def _listed_documents(query: Query, reply: list[Any]) -> Iterator[Document]:
    names = [b"id", *(part.encode() for part in query.parts)]
    for at in range(1, len(reply), len(names)):
        item = dict(zip(names, reply[at : at + len(names)], strict=True))
        yield _found(item, query.field_encodings)


def _number(score: Any) -> bytes:
    """Give a score as RESP2 has it: without a fraction where it is whole."""
    return score if isinstance(score, bytes) else str(score).removesuffix(".0").encode()
