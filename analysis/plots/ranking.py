"""How detectors rank rows: score histograms, ROC and precision-recall curves, bars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from sklearn.metrics import precision_recall_curve, roc_curve

from analysis.plots import style
from analysis.statistics.levels import level_order
from trainables.core import metrics

BINS = 50
LINES = ("-", "--", ":", "-.")


def score_histograms(y: ArrayLike, scores: ArrayLike, title: str) -> Figure:
    """Scores of both classes, each class as a density of its own.

    Parameters
    ----------
    y : array-like of shape (n,)
        1 for anomalies, 0 for the rest; one class may be missing.
    scores : array-like of shape (n,)
        Finite, in any unit: shown min-max normalised to [0, 1].
    title : str
        Title of the figure.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is not one label per score or a score is NaN or infinite.
    """
    labels, values = np.asarray(y), np.asarray(scores, dtype=np.float64)
    if labels.shape != values.shape or not np.isfinite(values).all():
        raise ValueError(f"{title}: expected one finite score per label, got {labels.shape} and {values.shape}")
    if not values.size:
        return style.message(title, "No scores to show.")
    low, span = values.min(), np.ptp(values)
    unit = (values - low) / (span or 1.0)
    figure, (ax,) = style.canvas(title)
    edges = np.linspace(0, 1, BINS + 1)
    for label, name, colour in ((0, "normal", style.NORMAL_COLOUR), (1, "anomaly", style.ANOMALY_COLOUR)):
        of_class = unit[labels == label]
        if not len(of_class):
            continue
        heights, _ = np.histogram(of_class, edges, density=True)
        ax.stairs(heights, edges, fill=True, color=colour, alpha=0.3)
        ax.stairs(heights, edges, color=colour, linewidth=1.6, label=f"{name} ({len(of_class):,})")
    ax.set_xlim(0, 1)
    ax.set_ylim(bottom=0)
    ax.set_xlabel("anomaly score, min-max normalised")
    ax.set_ylabel("density within the class")
    style.legend(ax)
    return figure


def roc_curves(scored: Mapping[str, tuple[ArrayLike, ArrayLike]]) -> Figure:
    """ROC curves, best first in the legend.

    Parameters
    ----------
    scored : mapping of str to (y, scores)
        Labels and scores of each detector, both of shape (n,); n may differ.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        As `trainables.core.metrics.ranking`.
    """
    title = "ROC curves"
    if not scored:
        return style.message(title, "No scores to show.")
    figure, (ax,) = style.canvas(title, width=6.2, height=5.6)
    for (label, value), look in zip(_by_metric(scored, "auroc"), _looks(len(scored)), strict=True):
        fpr, tpr, _ = roc_curve(*scored[label])
        ax.plot(fpr, tpr, label=f"{label} (AUROC {value:.3f})", **look)
    ax.plot([0, 1], [0, 1], color=style.GREY, linewidth=1, linestyle=(0, (4, 3)), label="chance (AUROC 0.500)")
    ax.set(xlim=(-0.01, 1), ylim=(0, 1.01), aspect="equal")
    ax.set_xlabel("false positive rate")
    ax.set_ylabel("true positive rate")
    style.legend(ax, "lower right")
    return figure


def precision_recall_curves(scored: Mapping[str, tuple[ArrayLike, ArrayLike]]) -> Figure:
    """Precision-recall curves, best first in the legend, above the prevalence.

    Parameters
    ----------
    scored : mapping of str to (y, scores)
        Labels and scores of each detector, both of shape (n,); n may differ.

    Returns
    -------
    Figure
        The dashed line is the share of anomalies, which random scores reach; there
        is one line for each distinct share.

    Raises
    ------
    ValueError
        As `trainables.core.metrics.ranking`.
    """
    title = "Precision-recall curves"
    if not scored:
        return style.message(title, "No scores to show.")
    figure, (ax,) = style.canvas(title, width=6.2, height=5.6)
    for (label, value), look in zip(_by_metric(scored, "ap"), _looks(len(scored)), strict=True):
        precision, recall, _ = precision_recall_curve(*scored[label], drop_intermediate=True)
        ax.plot(recall, precision, label=f"{label} (AP {value:.3f})", drawstyle="steps-post", **look)
    for prevalence in sorted({float(np.mean(np.asarray(y) == 1)) for y, _ in scored.values()}):
        dashes = (0, (4, 3))
        ax.axhline(
            prevalence, color=style.GREY, linewidth=1, linestyle=dashes, label=f"prevalence (AP {prevalence:.3f})"
        )
    ax.set(xlim=(-0.01, 1), ylim=(0, 1.01))
    ax.set_xlabel("recall")
    ax.set_ylabel("precision")
    style.legend(ax, "upper right")
    return figure


def detector_bars(detectors: Mapping[str, Mapping[str, Any]]) -> Figure:
    """AUROC and AP of detectors with intervals, grouped by what they saw of the labels.

    Parameters
    ----------
    detectors : mapping of str to mapping
        Per detector `auroc` and `ap`, each (mean, low, high), where NaN bounds draw no
        interval, and `supervision`, a level such as "unsupervised" or "few-label".

    Returns
    -------
    Figure
        Levels come in the order of how much they saw; within one, the best AP first.
    """
    title = "Detectors, grouped by supervision"
    if not detectors:
        return style.message(title, "No detectors to show.")
    levels = sorted(
        {str(d["supervision"]) for d in detectors.values()},
        key=lambda level: (level_order(level), level),
    )
    colours = {level: style.CYCLE[i % len(style.CYCLE)] for i, level in enumerate(levels)}
    names = sorted(detectors, key=lambda n: (levels.index(str(detectors[n]["supervision"])), -detectors[n]["ap"][0]))
    figure, axes = style.canvas(title, 2, width=9.0, height=max(2.6, 1.5 + 0.42 * len(names)))
    at = np.arange(len(names))
    for ax, key, label in zip(axes, ("auroc", "ap"), ("AUROC", "AP"), strict=True):
        mean, low, high = np.array([detectors[name][key] for name in names], dtype=np.float64).T
        ax.barh(at, mean, 0.66, color=[colours[str(detectors[name]["supervision"])] for name in names], alpha=0.85)
        whiskers = np.maximum([mean - low, high - mean], 0)
        ax.errorbar(mean, at, xerr=whiskers, fmt="none", ecolor=style.BLACK, elinewidth=1.3, capsize=3)
        ends = np.fmax(mean, high)
        for row in range(len(names)):
            x, text = float(ends[row] + 0.02 * ends.max()), f"{mean[row]:.3f}"
            ax.text(x, row, text, va="center", fontsize=style.SMALL, bbox={"fc": "white", "ec": "none", "pad": 0.8})
        ax.set_xlim(0, 1.17 * max(ends.max(), 1e-3))
        ax.set_ylim(len(names) - 0.5, -0.5)
        ax.set_xlabel(f"{label} (mean and interval)")
        ax.grid(False, axis="y")
        ax.grid(True, axis="x", color="#E6E6E6", linewidth=0.8)
    axes[0].axvline(0.5, zorder=0.9, color=style.GREY, linewidth=1, linestyle=(0, (4, 3)))
    axes[0].annotate(
        "chance",
        (0.5, 1.0),
        xycoords=axes[0].get_xaxis_transform(),
        ha="center",
        va="bottom",
        color=style.GREY,
        fontsize=8,
    )
    axes[0].set_yticks(at, [f"{name} ({detectors[name]['supervision']})" for name in names])
    axes[0].set_ylabel("detector")
    axes[1].set_yticks(at, [])
    for ax in axes:
        ax.tick_params(axis="y", length=0)
    return figure


def _by_metric(scored: Mapping[str, tuple[ArrayLike, ArrayLike]], metric: str) -> list[tuple[str, float]]:
    """Labels with their AUROC or AP, best first."""
    labelled = [(label, metrics.ranking(*pair)[metric]) for label, pair in scored.items()]
    return sorted(labelled, key=lambda pair: -pair[1])


def _looks(count: int) -> list[dict[str, Any]]:
    """Colour and dash of each curve; no two are the same up to 28 curves."""
    n = len(style.CYCLE)
    return [
        {"color": style.CYCLE[i % n], "linestyle": LINES[i // n % len(LINES)], "linewidth": 1.8} for i in range(count)
    ]
