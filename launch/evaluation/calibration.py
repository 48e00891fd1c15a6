"""Threshold, probability and p-value of a refitted model, from rows that a model of its configuration did not see.

A model's scores of its own training rows are no measure of what it gives to new ones: a row finds itself among its
neighbours, an over-fitted model separates the rows that it learnt by heart. So the rows that the confirmation held out
say where the threshold lies: each split's scores are brought to the scale of the refitted model, by the quantiles of
both models' scores of training rows (`trainables.training.fit.training_quantiles`), and pooled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from trainables.core import metrics
from trainables.core.serving import mid_ranks
from trainables.training.fit import QUANTILES

REFERENCE_POINTS = 2001


@dataclass(frozen=True)
class HeldOut:
    """Rows of one split, scored by a model that was trained on the others.

    Attributes
    ----------
    y : ndarray of shape (n,), or (n, tasks)
        1 for anomalies, 0 for the rest, -1 for rows that a task does not have.
    scores : ndarray of the same shape
    training_quantiles : ndarray of shape (tasks, quantiles), optional
        Of the scores of training rows. Without them the scores count as they are.
    alarm_rate : float, optional
        Share of real rows that the threshold flags, where anomalies (1) are made up.
    """

    y: NDArray[Any]
    scores: NDArray[np.float64]
    training_quantiles: NDArray[np.float64] | None = None
    alarm_rate: float | None = None

    @property
    def real(self) -> HeldOut:
        """Without made-up anomalies."""
        if self.alarm_rate is None:
            return self
        return replace(self, y=self.y[self.y == 0], scores=self.scores[self.y == 0])

    def by_task(self) -> list[HeldOut]:
        """The rows of each task."""
        tasks = metrics.by_task(self.y, self.scores)
        return [
            HeldOut(y, scores, quantiles_of(self.training_quantiles, k), self.alarm_rate)
            for k, (y, scores) in enumerate(tasks)
        ]


def quantiles_of(training_quantiles: NDArray[np.float64] | None, task: int) -> NDArray[np.float64] | None:
    """Those of a task, still of shape (1, quantiles)."""
    return None if training_quantiles is None else training_quantiles[task : task + 1]


def by_task(folds: Iterable[HeldOut]) -> list[list[HeldOut]]:
    """The splits of each task."""
    return [list(own) for own in zip(*(fold.by_task() for fold in folds), strict=True)]


def threshold_quantile(folds: Sequence[HeldOut]) -> float:
    """Median over splits of the quantile at which held-out rows are cut (`trainables.core.metrics.cut`).

    Where anomalies are made up, the one above which lies the share of real rows that is wanted.
    """
    if folds[0].alarm_rate is not None:
        return 1 - folds[0].alarm_rate
    return float(np.median([np.mean(fold.scores < metrics.cut(fold.y, fold.scores)) for fold in folds]))


def cross_fitted(folds: Sequence[HeldOut], training_quantiles: NDArray[np.float64] | None) -> HeldOut:
    """The held-out rows of one task together, without made-up ones, their scores on the scale of another model.

    Parameters
    ----------
    folds : sequence of HeldOut
        Of one task.
    training_quantiles : ndarray of shape (1, quantiles), optional
        Of the model whose scale is wanted.
    """
    folds = [fold.real for fold in folds]
    return HeldOut(
        np.concatenate([fold.y for fold in folds]),
        np.concatenate([rescaled(fold, training_quantiles) for fold in folds]),
        training_quantiles,
    )


def rescaled(fold: HeldOut, wanted: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Scores of a split on the scale of another model: quantile by quantile between the first and the last known.

    Beyond them by the ratio of the two ranges between these. A score that is several quantiles, as that of a leaf of
    trees may be, goes to the middle of theirs; where all are one, scores are shifted.
    """
    if fold.training_quantiles is None or wanted is None:
        return fold.scores
    own, target = fold.training_quantiles[0], wanted[0]
    if not np.isfinite([own, target]).all():
        return fold.scores
    known, place = np.unique(own, return_inverse=True)
    middle = np.interp(fold.scores, known, [np.median(target[place == k]) for k in range(len(known))])
    ranges = np.ptp(own), np.ptp(target)
    ratio = ranges[1] / ranges[0] if min(ranges) > 0 else 1.0
    below, above = np.minimum(fold.scores - own[0], 0), np.maximum(fold.scores - own[-1], 0)
    return middle + ratio * (below + above)


def median_and_range(training_quantiles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Median and interquartile range of the training scores of each task, shape (tasks, 2)."""
    return np.array([(np.interp(0.5, QUANTILES, own), _interquartile_range(own)) for own in training_quantiles])


def _interquartile_range(quantiles: NDArray[np.float64]) -> float:
    return float(np.subtract(*np.interp((0.75, 0.25), QUANTILES, quantiles)))


def threshold(quantile: float, scores: NDArray[np.float64]) -> float:
    """The score at a quantile of the scores of unseen rows."""
    return float(np.quantile(scores, quantile, method="higher"))


def calibration(folds: Sequence[HeldOut], training_quantiles: NDArray[np.float64] | None) -> dict[str, Any]:
    """What `trainables.core.serving.calibrated` needs.

    Parameters
    ----------
    folds : sequence of HeldOut
        Of one task.
    training_quantiles : ndarray of shape (1, quantiles), optional
        Of the refitted model.

    Returns
    -------
    dict
        Kind ``isotonic`` where the held-out rows have both classes, else ``conformal_p``. `reference` are scores of
        unseen rows, `normal` those of the normal ones among them (all, where nothing says which they are).
    """
    unseen = cross_fitted(folds, training_quantiles)
    known = unseen.scores[unseen.y == 0]
    made: dict[str, Any] = {
        "reference": _points(unseen.scores),
        "normal": _points(known if len(known) else unseen.scores),
    }
    usable = [fold for fold in folds if fold.alarm_rate is None and 0 < np.sum(fold.y) < len(fold.y)]
    if not usable:
        return {"kind": "conformal_p", **made}
    # a row's quantile is its place among the held-out rows of its split, ties at their middle
    ranks = np.concatenate([mid_ranks(np.sort(fold.scores), fold.scores) for fold in usable])
    labels = np.concatenate([fold.y for fold in usable]).astype(float)
    places, inverse = np.unique(ranks, return_inverse=True)
    weights = np.bincount(inverse)
    fitted = isotonic_regression(np.bincount(inverse, labels) / weights, weights=weights).x
    # the ends of each step are enough: between them the curve is flat
    ends = np.concatenate([[True], np.diff(fitted) != 0]) | np.concatenate([np.diff(fitted) != 0, [True]])
    return {"kind": "isotonic", **made, "quantile": places[ends].tolist(), "probability": fitted[ends].tolist()}


def _points(scores: NDArray[np.float64]) -> list[float]:
    """The scores themselves, in order; of many, quantiles at even distances."""
    points: list[float] = np.quantile(scores, np.linspace(0.0, 1.0, min(len(scores), REFERENCE_POINTS))).tolist()
    return points
