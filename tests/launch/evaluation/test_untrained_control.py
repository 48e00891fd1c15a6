"""What did not learn, beside what did."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from launch.evaluation import untrained_control


def test_distance_to_the_mean_beside_untrained_networks():
    """Four pairs of rows: the untrained form ranks all of them rightly with one seed, two with the other."""
    y = np.array([0, 0, 1, 1])
    scores = {0: np.array([1.0, 2.0, 3.0, 4.0]), 1: np.array([1.0, 4.0, 2.0, 3.0])}
    found = untrained_control.metrics_of(y, scores, np.array([0.0, 0.1, 5.0, 7.0]))
    assert list(found) == ["untrained", "distance_to_mean"]
    assert (found["untrained"].auroc, found["distance_to_mean"].auroc) == (0.75, 1.0)
    assert list(untrained_control.metrics_of(y, scores)) == ["untrained"]
    assert untrained_control.metrics_of(y, {}, np.zeros(4)) == {}


def test_distance_is_that_of_prepared_rows_to_the_mean_of_the_training_rows():
    """Training rows (1, 1) and (3, 5) after a division by ten: the mean is (2, 3), and (5, 7) is 9 + 16 from it."""
    prepared = SimpleNamespace(
        train=SimpleNamespace(X=np.array([[1, 1], [3, 5]], np.float32)), rows=lambda X: (X / 10).astype(np.float32)
    )
    problem = SimpleNamespace(whole=lambda: prepared)
    found = untrained_control.distance_to_mean(problem, np.array([[50.0, 70.0], [20.0, 30.0]]))
    np.testing.assert_allclose(found, [25, 0])
