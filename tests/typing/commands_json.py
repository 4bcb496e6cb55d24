"""What type checkers make of the commands on JSON documents.

Never run; ``test_typing`` has it checked.
"""

from __future__ import annotations

from json import JSONDecoder, JSONEncoder

from typing_extensions import assert_type

from redtrio.commands.families import FamilyCommands
from redtrio.commands.json_documents import JSON
from redtrio.commands.json_values import FPHAType, JsonValue, Path, RespValue


def families(b: FamilyCommands[bytes], s: FamilyCommands[str]) -> None:
    assert_type(b.json(), JSON[bytes])
    assert_type(s.json(encoder=JSONEncoder(), decoder=JSONDecoder()), JSON[str])


async def documents(j: JSON[bytes], path: str) -> None:
    assert_type(await j.clear("k"), int)
    assert_type(await j.debug("MEMORY", "k"), int)
    assert_type(await j.debug("MEMORY", "k", "$"), list[int])
    assert_type(await j.debug("MEMORY", "k", path), int | list[int])
    assert_type(await j.debug("HELP"), list[str])
    assert_type(await j.delete("k", Path(".a")), int)
    assert_type(await j.forget("k"), int)
    assert_type(await j.get("k"), JsonValue)
    assert_type(await j.get(b"k", "$.a", Path(".b"), no_escape=True), JsonValue)
    assert_type(await j.merge("k", "$", {"a": [1]}), bool | None)
    assert_type(await j.mget(["k", b"l"], "$"), list[JsonValue])
    assert_type(await j.mset([("k", "$", 1), (b"l", Path("."), {"a": None})]), bool | None)
    assert_type(await j.resp("k"), RespValue)
    assert_type(await j.resp("k", "$"), list[RespValue] | None)
    assert_type(await j.resp("k", path), RespValue)
    assert_type(await j.set("k", "$", {"a": object()}, nx=True, fpha="FP32"), bool | None)
    assert_type(await j.set("k", "$", [0.5], fpha=FPHAType.FP64), bool | None)
    assert_type(await j.type("k"), list[str] | None)
    assert_type(await j.type("k", "."), list[str] | None)
    assert_type(await j.type("k", "$"), list[list[str]] | None)
    assert_type(await j.type("k", path), list[str] | list[list[str]] | None)


async def arrays(j: JSON[str], path: str) -> None:
    assert_type(await j.arrappend("k", ".", 1, "x"), int)
    assert_type(await j.arrappend("k", "$", 1), list[int | None])
    assert_type(await j.arrappend("k", path, 1), int | list[int | None])
    assert_type(await j.arrindex("k", ".a", {"x": 1}, 1, 2), int | list[int | None])
    assert_type(await j.arrinsert("k", ".a", 0, 1, 2), int | list[int | None])
    assert_type(await j.arrlen("k"), int | None)
    assert_type(await j.arrlen("k", "$"), list[int | None])
    assert_type(await j.arrlen("k", Path(path)), int | list[int | None] | None)
    assert_type(await j.arrpop("k"), JsonValue)
    assert_type(await j.arrpop("k", path, 0), JsonValue)
    assert_type(await j.arrpop("k", "$", index=0), list[JsonValue])
    assert_type(await j.arrtrim("k", path, 0, -1), int | list[int | None])


async def members(j: JSON[bytes], path: str) -> None:
    assert_type(await j.numincrby("k", path, 1), list[int | float | None])
    assert_type(await j.nummultby("k", path, 1.5), list[int | float | None])
    assert_type(await j.numpowby("k", path, 2), list[int | float | None])
    assert_type(await j.objkeys("k"), list[str] | None)
    assert_type(await j.objkeys("k", "$"), list[list[str] | None])
    assert_type(await j.objkeys("k", path), list[str] | list[list[str] | None] | None)
    assert_type(await j.objlen("k"), int | None)
    assert_type(await j.objlen("k", "$"), list[int | None])
    assert_type(await j.objlen("k", path), int | list[int | None] | None)
    assert_type(await j.strappend("k", "x"), int)
    assert_type(await j.strappend("k", "x", "$"), list[int | None])
    assert_type(await j.strappend("k", "x", path), int | list[int | None])
    assert_type(await j.strlen("k"), int | None)
    assert_type(await j.strlen("k", "$"), list[int | None])
    assert_type(await j.strlen("k", path), int | list[int | None] | None)
    assert_type(await j.toggle("k"), bool)
    assert_type(await j.toggle("k", "$"), list[bool | None])
    assert_type(await j.toggle("k", path), bool | list[bool | None])


async def values(j: JSON[bytes]) -> dict[str, JsonValue] | list[JsonValue] | None:
    value = await j.get("k")
    if isinstance(value, dict):
        of_an_object: JsonValue = value["a"]
        assert of_an_object
        return value
    if isinstance(value, list):
        of_an_array: JsonValue = value[0]
        assert of_an_array
        return value
    assert_type(value, bool | int | float | str | None)
    return None


def refused(j: JSON[bytes]) -> None:
    j.get("k", b"$")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    j.set("k", "$", 1, fpha="FP8")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    j.set(None, "$", 1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
