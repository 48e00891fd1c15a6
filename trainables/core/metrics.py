"""The figures a detector is judged by: AUROC, AP and F1.

Everywhere `scores`, of shape (n,), are higher for what is more anomalous, and labels `y`, of that shape, are
1 for anomalies and 0 for the rest. Every function raises ValueError if there is not one label per score, a
label is neither 0 nor 1, only one class is there, or a score is NaN or infinite.

This module runs in every worker after every round of training, so it sorts the scores once and
imports numpy alone: scikit-learn's metrics, which it equals in the tests, cost each
worker 0.8 s to import.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

REPORT_PERCENTILE = 97.8
"""The report calls the rows above this percentile of the evaluated scores anomalies."""


def ranking(y: ArrayLike, scores: ArrayLike) -> dict[str, float]:
    """AUROC, average precision and the best F1, all from one sort; equal scores are one step of the curves.

    Returns
    -------
    dict of str to float
        `auroc` and `ap` as `roc_auc_score` and `average_precision_score` define
        them; `f1`, the best F1 of any threshold; `threshold`, the highest score for
        which `scores >= threshold` gives that F1.
    """
    labels, values = check(y, scores)
    fps, tps, thresholds = _steps(labels, values)
    positives, negatives = tps[-1], fps[-1]
    new_tps, new_fps = np.diff(tps, prepend=0.0), np.diff(fps, prepend=0.0)
    f1 = 2 * tps / (tps + fps + positives)
    best = int(np.argmax(f1))
    return {
        "auroc": float(new_fps @ (tps - new_tps / 2) / (positives * negatives)),
        "ap": float(new_tps @ (tps / (tps + fps)) / positives),
        "f1": float(f1[best]),
        "threshold": float(thresholds[best]),
    }


def ranking_by_task(y: ArrayLike, scores: ArrayLike) -> list[dict[str, float]]:
    """`ranking` of every column of labels and scores (n, tasks); a label -1 is a row that a task does not have."""
    return [ranking(labels, values) for labels, values in by_task(y, scores)]


def by_task(y: ArrayLike, scores: ArrayLike) -> list[tuple[NDArray[np.int8], NDArray[np.float64]]]:
    """Labels and scores of each column's own rows, see `ranking_by_task`; scores may have seeds before the rows.

    Labels of shape (n,) are of one task, whose rows are all there.
    """
    labels, values = np.asarray(y), np.asarray(scores, dtype=np.float64)
    if labels.ndim == 1:
        return [(labels, values)]
    if labels.ndim != 2 or labels.shape != values.shape[-2:]:
        raise ValueError(f"expected a label per score and task, got labels {labels.shape} and scores {values.shape}")
    return [(labels[own, k], values[..., own, k]) for k, own in enumerate((labels >= 0).T)]


def cut(y: ArrayLike, scores: ArrayLike) -> float:
    """The score from which on a row is called anomalous, chosen on these rows.

    That of the best F1. Where more than half of the rows are anomalies, as in one-vs-rest data,
    the best F1 is near that of calling everything an anomaly: there it is the score at which
    the shares of anomalies and of normal rows above it differ most (Youden's J).
    """
    labels, values = check(y, scores)
    fps, tps, thresholds = _steps(labels, values)
    if tps[-1] <= fps[-1]:
        return ranking(y, scores)["threshold"]
    return float(thresholds[int(np.argmax(tps / tps[-1] - fps / fps[-1]))])


def f1_at_percentile(y: ArrayLike, scores: ArrayLike, percentile: float = REPORT_PERCENTILE) -> float:
    """F1 of `scores > threshold`, the threshold being a percentile of these very scores.

    This is the report's convention. The comparison is strict, so rows that tie with
    the threshold are normal and a constant score finds nothing (F1 = 0). The percentile, 0 to 100, is
    interpolated linearly between neighbouring scores.
    """
    labels, values = check(y, scores)
    return _f1(labels, values > np.percentile(values, percentile))


def f1_at_threshold(y: ArrayLike, scores: ArrayLike, threshold: float) -> float:
    """F1 of `scores >= threshold`, for a threshold that was chosen on other rows; it may be infinite, not NaN."""
    labels, values = check(y, scores)
    if np.isnan(threshold):
        raise ValueError("the threshold is NaN")
    return _f1(labels, values >= threshold)


def figures(y: ArrayLike, scores: ArrayLike, threshold: float | None = None) -> dict[str, float]:
    """The figures that reports print for one detector on one set of rows.

    Returns
    -------
    dict of str to float
        `auroc`, `ap`, `f1_report` (see `f1_at_percentile`) and, where a threshold chosen on other rows
        was given, `f1_threshold`, `precision_threshold` and `recall_threshold`.
    """
    ranked = ranking(y, scores)
    scored = {"auroc": ranked["auroc"], "ap": ranked["ap"], "f1_report": f1_at_percentile(y, scores)}
    if threshold is not None:
        scored["f1_threshold"] = f1_at_threshold(y, scores, threshold)
        scored |= precision_recall(y, scores, threshold)
    return scored


def precision_recall(y: ArrayLike, scores: ArrayLike, threshold: float) -> dict[str, float]:
    """`precision_threshold` and `recall_threshold` of `scores >= threshold`; precision is 0 where nothing is found."""
    labels, values = check(y, scores)
    predicted = values >= threshold
    hits, alarms = int(np.count_nonzero(labels & predicted)), int(np.count_nonzero(predicted))
    return {
        "precision_threshold": hits / max(1, alarms),
        "recall_threshold": hits / int(np.count_nonzero(labels)),
    }


def check(y: ArrayLike, scores: ArrayLike) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Labels as bool and scores as float64, both of shape (n,)."""
    labels, values = np.asarray(y), np.asarray(scores, dtype=np.float64)
    if labels.ndim != 1 or labels.shape != values.shape:
        raise ValueError(f"expected one label per score, got labels {labels.shape} and scores {values.shape}")
    finite = np.isfinite(values)
    if not finite.all():
        row = int(np.argmin(finite))
        raise ValueError(f"{len(values) - finite.sum()} scores are NaN or infinite, the first is row {row}")
    anomalies = labels == 1
    count = int(np.count_nonzero(anomalies))
    if count + np.count_nonzero(labels == 0) != len(labels):
        raise ValueError(f"labels must be 0 (normal) or 1 (anomaly), found {np.unique(labels)[:5]}")
    if count in (0, len(labels)):
        raise ValueError(f"only one class in the labels: {count} anomalies in {len(labels)} rows")
    return anomalies, values


def _f1(labels: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> float:
    """F1; 0 where nothing is predicted."""
    hits = np.count_nonzero(labels & predicted)
    return 2 * hits / (np.count_nonzero(labels) + np.count_nonzero(predicted))


def _steps(labels: NDArray[np.bool_], values: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """False and true positives at each distinct score, from the highest down, and the scores."""
    order = np.argsort(-values, kind="stable")
    ordered = values[order]
    ends = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)
    tps = np.cumsum(labels[order], dtype=np.float64)[ends]
    return ends + 1.0 - tps, tps, ordered[ends]
