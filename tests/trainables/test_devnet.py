"""DevNet: the loss pinned to the paper's formula by hand, and its batches and schedule."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from trainables.core.detector import TrainData
from trainables.devnet import DevNet, deviation_gradient, deviation_loss, reference_moments

# (s - 0.5) / 2 is -0.25, 0.25, -1.25, 2.75; normal rows cost |dev|, anomalies max(0, 5 - dev)
SCORES = torch.tensor([0.0, 1.0, -2.0, 6.0])
ANOMALOUS = torch.tensor([False, False, True, True])
MEAN, STD = torch.tensor(0.5), torch.tensor(2.0)


def test_loss_is_the_formula_on_hand_computed_values():
    loss = deviation_loss(SCORES, ANOMALOUS, MEAN, STD, 5.0)
    torch.testing.assert_close(loss, torch.tensor([0.25, 0.25, 6.25, 2.25]))


def test_an_anomaly_beyond_the_margin_costs_nothing():
    far = torch.tensor([0.5 + 2.0 * 5.0, 0.5 + 2.0 * 7.0])
    loss = deviation_loss(far, torch.tensor([True, True]), MEAN, STD, 5.0)
    torch.testing.assert_close(loss, torch.zeros(2))


def test_gradient_by_hand():
    # d|dev|/ds = sign(dev)/std, d(5 - dev)/ds = -1/std, each over 4 rows: 1/(2*4) = 0.125
    gradient = deviation_gradient(SCORES, ANOMALOUS, MEAN, STD, 5.0)
    torch.testing.assert_close(gradient, torch.tensor([-0.125, 0.125, -0.125, -0.125]))


def test_gradient_is_autograds():
    scores = torch.randn(200, generator=torch.Generator().manual_seed(0)).mul_(6).requires_grad_()
    anomalous = torch.arange(200) % 3 == 0
    deviation_loss(scores, anomalous, MEAN, STD, 5.0).mean().backward()
    torch.testing.assert_close(deviation_gradient(scores.detach(), anomalous, MEAN, STD, 5.0), scores.grad)


def test_shapes_that_would_broadcast_are_refused():
    with pytest.raises(ValueError, match="one shape"):
        deviation_loss(SCORES[:, None], ANOMALOUS, MEAN, STD, 5.0)


def test_deepod_broadcasts_its_loss_over_pairs_of_rows():
    """Why DeepOD's DevNet is not followed: every row of a batch gets the same gradient."""
    devnet = pytest.importorskip("deepod.models.tabular.devnet")
    predicted = SCORES.clone()[:, None].requires_grad_()
    loss = devnet.DevLoss(reduction="none")(ANOMALOUS.long(), predicted)
    assert loss.shape == (4, 4)
    anomalies_below = torch.tensor([[1.0], [2.0], [3.0], [4.0]], requires_grad=True)  # all between 0 and the margin
    devnet.DevLoss()(ANOMALOUS.long(), anomalies_below).backward()
    assert torch.allclose(anomalies_below.grad, anomalies_below.grad[0].expand(4, 1))


def test_pyod_swaps_the_arguments_of_its_loss():
    """Why PyOD's DevNet is not followed: the score stands where the label should."""
    import inspect

    devnet = pytest.importorskip("pyod.models.devnet")
    source = inspect.getsource(devnet)
    names = list(inspect.signature(devnet.deviation_loss).parameters)
    assert names[:2] == ["y_true", "y_pred"]
    assert "deviation_loss(outputs, labels)" in source
    # with labels as "scores", a perfect answer for the anomalies is punished more than a useless one
    labels, perfect, useless = torch.tensor([0.0, 1.0]), torch.tensor([0.0, 5.0]), torch.tensor([0.0, 0.0])
    torch.manual_seed(0)
    assert devnet.deviation_loss(perfect, labels) > devnet.deviation_loss(useless, labels)


def test_l2_is_on_hidden_weights_alone_and_twice_lambda():
    rows = np.zeros((20, 3), np.float32)
    y = np.r_[np.ones(5), np.zeros(15)]
    detector = DevNet(hidden=(4,), l2=0.03).begin(TrainData.from_labels(rows, y))
    decay = {sum(p.numel() for p in g["params"]): g["weight_decay"] for g in detector.optimizer_.groups}
    assert decay == {12: pytest.approx(0.06), 4 + 4 + 1: 0.0}  # 3x4 hidden weights; bias, output weights, bias


def test_batches_hold_the_asked_share_of_anomalies_and_cover_a_pass():
    rows = np.arange(100, dtype=np.float32)[:, None]
    y = (np.arange(100) >= 90).astype(int)
    detector = DevNet(batch_size=20, anomaly_share=0.25, batches_per_epoch=0).begin(TrainData.from_labels(rows, y))
    batches = list(detector._batches())
    assert len(batches) == 5
    for batch, _, _ in batches:
        assert bool((batch[:5] >= 90).all())
        assert bool((batch[5:] < 90).all())


def test_cosine_schedule_ends_near_zero_and_is_half_in_the_middle():
    rows = np.random.default_rng(0).normal(size=(64, 3)).astype(np.float32)
    y = np.r_[np.ones(8), np.zeros(56)]
    detector = DevNet(lr=0.01, schedule="cosine", epochs=4, batches_per_epoch=25, batch_size=8)
    detector.begin(TrainData.from_labels(rows, y))
    rates = []
    for _ in range(4):
        detector.train_round()
        rates.append(detector.optimizer_.lr)
    # the last update of epoch r has progress (25 r - 1) / 100
    expected = [0.005 * (1 + np.cos(np.pi * (25 * r - 1) / 100)) for r in (1, 2, 3, 4)]
    np.testing.assert_allclose(rates, expected, rtol=1e-12)


def test_global_random_state_is_left_alone():
    rows = np.random.default_rng(0).normal(size=(64, 3)).astype(np.float32)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    DevNet(epochs=2, dropout=0.2).fit(rows, np.r_[np.ones(8), np.zeros(56)])
    torch.testing.assert_close(torch.rand(3), expected)


def test_reference_moments_are_those_of_the_draws():
    torch.manual_seed(0)
    n, draws = 40_000, 10
    mean, std = reference_moments(n, draws, torch.device("cpu"))
    sample = torch.randn(n, draws)
    # same first two moments as the statistics of real draws, within five standard errors
    for mine, real in ((mean, sample.mean(1)), (std, sample.std(1))):
        tolerance = 5 * float(real.std()) * (2 / n) ** 0.5
        assert abs(float(mine.mean() - real.mean())) < tolerance
        assert abs(float(mine.std() - real.std())) < tolerance
    assert abs(float(mean.var()) - 1 / draws) < 0.005
    assert abs(float(torch.corrcoef(torch.stack([mean, std]))[0, 1])) < 0.025
