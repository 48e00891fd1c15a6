from __future__ import annotations

import warnings
from typing import Any, ClassVar

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import spearmanr
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import SGDOneClassSVM
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.svm import OneClassSVM

import trainables
from tests.contract import DetectorContract
from trainables.core.errors import UntrustedState
from trainables.ocsvm import OCSVM

rng = np.random.default_rng(0)
ROWS = np.r_[rng.normal(size=(180, 3)), rng.uniform(-6, 6, size=(20, 3))].astype(np.float32)
NEW = rng.uniform(-4, 4, size=(100, 3)).astype(np.float32)


class TestApproximated(DetectorContract):
    """The contract again, above `exact_rows`."""

    overrides: ClassVar[dict[str, dict[str, Any]]] = {"ocsvm": {"exact_rows": 50, "n_components": 60}}

    @pytest.fixture
    def name(self) -> str:
        return "ocsvm"


@pytest.mark.parametrize(("nu", "gamma"), [(0.5, "scale"), (0.05, 0.3)])
def test_exact_equals_scikit_learn(nu: float, gamma: Any) -> None:
    model = OneClassSVM(nu=nu, gamma=gamma).fit(ROWS.astype(np.float64))
    detector = OCSVM(nu=nu, gamma=gamma).fit(ROWS)
    np.testing.assert_allclose(detector.decision_function(NEW), -model.decision_function(NEW), rtol=1e-5, atol=1e-6)


def test_two_rows_by_hand() -> None:
    """Weights that sum to nu n = 1 are 1/2 each: s(x) = rho - (k(x, 0) + k(x, 2)) / 2, and s(0) = 0."""
    detector = OCSVM(nu=0.5, gamma=0.5).fit([[0], [2]])
    new = np.array([0.0, 1, 2, 5])
    expected = (1 + np.exp(-2) - np.exp(-0.5 * new**2) - np.exp(-0.5 * (new - 2) ** 2)) / 2
    np.testing.assert_allclose(detector.decision_function(new[:, None]), expected, atol=1e-6)


def test_order_is_that_of_svdd() -> None:
    """SVDD solved on its own: min a K a over 0 <= a <= 1 / (nu n), sum 1; s = -2 sum a k(x, x_i)."""
    rows, nu, gamma = ROWS[:40].astype(np.float64), 0.3, 0.2
    K = rbf_kernel(rows, gamma=gamma)
    found = minimize(
        lambda a: a @ K @ a,
        np.full(40, 1 / 40),
        jac=lambda a: 2 * K @ a,
        bounds=[(0, 1 / (nu * 40))] * 40,
        constraints={"type": "eq", "fun": lambda a: a.sum() - 1, "jac": lambda a: np.ones(40)},
        options={"ftol": 1e-12, "maxiter": 500},
    )
    distance = -2 * rbf_kernel(NEW, rows, gamma=gamma) @ found.x
    scores = OCSVM(nu=nu, gamma=gamma).fit(rows).decision_function(NEW)
    assert spearmanr(scores, distance).statistic > 0.999
    assert trainables.resolve("svdd") == "ocsvm"


def test_nu_is_the_share_outside() -> None:
    for nu in (0.1, 0.4):
        outside = (OCSVM(nu=nu).fit(ROWS).decision_function(ROWS) > 1e-6).mean()
        assert nu - 0.05 < outside <= nu + 0.01


def test_all_landmarks_make_the_features_exact() -> None:
    """With every row a landmark, phi(x) . phi(y) = k(x, y) on the rows, as in scikit-learn's Nystroem."""
    features: list[np.ndarray] = []

    class Spy(OCSVM):
        def _linear(self, found: np.ndarray) -> Any:
            features.append(found)
            return super()._linear(found)

    Spy(gamma=0.3, exact_rows=50, n_components=200).fit(ROWS)
    kernel = rbf_kernel(ROWS.astype(np.float64), gamma=0.3)
    np.testing.assert_allclose(features[0] @ features[0].T, kernel, atol=1e-6)
    theirs = Nystroem(gamma=0.3, n_components=200, random_state=0).fit_transform(ROWS.astype(np.float64))
    np.testing.assert_allclose(theirs @ theirs.T, features[0] @ features[0].T, atol=1e-6)


def test_folded_coefficients_are_those_of_the_features() -> None:
    kept: dict[str, Any] = {}

    class Spy(OCSVM):
        def _linear(self, features: np.ndarray) -> Any:
            kept["scores"] = (
                -SGDOneClassSVM(nu=self.nu, random_state=self.seed).fit(features).decision_function(features)
            )
            return super()._linear(features)

    detector = Spy(nu=0.2, gamma=0.3, exact_rows=50, n_components=40).fit(ROWS)
    np.testing.assert_allclose(detector.decision_function(ROWS), kept["scores"], atol=1e-8)


def test_approximation_orders_as_the_exact_machine() -> None:
    rows = np.tile(ROWS, (5, 1)) + rng.normal(0, 0.05, (1000, 3)).astype(np.float32)
    exact = OCSVM(nu=0.2, gamma=0.3).fit(rows).decision_function(NEW)
    approximated = OCSVM(nu=0.2, gamma=0.3, exact_rows=10, n_components=150).fit(rows).decision_function(NEW)
    assert spearmanr(exact, approximated).statistic > 0.9


def test_coinciding_rows() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for exact_rows in (5, 1000):
            rows = np.repeat([[0, 0], [0, 1]], 50, axis=0)
            assert np.isfinite(OCSVM(exact_rows=exact_rows).fit(rows).decision_function(NEW[:, :2])).all()
            assert np.isfinite(OCSVM(exact_rows=exact_rows).fit(np.ones((50, 2))).decision_function(NEW[:, :2])).all()


def test_hostile_states_are_refused() -> None:
    good = OCSVM().fit(ROWS).state_dict()
    for name, value in good["fit"].items():
        for bad in ("x", value[:-1], value[:0], np.full(value.shape, np.nan), value[..., None]):
            with pytest.raises(UntrustedState):
                OCSVM().load_state_dict({**good, "fit": {**good["fit"], name: bad}})
    with pytest.raises(UntrustedState, match="gamma"):
        OCSVM().load_state_dict({**good, "fit": {**good["fit"], "gamma": np.zeros(1)}})
