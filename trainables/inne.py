"""INNE: isolation by hyperspheres around a few rows instead of by splits."""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from trainables.bases.pyod_detector import Arrays, PyODDetector, library
from trainables.core import constraints as c
from trainables.core.detector import hyperparameters


@hyperparameters
class INNE(PyODDetector):
    """Isolation by nearest-neighbour ensembles.

    Each of t members draws m rows; row c gets a sphere with the squared radius r(c), its squared
    distance to the nearest of the others, nn(c). For the smallest sphere of the member that covers
    x, the isolation is 1 - r(nn(c)) / r(c), and 1 if none covers x. s(x) is its mean over members:
    0 <= s <= 1.

    Parameters
    ----------
    n_estimators : int, default=200
        t, the members.
    max_samples : int, default=8
        m, rows drawn for each, without replacement; more than there are is all of them.
    seed : int, default=0
        Seed of the draws.

    Notes
    -----
    Rows of shape (n, d), in float64. Labels are not used.
    Deviations: the ratio is of squared radii, as in PyOD and in the authors' code, where the paper
    has radii. PyOD scores all training rows while it fits: left out here.
    A row that lies exactly on a sphere counts as inside, so that rounding decides for training rows
    with coordinates that are not whole numbers.

    References
    ----------
    Bandaragoda, Ting, Albrecht, Liu, Zhu, Wells. Isolation-based anomaly detection using
    nearest-neighbor ensembles. Computational Intelligence 34(4), 2018.
    """

    serving_needs: ClassVar[tuple[str, ...]] = ("pyod",)
    shapes: ClassVar[dict[str, tuple[str, ...]]] = {
        "_centroids": ("t", "m", "d"),
        "_ratio": ("t", "m"),
        "_centroids_radius": ("t", "m"),
    }

    n_estimators: Annotated[int, c.Interval(int, 1, 100_000)] = 200
    max_samples: Annotated[int, c.Interval(int, 2, math.inf)] = 8

    def _build(self) -> Any:
        return library("inne").INNE(
            n_estimators=self.n_estimators, max_samples=self.max_samples, random_state=self.seed
        )

    def _fit(self, rows: NDArray[np.float64]) -> Arrays:
        model = self._build()
        model.max_samples_ = min(self.max_samples, len(rows))
        model._fit(rows)
        return {name: getattr(model, name) for name in self.shapes}

    def _restore(self, arrays: Arrays) -> Any:
        model = super()._restore(arrays)
        model.n_estimators = len(arrays["_centroids"])  # PyOD counts up to it while it indexes the arrays
        return model
