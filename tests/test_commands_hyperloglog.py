"""The commands on HyperLogLogs, on real servers, for clients of bytes and of str."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from command_client import WordsOnly, check

from redtrio import Redis
from redtrio.exceptions import DataError, WrongTypeError


async def test_pfadd_tells_whether_anything_changed(r: Redis[Any]) -> None:
    check(await r.pfadd("p", "a", b"b", 3), True)
    check(await r.pfadd("p", "a", "3"), False)
    check(await r.pfadd("p"), False)
    check(await r.pfadd("new"), True)


async def test_pfcount_counts_each_element_once(r: Redis[Any]) -> None:
    await r.pfadd("p", "a", "b")
    await r.pfadd("q", "b", "c")
    check(await r.pfcount("p"), 2)
    check(await r.pfcount("p", "q", "missing"), 3)
    check(await r.pfcount("missing"), 0)


async def test_pfmerge_adds_what_others_have_seen(r: Redis[Any]) -> None:
    await r.pfadd("p", "a", "b")
    await r.pfadd("q", "b", "c")
    check(await r.pfmerge("p", "q", "missing"), True)
    check(await r.pfcount("p"), 3)
    check(await r.pfmerge("new"), True)
    check(await r.exists("new"), 1)


async def test_another_string_is_an_error(r: Redis[Any]) -> None:
    await r.set("s", "v")
    calls: list[Callable[[], Awaitable[Any]]] = [
        lambda: r.pfadd("s", "a"),
        lambda: r.pfcount("s"),
        lambda: r.pfmerge("s", "p"),
    ]
    for call in calls:
        with pytest.raises(WrongTypeError):
            await call()


def test_pfcount_of_nothing_is_refused() -> None:
    with pytest.raises(DataError, match="sources must hold at least one, got none"):
        WordsOnly().pfcount()
