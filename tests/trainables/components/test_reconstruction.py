"""Trimmed losses: which rows of a batch they are over."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from trainables.autoencoder import Autoencoder
from trainables.components.reconstruction import least
from trainables.core.detector import TrainData
from trainables.deepsvdd import DeepSVDD
from trainables.vae import VAE

ERRORS = torch.tensor([5.0, 1.0, 4.0, 2.0, 3.0])
ROWS = torch.tensor([[1.0, 2.0], [3.0, 4.0], [0.0, 10.0], [1.0, 0.0], [0.0, 2.0]])  # squares 5, 25, 100, 1, 4


@pytest.mark.parametrize(
    ("trim", "kept"), [(0.0, [5, 1, 4, 2, 3]), (0.1, [5, 1, 4, 2, 3]), (0.2, [1, 4, 2, 3]), (0.4, [1, 2, 3])]
)
def test_rows_with_the_smallest_errors_are_kept(trim, kept):
    chosen = ERRORS[least(ERRORS, trim)].tolist()
    assert chosen == kept if trim == 0 else sorted(chosen) == sorted(kept)


def test_one_row_is_always_kept():
    assert ERRORS[:1][least(ERRORS[:1], 0.5)].tolist() == [5.0]


def begun(cls, **params):
    detector = cls(device="cpu", **params).begin(TrainData(ROWS.numpy(), np.zeros(5, np.int8)))
    for parameter in detector.network_.parameters():
        parameter.data.zero_()
    return detector


def test_loss_of_an_autoencoder_that_answers_zero():
    """Means of squares over both columns, without the row (0, 10): (5 + 25 + 1 + 4) / 8."""
    assert float(begun(Autoencoder, trim=0.2)._losses(ROWS)["loss"].detach()) == pytest.approx(35 / 8)
    assert float(begun(Autoencoder)._losses(ROWS)["loss"].detach()) == pytest.approx(135 / 10)


def test_loss_of_a_variational_autoencoder_that_answers_zero():
    """Sums of squares without the row (0, 10): (5 + 25 + 1 + 4) / 4; KL of N(0, v), v = ln 2: (v - 1 - ln v) / 2."""
    losses = begun(VAE, trim=0.2, latent=3, variance="unit", score="mse")._losses(ROWS)
    assert float(losses["reconstruction"].detach()) == pytest.approx(35 / 4)
    sigma2 = np.log(2)  # softplus(0)
    assert float(losses["kl"].detach()) == pytest.approx(1.5 * (sigma2 - 1 - np.log(sigma2)), rel=1e-4)


def test_hard_objective_leaves_out_the_largest_distances_and_the_soft_one_does_not():
    params = {"batch_norm": False, "pretrain_epochs": 0, "hidden": (), "rep_dim": 2}
    for objective, kept in (("hard", 4), ("soft", 5)):
        detector = DeepSVDD(device="cpu", trim=0.2, objective=objective, **params)
        detector.begin(TrainData(ROWS.numpy(), np.zeros(5, np.int8)))
        distances = detector.network_(ROWS).detach().sort().values
        losses = detector._losses(ROWS)
        named = losses["loss"] if objective == "hard" else losses["distance"]
        assert float(named.detach()) == pytest.approx(float(distances[:kept].mean()), rel=1e-5)


@pytest.mark.parametrize("cls", [Autoencoder, VAE, DeepSVDD])
def test_training_is_another_with_a_trim(cls):
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.normal(size=(180, 6)), 6 + rng.normal(size=(20, 6))]).astype(np.float32)
    scores = []
    for trim in (0.0, 0.2):
        detector = cls(epochs=3, batch_size=50, seed=1, device="cpu", trim=trim).fit(rows)
        scores.append(detector.decision_function(rows))
    assert not np.allclose(*scores)
    assert np.isfinite(scores).all()
