"""What type checkers make of the commands on streams. Never run; ``test_typing`` checks it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from typing_extensions import assert_type

from redtrio.commands.streams import StreamCommands


async def of_bytes(r: StreamCommands[bytes], flag: bool) -> None:
    fields = {"f": 1, "g": 2}
    assert_type(await r.xadd("s", fields), bytes)
    assert_type(await r.xadd("s", {b"f": "v", "g": 1.5}, "1-1", 100, False), bytes)
    assert_type(await r.xadd("s", fields, maxlen=100, limit=5, ref_policy="ACKED"), bytes)
    assert_type(await r.xadd("s", fields, minid=5, idmp=("p", b"1")), bytes)
    assert_type(await r.xadd("s", fields, nomkstream=True), bytes | None)
    assert_type(await r.xadd("s", fields, nomkstream=flag, idmpauto="p"), bytes | None)
    assert_type(await r.xcfgset("s", timedelta(seconds=5), 100), bool)
    assert_type(await r.xdel("s", 1, "2-0", b"3-0"), int)
    assert_type(await r.xdelex("s", 1, ref_policy="DELREF"), list[int])
    assert_type(await r.xinfo_stream("s"), dict[str, Any])
    assert_type(await r.xinfo_stream("s", full=True, count=5), dict[str, Any])
    assert_type(await r.xlen("s"), int)
    assert_type(await r.xrange("s"), list[tuple[bytes, dict[bytes, bytes]]])
    assert_type(await r.xrange("s", 1, "+", 5), list[tuple[bytes, dict[bytes, bytes]]])
    assert_type(await r.xrevrange("s", min=1), list[tuple[bytes, dict[bytes, bytes]]])
    seen = {"s": "$"}
    assert_type(await r.xread(seen), dict[bytes, list[tuple[bytes, dict[bytes, bytes]]]])
    read = await r.xread({b"s": 0, "u": "0"}, 5, timedelta(seconds=1), max_count=6, max_size=7)
    assert_type(read, dict[bytes, list[tuple[bytes, dict[bytes, bytes]]]])
    assert_type(await r.xsetid("s", "1-1", entries_added=1, max_deleted_id="0-1"), bool)
    assert_type(await r.xtrim("s", 5, approximate=False, ref_policy="KEEPREF"), int)


async def of_str(r: StreamCommands[str]) -> None:
    assert_type(await r.xadd("s", {"f": "v"}), str)
    assert_type(await r.xadd("s", {"f": "v"}, nomkstream=True), str | None)
    assert_type(await r.xrange("s"), list[tuple[str, dict[str, str]]])
    assert_type(await r.xrevrange("s"), list[tuple[str, dict[str, str]]])
    assert_type(await r.xread({"s": 0}, block=0), dict[str, list[tuple[str, dict[str, str]]]])


async def unpacked(r: StreamCommands[str]) -> None:
    for stream, entries in (await r.xread({"s": 0})).items():
        for name, fields in entries:
            assert_type((stream, name, fields), tuple[str, str, dict[str, str]])


def refused(r: StreamCommands[bytes]) -> None:
    r.xadd("s", [("f", 1)])  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    r.xread(["s"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.xread({"s": 0}, block=1.5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.xtrim("s", 5, ref_policy="x")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
