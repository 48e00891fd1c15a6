"""CBLOF: the distance to the centre of a large cluster."""

from __future__ import annotations

import math
import warnings
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from trainables.bases.pyod_detector import Arrays, PyODDetector, library
from trainables.core import constraints as c
from trainables.core.detector import hyperparameters
from trainables.core.errors import NoClusterSplit, UntrustedState


@hyperparameters
class CBLOF(PyODDetector):
    """Cluster-based local outlier factor.

    k-means finds clusters of |C_1| >= ... >= |C_k| rows. The first b are large: b < k is the least
    with |C_1| + ... + |C_b| >= alpha n and |C_b| / |C_b+1| >= beta; failing both at once, the least
    with the first; failing that, the least with the second.
    s(x) is the distance from x to its nearest centre if that cluster is large, otherwise to the
    nearest centre of a large one.

    Parameters
    ----------
    n_clusters : int, default=8
        k.
    alpha : float, default=0.9
        Share of the rows that the large clusters hold.
    beta : float, default=5.0
        How many times larger the smallest large cluster is than the largest small one.
    use_weights : bool, default=False
        Multiply the score by the number of rows of the nearest cluster, as the paper does.
    seed : int, default=0
        Seed of k-means.

    Raises
    ------
    NoClusterSplit
        If no b meets either condition: the clusters are too alike for alpha.
    InvalidInput
        If there are fewer rows than clusters.

    Notes
    -----
    Rows of shape (n, d), in float64. Labels are not used. The clusters and their split are PyOD's.
    There is one round: on a part of the rows a split may fail that succeeds on all of them.
    Deviations from the paper, as in PyOD: k-means instead of Squeezer, b chosen as above (the
    paper takes either condition), and distances without the weights by default.
    Deviation from PyOD: clusters that k-means leaves without rows (fewer distinct rows than clusters)
    are dropped, where PyOD gives the rows nearest to them the score 0.

    References
    ----------
    He, Xu, Deng. Discovering cluster-based local outliers. Pattern Recognition Letters 24, 2003.
    """

    shapes: ClassVar[dict[str, tuple[str, ...]]] = {"centres": ("k", "d"), "sizes": ("k",), "large": ("k",)}

    n_clusters: Annotated[int, c.Interval(int, 2, 100_000)] = 8
    alpha: Annotated[float, c.Interval(float, 0, 1, closed="neither")] = 0.9
    beta: Annotated[float, c.Interval(float, 1, math.inf, closed="neither")] = 5.0
    use_weights: bool = False

    def _least_rows(self) -> int:
        return self.n_clusters

    def _fit(self, rows: NDArray[np.float64]) -> Arrays:
        model = library("cblof").CBLOF(self.n_clusters, alpha=self.alpha, beta=self.beta, random_state=self.seed)
        # the scores of the training rows are not used, and numba would compile their formula for seconds
        model._decision_function = lambda rows, labels: np.zeros(len(rows))
        try:
            with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
                warnings.simplefilter("ignore")  # fewer distinct rows than clusters: dropped below
                model.fit(rows)
        except ValueError as error:
            if "valid cluster separation" not in str(error):
                raise
            raise NoClusterSplit(
                f"CBLOF: the {self.n_clusters} clusters split neither by alpha={self.alpha} nor by beta={self.beta}; "
                "try more clusters or a smaller alpha"
            ) from error
        filled = np.flatnonzero(model.cluster_sizes_)
        return {
            "centres": model.cluster_centers_[filled],
            "sizes": model.cluster_sizes_[filled],
            "large": np.isin(filled, model.large_cluster_labels_),
        }

    def _scores(self, arrays: Arrays, rows: NDArray[np.float64]) -> NDArray[np.floating[Any]]:
        distances, large = cdist(rows, arrays["centres"]), arrays["large"].astype(bool)
        nearest = distances.argmin(1)
        scores = np.where(large[nearest], distances.min(1), distances[:, large].min(1))
        return scores * arrays["sizes"][nearest] if self.use_weights else scores

    def _check(self, arrays: Arrays) -> None:
        if not arrays["large"].any():
            raise UntrustedState("CBLOF: no stored cluster is large")
