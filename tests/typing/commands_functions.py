"""What type checkers make of the commands on functions. Never run; ``test_typing`` checks it."""

from __future__ import annotations

from typing import Any

from typing_extensions import assert_type

from redtrio.commands.functions import (
    EngineStats,
    FunctionCommands,
    FunctionInfo,
    FunctionLibrary,
    FunctionLibraryWithCode,
    FunctionStats,
    RunningFunction,
)


async def of_bytes(r: FunctionCommands[bytes]) -> None:
    assert_type(await r.fcall("f", 1, "k", b"a", 3, 1.5), Any)
    assert_type(await r.fcall_ro(b"f", 0), Any)
    assert_type(await r.function_load("code"), bytes)
    assert_type(await r.function_load(b"code", replace=True), bytes)
    assert_type(await r.function_delete("mylib"), bool)
    assert_type(await r.function_dump(), bytes)
    assert_type(await r.function_restore(b"payload"), bool)
    assert_type(await r.function_restore(b"payload", "FLUSH"), bool)
    assert_type(await r.function_flush(), bool)
    assert_type(await r.function_flush("ASYNC"), bool)
    assert_type(await r.function_kill(), bool)
    assert_type(await r.function_list(), list[FunctionLibrary])
    assert_type(await r.function_list("my*", False), list[FunctionLibrary])
    assert_type(await r.function_list(withcode=True), list[FunctionLibraryWithCode])
    assert_type(await r.function_list(None, True), list[FunctionLibraryWithCode])
    assert_type(await r.function_stats(), FunctionStats)


async def of_str(r: FunctionCommands[str]) -> None:
    assert_type(await r.fcall("f", 1, "k", b"a", 3, 1.5), Any)
    assert_type(await r.fcall_ro(b"f", 0), Any)
    assert_type(await r.function_load("code"), str)
    assert_type(await r.function_load(b"code", replace=True), str)
    assert_type(await r.function_delete("mylib"), bool)
    assert_type(await r.function_dump(), bytes)
    assert_type(await r.function_restore(b"payload"), bool)
    assert_type(await r.function_restore(b"payload", "FLUSH"), bool)
    assert_type(await r.function_flush(), bool)
    assert_type(await r.function_flush("ASYNC"), bool)
    assert_type(await r.function_kill(), bool)
    assert_type(await r.function_list(), list[FunctionLibrary])
    assert_type(await r.function_list("my*", False), list[FunctionLibrary])
    assert_type(await r.function_list(withcode=True), list[FunctionLibraryWithCode])
    assert_type(await r.function_list(None, True), list[FunctionLibraryWithCode])
    assert_type(await r.function_stats(), FunctionStats)
    (library,) = await r.function_list(withcode=True)
    assert_type(library["functions"], list[FunctionInfo])
    assert_type(library["functions"][0]["description"], str | None)
    assert_type(library["functions"][0]["flags"], set[str])
    assert_type(library["library_code"], str)
    stats = await r.function_stats()
    assert_type(stats["running_script"], RunningFunction | None)
    assert_type(stats["engines"], dict[str, EngineStats])


async def plain_bools(r: FunctionCommands[bytes], flag: bool) -> None:
    libraries = await r.function_list(withcode=flag)
    assert_type(libraries, list[FunctionLibrary] | list[FunctionLibraryWithCode])


def refused(r: FunctionCommands[bytes]) -> None:
    r.fcall("f", "1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.function_flush("LATER")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.function_restore(b"p", "KEEP")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
