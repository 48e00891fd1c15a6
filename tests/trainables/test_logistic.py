from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from search_spaces.logistic import PUBLISHED
from trainables.core.detector import TrainData
from trainables.core.errors import InvalidInput
from trainables.logistic import Logistic

rng = np.random.default_rng(0)
ROWS = rng.normal(size=(400, 4)).astype(np.float32)
LABELS = (ROWS[:, 0] + rng.normal(size=400) > 1.5).astype(int)


@pytest.mark.parametrize("weight", ["none", "balanced"])
def test_equals_scikit_learn(weight: str) -> None:
    detector = Logistic(C=0.3, class_weight=weight).fit(ROWS, LABELS)
    own = LogisticRegression(C=0.3, class_weight=None if weight == "none" else weight, max_iter=1000)
    own.fit(ROWS.astype(np.float64), LABELS)
    np.testing.assert_allclose(detector.decision_function(ROWS), own.decision_function(ROWS), rtol=1e-6, atol=1e-9)


def test_prevalence_is_all_that_is_left_at_a_tiny_C() -> None:
    """With the weights pressed to zero, the log-odds of the prevalence remain."""
    scores = Logistic(C=1e-9).fit(ROWS, LABELS).decision_function(ROWS)
    np.testing.assert_allclose(scores, np.log(LABELS.mean() / (1 - LABELS.mean())), atol=1e-3)


def test_unlabelled_and_normal_are_alike() -> None:
    scores = []
    for rest in (0, 1):
        train = TrainData(ROWS, np.where(LABELS == 1, -1, rest).astype(np.int8))
        detector = Logistic().begin(train)
        detector.train_round()
        scores.append(detector.decision_function(ROWS))
    np.testing.assert_array_equal(*scores)


def test_stopping_early_is_quiet() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isfinite(Logistic(max_iter=1, C=1e4).fit(ROWS * 1000, LABELS).decision_function(ROWS)).all()


def test_nothing_but_anomalies() -> None:
    with pytest.raises(InvalidInput, match="all 10 training rows"):
        Logistic().fit(ROWS[:10], np.ones(10, int))


def test_celeba_figures(celeba) -> None:
    detector = Logistic(**PUBLISHED["defaults"][0]).fit(celeba.X, celeba.y)
    auroc, ap, f1 = celeba.report(detector.decision_function(celeba.X_dev))
    assert (auroc, ap, f1) == (
        pytest.approx(0.965, abs=1e-3),
        pytest.approx(0.427, abs=1e-3),
        pytest.approx(0.381, abs=2e-3),
    )
