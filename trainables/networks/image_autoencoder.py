"""An encoder and a decoder of images with what scales them in front."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from trainables.components.pixels import Pixels
from trainables.networks.convolutions import convolutions, halved, transposed
from trainables.networks.dense import dense

Image = tuple[int, ...]


def channels_first(row_shape: tuple[int, ...]) -> Image:
    """(c, h, w) of rows (h, w, c)."""
    h, w, c = row_shape
    return (c, h, w)


def bound(scaling: str) -> nn.Module:
    """What keeps an output in the range of a scaling: tanh for -1 to 1, sigmoid for 0 to 1."""
    return nn.Tanh() if scaling == "symmetric" else nn.Sigmoid()


class ImageAutoencoder(nn.Module):
    """decoder(encoder(x)) for scaled images x (n, c, h, w).

    Parameters
    ----------
    pixels : Pixels
        Rows to scaled images; not part of `forward`.
    encoder : nn.Module
        Scaled images to a code of any shape.
    decoder : nn.Module
        A code to scaled images.
    code : tuple of int
        Shape of the code of one image.
    """

    def __init__(self, pixels: Pixels, encoder: nn.Module, decoder: nn.Module, code: tuple[int, ...]) -> None:
        super().__init__()
        self.pixels, self.encoder, self.decoder, self.code = pixels, encoder, decoder, code

    def encode(self, images: Tensor) -> Tensor:
        """The code of images, shape (n, *code)."""
        return self.encoder(images)

    def decode(self, code: Tensor) -> Tensor:
        """Images (n, c, h, w) of codes, flattened or not."""
        return self.decoder(code.reshape(len(code), *self.code))

    def forward(self, images: Tensor) -> Tensor:
        """Reconstructions of scaled images."""
        return self.decode(self.encode(images))


def fully_connected(image: Image, hidden: Sequence[int], latent: int, scaling: str) -> ImageAutoencoder:
    """Flattened pixels - hidden - latent and back, ReLU between layers, bounded output."""
    widths = (math.prod(image), *hidden, latent)
    encoder = nn.Sequential(nn.Flatten(), dense(widths))
    decoder = nn.Sequential(dense(widths[::-1]), bound(scaling), nn.Unflatten(1, image))
    return ImageAutoencoder(Pixels(scaling), encoder, decoder, (latent,))


def strided(image: Image, channels: Sequence[int], latent: int, scaling: str) -> ImageAutoencoder:
    """Convolutions 4 x 4 of stride 2 and transposed ones back; with `latent` a dense code between them."""
    small = (channels[-1], *halved((image[1], image[2]), len(channels))[-1])
    encoder: list[nn.Module] = [convolutions(image, channels)]
    decoder: list[nn.Module] = [transposed(image, channels), bound(scaling)]
    return _with_code(encoder, decoder, small, latent, Pixels(scaling))


def pooled(image: Image, channels: Sequence[int], latent: int, scaling: str) -> ImageAutoencoder:
    """Convolutions 3 x 3 with ReLU and max-pooling; transposed convolutions 2 x 2 of stride 2 back."""
    sizes = halved((image[1], image[2]), len(channels))
    encoder: list[nn.Module] = []
    for a, b in pairwise((image[0], *channels)):
        # pooling before ReLU gives the same values in a quarter of the time
        encoder += [nn.Conv2d(a, b, 3, padding=1), nn.MaxPool2d(2), nn.ReLU()]
    decoder = [*transposed(image, channels, kernel=2), bound(scaling)]
    return _with_code(encoder, decoder, (channels[-1], *sizes[-1]), latent, Pixels(scaling))


def _with_code(
    encoder: list[nn.Module], decoder: list[nn.Module], small: tuple[int, ...], latent: int, pixels: Pixels
) -> ImageAutoencoder:
    """The feature map is the code, or `latent` values behind a linear layer."""
    if not latent:
        return ImageAutoencoder(pixels, nn.Sequential(*encoder), nn.Sequential(*decoder), small)
    width = math.prod(small)
    down = nn.Sequential(*encoder, nn.Flatten(), nn.Linear(width, latent))
    up = nn.Sequential(nn.Linear(latent, width), nn.ReLU(), nn.Unflatten(1, small), *decoder)
    return ImageAutoencoder(pixels, down, up, (latent,))
