"""What type checkers make of the commands in ``redtrio.commands.acl``. Never run."""

from __future__ import annotations

from typing_extensions import assert_type

from redtrio.commands.acl import AclCommands, AclLogEntry, AclUser


async def use_bytes(r: AclCommands[bytes]) -> None:
    assert_type(await r.acl_cat(), list[str])
    assert_type(await r.acl_cat("read"), list[str])
    assert_type(await r.acl_deluser("a", b"b"), int)
    assert_type(await r.acl_dryrun("a", "GET", "k"), bytes)
    assert_type(await r.acl_genpass(), str)
    assert_type(await r.acl_genpass(128), str)
    user = await r.acl_getuser("a")
    assert_type(user, AclUser | None)
    if user is not None:
        assert_type(user["enabled"], bool)
        assert_type(user["keys"], list[str])
        assert_type(user["selectors"], list[dict[str, str]])
    assert_type(await r.acl_list(), list[str])
    assert_type(await r.acl_load(), bool)
    (entry,) = await r.acl_log(1)
    assert_type(entry, AclLogEntry)
    assert_type(entry["age-seconds"], float)
    assert_type(entry["client-info"], dict[str, str | int])
    assert_type(await r.acl_log_reset(), bool)
    assert_type(await r.acl_save(), bool)
    assert_type(await r.acl_setuser("a"), bool)
    assert_type(await r.acl_setuser("a", True, passwords="+p", keys=[b"k"], rules="db=0"), bool)
    assert_type(await r.acl_setuser("a", selectors=[("+get", b"k")], reset=True), bool)
    assert_type(await r.acl_users(), list[str])
    assert_type(await r.acl_whoami(), str)


async def use_str(r: AclCommands[str]) -> None:
    assert_type(await r.acl_cat(), list[str])
    assert_type(await r.acl_cat("read"), list[str])
    assert_type(await r.acl_deluser("a", b"b"), int)
    assert_type(await r.acl_dryrun("a", "GET", "k"), str)
    assert_type(await r.acl_genpass(), str)
    assert_type(await r.acl_genpass(128), str)
    user = await r.acl_getuser("a")
    assert_type(user, AclUser | None)
    if user is not None:
        assert_type(user["enabled"], bool)
        assert_type(user["keys"], list[str])
        assert_type(user["selectors"], list[dict[str, str]])
    assert_type(await r.acl_list(), list[str])
    assert_type(await r.acl_load(), bool)
    (entry,) = await r.acl_log(1)
    assert_type(entry, AclLogEntry)
    assert_type(entry["age-seconds"], float)
    assert_type(entry["client-info"], dict[str, str | int])
    assert_type(await r.acl_log_reset(), bool)
    assert_type(await r.acl_save(), bool)
    assert_type(await r.acl_setuser("a"), bool)
    assert_type(await r.acl_setuser("a", True, passwords="+p", keys=[b"k"], rules="db=0"), bool)
    assert_type(await r.acl_setuser("a", selectors=[("+get", b"k")], reset=True), bool)
    assert_type(await r.acl_users(), list[str])
    assert_type(await r.acl_whoami(), str)


def misuse(r: AclCommands[str]) -> None:
    r.acl_setuser("a", commands=[1])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    r.acl_genpass("64")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
