"""``redtrio bench``: SET and GET through ``Redis`` or ``RedisClient``, and how long each took.

The load runs in slices of a quarter of a second. Counting and drawing happen between slices,
when no call is in flight and the clock stands still, so that neither is part of a figure.
"""

from __future__ import annotations

import math
import secrets
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, cycle, islice, repeat
from typing import TypeAlias
from urllib.parse import urlsplit

import trio

from redtrio._cli_server import Address, CannotRun, link_trouble, open_client
from redtrio.client import Redis
from redtrio.exceptions import RedisError, ResponseError
from redtrio.lowlevel.client import RedisClient

__all__ = ["Latencies", "Load", "Measured", "Subject", "measure"]

_SLICE_SECONDS = 0.25
_GETS_PER_SET = 4
_CLEANUP_SECONDS = 2

Command = tuple[bytes, ...]
Client: TypeAlias = "Redis[bytes] | RedisClient"


@dataclass(frozen=True)
class Subject:
    """Which client is measured, and where its server is.

    Attributes:
        address: Where the server is, unless there is a URL.
        url: What ``Redis.from_url`` is given; None: the address counts.
        lowlevel: Whether it is ``RedisClient``, which takes no URL, and not ``Redis``.
    """

    address: Address
    url: str | None = None
    lowlevel: bool = False

    def __str__(self) -> str:
        server = str(self.address)
        if self.url is not None:
            parts = urlsplit(self.url)
            place = parts.netloc.rpartition("@")[2]  # what stands before it is secret
            server = parts._replace(netloc=place, query="", fragment="").geturl()
        return f"{'RedisClient' if self.lowlevel else 'Redis'} at {server}"


@dataclass(frozen=True)
class Load:
    """What the server is asked to do.

    Attributes:
        clients: Tasks that call at the same time. With ``RedisClient`` each has a connection
            of its own, with ``Redis`` all share one.
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
    subject: Subject, load: Load, show_progress: Callable[[Measured], None]
) -> Measured:
    """Put the load on the server and time the calls.

    The keys begin with ``redtrio:bench:`` and a random word, and are deleted at the end, also
    when the run is cancelled.

    Args:
        subject: The client, and where the server is.
        load: What to ask of it.
        show_progress: Called between slices, with what was found so far.

    Returns:
        All that was found.

    Raises:
        CannotRun: The URL is wrong, the server cannot be reached, or the connection was lost.
        ResponseError: The server refused a command.
    """
    prefix = f"redtrio:bench:{secrets.token_hex(4)}:"
    keys = [f"{prefix}{number}".encode() for number in range(load.clients)]
    try:
        async with _open(subject, load.clients) as client:
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
            finally:
                await _delete(client, keys)
    except ResponseError:
        raise
    except RedisError as error:
        raise link_trouble(error) from error
    return measured


@asynccontextmanager
async def _open(subject: Subject, connections: int) -> AsyncGenerator[Client]:
    if subject.lowlevel:
        async with open_client(subject.address, connections) as lowlevel:
            yield lowlevel
        return
    try:
        if subject.url is None:
            client: Redis[bytes] = Redis(subject.address.host, subject.address.port)
        else:
            client = Redis.from_url(subject.url, decode_responses=False)
    except (TypeError, ValueError) as error:
        raise CannotRun(str(error)) from error
    async with client:
        yield client


async def _fill(client: Client, keys: list[bytes], size: int) -> None:
    """Set every key, and see that a value comes back as it went."""
    value = b"x" * size
    for reply in await client.call_many([(b"SET", key, value) for key in keys]):
        if isinstance(reply, Exception):
            raise reply
    if await client.call(b"GET", keys[0]) != value:
        raise CannotRun("the server gives back another value than it was given")


async def _server_name(client: Client) -> str:
    answer = await client.call(b"INFO", b"server")
    lines = answer.decode().splitlines() if isinstance(answer, bytes) else []
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    if "valkey_version" in fields:
        return f"Valkey {fields['valkey_version']}"
    return f"Redis {fields.get('redis_version', 'of unknown version')}"


async def _delete(client: Client, keys: list[bytes]) -> None:
    with trio.move_on_after(_CLEANUP_SECONDS, shield=True):
        with suppress(RedisError):  # the server is gone, and with it the way to the keys
            await client.call_many([(b"DEL", key) for key in keys])


class _Run:
    """The tasks of a load, slice after slice over the same connections."""

    def __init__(self, client: Client, keys: list[bytes], load: Load) -> None:
        self._client = client
        self._failures: list[Exception] = []
        value = b"x" * load.size
        if load.pipeline == 1:
            self._tasks = [partial(self._call, _calls(client, key, value)) for key in keys]
        else:
            rounds: list[list[Command]] = [
                [(b"SET", key, value), *repeat((b"GET", key), _GETS_PER_SET)] for key in keys
            ]
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

    async def _call(
        self,
        calls: list[Callable[[], Awaitable[object]]],
        deadline: float,
        latencies: list[float],
    ) -> None:
        started = time.perf_counter()
        try:
            for call in cycle(calls):
                await call()
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


def _calls(client: Client, key: bytes, value: bytes) -> list[Callable[[], Awaitable[object]]]:
    """Give one SET and its GETs, as the client's users would call them."""
    if isinstance(client, RedisClient):
        set_, get = partial(client.call, b"SET", key, value), partial(client.call, b"GET", key)
        return [set_, *repeat(get, _GETS_PER_SET)]
    return [partial(client.set, key, value), *repeat(partial(client.get, key), _GETS_PER_SET)]


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
