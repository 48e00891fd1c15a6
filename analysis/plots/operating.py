"""What a model gives at a threshold, and whether its probabilities come true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from scipy.stats import binomtest

from analysis.plots import style

FIGURES = (("precision", style.BLUE), ("recall", style.VERMILION), ("f1", style.GREEN))


def operating_curves(points: Sequence[Mapping[str, float]], own_share: float) -> Figure:
    """Precision, recall and F1 over the share of rows called anomalous, on validation (dotted) and test.

    Parameters
    ----------
    points : sequence of mapping
        As `launch.evaluation.curves.operating_points` returns them.
    own_share : float
        The share that the model calls anomalous.

    Returns
    -------
    Figure
    """
    figure, (ax,) = style.canvas("Thresholds", width=8.2)
    shares = [p["share"] for p in points]
    for name, colour in FIGURES:
        for part, dash in (("test", "-"), ("validation", ":")):
            if f"{part}_{name}" in points[0]:
                words = "F1" if name == "f1" else name
                values = [p[f"{part}_{name}"] for p in points]
                ax.plot(shares, values, dash, color=colour, linewidth=1.8, label=f"{words}, {part}")
    ax.axvline(own_share, color=style.GREY, linestyle=(0, (4, 3)), linewidth=1)
    ax.annotate(
        f" the model's own: {100 * own_share:.2g} %", (own_share, 1.0), xycoords=ax.get_xaxis_transform(), va="bottom",
        ha="right" if own_share > 0.05 else "left", fontsize=style.SMALL,
    )  # fmt: skip
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))
    ax.set_ylim(0, 1.02)
    ax.set_xlabel("share of rows called anomalous")
    style.legend_below(figure, ax, columns=3)
    return figure


def calibration_bins(calibration: Mapping[str, Any]) -> Figure:
    """Observed share of anomalies over the probability that was said, with 95 % intervals of Wilson.

    Parameters
    ----------
    calibration : mapping
        As `launch.evaluation.curves.reliability` returns it.

    Returns
    -------
    Figure
    """
    bins = calibration["bins"]
    figure, (ax,) = style.canvas("Calibration", width=6.4)
    said = np.array([b["predicted"] for b in bins])
    seen = np.array([b["observed"] for b in bins])
    low, high = np.array([binomtest(b["anomalies"], b["rows"]).proportion_ci(method="wilson") for b in bins]).T
    top = 1.05 * max(said.max(), high.max())
    ax.plot([0, top], [0, top], "--", color=style.GREY, linewidth=1, label="as it should be")
    ax.errorbar(said, seen, [seen - low, high - seen], fmt="o-", color=style.BLUE, capsize=3, label="test rows")
    ax.set_xlabel("probability that the model says")
    ax.set_ylabel("share that were anomalies")
    ax.set_title(f"Brier score {calibration['brier']:.4f}", fontsize=style.TEXT_SIZE)
    style.legend(ax, "upper left")
    return figure
