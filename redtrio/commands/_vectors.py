"""What the commands on vector sets take and give: vectors, attributes, similar elements."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, TypedDict, cast

from redtrio.commands._arguments import Words
from redtrio.commands._replies import plain_words, text
from redtrio.exceptions import DataError
from redtrio.types import Argument

__all__ = [
    "QuantizationOptions",
    "RawVector",
    "SimilarElement",
    "VectorSetInfo",
    "as_attributed",
    "as_attributes",
    "as_information",
    "as_raw_vector",
    "as_scored",
    "as_scored_and_attributed",
    "attribute_word",
    "quantization_words",
    "vector_words",
]

_FLOAT_BYTES = 4  # of the 32-bit floats that FP32 is made of


class QuantizationOptions(Enum):
    """How a vector set stores the numbers of its vectors."""

    NOQUANT = "NOQUANT"
    BIN = "BIN"
    Q8 = "Q8"


VectorSetInfo = TypedDict(
    "VectorSetInfo",
    {
        "quant-type": str,
        "hnsw-m": int,
        "vector-dim": int,
        "projection-input-dim": int,
        "size": int,
        "max-level": int,
        "attributes-count": int,
        "vset-uid": int,
        "hnsw-max-node-uid": int,
    },
)
"""What VINFO says of a vector set, under the server's names.

``quant-type`` is "f32", "int8" or "bin"; ``projection-input-dim`` is 0 where vectors are not
reduced, else ``vector-dim`` is what they are reduced to.
"""


class _RawVector(TypedDict):
    quantization: str
    raw: bytes
    l2: float


class RawVector(_RawVector, total=False):
    """A vector as the server stores it.

    Attributes:
        quantization: "f32", "int8" or "bin".
        raw: Its numbers: 32-bit floats, 8-bit ints, or bits.
        l2: Its length (norm) before it was made one of length 1.
        range: With "int8" only: the number that 127 stands for.
    """

    range: float


class SimilarElement(TypedDict):
    """What VSIM says of an element, with scores and attributes.

    Attributes:
        score: How similar it is, from 0 to 1.
        attributes: Its attributes, None if it has none.
    """

    score: float
    attributes: dict[str, Any] | None


def vector_words(name: str, vector: Sequence[float] | bytes | bytearray) -> Words:
    """Render a vector: numbers as they are, bytes as 32-bit floats.

    Raises:
        DataError: It is empty, or neither, or the bytes are no whole number of floats.
    """
    if isinstance(vector, (bytes, bytearray)):
        size = len(vector)
        if not size or size % _FLOAT_BYTES:
            raise DataError(f"{name} must be 32-bit floats, 4 bytes each, got {size} bytes")
        return (b"FP32", vector)
    # A str is a sequence, but of no numbers; whether a memoryview is one, it alone knows.
    if not isinstance(cast("object", vector), Sequence) or isinstance(vector, (str, memoryview)):
        raise DataError(
            f"{name} must be a sequence of numbers, or bytes, got {type(vector).__name__}"
        )
    if not vector:
        raise DataError(f"{name} must hold at least one number, got none")
    return (b"VALUES", len(vector), *vector)


def attribute_word(attributes: Mapping[str, Any] | str | bytes) -> Argument:
    """Render attributes as the text of a JSON object; what is text already is sent as it is.

    Raises:
        DataError: They are neither, or hold what JSON has not.
    """
    if isinstance(attributes, (str, bytes)):
        return attributes
    if not isinstance(attributes, Mapping):
        raise DataError(
            f"attributes must be a mapping, or JSON text, got {type(attributes).__name__}"
        )
    try:
        return json.dumps(dict(attributes), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise DataError(f"attributes must be what JSON can hold: {error}") from error


def quantization_words(quantization: QuantizationOptions | str | None) -> Words:
    """Render how vectors are stored, or nothing for None.

    Raises:
        DataError: It is none of the options.
    """
    if quantization is None:
        return ()
    try:
        return (QuantizationOptions(quantization).value,)
    except ValueError:
        accepted = " or ".join(option.value for option in QuantizationOptions)
        raise DataError(f"quantization must be {accepted}, got {quantization!r}") from None


def as_attributes(reply: Any) -> Any:
    """Read the text of a JSON object, or null."""
    return None if reply is None else json.loads(reply)


def as_information(reply: Any) -> VectorSetInfo | None:
    """Read the reply of VINFO."""
    information: VectorSetInfo | None = plain_words(reply)
    return information


def as_raw_vector(reply: Any) -> RawVector | None:
    """Read the reply of VEMB RAW."""
    if reply is None:
        return None
    quantization, raw, length, *scale = reply
    vector = RawVector(quantization=text(quantization), raw=raw, l2=float(length))
    if scale:
        vector["range"] = float(scale[0])
    return vector


def as_scored(reply: Any) -> dict[Any, float]:
    """Read elements with scores; where there is no vector set, the reply is an empty list."""
    return dict(reply)


def as_attributed(reply: Any) -> dict[Any, Any]:
    """Read elements with attributes."""
    return {element: as_attributes(text) for element, text in dict(reply).items()}


def as_scored_and_attributed(reply: Any) -> dict[Any, SimilarElement]:
    """Read elements with scores and attributes."""
    return {
        element: {"score": score, "attributes": as_attributes(text)}
        for element, (score, text) in dict(reply).items()
    }
