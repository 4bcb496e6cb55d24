"""What type checkers make of the commands in ``redtrio.commands.server``. Never run."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any

from typing_extensions import assert_type

from redtrio.commands.command_table import CommandInfo
from redtrio.commands.hotkeys import HotkeysMetricsTypes
from redtrio.commands.server import ServerCommands


async def use_bytes(r: ServerCommands[bytes]) -> None:
    assert_type(await r.bgrewriteaof(), bool)
    assert_type(await r.bgsave(), bool)
    assert_type(await r.command(), dict[str, CommandInfo])
    assert_type(await r.command_count(), int)
    assert_type(await r.command_docs("get"), dict[str, dict[str, Any]])
    assert_type(await r.command_getkeys("GET", "k"), list[bytes])
    assert_type(await r.command_getkeysandflags("GET", "k"), list[tuple[bytes, set[str]]])
    assert_type(await r.command_info("get"), dict[str, CommandInfo | None])
    assert_type(await r.command_list(), list[bytes])
    assert_type(await r.commandlog_get(1, "slow"), list[dict[str, Any]])
    assert_type(await r.commandlog_len("slow"), int)
    assert_type(await r.commandlog_reset("slow"), bool)
    assert_type(await r.config_get("a", "b"), dict[str, str])
    assert_type(await r.config_resetstat(), bool)
    assert_type(await r.config_rewrite(), bool)
    assert_type(await r.config_set("a", 1), bool)
    assert_type(await r.dbsize(), int)
    assert_type(await r.debug_object("k"), dict[str, str | int])
    assert_type(await r.failover(), bool)
    assert_type(await r.failover("h", 1, force=True, timeout=timedelta(1)), bool)
    assert_type(await r.flushall(), bool)
    assert_type(await r.flushall(synchronous=True), bool)
    assert_type(await r.flushdb(True), bool)
    assert_type(await r.hotkeys_get(), list[dict[str, Any]])
    assert_type(await r.hotkeys_reset(), bool)
    assert_type(await r.hotkeys_start([HotkeysMetricsTypes.CPU, "NET"], duration=5), bool)
    assert_type(await r.hotkeys_stop(), bool)
    assert_type(await r.info("memory"), dict[str, Any])
    assert_type(await r.lastsave(), datetime)
    assert_type(await r.lolwut(), bytes)
    assert_type(await r.lolwut(5, 1), bytes)
    assert_type(await r.memory_doctor(), bytes)
    assert_type(await r.memory_malloc_stats(), bytes)
    assert_type(await r.memory_purge(), bool)
    assert_type(await r.memory_stats(), dict[str, Any])
    assert_type(await r.memory_usage("k"), int | None)
    assert_type(await r.replicaof("NO", "ONE"), bool)
    assert_type(await r.role(), list[Any])
    assert_type(await r.save(), bool)
    assert_type(r.shutdown(nosave=True), Awaitable[None])
    assert_type(await r.slaveof(), bool)
    assert_type(await r.slaveof("h", 1), bool)
    assert_type(await r.slowlog_get(), list[dict[str, Any]])
    assert_type(await r.slowlog_len(), int)
    assert_type(await r.slowlog_reset(), bool)
    assert_type(await r.swapdb(0, 1), bool)
    assert_type(await r.time(), tuple[int, int])


async def use_str(r: ServerCommands[str]) -> None:
    assert_type(await r.bgrewriteaof(), bool)
    assert_type(await r.bgsave(), bool)
    assert_type(await r.command(), dict[str, CommandInfo])
    assert_type(await r.command_count(), int)
    assert_type(await r.command_docs("get"), dict[str, dict[str, Any]])
    assert_type(await r.command_getkeys("GET", "k"), list[str])
    assert_type(await r.command_getkeysandflags("GET", "k"), list[tuple[str, set[str]]])
    assert_type(await r.command_info("get"), dict[str, CommandInfo | None])
    assert_type(await r.command_list(), list[str])
    assert_type(await r.commandlog_get(1, "slow"), list[dict[str, Any]])
    assert_type(await r.commandlog_len("slow"), int)
    assert_type(await r.commandlog_reset("slow"), bool)
    assert_type(await r.config_get("a", "b"), dict[str, str])
    assert_type(await r.config_resetstat(), bool)
    assert_type(await r.config_rewrite(), bool)
    assert_type(await r.config_set("a", 1), bool)
    assert_type(await r.dbsize(), int)
    assert_type(await r.debug_object("k"), dict[str, str | int])
    assert_type(await r.failover(), bool)
    assert_type(await r.failover("h", 1, force=True, timeout=timedelta(1)), bool)
    assert_type(await r.flushall(), bool)
    assert_type(await r.flushall(synchronous=True), bool)
    assert_type(await r.flushdb(True), bool)
    assert_type(await r.hotkeys_get(), list[dict[str, Any]])
    assert_type(await r.hotkeys_reset(), bool)
    assert_type(await r.hotkeys_start([HotkeysMetricsTypes.CPU, "NET"], duration=5), bool)
    assert_type(await r.hotkeys_stop(), bool)
    assert_type(await r.info("memory"), dict[str, Any])
    assert_type(await r.lastsave(), datetime)
    assert_type(await r.lolwut(), str)
    assert_type(await r.lolwut(5, 1), str)
    assert_type(await r.memory_doctor(), str)
    assert_type(await r.memory_malloc_stats(), str)
    assert_type(await r.memory_purge(), bool)
    assert_type(await r.memory_stats(), dict[str, Any])
    assert_type(await r.memory_usage("k"), int | None)
    assert_type(await r.replicaof("NO", "ONE"), bool)
    assert_type(await r.role(), list[Any])
    assert_type(await r.save(), bool)
    assert_type(r.shutdown(nosave=True), Awaitable[None])
    assert_type(await r.slaveof(), bool)
    assert_type(await r.slaveof("h", 1), bool)
    assert_type(await r.slowlog_get(), list[dict[str, Any]])
    assert_type(await r.slowlog_len(), int)
    assert_type(await r.slowlog_reset(), bool)
    assert_type(await r.swapdb(0, 1), bool)
    assert_type(await r.time(), tuple[int, int])


def misuse(r: ServerCommands[str]) -> None:
    r.commandlog_len("fast")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.hotkeys_start(["DISK"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    r.swapdb(0)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    r.config_set("a")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
