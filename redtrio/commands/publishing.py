"""The commands on publishing, and on who is subscribed."""

from __future__ import annotations

from collections.abc import Awaitable

from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._replies import as_pairs
from redtrio.types import Argument

__all__ = ["PublishingCommands"]

_PUBLISH = Spec(name="PUBLISH")
_PUBSUB_CHANNELS = Spec(name="PUBSUB CHANNELS")
_PUBSUB_NUMPAT = Spec(name="PUBSUB NUMPAT")
_PUBSUB_NUMSUB = Spec(name="PUBSUB NUMSUB")
_PUBSUB_SHARDCHANNELS = Spec(name="PUBSUB SHARDCHANNELS")
_PUBSUB_SHARDNUMSUB = Spec(name="PUBSUB SHARDNUMSUB")
_SPUBLISH = Spec(name="SPUBLISH", keys=(1, 1, 1))


class PublishingCommands(CommandGroup[S]):
    """The commands on publishing, and on who is subscribed.

    A message reaches who is subscribed at that moment; the server keeps none. In a cluster,
    one to a channel reaches subscribers of every node, one to a shard channel those of the
    node that has the channel's slot. Those who are counted are of the one server asked.

    Cancellation: a message that had been sent when its caller was cancelled may have been
    delivered. Publishing is not repeated where the connection breaks after it was sent: it
    raises a ``ConnectionError`` whose ``maybe_executed`` is True.
    """

    __slots__ = ()

    def publish(self, channel: Argument, message: Argument) -> Awaitable[int]:
        """Send a message to the subscribers of a channel.

        Args:
            channel: Its name.
            message: What they get.

        Returns:
            How many got it; who subscribed by several patterns that match counts for each.

        Source: PUBLISH. Since 2.0.
        """
        return self._execute(Command(_PUBLISH, (b"PUBLISH", channel, message)))

    def pubsub_channels(self, pattern: Argument = "*") -> Awaitable[list[S]]:
        """List the channels that somebody is subscribed to, patterns not counted.

        Args:
            pattern: Only those whose names match this glob pattern.

        Returns:
            A list of their names, in no order.

        Source: PUBSUB CHANNELS. Since 2.8.
        """
        return self._execute(Command(_PUBSUB_CHANNELS, (b"PUBSUB", b"CHANNELS", pattern)))

    def pubsub_numpat(self) -> Awaitable[int]:
        """Count the patterns that somebody is subscribed to.

        Returns:
            How many different ones there are.

        Source: PUBSUB NUMPAT. Since 2.8.
        """
        return self._execute(Command(_PUBSUB_NUMPAT, (b"PUBSUB", b"NUMPAT")))

    def pubsub_numsub(self, *args: Argument) -> Awaitable[list[tuple[S, int]]]:
        """Count the subscribers of channels, those by pattern not counted.

        Args:
            *args: Names of the channels.

        Returns:
            A list of (channel, number) tuples in the order of ``args``, empty if there are
            none.

        Source: PUBSUB NUMSUB. Since 2.8.
        """
        words = (b"PUBSUB", b"NUMSUB", *args)
        return self._execute(Command(_PUBSUB_NUMSUB, words, as_pairs))

    def pubsub_shardchannels(self, pattern: Argument = "*") -> Awaitable[list[S]]:
        """List the shard channels that somebody is subscribed to.

        Args:
            pattern: Only those whose names match this glob pattern.

        Returns:
            A list of their names, in no order.

        Source: PUBSUB SHARDCHANNELS. Since 7.0.
        """
        words = (b"PUBSUB", b"SHARDCHANNELS", pattern)
        return self._execute(Command(_PUBSUB_SHARDCHANNELS, words))

    def pubsub_shardnumsub(self, *args: Argument) -> Awaitable[list[tuple[S, int]]]:
        """Count the subscribers of shard channels.

        Args:
            *args: Names of the channels.

        Returns:
            A list of (channel, number) tuples in the order of ``args``, empty if there are
            none.

        Source: PUBSUB SHARDNUMSUB. Since 7.0.
        """
        words = (b"PUBSUB", b"SHARDNUMSUB", *args)
        return self._execute(Command(_PUBSUB_SHARDNUMSUB, words, as_pairs))

    def spublish(self, shard_channel: Argument, message: Argument) -> Awaitable[int]:
        """Send a message to the subscribers of a shard channel.

        Args:
            shard_channel: Its name.
            message: What they get.

        Returns:
            How many got it.

        Source: SPUBLISH. Since 7.0.
        """
        return self._execute(Command(_SPUBLISH, (b"SPUBLISH", shard_channel, message)))
