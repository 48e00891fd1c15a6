"""Focal loss by hand, and its limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from trainables.core.detector import TrainData
from trainables.focal import Focal, focal_loss


def test_loss_by_hand():
    logits = torch.tensor([0.0, math.log(3), math.log(3)])
    # p of the own kind: 1/2, 3/4, 1/4; (1 - p)^2 -log p
    expected = torch.tensor([0.25 * math.log(2), 0.0625 * math.log(4 / 3), 0.5625 * math.log(4)])
    torch.testing.assert_close(focal_loss(logits, torch.tensor([True, True, False]), 2.0), expected)


def test_gamma_zero_is_torchs_cross_entropy():
    logits = torch.linspace(-8, 8, 41)
    anomalous = torch.arange(41) % 2 == 0
    reference = torch.nn.BCEWithLogitsLoss(reduction="none")(logits, anomalous.float())
    torch.testing.assert_close(focal_loss(logits, anomalous, 0.0), reference)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_gradient_is_finite_where_a_row_is_certain(gamma):
    logits = torch.tensor([200.0, -200.0, 200.0, -200.0], requires_grad=True)
    loss = focal_loss(logits, torch.tensor([True, True, False, False]), gamma)
    loss.sum().backward()
    assert bool(loss.isfinite().all())
    assert bool(logits.grad.isfinite().all())


def test_detector_minimises_it_and_scores_the_logit():
    rows = np.repeat(np.eye(2, dtype=np.float32), 10, axis=0)
    detector = Focal(hidden=(), gamma=3.0, lr=1e-12, batch_size=8, device="cpu")
    detector.begin(TrainData.from_labels(rows, np.repeat([1, 0], 10)))
    a, n = 1 / (1 + np.exp(-detector.decision_function(np.eye(2, dtype=np.float32))))
    expected = 0.5 * (-((1 - a) ** 3) * np.log(a) - n**3 * np.log(1 - n))
    assert detector.train_round()["loss"] == pytest.approx(expected, rel=1e-4)
