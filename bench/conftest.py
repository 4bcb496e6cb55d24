"""What the micro benchmarks share: the floor, the fair order, the table of ratios.

Every row is measured with every implementation in eight short turns, so that a slow spell
of the machine meets all of them alike. CPU time is measured, not the clock: nothing here waits,
and what other processes do counts less. The figure of a row is the *minimum* over all rounds
of all turns, since whatever disturbs a round only ever makes it longer. The last line of a
table is the geometric mean of its ratios.
"""

from __future__ import annotations

import hashlib
import importlib.util
import math
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from redtrio.lowlevel import protocol

TURNS = 8
FLOOR_SOURCE = Path(__file__).with_name("_floor.pyx")
# By file: the columns of its table, as (heading, numerator, denominator) of times.
RATIOS = {
    "test_parser.py": [
        ("hiredis / compiled", "hiredis", "compiled"),
        ("hiredis / get_object", "hiredis", "compiled, get_object"),
        ("compiled / floor", "compiled", "floor"),
        ("respy3 / pure", "respy3", "pure"),
    ],
    "test_encoder.py": [
        ("hiredis / compiled", "hiredis", "compiled"),
        ("respy3 / pure", "respy3", "pure"),
    ],
}
Times = dict[str, dict[str, float]]  # seconds by row and implementation

TIMES = pytest.StashKey[dict[str, Times]]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    config.stash[TIMES] = {}
    # Its table has a line for each turn; ours says it shorter.
    if hasattr(config.option, "benchmark_quiet"):
        config.option.benchmark_quiet = True


def pytest_report_header() -> list[str]:
    peers = ("hiredis", "respy3", "Cython", "pytest-benchmark")
    versions = ", ".join(f"{name} {version_of(name)}" for name in peers)
    interpreter = f"{platform.python_implementation()} {platform.python_version()}"
    return [
        f"interpreter: {interpreter}, {platform.machine()}",
        f"versions: redtrio {version_of('redtrio')}, {versions}",
        f"protocol: {protocol.IMPLEMENTATION} ({protocol.IMPLEMENTATION_REASON})",
    ]


def version_of(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "not installed"


def short_turns() -> pytest.MarkDecorator:
    """The options of pytest-benchmark: a turn of a row takes about 20 ms."""
    return pytest.mark.benchmark(
        timer=time.process_time, min_rounds=3, min_time=0.001, max_time=0.02, warmup=False
    )


def every(rows: Iterable[str], implementations: Iterable[str]) -> pytest.MarkDecorator:
    """Parametrize with all rows and implementations, in turns."""
    rows, implementations = list(rows), list(implementations)
    return pytest.mark.parametrize(
        ("row", "implementation"),
        [
            pytest.param(row, implementation, id=f"{row}-{implementation}-{turn}")
            for turn in range(TURNS)
            for row in rows
            for implementation in implementations
        ],
    )


@pytest.fixture(scope="session", autouse=True)
def settled_heap() -> Iterator[None]:
    """Give the allocator room that it keeps, as in a program that has run for a while.

    Otherwise chance decides for each process which row stands at the edge of an arena, and
    gets fresh pages from the kernel in every round: up to half of its time.
    """
    blocks = [bytes(100) for _ in range(200_000)]
    kept = blocks[::500]
    del blocks
    yield
    kept.clear()


@pytest.fixture
def measure(
    request: pytest.FixtureRequest, benchmark: Any
) -> Callable[[str, str, Callable[[], Any]], None]:
    """Time a call and note it in the table of the test's file."""
    table = request.config.stash[TIMES].setdefault(request.path.name, {})

    def measure_call(row: str, implementation: str, call: Callable[[], Any]) -> None:
        benchmark.group = row
        benchmark(call)
        if benchmark.stats is not None:  # None with --benchmark-disable
            fastest = benchmark.stats.stats.min
            times = table.setdefault(row, {})
            times[implementation] = min(fastest, times.get(implementation, math.inf))

    return measure_call


@pytest.fixture(scope="session")
def floor(request: pytest.FixtureRequest) -> ModuleType:
    """The compiled ``_floor.pyx``, built into pytest's cache when it is not there."""
    source = FLOOR_SOURCE.read_bytes()
    key = hashlib.sha256(source + sys.version.encode()).hexdigest()[:16]
    directory = Path(request.config.cache.mkdir(f"floor-{key}"))
    if not built(directory):
        copied = directory / FLOOR_SOURCE.name
        copied.write_bytes(source)
        result = subprocess.run(
            [sys.executable, "-m", "Cython.Build.Cythonize", "--inplace", "--quiet", copied.name],
            cwd=directory,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode or not built(directory):
            last = (result.stderr.strip().splitlines() or ["it says nothing"])[-1]
            pytest.skip(f"the floor needs Cython and a C compiler: {last}")
    spec = importlib.util.spec_from_file_location("_floor", built(directory)[0])
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def built(directory: Path) -> list[Path]:
    return [*directory.glob("_floor.*.so"), *directory.glob("_floor.*.pyd")]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for name, table in config.stash[TIMES].items():
        terminalreporter.section(f"{name}: microseconds of CPU (minimum), and ratios")
        for line in table_lines(table, RATIOS[name]):
            terminalreporter.write_line(line)


def table_lines(table: Times, ratios: list[tuple[str, str, str]]) -> list[str]:
    """The rows' times and ratios as lines of equal width, headings first."""
    names = list(dict.fromkeys(name for times in table.values() for name in times))
    headings = [*names, *(heading for heading, _, _ in ratios)]
    lines = [["", *headings]]
    columns: list[list[float]] = [[] for _ in ratios]
    for row, times in table.items():
        cells = [f"{times[name] * 1e6:.3g}" if name in times else "-" for name in names]
        for column, (_, above, below) in zip(columns, ratios, strict=True):
            if above in times and below in times:
                column.append(times[above] / times[below])
                cells.append(f"{column[-1]:.2f}")
            else:
                cells.append("-")
        lines.append([row, *cells])
    means = [f"{geometric_mean(column):.2f}" if column else "-" for column in columns]
    lines.append(["geometric mean", *("" for _ in names), *means])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [aligned(line, widths) for line in lines]


def aligned(cells: list[str], widths: list[int]) -> str:
    """A line of the table: its name to the left, the figures to the right."""
    padded = [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]
    return "  ".join([cells[0].ljust(widths[0]), *padded[1:]])


def geometric_mean(ratios: list[float]) -> float:
    return math.exp(math.fsum(map(math.log, ratios)) / len(ratios))
