"""Two aims of a search against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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

    Returns
    -------
    Figure
    """
    title = "Score against time to score a row"
    if not trials:
        return style.message(title, "No complete trials to show.")
    figure, (ax,) = style.canvas(title, width=8.2)
    rest = [t for t in trials if not t["front"]]
    front = sorted((t for t in trials if t["front"]), key=lambda t: t["latency"])
    marks: dict[str, Any] = {"s": 34, "linewidths": 1.2}
    if rest:
        points = [t["latency"] for t in rest], [t["value"] for t in rest]
        ax.scatter(*points, facecolors="none", edgecolors=style.GREY, label=f"beaten in both ({len(rest)})", **marks)
    x, y = [t["latency"] for t in front], [t["value"] for t in front]
    ax.plot(x, y, drawstyle="steps-post", color=style.BLUE, linewidth=1.4, zorder=2)
    ax.scatter(x, y, color=style.BLUE, label=f"Pareto front ({len(front)})", zorder=3, **marks)
    published = [t for t in trials if t["published"]]
    if published:
        look: dict[str, Any] = {"marker": "D", "s": 60, "color": style.ORANGE, "edgecolors": "black", "zorder": 2.5}
        ax.scatter(
            [t["latency"] for t in published], [t["value"] for t in published], label="published configuration", **look
        )
    for trial in front:
        place = (trial["latency"], trial["value"])
        ax.annotate(f"{trial['number']}", place, (4, 5), textcoords="offset points", fontsize=style.SMALL)
    if max(t["latency"] for t in trials) > 20 * max(1e-9, min(t["latency"] for t in trials)):
        ax.set_xscale("log")
    ax.margins(0.08)
    ax.set_xlabel("microseconds per row, measured beside the other trials (numbers: trials)")
    ax.set_ylabel(f"validation {metric}")
    style.legend_below(figure, *ax.get_legend_handles_labels())
    return figure
