"""The clients that are compared, each in a virtual environment of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

OURS = "redtrio"
LOWLEVEL = "redtrio-lowlevel"
NO_POLLING = "redtrio-no-polling"
OUR_CLIENTS = (OURS, LOWLEVEL, NO_POLLING)


@dataclass
class Peer:
    """One client on one event loop.

    Attributes:
        name: As it is called on the command line and in the tables.
        script: Its file in ``bench/peers/``.
        loop: The event loop that the script is told to use.
        environment: The name of its virtual environment; None is the one that runs this.
        requirements: What pip installs into that.
        poll_window: What redtrio is told to use, in microseconds; None is its default.
        failure: Why there is no result at all; empty if there is one.
        versions: What it and its environment consist of, once it has run.
    """

    name: str
    script: str
    loop: str
    environment: str | None = None
    requirements: tuple[str, ...] = ()
    poll_window: int | None = None
    failure: str = ""
    versions: dict[str, str] = field(default_factory=dict)


REDIS_PY = ("redis-py", ("redis[hiredis]==8.1.*", "uvloop"))
COREDIS = ("coredis", ("coredis==6.9.*", "trio", "uvloop"))
GLIDE = ("glide", ("valkey-glide==2.6.*", "trio", "anyio", "uvloop"))
REDTRIO_063 = ("redtrio-0.6.3", ("redtrio==0.6.3", "respy3", "trio"))
# redio imports pkg_resources, which setuptools no longer has.
REDIO = ("redio", ("redio==1.0.*", "trio", "setuptools<81"))

PEERS = [
    Peer(OURS, "peer_redtrio.py", "trio"),
    Peer(LOWLEVEL, "peer_redtrio_lowlevel.py", "trio"),
    Peer(NO_POLLING, "peer_redtrio.py", "trio", poll_window=0),
    Peer("redtrio-0.6.3", "peer_redtrio_063.py", "trio", *REDTRIO_063),
    Peer("redio", "peer_redio.py", "trio", *REDIO),
    Peer("redis-py", "peer_redis_py.py", "asyncio", *REDIS_PY),
    Peer("redis-py-uvloop", "peer_redis_py.py", "uvloop", *REDIS_PY),
    Peer("coredis", "peer_coredis.py", "trio", *COREDIS),
    Peer("coredis-asyncio", "peer_coredis.py", "asyncio", *COREDIS),
    Peer("coredis-uvloop", "peer_coredis.py", "uvloop", *COREDIS),
    Peer("glide", "peer_glide.py", "trio", *GLIDE),
    Peer("glide-uvloop", "peer_glide.py", "uvloop", *GLIDE),
]

# What was set otherwise than by default, for the header of a result.
SETTINGS = (
    "redis-py, redio and redtrio 0.6.3 may open as many connections as there are tasks, GLIDE"
    " may have twice as many requests in flight and take 10 s for each; all else is by default"
)


def install(folder: Path, requirements: Iterable[str]) -> str:
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
            return f"cannot be installed: {last_line(done.stderr or done.stdout)}"
    marker.write_text(wanted)
    return ""


def last_line(text: str) -> str:
    """Pick the line of a program's output that says best what went wrong."""
    lines = [line.strip(" +-|") for line in text.splitlines()]  # without an exception group's frame
    lines = [line for line in lines if line]
    errors = [line for line in lines if re.match(r"(ERROR|[\w.]+(Error|Exception)): ", line)]
    return (errors or lines or ["no word of why"])[-1]
