"""Average ranks on a line, with bars over what does not differ (Demšar 2006)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.plots import style


def critical_difference(ranks: pd.Series, cliques: Sequence[Sequence[str]], title: str) -> Figure:
    """Critical-difference diagram: the best at the left, a thick bar over detectors that do not differ.

    The layout is Demšar's ("Statistical comparisons of classifiers over multiple data sets", JMLR 7, 2006). His bars
    are as long as Nemenyi's critical difference allows; these come from tests of pairs, as Benavoli, Corani and
    Mangili advise ("Should we really use post-hoc tests based on mean-ranks?", JMLR 17, 2016).

    Parameters
    ----------
    ranks : Series
        Average rank by detector, the best first, see `analysis.statistics.ranks.average_ranks`.
    cliques : sequence of sequence of str
        Detectors that do not differ significantly, see `analysis.statistics.ranks.cliques`.
    """
    if len(ranks) < 2:
        return style.message(title, "Fewer than two detectors to rank.")
    names, places = [str(n) for n in ranks.index], ranks.to_numpy(dtype=float)
    half = (len(names) + 1) // 2
    step, bars = 0.5, 0.22 * len(cliques)
    depth = bars + 0.5 + step * half
    figure, (ax,) = style.canvas(title, width=8.6, height=1.4 + 0.62 * depth)
    low, high = np.floor(places.min()), np.ceil(places.max())
    high = max(high, low + 1)
    span = high - low
    ax.set_axis_off()
    ax.set_xlim(low - 0.42 * span, high + 0.42 * span)
    ax.set_ylim(-depth, 0.75)
    ax.plot([low, high], [0, 0], color=style.BLACK, linewidth=1.3)
    ticks = MaxNLocator(14, steps=[1, 2, 5, 10], integer=True).tick_values(low, high)
    for tick in (int(value) for value in ticks if low <= value <= high):
        ax.plot([tick, tick], [0, 0.12], color=style.BLACK, linewidth=1.3)
        ax.text(tick, 0.2, str(tick), ha="center", va="bottom", fontsize=style.SMALL)
    ax.text(high + 0.03 * span, 0.1, "average rank\n(1 is best)", fontsize=8, color=style.GREY, va="center")
    for k, (name, place) in enumerate(zip(names, places, strict=True)):
        left = k < half
        y = -(bars + 0.4 + step * (k if left else len(names) - 1 - k))
        end = low - 0.03 * span if left else high + 0.03 * span
        ax.plot([place, place, end], [0, y, y], color=style.GREY, linewidth=1)
        label, side = (f"{name}  {place:.2f} ", "right") if left else (f" {place:.2f}  {name}", "left")
        ax.text(end, y, label, ha=side, va="center", fontsize=style.SMALL, parse_math=False)
    position = dict(zip(names, places, strict=True))
    for k, group in enumerate(cliques):
        ends = [position[str(name)] for name in group]
        y, pad = -(0.2 + 0.22 * k), 0.01 * span
        ax.plot([min(ends) - pad, max(ends) + pad], [y, y], color=style.BLUE, linewidth=4.5, solid_capstyle="round")
    return figure
