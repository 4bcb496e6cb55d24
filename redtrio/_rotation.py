"""Logging in anew when a credential provider has new credentials.

The one thing that has to happen without a caller: a server ends connections whose login has
expired, idle ones, too. So a task waits for the provider to say that there is something new. It
lives in the ``async with`` block of its client, never raises, and does nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from typing import Any

import trio
from trio.lowlevel import TrioToken, current_trio_token, enable_ki_protection

__all__ = ["Rotation", "rotates"]

logger = logging.getLogger("redtrio")


def rotates(provider: object) -> bool:
    """Tell whether a provider says by itself when it has new credentials."""
    return callable(getattr(provider, "on_next", None))


class Rotation:
    """Calls a function each time that a provider has new credentials.

    Args:
        provider: Has ``on_next(callback)``, as redis-py's ``StreamingCredentialProvider``; it
            may call the callback in any thread.
        renew: Logs in anew. What it raises is logged; the next credentials may do better.
    """

    def __init__(self, provider: Any, renew: Callable[[], Awaitable[None]]) -> None:
        self._provider = provider
        self._renew = renew
        self._manager: AbstractAsyncContextManager[trio.Nursery] | None = None
        self._nursery: trio.Nursery | None = None
        self._news = trio.Event()

    def is_on(self) -> bool:
        """Tell whether it watches."""
        return self._manager is not None

    async def start(self) -> None:
        """Begin to watch; the task that called this calls ``stop``.

        Raises:
            RuntimeError: It watches already.
        """
        if self._manager is not None:
            raise RuntimeError("with such a credential provider a client is entered only once")
        self._news = trio.Event()
        self._provider.on_next(partial(_tell, current_trio_token(), self._take_note))
        self._manager = trio.open_nursery()
        self._nursery = await self._manager.__aenter__()
        self._nursery.start_soon(self._watch)

    async def stop(self) -> None:
        """End it. Twice is once."""
        manager, self._manager = self._manager, None
        if manager is not None and self._nursery is not None:
            # The task ends at once. Who is cancelled must not leave it behind.
            self._nursery.cancel_scope.shield = True
            self._nursery.cancel_scope.cancel()
            await manager.__aexit__(None, None, None)

    def _take_note(self) -> None:
        self._news.set()

    @enable_ki_protection
    async def _watch(self) -> None:
        while True:
            await self._news.wait()
            # What comes while the renewal asks the provider is news again.
            self._news = trio.Event()
            try:
                await self._renew()
            except Exception as error:  # noqa: BLE001 - a provider may be anybody's code
                logger.warning("could not log in with new credentials: %s", error)


def _tell(token: TrioToken, take_note: Callable[[], None], _credentials: object) -> None:
    # There is no way to take a callback back, so that it may outlive the run.
    with suppress(trio.RunFinishedError):
        token.run_sync_soon(take_note, idempotent=True)
