"""Masks: where in an image the anomaly is. They are labels of the test, and are read when its seal opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from scipy import ndimage

from datasets.errors import DataError
from datasets.images.folders.reading import head
from datasets.images.folders.rows import Unreadable, open_image

UNKNOWN = -1
LOSSY = (".jpg", ".jpeg", ".jfif", ".jpe")
"""Formats in which black is not quite black beside white."""
MOST_REGIONS = 64
"""Of one mask, more of which are taken for specks: each by itself is not looked after."""

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

        An anomaly without a mask, or with one that cannot be read or marks nothing, is unknown everywhere; a normal
        image is normal everywhere.
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
    image. What is not quite black in a lossy format is marked from half of its brightest value on.

    Raises
    ------
    DataError
        If it cannot be read, or marks nothing.
    """
    image = open_image(file)
    values = np.asarray(image.convert("L") if image.mode in MANY_BANDS else image)
    marked = values > (int(values.max()) // 2 if file.suffix.lower() in LOSSY else 0)
    if not marked.any():
        raise DataError(f"{file} marks nothing")
    regions, count = ndimage.label(marked, structure=np.ones((3, 3)))
    parts = [marked, *(regions == k + 1 for k in range(count if 1 < count <= MOST_REGIONS else 0))]
    return np.any([_fitted(part, shape) for part in parts], axis=0).astype(np.int8)


def _fitted(marked: NDArray[np.bool_], shape: tuple[int, int]) -> NDArray[np.bool_]:
    fitted = Image.fromarray(marked.astype(np.uint8) * 255)
    h, w = shape
    if fitted.size != (w, h):
        fitted = ImageOps.fit(fitted, (w, h), Image.Resampling.BILINEAR)
    cover = np.asarray(fitted)
    return np.asarray(cover >= min(128, max(1, int(cover.max()))))


def check_sizes(pairs: Sequence[tuple[Path, Path]]) -> None:
    """Refuse a mask that is, as it is shown, of another size than its image; nothing else of it is looked at."""
    for file, mask in pairs:
        try:
            (h, w), (mask_h, mask_w) = head(file)[0], head(mask)[0]
        except Unreadable:
            continue  # the image was read; a broken mask is unknown
        if (h, w) != (mask_h, mask_w):
            raise DataError(f"{mask} is {mask_h} x {mask_w} pixels, and its image {file} is {h} x {w}")
