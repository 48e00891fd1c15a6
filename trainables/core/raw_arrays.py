"""Rows of a request as arrays of numbers, and images as pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainables.core.errors import InvalidInput


def as_images(data: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    """Pixels as an array of bytes, or of float32 where they are no whole numbers.

    Parameters
    ----------
    data : array-like of shape (n, h, w, c), or (n, h, w) where c is 1
    shape : tuple of int
        (h, w, c) of the model.

    Raises
    ------
    InvalidInput
        If the shape is another, or a value is outside 0 to 255.
    """
    images = plain_numbers(data)
    if images.ndim == len(shape) and shape[-1] == 1:
        images = images[..., None]
    if images.shape[1:] != shape or not len(images):
        raise InvalidInput(f"this model takes images of shape (n, {', '.join(map(str, shape))}), got {images.shape}")
    if not ((images >= 0) & (images <= 255)).all():
        raise InvalidInput("pixels go from 0 to 255, and must be there")
    bytes_ = images.astype(np.uint8)
    if (bytes_ == images).all():
        return bytes_
    if images.max() <= 1:
        raise InvalidInput("these pixels go from 0 to 1: this model takes them from 0 to 255")
    return images


def plain_numbers(data: Any) -> NDArray[Any]:
    """An array of float32.

    Raises
    ------
    InvalidInput
        If a value is no number, or rows are of different lengths.
    """
    try:
        with np.errstate(over="ignore"):  # what does not fit becomes infinite, and is refused as such
            array = np.asarray(data)
            if array.dtype.kind in "cmM":
                raise InvalidInput(f"rows must be numbers, got dtype {array.dtype}")
            return array.astype(np.float32)
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(f"rows must be numbers, as many in each ({' '.join(str(error).split())[:100]})") from error
