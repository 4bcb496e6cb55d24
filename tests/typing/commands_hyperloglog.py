"""What type checkers make of the HyperLogLogs. Never run; ``test_typing`` has it checked."""

from __future__ import annotations

from typing_extensions import assert_type

from redtrio.commands.hyperloglog import HyperLogLogCommands


async def of_bytes(r: HyperLogLogCommands[bytes]) -> None:
    assert_type(await r.pfadd("p", "a", b"b", 3, 1.5), bool)
    assert_type(await r.pfcount("p", b"q"), int)
    assert_type(await r.pfmerge("d", "p", b"q"), bool)


async def of_str(r: HyperLogLogCommands[str]) -> None:
    assert_type(await r.pfadd("p"), bool)
    assert_type(await r.pfcount("p"), int)
    assert_type(await r.pfmerge("d"), bool)


def refused(r: HyperLogLogCommands[bytes]) -> None:
    r.pfadd("p", None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.pfcount(["p"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
