"""What the two support vector machines share: a Gaussian kernel, exact for few rows, approximated for many."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics.pairwise import rbf_kernel

from trainables.bases.pyod_detector import check_shapes
from trainables.core import constraints as c
from trainables.core.detector import Detector, Fidelity, TrainData, hyperparameters
from trainables.core.errors import NotFitted, UntrustedState

CHUNK = 2048  # rows scored at once: a chunk meets up to `exact_rows` support vectors
SHAPES = {"landmarks": ("m", "d"), "coef": ("m",), "intercept": ("one",), "gamma": ("one",)}


@hyperparameters
class KernelMachine(Detector):
    """A score sum_i c_i k(x, l_i) + b with k(x, l) = exp(-gamma ||x - l||^2).

    Up to `exact_rows` training rows, l_i are support vectors and c_i their dual coefficients.
    Above, l_i are `n_components` rows drawn without replacement, equal ones taken once (so that there
    may be fewer), and a linear machine is fitted on their Nystroem features
    phi(x) = k(x, l) U S^-1/2, where U S U^T = k(l, l); its weights w give c = U S^-1/2 w, so that
    both are stored and scored alike.

    Parameters
    ----------
    gamma : float or "scale"
        Inverse width of the kernel; "scale" is 1 / (d Var(X)) over all values of the training rows.
    exact_rows : int
        Up to so many training rows the dual problem is solved; its cost grows with their square.
    n_components : int
        Nystroem features above that.
    seed : int
        Seed of the landmarks and of the order of stochastic gradient descent.
    """

    fidelity: ClassVar[Fidelity] = Fidelity.NONE

    gamma: Literal["scale"] | Annotated[float, c.Interval(float, 0, math.inf, closed="neither")] = "scale"
    exact_rows: Annotated[int, c.Interval(int, 1, math.inf)] = 10_000
    n_components: Annotated[int, c.Interval(int, 1, 100_000)] = 100
    seed: int = 0

    @abstractmethod
    def _exact(self, rows: NDArray[np.float64], gamma: float) -> tuple[NDArray[Any], NDArray[Any], float]:
        """Fit with the kernel: support vectors, their coefficients and the intercept of the score."""

    @abstractmethod
    def _linear(self, features: NDArray[np.float64]) -> tuple[NDArray[Any], float]:
        """Fit on Nystroem features: their coefficients and the intercept of the score."""

    def _begin(self, train: TrainData) -> None:
        self.rows_ = train.X.reshape(len(train.X), -1)
        self.fit_: dict[str, NDArray[Any]] | None = None

    def _train_round(self) -> dict[str, float]:
        rows = self.rows_.astype(np.float64)
        gamma = self._gamma(rows)
        if len(rows) <= self.exact_rows:
            landmarks, coef, intercept = self._exact(rows, gamma)
        else:
            drawn = np.random.default_rng(self.seed).permutation(len(rows))[: self.n_components]
            landmarks = np.unique(rows[drawn], axis=0)
            values, vectors = np.linalg.eigh(rbf_kernel(landmarks, gamma=gamma))
            kept = values > 1e-10 * values[-1]  # below, the kernel of near-equal rows is rounding alone
            whiten = vectors[:, kept] / np.sqrt(values[kept])
            weights, intercept = self._linear(rbf_kernel(rows, landmarks, gamma=gamma) @ whiten)
            coef = whiten @ weights
        self.fit_ = {
            "landmarks": landmarks.astype(np.float32),  # they came as bytes or float32: nothing is lost
            "coef": np.asarray(coef, np.float64),
            "intercept": np.array([intercept], np.float64),
            "gamma": np.array([gamma]),
        }
        return {}

    def _gamma(self, rows: NDArray[np.float64]) -> float:
        if self.gamma == "scale":
            variance = float(rows.var())
            return 1 / (rows.shape[1] * variance) if variance > 0 else 1.0
        return float(self.gamma)

    def _score(self, X: NDArray[Any]) -> NDArray[np.floating[Any]]:
        fit = self.fit_
        if fit is None:
            raise NotFitted(f"{type(self).__name__} is not fitted yet: train a round before scoring")
        flat, landmarks = X.reshape(len(X), -1), fit["landmarks"].astype(np.float64)
        parts = [
            rbf_kernel(flat[start : start + CHUNK].astype(np.float64), landmarks, gamma=float(fit["gamma"][0]))
            @ fit["coef"]
            for start in range(0, len(flat), CHUNK)
        ]
        return np.concatenate(parts) + fit["intercept"][0]

    def _state(self) -> dict[str, Any]:
        return {} if self.fit_ is None else {"fit": dict(self.fit_)}

    def _load_state(self, state: Mapping[str, Any]) -> None:
        fit = state.get("fit")
        if fit is not None:
            check_shapes(type(self).__name__, fit, SHAPES, math.prod(self.row_shape_))
            if len(fit["gamma"]) != 1 or fit["gamma"][0] <= 0:
                raise UntrustedState(f"{type(self).__name__}: a stored gamma must be one positive number")
        self.fit_ = None if fit is None else dict(fit)
