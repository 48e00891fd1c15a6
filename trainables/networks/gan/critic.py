"""A network that judges images, and one that encodes them, on top of the features of either."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor, nn


class Body(NamedTuple):
    """Layers from images to features (n, width)."""

    layers: nn.Module
    width: int


class Critic(nn.Module):
    """D(x) = w f(x) + b: one number for each image, from the features f below it."""

    def __init__(self, body: Body, bias: bool = True) -> None:
        super().__init__()
        self.features = body.layers
        self.head = nn.Linear(body.width, 1, bias=bias)
        self.batch_norm = any(isinstance(layer, nn.BatchNorm2d) for layer in self.modules())

    def both(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """D(x), shape (n,), and f(x), shape (n, width)."""
        features = self.features(images)
        return self.head(features).squeeze(1), features

    def forward(self, images: Tensor) -> Tensor:
        """D(x), shape (n,)."""
        return self.both(images)[0]


def encoder(body: Body, latent: int, bounded: bool) -> nn.Sequential:
    """Images to codes (n, latent), `bounded` to -1 to 1 by a tanh."""
    return nn.Sequential(body.layers, nn.Linear(body.width, latent), nn.Tanh() if bounded else nn.Identity())


def scaled(widths: tuple[int, ...], factor: float) -> tuple[int, ...]:
    """Widths times a factor, each at least 4."""
    return tuple(max(4, round(width * factor)) for width in widths)


def cropped(images: Tensor, height: int, width: int) -> Tensor:
    """The middle of images (n, c, h, w) that came out larger than they are to be."""
    top, left = (images.shape[2] - height) // 2, (images.shape[3] - width) // 2
    return images[:, :, top : top + height, left : left + width]
