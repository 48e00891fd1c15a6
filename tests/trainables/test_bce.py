"""BCE: its loss, and the batches it shares with HSC and focal loss."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from trainables.bce import BCE
from trainables.core.detector import TrainData


def test_loss_by_hand_and_torchs():
    output, anomalous = torch.tensor([[2.0], [2.0], [-1.0]]), torch.tensor([True, False, True])
    losses = BCE()._losses(output, anomalous)
    # log(1 + e^-2), log(1 + e^2), log(1 + e^1)
    torch.testing.assert_close(losses, torch.tensor([0.1269280, 2.1269280, 1.3132617]))
    torch.testing.assert_close(losses.mean(), torch.nn.BCEWithLogitsLoss()(output[:, 0], anomalous.float()))


def test_round_reports_the_mean_loss_of_its_batches():
    """A rate too small to move a weight: the loss is that of the untouched network."""
    rows = np.repeat(np.eye(2, dtype=np.float32), 10, axis=0)
    detector = BCE(hidden=(), lr=1e-12, batch_size=8, anomaly_share=0.25, device="cpu")
    detector.begin(TrainData.from_labels(rows, np.repeat([1, 0], 10)))
    anomaly, normal = detector.decision_function(np.eye(2, dtype=np.float32))
    expected = 0.25 * np.log1p(np.exp(-anomaly)) + 0.75 * np.log1p(np.exp(normal))
    assert detector.train_round()["loss"] == pytest.approx(expected, rel=1e-5)


def test_batches_hold_the_asked_share_of_anomalies_and_cover_a_pass():
    rows = np.arange(100, dtype=np.float32)[:, None]
    y = (np.arange(100) >= 90).astype(int)
    for limit, expected in ((0, 5), (3, 3)):
        detector = BCE(batch_size=20, anomaly_share=0.25, batches_per_epoch=limit, device="cpu")
        batches = list(detector.begin(TrainData.from_labels(rows, y))._batches())
        assert len(batches) == expected
        for batch in batches:
            assert bool((batch[:5] >= 90).all())
            assert bool((batch[5:] < 90).all())
        assert detector.anomalous_.tolist() == [True] * 5 + [False] * 15


def test_weight_decay_and_milestones_reach_the_optimiser():
    rows = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    detector = BCE(hidden=(3,), weight_decay=0.02, lr=1e-2, epochs=4, milestones=(0.5,), batch_size=8, device="cpu")
    detector.begin(TrainData.from_labels(rows, np.r_[np.ones(8), np.zeros(32)]))
    assert [g["weight_decay"] for g in detector.optimizer_.groups] == [0.02]
    rates = []
    for _ in range(4):
        detector.train_round()
        rates.append(detector.optimizer_.lr)
    np.testing.assert_allclose(rates, [1e-2, 1e-2, 1e-3, 1e-3])


def test_all_labels_are_anomalies():
    rows = np.random.default_rng(0).normal(size=(10, 2)).astype(np.float32)
    detector = BCE(epochs=1, batch_size=4, device="cpu").fit(rows, np.ones(10))
    assert np.isfinite(detector.decision_function(rows)).all()
