from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from search_spaces.gbdt import FEW_LABELS, PUBLISHED
from trainables.core.detector import TrainData
from trainables.core.errors import Diverged, InvalidInput
from trainables.gbdt import GBDT

rng = np.random.default_rng(0)
ROWS = rng.normal(size=(600, 5)).astype(np.float32)
LABELS = (ROWS[:, 0] * ROWS[:, 1] + 0.3 * rng.normal(size=600) > 1).astype(int)


def test_one_newton_step_by_hand() -> None:
    """One stump on one binary column: s = b + lr (sum of y - p) / (sum of p (1 - p) + l2) of the leaf."""
    x = np.repeat([0.0, 1.0], [30, 10])[:, None]
    y = np.r_[np.repeat([0, 1], [27, 3]), np.repeat([0, 1], [2, 8])]
    p = y.mean()
    lr, l2 = 0.2, 1.5
    detector = GBDT(
        learning_rate=lr, max_iter=1, max_leaf_nodes=2, min_samples_leaf=5, l2_regularization=l2, rounds=1
    ).fit(x, y)
    leaves = [lr * (y[x[:, 0] == v] - p).sum() / (p * (1 - p) * (x[:, 0] == v).sum() + l2) for v in (0, 1)]
    expected = math.log(p / (1 - p)) + np.array(leaves)
    np.testing.assert_allclose(detector.decision_function([[0.0], [1.0]]), expected, rtol=1e-5)


@pytest.mark.parametrize(("trees", "rounds"), [(20, 1), (20, 10), (3, 10), (7, 3)])
@pytest.mark.parametrize(("max_features", "weight"), [(1.0, "none"), (0.5, "none"), (1.0, "balanced")])
def test_grown_model_equals_the_one_fitted_in_one_go(trees: int, rounds: int, max_features: float, weight: str) -> None:
    """scikit-learn sums its trees again in the same order and keeps the generator of the columns."""
    detector = GBDT(max_iter=trees, max_features=max_features, class_weight=weight, rounds=rounds, seed=5)
    detector.begin(TrainData.from_labels(ROWS, LABELS))
    for done in range(1, rounds + 1):
        detector.train_round()
        assert detector.model_.n_iter_ == math.ceil(trees * done / rounds)
    whole = HistGradientBoostingClassifier(
        max_iter=trees,
        max_features=max_features,
        class_weight=None if weight == "none" else weight,
        early_stopping=False,
        random_state=5,
    ).fit(ROWS, LABELS)
    np.testing.assert_array_equal(detector.decision_function(ROWS), whole.decision_function(ROWS))


def test_bins_are_found_once() -> None:
    """scikit-learn's own way in (`_bin_data`): a version that takes another must be seen."""
    detector = GBDT(max_iter=4, class_weight="balanced", rounds=2).begin(TrainData.from_labels(ROWS, LABELS))
    detector.train_round()
    mapper = detector.model_._bin_mapper
    detector.train_round()
    assert detector.model_._bin_mapper is mapper
    assert "_bin_data" not in vars(detector.model_)


def test_seed_matters_where_columns_are_drawn() -> None:
    scores = [GBDT(max_features=0.5, max_iter=5, seed=s).fit(ROWS, LABELS).decision_function(ROWS) for s in (0, 1)]
    assert not np.array_equal(*scores)


def test_balanced_weights_by_hand() -> None:
    """Half of the weight is on each class: the prevalence is 1/2 and a second derivative 1/4 of the weight."""
    x = np.repeat([0.0, 1.0], [30, 10])[:, None]
    y = np.r_[np.repeat([0, 1], [27, 3]), np.repeat([0, 1], [2, 8])]
    detector = GBDT(
        learning_rate=0.5, max_iter=1, max_leaf_nodes=2, min_samples_leaf=5, class_weight="balanced", rounds=1
    ).fit(x, y)
    normal, anomalous = 40 / (2 * 29), 40 / (2 * 11)
    leaves = [(a * anomalous - n * normal) / 2 / ((a * anomalous + n * normal) / 4) for n, a in ((27, 3), (2, 8))]
    np.testing.assert_allclose(detector.decision_function([[0.0], [1.0]]), 0.5 * np.array(leaves), rtol=1e-5)


def test_steps_without_a_floor_are_a_named_failure() -> None:
    """Twenty anomalies in a leaf of 40 rows, p = 1e-4: log(p / (1 - p)) + (20 - 40 p) / (40 p (1 - p)) = 4990.3."""
    x = np.zeros((200_000, 1), np.float32)
    x[:40] = 1
    y = np.zeros(len(x), int)
    y[:20] = 1
    one_step = {"learning_rate": 1.0, "max_iter": 1, "rounds": 1}
    with pytest.raises(Diverged, match=r"log-odds of 4990 after 1 trees; raise l2_regularization \(0\)"):
        GBDT(**one_step).fit(x, y)
    few = GBDT(**PUBLISHED[FEW_LABELS][0] | one_step).fit(x, y)
    np.testing.assert_allclose(few.decision_function(x[:1]), -9.2102 + 19.996 / 10.0039996, rtol=1e-4)


def test_nothing_but_anomalies() -> None:
    with pytest.raises(InvalidInput, match="all 10 training rows"):
        GBDT().fit(ROWS[:10], np.ones(10, int))


def test_celeba_figures(celeba) -> None:
    detector = GBDT(**PUBLISHED["defaults"][0]).fit(celeba.X, celeba.y)
    auroc, ap, f1 = celeba.report(detector.decision_function(celeba.X_dev))
    assert (auroc, ap, f1) == (
        pytest.approx(0.969, abs=1e-3),
        pytest.approx(0.482, abs=2e-3),
        pytest.approx(0.419, abs=2e-3),
    )
