"""Generator with skips, and discriminator of patches, of the GAN with two discriminators."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from trainables.core.errors import InvalidInput
from trainables.networks.convolutions import halved

ENCODER, PATCHES = (64, 128, 256, 512), (64, 128, 256, 256)
LEAST = 16
"""Pixels of a side below which nothing would be left of an image."""
OUTPUTS: dict[str, type[nn.Module]] = {"tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "none": nn.Identity}


class UNet(nn.Module):
    """Convolutions 4 x 4 of stride 2 to a bottleneck and transposed ones back, tanh between them, no biases.

    Parameters
    ----------
    image : tuple of int
        (channels, height, width).
    width : float
        Factor of 64, 128, 256 and 512 channels.
    skips : bool
        Whether each layer of the decoder but the first also sees the encoder's output of its size.
    output : {"tanh", "sigmoid", "none"}
        At the end.
    """

    def __init__(self, image: tuple[int, ...], width: float, skips: bool, output: str) -> None:
        super().__init__()
        large_enough(image)
        self.skips = skips
        widths = (image[0], *_scaled(ENCODER, width))
        sizes = halved((image[1], image[2]), len(ENCODER))
        last = len(ENCODER) - 1
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for i, (a, b) in enumerate(pairwise(widths)):
            inner = [nn.BatchNorm2d(b), nn.Tanh()] if 0 < i < last else [nn.Tanh()]
            self.down.append(nn.Sequential(nn.Conv2d(a, b, 4, 2, 1, bias=False), *inner))
            rest = (sizes[i][0] - 2 * sizes[i + 1][0], sizes[i][1] - 2 * sizes[i + 1][1])
            seen = b if i == last or not skips else 2 * b
            layer = nn.ConvTranspose2d(seen, a, 4, 2, 1, output_padding=rest, bias=False)
            self.up.insert(0, nn.Sequential(layer, *([nn.BatchNorm2d(a), nn.Tanh()] if i else [OUTPUTS[output]()])))

    def bottleneck(self, images: Tensor) -> Tensor:
        """What the last convolution makes of images."""
        for layer in self.down:
            images = layer(images)
        return images

    def both(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """What comes back of images, and their bottleneck."""
        maps = [images]
        for layer in self.down:
            maps.append(layer(maps[-1]))
        x = maps[-1]
        for i, layer in enumerate(self.up):
            x = layer(torch.cat([x, maps[-1 - i]], 1) if i and self.skips else x)
        return x, maps[-1]

    def forward(self, images: Tensor) -> Tensor:
        """What comes back of images."""
        return self.both(images)[0]


def patch_discriminator(image: tuple[int, ...], width: float) -> nn.Sequential:
    """Logits of patches, 2 x 2 of an image of 32 x 32: three convolutions 4 x 4 of stride 2 and two of stride 1.

    ReLU after the first three, leaky ReLU after the fourth; batch normalisation but after the first and the
    last. Images below 24 x 24 are halved twice.
    """
    large_enough(image)
    halvings = min(3, int(math.log2(min(image[1:]) / 3)))
    widths = (image[0], *_scaled(PATCHES, width))
    layers: list[nn.Module] = []
    for i, (a, b) in enumerate(pairwise(widths)):
        layers.append(nn.Conv2d(a, b, 4, 2 if i < halvings else 1, 1, bias=False))
        layers += [nn.BatchNorm2d(b)] if i else []
        layers.append(nn.ReLU() if i < 3 else nn.LeakyReLU(0.2))
    return nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 4, 1, 1, bias=False))


def large_enough(image: tuple[int, ...]) -> None:
    """Refuse images of which nothing would be left.

    Raises
    ------
    InvalidInput
    """
    if min(image[1:]) < LEAST:
        raise InvalidInput(f"images of {image[1]} x {image[2]} pixels are too small: {LEAST} x {LEAST} is the least")


def _scaled(widths: tuple[int, ...], factor: float) -> tuple[int, ...]:
    return tuple(max(2, round(width * factor)) for width in widths)
