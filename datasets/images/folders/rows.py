"""Images to score: a folder of files, or an array in a .npy or .npz file, in chunks of one size."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from datasets.errors import DataError
from datasets.images.dataset import as_images
from datasets.images.folders.masks import files_of, roots_of
from datasets.images.folders.oddities import Oddities
from datasets.images.folders.tree import SUFFIXES, Tree
from datasets.images.pixel_filters import chunks
from datasets.wording import counted

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
    odd : Oddities
        What else is to be said of files.
    aside : str
        What lay in the folder and is not scored.
    """

    path: Path
    shape: tuple[int, ...]
    sizes: set[tuple[int, int]] = field(default_factory=set)
    resized: int = 0
    odd: Oddities = field(default_factory=Oddities)
    aside: str = ""

    def __iter__(self) -> Iterator[tuple[list[str], NDArray[np.uint8]]]:
        """Names and images of shape (n, h, w, c), chunk by chunk."""
        if self.path.suffix.lower() in ARRAYS:
            yield from self._array()
            return
        files = self._files()
        for part in chunks(len(files), CHUNK):
            kept, images = self.readable(files[part], len(files))
            if kept:
                yield [str(f.relative_to(self.path)) if f != self.path else f.name for f in kept], images

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

    def _files(self) -> list[Path]:
        """Image files without masks; what lies beside them is taken down."""
        if self.path.is_file():
            return [self.path]
        tree = Tree.of(self.path)
        places = roots_of(tree)
        masks = files_of(tree, places)
        files = [file for file in tree.images if file not in masks]
        if not files:
            raise DataError(f"{self.path} has no image files ({', '.join(SUFFIXES)}){_beside(tree)}")
        beside = [file for file, place in masks.items() if place not in places]
        said = [f"{counted(len(masks), 'mask')} left out ({tree.first([*places, *beside])})"] if masks else []
        self.aside = "; ".join([*said, *filter(None, [tree.left_aside()])])
        return files

    def readable(self, files: Sequence[Path], of: int) -> tuple[list[Path], NDArray[np.uint8]]:
        """Those of some files that can be read, and their images; `of` is how many files there are in all.

        Raises
        ------
        DataError
            If too many cannot be read.
        """
        kept: list[Path] = []
        out = np.empty((len(files), *self.shape), np.uint8)
        for file in files:
            try:
                out[len(kept)] = self.read(file)
            except Unreadable as error:
                self.odd.leave_out(file, error, of)
            else:
                kept.append(file)
        return kept, out[: len(kept)]

    def read(self, file: Path) -> NDArray[np.uint8]:
        """One image file in the size and colours of the model."""
        return self.fitted(open_image(file, self.odd), file)

    def fitted(self, image: Any, file: Path) -> NDArray[np.uint8]:
        """An opened image in the size and colours of the model."""
        h, w, c = self.shape
        check_depth(file, image.mode)
        image = image.convert("L" if c == 1 else "RGB")
        if image.size != (w, h):
            self.sizes.add((image.size[1], image.size[0]))
            self.resized += 1
            image = ImageOps.fit(image, (w, h), Image.Resampling.BILINEAR)
        return np.asarray(image, np.uint8).reshape(h, w, c)


def _beside(tree: Tree) -> str:
    return f"; {aside}" if (aside := tree.left_aside()) else ""


def check_depth(file: Path, mode: str) -> None:
    """Refuse pixels of more than 8 bits, by Pillow's mode: they would be clipped."""
    if mode.startswith(DEEP):
        raise DataError(f"{file} has {mode!r} pixels of more than 8 bits; save it with 8 bits per channel")


class Unreadable(DataError):
    """A file that is no image, or a broken one."""


def open_image(file: Path, odd: Oddities | None = None) -> Any:
    """An image, turned as its camera says; what is odd about it is taken down."""
    try:
        if not file.stat().st_size:
            raise ValueError("it is empty")
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(file)
            image.load()
            if odd is not None:
                odd.look(file, image)
            return ImageOps.exif_transpose(image)
    except (
        OSError, UnidentifiedImageError, ValueError, SyntaxError,
        Image.DecompressionBombWarning, Image.DecompressionBombError,
    ) as error:  # fmt: skip
        raise Unreadable(f"{file} cannot be read as an image: {' '.join(str(error).split())[:200]}") from error


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
