"""Thumbnails of images, small enough to stand in a page."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from launch.evaluation.mistakes.held_out import ScoredRows
from launch.evaluation.mistakes.record import FALSE_ALARM, MISSED, Mistake, Mistakes
from launch.evaluation.mistakes.worst_rows import Worst

LARGEST = 128
"""Pixels of the longer side."""


def with_pictures(rows: ScoredRows, worst: Worst) -> list[Mistake]:
    """The rows, of images with their pictures."""
    if rows.problem.modality != "image":
        return worst.found
    images = zip(worst.found, rows.part.X[worst.places], strict=True)
    return [replace(mistake, picture=data_uri(image)) for mistake, image in images]


def sheet(found: Mistakes, path: Path) -> None:
    """One PNG of all pictures, missed anomalies above false alarms, task after task."""
    from PIL import Image

    side, lines = LARGEST + 8, [(view, kind) for view in found.views for kind in (MISSED, FALSE_ALARM)]
    most = max(1, *(sum(row.kind == kind for row in view.rows) for view, kind in lines))
    whole = Image.new("RGB", (side * most, side * len(lines)), "white")
    for k, (view, kind) in enumerate(lines):
        for i, row in enumerate(row for row in view.rows if row.kind == kind and row.picture):
            drawn = Image.open(io.BytesIO(base64.b64decode(str(row.picture).partition(",")[2])))
            grown = max(1, LARGEST // max(drawn.size))
            larger = drawn.resize((drawn.width * grown, drawn.height * grown), Image.Resampling.NEAREST)
            whole.paste(larger, (side * i + 4, side * k + 4))
    whole.save(path)


def data_uri(image: NDArray[Any]) -> str:
    """A PNG of pixels (h, w, 1 or 3), 0 to 255, as a page takes it."""
    from PIL import Image

    pixels = np.asarray(image, np.uint8)
    drawn = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    drawn.thumbnail((LARGEST, LARGEST))
    buffer = io.BytesIO()
    drawn.save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
