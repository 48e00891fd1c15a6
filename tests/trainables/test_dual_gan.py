"""GAN with two discriminators: its losses by hand, what trains what, and its switches."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import search_spaces
from trainables.core.detector import ANOMALY, NORMAL, TrainData
from trainables.core.errors import InvalidInput
from trainables.dual_gan import DualGAN, abc_loss, judged, patch_loss

SMALL = {"width": 0.03, "batch_size": 4, "device": "cpu"}


@pytest.fixture
def train():
    X = np.random.default_rng(0).integers(0, 256, (10, 16, 16, 1)).astype(np.uint8)
    return TrainData(X, np.array([NORMAL] * 8 + [ANOMALY] * 2, np.int8))


def test_abc_loss_by_hand():
    """-log(1 - e^-log 2) = log 2; a restored anomaly, d = 0, costs -log(1e-6) and has a finite slope."""
    assert float(abc_loss(torch.tensor([math.log(2)]))) == pytest.approx(math.log(2))
    zero = torch.zeros(1, requires_grad=True)
    loss = abc_loss(zero)
    assert loss.item() == pytest.approx(-math.log(1e-6), rel=1e-3)
    loss.backward()
    assert torch.isfinite(zero.grad).all()


def test_patch_loss_by_hand():
    """An error of 1 in a corner of 4 x 4: of nine patches 2 x 2 one has 1/4; the mean of the largest two is 1/8."""
    images = torch.zeros(1, 1, 4, 4)
    restored = images.clone()
    restored[0, 0, 0, 0] = 1
    assert float(patch_loss(images, restored, 2, 1)) == pytest.approx(1 / 4)
    assert float(patch_loss(images, restored, 2, 2)) == pytest.approx(1 / 8)
    assert float(patch_loss(images, restored, 100, 100)) == pytest.approx(1 / 16)  # the whole image


def test_judged_by_hand():
    logits = torch.tensor([0.0, 1.0])
    assert float(judged(logits, real=True)) == pytest.approx((math.log(2) + math.log(1 + math.exp(-1))) / 2)
    assert float(judged(logits, real=False)) == pytest.approx((math.log(2) + math.log(1 + math.e)) / 2)


WEIGHTS = ("l1", "latent", "patch", "normal", "abc", "anomalous")


def moved(made):
    before = {name: p.detach().clone() for name, p in made.network_.named_parameters()}
    made.train_round()
    changed = {name.split(".")[0] for name, p in made.network_.named_parameters() if not torch.equal(p, before[name])}
    return changed


def test_each_weight_trains_the_generator(train):
    nothing = {f"weight_{name}": 0.0 for name in WEIGHTS}
    assert moved(DualGAN(epochs=1, **nothing, **SMALL).begin(train)) == {"normal", "anomalous"}
    for name in WEIGHTS:
        changes = {**nothing, f"weight_{name}": 1.0}
        assert "generator" in moved(DualGAN(epochs=1, **changes, **SMALL).begin(train)), name


def test_patches_of_the_public_code_train_nothing(train):
    nothing = {f"weight_{name}": 0.0 for name in WEIGHTS} | {"weight_patch": 1.5}
    assert "generator" not in moved(DualGAN(epochs=1, patch_gradient=False, **nothing, **SMALL).begin(train))
    assert search_spaces.load("dual_gan").PUBLISHED["code"][0]["patch_gradient"] is False


def test_one_discriminator_counts_anomalies_by_their_distance(train):
    made = DualGAN(epochs=1, discriminators=1, skips=False, output="sigmoid", **SMALL).begin(train)
    assert not any(name.startswith("anomalous") for name in made.state_dict()["network"])
    losses = made.train_round()
    assert "abc" in losses
    assert "adversarial_anomalous" not in losses
    restored = made.reconstruct(train.X)
    expected = np.abs(restored - train.X).mean((1, 2, 3)) / 255  # the score's unit is that of the scaled pixels
    np.testing.assert_allclose(made.decision_function(train.X), expected, rtol=1e-4)
    np.testing.assert_allclose(made.error_map(train.X).mean((1, 2)) / 255, expected, rtol=1e-4)


def test_the_rate_is_halved_at_equal_distances(train):
    made = DualGAN(epochs=8, halvings=3, lr=8e-4, batches_per_epoch=1, **SMALL).begin(train)
    rates = []
    for _ in range(8):
        made.train_round()
        rates.append(made.optimizer_.members["normal"].lr)
    assert rates == pytest.approx([8e-4, 8e-4, 4e-4, 4e-4, 2e-4, 2e-4, 1e-4, 1e-4])


def test_anomalies_alone_are_refused(train):
    with pytest.raises(InvalidInput, match="the training images have none"):
        DualGAN(**SMALL).begin(TrainData(train.X, np.full(10, ANOMALY, np.int8)))


def test_batches_of_one(train):
    losses = DualGAN(epochs=1, **SMALL | {"batch_size": 1, "batches_per_epoch": 2}).begin(train).train_round()
    assert all(math.isfinite(loss) for loss in losses.values())


def test_the_report_ends_before_the_first_halving():
    """7 epochs at 1e-4, where the public code halves its rate after 50 of 200, three times."""
    module = search_spaces.load("dual_gan")
    assert {name: module.PUBLISHED[name][0]["halvings"] for name in ("code", "report", "one")} == {
        "code": 3, "report": 0, "one": 0,
    }  # fmt: skip
    assert module.EPOCHS == {"code": 200, "report": 7}
