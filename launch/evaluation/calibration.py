"""Threshold and probability of a refitted model, from out-of-fold validation scores.

A refit shifts the scale of the scores, so both are kept as quantiles: the threshold is a
quantile of the refitted model's scores on its own training rows, and the probability a
monotone curve over that quantile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from trainables.core import metrics

REFERENCE_POINTS = 2001
Scored = tuple[NDArray[Any], NDArray[np.float64]]
"""Labels of shape (n,) and scores of the same rows, of shape (n,) or (seeds, n)."""


def threshold_quantile(folds: Sequence[Scored]) -> float:
    """Median over folds of the quantile at which held-out rows are cut (`trainables.core.metrics.cut`)."""
    return float(np.median([np.mean(scores < metrics.cut(y, scores)) for y, scores in folds]))


def threshold_quantiles(folds: Sequence[Scored]) -> tuple[float, ...]:
    """`threshold_quantile` of each task; labels and scores have a column for each, or are of one."""
    per_task = zip(*(metrics.by_task(y, scores) for y, scores in folds), strict=True)
    return tuple(threshold_quantile(own) for own in per_task)


def threshold(quantile: float, scores: NDArray[np.float64]) -> float:
    """The score at a quantile of a model's scores on its reference rows."""
    return float(np.quantile(scores, quantile, method="higher"))


def thresholds(quantiles: Sequence[float], y: NDArray[Any], scores: NDArray[np.float64]) -> list[float]:
    """`threshold` of each task, on the rows that it has."""
    by_task = metrics.by_task(y, scores)
    return [threshold(quantile, own) for quantile, (_, own) in zip(quantiles, by_task, strict=True)]


def calibration(folds: Sequence[Scored], scores: NDArray[np.float64]) -> dict[str, Any]:
    """What `trainables.core.serving.calibrated` needs: a curve, ``isotonic`` where held-out labels exist.

    `folds` are held-out rows, none or without both classes where there are no labels; `scores` those of the refitted
    model on its training rows.
    """
    reference = np.quantile(scores, np.linspace(0.0, 1.0, REFERENCE_POINTS))
    usable = [(y, held_out) for y, held_out in folds if 0 < np.sum(y) < len(y)]
    if not usable:
        return {"kind": "conformal_p", "reference": reference.tolist()}
    # a row's quantile is its place among the held-out rows of its fold, ties at their middle
    ranks = np.concatenate([_quantiles(held_out) for _, held_out in usable])
    labels = np.concatenate([y for y, _ in usable]).astype(float)
    places, inverse = np.unique(ranks, return_inverse=True)
    weights = np.bincount(inverse)
    fitted = isotonic_regression(np.bincount(inverse, labels) / weights, weights=weights).x
    # the ends of each step are enough: between them the curve is flat
    ends = np.concatenate([[True], np.diff(fitted) != 0]) | np.concatenate([np.diff(fitted) != 0, [True]])
    return {
        "kind": "isotonic",
        "reference": reference.tolist(),
        "quantile": places[ends].tolist(),
        "probability": fitted[ends].tolist(),
    }


def _quantiles(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    ordered = np.sort(scores)
    left, right = np.searchsorted(ordered, scores, "left"), np.searchsorted(ordered, scores, "right")
    return (left + right - 1) / 2 / max(1, len(scores) - 1)
