"""Fully connected generator and features, as a public f-AnoGAN and a public WGAN-GP have them."""

from __future__ import annotations

import math
from itertools import pairwise

from torch import nn

from trainables.networks.gan.critic import Body, scaled

GENERATOR, FEATURES = (128, 256, 512, 1024), (512, 256)
SLOPE = 0.2


def generator(image: tuple[int, ...], latent: int, width: float, bn_eps: float) -> nn.Sequential:
    """z to images: leaky ReLU between layers, batch normalisation before all but the first, tanh at the end."""
    widths = (latent, *scaled(GENERATOR, width))
    layers: list[nn.Module] = []
    for i, (a, b) in enumerate(pairwise(widths)):
        layers += [nn.Linear(a, b), *([nn.BatchNorm1d(b, eps=bn_eps)] if i else []), nn.LeakyReLU(SLOPE)]
    return nn.Sequential(*layers, nn.Linear(widths[-1], math.prod(image)), nn.Tanh(), nn.Unflatten(1, image))


def features(image: tuple[int, ...], width: float) -> Body:
    """Images to features, leaky ReLU after each layer."""
    widths = (math.prod(image), *scaled(FEATURES, width))
    layers: list[nn.Module] = [nn.Flatten()]
    for a, b in pairwise(widths):
        layers += [nn.Linear(a, b), nn.LeakyReLU(SLOPE)]
    return Body(nn.Sequential(*layers), widths[-1])
