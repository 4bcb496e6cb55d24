"""A document, as a search finds it."""

from __future__ import annotations

from typing import Any

__all__ = ["Document"]


class Document:
    """A document: its key, and its fields as attributes and as items.

    A field is read as ``doc.title`` or, whatever its name is, as ``doc["title"]``; all are
    in ``vars(doc)``. Where a JSON document came as a whole, it is text in ``doc.json``.

    Values are text, whether or not the client decodes: bytes that are no UTF-8 stand in it
    as lone surrogates, and are had back with ``value.encode("utf-8", "surrogateescape")``.
    A field of which a query says ``return_field(…, decode_field=False)`` is bytes.

    Args:
        id: The document's key.
        payload: Its payload, None if it has none or the query did not ask for it.
        fields: Its fields by name.

    Attributes:
        id: As given; it hides a field of that name.
        payload: As given, if the query asked for it; else a field of that name, or None.
        score: Its score, if the query asked for it; else a field of that name, if any.
    """

    id: str
    payload: Any

    def __init__(
        self,
        id: str,  # noqa: A002 - redis-py's name
        payload: str | None = None,
        **fields: Any,
    ) -> None:
        self.id = id
        self.payload = payload
        vars(self).update(fields)

    def __repr__(self) -> str:
        return f"Document {vars(self)}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Document):
            return NotImplemented
        return vars(self) == vars(other)

    # Its fields can be set, so it can no more be a key than a dict can.
    __hash__ = None  # type: ignore[assignment]

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"document {vars(self).get('id')!r} has no field {name!r}")

    def __getitem__(self, item: str) -> Any:
        try:
            return vars(self)[item]
        except KeyError:
            raise KeyError(f"document {self.id!r} has no field {item!r}") from None
