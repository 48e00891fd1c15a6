"""HSC: its loss by hand and without cancellation."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from trainables.core.detector import TrainData
from trainables.hsc import HSC, hypersphere_loss, radius


def test_radius_by_hand():
    z = torch.tensor([[3.0, 4.0], [0.0, 0.0]])  # ||z||^2 = 25
    torch.testing.assert_close(radius(z, "pseudo-huber"), torch.tensor([26**0.5 - 1, 0.0]))
    torch.testing.assert_close(radius(z, "squared"), torch.tensor([25.0, 0.0]))


def test_loss_by_hand():
    h = torch.tensor([0.7, 0.7, 0.0])
    # h; -log(1 - exp(-.7)) = -log(.5034147) = .6863411; -log(1e-9) = 20.7232658
    loss = hypersphere_loss(h, torch.tensor([False, True, True]))
    torch.testing.assert_close(loss, torch.tensor([0.7, 0.6863411, 20.7232658]))


def test_loss_of_embeddings_is_the_formula_in_double_precision():
    z = np.random.default_rng(0).normal(size=(50, 6)) * 10.0 ** np.linspace(-4, 1, 50)[:, None]
    anomalous = np.arange(50) % 2 == 0
    for radial in ("pseudo-huber", "squared"):
        h = (z**2).sum(1)
        h = np.sqrt(h + 1) - 1 if radial == "pseudo-huber" else h
        expected = np.where(anomalous, -np.log(1 - np.exp(-h) + 1e-9), h)
        mine = hypersphere_loss(radius(torch.from_numpy(z).float(), radial), torch.from_numpy(anomalous))
        np.testing.assert_allclose(mine.numpy(), expected, rtol=1e-4, atol=1e-6)


def test_gradient_is_finite_at_the_origin():
    z = torch.zeros(2, 3, requires_grad=True)
    hypersphere_loss(radius(z, "pseudo-huber"), torch.tensor([True, False])).sum().backward()
    assert bool(z.grad.isfinite().all())


@pytest.mark.parametrize("radial", ["pseudo-huber", "squared"])
def test_score_is_the_squared_norm_and_anomalies_leave_the_origin(radial):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(200, 3)).astype(np.float32)
    rows[:20] += 4.0
    target = np.r_[np.full(20, -1), np.zeros(180)].astype(np.int8)
    detector = HSC(hidden=(8,), rep_dim=4, radial=radial, epochs=3, lr=1e-2, batch_size=32, device="cpu")
    detector.begin(TrainData(rows, target))
    for _ in range(3):
        detector.train_round()
    scores = detector.decision_function(rows)
    with torch.no_grad():
        z = detector.network_(torch.from_numpy(rows)).double().numpy()
    np.testing.assert_allclose(scores, (z**2).sum(1), rtol=1e-5)
    assert np.median(scores[:20]) > 5 * np.median(scores[20:])
