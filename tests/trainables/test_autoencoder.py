from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from sklearn.metrics import roc_auc_score

from search_spaces.autoencoder import PUBLISHED
from tests.trainables.dependence import tied_columns
from trainables.autoencoder import Autoencoder, reconstruction_error
from trainables.core.detector import TrainData
from trainables.core.errors import InvalidInput

ROWS = torch.tensor([[1.0, 2.0], [0.0, 0.0]])
RESTORED = torch.tensor([[1.0, 0.0], [3.0, -1.0]])
PAIR = np.array([[1, 2], [3, 4]], np.float32)


def begun(X: np.ndarray, **params) -> Autoencoder:
    return Autoencoder(device="cpu", **params).begin(TrainData.from_labels(X))


@pytest.mark.parametrize(("kind", "expected"), [("mse", [2, 5]), ("rmse", [2**0.5, 5**0.5]), ("l1", [1, 2])])
def test_error_by_hand(kind: str, expected: list[float]) -> None:
    """Differences (0, -2) and (3, -1)."""
    torch.testing.assert_close(reconstruction_error(ROWS, RESTORED, kind), torch.tensor(expected, dtype=torch.float32))


def test_an_image_is_one_row_of_values() -> None:
    torch.testing.assert_close(reconstruction_error(torch.ones(3, 2, 2, 1), torch.zeros(3, 2, 2, 1)), torch.ones(3))


def test_loss_of_a_network_that_answers_zero_is_the_mean_square() -> None:
    """(1 + 4 + 9 + 16) / 4."""
    detector = begun(PAIR)
    for p in detector.network_.parameters():
        p.data.zero_()
    assert float(detector._losses(torch.from_numpy(PAIR))["loss"].detach()) == 7.5
    np.testing.assert_allclose(detector.decision_function(PAIR), [2.5, 12.5])


def test_noise_is_added_to_the_input_and_not_to_the_target() -> None:
    """An identity network is wrong by the noise alone: its loss is sigma^2."""
    rows = np.random.default_rng(0).normal(size=(20_000, 2)).astype(np.float32)
    detector = begun(rows, hidden=(), latent=2, noise=0.5)
    for layer in (detector.network_[0][0], detector.network_[1][0]):
        layer.weight.data.copy_(torch.eye(2))
        layer.bias.data.zero_()
    torch.manual_seed(0)
    loss = float(detector._losses(torch.from_numpy(rows))["loss"].detach())
    assert abs(loss - 0.25) < 5 * 0.25 * (2 / 40_000) ** 0.5  # five standard errors of a mean of 40,000 squares
    np.testing.assert_allclose(detector.decision_function(rows[:5]), 0, atol=1e-12)


def test_a_linear_autoencoder_is_pca() -> None:
    """Baldi and Hornik 1989: the best linear bottleneck spans the leading components."""
    X = np.random.default_rng(0).normal(size=(500, 5)) @ np.diag([3, 2, 1, 0.5, 0.3])
    detector = Autoencoder(hidden=(), latent=2, lr=0.01, batch_size=250, epochs=300, device="cpu").fit(X)
    pca = PCA(2).fit(X)
    residual = np.square(X - pca.inverse_transform(pca.transform(X))).mean(1)
    np.testing.assert_allclose(detector.decision_function(X), residual, rtol=0.1, atol=0.02)


def test_training_finds_what_ties_the_columns() -> None:
    X, scored, y = tied_columns()
    detector = Autoencoder(hidden=(16,), latent=1, lr=0.01, batch_size=64, epochs=20, device="cpu")
    untrained = roc_auc_score(y, detector.begin(TrainData.from_labels(X)).decision_function(scored))
    trained = roc_auc_score(y, detector.fit(X).decision_function(scored))
    assert trained > 0.9 > untrained + 0.2


def test_mse_and_rmse_rank_alike() -> None:
    X, scored, _ = tied_columns(100)
    mse, rmse = (Autoencoder(epochs=1, score=s, device="cpu").fit(X).decision_function(scored) for s in ("mse", "rmse"))
    np.testing.assert_array_equal(np.argsort(mse), np.argsort(rmse))


def test_labels_are_not_looked_at() -> None:
    X, scored, _ = tied_columns(100)
    without, with_ = (Autoencoder(epochs=2, device="cpu").fit(X, y) for y in (None, np.arange(100) % 2))
    np.testing.assert_array_equal(without.decision_function(scored), with_.decision_function(scored))


def test_homework_network() -> None:
    detector = begun(np.ones((10, 39), np.float32), **PUBLISHED["homework"][0])
    shapes = [tuple(p.shape) for p in detector.network_.parameters() if p.ndim == 2]
    inward = [(128, 39), (64, 128), (12, 64), (3, 12)]
    assert shapes == inward + [(b, a) for a, b in reversed(inward)]
    assert not isinstance(detector.network_[1][-1], torch.nn.Tanh)


def test_weight_decay_is_on_every_parameter() -> None:
    (group,) = begun(PAIR, weight_decay=0.03).optimizer_.groups
    assert group["weight_decay"] == 0.03
    ours = sum(p.numel() for p in group["params"])
    assert ours == sum(p.numel() for p in begun(PAIR).network_.parameters())


def test_batch_normalisation_needs_two_rows() -> None:
    with pytest.raises(InvalidInput, match="two training rows"):
        begun(PAIR[:1], batch_norm=True)
    assert np.isfinite(begun(PAIR[:1]).train_round()["loss"])


def test_losses_are_means_over_the_batches_of_an_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    detector = begun(np.arange(40, dtype=np.float32).reshape(20, 2), hidden=(), latent=1, batch_size=6)
    seen: list[torch.Tensor] = []
    losses: list[float] = []
    plain = Autoencoder._losses

    def spy(self: Autoencoder, rows: torch.Tensor) -> dict[str, torch.Tensor]:
        seen.append(rows.clone())
        found = plain(self, rows)
        losses.append(float(found["loss"].detach()))
        return found

    monkeypatch.setattr(Autoencoder, "_losses", spy)
    mean = detector.train_round()["loss"]
    assert [len(rows) for rows in seen] == [6, 6, 6]
    assert len(torch.cat(seen).unique(dim=0)) == 18  # each row once; two do not fill a batch
    assert mean == pytest.approx(np.mean(losses), rel=1e-6)
