"""kNN: the distance to the k-th nearest training row."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

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
    their number, here with `max_samples` of them. `training_scores` equals PyOD's `decision_scores_`,
    where a row is not its own neighbour; in `decision_function`, as in PyOD's, a training row that is
    scored again finds itself at distance 0. A table of few distinct rows has neighbours at distance 0
    anyway; a larger k helps.

    References
    ----------
    Ramaswamy, Rastogi, Shim. Efficient Algorithms for Mining Outliers from Large Data Sets. SIGMOD 2000.
    Angiulli, Pizzuti. Fast Outlier Detection in High Dimensional Spaces. PKDD 2002 (the mean).
    """

    early_rounds_mislead: ClassVar = True

    n_neighbors: int = 5
    method: Literal["largest", "mean", "median"] = "largest"

    def _build(self) -> Any:
        return library("knn").KNN(n_neighbors=self.n_neighbors, method=self.method)

    def _scores_without_itself(self, arrays: Arrays, rows: NDArray[np.float64]) -> NDArray[np.floating[Any]]:
        self.model_ = self.model_ or self._restore(arrays)
        distances, nearest = self.model_.neigh_.kneighbors(rows, self.n_neighbors + 1)
        itself = (arrays["rows"][nearest[:, 0]] == rows).all(axis=1)
        own = np.where(itself[:, None], distances[:, 1:], distances[:, :-1])
        return {"largest": own[:, -1], "mean": own.mean(axis=1), "median": np.median(own, axis=1)}[self.method]

    def _restore(self, arrays: Arrays) -> Any:
        model = self._build()
        model.neigh_.fit(arrays["rows"].astype(np.float64))  # PyOD's own fit scores every row against every row
        model.decision_scores_, model.threshold_, model.labels_ = np.zeros(1), 0.0, np.zeros(1, int)
        return model
