"""The commands on what took the server long, against real servers."""

from __future__ import annotations

import time
from typing import Any

import pytest
from command_client import Text, check
from servers import Server

from redtrio import Redis
from redtrio.exceptions import ResponseError


@pytest.fixture
async def slow(r: Redis[Any], server: Server) -> None:
    """Let the server take note of one event, of ten milliseconds or a few more."""
    await r.config_set("latency-monitor-threshold", 5)
    await r.latency_reset()
    await r.call("DEBUG", "SLEEP", "0.01")


async def test_latency_latest_and_history(r: Redis[Any], t: Text, slow: None) -> None:
    (entry,) = [entry for entry in await r.latency_latest() if entry[0] == t("command")]
    assert type(entry) is tuple
    event, when, latest, worst, *sums = entry
    check(event, t("command"))
    assert abs(when - time.time()) < 60
    assert 10 <= latest <= worst
    assert all(isinstance(number, int) for number in sums)
    check(await r.latency_history("command"), [(when, latest)])
    check(await r.latency_history("nothing"), [])


async def test_latency_reset_counts_events(r: Redis[Any], slow: None) -> None:
    check(await r.latency_reset("nothing"), 0)
    check(await r.latency_reset("command", "nothing"), 1)
    assert await r.latency_history("command") == []
    check(await r.latency_reset(), 0)


async def test_latency_doctor_and_graph_are_for_humans(r: Redis[Any], t: Text, slow: None) -> None:
    assert t("command") in await r.latency_doctor()
    assert t("all time high") in await r.latency_graph("command")
    with pytest.raises(ResponseError, match="No samples available"):
        await r.latency_graph("nothing")


async def test_latency_histogram_counts_calls(r: Redis[Any], server: Server) -> None:
    await r.set("k", "v")
    await r.client_id()
    found = await r.latency_histogram("SET", "client", "get", "nonsense")
    assert {"set", "client|id"} <= found.keys()
    assert not {"get", "nonsense", "client"} & found.keys()
    check(found["set"]["calls"], 1)
    assert list(found["set"]) == ["calls", "histogram_usec"]
    ((took, calls),) = found["set"]["histogram_usec"].items()
    assert (type(took), calls) == (int, 1)
    assert "set" in await r.latency_histogram()
