"""Residual generator and features of WGAN-GP, as f-AnoGAN's official code has them for 64 x 64 pixels."""

from __future__ import annotations

import math
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F

from trainables.networks.gan.critic import Body, cropped, scaled

BASE, DEEPEST = 64, 512
GENERATOR, FEATURES = (512, 256, 128, 64), (128, 256, 512, 512)
"""Channels after each doubling and each halving; a smaller image has the last, or the first, of them."""


class Block(nn.Module):
    """Two convolutions 3 x 3 beside one of 1 x 1: doubles an image, or halves it.

    Where it doubles, batches are normalised before each convolution; where it halves, each image by itself.
    """

    def __init__(self, into: int, out: int, doubles: bool) -> None:
        super().__init__()
        self.doubles = doubles
        middle = out if doubles else into
        self.norms = nn.ModuleList([normalisation(into, doubles), normalisation(middle, doubles)])
        self.first = nn.Conv2d(into, middle, 3, padding=1, bias=False)
        self.second = nn.Conv2d(middle, out, 3, padding=1)
        self.shortcut = nn.Conv2d(into, out, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Twice the height and width, or half of them, rounded up."""
        inner = F.relu(self.norms[0](x))
        inner = self.first(resized(inner) if self.doubles else inner)
        inner = self.second(F.relu(self.norms[1](inner)))
        if self.doubles:
            return inner + self.shortcut(resized(x))
        return halved_mean(inner) + self.shortcut(halved_mean(x))


class ResidualGenerator(nn.Module):
    """z to 4 x 4 by a linear layer, doubled by residual blocks, tanh at the end; the middle of what comes out."""

    def __init__(self, image: tuple[int, ...], latent: int, width: float) -> None:
        super().__init__()
        channels, self.height, self.width = image
        times = depth(image)
        first, *widths = scaled((DEEPEST, *GENERATOR[-times:]), width)
        small = (first, -(-self.height // 2**times), -(-self.width // 2**times))
        self.layers = nn.Sequential(
            nn.Linear(latent, math.prod(small)), nn.Unflatten(1, small),
            *(Block(a, b, doubles=True) for a, b in pairwise((first, *widths))),
            normalisation(widths[-1], batches=True), nn.ReLU(),
            nn.Conv2d(widths[-1], channels, 3, padding=1), nn.Tanh(),
        )  # fmt: skip

    def forward(self, z: Tensor) -> Tensor:
        """Images (n, c, h, w)."""
        return cropped(self.layers(z), self.height, self.width)


def features(image: tuple[int, ...], width: float) -> Body:
    """Images to features: a convolution, residual blocks that halve, all values of the last map."""
    times = depth(image)
    widths = scaled((BASE, *FEATURES[:times]), width)
    height, breadth = (math.ceil(side / 2**times) for side in image[1:])
    blocks = (Block(a, b, doubles=False) for a, b in pairwise(widths))
    layers = nn.Sequential(nn.Conv2d(image[0], widths[0], 3, padding=1), *blocks, nn.Flatten())
    return Body(layers, widths[-1] * height * breadth)


def depth(image: tuple[int, ...]) -> int:
    """How often an image is halved until it is no larger than 4 x 4: four times from 64 x 64, three from 28 x 28."""
    return min(len(FEATURES), max(1, math.ceil(math.log2(max(image[1:]) / 4))))


def normalisation(channels: int, batches: bool) -> nn.Module:
    """Over a batch, or over all values of each image, as the gradient penalty needs it."""
    return nn.BatchNorm2d(channels) if batches else nn.GroupNorm(1, channels)


def resized(x: Tensor) -> Tensor:
    """Each pixel four times."""
    return F.interpolate(x, scale_factor=2)


def halved_mean(x: Tensor) -> Tensor:
    """Means of 2 x 2 pixels."""
    return F.avg_pool2d(x, 2, ceil_mode=True)
