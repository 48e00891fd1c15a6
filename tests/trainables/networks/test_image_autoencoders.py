from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

import search_spaces
from trainables import load
from trainables.ae_aux_decoder import gate
from trainables.ae_noise_classifier import classifier_loss
from trainables.components.augment import Augmentation
from trainables.components.reconstruction import reconstruction_error as error
from trainables.core.detector import NORMAL, TrainData
from trainables.core.errors import InvalidInput

FAMILY = ("ae_fc", "ae_conv", "ae_multi", "ae_noise_classifier", "ae_aux_decoder")
SMALL = {
    "ae_fc": {"hidden": (8,), "latent": 3},
    "ae_conv": {"channels": (4, 6)},
    "ae_multi": {"width": 0.03},
    "ae_noise_classifier": {"channels": (4, 6)},
    "ae_aux_decoder": {"channels": (4, 6), "latent": 5},
}


def images(shape, n=12, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, *shape), dtype=np.uint8)


def begun(name, X, *, augment=None, **given):
    detector = load(name)(**{**SMALL[name], "batch_size": 4, "epochs": 2, "device": "cpu", **given})
    return detector.begin(TrainData(X, np.full(len(X), NORMAL, np.int8), augment=augment))


def parameters(detector) -> int:
    return sum(p.numel() for p in detector.network_.parameters())


def dense_count(*widths) -> int:
    return sum(a * b + b for a, b in pairwise(widths))


def test_error_by_hand():
    x = torch.tensor([0.0, 2.0, 0.0, 0.0]).view(1, 1, 2, 2)
    restored = torch.tensor([1.0, 0.0, 0.0, 1.0]).view(1, 1, 2, 2)
    # differences 1, 2, 0, 1
    assert error(x, restored).item() == pytest.approx(6 / 4)
    assert error(x, restored, "rmse").item() == pytest.approx(math.sqrt(6 / 4))
    assert error(x, restored, "l1").item() == pytest.approx(1.0)


@pytest.mark.parametrize("name", FAMILY)
@pytest.mark.parametrize("shape", [(16, 16, 1), (28, 28, 1), (32, 32, 3), (20, 27, 3), (64, 64, 3)])
def test_any_size(name, shape):
    X = images(shape)
    detector = begun(name, X)
    assert all(math.isfinite(v) for v in detector.train_round().values())
    assert detector.decision_function(X).shape == (12,)
    restored = detector.reconstruct(X)
    assert restored.shape == X.shape
    assert restored.dtype == np.float32
    assert 0 <= restored.min() <= restored.max() <= 255
    code = detector.encode(X)
    np.testing.assert_allclose(detector.decode(code), restored, atol=1e-2)


@pytest.mark.parametrize("scaling", ["symmetric", "unit"])
def test_the_score_is_the_error_of_what_is_restored(scaling):
    X = images((16, 16, 1))
    detector = begun("ae_conv", X, scaling=scaling)
    detector.train_round()
    restored = detector.reconstruct(X)
    unit = 127.5 if scaling == "symmetric" else 255.0
    expected = np.square((restored - X) / unit).mean((1, 2, 3))
    np.testing.assert_allclose(detector.decision_function(X), expected, rtol=1e-4)


def test_homework_widths():
    faces = images((64, 64, 3), 2)
    fc = begun("ae_fc", faces, hidden=(128, 64, 12), latent=3, batch_size=2)
    assert parameters(fc) == dense_count(12288, 128, 64, 12, 3) + dense_count(3, 12, 64, 128, 12288)
    conv = begun("ae_conv", faces, channels=(12, 24, 48), batch_size=2)
    # 4 x 4 kernels there and back, a bias for every output channel
    kernels = 16 * (3 * 12 + 12 * 24 + 24 * 48)
    assert parameters(conv) == 2 * kernels + (12 + 24 + 48) + (24 + 12 + 3)
    assert conv.encode(faces).shape == (2, 48 * 8 * 8)


def test_the_reports_autoencoder_of_the_imbalance_problem():
    config = search_spaces.load("ae_conv").PUBLISHED["imbalance"][0]
    clothes = images((28, 28, 1), 3)
    detector = begun("ae_conv", clothes, **config)
    # conv 3 x 3 and transposed 2 x 2
    assert parameters(detector) == (9 * 16 + 16) + (9 * 16 * 4 + 4) + (4 * 4 * 16 + 16) + (4 * 16 + 1)
    assert detector.encode(clothes).shape == (3, 4 * 7 * 7)
    assert detector.batch_size == 1


def test_two_codes_of_the_multi_encoder_make_one():
    faces = images((64, 64, 3), 2)
    detector = begun("ae_multi", faces, width=1.0, batch_size=2)
    assert detector.encode(faces).shape == (2, 64 + 128)
    several = begun("ae_multi", images((28, 28, 1)), encoders=2, decoders=3, width=0.125)
    assert several.encode(images((28, 28, 1))).shape == (12, 2 * (8 + 16))
    net = several._net
    code = torch.randn(5, net.code[0])
    net.eval()
    with torch.no_grad():
        alone = torch.stack([m(code) for m in net.decoder.members]).mean(0)
        torch.testing.assert_close(net.decode(code).flatten(1), alone)


def test_classifier_loss_by_hand():
    """-log(1 - C) for clean, -log C for the rest; at logit 0 every term is log 2."""
    zero = torch.zeros(3)
    assert classifier_loss(zero, zero, zero).item() == pytest.approx(math.log(2))
    value = classifier_loss(torch.tensor([1.0]), torch.tensor([2.0]), torch.tensor([-3.0])).item()
    expected = 0.5 * math.log(1 + math.e) + 0.25 * (math.log(1 + math.exp(-2)) + math.log(1 + math.exp(3)))
    assert value == pytest.approx(expected)


def test_the_classifier_enters_the_score_and_never_the_autoencoder():
    X = images((16, 16, 1))
    with_it, without = (begun("ae_noise_classifier", X, lambda_classifier=v) for v in (2.0, 0.0))
    for detector in (with_it, without):
        detector.train_round()
    np.testing.assert_array_equal(with_it.reconstruct(X), without.reconstruct(X))
    rows = torch.from_numpy(X).float()
    with torch.no_grad():
        c = with_it.network_.eval().logit(with_it._net.pixels(rows)).sigmoid().numpy()
    difference = with_it.decision_function(X) - without.decision_function(X)
    np.testing.assert_allclose(difference, 2.0 * c, rtol=1e-4)
    # C's gradient stops before A
    losses = with_it._losses(rows)
    for grad in with_it.optimizer_.grads:
        grad.zero_()
    losses["classifier"].backward()
    assert all(not p.grad.any() for p in with_it._net.parameters())
    assert any(p.grad.any() for p in with_it.network_.classifier.parameters())


def test_gate_by_hand():
    weights = gate(torch.tensor([1.0, 3.0]), 1.0)  # mean 2
    torch.testing.assert_close(weights, torch.tensor([math.exp(-0.5), math.exp(-1.5)]))
    torch.testing.assert_close(gate(torch.tensor([1.0, 3.0]), 0.0), torch.ones(2))
    main = torch.tensor([1.0, 3.0], requires_grad=True)
    assert not gate(main, 1.0).requires_grad


def test_the_auxiliary_decoder_scores():
    X = images((16, 16, 1))
    detector = begun("ae_aux_decoder", X)
    detector.train_round()
    expected = np.square((detector.reconstruct(X) - X) / 127.5).mean((1, 2, 3))
    np.testing.assert_allclose(detector.decision_function(X), expected, rtol=1e-4)
    losses = detector._losses(torch.from_numpy(X).float())
    assert losses["loss"].item() == pytest.approx((losses["main"] + losses["auxiliary"]).item(), rel=1e-5)


def test_too_small_to_be_halved():
    with pytest.raises(InvalidInput, match="cannot be halved 4 times"):
        begun("ae_conv", images((8, 8, 1)), channels=(2, 2, 2, 2))


@pytest.mark.parametrize("name", ["ae_multi", "ae_aux_decoder"])
def test_batch_normalisation_needs_two_images(name):
    with pytest.raises(InvalidInput, match="two training rows"):
        begun(name, images((16, 16, 1), 1), batch_size=2)


def test_augmentation_changes_training_and_not_scoring():
    X = images((16, 16, 1))
    plain, changed = begun("ae_conv", X), begun("ae_conv", X, augment=Augmentation(flip=True, crop=2))
    np.testing.assert_array_equal(plain.decision_function(X), changed.decision_function(X))
    assert plain.train_round() != changed.train_round()


@pytest.mark.parametrize("name", FAMILY)
def test_learns_what_is_normal(name):
    """Stripes one way are normal, the other way anomalous: the same pixels on the whole."""
    rng = np.random.default_rng(0)
    phase = rng.integers(0, 4, 160)
    stripes = (((np.arange(16)[None, :] + phase[:, None]) // 2 % 2) * 200 + 20).astype(np.uint8)
    normal = np.repeat(stripes[:, None, :], 16, 1)[..., None]
    X, y = np.concatenate([normal[120:], normal[120:].transpose(0, 2, 1, 3)]), np.repeat([0, 1], 40)
    detector = begun(name, normal[:120], batch_size=16, lr=5e-3, epochs=15)
    for _ in range(15):
        detector.train_round()
    scores = detector.decision_function(X)
    assert (scores[y == 1][:, None] > scores[y == 0][None]).mean() > 0.9


@pytest.mark.parametrize("name", [*FAMILY, "vae", "deepsvdd", "dagmm"])
def test_mixed_precision(name, monkeypatch):
    """As on a GPU: networks in bfloat16, losses and scores in float32. Here on a CPU, whose autocast is the same."""
    X = images((16, 16, 1), 48)
    small = SMALL.get(name, {"vae": {"network": "conv", "channels": (4,)}, "dagmm": {"components": 2}}.get(name, {}))
    made = {**small, "batch_size": 24, "epochs": 2, "device": "cpu"}
    train = TrainData(X, np.full(len(X), NORMAL, np.int8))
    losses, scores = [], []
    for mixed in (False, True):
        if mixed:
            on = torch.autocast("cpu", torch.bfloat16)
            monkeypatch.setattr(load(name), "_precision", lambda self, on=on: on)
        detector = load(name)(**made).begin(train)
        losses.append(detector.train_round())
        scores.append(detector.decision_function(X))
    assert losses[1] != losses[0]  # it was used
    assert losses[1]["loss"] == pytest.approx(losses[0]["loss"], rel=0.1)
    assert np.corrcoef(scores)[0, 1] > 0.9
    assert all(p.dtype == torch.float32 for p in detector.network_.parameters())
