"""What every peer is asked to do, and how it is timed; the peers' scripts differ in nothing else.

A script opens its client and hands ``measure`` two things: the workload's operations by name,
and the means of its event loop. It prints one line of JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.metadata
import json
import platform
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

# Each peer's environment has the loops that the peer runs on.
try:
    import trio
except ModuleNotFoundError:
    trio = None
try:
    import uvloop
except ModuleNotFoundError:
    uvloop = None

VALUE = b"x" * 100
WARM_UP_SECONDS = 0.3

Operations = dict[str, Callable[..., Awaitable[Any]]]
"""A client's ways to do what workloads need: ``get(key)``, ``set(key, value)``."""


async def get_set(operations: Operations, number: int, deadline: float) -> int:
    """GET 80 %, SET 20 % of 100 bytes, one call at a time; gives how many calls it made."""
    get, set_ = operations["get"], operations["set"]
    key = b"bench:%d" % number
    await set_(key, VALUE)
    if await get(key) not in (VALUE, VALUE.decode()):
        raise RuntimeError("the client gives back another value than it was given")
    calls = 2
    while time.perf_counter() < deadline:
        await set_(key, VALUE)
        for _ in range(4):
            await get(key)
        calls += 5
    return calls


# Called as ``workload(operations, number of the task, deadline)``.
WORKLOADS = {"get-set": get_set}

Open = Callable[[str, int, int], AbstractAsyncContextManager[Operations]]
"""Opens a client: ``open(host, port, tasks)``, as an async context manager."""


Gather = Callable[[list[Callable[[], Awaitable[int]]]], Awaitable[list[int]]]


async def _timed(options: argparse.Namespace, open_client: Open, gather: Gather) -> dict[str, Any]:
    workload = WORKLOADS[options.workload]
    async with open_client(options.host, options.port, options.tasks) as operations:

        async def run(seconds: float) -> int:
            deadline = time.perf_counter() + seconds
            jobs = [partial(workload, operations, n, deadline) for n in range(options.tasks)]
            return sum(await gather(jobs))

        await run(WARM_UP_SECONDS)
        cpu, started = time.process_time(), time.perf_counter()
        calls = await run(options.seconds)
        elapsed, cpu = time.perf_counter() - started, time.process_time() - cpu
    return {"calls": calls, "seconds": elapsed, "cpu_seconds": cpu}


async def _gather_trio(jobs: list[Callable[[], Awaitable[int]]]) -> list[int]:
    results: list[int] = []

    async def one(job: Callable[[], Awaitable[int]]) -> None:
        results.append(await job())

    async with trio.open_nursery() as nursery:
        for job in jobs:
            nursery.start_soon(one, job)
    return results


async def _gather_asyncio(jobs: list[Callable[[], Awaitable[int]]]) -> list[int]:
    return await asyncio.gather(*(job() for job in jobs))


def main(open_client: Open, packages: list[str], *, extra: dict[str, str] | None = None) -> None:
    """Run the script: read the arguments, measure, print JSON.

    Args:
        open_client: Opens the client under measurement.
        packages: Distributions whose versions belong to the result.
        extra: What else is worth knowing about the client.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("tasks", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--workload", choices=WORKLOADS, default="get-set")
    parser.add_argument("--loop", choices=["trio", "asyncio", "uvloop"], default="trio")
    options = parser.parse_args()
    if options.loop == "trio":
        result = trio.run(_timed, options, open_client, _gather_trio)
    elif options.loop == "uvloop":
        result = uvloop.run(_timed(options, open_client, _gather_asyncio))
    else:
        result = asyncio.run(_timed(options, open_client, _gather_asyncio))
    loop = [] if options.loop == "asyncio" else [options.loop]
    result["versions"] = {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        **{name: _version(name) for name in [*packages, *loop]},
        **(extra or {}),
    }
    json.dump(result, sys.stdout)
    print()


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed, run from its source"
