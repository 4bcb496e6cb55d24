"""Who sees to it that a server which owes replies is not silent for ever.

One task in each Trio run, for all connections on which somebody sleeps. It sleeps itself until the
first of them can have been silent for too long, and ends when it finds none. A cancel scope
around each wait would do the same, and costs a lone call to a server far away a fifth of its
processor time.
"""

from __future__ import annotations

import math
from contextlib import suppress
from time import monotonic
from typing import Protocol

import trio
from trio.lowlevel import RunVar, spawn_system_task

__all__ = ["SilenceWatch", "silence_watch"]


class Watched(Protocol):
    """A connection, as far as its silence goes."""

    def check_silence(self, now: float) -> float:
        """Have it given up if it has been silent for too long; return when to check again."""
        ...

    def bear_silence(self) -> None:
        """Never check again: nobody can tell how long it has been silent."""
        ...


class SilenceWatch:
    """The task, and the connections that it watches. All times are of the computer's clock."""

    def __init__(self) -> None:
        self._watched: set[Watched] = set()
        self._wakes_at = math.inf  # inf: there is no task
        self._sleep = trio.CancelScope()

    def begin(self, connection: Watched, due: float) -> None:
        """Check a connection at ``due``, by ``monotonic()``, unless ``end`` comes before."""
        self._watched.add(connection)
        if due >= self._wakes_at:
            return
        if self._wakes_at < math.inf:
            self._sleep.deadline = trio.current_time() + due - monotonic()
        else:
            with suppress(RuntimeError):  # the run is at its very end
                spawn_system_task(self._watch)
        self._wakes_at = due

    def end(self, connection: Watched) -> None:
        """Check it no more."""
        self._watched.discard(connection)

    async def _watch(self) -> None:
        while self._wakes_at < math.inf:
            began = monotonic()
            with trio.CancelScope() as self._sleep:
                self._sleep.deadline = trio.current_time() + self._wakes_at - began
                await trio.sleep_forever()
            now = monotonic()
            # A mock clock that jumped: nobody has really waited. It would jump again and again.
            jumped = now - began < (self._wakes_at - began) / 2
            self._wakes_at = math.inf
            for connection in [*self._watched]:
                if jumped:
                    connection.bear_silence()
                else:
                    self._wakes_at = min(self._wakes_at, connection.check_silence(now))


_OF_RUN: RunVar[SilenceWatch] = RunVar("redtrio.silence_watch")


def silence_watch() -> SilenceWatch:
    """Give the one of this run."""
    try:
        return _OF_RUN.get()
    except LookupError:
        watch = SilenceWatch()
        _OF_RUN.set(watch)
        return watch
