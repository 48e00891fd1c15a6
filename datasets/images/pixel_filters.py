"""Separable filters of many images at once, as two products with small matrices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

CHUNK = 4096
"""Images in float32 at a time."""


def gaussian(size: int, sigma: float) -> NDArray[np.float32]:
    """Matrix of shape (size, size) that blurs along one axis; weights beyond the border are shared out within it.

    Parameters
    ----------
    size : int
        Pixels along the axis.
    sigma : float
        Standard deviation in pixels, above 0.
    """
    distance = np.arange(size)[:, None] - np.arange(size)[None]
    weights = np.exp(-0.5 * (distance / sigma) ** 2)
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)


def bilinear(size: int, wanted: int) -> NDArray[np.float32]:
    """Matrix of shape (wanted, size) that resizes along one axis.

    Bilinear as Pillow does it: the triangle is widened where the image is made
    smaller, so that no pixel is passed over.
    """
    step = size / wanted
    reach = max(step, 1.0)
    middle = (np.arange(wanted)[:, None] + 0.5) * step
    weights = np.maximum(0.0, 1 - np.abs(np.arange(size)[None] + 0.5 - middle) / reach)
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)


def filtered(X: NDArray[Any], down: NDArray[np.float32], across: NDArray[np.float32]) -> NDArray[np.float32]:
    """Images with one matrix applied to their columns and one to their rows.

    Parameters
    ----------
    X : ndarray of shape (n, h, w, c)
    down : ndarray of shape (h', h)
    across : ndarray of shape (w', w)

    Returns
    -------
    ndarray of shape (n, h', w', c), float32
    """
    n, h, w, c = X.shape
    tall = np.matmul(down, X.astype(np.float32).reshape(n, h, w * c)).reshape(n, len(down), w, c)
    return np.matmul(across, tall)


def as_bytes(X: NDArray[Any]) -> NDArray[np.uint8]:
    """Rounded, and cut off at 0 and 255."""
    return np.clip(np.rint(X), 0, 255).astype(np.uint8)


def chunks(n: int, size: int = CHUNK) -> Iterator[slice]:
    """Slices that cover n images."""
    return (slice(start, min(start + size, n)) for start in range(0, n, size))
