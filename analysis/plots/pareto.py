"""Two aims of a search against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from analysis.plots import style


def pareto_front(trials: Sequence[Mapping[str, Any]], metric: str) -> Figure:
    """Validation score over the time to score a row, with the trials that none beats in both.

    Parameters
    ----------
    trials : sequence of mapping
        Complete trials, each with `number`, `value`, `latency` (microseconds per row), `front`
        and `published` (bool).
    metric : str
        What the values are, for the axis; higher is better.
    """
    title = "Score against time to score a row"
    if not trials:
        return style.message(title, "No complete trials to show.")
    what = "microseconds per row, measured beside the other trials (numbers: trials)"
    figure, (ax,) = style.canvas(title, x=what, y=f"validation {metric}", width=8.2)
    known = pd.DataFrame(trials).sort_values("latency", kind="stable")
    rest, front = known[~known["front"]], known[known["front"]]
    marks: dict[str, Any] = {"s": 34, "linewidths": 1.2, "facecolors": "none", "edgecolors": style.GREY}
    if len(rest):
        ax.scatter(rest["latency"], rest["value"], label=f"beaten in both ({len(rest)})", **marks)
    ax.plot(front["latency"], front["value"], drawstyle="steps-post", color=style.BLUE, linewidth=1.4, zorder=2)
    marks = {"s": 34, "linewidths": 1.2, "color": style.BLUE, "zorder": 3}
    ax.scatter(front["latency"], front["value"], label=f"Pareto front ({len(front)})", **marks)
    if known["published"].any():
        own = known[known["published"]]
        marks = {"marker": "D", "s": 60, "color": style.ORANGE, "edgecolors": "black", "zorder": 2.5}
        ax.scatter(own["latency"], own["value"], label="published configuration", **marks)
    for number, x, y in front[["number", "latency", "value"]].itertuples(index=False):
        ax.annotate(f"{number}", (x, y), (4, 5), textcoords="offset points", fontsize=style.SMALL)
    if known["latency"].max() > 20 * max(1e-9, known["latency"].min()):
        ax.set_xscale("log")
    ax.margins(0.08)
    style.legend_below(figure, *ax.get_legend_handles_labels())
    return figure
