"""The commands on the keys that take most of the server's time or traffic."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from enum import Enum
from typing import Any, Literal

from redtrio.commands._arguments import Duration, Words, at_least_one, seconds, whole
from redtrio.commands._base import Command, CommandGroup, S, Spec
from redtrio.commands._replies import as_pairs, is_ok, text
from redtrio.exceptions import DataError

__all__ = ["HotkeyCommands", "HotkeysMetricsTypes"]

_HOTKEYS_GET = Spec(name="HOTKEYS GET")
_HOTKEYS_RESET = Spec(name="HOTKEYS RESET")
_HOTKEYS_START = Spec(name="HOTKEYS START")
_HOTKEYS_STOP = Spec(name="HOTKEYS STOP")


class HotkeysMetricsTypes(Enum):
    """By what keys are ranked.

    Attributes:
        CPU: By the time that commands on them took.
        NET: By the bytes that commands on them received and sent.
    """

    CPU = "CPU"
    NET = "NET"


class HotkeyCommands(CommandGroup[S]):
    """The commands on the keys that are used most, a part of ``ServerCommands``.

    The server looks at commands from ``hotkeys_start`` on until ``hotkeys_stop``, and keeps
    the result until ``hotkeys_reset``. Since Redis 8.6; not in Valkey 9.1.
    """

    __slots__ = ()

    def hotkeys_get(self) -> Awaitable[list[dict[str, Any]]]:
        """Get what was found so far.

        Returns:
            One dict, or none where nothing was ever looked at, its keys str in either mode:
            "tracking-active" (1 or 0), "sample-ratio", "selected-slots" (tuples of one slot,
            or of the first and the last one), "collection-start-time-unix-ms",
            "collection-duration-ms" and sums over all commands, such as
            "all-commands-all-slots-us"; by time "by-cpu-time-us", by bytes "by-net-bytes": a
            list of tuples of a key and its number, the largest one first.

        Source: HOTKEYS GET. Since Redis 8.6.
        """
        return self._execute(Command(_HOTKEYS_GET, (b"HOTKEYS", b"GET"), _found))

    def hotkeys_reset(self) -> Awaitable[bool]:
        """Forget what was found.

        Returns:
            True.

        Raises:
            ResponseError: The server still looks at commands.

        Source: HOTKEYS RESET. Since Redis 8.6.
        """
        return self._execute(Command(_HOTKEYS_RESET, (b"HOTKEYS", b"RESET"), is_ok))

    def hotkeys_start(
        self,
        metrics: Iterable[HotkeysMetricsTypes | Literal["CPU", "NET"]],
        count: int | None = None,
        duration: Duration | None = None,
        sample_ratio: int | None = None,
        slots: Iterable[int] | None = None,
    ) -> Awaitable[bool]:
        """Begin to look at commands.

        Args:
            metrics: By what keys are ranked, at least one.
            count: How many keys are found by each, 1 to 64; None: 10.
            duration: Stop after so many seconds, int or timedelta, > 0; None: never.
            sample_ratio: Look at one of so many commands, > 0; None: at all.
            slots: Only at keys in these slots, in a cluster; None: in any.

        Returns:
            True.

        Raises:
            DataError: There are no metrics, or no such one; or another argument is out of its
                range.
            ResponseError: The server looks at commands already.

        Source: HOTKEYS START. Since Redis 8.6.
        """
        kinds: Words = at_least_one("metrics", tuple(_metric(metric) for metric in metrics))
        words: Words = (b"HOTKEYS", b"START", b"METRICS", len(kinds), *kinds)
        if count is not None:
            words += (b"COUNT", whole("count", count, "keys", 1))
        if duration is not None:
            words += (b"DURATION", seconds("duration", duration))
        if sample_ratio is not None:
            words += (b"SAMPLE", whole("sample_ratio", sample_ratio, "commands", 1))
        if slots is not None:
            numbers: Words = at_least_one("slots", tuple(slots))
            words += (b"SLOTS", len(numbers), *numbers)
        return self._execute(Command(_HOTKEYS_START, words, is_ok))

    def hotkeys_stop(self) -> Awaitable[bool]:
        """Stop looking at commands.

        Returns:
            Whether the server looked at them.

        Source: HOTKEYS STOP. Since Redis 8.6.
        """
        return self._execute(Command(_HOTKEYS_STOP, (b"HOTKEYS", b"STOP"), is_ok))


def _metric(metric: HotkeysMetricsTypes | str) -> str:
    try:
        return str(HotkeysMetricsTypes(metric).value)
    except ValueError:
        accepted = ", ".join(one.value for one in HotkeysMetricsTypes)
        raise DataError(f"metrics must be of {accepted}, got {metric!r}") from None


def _found(reply: list[dict[bytes, Any]] | None) -> list[dict[str, Any]]:
    return [
        {text(name): _READERS.get(name, _as_it_is)(value) for name, value in node.items()}
        for node in reply or ()
    ]


def _as_it_is(value: Any) -> Any:
    return value


def _ranges(value: list[list[int]]) -> list[tuple[int, ...]]:
    return [tuple(numbers) for numbers in value]


_READERS: dict[bytes, Any] = {
    b"by-cpu-time-us": as_pairs,
    b"by-net-bytes": as_pairs,
    b"selected-slots": _ranges,
}
