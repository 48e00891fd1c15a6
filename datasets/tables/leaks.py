"""Columns that say what the label says: the most common reason for a result too good to be true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from trainables.core.metrics import ranking

if TYPE_CHECKING:
    from datasets.problems.problem import Problem

SUSPICIOUS = 0.995
FEWEST_ANOMALIES = 10
MOST_ROWS = 50_000


def giveaways(problem: Problem) -> list[tuple[str, float]]:
    """Columns of a table of one's own that alone tell the development rows' anomalies apart.

    Parameters
    ----------
    problem : Problem
        Only its development rows are looked at.

    Returns
    -------
    list of (name, AUROC)
        The most suspicious first. A row is scored by the share of anomalies among the other
        rows of its value for texts and flags, by the number or its negative for numbers, and a
        missing value is one of its own.
    """
    part = problem.development
    if problem.schema is None or not problem.columns or part.anomalies < FEWEST_ANOMALIES:
        return []
    step = max(1, len(part) // MOST_ROWS)
    X, y = part.X[::step], part.y[::step]
    if not 0 < y.sum() < len(y):
        return []
    suspects = []
    for j, column in enumerate(problem.schema.columns):
        auroc = _auroc(X[:, j].astype(np.float64), y, column.kind in ("categorical", "boolean"))
        if auroc >= SUSPICIOUS:
            suspects.append((column.name, auroc))
    return sorted(suspects, key=lambda suspect: -suspect[1])


def _auroc(values: NDArray[np.float64], y: NDArray[np.int8], by_value: bool) -> float:
    missing = np.isnan(values)
    if by_value:
        codes = np.unique(np.where(missing, np.inf, values), return_inverse=True)[1]
        others = np.bincount(codes)[codes] - 1  # with the row itself, a column of names would tell all
        scores = np.where(others > 0, (np.bincount(codes, y)[codes] - y) / np.maximum(others, 1), y.mean())
    else:
        ends = (values[~missing].min() - 1, values[~missing].max() + 1) if (~missing).any() else (0.0, 0.0)
        filled = [np.where(missing, end, values) for end in ends]
        return max(max(area, 1 - area) for area in (ranking(y, scores)["auroc"] for scores in filled))
    return ranking(y, scores)["auroc"]
