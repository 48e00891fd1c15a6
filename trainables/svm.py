"""Support vector classifier: a supervised control with a Gaussian kernel."""

from __future__ import annotations

import math
import warnings
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import SGDClassifier
from sklearn.svm import SVC

from trainables.bases.kernel_machine import KernelMachine
from trainables.core import constraints as c
from trainables.core.detector import Supervision, TrainData, hyperparameters
from trainables.core.sklearn_state import anomaly_labels


@hyperparameters
class SVM(KernelMachine):
    """Support vector machine on the labels.

    s(x) = w . phi(x) + b, where w and b minimise
    ||w||^2 / 2 + C sum_i c_i max(0, 1 - y_i s(x_i)), phi(x) . phi(y) = exp(-gamma ||x - y||^2),
    y_i = +1 for labelled anomalies and -1 for all other rows, unlabelled ones included, and
    c_i = n / (2 n_y), so that both classes weigh the same.

    Parameters
    ----------
    C : float, default=1.0
        Weight of the violations of the margin.
    max_iter : int, default=20
        Passes of stochastic gradient descent over the features, at most; a fit that reaches it is used
        as it is.

    Raises
    ------
    MissingAnomalies
        If the training rows hold no labelled anomaly.
    InvalidInput
        If they hold nothing else.

    Notes
    -----
    Rows of shape (n, d), in float64; columns are not standardised.
    Deviation from the paper: the balanced weights; above `exact_rows` the same objective is
    minimised by averaged stochastic gradient descent on Nystroem features.

    References
    ----------
    Cortes, Vapnik. Support-Vector Networks. Machine Learning 20, 1995.
    Williams, Seeger. Using the Nyström Method to Speed Up Kernel Machines. NIPS 2000.
    """

    supervision: ClassVar[Supervision] = Supervision.SUPERVISED
    needs_anomalies: ClassVar[bool] = True

    C: Annotated[float, c.Interval(float, 0, math.inf, closed="neither")] = 1.0
    max_iter: Annotated[int, c.Interval(int, 1, 100_000)] = 20

    def _begin(self, train: TrainData) -> None:
        super()._begin(train)
        self.labels_ = anomaly_labels(train)

    def _exact(self, rows: NDArray[np.float64], gamma: float) -> tuple[NDArray[Any], NDArray[Any], float]:
        model = SVC(C=float(self.C), gamma=gamma, class_weight="balanced").fit(rows, self.labels_)
        return model.support_vectors_, model.dual_coef_[0], float(model.intercept_[0])

    def _linear(self, features: NDArray[np.float64]) -> tuple[NDArray[Any], float]:
        model = SGDClassifier(
            "hinge",
            alpha=1 / (self.C * len(features)),
            class_weight="balanced",
            average=True,
            max_iter=self.max_iter,
            random_state=self.seed,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(features, self.labels_)
        return model.coef_[0], float(model.intercept_[0])
