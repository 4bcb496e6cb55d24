"""The picture of a result: how many times as fast as the best peer our clients are, by row."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
from _clients import LOWLEVEL, OURS
from _report import Outcome
from matplotlib.figure import Figure

mpl.use("Agg")

# Of Okabe and Ito's palette, and told apart by their hatching and brightness as well.
BARS = {OURS: ("#0072B2", ""), LOWLEVEL: ("#E69F00", "///")}
BAR_HEIGHT = 0.38


def draw(outcomes: list[Outcome], path: Path) -> bool:
    """Write the picture, a PNG, and tell whether there was something to draw.

    Rows without a peer's figure are left out.
    """
    shown = [outcome for outcome in outcomes if outcome.peers and set(BARS) & set(outcome.turns)]
    if not shown:
        return False
    figure = Figure(figsize=(9, 1.4 + 0.52 * len(shown)), dpi=150, layout="constrained")
    axes = figure.subplots()
    for offset, (name, (colour, hatch)) in zip((-0.5, 0.5), BARS.items(), strict=True):
        ratios = [(y, outcome.ratio(name)) for y, outcome in enumerate(shown)]
        places = [(y + offset * BAR_HEIGHT, ratio) for y, ratio in ratios if ratio is not None]
        if not places:
            continue
        bars = axes.barh(
            [y for y, _ in places],
            [ratio for _, ratio in places],
            BAR_HEIGHT,
            color=colour,
            hatch=hatch,
            edgecolor="white",
            label=name,
        )
        plate = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # over the line at 1
        axes.bar_label(bars, fmt="%.2f", padding=4, fontsize=8, bbox=plate)
    axes.axvline(1, color="black", linewidth=1.2, label="best peer = 1")
    aims = [outcome.row.aim for outcome in shown]
    axes.scatter(aims, range(len(shown)), marker="D", s=18, color="black", zorder=3, label="aim")
    labels = [f"{outcome.row}\nbest peer: {outcome.peers[0]}" for outcome in shown]
    axes.set_yticks(range(len(shown)), labels, fontsize=8)
    axes.invert_yaxis()
    axes.margins(x=0.08, y=0.01)
    axes.set_xlabel("calls a second, best peer = 1")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=4, frameon=False, fontsize=9)
    figure.savefig(path)
    return True
