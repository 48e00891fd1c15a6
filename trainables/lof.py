"""LOF: how much sparser the surroundings of a row are than those of its neighbours."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from trainables.bases.nearest_rows import ReferenceRows
from trainables.bases.pyod_detector import Arrays, library
from trainables.core.detector import hyperparameters


@hyperparameters
class LOF(ReferenceRows):
    """Local outlier factor.

    With N(x) the k nearest reference rows of x and d_k(o) the distance from o to its k-th nearest,
    reach(x, o) = max(d_k(o), ||x - o||),
    lrd(x) = 1 / (mean_{o in N(x)} reach(x, o) + 1e-10), and
    s(x) = mean_{o in N(x)} lrd(o) / lrd(x): about 1 inside a cluster of any density.

    Parameters
    ----------
    n_neighbors : int, default=20
        k; the paper calls it MinPts.

    Notes
    -----
    Rows of shape (n, d), in float64, by PyOD, whose LOF is scikit-learn's in novelty mode.
    Labels are not used.
    Deviations from the paper: at most `max_samples` reference rows (the cost grows with their
    square); exactly k neighbours, also where several are equally far; the 1e-10 above, where more
    than k rows coincide: the density there is 1e10 instead of infinite, and a row beside such a
    heap gets a score of up to that size. Remove duplicates first, or take a larger k.

    References
    ----------
    Breunig, Kriegel, Ng, Sander. LOF: Identifying Density-Based Local Outliers. SIGMOD 2000.
    """

    early_rounds_mislead: ClassVar = True

    n_neighbors: int = 20

    def _scores_without_itself(self, arrays: Arrays, rows: NDArray[np.float64]) -> NDArray[np.floating[Any]]:
        scores = self._scores(arrays, rows)
        fitted = self.model_.detector_
        nearest = fitted.kneighbors(rows, 1, return_distance=False)[:, 0]
        itself = (arrays["rows"][nearest] == rows).all(axis=1)
        scores[itself] = -fitted.negative_outlier_factor_[nearest[itself]]
        return scores

    def _build(self) -> Any:
        return library("lof").LOF(n_neighbors=self.n_neighbors)
