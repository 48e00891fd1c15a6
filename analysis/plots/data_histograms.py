"""What the data look like: class frequencies, flattened histograms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from analysis.plots import style

FEW_VALUES = 12
BINS = 50


def class_frequencies(counts: Mapping[str, tuple[int, int]]) -> Figure:
    """Rows per class and part of the data, with counts and shares on the bars.

    Parameters
    ----------
    counts : mapping of str to (int, int)
        Normal and anomalous rows of each part, such as "train", "valid", "test".
    """
    title = "Class frequencies"
    if not counts:
        return style.message(title, "No data to show.")
    figure, (ax,) = style.canvas(title, x="part of the data", y="rows", width=max(4.5, 2.3 + 1.9 * len(counts)))
    at, rows = np.arange(len(counts)), np.array(list(counts.values())).T
    sides = list(zip(rows, ("normal", "anomaly"), (style.NORMAL_COLOUR, style.ANOMALY_COLOUR), strict=True))
    for bars, (of_class, _, colour) in zip(style.pair(ax, at, sides), sides, strict=True):
        texts = [f"{n:,}\n{_percent(n / max(1, total))}" for n, total in zip(of_class, rows.sum(0), strict=True)]
        ax.bar_label(bars, texts, fontsize=style.SMALL, padding=2, color=colour)
    ax.set_xticks(at, list(counts))
    ax.tick_params(axis="x", length=0)
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    ax.margins(y=0.16)
    style.legend(ax, "upper right")
    return figure


def flattened_histograms(X_real: ArrayLike, X_artificial: ArrayLike) -> Figure:
    """All feature values of real and of artificial rows, flattened to one histogram each.

    Up to twelve distinct values are shown as shares, anything else as densities over
    fifty bins that both share.

    Parameters
    ----------
    X_real, X_artificial : array-like of any shape
        Rows of finite numbers; the two may differ in number.
    """
    title = "Flattened values, real against artificial"
    real, artificial = np.asarray(X_real).ravel(), np.asarray(X_artificial).ravel()
    if real.size == 0 or artificial.size == 0:
        return style.message(title, "No real rows to show." if real.size == 0 else "No artificial rows to show.")
    values = _few_values(real, artificial)
    what = "density" if values is None else "share of all values"
    figure, (ax,) = style.canvas(title, x="feature value, all features together", y=what)
    samples = ((real, "real", style.BLUE), (artificial, "artificial", style.ORANGE))
    if values is not None:
        at = np.arange(len(values))
        sides = [([np.count_nonzero(s == value) / s.size for value in values], label, c) for s, label, c in samples]
        for bars in style.pair(ax, at, sides):
            if len(values) <= 4:
                ax.bar_label(bars, fmt="%.3f", fontsize=style.SMALL, padding=2)
        ax.set_xticks(at, [f"{value:g}" for value in values])
        ax.margins(y=0.15)
    else:
        edges = np.linspace(min(real.min(), artificial.min()), max(real.max(), artificial.max()), BINS + 1)
        for sample, label, colour in samples:
            style.density(ax, sample, edges, colour, label)
    style.legend(ax)
    return figure


def _percent(share: float) -> str:
    """96.8 %, 3.12 %, 0.0123 %."""
    return f"{100 * share:.1f} %" if share >= 0.1 else f"{100 * share:.3g} %"


def _few_values(*samples: NDArray[Any]) -> NDArray[Any] | None:
    """The distinct values of all samples together, None where there are many."""
    values = np.unique(np.concatenate([sample[:10_000] for sample in samples]))
    if len(values) > FEW_VALUES:
        return None
    covered = all(sum(np.count_nonzero(sample == value) for value in values) == sample.size for sample in samples)
    return values if covered else None
