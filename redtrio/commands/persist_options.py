"""The conditions of MSETEX and HSETEX, under the names that redis-py has for them."""

from __future__ import annotations

from enum import Enum

from redtrio.commands._arguments import Words
from redtrio.exceptions import DataError

__all__ = ["DataPersistOptions", "HashDataPersistOptions", "persist_words"]


class DataPersistOptions(Enum):
    """Whether MSETEX sets anything, by what there is already. A str does as well."""

    NX = "NX"
    """Only if none of the keys exists."""

    XX = "XX"
    """Only if all keys exist."""


class HashDataPersistOptions(Enum):
    """Whether HSETEX sets anything, by what there is already. A str does as well."""

    FNX = "FNX"
    """Only if none of the fields exists."""

    FXX = "FXX"
    """Only if all fields exist."""


def persist_words(option: Enum | str | None, kind: type[Enum]) -> Words:
    """Render such a condition, or nothing for None.

    Args:
        option: What the caller gave as ``data_persist_option``.
        kind: Which of the two kinds is accepted.

    Raises:
        DataError: It is neither one of that kind, nor the value of one, nor None.
    """
    if option is None:
        return ()
    for one in kind:
        if option is one or option == one.value:
            return (str(one.value),)
    accepted = ", ".join(repr(one.value) for one in kind)
    raise DataError(f"data_persist_option must be {accepted} or None, got {option!r}")
