"""Measure RedisClient beside the other clients, one at a time, against one Valkey.

    python bench/peers.py [--rounds 5] [--seconds 2] [--tasks 1,10,50] [--peers a,b]

Every client has a virtual environment of its own, made on first use under ``--venvs``, and a
script of its own in ``bench/peers/``. Server and client are bound to a core each. The clients
take turns (A B C A B C ...), so that what else the machine does hits all of them alike, and
medians are compared. A client that cannot be installed or fails is listed with the reason.

GLIDE has threads of its own; they share the client's core, as everything of a client does.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from redtrio._cli_server import embedded_server  # the one that --embedded starts

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
OURS = "redtrio"


@dataclass
class Peer:
    """One client on one event loop.

    Attributes:
        name: As it is called on the command line and in the table.
        script: Its file in ``bench/peers/``.
        loop: The event loop that the script is told to use.
        environment: The name of its virtual environment; None is the one that runs this.
        requirements: What pip installs into that.
        failure: Why there is no result; empty if there is one.
    """

    name: str
    script: str
    loop: str
    environment: str | None = None
    requirements: tuple[str, ...] = ()
    failure: str = ""
    versions: dict[str, str] = field(default_factory=dict)


REDIS_PY = ("redis-py", ("redis[hiredis]==8.1.*", "uvloop"))
COREDIS = ("coredis", ("coredis==6.9.*", "trio", "uvloop"))
GLIDE = ("glide", ("valkey-glide==2.6.*", "trio", "anyio", "uvloop"))

PEERS = [
    Peer(OURS, "peer_redtrio.py", "trio"),
    Peer(
        "redtrio-0.6.3",
        "peer_redtrio_063.py",
        "trio",
        "redtrio-0.6.3",
        ("redtrio==0.6.3", "respy3", "trio"),
    ),
    # redio imports pkg_resources, which setuptools no longer has.
    Peer("redio", "peer_redio.py", "trio", "redio", ("redio==1.0.*", "trio", "setuptools<81")),
    Peer("redis-py", "peer_redis_py.py", "asyncio", *REDIS_PY),
    Peer("redis-py-uvloop", "peer_redis_py.py", "uvloop", *REDIS_PY),
    Peer("coredis", "peer_coredis.py", "trio", *COREDIS),
    Peer("coredis-asyncio", "peer_coredis.py", "asyncio", *COREDIS),
    Peer("coredis-uvloop", "peer_coredis.py", "uvloop", *COREDIS),
    Peer("glide", "peer_glide.py", "trio", *GLIDE),
    Peer("glide-uvloop", "peer_glide.py", "uvloop", *GLIDE),
]


@dataclass(frozen=True)
class Row:
    """One row of the table: a workload at a number of tasks."""

    workload: str
    tasks: int

    def __str__(self) -> str:
        return f"{self.workload}, {self.tasks} task{'s' if self.tasks > 1 else ''}"


@dataclass(frozen=True)
class Turn:
    """What one turn of one client gave."""

    calls_per_second: float
    cpu_microseconds: float  # of the client, for each call


Turns = dict[Row, dict[str, list[Turn]]]
"""The turns of each client, by row of the table and name of the client."""


def main() -> int:
    options = _options()
    for peer in options.peers:
        if peer.environment is not None:
            peer.failure = _install(options.venvs / peer.environment, peer.requirements)
        if peer.failure:
            print(f"{peer.name}: {peer.failure}", file=sys.stderr)
    with embedded_server() as address:
        turns = _measure(options, address.host, address.port)
        server = _server_version(address.host, address.port)
    lines = [*_header(options, server, address.cores), *_tables(turns)]
    failures = [f"- {peer.name}: {peer.failure}" for peer in options.peers if peer.failure]
    if failures:
        lines += ["", "No result:", "", *failures]
    text = "\n".join(lines) + "\n"
    print(text, end="")
    if options.output:
        options.output.write_text(text, encoding="utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="turns of each client (default: 5)")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each turn (default: 2)")
    parser.add_argument("--tasks", type=_numbers, default=[1, 10, 50], help="default: 1,10,50")
    parser.add_argument(
        "--peers",
        type=_peers,
        default=PEERS,
        help="of " + ",".join(peer.name for peer in PEERS) + " (default: all)",
    )
    parser.add_argument(
        "--venvs", type=Path, default=ROOT / ".bench-venvs", help="default: %(default)s"
    )
    parser.add_argument("--output", type=Path, help="a Markdown file to write the result to")
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(word) for word in text.split(",")]


def _peers(text: str) -> list[Peer]:
    by_name = {peer.name: peer for peer in PEERS}
    unknown = [name for name in text.split(",") if name not in by_name]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}")
    return [by_name[name] for name in text.split(",")]


def _install(folder: Path, requirements: Iterable[str]) -> str:
    """Make the environment unless it is there already; say why if that fails."""
    wanted = "\n".join(requirements)
    marker = folder / "installed.txt"  # written last: what is half done is done again
    if marker.exists() and marker.read_text() == wanted:
        return ""
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *requirements],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"cannot be installed: {_last_line(done.stderr or done.stdout)}"
    marker.write_text(wanted)
    return ""


def _last_line(text: str) -> str:
    errors = [line for line in text.splitlines() if line.startswith("ERROR")]
    return (errors or text.strip().splitlines() or ["no word of why"])[-1]


def _measure(options: argparse.Namespace, host: str, port: int) -> Turns:
    turns: Turns = {}
    for row in (Row("get-set", tasks) for tasks in options.tasks):
        turns[row] = {}
        for number in range(1, options.rounds + 1):
            print(f"{row}: round {number} of {options.rounds}", file=sys.stderr)
            for peer in options.peers:
                turn = None if peer.failure else _run(peer, options, row, host, port)
                if turn is not None:
                    turns[row].setdefault(peer.name, []).append(turn)
    return turns


def _run(peer: Peer, options: argparse.Namespace, row: Row, host: str, port: int) -> Turn | None:
    """Give one client its turn; note why if it fails."""
    environment = dict(os.environ)
    python = Path(sys.executable)
    if peer.environment is not None:
        python = options.venvs / peer.environment / "bin" / "python"
        environment.pop("PYTHONPATH", None)
    arguments = [host, port, row.tasks, options.seconds, "--workload", row.workload]
    try:
        done = subprocess.run(
            [python, HERE / "peers" / peer.script, *map(str, arguments), "--loop", peer.loop],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
            timeout=30 + 5 * options.seconds,
        )
        result: dict[str, Any] = json.loads(done.stdout)
    except subprocess.CalledProcessError as error:
        peer.failure = f"{row}: {_last_line(error.stderr)}"
    except subprocess.TimeoutExpired:
        peer.failure = f"{row}: hangs"
    else:
        peer.versions = result["versions"]
        return Turn(
            result["calls"] / result["seconds"], result["cpu_seconds"] / result["calls"] * 1e6
        )
    print(f"{peer.name}: {peer.failure}", file=sys.stderr)
    return None


def _server_version(host: str, port: int) -> str:
    command = [sys.executable, "-m", "redtrio", "call", "--host", host, "--port", str(port)]
    information = subprocess.run(
        [*command, "INFO", "server"], capture_output=True, text=True, check=True
    ).stdout
    fields = dict(line.split(":", 1) for line in information.splitlines() if ":" in line)
    return f"Valkey {fields['valkey_version']}"


def _header(options: argparse.Namespace, server: str, cores: str) -> list[str]:
    versions: dict[str, str] = {}
    for peer in options.peers:
        # The name "redtrio" stands for two versions: each is told with its client.
        own = {f"{peer.name}: {k}" if k == OURS else k: v for k, v in peer.versions.items()}
        versions.update(own)
    implementation = versions.pop("IMPLEMENTATION", "not measured")
    return [
        f"- redtrio's IMPLEMENTATION: {implementation}",
        f"- {platform.platform()}, {os.cpu_count()} cores; {cores}",
        f"- server: {server}",
        *(f"- {name} {version}" for name, version in versions.items()),
        f"- medians of {options.rounds} rounds of {options.seconds:g} s, clients taking turns",
        f"- `{' '.join(['python', 'bench/peers.py', *sys.argv[1:]])}`",
    ]


def _tables(turns: Turns) -> list[str]:
    """Give a table for each workload and number of tasks, the fastest client first."""
    lines: list[str] = []
    for row, by_name in turns.items():
        medians = {
            name: median(turn.calls_per_second for turn in one) for name, one in by_name.items()
        }
        lines += [
            "",
            f"### {row}",
            "",
            "| client | calls/s | lowest to highest | CPU us a call | redtrio : client |",
            "| --- | ---: | ---: | ---: | ---: |",
        ]
        for name in sorted(medians, key=medians.__getitem__, reverse=True):
            rates = [turn.calls_per_second for turn in by_name[name]]
            cpu = median(turn.cpu_microseconds for turn in by_name[name])
            ratio = f"{medians[OURS] / medians[name]:.2f}x" if OURS in medians else "-"
            lines.append(
                f"| {name} | {medians[name]:,.0f} | {min(rates):,.0f} to {max(rates):,.0f}"
                f" | {cpu:.1f} | {ratio} |"
            )
    return lines


if __name__ == "__main__":
    sys.exit(main())
