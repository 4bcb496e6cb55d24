"""How a client is asked and timed; the peers' scripts differ in nothing else.

A script opens its client and gives ``main`` that client's operations: its own fastest way to do
what the workloads of ``_workloads.py`` need. It prints one line of JSON: the calls made, the
seconds and the processor time that they took, and versions; or which operation is missing.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.metadata
import json
import platform
import ssl
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from _workloads import WORKLOADS, Job, Operations, Workload

# Each peer's environment has the loops that the peer runs on.
try:
    import trio
except ModuleNotFoundError:
    trio = None  # type: ignore[assignment]
try:
    import uvloop
except ModuleNotFoundError:
    uvloop = None

WARM_UP_SECONDS = 0.3  # every task calls at least once in it, so that all connections are open


@dataclass(frozen=True)
class Target:
    """Where the server is and what is known of the load, for whoever opens a client.

    Attributes:
        host: The server's address.
        port: The server's port.
        tasks: How many tasks will call at the same time: for the size of pools.
        ca_file: The certificate to trust; the server speaks TLS then. None: it does not.
        poll_window: In microseconds, for redtrio; None is its default.
    """

    host: str
    port: int
    tasks: int
    ca_file: str | None
    poll_window: int | None

    def ca_bytes(self) -> bytes:
        return b"" if self.ca_file is None else Path(self.ca_file).read_bytes()

    def ssl_context(self) -> ssl.SSLContext | None:
        return None if self.ca_file is None else ssl.create_default_context(cafile=self.ca_file)


Open = Callable[[Target], AbstractAsyncContextManager[Operations]]
"""Opens a client, as an async context manager."""

Gather = Callable[[list[Callable[[], Awaitable[int]]]], Awaitable[list[int]]]


async def _timed(
    workload: Workload,
    seconds: float,
    target: Target,
    open_client: Open,
    gather: Gather,
    sleep: Callable[[float], Awaitable[None]],
) -> dict[str, Any]:
    async with open_client(target) as operations:
        chosen = workload.choose(operations)
        if chosen is None:
            return {"missing": workload.needs}

        async def run(seconds: float) -> int:
            deadline = time.perf_counter() + seconds
            jobs = (Job(n, target.tasks, deadline, sleep) for n in range(target.tasks))
            return sum(await gather([partial(workload.run, chosen, job) for job in jobs]))

        await run(WARM_UP_SECONDS)
        cpu, started = time.process_time(), time.perf_counter()
        calls = await run(seconds)
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
    options = _options()
    target = Target(options.host, options.port, options.tasks, options.ca_file, options.poll_window)
    timed = partial(_timed, WORKLOADS[options.workload], options.seconds, target, open_client)
    if options.loop == "trio":
        result = trio.run(timed, _gather_trio, trio.sleep)
    elif options.loop == "uvloop":
        result = uvloop.run(timed(_gather_asyncio, asyncio.sleep))
    else:
        result = asyncio.run(timed(_gather_asyncio, asyncio.sleep))
    loop = [] if options.loop == "asyncio" else [options.loop]
    result["versions"] = {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        **{name: _version(name) for name in [*packages, *loop]},
        **(extra or {}),
    }
    json.dump(result, sys.stdout)
    print()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("tasks", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--workload", choices=WORKLOADS, default="get-set")
    parser.add_argument("--loop", choices=["trio", "asyncio", "uvloop"], default="trio")
    parser.add_argument("--ca-file", help="the server speaks TLS, with a certificate of this CA")
    parser.add_argument("--poll-window", type=int, help="of redtrio, in microseconds")
    return parser.parse_args()


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed, run from its source"
