"""Many detectors at once: over datasets, and over the number of labels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from analysis.plots import style

MARKERS = "osD^vPX*<>"
DARK = 0.6
"""Above this share of the colour scale, text on it is white."""


def detector_grid(
    detectors: Sequence[tuple[str, str]],
    datasets: Sequence[str],
    values: Mapping[tuple[str, str], tuple[float, float]],
) -> Figure:
    """AUROC and AP of each detector on each dataset, as two maps of one scale each.

    Parameters
    ----------
    detectors : sequence of (supervision, name)
        From top to bottom, those of one level together: a line stands between levels.
    datasets : sequence of str
        From left to right.
    values : mapping of (name, dataset) to (AUROC, AP)
        A pair that is missing or NaN stays empty.
    """
    title = "Detectors at fixed configurations, test rows"
    if not detectors or not datasets:
        return style.message(title, "No detectors to show.")
    width = 3.2 + 2 * max(1.6, 0.56 * len(datasets))
    height = max(3.0, 1.9 + 0.34 * len(detectors))
    figure, axes = style.canvas(title, 2, width=width, height=height)
    for which, (ax, label, lowest) in enumerate(zip(axes, ("AUROC", "AP"), (0.5, 0.0), strict=True)):
        cells = np.array(
            [[values.get((name, dataset), (np.nan, np.nan))[which] for dataset in datasets] for _, name in detectors]
        )
        _map(ax, cells, label, lowest)
        ax.set_xticks(range(len(datasets)), datasets, rotation=45, ha="right", rotation_mode="anchor")
        ax.set_yticks(range(len(detectors)), [name for _, name in detectors] if which == 0 else [])
        _levels(ax, [level for level, _ in detectors], named=which == 1)
    return figure


def _map(ax: Axes, cells: NDArray[np.float64], label: str, lowest: float) -> None:
    """One map; what lies under `lowest` has its colour, so that chance is pale."""
    ax.imshow(np.ma.masked_invalid(cells), cmap="Blues", vmin=lowest, vmax=1.05, aspect="auto")
    ax.set_title(f"{label} (white: {lowest:g} or less)" if lowest else label, fontsize=style.TEXT_SIZE)
    for (row, column), value in np.ndenumerate(cells):
        if np.isnan(value):
            ax.text(column, row, "-", ha="center", va="center", color=style.PALE)
            continue
        dark = (value - lowest) / (1.05 - lowest) > DARK
        text = f"{value:.2f}".replace("0.", ".", 1)
        ax.text(column, row, text, ha="center", va="center", fontsize=8.5, color="white" if dark else style.BLACK)
    ax.grid(False)
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)


def _levels(ax: Axes, levels: Sequence[str], *, named: bool) -> None:
    """A line between levels of supervision; their names right of the map."""
    start = 0
    for level, members in groupby(levels):
        end = start + len(list(members))
        if start:
            ax.axhline(start - 0.5, color=style.BLACK, linewidth=1.2)
        if named:
            ax.annotate(
                level, (1.02, (start + end - 1) / 2), xycoords=ax.get_yaxis_transform(), va="center",
                fontsize=style.SMALL, color=style.GREY, annotation_clip=False,
            )  # fmt: skip
        start = end


def label_curves(curves: Mapping[str, Mapping[str, Any]], budgets: Sequence[int | None], where: str) -> Figure:
    """AUROC and AP over the number of labelled anomalies, one line for each detector.

    Parameters
    ----------
    curves : mapping of str to mapping
        By detector: `supervision` and `points`, a mapping of budget to `auroc` and `ap`, each
        (mean, lowest, highest).
    budgets : sequence of int or None
        In rising order; None is every label. Numbers stand on a logarithmic axis; 0 and all
        stand apart from it, joined by dotted lines.
    where : str
        Dataset and protocol.
    """
    title = f"What labels buy: {where}"
    if not curves:
        return style.message(title, "No detectors to show.")
    at = places(budgets)
    figure, axes = style.canvas(title, 2, width=10.5, height=5.2)
    for ax, key, label in zip(axes, ("auroc", "ap"), ("AUROC", "AP"), strict=True):
        for index, (name, curve) in enumerate(curves.items()):
            colour, marker = style.CYCLE[index % len(style.CYCLE)], MARKERS[index % len(MARKERS)]
            look = {"color": colour, "marker": marker, "markersize": 5.5}
            _curve(ax, at, curve["points"], key, f"{name} ({curve['supervision']})", look)
        ax.set_xticks(list(at.values()), ["all" if budget is None else f"{budget:,}" for budget in at])
        x, y = "labelled anomalies in training (all: every label)", f"test {label} (mean, lowest to highest seed)"
        ax.set(xlabel=x, ylabel=y)
        reach = max(at.values()) - min(at.values()) or 1.0
        ax.set_xlim(min(at.values()) - 0.06 * reach, max(at.values()) + 0.06 * reach)
    axes[0].axhline(0.5, label="chance", zorder=0.9, **style.DASHED)
    style.legend_below(figure, *axes[0].get_legend_handles_labels(), columns=4)
    return figure


def _curve(
    ax: Axes, at: Mapping[int | None, float], points: Mapping[int | None, Any], key: str, label: str, look: Any
) -> None:
    known = [budget for budget in at if budget in points]
    x = np.array([at[budget] for budget in known])
    mean, low, high = np.array([points[budget][key] for budget in known]).T
    ax.fill_between(x, low, high, color=look["color"], alpha=0.14, linewidth=0)
    ax.plot([], [], label=label, linewidth=1.7, **look)
    ax.plot(x, mean, linestyle="", **look)
    for k in range(len(x) - 1):
        line = ":" if known[k] == 0 or known[k + 1] is None else "-"
        ax.plot(x[k : k + 2], mean[k : k + 2], color=look["color"], linestyle=line, linewidth=1.7)


def places(budgets: Sequence[int | None]) -> dict[int | None, float]:
    """Where budgets stand: the logarithm of a number, 0 and all a step outside the numbers."""
    numbers = sorted(budget for budget in budgets if budget)
    logs = [math.log10(number) for number in numbers] or [0.0]
    step = max(0.35, 0.22 * (logs[-1] - logs[0]))
    at: dict[int | None, float] = {0: logs[0] - step} if 0 in budgets else {}
    at |= dict(zip(numbers, logs, strict=False))
    return at | ({None: logs[-1] + step} if None in budgets else {})
