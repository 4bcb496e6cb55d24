"""What type checkers make of the commands in ``redtrio.commands.latency``. Never run."""

from __future__ import annotations

from typing_extensions import assert_type

from redtrio.commands.latency import CommandLatency, LatencyCommands


async def use_bytes(r: LatencyCommands[bytes]) -> None:
    assert_type(await r.latency_doctor(), bytes)
    assert_type(await r.latency_graph("command"), bytes)
    assert_type(await r.latency_histogram("get", b"set"), dict[str, CommandLatency])
    assert_type((await r.latency_histogram())["get"]["histogram_usec"], dict[int, int])
    assert_type(await r.latency_history("command"), list[tuple[int, int]])
    for event, when, latest, worst, *sums in await r.latency_latest():
        assert_type(event, bytes)
        assert_type((when, latest, worst), tuple[int, int, int])
        assert_type(sums, list[int])
    assert_type(await r.latency_reset(), int)
    assert_type(await r.latency_reset("command"), int)


async def use_str(r: LatencyCommands[str]) -> None:
    assert_type(await r.latency_doctor(), str)
    assert_type(await r.latency_graph("command"), str)
    assert_type(await r.latency_histogram("get", b"set"), dict[str, CommandLatency])
    assert_type((await r.latency_histogram())["get"]["histogram_usec"], dict[int, int])
    assert_type(await r.latency_history("command"), list[tuple[int, int]])
    for event, when, latest, worst, *sums in await r.latency_latest():
        assert_type(event, str)
        assert_type((when, latest, worst), tuple[int, int, int])
        assert_type(sums, list[int])
    assert_type(await r.latency_reset(), int)
    assert_type(await r.latency_reset("command"), int)


def misuse(r: LatencyCommands[str]) -> None:
    r.latency_graph()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
