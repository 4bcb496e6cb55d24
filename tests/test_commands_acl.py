"""The commands on access control lists, against real servers."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from command_client import Text, WordsOnly, check, lacking
from servers import KINDS, Server, ServerMissing

from redtrio import Redis
from redtrio.exceptions import (
    AuthenticationError,
    DataError,
    NoPermissionError,
    ResponseError,
)


def sha256(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()


async def test_acl_cat_tells_of_categories_and_their_commands(r: Redis[Any]) -> None:
    categories = await r.acl_cat()
    assert {"read", "write", "scripting"} <= set(categories)
    assert {type(word) for word in categories} == {str}
    assert {"get", "mget"} <= set(await r.acl_cat("read"))
    with pytest.raises(ResponseError, match="Unknown category"):
        await r.acl_cat("nonsense")


async def test_acl_users_list_whoami_and_deluser(r: Redis[Any]) -> None:
    check(await r.acl_whoami(), "default")
    assert await r.acl_setuser("alice") is True
    assert "alice" in await r.acl_users()
    lines = await r.acl_list()
    assert any(line.startswith("user alice off ") for line in lines)
    check(await r.acl_deluser("alice", b"nobody"), 1)
    assert "alice" not in await r.acl_users()
    with pytest.raises(DataError, match="username must hold at least one, got none"):
        r.acl_deluser()


async def test_acl_getuser_of_a_user_with_everything(r: Redis[Any]) -> None:
    assert await r.acl_getuser("alice") is None
    done = await r.acl_setuser(
        "alice",
        enabled=True,
        passwords=["+one", "+two"],
        hashed_passwords=f"+{sha256('three')}",
        categories=["+read"],
        commands=["-get", "+client|id"],
        keys=["cache:*", "%R~config:*", "~plain"],
        channels=["news.*"],
        selectors=[("+set", "other"), (b"+del", b"%W~more")],
    )
    assert done is True
    user = await r.acl_getuser("alice")
    assert user is not None
    # Whether a server sanitizes what it is given is not asked here.
    assert set(user["flags"]) - {"sanitize-payload"} == {"on"}
    assert user["enabled"] is True
    check(user["passwords"], [sha256("one"), sha256("two"), sha256("three")])
    check(user["categories"], ["-@all", "+@read"])
    check(sorted(user["commands"]), ["+client|id", "-get"])
    check(user["keys"], ["~cache:*", "%R~config:*", "~plain"])
    check(user["channels"], ["&news.*"])
    check(user["databases"], ["alldbs"])
    selectors = [(one["commands"], one["keys"], one["channels"]) for one in user["selectors"]]
    check(selectors, [("-@all +set", "~other", ""), ("-@all +del", "%W~more", "")])


def test_acl_setuser_words() -> None:
    # Their order decides; what servers make of it does not show that in full.
    words: Any = WordsOnly()
    assert words.acl_setuser("alice").words == (b"ACL", b"SETUSER", "alice", b"off")
    with pytest.raises(DataError, match="rules must be str or bytes, got int"):
        words.acl_setuser("alice", keys=[12])
    command = words.acl_setuser(
        "alice",
        True,
        True,
        categories=["+read", "+@hash", b"-admin", "-@all"],
        commands=["+get", b"-set"],
        keys=["a", b"~b", "%R~c"],
        channels=b"news.*",
        selectors=[("+get", "k")],
        reset=True,
        reset_keys=True,
        reset_channels=True,
        reset_passwords=True,
        rules="db=0",
    )
    resets = ("reset", "resetkeys", "resetchannels", "resetpass")
    categories = (b"+@read", b"+@hash", b"-@admin", b"-@all")
    rest = (b"+get", b"-set", b"~a", b"~b", b"%R~c", b"&news.*", b"(+get ~k)", b"db=0")
    assert command.words[3:] == (*resets, b"on", "nopass", *categories, *rest)
    command = words.acl_setuser("alice", passwords=["+a", b"-b"], hashed_passwords=["+c", "-d"])
    assert command.words[3:] == (b"off", b">a", b"<b", b"#c", b"!d")


async def test_acl_setuser_changes_what_it_names_alone(r: Redis[Any]) -> None:
    await r.acl_setuser("alice", True, passwords="+one", keys="a", channels="c", commands="+get")
    await r.acl_setuser("alice", True, passwords=["-one", "+two"], reset_keys=True, keys=["b"])
    user = await r.acl_getuser("alice")
    assert user is not None
    assert user["passwords"] == [sha256("two")]
    assert (user["keys"], user["channels"], user["commands"]) == (["~b"], ["&c"], ["+get"])
    await r.acl_setuser("alice", nopass=True, reset_channels=True)
    user = await r.acl_getuser("alice")
    assert user is not None
    assert (user["enabled"], user["channels"], user["passwords"]) == (False, [], [])
    assert "nopass" in user["flags"]
    await r.acl_setuser("alice", reset_passwords=True, hashed_passwords=f"+{sha256('x')}")
    await r.acl_setuser("alice", hashed_passwords=[f"-{sha256('x')}"], rules=["clearselectors"])
    user = await r.acl_getuser("alice")
    assert user is not None
    assert (user["passwords"], "nopass" in user["flags"]) == ([], False)
    await r.acl_setuser("alice", reset=True)
    user = await r.acl_getuser("alice")
    assert user is not None
    assert (user["keys"], user["commands"], user["categories"]) == ([], [], ["-@all"])
    with pytest.raises(ResponseError, match="Error in ACL SETUSER"):
        await r.acl_setuser("alice", commands="+nonsense")


@lacking("ACL SETUSER db=", "redis7", "redis8")
async def test_acl_setuser_takes_rules_on_databases(r: Redis[Any]) -> None:
    await r.acl_setuser("alice", rules=["resetdbs", b"db=0,3"])
    user = await r.acl_getuser("alice")
    assert user is not None
    check(user["databases"], ["db=0,3"])


def test_acl_setuser_refuses_what_it_cannot_mean(offline: Redis[Any]) -> None:
    with pytest.raises(DataError, match="nopass goes with neither passwords nor"):
        offline.acl_setuser("alice", nopass=True, passwords="+secret")
    with pytest.raises(DataError) as caught:
        offline.acl_setuser("alice", passwords=["+good", "secret"])
    assert str(caught.value) == "passwords must begin with + or -, that at 1 does not"
    with pytest.raises(DataError, match=r"^hashed_passwords must begin with \+ or -, that at 0"):
        offline.acl_setuser("alice", hashed_passwords="secret")
    with pytest.raises(DataError, match=r"categories must begin with \+ or -, got 'read'"):
        offline.acl_setuser("alice", categories=["read"])
    with pytest.raises(DataError, match=r"commands must begin with \+ or -, got 'get'"):
        offline.acl_setuser("alice", commands=[b"get"])
    with pytest.raises(DataError, match=r"selectors must begin with \+ or -, got 'get'"):
        offline.acl_setuser("alice", selectors=[("get", "k")])


def test_acl_users_of_early_servers_are_read_as_well() -> None:
    # Redis 6.0 gives the patterns of keys as a list, and knows of none but these.
    command: Any = WordsOnly().acl_getuser("alice")
    user = command.parse(
        {b"flags": {b"off"}, b"passwords": [], b"commands": b"-@all", b"keys": [b"~a", b"~b"]}
    )
    assert (user["keys"], user["channels"], user["selectors"]) == (["~a", "~b"], [], [])
    assert (user["enabled"], user["databases"]) == (False, ["alldbs"])


async def test_acl_dryrun_tells_what_would_be(r: Redis[Any], t: Text) -> None:
    await r.acl_setuser("alice", True, commands="+get", keys="a")
    check(await r.acl_dryrun("alice", "GET", "a"), t("OK"))
    assert t("no permissions to access the 'b' key") in await r.acl_dryrun("alice", "GET", "b")
    with pytest.raises(ResponseError, match="not found"):
        await r.acl_dryrun("nobody", "GET", "a")
    with pytest.raises(DataError, match="args must hold at least one, got none"):
        r.acl_dryrun("alice")


async def test_acl_genpass_makes_as_many_bits(r: Redis[Any]) -> None:
    password = await r.acl_genpass()
    assert (type(password), len(password)) == (str, 64)
    assert len(await r.acl_genpass(5)) == 2
    assert len(await r.acl_genpass(4096)) == 1024
    for bits in (0, 4097, -1):
        with pytest.raises(DataError, match=f"bits must be 1 to 4096, got {bits}"):
            r.acl_genpass(bits)


async def test_acl_log_tells_of_refusals(r: Redis[Any]) -> None:
    assert await r.acl_log_reset() is True
    assert await r.acl_log() == []
    await r.acl_setuser("alice", True, passwords="+good", commands=["+get"], keys="a")
    async with r.exclusive() as one:
        with pytest.raises(AuthenticationError):
            await one.auth("bad", "alice")
        await one.auth("good", "alice")
        with pytest.raises(NoPermissionError):
            await one.get("b")
        last, first = await r.acl_log()
    assert (first["reason"], first["object"], first["count"]) == ("auth", "AUTH", 1)
    assert (last["reason"], last["object"], last["username"]) == ("key", "b", "alice")
    assert last["context"] == "toplevel"
    check(last["client-info"]["user"], "alice")
    assert isinstance(last["client-info"]["id"], int)
    assert isinstance(last["age-seconds"], float)
    assert len(await r.acl_log(1)) == 1
    with pytest.raises(DataError, match="count must be >= 0 entries, got -1"):
        r.acl_log(-1)


@lacking("ACL LOG entry-id", "redis7")
async def test_acl_log_counts_its_entries(r: Redis[Any]) -> None:
    async with r.exclusive() as one:
        with pytest.raises(AuthenticationError):
            await one.auth("bad", "alice")
    (entry,) = await r.acl_log(1)
    assert isinstance(entry["entry-id"], int)
    assert isinstance(entry["timestamp-created"], int)


async def test_acl_load_and_save_want_a_file(r: Redis[Any]) -> None:
    for call in (r.acl_load, r.acl_save):
        with pytest.raises(ResponseError, match="not configured to use an ACL file"):
            await call()


class ServerWithFile(Server):
    """A server with its users in a file, beside which it takes none from the command line."""

    def _arguments(self) -> list[str]:
        words = super()._arguments()
        users = self.directory / "users.acl"
        users.write_text(" ".join(words[words.index("--user") :]).replace("--user", "user") + "\n")
        return [*words[: words.index("--user")], "--aclfile", str(users)]


@pytest.mark.parametrize("kind", KINDS)
async def test_acl_save_and_load(kind: str, tmp_path: Path) -> None:
    try:
        server = ServerWithFile(kind, tmp_path)
    except ServerMissing as missing:
        pytest.skip(str(missing))
    try:
        server.start()
        async with Redis(server.host, server.port) as r:
            await r.acl_setuser("alice", keys="a")
            assert await r.acl_save() is True
            await r.acl_deluser("alice")
            assert await r.acl_load() is True
            assert "alice" in await r.acl_users()
    finally:
        server.close()
