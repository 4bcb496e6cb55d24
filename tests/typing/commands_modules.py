"""What type checkers make of the commands in ``redtrio.commands.modules``. Never run."""

from __future__ import annotations

from typing_extensions import assert_type

from redtrio.commands.modules import ModuleCommands, ModuleInfo


async def use_bytes(r: ModuleCommands[bytes]) -> None:
    assert_type(await r.module_list(), list[ModuleInfo])
    assert_type([one["args"] for one in await r.module_list()], list[list[str]])
    assert_type(await r.module_load("/m.so", "a", 1), bool)
    assert_type(await r.module_loadex("/m.so"), bool)
    assert_type(await r.module_loadex("/m.so", {"m.a": 1}, ["x"]), bool)
    assert_type(await r.module_loadex("/m.so", ["m.a", 1]), bool)
    assert_type(await r.module_unload("m"), bool)


async def use_str(r: ModuleCommands[str]) -> None:
    assert_type(await r.module_list(), list[ModuleInfo])
    assert_type([one["args"] for one in await r.module_list()], list[list[str]])
    assert_type(await r.module_load("/m.so", "a", 1), bool)
    assert_type(await r.module_loadex("/m.so"), bool)
    assert_type(await r.module_loadex("/m.so", {"m.a": 1}, ["x"]), bool)
    assert_type(await r.module_loadex("/m.so", ["m.a", 1]), bool)
    assert_type(await r.module_unload("m"), bool)


def misuse(r: ModuleCommands[str]) -> None:
    r.module_load()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
