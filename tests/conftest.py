"""Fixtures for every test: real servers, and the check that nothing is left over."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import hypothesis
import pytest
import trio
from command_client import decodes, known, offline, r, t
from hypothesis.database import DirectoryBasedExampleDatabase
from module_server import running_stack, stack
from servers import KINDS, Server, ServerMissing, open_server, server_version

import redtrio
from redtrio.lowlevel import protocol

# Fixtures that live beside what they give.
__all__ = ["decodes", "known", "offline", "r", "running_stack", "stack", "t"]

# Where a script runs the tests in the background, Ctrl-C is ignored, in children as well.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

PACKAGE_PARENT = os.path.dirname(os.path.dirname(os.path.abspath(redtrio.__file__)))

# Found examples are kept beside the tests, wherever the working directory is later.
EXAMPLES = DirectoryBasedExampleDatabase(os.path.abspath(".hypothesis"))

# No deadline: how long one example takes says more about the machine than about the code.
hypothesis.settings.register_profile("default", deadline=None, database=EXAMPLES)
# The same examples in every run, so that a red CI is never a matter of luck.
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
# For a machine left alone over night: HYPOTHESIS_PROFILE=thorough.
hypothesis.settings.register_profile(
    "thorough", deadline=None, max_examples=10_000, database=EXAMPLES
)
hypothesis.settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "default")
)


def pytest_report_header() -> list[str]:
    """Say what is tested, against what."""
    lines = [
        f"redtrio: in {PACKAGE_PARENT}",
        f"protocol: {protocol.IMPLEMENTATION} ({protocol.IMPLEMENTATION_REASON})",
        f"trio: {trio.__version__}",
    ]
    for kind in KINDS:
        try:
            lines.append(f"server {kind}: {server_version(kind)}")
        except ServerMissing as missing:
            lines.append(f"server {missing}; its tests are skipped")
    return lines


@pytest.fixture(scope="session", autouse=True)
def children_import_the_same_package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the source tree out of the interpreters that tests start.

    ``python -c`` and ``python -m`` look into the working directory first, and there lies the
    package without its extension. What is tested is what was imported here.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("cwd"))
        patch.setenv("PYTHONPATH", PACKAGE_PARENT)
        yield


class RunningServers:
    """The servers that tests share, each started when first asked for."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._servers: dict[str, Server] = {}

    def get(self, kind: str) -> Server:
        """Return the running server of ``kind`` as good as new, or skip the test."""
        if kind not in self._servers:
            try:
                self._servers[kind] = self._stack.enter_context(open_server(kind))
            except ServerMissing as missing:
                pytest.skip(str(missing))
        server = self._servers[kind]
        server.reset()
        return server

    def pids(self) -> set[int]:
        """Return the process ids of the running servers."""
        return {server.pid for server in self._servers.values() if server.running}

    def descriptors(self) -> set[int]:
        """Return the file descriptors that they hold in this process."""
        return {fd for server in self._servers.values() for fd in server.descriptors}


@pytest.fixture(scope="session")
def running_servers() -> Iterator[RunningServers]:
    """Keep the shared servers until the last test is done."""
    with ExitStack() as stack:
        yield RunningServers(stack)


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest, running_servers: RunningServers) -> Server:
    """Give a clean server of each kind in turn."""
    return running_servers.get(request.param)


@pytest.fixture
def valkey(running_servers: RunningServers) -> Server:
    """Give a clean Valkey: for what is heavy, or does not depend on the server."""
    return running_servers.get("valkey")


@pytest.fixture
def refusing_port() -> Iterator[int]:
    """Give a port that refuses connections: something is bound to it, and does not listen."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture
def own_valkey() -> Iterator[Server]:
    """Give a Valkey of the test's own, to be stopped, killed, paused or configured at will."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(open_server("valkey"))
        except ServerMissing as missing:
            pytest.skip(str(missing))
        yield server


@pytest.fixture(autouse=True)
def nothing_left_over(running_servers: RunningServers) -> Iterator[None]:
    """Fail a test that leaves a connection, a pipe, an event loop or a process behind.

    Tasks need no check: each test is a ``trio.run`` of its own, which waits for all of them.
    """
    if not sys.platform.startswith("linux"):
        yield  # what a process holds is told by /proc alone
        return
    before, children = _descriptors(), _children()
    yield
    held = running_servers.descriptors()
    left = {
        fd: what for fd, what in _descriptors().items() if fd not in held and before.get(fd) != what
    }
    assert not left, f"file descriptors left open: {left}"
    processes = _children() - children - running_servers.pids()
    assert not processes, f"processes left running: {processes}"


def _descriptors() -> dict[int, str]:
    """Return the open sockets, pipes and epoll objects; files belong to pytest and its like."""
    found: dict[int, str] = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
        except FileNotFoundError:  # the one by which the directory was read
            continue
        if target.startswith(("socket:", "pipe:", "anon_inode:")):
            found[int(name)] = target
    return found


def _children() -> set[int]:
    found: set[int] = set()
    for thread in os.listdir("/proc/self/task"):
        with (
            suppress(FileNotFoundError, ProcessLookupError),  # a thread that has just ended
            open(f"/proc/self/task/{thread}/children", encoding="ascii") as children,
        ):
            found.update(map(int, children.read().split()))
    return found
