from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from search_spaces.gbdt import PUBLISHED
from trainables.core.detector import TrainData
from trainables.core.errors import InvalidInput
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
@pytest.mark.parametrize("max_features", [1.0, 0.5])
def test_grown_model_equals_the_one_fitted_in_one_go(trees: int, rounds: int, max_features: float) -> None:
    """scikit-learn sums its trees again in the same order and keeps the generator of the columns."""
    detector = GBDT(max_iter=trees, max_features=max_features, rounds=rounds, seed=5)
    detector.begin(TrainData.from_labels(ROWS, LABELS))
    for done in range(1, rounds + 1):
        detector.train_round()
        assert detector.model_.n_iter_ == math.ceil(trees * done / rounds)
    whole = HistGradientBoostingClassifier(
        max_iter=trees, max_features=max_features, early_stopping=False, random_state=5
    ).fit(ROWS, LABELS)
    np.testing.assert_array_equal(detector.decision_function(ROWS), whole.decision_function(ROWS))


def test_seed_matters_where_columns_are_drawn() -> None:
    scores = [GBDT(max_features=0.5, max_iter=5, seed=s).fit(ROWS, LABELS).decision_function(ROWS) for s in (0, 1)]
    assert not np.array_equal(*scores)


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
