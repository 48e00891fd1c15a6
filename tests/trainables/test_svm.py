from __future__ import annotations

import warnings
from typing import Any, ClassVar

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score
from sklearn.svm import SVC

from tests.contract import DetectorContract
from trainables.core.detector import TrainData
from trainables.core.errors import InvalidInput
from trainables.svm import SVM

rng = np.random.default_rng(0)
ROWS = rng.normal(size=(400, 3)).astype(np.float32)
LABELS = (np.linalg.norm(ROWS, axis=1) + rng.normal(0, 0.2, 400) > 2.4).astype(int)
NEW = rng.normal(size=(200, 3)).astype(np.float32)


class TestApproximated(DetectorContract):
    """The contract again, above `exact_rows`."""

    overrides: ClassVar[dict[str, dict[str, Any]]] = {"svm": {"exact_rows": 50, "n_components": 60}}

    @pytest.fixture
    def name(self) -> str:
        return "svm"


@pytest.mark.parametrize(("C", "gamma"), [(1.0, "scale"), (30.0, 0.5)])
def test_exact_equals_scikit_learn(C: float, gamma: Any) -> None:
    model = SVC(C=C, gamma=gamma, class_weight="balanced").fit(ROWS.astype(np.float64), LABELS)
    detector = SVM(C=C, gamma=gamma).fit(ROWS, LABELS)
    np.testing.assert_allclose(detector.decision_function(NEW), model.decision_function(NEW), rtol=1e-5, atol=1e-5)


def test_two_rows_by_hand() -> None:
    """Both on the margin: a (1 - k) = 1 for k = k(0, 2), s(x) = a (k(x, 2) - k(x, 0))."""
    detector = SVM(C=1e3, gamma=0.5).fit([[0], [2]], [0, 1])
    new = np.array([0.0, 1, 2, 5])
    a = 1 / (1 - np.exp(-2))
    expected = a * (np.exp(-0.5 * (new - 2) ** 2) - np.exp(-0.5 * new**2))
    np.testing.assert_allclose(detector.decision_function(new[:, None]), expected, atol=1e-3)


def test_classes_weigh_the_same() -> None:
    """Nine normal rows at 0 against one anomaly at 2: without weights the bound C would leave s < 0 everywhere."""
    rows, labels = [[0]] * 9 + [[2]], [0] * 9 + [1]
    scores = SVM(C=0.1, gamma=0.5).fit(rows, labels).decision_function([[0], [1], [2]])
    assert scores[0] < scores[1] < scores[2]
    np.testing.assert_allclose(scores[1], (scores[0] + scores[2]) / 2, atol=1e-6)


@pytest.mark.parametrize("exact_rows", [1000, 100])
def test_unlabelled_and_normal_are_alike(exact_rows: int) -> None:
    scores = []
    for rest in (0, 1):
        train = TrainData(ROWS, np.where(LABELS == 1, -1, rest).astype(np.int8))
        detector = SVM(exact_rows=exact_rows).begin(train)
        detector.train_round()
        scores.append(detector.decision_function(NEW))
    np.testing.assert_array_equal(*scores)


def test_approximation_orders_as_the_exact_machine() -> None:
    exact = SVM(gamma=0.3).fit(ROWS, LABELS).decision_function(NEW)
    approximated = SVM(gamma=0.3, exact_rows=100, n_components=100).fit(ROWS, LABELS).decision_function(NEW)
    assert spearmanr(exact, approximated).statistic > 0.9
    truth = np.linalg.norm(NEW, axis=1) > 2.4
    assert roc_auc_score(truth, approximated) > 0.95  # no line can tell the inside of a sphere from its outside


def test_stopping_early_is_quiet() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        detector = SVM(C=1e3, exact_rows=100, max_iter=1).fit(ROWS, LABELS)
    assert np.isfinite(detector.decision_function(NEW)).all()


def test_nothing_but_anomalies() -> None:
    with pytest.raises(InvalidInput, match="all 10 training rows"):
        SVM().fit(ROWS[:10], np.ones(10, int))
