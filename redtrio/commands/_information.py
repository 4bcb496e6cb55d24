"""Reading the reply of INFO.

It is lines of ``field:value``, with ``# Section`` lines and empty ones between them. Values
are numbers, words, or ``name=value`` lists with commas between.
"""

from __future__ import annotations

import re
from typing import Any

from redtrio.commands._replies import text

__all__ = ["parse_information"]

# Versions and identifiers stay text, whatever they look like: "9.1" is no number, nor is a
# hash that happens to have no letters.
_TEXT = ("_version", "_sha1", "build_id", "run_id", "_replid", "_replid2", "_name", "_mode")

# A path may hold an equals sign as well.
_PAIR = re.compile(r"[\w.]+=")


def parse_information(reply: bytes) -> dict[str, Any]:
    """Read the reply of INFO as one dict over all sections.

    Fields that come several times under one name ("module") become a list.
    """
    fields: dict[str, Any] = {}
    for line in text(reply).splitlines():
        name, separator, raw = line.partition(":")
        if not separator or line.startswith("#"):
            continue
        if name == "module":
            fields.setdefault("modules", []).append(_pairs(raw))
        else:
            fields[name] = raw if name.endswith(_TEXT) else _value(raw)
    return fields


def _value(raw: str) -> Any:
    if _PAIR.match(raw):
        return _pairs(raw)
    return _number(raw)


def _pairs(raw: str) -> dict[str, Any]:
    pairs = (pair.partition("=") for pair in raw.split(","))
    return {name: _number(value) for name, separator, value in pairs if separator}


def _number(raw: str) -> int | float | str:
    for kind in (int, float):
        # Python reads "1_000", "nan" and " 1" as numbers, too.
        if raw[-1:].isdigit() and "_" not in raw:
            try:
                return kind(raw)
            except ValueError:
                continue
    return raw
