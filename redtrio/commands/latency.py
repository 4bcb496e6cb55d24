"""The commands on what took the server long."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, TypedDict

from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._replies import plain_words
from redtrio.types import Argument

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["CommandLatency", "LatencyCommands"]

_LATENCY_DOCTOR = Spec(name="LATENCY DOCTOR")
_LATENCY_GRAPH = Spec(name="LATENCY GRAPH")
_LATENCY_HISTOGRAM = Spec(name="LATENCY HISTOGRAM")
_LATENCY_HISTORY = Spec(name="LATENCY HISTORY")
_LATENCY_LATEST = Spec(name="LATENCY LATEST")
_LATENCY_RESET = Spec(name="LATENCY RESET")


class CommandLatency(TypedDict):
    """How long the calls of a command took.

    Attributes:
        calls: How many there were.
        histogram_usec: Microseconds, a power of two, to how many calls took at most so long.
    """

    calls: int
    histogram_usec: dict[int, int]


class LatencyCommands(CommandGroup[S]):
    """The commands on what took the server long.

    It takes note of events ("command", "fork", "expire-cycle") that took as many milliseconds
    as its option ``latency-monitor-threshold`` says, or more; 0, the default, is off. The
    histograms are apart from that, under its option ``latency-tracking``.
    """

    __slots__ = ()

    def latency_doctor(self) -> Awaitable[S]:
        """Get the server's own opinion on its latency, a text for humans.

        Source: LATENCY DOCTOR. Since 2.8.13.
        """
        return self._execute(Command(_LATENCY_DOCTOR, (b"LATENCY", b"DOCTOR")))

    def latency_graph(self, event: Argument) -> Awaitable[S]:
        """Get a drawing of an event's history, a text for humans.

        Args:
            event: The event.

        Raises:
            ResponseError: There was no such event.

        Source: LATENCY GRAPH. Since 2.8.13.
        """
        return self._execute(Command(_LATENCY_GRAPH, (b"LATENCY", b"GRAPH", event)))

    def latency_histogram(self, *args: Argument) -> Awaitable[dict[str, CommandLatency]]:
        """Tell how long the calls of commands took.

        Args:
            args: Names of commands, a container ("client") for all its subcommands; none: all
                commands.

        Returns:
            Name, in small letters ("client|id"), to ``CommandLatency``, all strings as str.
            Commands that were not called, or that do not exist, are left out.

        Source: LATENCY HISTOGRAM. Since 7.0.
        """
        words = (b"LATENCY", b"HISTOGRAM", *args)
        return self._execute(Command(_LATENCY_HISTOGRAM, words, plain_words))

    def latency_history(self, event: Argument) -> Awaitable[list[tuple[int, int]]]:
        """Get the history of an event.

        Args:
            event: The event.

        Returns:
            Tuples of Unix time in seconds and milliseconds that it took, the latest one last,
            160 at most; empty if there was no such event.

        Source: LATENCY HISTORY. Since 2.8.13.
        """
        words = (b"LATENCY", b"HISTORY", event)
        return self._execute(Command(_LATENCY_HISTORY, words, _tuples))

    def latency_latest(self) -> Awaitable[list[tuple[S, int, int, int, Unpack[tuple[int, ...]]]]]:
        """Get the latest of each event.

        Returns:
            One tuple for each: the event; Unix time in seconds; milliseconds that it took;
            the most that it ever took. From Valkey 8.1 on also the milliseconds and the
            number of all of them.

        Source: LATENCY LATEST. Since 2.8.13.
        """
        return self._execute(Command(_LATENCY_LATEST, (b"LATENCY", b"LATEST"), _tuples))

    def latency_reset(self, *events: Argument) -> Awaitable[int]:
        """Forget the history of events.

        Args:
            events: The events; none: all of them.

        Returns:
            How many of them there were.

        Source: LATENCY RESET. Since 2.8.13.
        """
        return self._execute(Command(_LATENCY_RESET, (b"LATENCY", b"RESET", *events)))


def _tuples(reply: list[list[Any]]) -> list[Any]:
    return [tuple(entry) for entry in reply]
