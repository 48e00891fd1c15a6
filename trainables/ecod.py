"""ECOD: the tails of each column's empirical distribution."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from trainables.bases.pyod_detector import Arrays
from trainables.bases.tail_probabilities import TailProbabilities
from trainables.core.detector import hyperparameters


@hyperparameters
class ECOD(TailProbabilities):
    """Outlier detection by empirical cumulative distribution functions.

    With n training rows, L_j = (1 + #{i : x_ij <= x_j}) / (n + 1) and
    R_j = (1 + #{i : x_ij >= x_j}) / (n + 1) are the tails of column j at x, and S_j is L_j where
    the column is skewed to the left, R_j where it is skewed to the right, L_j R_j where it is
    symmetric. "columns": s(x) = sum_j max(-log L_j, -log R_j, -log S_j).
    "totals": s(x) = max(-sum_j log L_j, -sum_j log R_j, -sum_j log S_j).

    Parameters
    ----------
    aggregation : {"columns", "totals"}, default="columns"
        The maximum over tails in every column, which PyOD computes, or of the sums over columns,
        which is in the paper.

    Notes
    -----
    Rows of shape (n, d). Labels are not used.
    Deviation from PyOD: its `decision_function` adds the rows to score to the training rows, so
    that the score of a row depends on which others are scored with it, and costs a sort of all
    training rows. Here each row is added alone, which is what PyOD gives when it scores rows one by one,
    but for the skewness, which is that of the training rows.

    References
    ----------
    Li, Zhao, Hu, Botta, Ionescu, Chen. ECOD: Unsupervised Outlier Detection Using Empirical
    Cumulative Distribution Functions. TKDE 2022.
    """

    aggregation: Literal["columns", "totals"] = "columns"

    def _scores(self, arrays: Arrays, rows: NDArray[np.float64]) -> NDArray[np.floating[Any]]:
        tails = np.stack(self._tails(arrays, rows))
        return tails.max(0).sum(1) if self.aggregation == "columns" else tails.sum(2).max(0)
