"""Deep SAD: its loss by hand, its centre, its schedule, and where DeepOD goes astray."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from trainables.core.detector import TrainData
from trainables.deepsad import DeepSAD, semi_supervised_loss

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(200, 4)).astype(np.float32)
TARGET = np.r_[np.full(20, -1), np.zeros(120), np.ones(60)].astype(np.int8)


def test_loss_by_hand():
    distance = torch.tensor([4.0, 4.0, 4.0, 0.0])
    target = torch.tensor([0.0, 1.0, -1.0, -1.0])
    # d; 3 (d + 1e-6); 3 / (d + 1e-6); 3 / 1e-6
    expected = torch.tensor([4.0, 12.000003, 3 / 4.000001, 3e6])
    torch.testing.assert_close(semi_supervised_loss(distance, target, 3.0), expected)


def test_gradient_by_hand():
    distance = torch.tensor([2.0, 2.0, 2.0, 0.0], requires_grad=True)
    target = torch.tensor([0.0, 1.0, -1.0, 0.0])
    semi_supervised_loss(distance, target, 0.5).sum().backward()
    torch.testing.assert_close(distance.grad, torch.tensor([1.0, 0.5, -0.5 / 2.000001**2, 1.0]))


@pytest.mark.parametrize("kind", [-1, 0, 1])
def test_loss_is_deepods_on_a_batch_of_one_kind(kind):
    dsad = pytest.importorskip("deepod.models.tabular.dsad")
    z, centre = torch.from_numpy(ROWS), torch.tensor([0.1, -0.1, 0.5, 1.0])
    theirs = dsad.DSADLoss(c=centre, eta=2.0)(z, torch.full((200,), kind))
    distance = (z - centre).square().sum(1)
    torch.testing.assert_close(semi_supervised_loss(distance, torch.full((200,), float(kind)), 2.0).mean(), theirs)


def linear(**arguments) -> DeepSAD:
    return DeepSAD(hidden=(), rep_dim=3, batch_norm=False, device="cpu", **arguments)


def test_centre_is_that_of_the_rows_that_are_no_labelled_anomalies():
    rows = ROWS.copy()
    rows[:20] += 50.0
    detector = linear(pretrain_epochs=0).begin(TrainData(rows, TARGET))
    weight = detector.network_.encoder.layers[0].weight.detach().numpy()
    mean = (rows[20:] @ weight.T).mean(0)
    expected = np.where(np.abs(mean) < 0.1, np.where(mean < 0, -0.1, 0.1), mean)
    np.testing.assert_allclose(detector.network_.centre.numpy(), expected, rtol=1e-4)
    scores = detector.decision_function(rows)
    np.testing.assert_allclose(scores, ((rows @ weight.T - expected) ** 2).sum(1), rtol=1e-4)


def test_deepod_takes_its_centre_from_batches_half_of_anomalies():
    """Why DeepOD's training is not followed: the centre lies half-way to the anomalies."""
    dsad = pytest.importorskip("deepod.models.tabular.dsad")
    rows = np.ones((1000, 2), np.float32)
    rows[:20] = 101.0
    model = dsad.DeepSAD(epochs=1, device="cpu", verbose=0, rep_dim=2)
    model.n_features = 2
    torch.manual_seed(0)
    loader, *_ = model.training_prepare(rows, np.r_[np.ones(20), np.zeros(980)])
    centre = model._set_c(torch.nn.Identity(), loader)
    # 2 % anomalies would put it at 3, half at 51
    assert bool((centre > 40).all())


def test_one_mean_over_the_batch():
    """A whole-table batch: each row counts 1/n, and anomalies are not weighed up."""
    detector = linear(pretrain_epochs=0, batch_size=200, eta=2.0, epochs=1).begin(TrainData(ROWS, TARGET))
    d = detector.decision_function(ROWS)
    eps = 1e-6
    expected = (d[20:140].sum() + 2 * (d[140:] + eps).sum() + 2 * (1 / (d[:20] + eps)).sum()) / 200
    assert detector.train_round()["loss"] == pytest.approx(expected, rel=1e-4)


def test_rate_falls_at_the_milestone_of_whatever_length():
    for epochs, expected in ((6, [1, 1, 0.1, 0.1, 0.1, 0.1]), (3, [1, 0.1, 0.1])):
        detector = linear(lr=1e-3, epochs=epochs, pretrain_epochs=0).begin(TrainData(ROWS, TARGET))
        rates = []
        for _ in range(epochs):
            detector.train_round()
            rates.append(detector.optimizer_.lr / 1e-3)
        np.testing.assert_allclose(rates, expected)


@pytest.mark.parametrize("milestone", [0.0, 1.0])
def test_rate_that_never_falls(milestone):
    detector = linear(lr=1e-3, epochs=3, pretrain_epochs=0, milestone=milestone).begin(TrainData(ROWS, TARGET))
    for _ in range(3):
        detector.train_round()
        assert detector.optimizer_.lr == 1e-3


def test_pretraining_has_a_constant_rate(monkeypatch):
    given = {}
    monkeypatch.setattr("trainables.deepsad.pretrain", lambda encoder, rows, **arguments: given.update(arguments))
    linear(epochs=3, pretrain_epochs=None).begin(TrainData.from_labels(ROWS)).train_round()
    assert given["epochs"] == 3
    linear(epochs=1, pretrain_epochs=2, milestone=0.5, lr=0.03).fit(ROWS)
    assert given["lr"] == 0.03
    assert given.get("milestone", 0.0) == 0.0


def test_eta_changes_nothing_where_every_row_is_labelled():
    """Adam's steps do not change with the scale of the loss, as long as nothing decays the weights."""
    scores = []
    for eta in (1.0, 64.0):
        detector = linear(pretrain_epochs=0, weight_decay=0.0, lr=1e-2, epochs=3, eta=eta)
        scores.append(detector.fit(ROWS, TARGET == -1).decision_function(ROWS))
    np.testing.assert_allclose(*scores, rtol=1e-3)


def test_pretraining_is_part_of_the_first_round_alone(monkeypatch):
    calls = []
    real = DeepSAD._pretrain
    monkeypatch.setattr(DeepSAD, "_pretrain", lambda self: (calls.append(self.rounds_done_), real(self)))
    detector = linear(epochs=3, pretrain_epochs=2).fit(ROWS)
    assert calls == [0]
    resumed = linear(epochs=3, pretrain_epochs=2).begin(TrainData.from_labels(ROWS))
    resumed.load_state_dict(detector.state_dict()).train_round()
    assert calls == [0]


def test_labelled_anomalies_are_pushed_out():
    rows = np.r_[ROWS[:20] * 0.2 + 1.5, ROWS[20:]].astype(np.float32)
    far = []
    for eta in (0.0, 20.0):
        detector = linear(epochs=8, lr=1e-2, eta=eta, batch_size=50, pretrain_epochs=0)
        detector.begin(TrainData(rows, np.where(TARGET == -1, -1, 0).astype(np.int8)))
        for _ in range(8):
            detector.train_round()
        scores = detector.decision_function(rows)
        far.append(np.median(scores[:20]) / np.median(scores[20:]))
    assert far[1] > 1.5 * far[0]
