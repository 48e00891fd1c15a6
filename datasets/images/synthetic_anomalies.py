"""Anomalies made from normal images, to choose by where there are no real ones.

Each function takes images of shape (n, h, w, c), uint8, and a generator, and returns as many changed
ones; the images that it takes are not written to, and the same generator gives the same result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.images.pixel_filters import as_bytes, chunks, filtered, gaussian

Images = NDArray[np.uint8]

SEED = 42

BLURS = (0.02, 0.035, 0.05, 0.08)
"""Standard deviations as shares of the shorter side: 1.3 to 5.1 pixels at 64."""
LEAST_SIDE = 35
"""Smaller images are blurred as if they had this side, 0.7 pixels at least: less would leave them as they are."""
NOISES = (0.08, 0.15, 0.3)
"""Standard deviations as shares of the range of the pixels."""
PATCH_AREA, PATCH_ASPECT = (0.02, 0.15), (0.3, 3.3)
"""Share of the image, and height over width, as CutPaste has them."""
ERASED_AREA = (0.05, 0.25)
TRIES, VISIBLE = 20, 10.0
"""A patch is drawn so often again until its pixels differ by so many levels in the mean."""


def blur(X: Images, rng: Generator) -> Images:
    """Out of focus: Gaussian blur of a strength drawn from `BLURS`."""
    n, h, w, _ = X.shape
    strength = rng.integers(len(BLURS), size=n)
    out = np.empty_like(X)
    for k, share in enumerate(BLURS):
        sigma, index = share * max(min(h, w), LEAST_SIDE), np.flatnonzero(strength == k)
        for part in chunks(len(index)):
            some = index[part]
            out[some] = as_bytes(filtered(X[some], gaussian(h, sigma), gaussian(w, sigma)))
    return out


def patches(X: Images, rng: Generator) -> Images:
    """A rectangle of another image pasted at another place.

    After CutPaste (Li et al., CVPR 2021), which cuts from the same image: from another one,
    a patch also brings parts that the place never has.

    Raises
    ------
    ValueError
        If there are fewer than two images.
    """
    n, h, w, _ = X.shape
    if n < 2:
        raise ValueError("a patch of another image needs two images")
    cycle = rng.permutation(n)
    donor = np.empty(n, np.intp)
    donor[cycle] = np.roll(cycle, 1)  # one cycle through all: none gives to itself
    out = X.copy()
    for i in range(n):
        best, most = None, -1.0
        for _ in range(TRIES):
            height, width = _rectangle(h, w, PATCH_AREA, rng)
            (top, up), (left, side) = rng.integers(0, h - height + 1, 2), rng.integers(0, w - width + 1, 2)
            patch = X[donor[i], up : up + height, side : side + width]
            there = X[i, top : top + height, left : left + width]
            # on a plain background most patches would show nothing
            change = float(np.abs(patch.astype(np.int16) - there).mean())
            if change > most:
                best, most = (top, left, patch), change
            if change >= VISIBLE:
                break
        assert best is not None
        top, left, patch = best
        out[i, top : top + patch.shape[0], left : left + patch.shape[1]] = patch
    return out


def turned(X: Images, rng: Generator) -> Images:
    """Turned by 90, 180 or 270 degrees or mirrored top to bottom; the half turn or the mirror where not square."""
    n, h, w, _ = X.shape
    ways: list[Callable[[Images], Images]] = [lambda x: x[:, ::-1, ::-1], lambda x: x[:, ::-1]]
    if h == w:
        ways += [lambda x: np.rot90(x, 1, (1, 2)), lambda x: np.rot90(x, 3, (1, 2))]
    way = rng.integers(len(ways), size=n)
    out = np.empty_like(X)
    for k, turn in enumerate(ways):
        out[way == k] = turn(X[way == k])
    return out


def noise(X: Images, rng: Generator) -> Images:
    """Gaussian noise of a strength drawn from `NOISES`, of its own in every pixel and colour."""
    strength = 255 * np.array(NOISES, np.float32)[rng.integers(len(NOISES), size=len(X))]
    out = np.empty_like(X)
    for part in chunks(len(X)):
        some = X[part]
        out[part] = as_bytes(
            some + strength[part, None, None, None] * rng.standard_normal(some.shape, dtype=np.float32)
        )
    return out


def erase(X: Images, rng: Generator) -> Images:
    """A rectangle of one colour, 64 levels or more from what was there in the mean of each channel."""
    n, h, w, c = X.shape
    out = X.copy()
    for i in range(n):
        height, width = _rectangle(h, w, ERASED_AREA, rng)
        top, left = rng.integers(0, h - height + 1), rng.integers(0, w - width + 1)
        hole = out[i, top : top + height, left : left + width]
        hole[:] = (hole.mean((0, 1)) + rng.uniform(64, 191, c)) % 256
    return out


KINDS: dict[str, Callable[[Images, Generator], Images]] = {
    "blur": blur,
    "patches": patches,
    "turned": turned,
    "noise": noise,
    "erase": erase,
}
MIXED = ("blur", "patches", "turned")
"""Kinds that are made unless others are asked for."""


def make(X: Images, kinds: Sequence[str], rng: Generator) -> tuple[Images, NDArray[np.int16]]:
    """One anomaly of each image, the kinds in equal numbers.

    Parameters
    ----------
    X : ndarray of shape (n, h, w, c), uint8
        At least two for every kind.
    kinds : sequence of str
        Names in `KINDS`.
    rng : Generator

    Returns
    -------
    anomalies : ndarray of shape (n, h, w, c), uint8
    which : ndarray of shape (n,), int16
        Index into `kinds`.
    """
    which = rng.permutation(np.arange(len(X)) % len(kinds)).astype(np.int16)
    out = np.empty_like(X)
    for k, kind in enumerate(kinds):
        out[which == k] = KINDS[kind](X[which == k], rng)
    return out, which


def held_out(n: int, rng: Generator, most: int | None = None) -> NDArray[np.bool_]:
    """Which of n normal images anomalies are made of: a third, at most `most`; none of them may stand as normal."""
    out = np.zeros(n, bool)
    out[rng.permutation(n)[: min(n // 3, most or n)]] = True
    return out


def of_some(
    X: Images, kinds: Sequence[str], most: int | None = None
) -> tuple[NDArray[np.bool_], Images, NDArray[np.int16]]:
    """Which of these normal images anomalies were made of (see `held_out`), and what `make` made of them."""
    rng = np.random.default_rng(SEED)
    held = held_out(len(X), rng, most)
    return held, *make(X[held], kinds, rng)


def _rectangle(h: int, w: int, areas: tuple[float, float], rng: Generator) -> tuple[int, int]:
    """Height and width of a part of the image, smaller than it."""
    area, aspect = rng.uniform(*areas) * h * w, np.exp(rng.uniform(*np.log(PATCH_ASPECT)))
    height, width = round(float(np.sqrt(area * aspect))), round(float(np.sqrt(area / aspect)))
    return min(max(height, 2), h - 1), min(max(width, 2), w - 1)
