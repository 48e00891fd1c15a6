"""From bytes to what a network for images takes, and back."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


class Pixels(nn.Module):
    """Rows of pixels (n, h, w, c), 0 to 255, to (n, c, h, w) in the range that a network takes.

    What comes out is a view in channels-last memory: nothing is moved.

    Parameters
    ----------
    scaling : {"unit", "symmetric", "gcn"}
        x / 255; x / 127.5 - 1; or global contrast normalisation per image, with the L1 norm, then
        min-max with the constants of the training images (Ruff et al. 2018, official code), which
        `fit` takes in.
    """

    def __init__(self, scaling: str = "unit") -> None:
        super().__init__()
        self.scaling = scaling
        self.low: Tensor
        self.high: Tensor
        self.register_buffer("low", torch.zeros(()))
        self.register_buffer("high", torch.ones(()))

    def forward(self, rows: Tensor) -> Tensor:
        """Scaled images."""
        images = rows.permute(0, 3, 1, 2)
        if self.scaling == "unit":
            return images / 255.0
        if self.scaling == "symmetric":
            return images / 127.5 - 1.0
        return (contrast_normalised(images) - self.low) / (self.high - self.low)

    @torch.no_grad()
    def fit(self, rows: Tensor, rows_at_once: int = 4096) -> None:
        """Take in the least and largest normalised pixel of training rows (n, h, w, c); only "gcn" needs it."""
        if self.scaling != "gcn":
            return
        bounds = [
            torch.stack(contrast_normalised(part.to(torch.float32).permute(0, 3, 1, 2)).aminmax())
            for part in rows.split(rows_at_once)
        ]
        extremes = torch.stack(bounds)
        low, high = extremes[:, 0].min(), extremes[:, 1].max()
        self.low.copy_(low)
        self.high.copy_(torch.where(high > low, high, low + 1.0))

    def back(self, images: Tensor) -> Tensor:
        """Scaled images (n, c, h, w) as pixels (n, h, w, c), 0 to 255; of "gcn" the picture, not its contrast."""
        rows = images.permute(0, 2, 3, 1)
        if self.scaling == "symmetric":
            rows = (rows + 1.0) / 2.0
        return (255.0 * rows).clamp(0.0, 255.0)


def unit_pixels(flat: NDArray[np.float32], row_shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Flat images (n, c h w) in 0 to 1 as pixels (n, h, w, c), 0 to 255; `row_shape` is (h, w, c)."""
    h, w, c = row_shape
    return Pixels("unit").back(torch.from_numpy(flat).view(-1, c, h, w)).numpy()


def contrast_normalised(images: Tensor) -> Tensor:
    """(x - mean) / mean |x - mean| of each image (n, c, h, w), whatever the range of x; an even image becomes 0."""
    centred = images - images.mean((1, 2, 3), keepdim=True)
    return centred / centred.abs().mean((1, 2, 3), keepdim=True).clamp(min=1e-8)
