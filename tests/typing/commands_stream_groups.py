"""What type checkers make of the commands on consumer groups. ``test_typing`` has it checked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from typing_extensions import assert_type

from redtrio.commands.streams import StreamCommands


async def of_bytes(r: StreamCommands[bytes]) -> None:
    assert_type(await r.xack("s", "g", 1, "2-0"), int)
    assert_type(await r.xackdel("s", "g", 1, ref_policy="ACKED"), list[int])
    assert_type(await r.xnack("s", "g", "FAIL", 1, retrycount=0, force=True), int)
    assert_type(await r.xgroup_create("s", "g", 0, mkstream=True, entries_read=0), bool)
    assert_type(await r.xgroup_createconsumer("s", "g", "c"), int)
    assert_type(await r.xgroup_delconsumer("s", "g", b"c"), int)
    assert_type(await r.xgroup_destroy("s", "g"), bool)
    assert_type(await r.xgroup_setid("s", "g", "$", 5), bool)
    assert_type(await r.xinfo_consumers("s", "g"), list[dict[str, Any]])
    assert_type(await r.xinfo_groups("s"), list[dict[str, Any]])
    read = await r.xreadgroup("g", "c", {"s": ">"}, 5, timedelta(seconds=1), True)
    assert_type(read, dict[bytes, list[tuple[bytes, dict[bytes, bytes]]]])
    claimed = await r.xreadgroup("g", "c", {"s": ">"}, claim_min_idle_time=5, max_count=6)
    assert_type(claimed, dict[bytes, list[tuple[bytes, dict[bytes, bytes], int, int]]])
    mine = await r.xclaim("s", "g", "c", 0, ["1-0", 2], idle=timedelta(1), retrycount=5)
    assert_type(mine, list[tuple[bytes, dict[bytes, bytes]]])
    mine = await r.xclaim("s", "g", "c", 0, 1, time=datetime.now(), force=True, justid=False)
    assert_type(mine, list[tuple[bytes, dict[bytes, bytes]]])
    assert_type(await r.xclaim("s", "g", "c", 0, 1, justid=True), list[bytes])
    found = await r.xautoclaim("s", "g", "c", timedelta(1), "1-0", 5)
    assert_type(found, tuple[bytes, list[tuple[bytes, dict[bytes, bytes]]], list[bytes]])
    assert_type(await r.xautoclaim("s", "g", "c", 0, justid=True), list[bytes])


async def of_str(r: StreamCommands[str]) -> None:
    read = await r.xreadgroup("g", "c", {"s": ">"}, block=0)
    assert_type(read, dict[str, list[tuple[str, dict[str, str]]]])
    assert_type(await r.xclaim("s", "g", "c", 0, 1, justid=True), list[str])
    found = await r.xautoclaim("s", "g", "c", 0)
    assert_type(found, tuple[str, list[tuple[str, dict[str, str]]], list[str]])


async def plain_bools(r: StreamCommands[bytes], flag: bool) -> None:
    mine = await r.xclaim("s", "g", "c", 0, 1, force=flag, justid=flag)
    assert_type(mine, list[tuple[bytes, dict[bytes, bytes]]] | list[bytes])
    found = await r.xautoclaim("s", "g", "c", 0, justid=flag)
    assert_type(
        found, tuple[bytes, list[tuple[bytes, dict[bytes, bytes]]], list[bytes]] | list[bytes]
    )


async def what_is_pending(r: StreamCommands[bytes], q: StreamCommands[str]) -> None:
    summary = await r.xpending("s", "g")
    assert_type(summary["pending"], int)
    assert_type(summary["min"], bytes | None)
    assert_type(
        [(one["name"], one["pending"]) for one in summary["consumers"]], list[tuple[bytes, int]]
    )
    assert_type((await q.xpending("s", "g"))["max"], str | None)
    for one in await q.xpending_range("s", "g", "-", "+", 10, "c", idle=timedelta(1)):
        assert_type(one["message_id"], str)
        assert_type(one["consumer"], str)
        assert_type(one["time_since_delivered"], int)
        assert_type(one["times_delivered"], int)
    for each in await r.xpending_range("s", "g", "-", "+", 10):
        assert_type(each["message_id"], bytes)


def refused(r: StreamCommands[bytes]) -> None:
    r.xnack("s", "g", "SLOW", 1)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.xpending_range("s", "g", "-", "+")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
