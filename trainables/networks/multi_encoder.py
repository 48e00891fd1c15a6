"""Fully connected and convolutional encoders side by side, and decoders whose outputs are averaged.

An image is (c, h, w); `width` is a factor of every width.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from trainables.networks.convolutions import ConvDecoder, ConvEncoder, halved
from trainables.networks.image_autoencoder import Image, bound

FC_WIDTHS, FC_CODE = (1024, 256), 64
CONV_WIDTHS, CONV_CODE = (128, 256, 256, 128), 128


class MultiEncoder(nn.Module):
    """Codes of `encoders` pairs of a fully connected (with dropout) and a convolutional encoder, in a row."""

    def __init__(self, image: Image, encoders: int, width: float, dropout: float) -> None:
        super().__init__()
        self.members = nn.ModuleList()
        for _ in range(encoders):
            self.members.append(_flat_encoder(image, width, dropout))
            self.members.append(
                nn.Sequential(nn.Flatten(), ConvEncoder(image, conv_widths(image, width), scaled(CONV_CODE, width)))
            )
        self.code = encoders * (scaled(FC_CODE, width) + scaled(CONV_CODE, width))

    def forward(self, images: Tensor) -> Tensor:
        """(n, code) of images (n, c, h, w)."""
        return torch.cat([member(images) for member in self.members], 1)


class AveragedDecoders(nn.Module):
    """The mean of the images of several convolutional decoders, whose outputs are bounded as `scaling` says."""

    def __init__(self, image: Image, code: int, decoders: int, width: float, scaling: str) -> None:
        super().__init__()
        self.image = image
        self.members = nn.ModuleList(
            nn.Sequential(ConvDecoder(image, conv_widths(image, width), code), bound(scaling)) for _ in range(decoders)
        )

    def forward(self, code: Tensor) -> Tensor:
        """Images (n, c, h, w) of codes (n, code)."""
        total = torch.stack([member(code) for member in self.members]).mean(0)
        return total.view(len(code), *self.image)


def scaled(width: int, factor: float) -> int:
    """A width times a factor, at least 4."""
    return max(4, round(width * factor))


def conv_widths(image: Image, factor: float) -> tuple[int, ...]:
    """Channels of the convolutions; an image that cannot be halved four times has fewer of them."""
    times = min(len(CONV_WIDTHS), int(math.log2(min(image[1:]))) - 1)
    halved((image[1], image[2]), max(1, times))
    return tuple(scaled(n, factor) for n in CONV_WIDTHS[: max(1, times)])


def _flat_encoder(image: Image, width: float, dropout: float) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Flatten()]
    n = math.prod(image)
    for wide in FC_WIDTHS:
        layers += [
            nn.Linear(n, scaled(wide, width)),
            nn.BatchNorm1d(scaled(wide, width)),
            nn.ReLU(),
            nn.Dropout(dropout),
        ]
        n = scaled(wide, width)
    return nn.Sequential(*layers, nn.Linear(n, scaled(FC_CODE, width)))
