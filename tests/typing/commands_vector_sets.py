"""What type checkers make of vector sets. Never run; ``test_typing`` has it checked."""

from __future__ import annotations

from typing import Any

from typing_extensions import assert_type

from redtrio import Redis
from redtrio.commands.vector_sets import (
    QuantizationOptions,
    RawVector,
    SimilarElement,
    VectorSetCommands,
    VectorSetInfo,
)


async def of_bytes(r: Redis[bytes]) -> None:
    v = r.vset()
    assert_type(v, VectorSetCommands[bytes])
    assert_type(await v.vadd("v", [1, 2.5], "a"), bool)
    assert_type(await v.vadd("v", b"abcd", b"a", attributes={"x": [1]}, cas=True), bool)
    assert_type(await v.vadd("v", (1.0,), "a", quantization=QuantizationOptions.BIN), bool)
    assert_type(await v.vadd("v", (1.0,), "a", 1, None, "Q8", 1, '{"x": 1}', 4), bool)
    assert_type(await v.vcard("v"), int)
    assert_type(await v.vdim("v"), int)
    assert_type(await v.vrem("v", "a"), bool)
    assert_type(await v.vismember("v", "a"), bool)
    assert_type(await v.vemb("v", "a"), list[float] | None)
    raw = await v.vemb("v", "a", raw=True)
    assert_type(raw, RawVector | None)
    if raw is not None:
        assert_type(raw["raw"], bytes)
        assert_type(raw["quantization"], str)
        assert_type(raw["l2"], float)
        assert_type(raw.get("range"), float | None)
    assert_type(await v.vlinks("v", "a"), list[list[bytes]] | None)
    assert_type(await v.vlinks("v", "a", with_scores=True), list[dict[bytes, float]] | None)
    told = await v.vinfo("v")
    assert_type(told, VectorSetInfo | None)
    if told is not None:
        assert_type(told["quant-type"], str)
        assert_type(told["hnsw-m"], int)
    assert_type(await v.vsetattr("v", "a", {"x": 1}), bool)
    assert_type(await v.vsetattr("v", "a"), bool)
    assert_type(await v.vgetattr("v", "a"), dict[str, Any] | None)
    assert_type(await v.vrandmember("v"), bytes | None)
    assert_type(await v.vrandmember("v", 2), list[bytes])
    assert_type(await v.vrange("v", "-", "+", 5), list[bytes])
    assert_type(await v.vsim("v", "a"), list[bytes])
    assert_type(await v.vsim("v", [1, 2.5], with_scores=True, count=3), dict[bytes, float])
    attributed = await v.vsim("v", b"abcd", with_attribs=True, filter=".x")
    assert_type(attributed, dict[bytes, dict[str, Any] | None])
    both = await v.vsim("v", "a", with_scores=True, with_attribs=True, epsilon=0.5)
    assert_type(both, dict[bytes, SimilarElement])
    assert_type(both[b"a"]["score"], float)
    assert_type(both[b"a"]["attributes"], dict[str, Any] | None)


async def of_str(r: Redis[str]) -> None:
    v = r.vset()
    assert_type(await v.vlinks("v", "a"), list[list[str]] | None)
    assert_type(await v.vlinks("v", "a", True), list[dict[str, float]] | None)
    assert_type(await v.vemb("v", "a", True), RawVector | None)
    assert_type(await v.vrandmember("v"), str | None)
    assert_type(await v.vrandmember("v", count=2), list[str])
    assert_type(await v.vrange("v", "-", "+"), list[str])
    assert_type(await v.vsim("v", "a", with_scores=False), list[str])
    assert_type(await v.vsim("v", "a", with_scores=True), dict[str, float])
    assert_type(await v.vsim("v", "a", with_attribs=True), dict[str, dict[str, Any] | None])
    both = await v.vsim("v", "a", with_scores=True, with_attribs=True)
    assert_type(both, dict[str, SimilarElement])


async def plain_bools(v: VectorSetCommands[bytes], flag: bool, unsure: bool | None) -> None:
    assert_type(await v.vemb("v", "a", raw=flag), list[float] | RawVector | None)
    assert_type(await v.vemb("v", "a", unsure), list[float] | RawVector | None)
    links = await v.vlinks("v", "a", with_scores=flag)
    assert_type(links, list[list[bytes]] | list[dict[bytes, float]] | None)
    scored = await v.vsim("v", "a", with_scores=flag)
    assert_type(
        scored,
        list[bytes]
        | dict[bytes, float]
        | dict[bytes, dict[str, Any] | None]
        | dict[bytes, SimilarElement],
    )


def refused(v: VectorSetCommands[bytes]) -> None:
    v.vadd("v", [1], "a", quantization="Q4")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    v.vadd("v", 1.5, "a")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    v.vsetattr("v", "a", [1])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
