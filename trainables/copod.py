"""COPOD: an empirical copula, read at the tails of each column."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainables.bases.pyod_detector import Arrays
from trainables.bases.tail_probabilities import TailProbabilities
from trainables.core.detector import hyperparameters


@hyperparameters
class COPOD(TailProbabilities):
    """Copula-based outlier detection.

    With n training rows, L_j = (1 + #{i : x_ij <= x_j}) / (n + 1) and
    R_j = (1 + #{i : x_ij >= x_j}) / (n + 1) are the tails of column j at x, and S_j is L_j where
    the column is skewed to the left, R_j where it is skewed to the right, L_j R_j where it is
    symmetric. s(x) = sum_j max(-log S_j, -(log L_j + log R_j) / 2).

    Notes
    -----
    Rows of shape (n, d). Labels are not used.
    Deviation from the paper, as in PyOD: the maximum is taken in every column, where the paper takes
    it of the three sums over columns; that form is ``ECOD(aggregation="totals")``.
    Deviation from PyOD: its `decision_function` adds the rows to score to the training rows, so
    that the score of a row depends on which others are scored with it. Here each row is added alone,
    which is what PyOD gives when it scores rows one by one, but for the skewness, which is that
    of the training rows.

    References
    ----------
    Li, Zhao, Botta, Ionescu, Hu. COPOD: Copula-Based Outlier Detection. ICDM 2020.
    """

    def _scores(self, arrays: Arrays, rows: NDArray[np.float64]) -> NDArray[np.floating[Any]]:
        left, right, skewed = self._tails(arrays, rows)
        return np.maximum(skewed, (left + right) / 2).sum(1)
