"""Drift of features and scores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis.plots import style

MOST = 20
COLOURS = {"stable": style.BLUE, "shifted": style.ORANGE, "drifted": style.VERMILION}


def drift(measured: pd.DataFrame, then: Mapping[str, Any], now: Mapping[str, Any]) -> Figure:
    """Population stability of the score and the features, and the shares of scores then and now.

    Parameters
    ----------
    measured : DataFrame
        See `analysis.statistics.drift_measures.compare`.
    then, now : mapping
        The score's `edges` and `shares`.
    """
    shown = measured.head(MOST)
    figure, (left, right) = style.canvas("Drift", 2, width=10.5, height=max(3.4, 1.6 + 0.3 * len(shown)))
    at = np.arange(len(shown))
    left.barh(at, shown["psi"], 0.68, color=[COLOURS[v] for v in shown["verdict"]])
    left.set_yticks(at, [str(name)[:32] for name in shown["feature"]], parse_math=False)
    left.set_ylim(len(shown) - 0.5, -0.5)
    for line, label, align in ((0.1, "0.1 ", "right"), (0.25, " 0.25", "left")):
        left.axvline(line, **style.DASHED)
        left.annotate(label, (line, 1.0), xycoords=left.get_xaxis_transform(), ha=align, va="bottom", fontsize=8)
    left.set_xlabel("population stability index")
    places = np.arange(len(then["shares"]))
    style.pair(right, places, [(then["shares"], "training", style.BLUE), (now["shares"], "new", style.VERMILION)])
    right.set_xticks(places, [_bin(then["edges"], int(k)) for k in places], rotation=45, ha="right", fontsize=8)
    right.set(xlabel="anomaly score, bins of training", ylabel="share of rows")
    style.legend(right, "upper center")
    return figure


def _bin(edges: list[float], k: int) -> str:
    if not edges:
        return "all"
    return f"< {edges[0]:.3g}" if k == 0 else f"≥ {edges[k - 1]:.3g}"
