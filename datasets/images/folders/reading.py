"""Image files as arrays of one size, with what is odd about them."""

from __future__ import annotations

import hashlib
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from datasets.errors import DataError
from datasets.images.folders.oddities import Oddities
from datasets.images.folders.rows import ImageRows, Unreadable, check_depth, open_image
from datasets.wording import counted

MOST, SMALLEST, STEP = 64, 8, 4
"""Longer side of images unless a size is asked for, the shortest side that networks take, and what sides that are
chosen here are multiples of: networks halve them."""
GREY = ("1", "L", "LA", "La")
FAR_LARGER, CUT_AWAY = 16, 0.5
"""How many times the usual area, and which share that is cut off, is said of single images."""


class Reading:
    """Reads the files of a folder; a few that are broken are left out.

    Parameters
    ----------
    files : sequence of Path
        All that will be read.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self.files, self.odd = files, Oddities()
        self.heads: dict[Path, tuple[tuple[int, int], str]] = {}
        """Height and width, and mode, as they are stored."""

    def shape(self, size: int | None, notify: Callable[[str], None]) -> tuple[int, int, int]:
        """Height, width and channels that all images get; says so where any is resized."""
        grey = True
        for file in self.files:
            try:
                self.heads[file] = head(file)
            except Unreadable as error:
                self.odd.leave_out(file, error, len(self.files))
                continue
            check_depth(file, mode := self.heads[file][1])
            grey &= mode in GREY
        sizes = {file: shown for file, (shown, _) in self.heads.items()}
        h, w = (size, size) if size is not None else _common(list(sizes.values()))
        others = Counter(shape for shape in sizes.values() if shape != (h, w))
        if others:
            of = f"{len(others):,} sizes" if len(others) > 1 else "{} x {} pixels".format(*next(iter(others)))
            n = others.total()
            notify(f"{counted(n, 'image')} of {of} {'was' if n == 1 else 'were'} resized to {h} x {w}")
            for line in _unlike(sizes, h / w):
                notify(line)
        return h, w, 1 if grey else 3

    def pixels(
        self, files: Sequence[Path], shape: tuple[int, int, int]
    ) -> tuple[NDArray[np.uint8], NDArray[np.bool_], list[bytes]]:
        """Images as the models that come of them will get them: by the reader of images to score.

        Returns
        -------
        images : ndarray of shape (n, h, w, c)
            Of the files that can be read.
        readable : ndarray of bool
            Which these are.
        digests : list of bytes
            Of their pixels as they are stored.
        """
        rows = ImageRows(Path(), shape)
        digests: list[bytes] = []
        out, readable = np.empty((len(files), *shape), np.uint8), np.ones(len(files), bool)
        for i, file in enumerate(files):
            readable[i] = file not in self.odd.broken
            if not readable[i]:
                continue
            try:
                image = open_image(file, self.odd)
            except Unreadable as error:
                self.odd.leave_out(file, error, len(self.files))
                readable[i] = False
                continue
            out[len(digests)] = rows.fitted(image, file)
            digests.append(hashlib.blake2b(f"{image.mode}{image.size}".encode() + image.tobytes()).digest())
        return out[: len(digests)], readable, digests


def head(file: Path) -> tuple[tuple[int, int], str]:
    """Height and width as they are shown, and the mode."""
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(file) as image:  # the head alone is read
            width, height = image.size
            turned = image.getexif().get(0x0112, 1) >= 5
            return ((width, height) if turned else (height, width)), image.mode
    except Exception:  # open_image knows what can be wrong, and says it
        image = open_image(file)
        return (image.size[1], image.size[0]), image.mode


def _common(sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    if not sizes:
        raise DataError("no image can be read")
    h, w = sizes[0]
    if len(set(sizes)) > 1 or max(h, w) > MOST:
        common = [median(size[axis] for size in sizes) for axis in (0, 1)]
        less = min(1.0, MOST / max(common))
        h, w = (max(SMALLEST, STEP * round(side * less / STEP)) for side in common)
    return max(h, SMALLEST), max(w, SMALLEST)


def _unlike(sizes: dict[Path, tuple[int, int]], aspect: float) -> list[str]:
    """Images that are far larger than the others, and those of which most is cut off."""
    usual = median(h * w for h, w in sizes.values())
    larger = [file for file, (h, w) in sizes.items() if h * w >= FAR_LARGER * usual]
    kept = {file: min(h / w, aspect) / max(h / w, aspect) for file, (h, w) in sizes.items()}
    cut = [file for file, share in kept.items() if share < 1 - CUT_AWAY]
    said = []
    for files, what in (
        (larger, "far larger than the others"),
        (cut, "cut to less than half of it, the middle: what lies at the border is lost"),
    ):
        if files:
            h, w = sizes[files[0]]
            verb = "is" if len(files) == 1 else "are"
            said.append(f"{counted(files, 'image')} {verb} {what} (first: {files[0]}, {h} x {w})")
    return said
