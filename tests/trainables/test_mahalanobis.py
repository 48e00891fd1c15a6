from __future__ import annotations

import numpy as np
import pytest
from sklearn.covariance import EmpiricalCovariance, LedoitWolf

from trainables.core.errors import SingularCovariance, UntrustedState
from trainables.mahalanobis import Mahalanobis

rng = np.random.default_rng(0)
ROWS = (rng.normal(size=(200, 4)) @ rng.normal(size=(4, 4)) + 3).astype(np.float32)
NEW = rng.normal(3, 5, size=(50, 4)).astype(np.float32)
CROSS = [[3, 0], [-3, 0], [0, 1], [0, -1]]  # mean 0, variances 9/2 and 1/2, no covariance


def test_by_hand() -> None:
    scores = Mahalanobis(shrinkage=0.0).fit(CROSS).decision_function([[0, 0], [3, 0], [0, 1], [1, 2]])
    np.testing.assert_allclose(scores, [0, 2, 2, 2 / 9 + 8], atol=1e-12)


def test_shrinkage_by_hand() -> None:
    """Halfway to the mean variance 5/2: variances 7/2 and 3/2; all the way: the Euclidean distance."""
    new = [[1, 0], [0, 1], [2, 3]]
    half = Mahalanobis(shrinkage=0.5).fit(CROSS).decision_function(new)
    np.testing.assert_allclose(half, [2 / 7, 2 / 3, 8 / 7 + 6])
    whole = Mahalanobis(shrinkage=1.0).fit(CROSS).decision_function(new)
    np.testing.assert_allclose(whole, np.array([1, 1, 13]) / 2.5)


@pytest.mark.parametrize(("shrinkage", "model"), [(0.0, EmpiricalCovariance()), ("auto", LedoitWolf())])
def test_equals_scikit_learn(shrinkage: float | str, model: EmpiricalCovariance) -> None:
    expected = model.fit(ROWS.astype(np.float64)).mahalanobis(NEW.astype(np.float64))
    detector = Mahalanobis(shrinkage=shrinkage).fit(ROWS)
    np.testing.assert_allclose(detector.decision_function(NEW), expected, rtol=1e-6)


def test_units_of_a_column_do_not_matter() -> None:
    scale = np.array([1e-6, 1, 1e3, 1e6], np.float32)
    plain = Mahalanobis(shrinkage=0.0).fit(ROWS).decision_function(NEW)
    scaled = Mahalanobis(shrinkage=0.0).fit(ROWS * scale).decision_function(NEW * scale)
    np.testing.assert_allclose(scaled, plain, rtol=1e-4)


def test_singular_covariance_has_a_name() -> None:
    constant, dependent = np.c_[ROWS, np.ones(200)], np.c_[ROWS, ROWS[:, 0] + ROWS[:, 1]].astype(np.float32)
    with pytest.raises(SingularCovariance, match="column 4 is constant"):
        Mahalanobis(shrinkage=0.0).fit(constant)
    bits = (ROWS[:, :2] > 3).astype(np.uint8)
    with pytest.raises(SingularCovariance, match="depend on each other"):
        Mahalanobis(shrinkage=0.0).fit(np.c_[bits, 1 - bits[:, :1]])
    with pytest.raises(SingularCovariance):
        Mahalanobis().fit(np.ones((20, 3)))
    for rows in (constant, dependent, np.c_[bits, 1 - bits[:, :1]]):
        assert np.isfinite(Mahalanobis(shrinkage=1e-6).fit(rows).decision_function(rows)).all()
        assert np.isfinite(Mahalanobis().fit(rows).decision_function(rows)).all()


def test_hostile_states_are_refused() -> None:
    good = Mahalanobis().fit(ROWS).state_dict()
    for bad in ({}, {**good["fit"], "mean": np.zeros(3)}, {**good["fit"], "whiten": np.full((4, 4), np.inf)}):
        with pytest.raises(UntrustedState):
            Mahalanobis().load_state_dict({**good, "fit": bad})


def test_celeba_scores_are_those_of_scikit_learn(celeba) -> None:
    expected = EmpiricalCovariance().fit(celeba.X.astype(float)).mahalanobis(celeba.X_dev.astype(float))
    detector = Mahalanobis(shrinkage=0.0).fit(celeba.X)
    np.testing.assert_allclose(detector.decision_function(celeba.X_dev), expected, rtol=1e-6)
