"""Published networks of the autoencoders of images counted by hand, and their losses taken apart."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import optuna
import pytest
import torch
from torch import nn

import search_spaces
from tests.trainables.networks.test_image_autoencoders import FAMILY, begun, dense_count, images
from trainables import load
from trainables.ae_aux_decoder import gate
from trainables.components.reconstruction import reconstruction_error as error

FACE = (64, 64, 3)
SIZES = [(8, 8, 1), (16, 16, 1), (28, 28, 1), (20, 27, 3), (32, 32, 3), FACE]


def built(name: str, shape: tuple[int, ...], config: dict) -> nn.Module:
    """A network without memory for its weights."""
    with torch.device("meta"):
        cls: Any = load(name)
        return cls(**config)._network(shape)


def kernels(side: int, *channels: int) -> int:
    return side * side * sum(a * b for a, b in pairwise(channels))


def medium() -> int:
    return dense_count(12288, 2048, 1024, 512) + dense_count(512, 1024, 2048, 12288)


def multi() -> int:
    flat = dense_count(12288, 1024, 256, 64) + 2 * (1024 + 256)  # a scale and a shift per normalised value
    convolutional = kernels(4, 3, 128, 256, 256, 128) + (128 + 256 + 256 + 128) + dense_count(128 * 4 * 4, 128)
    decoder = dense_count(64 + 128, 128 * 4 * 4) + kernels(4, 128, 256, 256, 128, 3) + (256 + 256 + 128 + 3)
    return flat + convolutional + decoder


def noise_classifier() -> int:
    convolutions = kernels(4, 3, 12, 24, 48) + (12 + 24 + 48)
    back = kernels(4, 48, 24, 12, 3) + (24 + 12 + 3)
    return (convolutions + back) + (convolutions + dense_count(48 * 8 * 8, 1))


def auxiliary() -> int:
    # a block: 3 x 3 twice, 1 x 1 beside them, none with a bias, and three normalisations
    blocks = sum(9 * a * b + 9 * b * b + a * b + 3 * 2 * b for a, b in pairwise((3, 32, 64, 128)))
    decoder = dense_count(64, 128 * 8 * 8) + kernels(4, 128, 64, 32, 3) + (64 + 32 + 3)
    return blocks + dense_count(128, 64) + 2 * decoder


@pytest.mark.parametrize(
    ("name", "label", "expected", "code"),
    [
        ("ae_fc", "medium", medium(), (512,)),
        ("ae_multi", "homework", multi(), (192,)),
        ("ae_noise_classifier", "homework", noise_classifier(), (48, 8, 8)),
        ("ae_aux_decoder", "homework", auxiliary(), (64,)),
    ],
)
def test_parameters_of_published_networks(name, label, expected, code):
    network = built(name, FACE, search_spaces.load(name).PUBLISHED[label][0])
    assert sum(p.numel() for p in network.parameters()) == expected
    assert getattr(network, "autoencoder", network).code == code


@pytest.mark.parametrize("name", FAMILY)
def test_defaults_are_the_homework(name):
    config = search_spaces.load(name).PUBLISHED["homework"][0]
    assert load(name)(**config).get_params() == load(name)().get_params()


@pytest.mark.parametrize("name", FAMILY)
@pytest.mark.parametrize("shape", SIZES)
def test_every_sampled_network_can_be_built(name, shape):
    info = search_spaces.DataInfo(rows=800, features=math.prod(shape), anomalies=0, modality="image")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _ in range(8):
        network = built(name, shape, search_spaces.load(name).space(study.ask(), info))
        rows = torch.empty(2, *shape, device="meta")
        net: Any = getattr(network, "autoencoder", network)
        assert net(net.pixels(rows)).shape == (2, shape[2], *shape[:2])


@pytest.mark.parametrize(("scaling", "span"), [("symmetric", 2.0), ("unit", 1.0)])
def test_noise_is_added_to_the_input_and_not_to_the_target(scaling, span):
    """An autoencoder that copies is wrong by the noise alone: sigma^2, whatever the range of pixels is."""
    X = images((16, 16, 1), 400)
    detector = begun("ae_noise_classifier", X, sigma=0.2, scaling=scaling)
    net = detector._net
    net.encoder, net.decoder, net.code = nn.Identity(), nn.Identity(), (1, 16, 16)
    rows = torch.from_numpy(X).float()
    low, high = net.pixels(rows).aminmax()
    assert (high - low).item() == pytest.approx(span, rel=0.01)
    torch.manual_seed(0)
    found = detector._losses(rows)["reconstruction"].item()
    assert abs(found - 0.04) < 5 * 0.04 * math.sqrt(2 / X.size)  # five standard errors of a mean of squares
    copied = begun("ae_noise_classifier", X, sigma=0.0, scaling=scaling)
    clean = error(copied._net.pixels(rows), copied._net(copied._net.pixels(rows))).mean()
    assert copied._losses(rows)["reconstruction"].item() == pytest.approx(clean.item(), rel=1e-6)


def test_gated_loss_by_hand():
    X = images((16, 16, 1))
    detector = begun("ae_aux_decoder", X, sharpness=2.0)
    for _ in range(2):
        detector.train_round()
    net, rows = detector._net.eval(), torch.from_numpy(X).float()
    with torch.no_grad():
        x = net.pixels(rows)
        code = net.encode(x)
        m, a = (
            np.square((out - x).numpy().astype(np.float64)).mean((1, 2, 3))
            for out in (net.decode(code), net.auxiliary(code))
        )
        losses = detector._losses(rows)
    g = np.exp(-2 * m / m.mean())
    assert losses["main"].item() == pytest.approx(m.mean(), rel=1e-5)
    assert losses["auxiliary"].item() == pytest.approx((g * a).sum() / g.sum(), rel=1e-5)
    assert losses["loss"].item() == pytest.approx(m.mean() + (g * a).sum() / g.sum(), rel=1e-5)
    np.testing.assert_allclose(gate(torch.from_numpy(m), 2.0).numpy(), g, rtol=1e-12)


def test_the_gate_trains_no_decoder():
    """The auxiliary loss reaches the encoder and its own decoder, and through the gate nothing else."""
    detector = begun("ae_aux_decoder", images((16, 16, 1)))
    for grad in detector.optimizer_.grads:
        grad.zero_()
    detector._losses(torch.from_numpy(images((16, 16, 1))).float())["auxiliary"].backward()
    net = detector._net
    assert all(not p.grad.any() for p in net.decoder.parameters())
    assert any(p.grad.any() for p in net.encoder.parameters())
    assert any(p.grad.any() for p in net.auxiliary.parameters())
