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
    x, y = "microseconds per row, measured beside the other trials (numbers: trials)", f"validation {metric}"
    figure, (ax,) = style.canvas(title, x=x, y=y, width=8.2)
    known = pd.DataFrame(trials).sort_values("latency", kind="stable")
    rest, front = known[~known["front"]], known[known["front"]]
    marks: dict[str, Any] = {"s": 34, "linewidths": 1.2}
    if len(rest):
        look = {"facecolors": "none", "edgecolors": style.GREY, "label": f"beaten in both ({len(rest)})"}
        ax.scatter("latency", "value", data=rest, **look, **marks)
    ax.plot(front["latency"], front["value"], drawstyle="steps-post", color=style.BLUE, linewidth=1.4, zorder=2)
    label = f"Pareto front ({len(front)})"
    ax.scatter("latency", "value", data=front, color=style.BLUE, label=label, zorder=3, **marks)
    if known["published"].any():
        look = {"marker": "D", "s": 60, "color": style.ORANGE, "edgecolors": "black", "zorder": 2.5}
        ax.scatter("latency", "value", data=known[known["published"]], label="published configuration", **look)
    for number, *place in front[["number", "latency", "value"]].itertuples(index=False):
        ax.annotate(f"{number}", place, (4, 5), textcoords="offset points", fontsize=style.SMALL)
    if known["latency"].max() > 20 * max(1e-9, known["latency"].min()):
        ax.set_xscale("log")
    ax.margins(0.08)
    style.legend_below(figure, *ax.get_legend_handles_labels())
    return figure
