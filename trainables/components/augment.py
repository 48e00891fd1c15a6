"""Random changes of a batch of images, made where the batch is, that leave them what they are."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from trainables.core.errors import InvalidHyperparameter

WORDS = ("flip", "vflip", "rotate90", "crop", "jitter", "noise")
FORM = re.compile(r"([a-z0-9]*[a-z]|rotate90)(?:=([0-9.]+))?")


@dataclass(frozen=True)
class Augmentation:
    """What is drawn anew for every image of every batch, from torch's current random state.

    Parameters
    ----------
    flip, vflip : bool
        Mirrored left to right, top to bottom, in half of the cases.
    rotate90 : bool
        Turned by 0, 90, 180 or 270 degrees; images must be square.
    crop : int
        Shifted by up to so many pixels each way; what comes in is the border mirrored.
    jitter : float
        Brightness and contrast are multiplied by a factor in 1 +- jitter each.
    noise : float
        Deviation of Gaussian noise, as a share of the range of the pixels.
    """

    flip: bool = False
    vflip: bool = False
    rotate90: bool = False
    crop: int = 0
    jitter: float = 0.0
    noise: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """What a person writes, such as "flip,crop=4,jitter=0.01"; None for "" and "none".

        Raises
        ------
        InvalidHyperparameter
            For an unknown word or a value out of range.
        """
        given: dict[str, bool | int | float] = {}
        for part in (piece.strip() for piece in text.split(",") if piece.strip() not in ("", "none")):
            word, _, value = part.partition("=")
            if word not in WORDS:
                near = difflib.get_close_matches(word, WORDS, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise InvalidHyperparameter(f"augmentation {word!r} is not known{hint} There are {', '.join(WORDS)}")
            try:
                given[word] = _value(word, value)
            except ValueError as error:
                raise InvalidHyperparameter(f"augmentation {part!r}: {error}") from error
        return cls(**given) if given else None  # type: ignore[arg-type]

    def __str__(self) -> str:
        parts = [name for name in ("flip", "vflip", "rotate90") if getattr(self, name)]
        parts += [f"{name}={getattr(self, name):g}" for name in ("crop", "jitter", "noise") if getattr(self, name)]
        return ",".join(parts)

    def __call__(self, images: Tensor) -> Tensor:
        """Changed images.

        Parameters
        ----------
        images : Tensor of float of shape (n, h, w, c), 0 to 255
            They are not written to.
        """
        n, device = len(images), images.device

        def coin() -> Tensor:
            return (torch.rand(n, device=device) < 0.5)[:, None, None, None]

        if self.flip:
            images = torch.where(coin(), images.flip(2), images)
        if self.vflip:
            images = torch.where(coin(), images.flip(1), images)
        if self.rotate90:
            images = _turned(images, torch.randint(4, (n,), device=device))
        if self.crop:
            images = _shifted(images, self.crop)
        if self.jitter:
            factors = 1 + self.jitter * (2 * torch.rand(2, n, 1, 1, 1, device=device) - 1)
            images = images * factors[0]
            mean = images.mean((1, 2, 3), keepdim=True)
            images = (mean + (images - mean) * factors[1]).clamp(0, 255)
        if self.noise:
            images = images + 255 * self.noise * torch.randn_like(images)
        return images


def _value(word: str, text: str) -> bool | int | float:
    if word in ("flip", "vflip", "rotate90"):
        if text:
            raise ValueError("it takes no value")
        return True
    if not text:
        raise ValueError(f"say how much, such as {word}={'4' if word == 'crop' else '0.01'}")
    if word == "crop":
        if not text.isdigit() or not 1 <= int(text) <= 64:
            raise ValueError("give whole pixels, 1 to 64")
        return int(text)
    number = float(text)
    if not 0 < number < 1:
        raise ValueError("give a number between 0 and 1")
    return number


def _turned(images: Tensor, quarters: Tensor) -> Tensor:
    turned = torch.stack([torch.rot90(images, k, (1, 2)) for k in range(4)])
    return turned[quarters, torch.arange(len(images), device=images.device)]


def _shifted(images: Tensor, most: int) -> Tensor:
    n, h, w, _ = images.shape
    device = images.device
    dy, dx = torch.randint(-most, most + 1, (2, n), device=device)
    rows = _mirrored(torch.arange(h, device=device)[None] + dy[:, None], h)
    columns = _mirrored(torch.arange(w, device=device)[None] + dx[:, None], w)
    which = torch.arange(n, device=device)[:, None, None]
    return images[which, rows[:, :, None], columns[:, None, :]]


def _mirrored(index: Tensor, size: int) -> Tensor:
    """Places beyond the border, mirrored at it."""
    period = max(1, 2 * (size - 1))
    index = index.remainder(period)
    return torch.where(index >= size, period - index, index)
