"""Strided convolutions down to a vector, and transposed ones back to an image of any size.

An image is (channels, height, width); `channels` are those of the encoder's layers, in its order.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from trainables.core.errors import InvalidInput

Size = tuple[int, int]


def halved(size: Size, times: int) -> list[Size]:
    """Height and width before and after each of so many halvings, odd ones rounded down.

    Raises
    ------
    InvalidInput
        If nothing is left of the image.
    """
    sizes = [size]
    for _ in range(times):
        sizes.append((sizes[-1][0] // 2, sizes[-1][1] // 2))
    if min(sizes[-1]) < 1:
        raise InvalidInput(f"images of {size[0]} x {size[1]} pixels cannot be halved {times} times")
    return sizes


def convolutions(image: tuple[int, ...], channels: Sequence[int]) -> nn.Sequential:
    """Convolutions 4 x 4 of stride 2, ReLU after each."""
    halved((image[1], image[2]), len(channels))
    layers: list[nn.Module] = []
    for a, b in pairwise((image[0], *channels)):
        layers += [nn.Conv2d(a, b, 4, stride=2, padding=1), nn.ReLU()]
    return nn.Sequential(*layers)


def transposed(image: tuple[int, ...], channels: Sequence[int], kernel: int = 4) -> nn.Sequential:
    """The way back from the output of `convolutions` of the same arguments; linear at the end.

    Where a halving rounded down, the missing row or column comes from `output_padding`.
    """
    sizes = halved((image[1], image[2]), len(channels))
    layers: list[nn.Module] = []
    steps = list(zip(pairwise((image[0], *channels)), pairwise(sizes), strict=True))
    for (out, into), (large, small) in reversed(steps):
        padding = (large[0] - 2 * small[0], large[1] - 2 * small[1])
        layers += [nn.ConvTranspose2d(into, out, kernel, 2, kernel // 2 - 1, output_padding=padding), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


class ConvEncoder(nn.Module):
    """Flat images to `width` values through `convolutions` and one linear layer."""

    def __init__(self, image: tuple[int, ...], channels: Sequence[int], width: int) -> None:
        super().__init__()
        h, w = halved((image[1], image[2]), len(channels))[-1]
        self.image = image
        self.layers = convolutions(image, channels)
        self.head = nn.Linear(channels[-1] * h * w, width)

    def forward(self, rows: Tensor) -> Tensor:
        """(n, width) from (n, c h w)."""
        return self.head(self.layers(rows.view(len(rows), *self.image)).flatten(1))


class ConvDecoder(nn.Module):
    """`width` values to flat images, `copies` of them one after the other in a row: the mirror of a `ConvEncoder`."""

    def __init__(self, image: tuple[int, ...], channels: Sequence[int], width: int, copies: int = 1) -> None:
        super().__init__()
        self.small = (channels[-1], *halved((image[1], image[2]), len(channels))[-1])
        c, h, w = self.small
        self.head = nn.Sequential(nn.Linear(width, c * h * w), nn.ReLU())
        self.layers = transposed((copies * image[0], *image[1:]), channels)

    def forward(self, z: Tensor) -> Tensor:
        """(n, copies c h w) from (n, width)."""
        return self.layers(self.head(z).view(len(z), *self.small)).flatten(1)
