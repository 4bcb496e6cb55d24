"""What the commands on JSON documents take and give: values, paths, and the way between."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from json import JSONDecoder, JSONEncoder
from typing import Literal, TypeAlias, cast

from redtrio.commands._base import CommandGroup, Family, S
from redtrio.exceptions import DataError

__all__ = [
    "ROOT",
    "FPHAType",
    "JsonFamily",
    "JsonPath",
    "JsonValue",
    "NodesPath",
    "Path",
    "RespValue",
    "RootPath",
    "path_word",
]

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
"""What a JSON document, or a part of one, is in Python. Text is str for every client."""

RespValue: TypeAlias = "int | float | str | list[RespValue] | None"
"""What JSON.RESP makes of a document: objects and arrays are lists that begin with "{", "["."""

RootPath: TypeAlias = Literal["."]
"""The legacy path of the whole document."""

NodesPath: TypeAlias = Literal["$"]
"""The JSONPath of the whole document."""

ROOT: RootPath = "."
"""Where commands look that are told no path."""


class FPHAType(str, Enum):
    """Which type of number arrays of floats are stored as, for ``set``."""

    BF16 = "BF16"
    FP16 = "FP16"
    FP32 = "FP32"
    FP64 = "FP64"


class Path:
    """A path into a JSON document, for those who would rather not pass a str.

    Args:
        path: A JSONPath ("$.a[*].b") or a legacy path (".a[0].b").

    Raises:
        TypeError: It is no str.
    """

    __slots__ = ("_path",)

    def __init__(self, path: str) -> None:
        if not isinstance(path, str):
            raise TypeError(f"path must be str, got {type(path).__name__}")
        self._path = path

    @staticmethod
    def root_path() -> RootPath:
        """Give the legacy path of the whole document, "."."""
        return ROOT

    def __str__(self) -> str:
        return self._path

    def __repr__(self) -> str:
        return f"Path({self._path!r})"

    def __eq__(self, other: object) -> bool:
        return self._path == other._path if isinstance(other, Path) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._path)


JsonPath: TypeAlias = str | Path
"""A JSONPath, which begins with "$" and may match several values, or a legacy path."""

# As few bytes as may be; and not-a-number is refused here, since JSON has none.
_ENCODER = JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_DECODER = JSONDecoder()


class JsonFamily(Family[S]):
    """What all commands on JSON documents share: how values become JSON, and come back.

    Args:
        client: A client, which sends the commands, or a pipeline, which queues them.
        encoder: Makes JSON of values, None: the standard library's, without spaces.
        decoder: Makes values of JSON, None: the standard library's.
    """

    __slots__ = ("_decoder", "_encoder")

    def __init__(
        self,
        client: CommandGroup[S],
        encoder: JSONEncoder | None = None,
        decoder: JSONDecoder | None = None,
    ) -> None:
        self._client = client
        self._encoder = _ENCODER if encoder is None else encoder
        self._decoder = _DECODER if decoder is None else decoder

    def _encode(self, name: str, value: object, decode_keys: bool = False) -> str:
        """Make JSON of a parameter's value.

        Raises:
            DataError: The encoder cannot.
        """
        try:
            return self._encoder.encode(_with_text_keys(value) if decode_keys else value)
        except (TypeError, ValueError, RecursionError) as error:
            kind = type(value).__name__
            raise DataError(
                f"{name} must be what can be written as JSON, got {kind} ({error})"
            ) from error

    def _decode(self, reply: bytes | None) -> JsonValue:
        """Make a value of JSON; null, for what is missing, is None."""
        if reply is None:
            return None
        value: JsonValue = self._decoder.decode(reply.decode())
        return value

    def _decode_each(self, reply: list[bytes | None]) -> list[JsonValue]:
        """Make values of several pieces of JSON."""
        return [self._decode(one) for one in reply]


def path_word(path: JsonPath) -> str:
    """Render a path.

    Raises:
        DataError: It is none.
    """
    if isinstance(path, (str, Path)):
        return str(path)
    raise DataError(f"path must be a str or a Path, got {type(path).__name__}")


def _with_text_keys(value: object) -> object:
    """Give a document in which keys that were bytes are str, decoded as UTF-8."""
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value).items()
        return {
            key.decode() if isinstance(key, bytes) else key: _with_text_keys(one)
            for key, one in pairs
        }
    if isinstance(value, (list, tuple)):
        return [_with_text_keys(one) for one in cast("list[object]", value)]
    return value
