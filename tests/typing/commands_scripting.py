"""What type checkers make of the commands on scripts. Never run; ``test_typing`` has it checked."""

from __future__ import annotations

from typing import Any

from typing_extensions import assert_type

from redtrio.commands.scripting import ScriptCommands


async def of_bytes(r: ScriptCommands[bytes]) -> None:
    assert_type(await r.eval("return 1", 1, "k", b"a", 3, 1.5), Any)
    assert_type(await r.eval_ro(b"return 1", 0), Any)
    assert_type(await r.evalsha("0" * 40, 0), Any)
    assert_type(await r.evalsha_ro("0" * 40, 1, "k"), Any)
    assert_type(await r.script_exists("0" * 40, b"0"), list[bool])
    assert_type(await r.script_flush(), bool)
    assert_type(await r.script_flush("ASYNC"), bool)
    assert_type(await r.script_flush(sync_type="sync"), bool)
    assert_type(await r.script_kill(), bool)
    assert_type(await r.script_load("return 1"), str)
    assert_type(await r.script_show("0" * 40), bytes)


async def of_str(r: ScriptCommands[str]) -> None:
    assert_type(await r.eval("return 1", 1, "k", b"a", 3, 1.5), Any)
    assert_type(await r.eval_ro(b"return 1", 0), Any)
    assert_type(await r.evalsha("0" * 40, 0), Any)
    assert_type(await r.evalsha_ro("0" * 40, 1, "k"), Any)
    assert_type(await r.script_exists("0" * 40, b"0"), list[bool])
    assert_type(await r.script_flush(), bool)
    assert_type(await r.script_flush("ASYNC"), bool)
    assert_type(await r.script_flush(sync_type="sync"), bool)
    assert_type(await r.script_kill(), bool)
    assert_type(await r.script_load("return 1"), str)
    assert_type(await r.script_show("0" * 40), str)


def refused(r: ScriptCommands[bytes]) -> None:
    r.eval("return 1", "1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.eval("return 1", 1, None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.script_flush("LATER")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
