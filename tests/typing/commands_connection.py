"""What type checkers make of the commands in ``redtrio.commands.connection``. Never run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from typing_extensions import assert_type

from redtrio.commands.connection import ConnectionCommands


async def use_bytes(r: ConnectionCommands[bytes]) -> None:
    assert_type(await r.auth("p", "u"), bool)
    assert_type(await r.client_caching(True), bool)
    assert_type(await r.client_capa("redirect"), bool)
    assert_type(await r.client_getname(), str | None)
    assert_type(await r.client_getredir(), int)
    assert_type(await r.client_id(), int)
    assert_type(await r.client_import_source("ON"), bool)
    assert_type(await r.client_info(), dict[str, str | int])
    assert_type(await r.client_kill("a:1"), bool)
    assert_type(await r.client_kill_filter(_id=1), int)
    assert_type(await r.client_kill_filter(["1", 2], idle=5, not_db=0), int)
    assert_type(await r.client_list(), list[dict[str, str]])
    assert_type(await r.client_list("normal", [1, "2"], name="n"), list[dict[str, str]])
    assert_type(await r.client_no_evict("ON"), bool)
    assert_type(await r.client_no_touch("OFF"), bool)
    assert_type(await r.client_pause(timedelta(1)), bool)
    assert_type(await r.client_setinfo("LIB-NAME", "n"), bool)
    assert_type(await r.client_setname("n"), bool)
    assert_type(await r.client_tracking(prefix=["a"], bcast=True), bool)
    assert_type(await r.client_tracking_on(), bool)
    assert_type(await r.client_tracking_off(), bool)
    assert_type(await r.client_trackinginfo(), dict[str, Any])
    assert_type(await r.client_unblock(1), bool)
    assert_type(await r.client_unpause(), bool)
    assert_type(await r.echo("v"), bytes)
    assert_type(await r.hello(), dict[str, Any])
    assert_type(await r.ping(), bool)
    assert_type(await r.ping("m"), bytes)
    assert_type(await r.quit(), bool)
    assert_type(await r.reset(), bool)
    assert_type(await r.select(1), bool)


async def use_str(r: ConnectionCommands[str]) -> None:
    assert_type(await r.auth("p", "u"), bool)
    assert_type(await r.client_caching(True), bool)
    assert_type(await r.client_capa("redirect"), bool)
    assert_type(await r.client_getname(), str | None)
    assert_type(await r.client_getredir(), int)
    assert_type(await r.client_id(), int)
    assert_type(await r.client_import_source("ON"), bool)
    assert_type(await r.client_info(), dict[str, str | int])
    assert_type(await r.client_kill("a:1"), bool)
    assert_type(await r.client_kill_filter(_id=1), int)
    assert_type(await r.client_kill_filter(["1", 2], idle=5, not_db=0), int)
    assert_type(await r.client_list(), list[dict[str, str]])
    assert_type(await r.client_list("normal", [1, "2"], name="n"), list[dict[str, str]])
    assert_type(await r.client_no_evict("ON"), bool)
    assert_type(await r.client_no_touch("OFF"), bool)
    assert_type(await r.client_pause(timedelta(1)), bool)
    assert_type(await r.client_setinfo("LIB-NAME", "n"), bool)
    assert_type(await r.client_setname("n"), bool)
    assert_type(await r.client_tracking(prefix=["a"], bcast=True), bool)
    assert_type(await r.client_tracking_on(), bool)
    assert_type(await r.client_tracking_off(), bool)
    assert_type(await r.client_trackinginfo(), dict[str, Any])
    assert_type(await r.client_unblock(1), bool)
    assert_type(await r.client_unpause(), bool)
    assert_type(await r.echo("v"), str)
    assert_type(await r.hello(), dict[str, Any])
    assert_type(await r.ping(), bool)
    assert_type(await r.ping("m"), str)
    assert_type(await r.quit(), bool)
    assert_type(await r.reset(), bool)
    assert_type(await r.select(1), bool)


def misuse(r: ConnectionCommands[str]) -> None:
    r.echo()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    r.client_no_evict("MAYBE")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.client_list(colour="red")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    r.client_list(idle="5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    r.select("one")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
