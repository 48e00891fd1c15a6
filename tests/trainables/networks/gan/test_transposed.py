"""DCGAN's networks: the official GANomaly's sizes at 32 x 32, any other size, and how they start."""

from __future__ import annotations

import pytest
import torch

from trainables.networks.gan.transposed import encoder, features, generator, normal_start


def shapes(network, kind):
    return [(layer.in_channels, layer.out_channels) for layer in network if isinstance(layer, kind)]


def test_sizes_of_the_official_code():
    image = (1, 32, 32)
    body = features(image, 64)
    assert shapes(body.layers, torch.nn.Conv2d) == [(1, 64), (64, 128), (128, 256)]
    assert body.width == 256 * 4 * 4
    made = generator(image, 64, 100)
    assert made[0].weight.shape == (256 * 4 * 4, 100)
    assert shapes(made, torch.nn.ConvTranspose2d) == [(256, 128), (128, 64), (64, 1)]


@pytest.mark.parametrize("image", [(1, 28, 28), (3, 17, 24), (1, 4, 4)])
def test_any_size(image):
    code = encoder(image, 2, 5)(torch.rand(3, *image))
    assert code.shape == (3, 5)
    made = generator(image, 2, 5)(code)
    assert made.shape == (3, *image)
    assert made.abs().max() <= 1


def test_start():
    torch.manual_seed(0)
    made = generator((1, 32, 32), 16, 32)
    normal_start(made)
    assert float(made[0].weight.detach().std()) == pytest.approx(0.02, rel=0.05)
    norms = [layer for layer in made if isinstance(layer, torch.nn.BatchNorm2d)]
    weights = torch.cat([norm.weight.detach() for norm in norms])
    assert float(weights.mean()) == pytest.approx(1, abs=0.01)
    assert float(weights.std()) == pytest.approx(0.02, rel=0.3)
    assert not any(norm.bias.any() for norm in norms)
