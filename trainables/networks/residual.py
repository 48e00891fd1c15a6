"""A small residual encoder of images."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """Two normalised convolutions 3 x 3, the first of stride 2, beside a 1 x 1 one of every second pixel."""

    def __init__(self, into: int, out: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(into, out, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(out), nn.ReLU(),
            nn.Conv2d(out, out, 3, padding=1, bias=False), nn.BatchNorm2d(out),
        )  # fmt: skip
        # of every second pixel, in place of a stride of 2: the gradient of a strided 1 x 1 convolution of three
        # channels in channels-last memory crashes torch 2.15 on a CPU
        self.shortcut = nn.Sequential(nn.Conv2d(into, out, 1, bias=False), nn.BatchNorm2d(out))

    def forward(self, x: Tensor) -> Tensor:
        """Half the height and width, rounded up."""
        return nn.functional.relu(self.body(x) + self.shortcut(x[:, :, ::2, ::2]))


class ResidualEncoder(nn.Module):
    """Residual blocks of the given channels, the mean over the last feature map, and a linear layer to `latent`."""

    def __init__(self, image: tuple[int, ...], channels: Sequence[int], latent: int) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*(ResidualBlock(a, b) for a, b in pairwise((image[0], *channels))))
        self.head = nn.Linear(channels[-1], latent)

    def forward(self, images: Tensor) -> Tensor:
        """(n, latent) of images (n, c, h, w)."""
        return self.head(self.blocks(images).mean((2, 3)))
