"""How detectors rank rows: score histograms, ROC and precision-recall curves, bars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import cycle, product
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from sklearn.metrics import precision_recall_curve, roc_curve

from analysis import charts
from analysis.plots import style
from trainables.core import metrics
from trainables.core.levels import level_order

BINS = 50
LINES = ("-", "--", ":", "-.")


def score_histograms(y: ArrayLike, scores: ArrayLike, title: str) -> Figure:
    """Scores of both classes, each class as a density of its own; on a log scale where one bar would hide the rest.

    Parameters
    ----------
    y : array-like of shape (n,)
        1 for anomalies, 0 for the rest; one class may be missing.
    scores : array-like of shape (n,)
        Finite, in any unit: shown min-max normalised to [0, 1].

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
    figure, (ax,) = style.canvas(title, x="anomaly score, min-max normalised", y="density within the class")
    edges = np.linspace(0, 1, BINS + 1)
    for label, name, colour in ((0, "normal", style.NORMAL_COLOUR), (1, "anomaly", style.ANOMALY_COLOUR)):
        of_class = unit[labels == label]
        if len(of_class):
            style.density(ax, of_class, edges, colour, f"{name} ({len(of_class):,})")
    ax.set_xlim(0, 1)
    shares = np.array(
        [np.histogram(unit[labels == label], edges)[0] / max(1, (labels == label).sum()) for label in (0, 1)]
    )
    if shares.max() > charts.TALL:
        ax.set_yscale("log")
        ax.set_ylim(bottom=BINS * shares[shares > 0].min() / 2)
        ax.set_ylabel("density within the class (log scale)")
    else:
        ax.set_ylim(bottom=0)
    style.legend(ax)
    return figure


def roc_curves(scored: Mapping[str, tuple[ArrayLike, ArrayLike]]) -> Figure:
    """ROC curves, best first in the legend.

    Parameters
    ----------
    scored : mapping of str to (y, scores)
        Labels and scores of each detector, both of shape (n,) and such as `trainables.core.metrics.ranking` takes;
        n may differ.
    """
    title = "ROC curves"
    if not scored:
        return style.message(title, "No scores to show.")
    figure, (ax,) = style.canvas(title, x="false positive rate", y="true positive rate", width=6.2, height=5.6)
    for label, value, look in _best_first(scored, "auroc"):
        fpr, tpr, _ = roc_curve(*scored[label])
        ax.plot(fpr, tpr, label=f"{label} (AUROC {value:.3f})", **look)
    ax.plot([0, 1], [0, 1], label="chance (AUROC 0.500)", **style.DASHED)
    ax.set(xlim=(-0.01, 1), ylim=(0, 1.01), aspect="equal")
    style.legend(ax, "lower right")
    return figure


def precision_recall_curves(scored: Mapping[str, tuple[ArrayLike, ArrayLike]]) -> Figure:
    """Precision-recall curves of what `roc_curves` takes, best first in the legend, above the prevalence.

    The dashed line is the share of anomalies, which random scores reach; there is one line for each
    distinct share.
    """
    title = "Precision-recall curves"
    if not scored:
        return style.message(title, "No scores to show.")
    figure, (ax,) = style.canvas(title, x="recall", y="precision", width=6.2, height=5.6)
    for label, value, look in _best_first(scored, "ap"):
        precision, recall, _ = precision_recall_curve(*scored[label], drop_intermediate=True)
        ax.plot(recall, precision, label=f"{label} (AP {value:.3f})", drawstyle="steps-post", **look)
    for prevalence in sorted({float(np.mean(np.asarray(y) == 1)) for y, _ in scored.values()}):
        ax.axhline(prevalence, label=f"prevalence (AP {prevalence:.3f})", **style.DASHED)
    ax.set(xlim=(-0.01, 1), ylim=(0, 1.01))
    style.legend(ax, "upper right")
    return figure


def detector_bars(detectors: Mapping[str, Mapping[str, Any]]) -> Figure:
    """AUROC and AP of detectors with intervals, grouped by what they saw of the labels.

    Parameters
    ----------
    detectors : mapping of str to mapping
        Per detector `auroc` and `ap`, each (mean, low, high), where NaN bounds draw no
        interval, and `supervision`, a level such as "unsupervised" or "few-label". Levels
        come in the order of how much they saw; within one, the best AP first.
    """
    title = "Detectors, grouped by supervision"
    if not detectors:
        return style.message(title, "No detectors to show.")
    level_of = {name: str(detector["supervision"]) for name, detector in detectors.items()}
    levels = sorted(set(level_of.values()), key=lambda level: (level_order(level), level))
    names = sorted(detectors, key=lambda name: (levels.index(level_of[name]), -detectors[name]["ap"][0]))
    colours = [style.CYCLE[levels.index(level_of[name]) % len(style.CYCLE)] for name in names]
    figure, axes = style.canvas(title, 2, width=9.0, height=max(2.6, 1.5 + 0.42 * len(names)))
    at = np.arange(len(names))
    for ax, key, label in zip(axes, ("auroc", "ap"), ("AUROC", "AP"), strict=True):
        mean, low, high = np.array([detectors[name][key] for name in names], dtype=np.float64).T
        ax.barh(at, mean, 0.66, color=colours, alpha=0.85)
        whiskers = np.maximum([mean - low, high - mean], 0)
        ax.errorbar(mean, at, xerr=whiskers, fmt="none", ecolor=style.BLACK, elinewidth=1.3, capsize=3)
        ends = np.fmax(mean, high)
        for row in range(len(names)):
            x, text = float(ends[row] + 0.02 * ends.max()), f"{mean[row]:.3f}"
            ax.text(x, row, text, va="center", fontsize=style.SMALL, bbox={"fc": "white", "ec": "none", "pad": 0.8})
        ax.set_xlim(0, 1.17 * max(ends.max(), 1e-3))
        ax.set_ylim(len(names) - 0.5, -0.5)
        ax.set_xlabel(f"{label} (mean and interval)")
        style.lying(ax)
    left, right = axes
    left.axvline(0.5, zorder=0.9, **style.DASHED)
    place: dict[str, Any] = {"xycoords": left.get_xaxis_transform(), "ha": "center", "va": "bottom"}
    left.annotate("chance", (0.5, 1.0), color=style.GREY, fontsize=8, **place)
    left.set_yticks(at, [f"{name} ({level_of[name]})" for name in names])
    left.set_ylabel("detector")
    right.set_yticks(at, [])
    return figure


def _best_first(
    scored: Mapping[str, tuple[ArrayLike, ArrayLike]], metric: str
) -> Iterator[tuple[str, float, dict[str, Any]]]:
    """Labels with their AUROC or AP, colour and dash, best first; no two look the same up to 28 curves."""
    values = {label: metrics.ranking(*pair)[metric] for label, pair in scored.items()}
    looks = product(LINES, style.CYCLE)
    for label, (line, colour) in zip(sorted(values, key=lambda label: -values[label]), cycle(looks), strict=False):
        yield label, values[label], {"color": colour, "linestyle": line, "linewidth": 1.8}
