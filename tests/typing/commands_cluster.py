"""What type checkers make of the commands on clusters. Never run; ``test_typing`` checks it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from typing_extensions import assert_type

from redtrio.commands.cluster import (
    ClusterCommands,
    ClusterLink,
    ClusterNode,
    ClusterShard,
    SlotNodes,
)
from redtrio.commands.cluster_migration import MigrationTask, SlotMigration


async def of_bytes(r: ClusterCommands[bytes]) -> None:
    assert_type(await r.cluster("INFO"), Any)
    assert_type(await r.cluster_addslots(1, 2), bool)
    assert_type(await r.cluster_addslotsrange(1, 2), bool)
    assert_type(await r.cluster_bumpepoch(), tuple[bool, int])
    assert_type(await r.cluster_cancelslotmigrations(), bool)
    assert_type(await r.cluster_count_failure_report(b"id"), int)
    assert_type(await r.cluster_countkeysinslot(1), int)
    assert_type(await r.cluster_delslots(1), bool)
    assert_type(await r.cluster_delslotsrange(1, 2), bool)
    assert_type(await r.cluster_failover(), bool)
    assert_type(await r.cluster_failover("force"), bool)
    assert_type(await r.cluster_flushslot(1, asynchronous=True), bool)
    assert_type(await r.cluster_flushslots(), bool)
    assert_type(await r.cluster_forget("id"), bool)
    assert_type(await r.cluster_get_keys_in_slot(1, 10), list[bytes])
    assert_type(await r.cluster_getslotmigrations(), list[SlotMigration])
    assert_type(await r.cluster_info(), dict[str, int | str])
    assert_type(await r.cluster_keyslot("k"), int)
    assert_type(await r.cluster_links(), list[ClusterLink])
    assert_type((await r.cluster_links())[0]["create-time"], int)
    assert_type(await r.cluster_meet("127.0.0.1", 7000, 17000), bool)
    assert_type(await r.cluster_migrateslots({"id": [(0, 1)]}), bool)
    assert_type(await r.cluster_migrateslots({b"id": ((0, 1),)}), bool)
    assert_type(await r.cluster_migration_cancel(), int)
    assert_type(await r.cluster_migration_import(0, 1), bytes)
    assert_type(await r.cluster_migration_status("id"), list[MigrationTask])
    assert_type(await r.cluster_myid(), bytes)
    assert_type(await r.cluster_myshardid(), bytes)
    assert_type(await r.cluster_nodes(), dict[str, ClusterNode])
    assert_type(await r.cluster_replicas("id"), dict[str, ClusterNode])
    assert_type(await r.cluster_replicate("id"), bool)
    assert_type(await r.cluster_replicate(None), bool)
    assert_type(await r.cluster_reset(soft=False), bool)
    assert_type(await r.cluster_save_config(), bool)
    assert_type(await r.cluster_set_config_epoch(1), bool)
    assert_type(await r.cluster_setslot("id", 1, "NODE", timedelta(seconds=1)), bool)
    assert_type(await r.cluster_setslot_stable(1), bool)
    assert_type(await r.cluster_shards(), list[ClusterShard])
    (shard,) = await r.cluster_shards()
    assert_type(shard["slots"], list[tuple[int, int]])
    assert_type(shard["nodes"][0]["endpoint"], str | None)
    assert_type(await r.cluster_slot_stats(0, 5), dict[int, dict[str, int]])
    assert_type(await r.cluster_slot_stats(orderby="KEY-COUNT"), dict[int, dict[str, int]])
    assert_type(await r.cluster_slots(), dict[tuple[int, int], SlotNodes])
    assert_type(await r.clusterscan(), tuple[str, list[bytes]])


async def of_str(r: ClusterCommands[str]) -> None:
    assert_type(await r.cluster_get_keys_in_slot(1, 10), list[str])
    assert_type(await r.cluster_migration_import(0, 1), str)
    assert_type(await r.cluster_myid(), str)
    assert_type(await r.cluster_myshardid(), str)
    assert_type(await r.clusterscan("0", slot=5), tuple[str, list[str]])


def refused(r: ClusterCommands[bytes]) -> None:
    r.cluster_failover("SOON")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.cluster_slot_stats(1)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    r.cluster_addslots("1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
