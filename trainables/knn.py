"""kNN: the distance to the k-th nearest training row."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from trainables.bases.nearest_rows import ReferenceRows
from trainables.bases.pyod_detector import Arrays, library
from trainables.core.detector import hyperparameters


@hyperparameters
class KNN(ReferenceRows):
    """Distance to the nearest training rows.

    With d_1(x) <= ... <= d_k(x) the Euclidean distances from x to its k nearest reference rows,
    s(x) = d_k(x) ("largest"), their mean ("mean") or their median ("median").

    Parameters
    ----------
    n_neighbors : int, default=5
        k.
    method : {"largest", "mean", "median"}, default="largest"
        What is made of the k distances.

    Notes
    -----
    Rows of shape (n, d), searched in float64 by PyOD. Labels are not used.
    Deviations: the papers and PyOD compare with all training rows, which costs the square of
    their number, here with `max_samples` of them. PyOD's scores of the training rows
    (`decision_scores_`, where a row is not its own neighbour) are not computed: a training row that
    is scored again finds itself at distance 0, as in PyOD's `decision_function`. A table of few
    distinct rows has neighbours at distance 0 for the same reason; a larger k helps.

    References
    ----------
    Ramaswamy, Rastogi, Shim. Efficient Algorithms for Mining Outliers from Large Data Sets. SIGMOD 2000.
    Angiulli, Pizzuti. Fast Outlier Detection in High Dimensional Spaces. PKDD 2002 (the mean).
    """

    n_neighbors: int = 5
    method: Literal["largest", "mean", "median"] = "largest"

    def _build(self) -> Any:
        return library("knn").KNN(n_neighbors=self.n_neighbors, method=self.method)

    def _restore(self, arrays: Arrays) -> Any:
        model = self._build()
        model.neigh_.fit(arrays["rows"].astype(np.float64))  # PyOD's own fit scores every row against every row
        model.decision_scores_, model.threshold_, model.labels_ = np.zeros(1), 0.0, np.zeros(1, int)
        return model
