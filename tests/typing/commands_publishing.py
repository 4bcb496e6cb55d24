"""What type checkers make of the commands on publishing. Never run; ``test_typing`` checks it."""

from __future__ import annotations

from typing_extensions import assert_type

from redtrio.commands.publishing import PublishingCommands


async def of_bytes(r: PublishingCommands[bytes]) -> None:
    assert_type(await r.publish("c", b"m"), int)
    assert_type(await r.publish("c", 1.5), int)
    assert_type(await r.spublish("c", "m"), int)
    assert_type(await r.pubsub_channels(), list[bytes])
    assert_type(await r.pubsub_channels("c*"), list[bytes])
    assert_type(await r.pubsub_numpat(), int)
    assert_type(await r.pubsub_numsub("c", b"d"), list[tuple[bytes, int]])
    assert_type(await r.pubsub_shardchannels(b"*"), list[bytes])
    assert_type(await r.pubsub_shardnumsub("c"), list[tuple[bytes, int]])


async def of_str(r: PublishingCommands[str]) -> None:
    assert_type(await r.publish("c", b"m"), int)
    assert_type(await r.publish("c", 1.5), int)
    assert_type(await r.spublish("c", "m"), int)
    assert_type(await r.pubsub_channels(), list[str])
    assert_type(await r.pubsub_channels("c*"), list[str])
    assert_type(await r.pubsub_numpat(), int)
    assert_type(await r.pubsub_numsub("c", b"d"), list[tuple[str, int]])
    assert_type(await r.pubsub_shardchannels(b"*"), list[str])
    assert_type(await r.pubsub_shardnumsub("c"), list[tuple[str, int]])


def refused(r: PublishingCommands[bytes]) -> None:
    r.publish("c", None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
