"""GANomaly: losses by hand, the score, and a discriminator that starts anew."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from trainables.core.detector import NORMAL, TrainData
from trainables.ganomaly import GANomaly, discriminator_loss

SMALL = {"channels": 2, "latent": 3, "batch_size": 8, "device": "cpu"}


@pytest.fixture
def train():
    X = np.random.default_rng(0).integers(0, 256, (16, 8, 8, 1)).astype(np.uint8)
    return TrainData(X, np.full(16, NORMAL, np.int8))


def test_discriminator_loss_by_hand():
    """-½ (log sigmoid(1) + log(1 - sigmoid(0))) = ½ (0.3133 + 0.6931)."""
    loss = discriminator_loss(torch.tensor([1.0]), torch.tensor([0.0]))
    assert float(loss) == pytest.approx(0.5 * (math.log(1 + math.exp(-1)) + math.log(2)))


def test_score_is_that_of_the_codes(train):
    made = GANomaly(epochs=1, **SMALL).begin(train)
    made.train_round()
    first, decoder, second = made.network_.eval().generator
    x = torch.from_numpy(train.X[:4]).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.no_grad():
        expected = (first(x) - second(decoder(first(x)))).square().mean(1)
    np.testing.assert_allclose(made.decision_function(train.X[:4]), expected, rtol=1e-4)


def test_losses_of_a_round_are_weighted_in_the_step_and_not_in_the_report(train):
    """Without weights nothing of the generator moves; the discriminator does."""
    nothing = dict.fromkeys(("weight_adversarial", "weight_context", "weight_encoder"), 0.0)
    made = GANomaly(epochs=1, **nothing, **SMALL).begin(train)
    before = [p.detach().clone() for p in made.network_.parameters()]
    losses = made.train_round()
    assert min(losses[name] for name in ("adversarial", "context", "encoder")) > 0
    still = len(list(made.network_.generator.parameters()))
    same = [torch.equal(a, b) for a, b in zip(before, made.network_.parameters(), strict=True)]
    assert same == [True] * still + [False] * (len(same) - still)


def test_a_discriminator_that_has_won_starts_anew(train, monkeypatch):
    monkeypatch.setattr("trainables.ganomaly.LOST", 100.0)
    assert GANomaly(epochs=1, **SMALL).begin(train).train_round()["restarts"] == 2
    monkeypatch.undo()
    assert GANomaly(epochs=1, **SMALL).begin(train).train_round()["restarts"] == 0
