"""What ``redtrio bench`` shows: a progress bar, a table and a histogram of latencies.

Colours and the bar are for terminals; anywhere else the same text comes plain.
"""

from __future__ import annotations

import math
import platform
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from redtrio._cli_bench import Latencies, Load, Measured, Subject
from redtrio.lowlevel import protocol

__all__ = ["print_report", "progress_bar"]

_PERCENTILES = (50, 90, 99, 99.9)
_HISTOGRAM_ROWS = 14
_BAR_WIDTH = 40


@contextmanager
def progress_bar(load: Load) -> Generator[Callable[[Measured], None]]:
    """Show a bar on a terminal for the length of the block.

    Yields:
        The function that moves and draws it. Nothing is drawn but by its calls.
    """
    console = Console()
    columns = (TextColumn("{task.description}"), BarColumn(None), TextColumn("{task.fields[rate]}"))
    with Progress(
        *columns,
        console=console,
        auto_refresh=False,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        bar = progress.add_task(f"{load.clients} clients", total=load.seconds, rate="warming up")

        def show(measured: Measured) -> None:
            rate = f"{measured.calls / measured.seconds:,.0f} calls/s"
            progress.update(bar, completed=measured.seconds, rate=rate, refresh=True)

        progress.refresh()
        yield show


def print_report(subject: Subject, load: Load, measured: Measured) -> None:
    """Print what ran where, the table, and the histogram."""
    console = Console(highlight=False)
    console.print(
        f"{subject}: {measured.server}\n"
        f"{protocol.IMPLEMENTATION} protocol, {platform.python_implementation()}"
        f" {platform.python_version()}; {subject.address.cores}\n"
        f"{load.clients} clients, pipelines of {load.pipeline}, values of {load.size} bytes,"
        f" 4 GET to 1 SET, {measured.seconds:.1f} s",
        markup=False,
    )
    everything = Latencies()
    for latencies in measured.latencies.values():
        everything = everything.merged(latencies)
    console.print(_table(measured, everything))
    for line in _histogram(everything, "#" if console.options.ascii_only else "█"):
        console.print(line, markup=False)


def _table(measured: Measured, everything: Latencies) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("")
    for heading in ("calls/s", *(f"p{percent:g}" for percent in _PERCENTILES), "max"):
        table.add_column(heading if heading == "calls/s" else f"{heading} ms", justify="right")
    rows = dict(measured.latencies)
    if len(rows) > 1:
        rows["all"] = everything
    for name, latencies in rows.items():
        calls = measured.calls * latencies.count / everything.count
        seconds = [*map(latencies.percentile, _PERCENTILES), latencies.worst]
        table.add_row(
            name,
            f"{calls / measured.seconds:,.0f}",
            *(f"{second * 1000:.3f}" for second in seconds),
        )
    return table


def _histogram(latencies: Latencies, mark: str) -> Iterator[str]:
    """Draw rows of equal ratio from the shortest latency to p99.9, and one for the rest."""
    top = latencies.percentile(99.9)
    lowest = next(iter(latencies.ascending()))[0]
    step = max(math.log(top / lowest) / _HISTOGRAM_ROWS, 0.005)
    counts = [0] * (_HISTOGRAM_ROWS + 1)
    for latency, count in latencies.ascending():
        counts[min(int(math.log(latency / lowest) / step), _HISTOGRAM_ROWS)] += count
    yield "  latency, ms up to   share of calls"
    for row, count in enumerate(counts):
        last = row == _HISTOGRAM_ROWS
        limit = latencies.worst if last else lowest * math.exp(step * (row + 1))
        bar = mark * math.ceil(_BAR_WIDTH * count / max(counts))
        yield f"  {limit * 1000:>17.3f} {count / latencies.count:>8.2%}  {bar}".rstrip()
