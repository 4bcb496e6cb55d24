"""Replies as the command line shows them: in redis-cli's notation, or as JSON.

A program wants Python objects; a person at a terminal wants to see what the server sent:
whether ``OK`` was a status or a string, in which order a set came. ``WireReader`` therefore
keeps the types of the wire. It plugs into ``RedisClient`` as its ``Reader``.

JSON is strict and nothing in it is guessed:

- Strings, statuses and verbatim strings are text. A byte that is not UTF-8 becomes the lone
  surrogate U+DC80 to U+DCFF; Python's ``text.encode("utf-8", "surrogateescape")`` gives the
  bytes back.
- An error is ``{"error": "ERR ..."}``. Null is ``null``.
- Infinities and NaN, which JSON does not have, are the strings ``"inf"``, ``"-inf"`` and
  ``"nan"``. Big numbers are strings, because most readers of JSON would round them.
- Arrays and sets are arrays. A map is an object where all its keys are different strings,
  and otherwise an array of ``[key, value]`` pairs.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TypeAlias

from redtrio.lowlevel.protocol import Resp3Reader
from redtrio.types import RespPush

__all__ = ["WireReader", "WireReply", "to_json", "to_terminal"]


@dataclass(frozen=True)
class WireReply:
    """One reply, or one element of a reply, with the type that the server gave it.

    Attributes:
        kind: The type byte of RESP3 as a character. Every null is ``_``.
        text: What stood behind the type byte, for all that is not an aggregate.
        items: The elements of an aggregate; keys and values of a map by turns.
    """

    kind: str
    text: bytes = b""
    items: tuple[WireReply, ...] = ()


class WireReader:
    """A ``Reader`` for ``RedisClient`` whose replies keep their wire types.

    ``Resp3Reader`` reads the same bytes and decides where a reply ends and whether it is
    well-formed, so that what is here needs to look at sound replies only.

    Attributes:
        sentinel: What ``get_object`` returns while more bytes are needed.
    """

    def __init__(self) -> None:
        self._reader = Resp3Reader()
        self._wire = bytearray()
        self.sentinel: object = self._reader.sentinel

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        """Take bytes from the server."""
        self._reader.feed(data)
        self._wire += data

    def get_object(self) -> object:
        """Give the next reply, or ``sentinel``.

        Returns:
            A ``WireReply``. Errors and pushes stay what ``Resp3Reader`` makes of them,
            because the client knows them by that.
        """
        parsed = self._reader.get_object()
        if parsed is self.sentinel:
            return parsed
        reply, end = _read(self._wire, 0)
        del self._wire[:end]
        return parsed if isinstance(parsed, RespPush | Exception) else reply


def _read(wire: bytearray, at: int) -> tuple[WireReply, int]:
    """Read the sound reply that begins at ``at``; give it and where it ends."""
    while True:
        line_end = wire.index(b"\r\n", at)
        kind, head = chr(wire[at]), bytes(wire[at + 1 : line_end])
        at = line_end + 2
        if kind != "|":
            break
        _, at = _read_items(wire, at, 2 * int(head))  # attributes are no part of the reply
    if head == b"-1" and kind in "$*":
        return WireReply("_"), at
    if head == b"?":
        return _read_stream(wire, at, kind)
    if kind in "$!=":
        end = at + int(head)
        start = at + 4 if kind == "=" else at  # a verbatim string begins with "txt:"
        return WireReply(kind, bytes(wire[start:end])), end + 2
    if kind in "*~>%":
        items, at = _read_items(wire, at, int(head) * (2 if kind == "%" else 1))
        return WireReply(kind, items=items), at
    return WireReply(kind, head), at


def _read_items(wire: bytearray, at: int, count: int) -> tuple[tuple[WireReply, ...], int]:
    items: list[WireReply] = []
    for _ in range(count):
        item, at = _read(wire, at)
        items.append(item)
    return tuple(items), at


def _read_stream(wire: bytearray, at: int, kind: str) -> tuple[WireReply, int]:
    """Read what follows ``$?``, ``*?``, ``~?`` or ``%?``, up to its end marker."""
    if kind == "$":
        text = bytearray()
        while True:
            start = wire.index(b"\r\n", at) + 2
            size = int(wire[at + 1 : start])
            if size == 0:
                return WireReply(kind, bytes(text)), start
            text += wire[start : start + size]
            at = start + size + 2
    items: list[WireReply] = []
    while wire[at] != ord("."):
        item, at = _read(wire, at)
        items.append(item)
    return WireReply(kind, items=tuple(items)), at + 3


_EMPTY = {"*": b"(empty array)", "~": b"(empty set)", "%": b"(empty hash)"}
_NUMBERED = {"*": b")", "~": b"~", "%": b"#"}
_LABEL = {
    "-": b"(error) ",
    "!": b"(error) ",
    ":": b"(integer) ",
    ",": b"(double) ",
    "(": b"(big number) ",
}
_ESCAPES = {
    **{byte: b"\\x%02x" % byte for byte in range(256) if not 32 <= byte < 127},
    ord("\n"): b"\\n",
    ord("\r"): b"\\r",
    ord("\t"): b"\\t",
    ord("\a"): b"\\a",
    ord("\b"): b"\\b",
    ord('"'): b'\\"',
    ord("\\"): b"\\\\",
}


def _quote(text: bytes) -> bytes:
    return b'"%s"' % b"".join(_ESCAPES.get(byte) or bytes((byte,)) for byte in text)


def to_terminal(reply: WireReply) -> bytes:
    """Show a reply as redis-cli shows it at a terminal.

    Args:
        reply: The reply.

    Returns:
        One or more lines without the last line end. Bytes and not text, because statuses,
        errors and verbatim strings are shown as the server sent them.
    """
    return _lines(reply, b"")


def _lines(reply: WireReply, indent: bytes) -> bytes:
    kind, text = reply.kind, reply.text
    if kind in _EMPTY:
        return _numbered_lines(reply, indent) if reply.items else _EMPTY[kind]
    if kind == "$":
        return _quote(text)
    if kind == "#":
        return b"(true)" if text == b"t" else b"(false)"
    if kind == "_":
        return b"(nil)"
    if kind == "=":
        return text.removesuffix(b"\n")
    return _LABEL.get(kind, b"") + text


def _numbered_lines(reply: WireReply, indent: bytes) -> bytes:
    """Show an aggregate; ``indent`` is what stands before all lines but the first."""
    step = 2 if reply.kind == "%" else 1
    width = len(str(len(reply.items) // step))
    inner = indent + b" " * (width + 2)
    entries: list[bytes] = []
    for index in range(0, len(reply.items), step):
        number = b"%*d%s " % (width, index // step + 1, _NUMBERED[reply.kind])
        entry = _lines(reply.items[index], inner)
        if step == 2:
            value = _lines(reply.items[index + 1], inner)
            entry += b" => " + (b"\n" + inner if b"\n" in value else b"") + value
        entries.append(number + entry)
    return (b"\n" + indent).join(entries)


Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


def to_json(reply: WireReply) -> str:
    """Show a reply as one line of strict JSON, in the form that the module describes.

    Args:
        reply: The reply.

    Returns:
        The line, in ASCII, without a line end.
    """
    return json.dumps(_json_value(reply), allow_nan=False)


def _json_value(reply: WireReply) -> Json:
    kind = reply.kind
    if kind in "*~":
        return [_json_value(item) for item in reply.items]
    if kind == "%":
        return _json_map(reply)
    if kind == "_":
        return None
    if kind == "#":
        return reply.text == b"t"
    if kind == ",":
        number = float(reply.text)
        return number if math.isfinite(number) else str(number)
    if kind == ":":
        return int(reply.text)
    return {"error": _text(reply)} if kind in "-!" else _text(reply)


def _json_map(reply: WireReply) -> Json:
    pairs = list(zip(reply.items[::2], reply.items[1::2], strict=True))
    if len({_text(key) for key, _ in pairs if key.kind in "$+="}) == len(pairs):
        return {_text(key): _json_value(value) for key, value in pairs}
    return [[_json_value(key), _json_value(value)] for key, value in pairs]


def _text(reply: WireReply) -> str:
    return reply.text.decode("utf-8", "surrogateescape")
