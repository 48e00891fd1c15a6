"""Columns that say what the label says: the most common reason for a result too good to be true."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from datasets.problems.problem import Problem

SUSPICIOUS = 0.995
SUSPICIOUS_BY_NAME = 0.95
SPEAKING = frozenset(
    {
        "anomaly", "anomalous", "attack", "class", "confidence", "defect", "diagnosis", "difficulty", "failure",
        "fault", "fraud", "intrusion", "label", "novelty", "outcome", "outlier", "pred", "predicted", "prediction",
        "probability", "reject", "rejected", "result", "score", "severity", "target", "truth", "verdict",
    }
)  # fmt: skip
"""Words in names of columns that may be written when the label is known."""
FEWEST_ANOMALIES = 10
MOST_ROWS = {0: 10_000, 1: 4_000}
"""Normal rows and anomalies that are looked at."""
FOLDS = 3


@dataclass(frozen=True)
class Sample:
    """Some of the development rows, with weights that bring the classes back to their shares.

    Attributes
    ----------
    X, y, weights, folds : ndarray of n rows
        `folds` are stratified.
    """

    X: NDArray[np.float64]
    y: NDArray[np.int8]
    weights: NDArray[np.float64]
    folds: NDArray[np.intp]


def sample(X: NDArray[Any], y: NDArray[np.int8]) -> Sample:
    """Rows from all over the table, all where they are not too many."""
    kept, weights, folds = [], [], []
    for label, most in MOST_ROWS.items():
        of_label = np.flatnonzero(y == label)
        few = of_label[:: max(1, -(-len(of_label) // most))]
        kept.append(few)
        weights.append(np.full(len(few), len(of_label) / max(1, len(few))))
        folds.append(np.random.default_rng(0).permutation(len(few)) % FOLDS)
    rows = np.concatenate(kept)
    return Sample(X[rows].astype(np.float64), y[rows], np.concatenate(weights), np.concatenate(folds))


def giveaways(problem: Problem) -> list[tuple[str, float]]:
    """Columns of a table of one's own that alone tell the development rows' anomalies apart.

    Parameters
    ----------
    problem : Problem
        Only its development rows are looked at.

    Returns
    -------
    list of (name, AUROC)
        The most suspicious first: an AUROC of 0.995, of 0.95 where the name speaks of labels. A row is scored by
        the share of anomalies among the other rows of its value for texts and flags, by the number or its negative
        for numbers, and a missing value is one of its own.
    """
    part = problem.development
    if problem.schema is None or not problem.columns or part.anomalies < FEWEST_ANOMALIES:
        return []
    rows = sample(part.X, part.y)
    if rows.y.all():
        return []
    suspects = []
    for j, column in enumerate(problem.schema.columns):
        auroc = _auroc(rows.X[:, j], rows.y, column.kind in ("categorical", "boolean"))
        if auroc >= (SUSPICIOUS_BY_NAME if speaks_of_labels(column.name, problem.label) else SUSPICIOUS):
            suspects.append((column.name, auroc))
    return sorted(suspects, key=lambda suspect: -suspect[1])


def speaks_of_labels(name: str, label: str | None) -> bool:
    """Whether the name of a column has a word of labels, or of the label column, in it."""
    return bool(_words(name) & (SPEAKING | _words(label or "")))


def _words(name: str) -> set[str]:
    """Words of three letters and more: `isFraud_2` has fraud."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    return {word for word in re.split(r"[^a-z]+", spaced) if len(word) > 2}


def _auroc(values: NDArray[np.float64], y: NDArray[np.int8], by_value: bool) -> float:
    missing = np.isnan(values)
    if by_value:
        codes = np.unique(np.where(missing, np.inf, values), return_inverse=True)[1]
        others = np.bincount(codes)[codes] - 1  # with the row itself, a column of names would tell all
        scores = np.where(others > 0, (np.bincount(codes, y)[codes] - y) / np.maximum(others, 1), y.mean())
        return _area(y, scores)
    ends = (values[~missing].min() - 1, values[~missing].max() + 1) if (~missing).any() else (0.0, 0.0)
    areas = [_area(y, np.where(missing, end, values)) for end in (ends if missing.any() else ends[:1])]
    return max(max(area, 1 - area) for area in areas)


def _area(y: NDArray[np.int8], scores: NDArray[np.float64]) -> float:
    """AUROC by the ranks of the anomalies: the metric itself takes twenty times as long, for its curves."""
    _, codes, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[codes]
    anomalies = int(y.sum())
    return float((ranks[y == 1].sum() - anomalies * (anomalies + 1) / 2) / (anomalies * (len(y) - anomalies)))
