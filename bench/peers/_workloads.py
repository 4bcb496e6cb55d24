"""What every client is asked to do.

A workload looks once at what the client gives back and then calls until its deadline. What it
finds on the server (a list, a hash, values) was put there by ``bench/_servers.py``.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sized
from dataclasses import dataclass
from typing import Any

VALUE = b"x" * 100
MEGABYTE = 1_000_000
ELEMENTS = 1000
MGET_KEYS = [b"bench:value:%d" % n for n in range(100)]
LIST, HASH, LARGE, WRITTEN = b"bench:list", b"bench:hash", b"bench:large", b"bench:written"
# How often each of so many tasks calls in "paced": what the server that is 1 ms away allows.
PERIODS = {1: 1 / 400, 50: 1 / 100}

Operation = Callable[..., Awaitable[Any]]

Operations = dict[str, Operation]
"""A client's fastest way to do each of these; one that it does not have is left out.

``get(key)``, ``set(key, value)``, ``lrange(key)`` of all elements, ``hgetall(key)``,
``mget(keys)``; ``pipeline(plan)`` in one write, and ``raw(plan)`` without a method for each
command: a plan is a list of ``(key, value)`` to SET, or to GET where the value is None.
"""


@dataclass(frozen=True)
class Job:
    """What one of the tasks is to do.

    Attributes:
        number: Which of the tasks it is.
        tasks: How many there are.
        deadline: When to stop, by ``time.perf_counter``.
        sleep: The event loop's way to wait for so many seconds.
    """

    number: int
    tasks: int
    deadline: float
    sleep: Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class Workload:
    """A workload and the operations that it calls.

    Attributes:
        run: Called as ``await run(operations, job)``; gives how many calls it made.
        needs: The operations, each by its name or by several, ``|`` between them, of which
            the first that the client has is taken.
    """

    run: Callable[[list[Operation], Job], Awaitable[int]]
    needs: tuple[str, ...]

    def choose(self, operations: Operations) -> list[Operation] | None:
        """Pick the operations that the workload needs; None if the client lacks one."""
        chosen = []
        for names in self.needs:
            name = next((name for name in names.split("|") if name in operations), None)
            if name is None:
                return None
            chosen.append(operations[name])
        return chosen


async def get_set(operations: list[Operation], job: Job) -> int:
    """GET 80 %, SET 20 % of 100 bytes, one call at a time."""
    get, set_ = operations
    key = b"bench:%d" % job.number
    await set_(key, VALUE)
    _expect(await get(key) in (VALUE, VALUE.decode()))
    calls = 2
    while time.perf_counter() < job.deadline:
        await set_(key, VALUE)
        for _ in range(4):
            await get(key)
        calls += 5
    return calls


async def paced(operations: list[Operation], job: Job) -> int:
    """GET at a given rate, however fast the client is."""
    (get,) = operations
    period = PERIODS[job.tasks]
    due = time.perf_counter() + period * job.number / job.tasks
    calls = 0
    while due < job.deadline:
        wait = due - time.perf_counter()
        if wait > 0:
            await job.sleep(wait)
        await get(MGET_KEYS[0])
        calls += 1
        due += period
    return calls


def pipelined(length: int) -> Callable[[list[Operation], Job], Awaitable[int]]:
    """Make a workload of pipelines: GET 80 %, SET 20 %; each command counts as a call."""

    async def run(operations: list[Operation], job: Job) -> int:
        (execute,) = operations
        keys = [b"bench:%d" % n for n in range(length)]
        await execute([(key, VALUE) for key in keys])
        plan = [(key, None if n % 5 else VALUE) for n, key in enumerate(keys)]
        replies = await execute(plan)
        # Each GET has a reply, the last one too; redio has none for a SET that went well.
        gets = sum(value is None for _, value in plan)
        _expect(len(replies) >= gets and replies[-1] in (VALUE, VALUE.decode()))
        calls = 2 * length
        while time.perf_counter() < job.deadline:
            await execute(plan)
            calls += length
        return calls

    return run


def repeated(size: int | None, *arguments: object) -> Callable[..., Awaitable[int]]:
    """Make a workload of the same call again and again; its reply has this size, None for any."""

    async def run(operations: list[Operation], job: Job) -> int:
        (call,) = operations
        reply = await call(*arguments)
        _expect(size is None or (isinstance(reply, Sized) and len(reply) == size))
        calls = 1
        while time.perf_counter() < job.deadline:
            await call(*arguments)
            calls += 1
        return calls

    return run


def _expect(fine: bool) -> None:
    if not fine:
        raise RuntimeError("the client gives back another value than it was given")


WORKLOADS = {
    "get-set": Workload(get_set, ("get", "set")),
    "paced": Workload(paced, ("get",)),
    "pipeline-100": Workload(pipelined(100), ("pipeline",)),
    "pipeline-1000": Workload(pipelined(1000), ("pipeline",)),
    "raw-100": Workload(pipelined(100), ("raw|pipeline",)),
    "raw-1000": Workload(pipelined(1000), ("raw|pipeline",)),
    "lrange": Workload(repeated(ELEMENTS, LIST), ("lrange",)),
    "hgetall": Workload(repeated(ELEMENTS, HASH), ("hgetall",)),
    "mget": Workload(repeated(len(MGET_KEYS), MGET_KEYS), ("mget",)),
    "get-1mb": Workload(repeated(MEGABYTE, LARGE), ("get",)),
    "set-1mb": Workload(repeated(None, WRITTEN, b"x" * MEGABYTE), ("set",)),
}
