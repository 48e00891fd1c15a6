"""Mahalanobis distance to the mean of the training rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import ledoit_wolf_shrinkage

from trainables.bases.pyod_detector import check_shapes
from trainables.core import constraints as c
from trainables.core.detector import Detector, Fidelity, Supervision, TrainData, hyperparameters
from trainables.core.errors import NotFitted, SingularCovariance


@hyperparameters
class Mahalanobis(Detector):
    """Squared Mahalanobis distance.

    s(x) = (x - m)^T C^-1 (x - m), where m and S are the mean and the covariance (divided by n) of the
    training rows and C = (1 - a) S + a (tr S / d) I.

    Parameters
    ----------
    shrinkage : float or "auto", default="auto"
        a; 0 is the empirical covariance, 1 leaves the Euclidean distance to the mean. "auto" is
        the a of Ledoit and Wolf, which is least in expected squared error and near 0 for many
        rows.
    seed : int, default=0
        Not used: the fit has no randomness. It is there so that every detector takes one.

    Raises
    ------
    SingularCovariance
        If C cannot be inverted: with a = 0, a constant column or one that is a sum of others;
        otherwise rows that are all alike.

    Notes
    -----
    Rows of shape (n, d), in float64. Labels are not used: anomalies among the training rows count
    in m and S, which are not the robust ones. The scale of the columns does not matter at a = 0
    and matters the more the larger a is.

    References
    ----------
    Mahalanobis. On the generalised distance in statistics. Proc. National Institute of Sciences of India 2, 1936.
    Ledoit, Wolf. A well-conditioned estimator for large-dimensional covariance matrices. JMVA 88, 2004.
    """

    supervision: ClassVar[Supervision] = Supervision.UNSUPERVISED
    fidelity: ClassVar[Fidelity] = Fidelity.NONE

    shrinkage: Literal["auto"] | Annotated[float, c.Interval(float, 0, 1)] = "auto"
    seed: int = 0

    def _begin(self, train: TrainData) -> None:
        self.rows_ = train.X.reshape(len(train.X), -1)
        self.mean_: NDArray[np.float64] | None = None

    def _train_round(self) -> dict[str, float]:
        rows = self.rows_.astype(np.float64)
        mean = rows.mean(0)
        centred = rows - mean
        covariance = centred.T @ centred / len(rows)
        if self.shrinkage == "auto":
            a = float(ledoit_wolf_shrinkage(centred, assume_centered=True))
        else:
            a = float(self.shrinkage)
        d = len(covariance)
        covariance = (1 - a) * covariance + a * np.trace(covariance) / d * np.eye(d)
        # judged on the correlations: a column in small units is no singular one
        scale = np.sqrt(np.diag(covariance))
        if (scale == 0).any():
            raise SingularCovariance(f"Mahalanobis: column {int(scale.argmin())} is constant, and shrinkage is {a:g}")
        values, vectors = np.linalg.eigh(covariance / np.outer(scale, scale))
        if values[0] <= values[-1] * d * np.finfo(float).eps * 10:
            raise SingularCovariance(f"Mahalanobis: the columns depend on each other, and shrinkage is {a:g}")
        self.mean_, self.whiten_ = mean, vectors / np.sqrt(values) / scale[:, None]
        return {"shrinkage": a}

    def _score(self, X: NDArray[Any]) -> NDArray[np.floating[Any]]:
        if self.mean_ is None:
            raise NotFitted("Mahalanobis is not fitted yet: train a round before scoring")
        return (((X.reshape(len(X), -1) - self.mean_) @ self.whiten_) ** 2).sum(1)

    def _state(self) -> dict[str, Any]:
        return {} if self.mean_ is None else {"fit": {"mean": self.mean_, "whiten": self.whiten_}}

    def _load_state(self, state: Mapping[str, Any]) -> None:
        self.mean_ = None
        if "fit" in state:
            shapes = {"mean": ("d",), "whiten": ("d", "d")}
            check_shapes("Mahalanobis", state["fit"], shapes, int(np.prod(self.row_shape_)))
            self.mean_, self.whiten_ = state["fit"]["mean"], state["fit"]["whiten"]
