"""Ways to search at equal seconds."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from analysis.plots import style

COLOURS = {"random": style.GREY, "published": style.ORANGE, "default": style.BLUE}
OTHERS = (style.GREEN, style.VERMILION, style.PURPLE, style.SKY, style.BLACK)


def equal_seconds(curves: pd.DataFrame, title: str, interval: str) -> Figure:
    """Mean normalised regret of each way to search over the CPU seconds, with bands.

    Parameters
    ----------
    curves : DataFrame
        Columns `arm`, `at` (share of the seconds), `mean`, `low`, `high`.
    title : str
    interval : str
        What the bands are over.
    """
    x, y = "share of the CPU seconds", f"normalised regret, 95 % over {interval}"
    figure, (ax,) = style.canvas(title, x=x, y=y)
    colours = iter(OTHERS * len(curves))
    for arm, own in curves.groupby("arm", sort=False):
        colour = COLOURS.get(str(arm)) or next(colours)
        ax.plot(own["at"], own["mean"], color=colour, linewidth=1.8, label=str(arm))
        ax.fill_between(own["at"], own["low"], own["high"], color=colour, alpha=0.12, linewidth=0)
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.0f} %"))
    ax.xaxis.set_minor_formatter("")
    ax.set_xticks([0.03, 0.1, 0.3, 1.0])
    ax.set_ylim(bottom=0)
    style.legend_below(figure, *ax.get_legend_handles_labels())
    return figure
