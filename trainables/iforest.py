"""Isolation forest: anomalies are few and different, so random splits isolate them early."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from trainables.core import constraints as c
from trainables.core.detector import Detector, Fidelity, Modality, Supervision, TrainData, hyperparameters
from trainables.core.errors import NotFitted
from trainables.core.sklearn_state import check_tree, dump, flat, load

TRUSTED = ("sklearn.tree._tree.Tree",)


@hyperparameters
class IForest(Detector):
    """Isolation forest: the mean depth at which random splits leave a row alone.

    s(x) = 2^(-E[h(x)] / c(m)), where h(x) is the length of the path of x in a tree grown on m
    rows, plus c(size) of a leaf that still holds several, and
    c(m) = 2 (ln(m-1) + gamma) - 2 (m-1)/m the mean length of an unsuccessful search among m
    (c(2) = 1, c(1) = 0). 0 < s <= 1; around 0.5 the rows have no distinct anomaly.

    Parameters
    ----------
    n_estimators : int, default=100
        Trees of the whole forest.
    max_samples : int, default=256
        m, rows drawn without replacement for each tree; more than there are is all of them.
    max_features : float, default=1.0
        Share of the columns that each tree sees, at least one.
    rounds : int, default=10
        Round r of R grows the forest to ceil(n_estimators r / R) trees.
    seed : int, default=0
        Seed of rows, columns and splits.

    Notes
    -----
    Rows of shape (n, d), or images (n, h, w, c) that are flattened; any scale, since a split
    depends on the order of values alone. Labels are not used.
    The forest of the last round equals, bit for bit, the one fitted in one go. Scores and
    trees are scikit-learn's; deviation from the paper: max_features below 1 (the paper's
    trees see every column).

    References
    ----------
    Liu, Ting, Zhou. Isolation Forest. ICDM 2008.
    """

    supervision: ClassVar[Supervision] = Supervision.UNSUPERVISED
    modality: ClassVar[frozenset[Modality]] = frozenset({Modality.TABULAR, Modality.IMAGE})
    fidelity: ClassVar[Fidelity] = Fidelity.TREES
    rounds_parameter: ClassVar[str | None] = "rounds"

    n_estimators: Annotated[int, c.Interval(int, 1, 100_000)] = 100
    max_samples: Annotated[int, c.Interval(int, 2, math.inf)] = 256
    max_features: Annotated[float, c.Interval(float, 0, 1, closed="right")] = 1.0
    rounds: Annotated[int, c.Interval(int, 1, 100_000)] = 10
    seed: int = 0

    def _begin(self, train: TrainData) -> None:
        self.rows_ = flat(train.X)
        self.forest_: IsolationForest | None = None

    def _train_round(self) -> dict[str, float]:
        trees = math.ceil(self.n_estimators * min(self.rounds_done_ + 1, self.rounds) / self.rounds)
        if self.forest_ is None:
            self.forest_ = IsolationForest(
                n_estimators=trees,
                max_samples=min(self.max_samples, len(self.rows_)),
                max_features=float(self.max_features),  # an int would count columns
                warm_start=True,
                random_state=self.seed,
            ).fit(self.rows_)
        elif trees > len(self.forest_.estimators_):
            self.forest_.set_params(n_estimators=trees).fit(self.rows_)
        return {}

    def _score(self, X: NDArray[Any]) -> NDArray[np.floating[Any]]:
        if self.forest_ is None:
            raise NotFitted("IForest has no tree yet: train a round before scoring")
        return -self.forest_.score_samples(flat(X))

    def _state(self) -> dict[str, Any]:
        return {} if self.forest_ is None else {"forest": dump(self.forest_)}

    def _load_state(self, state: Mapping[str, Any]) -> None:
        self.forest_ = None
        if "forest" in state:
            forest = load(state["forest"], TRUSTED)
            for estimator in forest.estimators_:
                tree = estimator.tree_
                inner = tree.children_left != -1
                check_tree(tree.children_left, tree.children_right, tree.feature, inner, estimator.n_features_in_)
            self.forest_ = forest
