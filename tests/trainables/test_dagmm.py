from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.metrics import roc_auc_score
from sklearn.mixture import GaussianMixture
from sklearn.mixture._gaussian_mixture import _compute_precision_cholesky, _estimate_gaussian_parameters

from tests.trainables.dependence import tied_columns
from trainables.components.gaussian_mixture import Mixture, energy, fit_mixture
from trainables.core.detector import TrainData
from trainables.core.errors import NonFiniteLoss, NotFitted, SingularCovariance
from trainables.dagmm import DAGMM, diagonal_penalty, mixture_of
from trainables.networks.dagmm import reconstruction_features

X, SCORED, Y = tied_columns()
SMALL = {"hidden": (8,), "components": 2, "batch_size": 200, "lr": 0.01, "device": "cpu"}


def tensor(values: object) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def random_memberships(n: int = 200, k: int = 3, d: int = 4) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(0)
    return tensor(rng.normal(size=(n, d)) @ rng.normal(size=(d, d))), tensor(rng.dirichlet(np.ones(k), n))


def test_energy_of_a_mixture_on_a_line() -> None:
    """-log(1/4 N(z; 0, 1) + 3/4 N(z; 2, 4))."""
    mixture = Mixture(tensor([0.25, 0.75]), tensor([[0.0], [2.0]]), tensor([[[1.0]], [[4.0]]]))
    root = np.sqrt(2 * np.pi)
    at_0 = 0.25 / root + 0.75 / (2 * root) * np.exp(-0.5)
    at_2 = 0.25 / root * np.exp(-2) + 0.75 / (2 * root)
    expected = tensor([-np.log(at_0), -np.log(at_2)])
    torch.testing.assert_close(energy(tensor([[0.0], [2.0]]), mixture), expected)


def test_energy_is_scikit_learns() -> None:
    z, membership = random_memberships()
    mixture = fit_mixture(z, membership, 1e-6)
    reference = GaussianMixture(3)
    reference.weights_, reference.means_, reference.covariances_ = (part.numpy() for part in mixture)
    reference.precisions_cholesky_ = _compute_precision_cholesky(reference.covariances_, "full")
    np.testing.assert_allclose(energy(z, mixture), -reference.score_samples(z.numpy()), rtol=1e-9)


@pytest.mark.parametrize("fit", [fit_mixture, mixture_of])
def test_parameters_are_scikit_learns(fit) -> None:
    z, membership = random_memberships()
    mass, means, covariances = _estimate_gaussian_parameters(z.numpy(), membership.numpy(), 1e-3, "full")
    mixture = fit(z, membership, 1e-3)
    np.testing.assert_allclose(mixture.weights, mass / len(z))
    np.testing.assert_allclose(mixture.means, means, atol=1e-12)
    np.testing.assert_allclose(mixture.covariances, covariances, atol=1e-12)


def test_parameters_by_hand() -> None:
    """Component 0 has 0 and 2, component 1 has 10 and half of 10 and 13."""
    z = tensor([[0.0], [2.0], [10.0], [13.0]])
    membership = tensor([[1, 0], [1, 0], [0, 1], [0, 0.5]])
    weights, means, covariances = fit_mixture(z, membership, 0.0)
    torch.testing.assert_close(weights, tensor([0.5, 1.5 / 4]))
    torch.testing.assert_close(means, tensor([[1.0], [11.0]]))
    torch.testing.assert_close(covariances, tensor([[[1.0]], [[(1 + 0.5 * 4) / 1.5]]]))


def test_energy_survives_far_rows() -> None:
    mixture = Mixture(tensor([1.0]), tensor([[0.0]]), tensor([[[1.0]]]))
    expected = 0.5 * 1e12 + 0.5 * np.log(2 * np.pi)
    assert float(energy(tensor([[1e6]]), mixture)) == pytest.approx(expected)


def test_penalty_by_hand() -> None:
    covariances = tensor([[[2.0, 1.0], [1.0, 4.0]], [[0.5, 0.0], [0.0, 0.1]]])
    assert float(diagonal_penalty(covariances)) == pytest.approx(0.5 + 0.25 + 2 + 10)


def test_features_by_hand() -> None:
    """x = (3, 4), x' = (3, 0): distance 4 of 5, cosine 9 / 15. A row of zeros counts as long as the least norm."""
    rows, restored = torch.tensor([[3.0, 4.0], [0.0, 0.0]]), torch.tensor([[3.0, 0.0], [1.0, 0.0]])
    expected = torch.tensor([[0.8, 0.6], [2.0, 0.0]])
    torch.testing.assert_close(reconstruction_features(rows, restored, 0.5), expected)


def test_cosine_is_torchs() -> None:
    rows, restored = torch.randn(2, 30, 5, generator=torch.Generator().manual_seed(0))
    expected = torch.nn.functional.cosine_similarity(rows, restored)
    torch.testing.assert_close(reconstruction_features(rows, restored)[:, 1], expected)


def test_loss_is_the_weighted_sum_of_its_parts() -> None:
    detector = DAGMM(**SMALL, lambda_energy=0.3, lambda_covariance=0.02, dropout=0.0)
    detector.begin(TrainData.from_labels(X))
    rows = torch.from_numpy(X[:100])
    with torch.no_grad():
        losses = {k: float(v) for k, v in detector._losses(rows).items()}
        restored, z = detector.network_(rows)
        membership = detector.network_.estimation(z).double().softmax(1)
    mass, means, covariances = _estimate_gaussian_parameters(
        z.double().numpy(), membership.numpy(), detector.jitter, "full"
    )
    density = sum(
        m / 100 * stats.multivariate_normal(mean, covariance).pdf(z.double().numpy())
        for m, mean, covariance in zip(mass, means, covariances, strict=True)
    )
    assert losses["reconstruction"] == pytest.approx(np.square(X[:100] - restored.numpy()).sum(1).mean(), rel=1e-5)
    assert losses["energy"] == pytest.approx(-np.log(density).mean(), rel=1e-6)
    assert losses["penalty"] == pytest.approx(sum((1 / np.diag(c)).sum() for c in covariances), rel=1e-6)
    parts = losses["reconstruction"] + 0.3 * losses["energy"] + 0.02 * losses["penalty"]
    assert losses["loss"] == pytest.approx(parts, rel=1e-6)


def test_scores_use_the_mixture_of_all_training_rows_without_dropout() -> None:
    detector = DAGMM(**SMALL, dropout=0.5, epochs=2).fit(X)
    network = detector.network_.eval()
    with torch.no_grad():
        z = network(torch.from_numpy(X))[1]
        membership = network.estimation(z).double().softmax(1).numpy()
    z = z.double().numpy()
    mass, means, covariances = _estimate_gaussian_parameters(z, membership, detector.jitter, "full")
    reference = GaussianMixture(2)
    reference.weights_, reference.means_ = mass / len(X), means
    reference.precisions_cholesky_ = _compute_precision_cholesky(covariances, "full")
    np.testing.assert_allclose(detector.decision_function(X), -reference.score_samples(z), rtol=1e-3, atol=1e-3)


def test_no_mixture_before_the_first_epoch() -> None:
    detector = DAGMM(**SMALL).begin(TrainData.from_labels(X))
    with pytest.raises(NotFitted, match="after the first epoch"):
        detector.decision_function(X)


def test_singular_covariance_is_named() -> None:
    """Rows that are all alike have covariance 0, which only the jitter keeps positive."""
    same = np.ones((50, 4), np.float32)
    with pytest.raises(SingularCovariance, match="not positive definite") as caught:
        DAGMM(**SMALL, jitter=0.0).fit(same)
    assert caught.value.cause == "singular_covariance"
    detector = DAGMM(**SMALL, epochs=1).fit(same)
    assert np.isfinite(detector.decision_function(same)).all()


def test_a_singular_mixture_fails_training_and_not_scoring(monkeypatch: pytest.MonkeyPatch) -> None:
    flat = Mixture(tensor([0.5, 0.5]), torch.zeros(2, 3).double(), torch.zeros(2, 3, 3).double())
    monkeypatch.setattr("trainables.dagmm.mixture_of", lambda *_: flat)
    with pytest.raises(SingularCovariance, match="covariance 0"):
        DAGMM(**SMALL).begin(TrainData.from_labels(X)).train_round()


def test_component_without_rows_is_named() -> None:
    with pytest.raises(SingularCovariance, match="no rows left"):
        fit_mixture(tensor([[0.0], [1.0]]), tensor([[1.0, 0.0], [1.0, 0.0]]), 1e-6)


def test_covariance_that_is_not_finite_is_a_diverged_loss() -> None:
    mixture = Mixture(tensor([1.0]), tensor([[0.0]]), tensor([[[np.nan]]]))
    with pytest.raises(NonFiniteLoss, match="NaN"):
        energy(tensor([[0.0]]), mixture)


def test_a_row_of_zeros_does_not_run_away() -> None:
    """On a 0/1 table such a row exists, and its relative distance is a division by zero."""
    rows = (np.random.default_rng(0).random((300, 6)) < 0.3).astype(np.uint8)
    assert (rows.sum(1) == 0).any()
    detector = DAGMM(**SMALL, epochs=2).fit(rows)
    assert float(detector.network_.least_norm) == pytest.approx(0.01 * np.linalg.norm(rows, axis=1).mean(), rel=1e-5)
    assert np.isfinite(detector.decision_function(rows)).all()


def test_training_finds_what_ties_the_columns() -> None:
    detector = DAGMM(**{**SMALL, "batch_size": 100}).begin(TrainData.from_labels(X))
    found = []
    for _ in range(12):
        detector.train_round()
        found.append(roc_auc_score(Y, detector.decision_function(SCORED)))
    assert found[-1] > 0.75 > found[0] + 0.1


def test_labels_are_not_looked_at() -> None:
    without, with_ = (DAGMM(**SMALL, epochs=2).fit(X, y) for y in (None, np.arange(len(X)) % 2))
    np.testing.assert_array_equal(without.decision_function(SCORED), with_.decision_function(SCORED))
