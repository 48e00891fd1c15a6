"""Networks of GANs against the numbers of their sources, and on images of any size."""

from __future__ import annotations

import pytest
import torch

from trainables.networks.gan import fully_connected, residual, upsampling
from trainables.networks.gan.critic import Critic, cropped, encoder


def parameters(network):
    return sum(p.numel() for p in network.parameters())


def test_fully_connected_networks_have_the_widths_of_the_public_code():
    image = (1, 28, 28)
    linear = [(100, 128), (128, 256), (256, 512), (512, 1024), (1024, 784)]
    generator = fully_connected.generator(image, 100, 1.0, 0.8)
    assert parameters(generator) == sum(a * b + b for a, b in linear) + 2 * (256 + 512 + 1024)
    norms = [layer for layer in generator if isinstance(layer, torch.nn.BatchNorm1d)]
    assert [norm.eps for norm in norms] == [0.8] * 3
    critic = Critic(fully_connected.features(image, 1.0))
    assert parameters(critic) == 784 * 512 + 512 + 512 * 256 + 256 + 256 + 1
    assert critic.both(torch.zeros(2, *image))[1].shape == (2, 256)


def test_residual_networks_have_the_shapes_of_the_official_code():
    image = (1, 64, 64)
    body = residual.features(image, 1.0)
    assert body.width == 4 * 4 * 512
    blocks = [layer for layer in body.layers if isinstance(layer, residual.Block)]
    channels = [(block.first.in_channels, block.second.out_channels) for block in blocks]
    assert channels == [(64, 128), (128, 256), (256, 512), (512, 512)]
    generator = residual.ResidualGenerator(image, 128, 1.0)
    blocks = [layer for layer in generator.layers if isinstance(layer, residual.Block)]
    channels = [(block.first.in_channels, block.second.out_channels) for block in blocks]
    assert channels == [(512, 512), (512, 256), (256, 128), (128, 64)]


@pytest.mark.parametrize("image", [(1, 28, 28), (3, 16, 24), (1, 9, 9)])
def test_any_size(image):
    z, images = torch.randn(3, 5), torch.randn(3, *image)
    generators = [
        fully_connected.generator(image, 5, 0.05, 0.8),
        upsampling.UpsamplingGenerator(image, 5, 0.05, 0.8),
        residual.ResidualGenerator(image, 5, 0.05),
    ]
    bodies = [
        fully_connected.features(image, 0.05),
        upsampling.features(image, 0.05, 0.8, 0.25),
        residual.features(image, 0.05),
    ]
    for generator, body in zip(generators, bodies, strict=True):
        made = generator(z)
        assert made.shape == images.shape
        assert made.abs().max() <= 1
        value, features = Critic(body).both(images)
        assert (value.shape, features.shape) == ((3,), (3, body.width))
        code = encoder(body, 5, bounded=True)(100 * images)
        assert code.shape == (3, 5)
        assert code.abs().max() <= 1


def test_a_halving_block_is_a_mean_of_pixels_where_its_convolutions_are_naught():
    block = residual.Block(1, 1, doubles=False)
    for p in (*block.second.parameters(), block.shortcut.bias):
        torch.nn.init.zeros_(p)
    torch.nn.init.ones_(block.shortcut.weight)
    image = torch.arange(16.0).view(1, 1, 4, 4)
    torch.testing.assert_close(block(image), torch.tensor([[[[2.5, 4.5], [10.5, 12.5]]]]))


def test_what_is_cropped_is_the_middle():
    image = torch.arange(16.0).view(1, 1, 4, 4)
    torch.testing.assert_close(cropped(image, 2, 2), torch.tensor([[[[5.0, 6.0], [9.0, 10.0]]]]))
