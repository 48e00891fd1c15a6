"""How a search spent its time: workers and nodes, best score over seconds, equal seconds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis.plots import style

STATES = {
    "complete": (style.SKY, "complete"),
    "pruned": (style.PALE, "stopped early"),
    "failed": (style.VERMILION, "failed"),
}
ARMS = {"tuned": style.BLUE, "random": style.GREY, "published": style.ORANGE}


def timeline(places: pd.DataFrame) -> Figure:
    """Which worker did which trial when, a line for each worker of each node.

    Parameters
    ----------
    places : DataFrame
        Columns `number`, `state`, `node`, `worker`, `start`, `end`; seconds from the start of the search.

    Returns
    -------
    Figure
    """
    if places.empty:
        return style.in_words("Who did what when", "Where trials ran was not recorded.")
    lanes = {key: k for k, key in enumerate(sorted(set(zip(places["node"], places["worker"], strict=True))))}
    figure, (ax,) = style.canvas("Who did what when", width=8.2, height=min(11, 1.9 + 0.38 * len(lanes)))
    for state, (colour, words) in STATES.items():
        own = places[places["state"] == state]
        if len(own):
            at = [lanes[key] for key in zip(own["node"], own["worker"], strict=True)]
            ax.barh(
                at, own["end"] - own["start"], 0.7, left=own["start"], color=colour, edgecolor="white", linewidth=0.4,
                label=f"{words} ({own['number'].nunique()})",
            )  # fmt: skip
    ax.set_yticks(range(len(lanes)), [f"{node[:18]} · {worker}" for node, worker in lanes], parse_math=False)
    ax.set_ylim(len(lanes) - 0.4, -0.6)
    ax.grid(False, axis="y")
    ax.set_xlabel("seconds since the first trial began")
    style.legend_below(figure, ax)
    return figure


def anytime(curves: Mapping[str, pd.DataFrame], metric: str, unit: str = "CPU") -> Figure:
    """Best validation score so far over the seconds that were spent, one line for each search.

    Parameters
    ----------
    curves : mapping of str to DataFrame
        Columns `seconds`, `best`.
    metric, unit : str

    Returns
    -------
    Figure
    """
    known = {name: own for name, own in curves.items() if len(own)}
    if not known:
        return style.in_words("Best score over seconds", "No trial was complete.")
    figure, (ax,) = style.canvas("Best score over seconds")
    for k, (name, own) in enumerate(known.items()):
        ax.plot(
            own["seconds"], own["best"], drawstyle="steps-post", color=style.CYCLE[k % len(style.CYCLE)], label=name,
            marker="." if len(own) < 40 else "",
        )  # fmt: skip
    ax.set_xscale("log")
    ax.set_xlabel(f"{unit} seconds of trials")
    ax.set_ylabel(f"best validation {metric} so far")
    style.legend_below(figure, ax)
    return figure


def equal_seconds(measured: pd.DataFrame, title: str) -> Figure:
    """Confirmed score of each way to search after shares of the same seconds, with the seeds.

    Parameters
    ----------
    measured : DataFrame
        Columns `seed`, `share`, `arm`, `confirmed`.
    title : str

    Returns
    -------
    Figure
        Dots are seeds, lines join their means.
    """
    figure, (ax,) = style.canvas(title)
    shares = sorted(measured["share"].unique())
    arms = [arm for arm in ARMS if (measured["arm"] == arm).any()]
    for k, arm in enumerate(arms):
        own = measured[measured["arm"] == arm].dropna(subset=["confirmed"])
        at = np.array([shares.index(s) for s in own["share"]]) + 0.12 * (k - (len(arms) - 1) / 2)
        ax.scatter(at, own["confirmed"], color=ARMS[arm], s=22, alpha=0.6, linewidths=0)
        means = own.groupby("share")["confirmed"].mean()
        places = [shares.index(s) + 0.12 * (k - (len(arms) - 1) / 2) for s in means.index]
        ax.plot(places, means.to_numpy(), color=ARMS[arm], linewidth=1.8, marker="o", label=arm)
    ax.set_xticks(range(len(shares)), [f"{100 * s:.0f} %" for s in shares])
    ax.set_xlim(-0.5, len(shares) - 0.5)
    ax.set_xlabel("of the seconds of trials that both searches spent")
    ax.set_ylabel("confirmed validation score")
    style.legend_below(figure, ax)
    return figure
