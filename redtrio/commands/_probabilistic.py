"""What the families of probabilistic structures share: checks, readers of replies, information.

Redis answers by the types of RESP3, with bool and map; Valkey's module of Bloom filters answers
with 1, 0 and flat lists. Both are read.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar, cast

from redtrio.commands._arguments import Keys, Words, flatten, whole
from redtrio.commands._replies import as_pairs
from redtrio.exceptions import DataError

__all__ = [
    "Information",
    "Names",
    "as_bools",
    "as_counts",
    "as_dump",
    "fraction",
    "is_number",
    "items_with_increments",
    "number_words",
    "numbers",
]

V_co = TypeVar("V_co", covariant=True)
"""What the values of one kind of information are."""


Names: TypeAlias = Mapping[bytes, str]
"""The names in the reply, and the attributes that they become."""


class Information(Generic[V_co]):
    """What the server says of one structure: attributes that may also be read as items.

    ``information.capacity``, ``information["capacity"]`` and ``information.get("capacity")``
    are the same.

    Args:
        reply: The server's reply, a map or a flat list. What it holds beyond the attributes
            is left out.
    """

    __slots__ = ()

    _names: ClassVar[Names]

    def __init__(self, reply: Any) -> None:
        told: Mapping[bytes, Any] = dict(as_pairs(reply)) if isinstance(reply, list) else reply
        for name, attribute in self._names.items():
            setattr(self, attribute, told[name])

    def __getitem__(self, item: str) -> V_co:
        if item not in self._names.values():
            raise KeyError(item)
        return cast("V_co", getattr(self, item))

    def get(self, item: str) -> V_co | None:
        """Return the attribute of that name, None if there is none."""
        return self[item] if item in self._names.values() else None

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(self[name] == cast("Any", other)[name] for name in self._names.values())

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={self[name]!r}" for name in self._names.values())
        return f"{type(self).__name__}({values})"


def fraction(name: str, value: float, *, closed: bool = False) -> float:
    """Check a number between 0 and 1.

    Args:
        name: The parameter's name, for the message.
        value: What the caller gave.
        closed: Whether 0 and 1 themselves are accepted.

    Raises:
        DataError: It is no number, or out of that range.
    """
    if not is_number(value):
        raise DataError(f"{name} must be a number, got {type(value).__name__}")
    if not (0 <= value <= 1 if closed else 0 < value < 1):
        accepted = "from 0 to 1" if closed else "between 0 and 1, neither of them"
        raise DataError(f"{name} must be {accepted}, got {value}")
    return value


def is_number(value: object) -> bool:
    """Tell whether it is an int or a float, which bool is not meant to be."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def number_words(word: bytes, name: str, value: int | None, unit: str, minimum: int) -> Words:
    """Render an option that takes a whole number, or nothing for None.

    Raises:
        DataError: It is below ``minimum``.
    """
    return () if value is None else (word, whole(name, value, unit, minimum))


def numbers(name: str, values: Iterable[float]) -> tuple[float, ...]:
    """Check numbers, of which there must be one at least.

    Raises:
        DataError: There is none, or one of them is no number.
    """
    words = tuple(values)
    if not words:
        raise DataError(f"{name} must hold at least one, got none")
    for value in words:
        if not is_number(value) or math.isnan(value):
            raise DataError(f"{name} must hold numbers, got {value!r}")
    return words


def items_with_increments(
    items: Keys, increments: int | Iterable[int], maximum: int | None = None
) -> Words:
    """Render items, each with its increment behind it.

    Args:
        items: One item, or several.
        increments: As many whole numbers >= 0.
        maximum: The greatest increment accepted; None: any.

    Raises:
        DataError: There is no item, another number of increments, or one out of range.
    """
    names = flatten(items, name="items")
    counts = (increments,) if isinstance(increments, int) else tuple(increments)
    if len(names) != len(counts):
        raise DataError(
            f"increments must be as many as items, {len(names)}, got {len(counts)} of them"
        )
    for count in counts:
        number = whole("increments", count, "occurrences", 0)
        if maximum is not None and number > maximum:
            raise DataError(f"increments must be <= {maximum} occurrences, got {count}")
    return tuple(word for pair in zip(names, counts, strict=True) for word in pair)


def as_bools(reply: Any) -> list[bool]:
    """Read a list of yes and no; an error in place of one of them is raised."""
    return [bool(one) for one in as_counts(reply)]


def as_counts(reply: Any) -> list[Any]:
    """Read a list in which an error may stand in place of an element, and is then raised."""
    for one in reply:
        if isinstance(one, Exception):
            raise one
    return cast("list[Any]", reply)


def as_dump(reply: Any) -> tuple[int, Any]:
    """Read a part of a dump: the iterator to go on with, and the bytes."""
    return (reply[0], reply[1])
