"""Gaussian mixture: how unlikely a row is under a few Gaussians."""

from __future__ import annotations

import math
import warnings
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp
from sklearn.exceptions import ConvergenceWarning

from trainables.bases.pyod_detector import Arrays, PyODDetector, library
from trainables.core import constraints as c
from trainables.core.detector import hyperparameters
from trainables.core.errors import SingularCovariance, UntrustedState


@hyperparameters
class GMM(PyODDetector):
    """Negative log-likelihood of a Gaussian mixture.

    s(x) = -log sum_k w_k N(x; m_k, S_k), fitted by expectation maximisation from k-means.

    Parameters
    ----------
    n_components : int, default=1
        Gaussians.
    covariance_type : {"full", "diag"}, default="full"
        Whether S_k is any covariance or a diagonal one.
    reg_covar : float, default=1e-6
        Added to the diagonal of every S_k.
    max_iter : int, default=100
        Iterations, at most; a fit that reaches it is used as it is.
    max_samples : int, default=20000
        Rows that are fitted, drawn without replacement; more than there are is all of them.
    seed : int, default=0
        Seed of k-means and of which rows are drawn.

    Raises
    ------
    SingularCovariance
        If a Gaussian collapses on rows that are alike.
    InvalidInput
        If there are fewer rows than Gaussians.

    Notes
    -----
    Rows of shape (n, d), in float64. Labels are not used. The fit is PyOD's, which is
    scikit-learn's. Deviation from PyOD: at most `max_samples` rows; of its covariance types the two
    above.

    References
    ----------
    Dempster, Laird, Rubin. Maximum Likelihood from Incomplete Data via the EM Algorithm. JRSS B 39, 1977.
    """

    # precisions: matrices P with S_k^-1 = P P^T, or their diagonals in one row each
    shapes: ClassVar[dict[str, tuple[str, ...]]] = {
        "weights": ("k",),
        "means": ("k", "d"),
        "precisions": ("k", "rows", "d"),
    }

    n_components: Annotated[int, c.Interval(int, 1, 10_000)] = 1
    covariance_type: Literal["full", "diag"] = "full"
    reg_covar: c.Weight = 1e-6
    max_iter: Annotated[int, c.Interval(int, 1, 100_000)] = 100
    max_samples: Annotated[int, c.Interval(int, 2, math.inf)] = 20_000

    def _least_rows(self) -> int:
        return max(2, self.n_components)

    def _most_rows(self) -> int | None:
        return self.max_samples

    def _fit(self, rows: NDArray[np.float64]) -> Arrays:
        model = library("gmm").GMM(
            n_components=self.n_components,
            covariance_type=self.covariance_type,
            reg_covar=float(self.reg_covar),
            max_iter=self.max_iter,
            random_state=self.seed,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            try:
                model.fit(rows)
            except ValueError as error:
                if "ill-defined empirical covariance" not in str(error):
                    raise
                raise SingularCovariance(
                    f"GMM: a Gaussian of {self.n_components} collapsed at reg_covar={self.reg_covar:g}"
                ) from error
        precisions = model.precisions_cholesky_
        full = self.covariance_type == "full"
        return {
            "weights": model.weights_,
            "means": model.means_,
            "precisions": precisions if full else precisions[:, None, :],
        }

    def _scores(self, arrays: Arrays, rows: NDArray[np.float64]) -> NDArray[np.floating[Any]]:
        logs = np.empty((len(rows), len(arrays["weights"])))
        for k, (weight, mean, P) in enumerate(zip(*(arrays[name] for name in self.shapes), strict=True)):
            full = self.covariance_type == "full"
            whitened = (rows - mean) @ P if full else (rows - mean) * P[0]
            determinant = np.log(np.diag(P) if full else P[0]).sum()
            logs[:, k] = np.log(weight) + determinant - (whitened**2).sum(1) / 2
        return rows.shape[1] / 2 * np.log(2 * np.pi) - logsumexp(logs, axis=1)

    def _check(self, arrays: Arrays) -> None:
        full, P = self.covariance_type == "full", arrays["precisions"]
        if P.shape[1] != (P.shape[2] if full else 1):
            raise UntrustedState(f"GMM: stored precisions of shape {P.shape} are not {self.covariance_type}")
        scales = np.diagonal(P, axis1=1, axis2=2) if full else P
        if (scales <= 0).any() or (arrays["weights"] < 0).any() or not arrays["weights"].any():
            raise UntrustedState("GMM: a stored weight or precision is not positive")
