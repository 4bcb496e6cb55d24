"""The commands on hot keys: what they send, and what they make of replies.

No server that is used here knows them, so that the replies are as those of Redis 8.6.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from command_client import WordsOnly, check

from redtrio import Redis
from redtrio.commands.hotkeys import HotkeysMetricsTypes
from redtrio.exceptions import DataError

words: Any = WordsOnly()


def test_hotkeys_start_words() -> None:
    start = (b"HOTKEYS", b"START", b"METRICS")
    command = words.hotkeys_start([HotkeysMetricsTypes.CPU])
    assert command.words == (*start, 1, "CPU")
    assert command.parse(b"OK") is True
    command = words.hotkeys_start(
        [HotkeysMetricsTypes.CPU, "NET"], count=64, duration=5, sample_ratio=10, slots=[0, 5]
    )
    options = (b"COUNT", 64, b"DURATION", 5, b"SAMPLE", 10, b"SLOTS", 2, 0, 5)
    assert command.words == (*start, 2, "CPU", "NET", *options)
    command = words.hotkeys_start(["NET"], duration=timedelta(minutes=1))
    assert command.words == (*start, 1, "NET", b"DURATION", 60)


def test_hotkeys_start_refuses_what_is_out_of_range(offline: Redis[Any]) -> None:
    start: Any = offline.hotkeys_start
    with pytest.raises(DataError, match="metrics must hold at least one, got none"):
        start([])
    with pytest.raises(DataError, match="metrics must be of CPU, NET, got 'DISK'"):
        start(["DISK"])
    with pytest.raises(DataError, match="count must be > 0 keys, got 0"):
        start(["CPU"], count=0)
    with pytest.raises(DataError, match="duration must be > 0 seconds, got 0"):
        start(["CPU"], duration=0)
    with pytest.raises(DataError, match="sample_ratio must be > 0 commands, got 0"):
        start(["CPU"], sample_ratio=0)
    with pytest.raises(DataError, match="slots must hold at least one, got none"):
        start(["CPU"], slots=[])


def test_hotkeys_stop_and_reset() -> None:
    command = words.hotkeys_stop()
    assert command.words == (b"HOTKEYS", b"STOP")
    assert (command.parse(b"OK"), command.parse(None)) == (True, False)
    command = words.hotkeys_reset()
    assert command.words == (b"HOTKEYS", b"RESET")
    assert command.parse(b"OK") is True


def test_hotkeys_get() -> None:
    command = words.hotkeys_get()
    assert command.words == (b"HOTKEYS", b"GET")
    assert command.parse(None) == []
    found = command.parse(
        [
            {
                b"tracking-active": 1,
                b"sample-ratio": 1,
                b"selected-slots": [[0, 16383], [5]],
                b"by-cpu-time-us": [b"x", 104, b"y", 98],
                b"by-net-bytes": [],
            }
        ]
    )
    check(
        found,
        [
            {
                "tracking-active": 1,
                "sample-ratio": 1,
                "selected-slots": [(0, 16383), (5,)],
                "by-cpu-time-us": [(b"x", 104), (b"y", 98)],
                "by-net-bytes": [],
            }
        ],
    )
