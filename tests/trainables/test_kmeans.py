from __future__ import annotations

import warnings
from itertools import pairwise

import numpy as np
import pytest
from sklearn import cluster

from search_spaces.kmeans import PUBLISHED
from trainables.core.detector import TrainData
from trainables.core.errors import InvalidInput
from trainables.kmeans import KMeans

ROWS = np.random.default_rng(0).normal(size=(400, 3)).astype(np.float32)


def test_distance_by_hand() -> None:
    """Two pairs: the centres are their midpoints, (0, 1) and (10, 1)."""
    detector = KMeans(n_clusters=2, rounds=1).fit([[0, 0], [0, 2], [10, 0], [10, 2]])
    scores = detector.decision_function([[0, 1], [0, 0], [3, 5], [10, -2], [5, 1]])
    np.testing.assert_allclose(scores, [0, 1, 5, 3, 5], atol=1e-6)


def test_score_is_the_distance_to_the_nearest_centre() -> None:
    detector = KMeans(n_clusters=5).fit(ROWS)
    distances = np.linalg.norm(ROWS[:, None].astype(float) - detector.centres_[None], axis=2)
    np.testing.assert_allclose(detector.decision_function(ROWS), distances.min(1), rtol=1e-5)


def test_last_round_is_scikit_learns_own_fit() -> None:
    whole = cluster.KMeans(6, n_init="auto", random_state=9).fit(ROWS)
    for rounds in (1, 4):
        detector = KMeans(n_clusters=6, rounds=rounds, seed=9).fit(ROWS)
        np.testing.assert_array_equal(detector.centres_, whole.cluster_centers_)


def test_rounds_see_nested_growing_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    class Spy(cluster.KMeans):
        def fit(self, X, *args, **kwargs):
            seen.append(X[:, 0].copy())
            return super().fit(X, *args, **kwargs)

    monkeypatch.setattr("trainables.kmeans.cluster.KMeans", Spy)
    detector = KMeans(n_clusters=30, rounds=4).begin(TrainData.from_labels(np.arange(100.0)[:, None]))
    for _ in range(5):
        detector.train_round()
    assert [len(rows) for rows in seen] == [30, 50, 75, 100, 100]
    for small, large in pairwise(seen):
        assert set(small) <= set(large)
    np.testing.assert_array_equal(seen[3], np.arange(100.0))


def test_fewer_rows_than_clusters() -> None:
    with pytest.raises(InvalidInput, match="n_clusters=4 needs as many rows, got 3"):
        KMeans().fit(ROWS[:3])


def test_coinciding_rows_are_quiet() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (KMeans().fit(np.ones((20, 2))).decision_function(np.ones((2, 2))) == 0).all()


def test_state_is_the_centres_alone() -> None:
    state = KMeans(n_clusters=3).fit(ROWS).state_dict()
    assert set(state) == {"row_shape", "rounds_done", "centres"}
    assert state["centres"].shape == (3, 3)


def test_report_figures(celeba) -> None:
    detector = KMeans(**PUBLISHED["report"][0], seed=42).fit(celeba.X)
    assert celeba.report(detector.decision_function(celeba.X_dev)) == (0.5552, 0.0506, 0.0695)
