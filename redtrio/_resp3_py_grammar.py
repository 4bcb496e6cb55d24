"""The grammar of RESP3 as tables, and the frames that open aggregates are kept in.

Part of the pure twin; ``_resp3_py`` states the grammar and its outcomes in words.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from redtrio.exceptions import error_from_reply
from redtrio.types import RespPush

MAX_DEPTH: Final = 512
"""How many aggregates may be open at once, attributes included; one more is refused."""

# Servers send no number that comes near it (big numbers are for modules: keys of RSA and the
# like have a few hundred digits). It bounds the time that a conversion takes.
MAX_BIG_NUMBER_DIGITS: Final = 100_000

# The longest double in fixed notation: sign, 309 digits, point, some decimals.
MAX_DOUBLE_LENGTH: Final = 325

CR: Final = ord("\r")

MAX_DIGITS: Final = 19  # of an integer of 64 bits, and of a length
MAX_LENGTH: Final = 2**63 - 1

SHOWN: Final = 32
"""The most bytes of the input that an error's text shows."""

# A line is too long when there is no LF among so many bytes behind its type byte. At least what
# an error shows, so that its text is the same whether more bytes are in or not.
NUMBER_WINDOW: Final = SHOWN
DOUBLE_WINDOW: Final = MAX_DOUBLE_LENGTH + len(b"\r\n")
BIG_NUMBER_WINDOW: Final = len(b"-") + MAX_BIG_NUMBER_DIGITS + len(b"\r\n")
NO_WINDOW: Final = sys.maxsize

NOTHING: Final = object()
"""No value yet; None is a value."""

NULL: Final = -1
STREAM: Final = -2
"""What a header may declare in place of a length or count."""


class Refused(Exception):
    """A rule is broken: by the line at hand, unless ``shown`` and ``offset`` say by what."""

    def __init__(self, what: str, shown: bytes | None = None, offset: int | None = None) -> None:
        super().__init__(what)
        self.shown = shown
        self.offset = offset


# --- What stands in a line ------------------------------------------------------------------

_INTEGER = re.compile(rb"[+-]?[0-9]{1,19}").fullmatch
_BIG_NUMBER = re.compile(rb"[+-]?[0-9]+").fullmatch
_DOUBLE = re.compile(rb"[+-]?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?").fullmatch
_NOT_FINITE: Final = frozenset({b"inf", b"+inf", b"-inf", b"nan", b"-nan"})
_BOOLEANS: Final = {b"t": True, b"f": False}


def _itself(line: bytes) -> bytes:
    return line


def _integer(line: bytes) -> int:
    if line.isdigit() and len(line) < MAX_DIGITS:  # nearly all are so: spare them the rest
        return int(line)
    if not _INTEGER(line):
        raise Refused("malformed integer")
    value = int(line)
    if not -(2**63) <= value < 2**63:
        raise Refused("integer beyond 64 bits")
    return value


def _big_number(line: bytes) -> int:
    if not _BIG_NUMBER(line):
        raise Refused("malformed big number")
    digits = line.lstrip(b"+-")
    if len(digits) > MAX_BIG_NUMBER_DIGITS:
        raise Refused(f"big number beyond {MAX_BIG_NUMBER_DIGITS} digits")
    magnitude = _from_decimal(digits)
    return -magnitude if line.startswith(b"-") else magnitude


def _from_decimal(digits: bytes) -> int:
    # int() takes no more digits than sys.get_int_max_str_digits(), which may be as low as 640.
    # Joining neighbours, not one by one, keeps to products of numbers of like size, which are
    # the fast ones.
    width = 512
    padded = digits.rjust(-(-len(digits) // width) * width, b"0")
    parts = [int(padded[start : start + width]) for start in range(0, len(padded), width)]
    base = 10**width
    while len(parts) > 1:
        if len(parts) % 2:
            parts.insert(0, 0)
        parts = [high * base + low for high, low in zip(parts[::2], parts[1::2], strict=True)]
        base *= base
    return parts[0]


def _double(line: bytes) -> float:
    if len(line) > MAX_DOUBLE_LENGTH or not (_DOUBLE(line) or line.lower() in _NOT_FINITE):
        raise Refused("malformed double")
    return float(line)


def _boolean(line: bytes) -> bool:
    value = _BOOLEANS.get(line)
    if value is None:
        raise Refused("malformed boolean")
    return value


def _null(line: bytes) -> None:
    if line:
        raise Refused("malformed null")


# --- What stands in a payload ---------------------------------------------------------------


def _without_format(payload: bytes) -> bytes:
    if payload[3] != ord(":"):
        raise Refused("malformed verbatim string", payload[:4])
    return payload[4:]


# --- What is made of the items of an aggregate ----------------------------------------------


def _as_list(items: list[object]) -> list[object]:
    return items


def _as_dict(items: list[object]) -> dict[object, object]:
    return dict(zip(items[::2], items[1::2], strict=True))


def _as_pairs(items: list[object]) -> tuple[tuple[object, object], ...]:
    return tuple(zip(items[::2], items[1::2], strict=True))


def _joined(chunks: list[object]) -> bytes:
    return b"".join(chunk for chunk in chunks if isinstance(chunk, bytes))


# --- The tables -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """A type whose value is in its line."""

    what: str
    convert: Callable[[bytes], object]
    window: int


@dataclass(frozen=True, slots=True)
class Blob:
    """A type with a length and a payload, of which the value is made."""

    convert: Callable[[bytes], object]
    shortest: int = 0
    nullable: bool = False
    streamable: bool = False
    what: str = "malformed length"
    window: int = NUMBER_WINDOW


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A type that consists of other values."""

    build: Callable[[list[object]], object]
    build_frozen: Callable[[list[object]], object]
    per_count: int = 1  # items for each one that is counted
    freezes: int = 0  # of so many items in a row the first is frozen; 0: none is
    nullable: bool = False
    streamable: bool = False
    what: str = "malformed length"
    window: int = NUMBER_WINDOW


@dataclass(frozen=True, slots=True)
class End:
    """The end marker of a streamed aggregate."""

    what: str
    window: int = NUMBER_WINDOW


Rule: TypeAlias = Line | Blob | Aggregate | End
Rules: TypeAlias = tuple[Rule | None, ...]  # by type byte


def _table(known: dict[bytes, Rule]) -> Rules:
    return tuple(known.get(bytes((byte,))) for byte in range(256))


SIMPLE: Final = Line("malformed line", _itself, NO_WINDOW)
BULK: Final = Blob(_itself, nullable=True, streamable=True)
CHUNK: Final = Blob(_itself, shortest=0)
PUSH: Final = Aggregate(RespPush, RespPush)
ATTRIBUTE: Final = Aggregate(_as_list, _as_list, per_count=2)
END: Final = End("malformed end of stream")

# What no header declares: whole replies, and the chunks of a streamed string.
REPLIES: Final = Aggregate(_as_list, _as_list)
STREAMED_STRING: Final = Aggregate(_joined, _joined)

_VALUES: Final[dict[bytes, Rule]] = {
    b"+": SIMPLE,
    b"-": Line("malformed line", error_from_reply, NO_WINDOW),
    b":": Line("malformed integer", _integer, NUMBER_WINDOW),
    b"(": Line("malformed big number", _big_number, BIG_NUMBER_WINDOW),
    b",": Line("malformed double", _double, DOUBLE_WINDOW),
    b"#": Line("malformed boolean", _boolean, NUMBER_WINDOW),
    b"_": Line("malformed null", _null, NUMBER_WINDOW),
    b"$": BULK,
    b"!": Blob(error_from_reply),
    b"=": Blob(_without_format, shortest=4),
    b"*": Aggregate(_as_list, tuple, nullable=True, streamable=True),
    b"~": Aggregate(set, frozenset, freezes=1, streamable=True),
    b"%": Aggregate(_as_dict, _as_pairs, per_count=2, freezes=2, streamable=True),
    b"|": ATTRIBUTE,
}

# What may come next, by what is open.
IN_NOTHING: Final = _table({**_VALUES, b">": PUSH})
IN_AGGREGATE: Final = _table(_VALUES)
IN_STREAM: Final = _table({**_VALUES, b".": END})
IN_STREAMED_STRING: Final = _table({b";": CHUNK})


def declared(rule: Blob | Aggregate, line: bytes) -> int:
    """The length or count that a header declares, or NULL, or STREAM."""
    if line.isdigit() and len(line) <= MAX_DIGITS:
        length = int(line)
        if length > MAX_LENGTH:
            raise Refused("length beyond 63 bits")
        return length
    if line == b"-1" and rule.nullable:
        return NULL
    if line == b"?" and rule.streamable:
        return STREAM
    raise Refused(rule.what)


# --- What is open ---------------------------------------------------------------------------


class Frame:
    """An open aggregate or streamed string: what has come, and what may come next.

    The frame without a parent is the floor: its items are whole replies.
    """

    __slots__ = (
        "append",
        "attributed",
        "depth",
        "frozen",
        "items",
        "missing",
        "offset",
        "parent",
        "rule",
        "rules",
        "withheld",
    )

    def __init__(
        self, rule: Aggregate, rules: Rules, parent: Frame | None, missing: int, offset: int
    ) -> None:
        self.rule = rule
        self.rules = rules
        self.parent = parent
        self.missing = missing  # items; of a stream STREAM, which is counted down, never to 0
        self.withheld = 0  # of a push: the items behind its type, which is checked first
        self.offset = offset  # of the type byte
        self.items: list[object] = []
        self.append = self.items.append
        self.attributed = -1  # the number of the item that the last attribute stood before
        self.depth: int
        self.frozen: bool  # will be hashed, alone or with what it is in
        if parent is None:
            self.depth = 0
            self.frozen = False
        else:
            every = parent.rule.freezes
            self.depth = parent.depth + 1
            self.frozen = parent.frozen or (every > 0 and len(parent.items) % every == 0)

    def open(self, rule: Aggregate, count: int, byte: bytes, offset: int) -> Frame:
        """Open an aggregate as the next item; it may be complete already (``missing == 0``)."""
        if rule is PUSH and not count:
            raise Refused("empty push")
        if self.depth == MAX_DEPTH:
            raise Refused(f"nesting deeper than {MAX_DEPTH}", byte)
        if count == STREAM:
            return Frame(rule, IN_STREAM, self, STREAM, offset)
        if rule is not PUSH:
            return Frame(rule, IN_AGGREGATE, self, count * rule.per_count, offset)
        push = Frame(rule, IN_AGGREGATE, self, 1, offset)
        push.withheld = count - 1
        return push

    def close(self) -> tuple[Frame, object]:
        """Return the frame to go on with, and the value to give it or NOTHING."""
        rule = self.rule
        parent = self.parent
        assert parent is not None  # the floor is never closed
        if rule is PUSH and len(self.items) == 1:
            if not isinstance(self.items[0], bytes):
                raise Refused("push type is not a string", b">", self.offset)
            if self.withheld:
                self.missing = self.withheld
                return self, NOTHING
        elif rule is ATTRIBUTE:
            parent.attributed = len(parent.items)
            return parent, NOTHING
        return parent, (rule.build_frozen if self.frozen else rule.build)(self.items)

    def take_items(self) -> list[object]:
        """Empty the frame, but keep in mind whether an attribute stands before what is next."""
        items = self.items
        self.attributed = 0 if self.attributed == len(items) else -1
        self.items = []
        self.append = self.items.append
        return items

    def owes_value(self) -> bool:
        """Whether the stream may not end here."""
        return self.attributed == len(self.items) or len(self.items) % self.rule.per_count != 0

    def refusal(self, byte: bytes) -> Refused:
        """What is wrong with this type byte here."""
        if self.rule is STREAMED_STRING:
            return Refused("streamed string wants ';', got", byte)
        if byte == b">":
            return Refused("push inside another reply", byte)
        if byte != b"." or self.rules is not IN_STREAM:
            return Refused("unknown type byte", byte)
        if self.attributed == len(self.items):
            return Refused("attribute without a value", byte)
        return Refused("streamed map ends after a key", byte)
