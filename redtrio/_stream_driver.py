"""The driver of a stream that a user brought, over ``send_all`` and ``receive_some``.

It is for one caller at a time, over the same conversation as ``Connection``. What it cannot
know, since a stream does not tell: how much of what was given to an interrupted ``send_all``
has left. Such a stream is at its end.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from weakref import WeakKeyDictionary, ref

import trio
from trio.lowlevel import enable_ki_protection

from redtrio._connection import Connection
from redtrio._driver import Driver, ungrouped
from redtrio.exceptions import ConnectionError

__all__ = ["Drivers", "StreamDriver", "close_surely"]

logger = logging.getLogger("redtrio")

_STREAM_ERRORS = (trio.BrokenResourceError, trio.ClosedResourceError, OSError)

# So much is sent without receiving at the same time: a socket's buffers hold it, whatever
# the server does.
_SMALL_SEND = 64 * 1024


class StreamDriver(Driver):
    """Drives a stream that a user brought, and that is the user's to close.

    Args:
        stream: Any ``trio.abc.Stream``. It is held weakly: whoever has the driver do
            something holds it.
        address: Where it leads, for messages.
    """

    def __init__(self, stream: trio.abc.Stream, address: str) -> None:
        super().__init__(address)
        self._stream = ref(stream)

    def __repr__(self) -> str:
        return f"<{type(self._stream()).__name__} to {self.address}>"

    @property
    def _live_stream(self) -> trio.abc.Stream:
        stream = self._stream()
        assert stream is not None, "whoever has the driver do something holds the stream"
        return stream

    @enable_ki_protection
    async def _drive(self, enough: Callable[[], bool], listening: bool = False) -> None:
        conversation = self.conversation
        while conversation.dead is None:
            if data := conversation.outgoing():
                # How much of it leaves, if sending is interrupted, nobody can tell.
                conversation.sent(len(data))
                if len(data) <= _SMALL_SEND:
                    await self._send(data)
                else:
                    await self._send_while_receiving(data)
            elif enough():
                return
            else:
                await self._receive_some()

    async def _send(self, data: bytes | memoryview) -> None:
        try:
            await self._live_stream.send_all(data)
        except _STREAM_ERRORS as error:
            self._lose(error)
        except BaseException:
            # The rest of it cannot be sent any more, and nothing may be sent in its place.
            self.conversation.die(ConnectionError(f"interrupted while sending to {self.address}"))
            raise

    async def _receive_some(self) -> None:
        try:
            data = await self._live_stream.receive_some()
        except _STREAM_ERRORS as error:
            self._lose(error)
            return
        if data:
            self.conversation.feed(data)
        else:
            self.conversation.die(self._ended())

    async def _send_while_receiving(self, data: bytes | memoryview) -> None:
        # A server may stop reading until its replies are taken.
        @enable_ki_protection
        async def receive() -> None:
            while self.conversation.dead is None:
                await self._receive_some()
            nursery.cancel_scope.cancel()

        with ungrouped():
            async with trio.open_nursery() as nursery:
                nursery.start_soon(receive)
                await self._send(data)
                nursery.cancel_scope.cancel()

    def _lose(self, error: Exception) -> None:
        # Trio says little itself; what happened is behind it.
        reason = str(error) or str(error.__cause__ or "") or type(error).__name__
        cause = ConnectionError(f"connection to {self.address} lost: {reason}")
        cause.__cause__ = error
        self.conversation.die(cause)


class Drivers:
    """The driver of each connection that a pool lends: its own, or one per user's stream."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._of_streams: WeakKeyDictionary[trio.abc.Stream, StreamDriver] = WeakKeyDictionary()

    def of(self, connection: trio.abc.Stream) -> Driver:
        """Return the driver of this connection, always the same one until ``forget``."""
        if isinstance(connection, Connection):
            return connection
        driver = self._of_streams.get(connection)
        if driver is None:
            driver = self._of_streams[connection] = StreamDriver(connection, self._address)
        return driver

    def forget(self, connection: trio.abc.Stream) -> None:
        """Drop what is known about a user's stream."""
        self._of_streams.pop(connection, None)


async def close_surely(stream: trio.abc.Stream) -> None:
    """Close a user's stream for good, at once, whatever it says of it.

    To be called under a shield, which is short: in its cancelled scope a stream may not wait.
    """
    try:
        await trio.aclose_forcefully(stream)
    except Exception:
        logger.exception("closing %r failed", stream)
