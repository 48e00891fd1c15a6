"""A fitted detector seen through scikit-learn's outlier conventions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from trainables.core.detector import Detector


class SklearnView:
    """scikit-learn's sign around a detector: higher = more normal, -1 = outlier.

    Parameters
    ----------
    detector : Detector
        Fitted or not.
    contamination : float, default=0.022
        Share of the training rows that `predict` calls outliers.
    """

    def __init__(self, detector: Detector, contamination: float = 0.022) -> None:
        self.detector = detector
        self.contamination = contamination

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> SklearnView:
        """Fit, and put `offset_` at the contamination quantile of the training scores."""
        self.detector.fit(X, y)
        self.offset_ = float(np.quantile(self.score_samples(X), self.contamination))
        return self

    def score_samples(self, X: ArrayLike) -> NDArray[np.float64]:
        """Negated anomaly scores, shape (n,)."""
        return -self.detector.decision_function(X)

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """Scores shifted so that outliers are negative; needs `fit` on this view."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """-1 for outliers, +1 for the rest."""
        return np.where(self.decision_function(X) < 0, -1, 1)
