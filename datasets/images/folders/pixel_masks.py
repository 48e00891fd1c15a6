"""Masks: where in an image the anomaly is. They are labels of the test, and are read when its seal opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from datasets.errors import DataError
from datasets.images.folders.rows import open_image

UNKNOWN = -1
LOSSY = (".jpg", ".jpeg", ".jfif", ".jpe")
"""Formats in which black is not quite black."""

MANY_BANDS = ("LA", "La", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "LAB", "HSV")


@dataclass(frozen=True)
class MaskFiles:
    """Masks of images, still closed.

    Parameters
    ----------
    files : tuple of Path or None
        Of each image; normal ones have none.
    shape : (h, w)
        To which images were brought.
    """

    files: tuple[Path | None, ...]
    shape: tuple[int, int]

    def read(self, y: NDArray[np.int8]) -> NDArray[np.int8]:
        """Masks of shape (n, h, w): 1 is anomalous, 0 normal, -1 unknown.

        An anomaly without a mask, or with one that cannot be read, is unknown everywhere; a normal image is normal
        everywhere.
        """
        masks = np.zeros((len(y), *self.shape), np.int8)
        for mask, file, label in zip(masks, self.files, y, strict=True):
            if label != 1:
                continue
            try:
                mask[:] = UNKNOWN if file is None else read_mask(file, self.shape)
            except DataError:
                mask[:] = UNKNOWN
        return masks


def of(files: Sequence[Path | None], rows: NDArray[np.intp], shape: tuple[int, ...]) -> MaskFiles | None:
    """Those of some images, of height and width `shape`; None where none of these has any."""
    own = tuple(files[i] for i in rows) if files else ()
    return MaskFiles(own, (shape[0], shape[1])) if any(own) else None


def read_mask(file: Path, shape: tuple[int, int]) -> NDArray[np.int8]:
    """A mask, cut and resized as its image is: 1 where at least half of a pixel was marked.

    A region that is smaller than half a pixel stays where it covers most, so that no anomaly vanishes in a small
    image.
    """
    image = open_image(file)
    values = np.asarray(image.convert("L") if image.mode in MANY_BANDS else image)
    marked = values > (127 if file.suffix.lower() in LOSSY else 0)
    fitted = Image.fromarray(marked.astype(np.uint8) * 255)
    h, w = shape
    if fitted.size != (w, h):
        fitted = ImageOps.fit(fitted, (w, h), Image.Resampling.BILINEAR)
    cover = np.asarray(fitted)
    return (cover >= min(128, max(1, int(cover.max())))).astype(np.int8)


def check_sizes(pairs: Sequence[tuple[Path, Path]]) -> None:
    """Refuse a mask that is of another size than its image; nothing else of it is looked at."""
    for file, mask in pairs:
        try:
            with Image.open(file) as image, Image.open(mask) as own:
                sizes = image.size, own.size
        except OSError:
            continue  # the image was read; a broken mask is unknown
        if sizes[0] != sizes[1]:
            (w, h), (mask_w, mask_h) = sizes
            raise DataError(f"{mask} is {mask_h} x {mask_w} pixels, and its image {file} is {h} x {w}")
