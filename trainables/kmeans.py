"""k-means: the distance to the nearest of a few centres."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn import cluster
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import pairwise_distances_argmin_min

from trainables.core import constraints as c
from trainables.core.detector import Detector, Fidelity, Modality, Supervision, TrainData, hyperparameters
from trainables.core.errors import InvalidInput, NotFitted
from trainables.core.sklearn_state import flat


@hyperparameters
class KMeans(Detector):
    """Distance to the nearest centre of k-means.

    s(x) = min_j ||x - m_j||_2, where the centres m_1..m_k minimise the sum of s(x)^2 over the
    training rows (k-means++ start, Lloyd's iterations).

    Parameters
    ----------
    n_clusters : int, default=4
        k, the number of centres.
    n_init : int or "auto", default="auto"
        Starts, of which the best is kept; "auto" is one with k-means++.
    rounds : int, default=4
        Round r of R fits anew on a share r / R of the rows, at least k of them; the rows of a
        round are also those of the next.
    seed : int, default=0
        Seed of the starts and of which rows come first.

    Raises
    ------
    InvalidInput
        If there are fewer rows than clusters.

    Notes
    -----
    Rows of shape (n, d), or images (n, h, w, c) that are flattened, computed in float32. The
    scale of a column is its weight in the distance: nothing is standardised here. Labels are
    not used. The last round fits all rows in their own order, so that it equals
    ``sklearn.cluster.KMeans(k, n_init="auto", random_state=seed)`` on them.

    References
    ----------
    Arthur, Vassilvitskii. k-means++: The Advantages of Careful Seeding. SODA 2007.
    """

    supervision: ClassVar[Supervision] = Supervision.UNSUPERVISED
    modality: ClassVar[frozenset[Modality]] = frozenset({Modality.TABULAR, Modality.IMAGE})
    fidelity: ClassVar[Fidelity] = Fidelity.ROWS
    rounds_parameter: ClassVar[str | None] = "rounds"

    n_clusters: Annotated[int, c.Interval(int, 1, 100_000)] = 4
    n_init: Literal["auto"] | Annotated[int, c.Interval(int, 1, 1000)] = "auto"
    rounds: Annotated[int, c.Interval(int, 1, 1000)] = 4
    seed: int = 0

    def _begin(self, train: TrainData) -> None:
        if len(train.X) < self.n_clusters:
            raise InvalidInput(f"KMeans: n_clusters={self.n_clusters} needs as many rows, got {len(train.X)}")
        self.rows_ = flat(train.X)
        self.centres_: NDArray[np.float32] | None = None

    def _train_round(self) -> dict[str, float]:
        rows = self.rows_
        size = max(self.n_clusters, math.ceil(len(rows) * min(1.0, (self.rounds_done_ + 1) / self.rounds)))
        if size < len(rows):
            rows = rows[np.sort(np.random.default_rng(self.seed).permutation(len(rows))[:size])]
        model = cluster.KMeans(self.n_clusters, n_init=self.n_init, random_state=self.seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct rows than clusters: centres coincide
            model.fit(rows.astype(np.float32, copy=False))
        self.centres_ = model.cluster_centers_
        return {"inertia": float(model.inertia_) / len(rows)}

    def _score(self, X: NDArray[Any]) -> NDArray[np.floating[Any]]:
        if self.centres_ is None:
            raise NotFitted("KMeans has no centres yet: train a round before scoring")
        return pairwise_distances_argmin_min(flat(X).astype(np.float32, copy=False), self.centres_)[1]

    def _state(self) -> dict[str, Any]:
        return {} if self.centres_ is None else {"centres": self.centres_}

    def _load_state(self, state: Mapping[str, Any]) -> None:
        self.centres_ = state.get("centres")
