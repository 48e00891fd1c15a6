"""Images to score: a folder of files, or an array in a .npy or .npz file, in chunks of one size."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from datasets.errors import DataError
from datasets.images.dataset import as_images
from datasets.images.folders.tree import SUFFIXES, Tree
from datasets.images.pixel_filters import chunks

ARRAYS = (".npy", ".npz")
KEYS = ("X", "x_test", "x_train", "images", "arr_0")
DEEP = ("I", "F")
CHUNK = 512


@dataclass
class ImageRows:
    """What is to be scored.

    Parameters
    ----------
    path : Path
        A folder, searched through to its depths, one image file, or a .npy or .npz file.
    shape : tuple of int
        (h, w, c) that the model takes; files of another size are brought to it, arrays must have it.

    Attributes
    ----------
    sizes : set of (h, w)
        Sizes that files had, other than the model's.
    resized : int
        How many files were brought to the model's size.
    """

    path: Path
    shape: tuple[int, ...]
    sizes: set[tuple[int, int]] = field(default_factory=set)
    resized: int = 0

    def __iter__(self) -> Iterator[tuple[list[str], NDArray[np.uint8]]]:
        """Names and images of shape (n, h, w, c), chunk by chunk."""
        if self.path.suffix.lower() in ARRAYS:
            yield from self._array()
            return
        files = image_files(self.path)
        for part in chunks(len(files), CHUNK):
            some = files[part]
            names = [str(f.relative_to(self.path)) if f != self.path else f.name for f in some]
            yield names, np.stack([self.read(f) for f in some])

    def _array(self) -> Iterator[tuple[list[str], NDArray[np.uint8]]]:
        X = array_of(self.path)
        for part in chunks(len(X), CHUNK):
            some = as_images(np.asarray(X[part]), str(self.path))
            if some.shape[1:] != self.shape:
                raise DataError(
                    f"{self.path} holds images of shape {some.shape[1:]}, and the model takes {self.shape}; "
                    "a folder of image files would be brought to its size"
                )
            yield [str(i) for i in range(part.start, part.stop)], some

    def read(self, file: Path) -> NDArray[np.uint8]:
        """One image file in the size and colours of the model."""
        h, w, c = self.shape
        image = open_image(file)
        check_depth(file, image.mode)
        image = image.convert("L" if c == 1 else "RGB")
        if image.size != (w, h):
            self.sizes.add((image.size[1], image.size[0]))
            self.resized += 1
            image = ImageOps.fit(image, (w, h), Image.Resampling.BILINEAR)
        return np.asarray(image, np.uint8).reshape(h, w, c)


def image_files(folder: Path) -> list[Path]:
    """Image files of a folder and the folders in it, in order; one file is itself."""
    if folder.is_file():
        return [folder]
    files = Tree.of(folder).images
    if not files:
        raise DataError(f"{folder} has no image files ({', '.join(SUFFIXES)})")
    return files


def check_depth(file: Path, mode: str) -> None:
    """Refuse pixels of more than 8 bits, by Pillow's mode: they would be clipped."""
    if mode.startswith(DEEP):
        raise DataError(f"{file} has {mode!r} pixels of more than 8 bits; save it with 8 bits per channel")


def open_image(file: Path) -> Any:
    """An image, turned as its camera says."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(file)
            image.load()
            return ImageOps.exif_transpose(image)
    except (
        OSError, UnidentifiedImageError, ValueError, SyntaxError,
        Image.DecompressionBombWarning, Image.DecompressionBombError,
    ) as error:  # fmt: skip
        raise DataError(f"{file} cannot be read as an image: {' '.join(str(error).split())[:200]}") from error


def array_of(path: Path) -> NDArray[Any]:
    """The array of a .npy file, memory-mapped, or of a .npz file."""
    try:
        if path.suffix.lower() == ".npy":
            return np.load(path, mmap_mode="r", allow_pickle=False)
        with np.load(path, allow_pickle=False) as archive:
            key = next((k for k in KEYS if k in archive), None)
            if key is None:
                there = ", ".join(archive) or "none"
                raise DataError(f"{path} has none of the arrays {', '.join(KEYS)}; it has {there}")
            return archive[key]
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{path} cannot be read: {' '.join(str(error).split())[:200]}") from error
