"""Thumbnails of images, small enough to stand in a page."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from launch.evaluation.mistakes.held_out import ScoredRows
from launch.evaluation.mistakes.record import Mistake
from launch.evaluation.mistakes.worst_rows import Worst

LARGEST = 128
"""Pixels of the longer side."""


def with_pictures(rows: ScoredRows, worst: Worst) -> list[Mistake]:
    """The rows, of images with their pictures."""
    if rows.problem.modality != "image":
        return worst.found
    images = zip(worst.found, rows.part.X[worst.places], strict=True)
    return [replace(mistake, picture=data_uri(image)) for mistake, image in images]


def data_uri(image: NDArray[Any]) -> str:
    """A PNG of pixels (h, w, 1 or 3), 0 to 255, as a page takes it."""
    from PIL import Image

    pixels = np.asarray(image, np.uint8)
    drawn = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    drawn.thumbnail((LARGEST, LARGEST))
    buffer = io.BytesIO()
    drawn.save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
