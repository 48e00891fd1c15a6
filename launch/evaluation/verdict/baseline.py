"""The simplest detector beside every result: logistic regression where training knows anomalies, else a forest."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import search_spaces
from launch.config.plan import Plan
from launch.evaluation.arm_metrics import Interval
from launch.evaluation.intervals import score_interval, total
from launch.evaluation.outcome import SEEDS, Baseline
from trainables.core import metrics

NAMES = {"logistic": "logistic regression", "iforest": "an isolation forest", "pca": "PCA"}
"""In a sentence."""


def baseline_of(plan: Plan) -> Baseline | None:
    """The baseline of a search, in its published configuration; None where it is what was searched."""
    known = plan.info.anomalies > 0
    detector = "pca" if plan.problem.modality == "image" else "logistic" if known else "iforest"
    if detector == plan.detector:
        return None
    few = not plan.problem.labels.all
    configurations = search_spaces.published(
        search_spaces.load(detector), few_labels=few, modality=plan.problem.modality
    )
    origin, params = next(iter(configurations.items()))
    varies = detector == "iforest" or few or plan.problem.cross_validated
    return Baseline(detector, origin, params, SEEDS if varies else SEEDS[:1])


def sees_other_rows(plan: Plan) -> bool:
    """Whether the baseline may be given other training rows than the detector that was searched.

    So it is where normal rows alone train what does not learn from anomalies, and where some rows have no label.
    """
    return plan.problem.normal_only or plan.problem.development.target is not None


def prevalence(y: NDArray[Any]) -> float:
    """Share of anomalies, which is the AP of random scores; of several tasks the mean."""
    return float(np.mean([np.mean(labels == 1) for labels, _ in metrics.by_task(y, np.zeros(y.shape))]))


def false_alarms(y: NDArray[Any], scores: NDArray[np.float64], thresholds: NDArray[np.float64], rows: int) -> Interval:
    """Share of normal rows at or above the thresholds, mean over seeds and tasks, with its 95 % interval.

    Parameters
    ----------
    y : ndarray of shape (n,) or (n, tasks)
    scores : ndarray of shape (seeds, n) or (seeds, n, tasks)
    thresholds : ndarray of shape (seeds, tasks)
    rows : int
        Normal rows that the interval rests on: of those that are equal one, of tasks that with the fewest.
    """
    by_seed = np.mean(
        [
            np.mean(values[:, labels == 0] >= thresholds[:, task, None], axis=1)
            for task, (labels, values) in enumerate(metrics.by_task(y, scores))
        ],
        axis=0,
    )
    mean = float(by_seed.mean())
    of_seeds = (float(by_seed.var(ddof=1)) / len(by_seed), len(by_seed) - 1) if len(by_seed) > 1 else (0.0, np.inf)
    low, high = score_interval(mean, *total((mean * (1 - mean) / max(1, rows), np.inf), of_seeds), rows)
    return Interval(*(round(float(value), 6) for value in (mean, low, high)))
