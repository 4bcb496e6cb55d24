"""The commands on vector sets, on servers that have them, for clients of bytes and of str."""

from __future__ import annotations

import math
import struct
from typing import Any

import pytest
from command_client import Text, WordsOnly, check, requires
from servers import Server

from redtrio import Redis
from redtrio.commands._base import Command
from redtrio.commands._groups import text_of
from redtrio.commands.vector_sets import QuantizationOptions
from redtrio.exceptions import DataError, ResponseError, WrongTypeError

made: Any = WordsOnly().vset()


@pytest.fixture
def server(running_servers: Any) -> Server:
    """Give a clean Redis 8: other kinds have no vector sets."""
    redis8: Server = running_servers.get("redis8")
    return redis8


def floats(*numbers: float) -> bytes:
    return struct.pack(f"<{len(numbers)}f", *numbers)


# --- elements and vectors --------------------------------------------------------------


async def test_vadd_tells_what_is_new(r: Redis[Any]) -> None:
    check(await r.vset().vadd("v", [1, 2.5, 3], "a"), True)
    check(await r.vset().vadd("v", (3, 2, 1), "a"), False)
    check(await r.vset().vadd("v", floats(1, 2, 3), b"b"), True)
    check(await r.vset().vadd("v", bytearray(floats(1, 2, 3)), "c"), True)
    check(await r.vset().vcard("v"), 3)
    check(await r.vset().vcard("missing"), 0)
    check(await r.vset().vdim("v"), 3)
    with pytest.raises(ResponseError, match="does not exist"):
        await r.vset().vdim("missing")
    with pytest.raises(ResponseError, match="dimension mismatch"):
        await r.vset().vadd("v", [1, 2], "d")
    with pytest.raises(ResponseError, match="quantization mismatch"):
        await r.vset().vadd("v", [1, 2, 3], "a", quantization="BIN")


async def test_vadd_with_every_option(r: Redis[Any]) -> None:
    added = await r.vset().vadd(
        "v",
        [1, 2, 3],
        "a",
        reduce_dim=2,
        cas=True,
        quantization=QuantizationOptions.NOQUANT,
        ef=100,
        attributes={"year": 1999},
        numlinks=8,
    )
    check(added, True)
    told = await r.vset().vinfo("v")
    assert told is not None
    check([told["quant-type"], told["hnsw-m"], told["vector-dim"]], ["f32", 8, 2])
    check(await r.vset().vgetattr("v", "a"), {"year": 1999})


async def test_vrem_and_vismember(r: Redis[Any]) -> None:
    await r.vset().vadd("v", [1, 2], "a")
    check(await r.vset().vismember("v", "a"), True)
    check(await r.vset().vrem("v", "a"), True)
    check(await r.vset().vrem("v", "a"), False)
    check(await r.vset().vismember("v", "a"), False)
    check(await r.exists("v"), 0)


async def test_vinfo(r: Redis[Any]) -> None:
    await r.vset().vadd("v", [1, 2, 3], "a", attributes='{"x": 1}')
    told = await r.vset().vinfo("v")
    assert told is not None
    check([type(told["max-level"]), type(told["vset-uid"])], [int, int])  # chance, and age
    check(
        {**told, "max-level": 0, "vset-uid": 0},
        {
            "quant-type": "int8",
            "hnsw-m": 16,
            "vector-dim": 3,
            "projection-input-dim": 0,
            "size": 1,
            "max-level": 0,
            "attributes-count": 1,
            "vset-uid": 0,
            "hnsw-max-node-uid": 1,
        },
    )
    check(await r.vset().vinfo("missing"), None)


async def test_vemb_gives_the_vector_back(r: Redis[Any]) -> None:
    await r.vset().vadd("v", [3, 4], "a", quantization="NOQUANT")
    vector = await r.vset().vemb("v", "a")
    assert vector == pytest.approx([3, 4])
    check([type(number) for number in vector or []], [float, float])
    check(await r.vset().vemb("v", "missing"), None)
    check(await r.vset().vemb("missing", "a", raw=True), None)


async def test_vemb_raw_is_bytes_and_protocol_words(r: Redis[Any]) -> None:
    await r.vset().vadd("v", [3, 4], "a", quantization="NOQUANT")
    check(
        await r.vset().vemb("v", "a", raw=True),
        {"quantization": "f32", "raw": floats(0.6, 0.8), "l2": 5.0},
    )
    await r.vset().vadd("w", [3, 4], "a", quantization=QuantizationOptions.Q8)
    raw = await r.vset().vemb("w", "a", raw=True)
    assert raw is not None
    # No text in any encoding, which is why it must not be decoded.
    check([raw["quantization"], raw["raw"], raw["l2"]], ["int8", b"_\x7f", 5.0])
    assert raw.get("range") == pytest.approx(0.8)
    await r.vset().vadd("x", [3, -4], "a", quantization="BIN")
    raw = await r.vset().vemb("x", "a", raw=True)
    assert raw is not None
    check([raw["quantization"], raw["raw"][0], "range" in raw], ["bin", 1, False])


async def test_vlinks(r: Redis[Any], t: Text) -> None:
    await r.vset().vadd("v", [1, 0], "a")
    await r.vset().vadd("v", [0, 1], "b")
    linked = await r.vset().vlinks("v", "a")
    assert linked is not None
    check(linked[-1], t(["b"]))
    scored = await r.vset().vlinks("v", "a", with_scores=True)
    assert scored is not None
    check([type(level) for level in scored], [dict] * len(linked))
    check(scored[-1], t({"b": 0.5}))
    check(type(scored[-1][t("b")]), float)
    check(await r.vset().vlinks("v", "missing"), None)
    check(await r.vset().vlinks("missing", "a", with_scores=True), None)


async def test_vrandmember(r: Redis[Any], t: Text) -> None:
    await r.vset().vadd("v", [1, 0], "a")
    check(await r.vset().vrandmember("v"), t("a"))
    check(await r.vset().vrandmember("v", 3), t(["a"]))
    check(await r.vset().vrandmember("v", -3), t(["a", "a", "a"]))
    check(await r.vset().vrandmember("v", 0), [])
    check(await r.vset().vrandmember("missing"), None)
    check(await r.vset().vrandmember("missing", 2), [])


@requires("VRANGE")
async def test_vrange(r: Redis[Any], t: Text) -> None:
    for element in "abcd":
        await r.vset().vadd("v", [1, 0], element)
    check(await r.vset().vrange("v", "-", "+"), t(["a", "b", "c", "d"]))
    check(await r.vset().vrange("v", "(a", "[c"), t(["b", "c"]))
    check(await r.vset().vrange("v", "[a", "+", 2), t(["a", "b"]))
    check(await r.vset().vrange("missing", "-", "+"), [])


def test_words_of_vrange() -> None:
    # No server here has it: since Redis 8.4.
    command: Command[Any] = made.vrange("v", "[a", "+")
    assert (command.words, command.parse) == ((b"VRANGE", "v", "[a", "+"), None)
    assert made.vrange("v", "-", b"(z", count=-1).words == (b"VRANGE", "v", "-", b"(z", -1)


# --- attributes ------------------------------------------------------------------------


async def test_attributes_are_set_read_and_removed(r: Redis[Any]) -> None:
    await r.vset().vadd("v", [1, 0], "a")
    check(await r.vset().vgetattr("v", "a"), None)
    check(await r.vset().vsetattr("v", "a", {"x": [1, 2.5, None], "é": "ü"}), True)
    check(await r.vset().vgetattr("v", "a"), {"x": [1, 2.5, None], "é": "ü"})
    check(await r.vset().vsetattr("v", "a", '{"y": true}'), True)
    check(await r.vset().vgetattr("v", "a"), {"y": True})
    check(await r.vset().vsetattr("v", "a", {}), True)
    check(await r.vset().vgetattr("v", "a"), {})
    check(await r.vset().vsetattr("v", "a"), True)
    check(await r.vset().vgetattr("v", "a"), None)
    check(await r.vset().vsetattr("v", "missing", {"x": 1}), False)
    check(await r.vset().vgetattr("v", "missing"), None)
    check(await r.vset().vgetattr("missing", "a"), None)


async def test_attributes_that_are_not_json_are_a_value_error(r: Redis[Any]) -> None:
    await r.vset().vadd("v", [1, 0], "a", attributes="nonsense")
    with pytest.raises(ValueError, match="Expecting value"):
        await r.vset().vgetattr("v", "a")


# --- similarity ------------------------------------------------------------------------


@pytest.fixture
async def v(r: Redis[Any]) -> str:
    """Give the key of three elements, the nearest of "a" being "b"."""
    await r.vset().vadd("v", [1, 0], "a", quantization="NOQUANT", attributes={"year": 1950})
    await r.vset().vadd("v", [4, 3], "b", quantization="NOQUANT", attributes={"year": 1990})
    await r.vset().vadd("v", [-1, 0], "c", quantization="NOQUANT")
    return "v"


async def test_vsim_to_a_vector_and_to_an_element(r: Redis[Any], t: Text, v: str) -> None:
    check(await r.vset().vsim(v, [1, 0]), t(["a", "b", "c"]))
    check(await r.vset().vsim(v, floats(1, 0), count=2), t(["a", "b"]))
    check(await r.vset().vsim(v, "c"), t(["c", "b", "a"]))
    check(await r.vset().vsim("missing", "c"), [])
    with pytest.raises(ResponseError, match="element not found"):
        await r.vset().vsim(v, "missing")


async def test_vsim_with_scores(r: Redis[Any], t: Text, v: str) -> None:
    scores = await r.vset().vsim(v, "a", with_scores=True)
    check(list(scores), t(["a", "b", "c"]))
    check([type(score) for score in scores.values()], [float] * 3)
    assert list(scores.values()) == pytest.approx([1, 0.9, 0])
    check(await r.vset().vsim("missing", "a", with_scores=True), {})
    check(await r.vset().vsim(v, "a", True), scores)  # by place, as redis-py has it


async def test_vsim_with_attributes(r: Redis[Any], t: Text, v: str) -> None:
    found = await r.vset().vsim(v, "a", with_attribs=True)
    check(list(found.items()), [(t("a"), {"year": 1950}), (t("b"), {"year": 1990}), (t("c"), None)])
    check(await r.vset().vsim("missing", "a", with_attribs=True), {})


async def test_vsim_with_scores_and_attributes(r: Redis[Any], t: Text, v: str) -> None:
    found = await r.vset().vsim(v, "a", with_scores=True, with_attribs=True)
    check(list(found), t(["a", "b", "c"]))
    check(found[t("a")], {"score": 1.0, "attributes": {"year": 1950}})
    check(found[t("c")]["attributes"], None)
    check(type(found[t("c")]["score"]), float)
    check(await r.vset().vsim("missing", "a", with_scores=True, with_attribs=True), {})


async def test_vsim_with_every_option(r: Redis[Any], t: Text, v: str) -> None:
    found = await r.vset().vsim(
        v,
        "a",
        with_scores=True,
        count=3,
        ef=100,
        filter=".year > 1960",
        filter_ef=50,
        truth=True,
        no_thread=True,
        epsilon=0.5,
    )
    check(list(found), t(["b"]))
    with pytest.raises(ResponseError):
        await r.vset().vsim(v, "a", filter="((")


async def test_other_types_are_no_vector_set(r: Redis[Any]) -> None:
    await r.set("k", "v")
    with pytest.raises(WrongTypeError):
        await r.vset().vadd("k", [1], "a")
    with pytest.raises(WrongTypeError):
        await r.vset().vsim("k", "a")


async def test_vector_sets_queue_in_a_pipeline(r: Redis[Any], t: Text) -> None:
    async with r.pipeline() as pipe:
        pipe.vset().vadd("v", [1, 0], "a", attributes={"x": 1})
        found = pipe.vset().vsim("v", "a", with_attribs=True)
        check(await pipe.execute(), [True, {t("a"): {"x": 1}}])
    check(await found, {t("a"): {"x": 1}})


# --- words, and what is refused --------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (made.vadd("v", [1, 2.5], "e"), "VADD v VALUES 2 1 2.5 e"),
        (
            made.vadd("v", b"1234", "e", 1, True, QuantizationOptions.BIN, 1, {"x": "é"}, 4),
            'VADD v REDUCE 1 FP32 1234 e CAS BIN EF 1 SETATTR {"x":_"\\u00e9"} M 4',
        ),
        (
            made.vadd("v", [1], 0, cas=None, quantization="Q8", attributes={}),
            "VADD v VALUES 1 1 0 Q8",
        ),
        (made.vsim("v", "e"), "VSIM v ELE e"),
        (
            made.vsim("v", (1, 2), with_scores=True, with_attribs=True, count=1, epsilon=0.5),
            "VSIM v VALUES 2 1 2 WITHSCORES WITHATTRIBS COUNT 1 EPSILON 0.5",
        ),
        (
            made.vsim("v", b"1234", ef=1, filter=".x", filter_ef=2, truth=True, no_thread=True),
            "VSIM v FP32 1234 EF 1 FILTER .x FILTER-EF 2 TRUTH NOTHREAD",
        ),
        (made.vsetattr("v", "e", b"{}"), "VSETATTR v e {}"),
        (made.vsetattr("v", "e"), "VSETATTR v e "),
    ],
)
def test_words(command: Command[Any], words: str) -> None:
    assert " ".join(text_of(word).replace(" ", "_") for word in command.words) == words


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda v: v.vadd("v", [], "e"), "vector must hold at least one number"),
        (lambda v: v.vadd("v", b"abc", "e"), "vector must be 32-bit floats, .* got 3 bytes"),
        (lambda v: v.vadd("v", b"", "e"), "vector must be 32-bit floats, .* got 0 bytes"),
        (lambda v: v.vadd("v", "12", "e"), "vector must be a sequence of numbers, .* got str"),
        (lambda v: v.vadd("v", {1.0, 2.0}, "e"), "vector must be a sequence .* got set"),
        (lambda v: v.vadd("v", memoryview(b"abcd"), "e"), "vector must .* got memoryview"),
        (lambda v: v.vadd("v", [1], ""), "element must not be empty"),
        (lambda v: v.vadd("v", [1], "e", reduce_dim=0), "reduce_dim must be > 0 dimensions, got 0"),
        (lambda v: v.vadd("v", [1], "e", quantization="Q4"), "NOQUANT or BIN or Q8, got 'Q4'"),
        (lambda v: v.vadd("v", [1], "e", ef=0), "ef must be > 0 candidates, got 0"),
        (lambda v: v.vadd("v", [1], "e", numlinks=3), "numlinks must be >= 4 links, got 3"),
        (lambda v: v.vadd("v", [1], "e", attributes=[1]), "attributes must be a mapping"),
        (lambda v: v.vadd("v", [1], "e", attributes={"x": {1}}), "what JSON can hold"),
        (lambda v: v.vsetattr("v", "e", {"x": math.nan}), "what JSON can hold"),
        (lambda v: v.vsim("v", ""), "input must not be empty"),
        (lambda v: v.vsim("v", b"12345"), "input must be 32-bit floats, .* got 5 bytes"),
        (lambda v: v.vsim("v", 5), "input must be a sequence of numbers, .* got int"),
        (lambda v: v.vsim("v", "e", count=0), "count must be > 0 elements, got 0"),
        (lambda v: v.vsim("v", "e", ef=0), "ef must be > 0 candidates, got 0"),
        (lambda v: v.vsim("v", "e", filter_ef=0), "filter_ef must be > 0 candidates, got 0"),
        (lambda v: v.vsim("v", "e", epsilon=0), "epsilon must be > 0, got 0"),
        (lambda v: v.vsim("v", "e", epsilon=math.nan), "epsilon must be > 0, got nan"),
        (lambda v: v.vrandmember("v", 1.5), "count must be a whole number of elements, got float"),
        (lambda v: v.vrange("v", "-", "+", 1.5), "count must be a whole number of elements"),
    ],
)
def test_bad_arguments_are_refused(call: Any, message: str, offline: Redis[Any]) -> None:
    with pytest.raises(DataError, match=message):
        call(offline.vset())
