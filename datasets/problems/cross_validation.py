"""Folds over all rows, for tables with too few anomalies to seal a fifth of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from datasets.errors import DataError
from datasets.wording import counted, verb

LEAST = 2
"""Anomalies that cross-validation takes: one to train with and one to measure on."""
LEAST_SEALED = 8
"""Anomalies of which a fifth is two: below, a sealed test has one, and its AUROC is the rank of one row."""
MOST_FOLDS = 5


def fold_numbers(y: NDArray[np.int8], groups: NDArray[np.intp] | None, seed: int) -> NDArray[np.intp]:
    """The fold of each row: anomalies evenly over the folds, and about as many rows in each as groups allow.

    Parameters
    ----------
    y : ndarray of int8, shape (n,)
        With anomalies in two groups at least.
    groups : ndarray of int, shape (n,), optional
        Rows of one group are in one fold.
    seed : int

    Returns
    -------
    ndarray of int, shape (n,)
        0, 1, … one less than the number of folds, which is five, or the number of groups with anomalies.
    """
    compact = np.arange(len(y)) if groups is None else np.unique(groups, return_inverse=True)[1]
    generator = np.random.RandomState(seed)
    sizes, carried = np.bincount(compact), np.bincount(compact, y == 1)
    order = generator.permutation(len(sizes))
    anomalous, normal = order[carried[order] > 0], order[carried[order] == 0]
    folds = min(MOST_FOLDS, len(anomalous))
    if folds < LEAST:
        raise DataError(
            "the anomalies are equal in every column, so none is left to measure on when one trains; more of them are "
            "needed, that differ"
        )
    number = np.empty(len(sizes), np.intp)
    number[anomalous] = np.arange(len(anomalous)) % folds
    largest_first = normal[np.argsort(-sizes[normal], kind="stable")]
    there_and_back = np.arange(len(normal)) % (2 * folds)
    number[largest_first] = np.minimum(there_and_back, 2 * folds - 1 - there_and_back)
    return number[compact]


def note(anomalies: int, rows: int, *, asked: bool) -> str:
    """What must be said beside every figure of cross-validation."""
    why = (
        ""
        if asked
        else f"{counted(anomalies, 'anomaly')} {verb(anomalies)} too few to seal a fifth of them, "
        f"which takes {LEAST_SEALED}; "
    )
    return (
        f"cross-validated: {why}figures are over all {rows:,} rows, each scored by models that did not see it, five "
        "times over; the same rows chose the configuration, so this is no sealed test and there is no verdict"
    )
