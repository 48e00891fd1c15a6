"""One-class SVM with a Gaussian kernel, which is also SVDD."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import SGDOneClassSVM
from sklearn.svm import OneClassSVM

from trainables.bases.kernel_machine import KernelMachine
from trainables.core import constraints as c
from trainables.core.detector import Supervision, hyperparameters


@hyperparameters
class OCSVM(KernelMachine):
    """One-class support vector machine, with a Gaussian kernel the same as support vector data description.

    s(x) = rho - w . phi(x), where w and rho minimise
    ||w||^2 / 2 - rho + sum_i max(0, rho - w . phi(x_i)) / (nu n) and
    phi(x) . phi(y) = exp(-gamma ||x - y||^2). s > 0 outside the region that holds about 1 - nu of
    the training rows.

    Parameters
    ----------
    nu : float, default=0.5
        Upper bound on the share of training rows outside, lower bound on that of support vectors.

    Notes
    -----
    Rows of shape (n, d), in float64; columns are not standardised. Labels are not used.
    SVDD finds the smallest sphere around the rows; as k(x, x) is constant, its distance to
    the centre orders rows exactly as s does, with nu = 1 / (C n).
    Deviation from the paper: above `exact_rows` the same objective is minimised by stochastic gradient
    descent on Nystroem features. The score is that of scikit-learn with the sign turned, in the
    exact case in units of its dual (rho of order nu n).

    References
    ----------
    Schölkopf, Platt, Shawe-Taylor, Smola, Williamson. Estimating the Support of a High-Dimensional Distribution.
    Neural Computation 13, 2001.
    Tax, Duin. Support Vector Data Description. Machine Learning 54, 2004.
    Williams, Seeger. Using the Nyström Method to Speed Up Kernel Machines. NIPS 2000.
    """

    supervision: ClassVar[Supervision] = Supervision.UNSUPERVISED

    nu: Annotated[float, c.Interval(float, 0, 1, closed="neither")] = 0.5

    def _exact(self, rows: NDArray[np.float64], gamma: float) -> tuple[NDArray[Any], NDArray[Any], float]:
        model = OneClassSVM(nu=float(self.nu), gamma=gamma).fit(rows)
        return model.support_vectors_, -model.dual_coef_[0], -float(model.intercept_[0])

    def _linear(self, features: NDArray[np.float64]) -> tuple[NDArray[Any], float]:
        model = SGDOneClassSVM(nu=float(self.nu), random_state=self.seed).fit(features)
        return -model.coef_, float(model.offset_[0])
