"""From the turns of all clients to the tables, the summary and its aims."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from _clients import LOWLEVEL, NO_POLLING, OUR_CLIENTS, OURS, SETTINGS, Peer
from _rows import POLLING_LIMIT, Row


@dataclass(frozen=True)
class Turn:
    """What one turn of one client gave.

    Attributes:
        calls_per_second: Calls, or the commands of pipelines.
        cpu_microseconds: The client's processor time for each of them, all its threads together.
        cores: The client's processor time for each second.
    """

    calls_per_second: float
    cpu_microseconds: float
    cores: float


@dataclass
class Outcome:
    """All turns of a row.

    Attributes:
        row: The row.
        turns: The turns of each client that has them, by its name.
        absent: Why the others have none, by their names.
    """

    row: Row
    turns: dict[str, list[Turn]]
    absent: dict[str, str]

    def rate(self, name: str) -> float:
        return median(turn.calls_per_second for turn in self.turns[name])

    def lowest(self, name: str) -> float:
        return min(turn.calls_per_second for turn in self.turns[name])

    def cpu(self, name: str) -> float:
        return median(turn.cpu_microseconds for turn in self.turns[name])

    def cores(self, name: str) -> float:
        return median(turn.cores for turn in self.turns[name])

    @property
    def peers(self) -> list[str]:
        """Who is not ours, the fastest first."""
        return sorted(set(self.turns) - set(OUR_CLIENTS), key=self.rate, reverse=True)

    def ratio(self, name: str) -> float | None:
        """How many times as fast as the best peer this client is, None without both."""
        if name not in self.turns or not self.peers:
            return None
        return self.rate(name) / self.rate(self.peers[0])

    @property
    def thriftiest(self) -> str:
        """The peer with the least processor time for a call."""
        return min(self.peers, key=self.cpu)

    def polling_percent(self) -> float | None:
        """What polling costs in percent of a core, None if that was not measured."""
        if self.row.group != "polling" or not {OURS, NO_POLLING} <= set(self.turns):
            return None
        # Each turn beside the one just before or after it: the machine changes its pace, too.
        pairs = zip(self.turns[OURS], self.turns[NO_POLLING], strict=True)
        return 100 * median(on.cores - off.cores for on, off in pairs)


def header(
    peers: Iterable[Peer], servers: list[str], rounds: int, seconds: float, failures: list[str]
) -> list[str]:
    """Give what must be known to judge the figures, and to get them again."""
    versions: dict[str, str] = {}
    for peer in peers:
        # The name "redtrio" stands for two versions: each is told with its client.
        versions |= {f"{peer.name}: {k}" if k == OURS else k: v for k, v in peer.versions.items()}
    implementation = versions.pop("IMPLEMENTATION", "not measured")
    return [
        f"- redtrio's IMPLEMENTATION: {implementation}",
        f"- {platform.platform()}, {os.cpu_count()} cores",
        *(f"- {line}" for line in servers),
        *(f"- {name} {version}" for name, version in versions.items()),
        f"- {SETTINGS}",
        f"- medians of {rounds} rounds of {seconds:g} s, clients taking turns",
        f"- `{' '.join(['python', 'bench/peers.py', *sys.argv[1:]])}`",
        *(f"- no result: {failure}" for failure in failures),
    ]


def summary(outcomes: list[Outcome]) -> list[str]:
    """Give the table of all rows beside their aims."""
    lines = [
        "## Summary",
        "",
        "Calls a second, for pipelines commands a second. A ratio above 1 is in favour of redtrio.",
        "A tie is less than an aim of 1x, but within what the best peer's turns differ by.",
        "",
        "| workload | redtrio | best peer | ratio | aim | met |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for outcome in outcomes:
        row = outcome.row
        name = OURS if OURS in outcome.turns else LOWLEVEL
        ratio = outcome.ratio(name)
        note = "" if name == OURS else f" ({name})"
        if ratio is not None:
            ours, best = f"{outcome.rate(name):,.0f}{note}", outcome.peers[0]
            theirs = f"{outcome.rate(best):,.0f} {best}"
            tie = row.aim == 1 and outcome.rate(name) >= outcome.lowest(best)
            lines.append(_line(str(row), ours, theirs, ratio, row.aim, tie=tie))
        if ratio is not None and row.cpu_aim is not None:
            least = outcome.thriftiest
            lines.append(
                _line(
                    f"{row}: CPU us a call",
                    f"{outcome.cpu(name):.1f}{note}",
                    f"{outcome.cpu(least):.1f} {least}",
                    outcome.cpu(least) / outcome.cpu(name),
                    row.cpu_aim,
                )
            )
        percent = outcome.polling_percent()
        if percent is not None:
            met = "yes" if percent < POLLING_LIMIT else "**no**"
            lines.append(
                f"| {row}: polling's cost | {percent:+.1f} % of a core | - | -"
                f" | < {POLLING_LIMIT:g} % | {met} |"
            )
    return lines


def _line(title: str, ours: str, best: str, ratio: float, aim: float, *, tie: bool = False) -> str:
    met = "tie" if tie else "**no**"
    if round(ratio, 2) >= aim:  # judged as it is shown
        met = "yes"
    return f"| {title} | {ours} | {best} | {ratio:.2f}x | {aim:g}x | {met} |"


def tables(outcomes: list[Outcome]) -> list[str]:
    """Give a table for each row, the fastest client first."""
    lines: list[str] = []
    for outcome in outcomes:
        lines += [
            "",
            f"## {outcome.row}",
            "",
            "| client | calls/s | lowest to highest | CPU us a call | CPU % | redtrio : client |",
            "| --- | ---: | ---: | ---: | ---: | ---: |",
        ]
        for name in sorted(outcome.turns, key=outcome.rate, reverse=True):
            rates = [turn.calls_per_second for turn in outcome.turns[name]]
            factor = "-"
            if OURS in outcome.turns:
                factor = f"{outcome.rate(OURS) / outcome.rate(name):.2f}x"
            lines.append(
                f"| {name} | {outcome.rate(name):,.0f} | {min(rates):,.0f} to {max(rates):,.0f}"
                f" | {outcome.cpu(name):.1f} | {100 * outcome.cores(name):.1f} | {factor} |"
            )
        lines += [f"| {name} | - | {why} | - | - | - |" for name, why in outcome.absent.items()]
        said = [
            f"{name} is {ratio:.2f}x the best peer, {outcome.peers[0]}."
            for name in (OURS, LOWLEVEL)
            if (ratio := outcome.ratio(name)) is not None
        ]
        percent = outcome.polling_percent()
        if percent is not None:
            said.append(f"Polling costs {percent:+.1f} % of a core.")
        if said:
            lines += ["", " ".join(said)]
    return lines
