"""``redtrio bench``: SET and GET through ``RedisClient``, and how long each call took.

The load runs in slices of a quarter of a second. Counting and drawing happen between slices,
when no call is in flight and the clock stands still, so that neither is part of a figure.
"""

from __future__ import annotations

import math
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, cycle, islice, repeat

import trio

from redtrio._cli_server import Address, CannotRun, link_trouble, open_client
from redtrio.exceptions import RedisError, ResponseError
from redtrio.lowlevel.client import RedisClient

__all__ = ["Latencies", "Load", "Measured", "measure"]

_SLICE_SECONDS = 0.25
_GETS_PER_SET = 4
_CLEANUP_SECONDS = 2

Command = tuple[bytes, ...]


@dataclass(frozen=True)
class Load:
    """What the server is asked to do.

    Attributes:
        clients: Tasks that call at the same time, each over a connection of its own.
        seconds: How long calls are in flight, warming up left out.
        pipeline: Commands that a task sends at once.
        size: Bytes in a value.
    """

    clients: int
    seconds: float
    pipeline: int
    size: int


class Latencies:
    """How often each latency was seen, to a quarter of a percent.

    Its size depends on how far apart the latencies are, not on how many there were.

    Attributes:
        count: How many latencies were added.
        worst: The longest in seconds, exactly.
    """

    _STEPS = 200  # classes per factor e: each is 0.5 % wide

    def __init__(self) -> None:
        self.count = 0
        self.worst = 0.0
        self._classes: Counter[int] = Counter()

    def add(self, latencies: list[float]) -> None:
        """Add latencies, in seconds, each more than 0."""
        if latencies:
            self.count += len(latencies)
            self.worst = max(self.worst, *latencies)
            self._classes.update(math.floor(math.log(x) * self._STEPS) for x in latencies)

    def merged(self, other: Latencies) -> Latencies:
        """Give the latencies of both together."""
        both = Latencies()
        both.count = self.count + other.count
        both.worst = max(self.worst, other.worst)
        both._classes = self._classes + other._classes
        return both

    def percentile(self, percent: float) -> float:
        """Give the latency in seconds that ``percent`` % of the calls did not exceed."""
        wanted = math.ceil(self.count * percent / 100)
        for latency, count in self.ascending():
            wanted -= count
            if wanted <= 0:
                return min(latency, self.worst)
        return self.worst

    def ascending(self) -> Iterable[tuple[float, int]]:
        """Give each latency that was seen, in seconds, and how often, shortest first."""
        for number, count in sorted(self._classes.items()):
            yield math.exp((number + 0.5) / self._STEPS), count


@dataclass
class Measured:
    """What a run found.

    Attributes:
        server: Name and version of the server.
        calls: Commands that were answered.
        seconds: How long calls were in flight.
        latencies: Of each kind of call: of ``SET`` and ``GET``, or of whole pipelines.
    """

    server: str
    calls: int = 0
    seconds: float = 0.0
    latencies: dict[str, Latencies] = field(default_factory=dict[str, Latencies])


async def measure(
    address: Address, load: Load, show_progress: Callable[[Measured], None]
) -> Measured:
    """Put the load on the server and time the calls.

    The keys begin with ``redtrio:bench:`` and a random word, and are deleted at the end, also
    when the run is cancelled.

    Args:
        address: Where the server is.
        load: What to ask of it.
        show_progress: Called between slices, with what was found so far.

    Returns:
        All that was found.

    Raises:
        CannotRun: The server cannot be reached, or the connection was lost.
        ResponseError: The server refused a command.
    """
    prefix = f"redtrio:bench:{secrets.token_hex(4)}:"
    keys = [f"{prefix}{number}".encode() for number in range(load.clients)]
    async with open_client(address, connections=load.clients) as client:
        try:
            await _fill(client, keys, load.size)
            measured = Measured(await _server_name(client))
            run = _Run(client, keys, load)
            await run.slice(min(_SLICE_SECONDS, load.seconds))  # warms up; dials
            while measured.seconds < load.seconds:
                taken, elapsed = await run.slice(
                    min(_SLICE_SECONDS, load.seconds - measured.seconds)
                )
                _count(measured, load, taken, elapsed)
                show_progress(measured)
        except ResponseError:
            raise
        except RedisError as error:
            raise link_trouble(error) from error
        finally:
            await _delete(client, keys)
    return measured


async def _fill(client: RedisClient, keys: list[bytes], size: int) -> None:
    """Set every key, and see that a value comes back as it went."""
    value = b"x" * size
    for reply in await client.call_many([(b"SET", key, value) for key in keys]):
        if isinstance(reply, Exception):
            raise reply
    if await client.call(b"GET", keys[0]) != value:
        raise CannotRun("the server gives back another value than it was given")


async def _server_name(client: RedisClient) -> str:
    answer = await client.call(b"INFO", b"server")
    lines = answer.decode().splitlines() if isinstance(answer, bytes) else []
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    if "valkey_version" in fields:
        return f"Valkey {fields['valkey_version']}"
    return f"Redis {fields.get('redis_version', 'of unknown version')}"


async def _delete(client: RedisClient, keys: list[bytes]) -> None:
    with trio.move_on_after(_CLEANUP_SECONDS, shield=True):
        with suppress(RedisError):  # the server is gone, and with it the way to the keys
            await client.call_many([(b"DEL", key) for key in keys])


class _Run:
    """The tasks of a load, slice after slice over the same connections."""

    def __init__(self, client: RedisClient, keys: list[bytes], load: Load) -> None:
        self._client = client
        self._failures: list[Exception] = []
        value = b"x" * load.size
        rounds: list[list[Command]] = [
            [(b"SET", key, value), *repeat((b"GET", key), _GETS_PER_SET)] for key in keys
        ]
        if load.pipeline == 1:
            self._tasks = [partial(self._call, commands) for commands in rounds]
        else:
            self._tasks = [
                partial(self._call_many, _batches(commands, load.pipeline)) for commands in rounds
            ]

    async def slice(self, seconds: float) -> tuple[list[list[float]], float]:
        """Run all tasks for so long; give the latencies of each and the time it took."""
        taken: list[list[float]] = [[] for _ in self._tasks]
        started = time.perf_counter()
        async with trio.open_nursery() as nursery:
            for task, latencies in zip(self._tasks, taken, strict=True):
                nursery.start_soon(task, started + seconds, latencies)
        elapsed = time.perf_counter() - started
        if self._failures:
            raise self._failures[0]
        return taken, elapsed

    async def _call(self, commands: list[Command], deadline: float, latencies: list[float]) -> None:
        call = self._client.call
        started = time.perf_counter()
        try:
            for command in cycle(commands):
                await call(*command)
                now = time.perf_counter()
                latencies.append(now - started)
                if now >= deadline:
                    return
                started = now
        except RedisError as error:  # kept, because the nursery would wrap it in a group
            self._failures.append(error)

    async def _call_many(
        self, batches: list[list[Command]], deadline: float, latencies: list[float]
    ) -> None:
        call_many = self._client.call_many
        replies: list[object] = []
        started = time.perf_counter()
        try:
            for batch in cycle(batches):
                replies = await call_many(batch)
                now = time.perf_counter()
                latencies.append(now - started)
                if now >= deadline:
                    break
                started = now
        except RedisError as error:
            self._failures.append(error)
            return
        # All batches are alike: a command that is refused is refused in the last one, too.
        self._failures += [reply for reply in replies if isinstance(reply, Exception)]


def _batches(commands: list[Command], size: int) -> list[list[Command]]:
    """Cut the endless repetition of the commands into batches, until it repeats itself."""
    endless = cycle(commands)
    return [list(islice(endless, size)) for _ in commands]


def _count(measured: Measured, load: Load, taken: list[list[float]], elapsed: float) -> None:
    measured.seconds += elapsed
    measured.calls += load.pipeline * sum(map(len, taken))
    period = 1 + _GETS_PER_SET
    kinds: dict[str, Iterable[float]]
    if load.pipeline > 1:
        kinds = {f"pipelines of {load.pipeline}": chain.from_iterable(taken)}
    else:
        kinds = {
            "SET": chain.from_iterable(one[::period] for one in taken),
            "GET": (x for one in taken for n, x in enumerate(one) if n % period),
        }
    for kind, latencies in kinds.items():
        measured.latencies.setdefault(kind, Latencies()).add(list(latencies))
