"""Logistic regression: what a linear model can do when it sees every label."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from trainables.core import constraints as c
from trainables.core.detector import Detector, Fidelity, Modality, Supervision, TrainData, hyperparameters
from trainables.core.errors import NotFitted
from trainables.core.sklearn_state import anomaly_labels, flat


@hyperparameters
class Logistic(Detector):
    """Logistic regression on the labels: a supervised control.

    s(x) = w.x + b, the log-odds of an anomaly, where w and b minimise
    sum_i w_y log(1 + exp(-y_i s(x_i))) + ||w||^2 / (2 C), y_i = +1 for labelled anomalies and
    -1 for all other rows, unlabelled ones included.

    Parameters
    ----------
    C : float, default=1.0
        Inverse strength of the L2 penalty.
    class_weight : {"none", "balanced"}, default="none"
        w_y = 1, or inversely proportional to the size of the row's class.
    max_iter : int, default=1000
        Limit of L-BFGS iterations; a fit that reaches it is used as it is.
    seed : int, default=0
        Not used: the fit has no randomness. It is there so that every detector takes one.

    Raises
    ------
    MissingAnomalies
        If the training rows hold no labelled anomaly.
    InvalidInput
        If they hold nothing else.

    Notes
    -----
    Rows of shape (n, d), or images (n, h, w, c) that are flattened, computed in float64 (in
    float32 L-BFGS stops early: AP .425 instead of .427 on CelebA). Columns are not
    standardised, so that C means what it means in scikit-learn.

    References
    ----------
    Pedregosa et al. Scikit-learn: Machine Learning in Python. JMLR 2011.
    """

    supervision: ClassVar[Supervision] = Supervision.SUPERVISED
    modality: ClassVar[frozenset[Modality]] = frozenset({Modality.TABULAR, Modality.IMAGE})
    fidelity: ClassVar[Fidelity] = Fidelity.NONE
    needs_anomalies: ClassVar[bool] = True

    C: Annotated[float, c.Interval(float, 0, math.inf, closed="neither")] = 1.0
    class_weight: Literal["none", "balanced"] = "none"
    max_iter: Annotated[int, c.Interval(int, 1, 1_000_000)] = 1000
    seed: int = 0

    def _begin(self, train: TrainData) -> None:
        self.rows_, self.labels_ = flat(train.X), anomaly_labels(train)
        # without a centre, weights would first stand in for the intercept, and pixels be told apart by their noise
        self.mean_ = self.rows_.mean(0, dtype=np.float64) if train.X.ndim > 2 else None
        self.coef_: NDArray[np.float64] | None = None

    def _train_round(self) -> dict[str, float]:
        weight = None if self.class_weight == "none" else self.class_weight
        model = LogisticRegression(C=self.C, class_weight=weight, max_iter=self.max_iter)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(self._centred(self.rows_), self.labels_)
        self.coef_, self.intercept_ = model.coef_[0], float(model.intercept_[0])
        return {}

    def _score(self, X: NDArray[Any]) -> NDArray[np.floating[Any]]:
        if self.coef_ is None:
            raise NotFitted("Logistic has no coefficients yet: train a round before scoring")
        return self._centred(flat(X)) @ self.coef_ + self.intercept_

    def _centred(self, rows: NDArray[Any]) -> NDArray[np.float64]:
        """Columns of tables as they come; pixels less the training mean, as shares of their range."""
        wide = rows.astype(np.float64)
        return wide if self.mean_ is None else (wide - self.mean_) / 255.0

    def _state(self) -> dict[str, Any]:
        if self.coef_ is None:
            return {}
        return {"coef": self.coef_, "intercept": self.intercept_} | ({} if self.mean_ is None else {"mean": self.mean_})

    def _load_state(self, state: Mapping[str, Any]) -> None:
        self.coef_ = state.get("coef")
        self.mean_ = state.get("mean", getattr(self, "mean_", None))
        self.intercept_ = state.get("intercept", 0.0)
