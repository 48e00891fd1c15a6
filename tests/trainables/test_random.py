from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from trainables.random import RandomScores

X = np.zeros((40_000, 2), np.float32)


def test_knows_nothing() -> None:
    y = np.arange(len(X)) % 20 == 0
    scores = RandomScores(seed=1).fit(X).decision_function(X)
    assert roc_auc_score(y, scores) == pytest.approx(0.5, abs=0.02)
    assert average_precision_score(y, scores) == pytest.approx(0.05, abs=0.005)
    assert 0 <= scores.min() < 0.001
    assert 0.999 < scores.max() < 1


def test_the_seed_alone_decides() -> None:
    one, two = RandomScores(seed=1).fit(X), RandomScores(seed=2).fit(X)
    np.testing.assert_array_equal(one.decision_function(X), one.decision_function(X + 1))
    assert (one.decision_function(X) != two.decision_function(X)).all()
