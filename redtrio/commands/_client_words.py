"""Checking of options and reading of replies that the commands on connections share.

The server describes a connection in one line of ``field=value`` with spaces between: in the
replies of CLIENT INFO and CLIENT LIST, and in the entries of the log of ACL.
"""

from __future__ import annotations

from redtrio.commands._replies import text
from redtrio.exceptions import DataError

__all__ = ["lines_of_fields", "one_of", "own_fields"]

# The fields that redis-py gives as numbers.
_NUMBERS = frozenset(
    {"age", "db", "id", "idle", "multi", "psub", "sub"}
    | {"argv-mem", "obl", "oll", "omem", "qbuf", "qbuf-free", "tot-mem"}
)


def one_of(name: str, value: str, accepted: tuple[str, ...]) -> str:
    """Return a word as the protocol writes it, after a check that it is one of those accepted.

    Raises:
        DataError: It is not, be it in capitals or small letters.
    """
    for word in accepted:
        if word.lower() == value.lower():
            return word
    raise DataError(f"{name} must be one of {', '.join(accepted)}, got {value!r}")


def own_fields(reply: bytes) -> dict[str, str | int]:
    """Read one line of fields, and what are numbers of the connection itself as ints."""
    return {
        name: int(value) if name in _NUMBERS else value
        for name, value in _fields(text(reply).strip()).items()
    }


def lines_of_fields(reply: bytes) -> list[dict[str, str]]:
    """Read several lines of fields, all values as they are."""
    return [_fields(line) for line in text(reply).splitlines()]


def _fields(line: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for word in line.split(" "):
        start, separator, value = word.partition("=")
        if separator:
            name = start
            fields[name] = value
        else:
            # The path of a Unix socket may hold spaces.
            fields[name] = f"{fields.get(name, '')} {word}"
    return fields
