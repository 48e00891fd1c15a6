from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest

from search_spaces.iforest import PUBLISHED
from trainables.core.detector import TrainData
from trainables.iforest import IForest

ROWS = np.random.default_rng(0).normal(size=(500, 6)).astype(np.float32)


def c(m: int) -> float:
    return {1: 0.0, 2: 1.0}.get(m) if m <= 2 else 2 * (math.log(m - 1) + np.euler_gamma) - 2 * (m - 1) / m


def test_formula_on_two_points() -> None:
    """Two rows are always parted by the first split: h = 1 = c(2), so s = 1/2."""
    detector = IForest(n_estimators=5, max_samples=2).fit([[0.0], [1.0]])
    np.testing.assert_allclose(detector.decision_function([[0.0], [1.0], [9.0]]), 0.5)


def test_formula_on_a_far_point() -> None:
    """Seven equal rows and a far one: depth 1 for it; the seven share a leaf at depth 1 + c(7)."""
    rows = np.array([[0.0]] * 7 + [[100.0]])
    scores = IForest(n_estimators=3, max_samples=8).fit(rows).decision_function(rows)
    assert scores[7] == pytest.approx(2 ** (-1 / c(8)))
    np.testing.assert_allclose(scores[:7], 2 ** (-(1 + c(7)) / c(8)))


def test_score_is_the_mean_depth() -> None:
    detector = IForest(n_estimators=7, max_samples=64, max_features=0.5, seed=3).fit(ROWS)
    depths = np.zeros(len(ROWS))
    for one, columns in zip(detector.forest_.estimators_, detector.forest_.estimators_features_, strict=True):
        leaf = one.tree_.apply(np.ascontiguousarray(ROWS[:, columns]))
        depths += one.tree_.compute_node_depths()[leaf] - 1
        depths += [c(int(size)) for size in one.tree_.n_node_samples[leaf]]
    np.testing.assert_allclose(detector.decision_function(ROWS), 2 ** (-depths / 7 / c(64)))
    assert len(columns) == 3


@pytest.mark.parametrize(("trees", "rounds"), [(25, 1), (25, 10), (3, 10), (10, 10)])
def test_grown_forest_equals_the_one_fitted_in_one_go(trees: int, rounds: int) -> None:
    """scikit-learn's warm start skips the seeds already drawn, so the trees are the same."""
    detector = IForest(n_estimators=trees, max_features=0.7, rounds=rounds, seed=5).begin(TrainData.from_labels(ROWS))
    for done in range(1, rounds + 1):
        detector.train_round()
        assert len(detector.forest_.estimators_) == math.ceil(trees * done / rounds)
    whole = IsolationForest(n_estimators=trees, max_samples=256, max_features=0.7, random_state=5).fit(ROWS)
    np.testing.assert_array_equal(detector.decision_function(ROWS), -whole.score_samples(ROWS))


def test_more_samples_than_rows_is_all_rows() -> None:
    few = ROWS[:50]
    np.testing.assert_array_equal(
        IForest(max_samples=4096).fit(few).decision_function(few),
        IForest(max_samples=50).fit(few).decision_function(few),
    )


def test_report_figures(celeba) -> None:
    detector = IForest(**PUBLISHED["report"][0], seed=42).fit(celeba.X)
    assert celeba.report(detector.decision_function(celeba.X_dev)) == (0.5983, 0.0591, 0.0727)
