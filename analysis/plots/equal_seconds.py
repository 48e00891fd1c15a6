"""Ways to search at equal seconds."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from analysis.plots import style

ARMS = {"tuned": style.BLUE, "random": style.GREY, "published": style.ORANGE}


def equal_seconds(measured: pd.DataFrame, title: str) -> Figure:
    """Confirmed score of each way to search after shares of the same seconds: dots are seeds, lines join their means.

    Parameters
    ----------
    measured : DataFrame
        Columns `seed`, `share`, `arm`, `confirmed`.
    """
    x, y = "of the seconds of trials that both searches spent", "confirmed validation score"
    figure, (ax,) = style.canvas(title, x=x, y=y)
    shares = sorted(measured["share"].unique())
    arms = [arm for arm in ARMS if (measured["arm"] == arm).any()]
    for k, arm in enumerate(arms):
        own = measured[measured["arm"] == arm].dropna(subset=["confirmed"])
        at = {share: place + 0.12 * (k - (len(arms) - 1) / 2) for place, share in enumerate(shares)}
        ax.scatter(own["share"].map(at), own["confirmed"], color=ARMS[arm], s=22, alpha=0.6, linewidths=0)
        means = own.groupby("share")["confirmed"].mean()
        ax.plot(means.index.map(at), means.to_numpy(), color=ARMS[arm], linewidth=1.8, marker="o", label=arm)
    ax.set_xticks(range(len(shares)), [f"{100 * s:.0f} %" for s in shares])
    ax.set_xlim(-0.5, len(shares) - 0.5)
    style.legend_below(figure, *ax.get_legend_handles_labels())
    return figure
