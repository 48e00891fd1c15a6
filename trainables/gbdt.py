"""Gradient-boosted trees: the ceiling of what the labels can give on a table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from trainables.core import constraints as c
from trainables.core.detector import Detector, Fidelity, Modality, Supervision, TrainData, hyperparameters
from trainables.core.errors import Diverged, NotFitted, UntrustedState
from trainables.core.sklearn_state import anomaly_labels, check_tree, dump, flat, load

TRUSTED = ("sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",)
MOST_LOG_ODDS = 1000.0
"""Beyond it no log-odds mean anything: those of one row among all that ever were are 30."""


def grow(model: HistGradientBoostingClassifier, rows: NDArray[Any], labels: NDArray[Any]) -> None:
    """Fit more trees with the bins that there are.

    scikit-learn finds the same ones anew each time, and with weights of classes that takes longer than the trees.
    """
    mapper = model._bin_mapper

    def binned(rows: NDArray[Any], *_: Any, **__: Any) -> NDArray[np.uint8]:
        model._bin_mapper = mapper
        return mapper.transform(rows)

    model._bin_data = binned
    try:
        model.fit(rows, labels)
    finally:
        del model._bin_data


@hyperparameters
class GBDT(Detector):
    """Histogram gradient boosting on the labels: the supervised ceiling.

    s(x) = b + lr sum_t f_t(x), the log-odds of an anomaly: b those of the prevalence, each
    tree f_t one Newton step on the log loss of labelled anomalies (1) against all other rows
    (0), unlabelled ones included.

    Parameters
    ----------
    learning_rate : float, default=0.1
        lr, the shrinkage of each tree.
    max_leaf_nodes : int, default=31
        Leaves of a tree, at most.
    max_iter : int, default=100
        Trees of the whole model.
    l2_regularization : float, default=0.0
        L2 penalty on the values of the leaves.
    min_samples_leaf : int, default=20
        Rows in a leaf, at least.
    class_weight : {"none", "balanced"}, default="none"
        Weight of a row: 1, or n / (2 n_c) for each of the n_c rows of its class.
    max_features : float, default=1.0
        Share of the columns drawn for each split.
    rounds : int, default=10
        Round r of R grows the model to ceil(max_iter r / R) trees.
    seed : int, default=0
        Seed of the columns drawn and of the rows that set the bins (above 200,000).

    Raises
    ------
    MissingAnomalies
        If the training rows hold no labelled anomaly.
    InvalidInput
        If they hold nothing else.
    Diverged
        If a training row has a score beyond 1,000 in either direction: Newton steps without a floor.

    Notes
    -----
    Rows of shape (n, d), or images (n, h, w, c) that are flattened; any scale, as columns are
    cut into at most 255 bins. Early stopping is off, in contrast to scikit-learn's default
    above 10,000 rows: the scheduler stops trials, and every row trains. The model of the last
    round equals, bit for bit, the one fitted in one go. Threads are OpenMP's
    (OMP_NUM_THREADS, threadpoolctl).

    With few labels the steps need a floor: where the prevalence is p, the second derivatives of a leaf of m
    rows sum to m p (1 - p), next to nothing, and the step of a leaf with k anomalies is about k / (m p + l2).
    Thirty labels in CelebA's 129,380 rows, half of them in a leaf of 20 rows, make steps of thousands;
    `l2_regularization` 10 bounds them.

    References
    ----------
    Ke et al. LightGBM: A Highly Efficient Gradient Boosting Decision Tree. NeurIPS 2017.
    """

    supervision: ClassVar[Supervision] = Supervision.SUPERVISED
    modality: ClassVar[frozenset[Modality]] = frozenset({Modality.TABULAR, Modality.IMAGE})
    fidelity: ClassVar[Fidelity] = Fidelity.TREES
    rounds_parameter: ClassVar[str | None] = "rounds"
    needs_anomalies: ClassVar[bool] = True

    learning_rate: c.Rate = 0.1
    max_leaf_nodes: Annotated[int, c.Interval(int, 2, 65536)] = 31
    max_iter: Annotated[int, c.Interval(int, 1, 100_000)] = 100
    l2_regularization: c.Weight = 0.0
    min_samples_leaf: Annotated[int, c.Interval(int, 1, math.inf)] = 20
    class_weight: Literal["none", "balanced"] = "none"
    max_features: Annotated[float, c.Interval(float, 0, 1, closed="right")] = 1.0
    rounds: Annotated[int, c.Interval(int, 1, 100_000)] = 10
    seed: int = 0

    def _begin(self, train: TrainData) -> None:
        self.rows_, self.labels_ = flat(train.X), anomaly_labels(train)
        self.model_: HistGradientBoostingClassifier | None = None

    def _train_round(self) -> dict[str, float]:
        trees = math.ceil(self.max_iter * min(self.rounds_done_ + 1, self.rounds) / self.rounds)
        if self.model_ is None:
            self.model_ = HistGradientBoostingClassifier(
                learning_rate=self.learning_rate,
                max_iter=trees,
                max_leaf_nodes=self.max_leaf_nodes,
                min_samples_leaf=self.min_samples_leaf,
                l2_regularization=self.l2_regularization,
                max_features=float(self.max_features),
                class_weight=None if self.class_weight == "none" else self.class_weight,
                early_stopping=False,
                warm_start=True,
                random_state=self.seed,
            ).fit(self.rows_, self.labels_)
        elif trees > self.model_.n_iter_:
            grow(self.model_.set_params(max_iter=trees), self.rows_, self.labels_)
        self._check_scores(self.model_)
        return {}

    def _check_scores(self, model: HistGradientBoostingClassifier) -> None:
        leaves = [tree.nodes["value"][tree.nodes["is_leaf"] == 1] for (tree,) in model._predictors]
        if sum(np.abs(values).max() for values in leaves) < MOST_LOG_ODDS / 2:  # no row's score can be beyond it
            return
        largest = float(np.abs(model.decision_function(self.rows_)).max())
        if largest > MOST_LOG_ODDS:
            raise Diverged(
                f"GBDT: log-odds of {largest:.0f} after {model.n_iter_} trees; raise l2_regularization "
                f"({self.l2_regularization:g}) or min_samples_leaf ({self.min_samples_leaf})"
            )

    def _score(self, X: NDArray[Any]) -> NDArray[np.floating[Any]]:
        if self.model_ is None:
            raise NotFitted("GBDT has no tree yet: train a round before scoring")
        return self.model_.decision_function(flat(X))

    def _state(self) -> dict[str, Any]:
        return {} if self.model_ is None else {"model": dump(self.model_)}

    def _load_state(self, state: Mapping[str, Any]) -> None:
        self.model_ = None
        if "model" in state:
            model = load(state["model"], TRUSTED)
            for (predictor,) in model._predictors:
                nodes = predictor.nodes
                if nodes["is_categorical"].any():
                    raise UntrustedState("a stored tree splits on categories, which GBDT never does")
                inner = nodes["is_leaf"] == 0
                check_tree(nodes["left"], nodes["right"], nodes["feature_idx"], inner, model.n_features_in_)
            self.model_ = model
