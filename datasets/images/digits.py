"""Digits of several datasets as one: 28×28 grey, for feature extractors that must know them all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.catalog.images import DIGITS, image_row
from datasets.errors import DataError
from datasets.images.dataset import ImageDataset, checksum
from datasets.images.pixel_filters import as_bytes, bilinear, chunks, filtered
from datasets.images.standard import Notify, load

SIDE, SVHN_SIDE = 28, 29
CONTRAST, SHARPNESS = 1.5, 2.0
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of ITU-R BT.601, as Pillow's "L" has them."""


JOINED = {
    "digits_joint": ("mnist", "svhn", "usps"),
    "digits_mnist_usps": ("mnist", "usps"),
    "svhn_grey": ("svhn",),
    "usps_grey": ("usps",),
}
"""What is joined, or prepared alone; figures of the one do not stand beside those of the other."""


def joint(name: str, data_dir: Path, *, notify: Notify, download: bool = True) -> ImageDataset:
    """MNIST, SVHN and USPS together, or some of them, 28×28 grey, bytes; training images of all sets first.

    As the thesis on multimodal normal classes prepares them: SVHN is made grey and cut to the
    middle 29×29; contrast and sharpness of SVHN and USPS are raised; all are resized bilinearly
    to 28×28 (MNIST has that size already and stays as it is).

    Deviations: the thesis does not say by how much it raises contrast and sharpness; here it is by
    `CONTRAST` (1.5) and `SHARPNESS` (2), factors in the sense of Pillow's `ImageEnhance` and of
    torchvision. Zero mean and unit variance are a matter of detectors and extractors, and drawing
    every digit of every set equally often one of the extractor's training: see `balanced_index`.

    Parameters
    ----------
    name : str
        A key of `JOINED`.
    data_dir, notify, download
        As in `datasets.images.standard.load`.
    """
    parts = JOINED[name]
    try:
        sets = [load(part, data_dir, download=download, notify=notify) for part in parts]
    except DataError as error:
        needs = " and ".join(part.upper() for part in parts)
        without = " (digits_mnist_usps does without SVHN)" if name == "digits_joint" else ""
        raise DataError(f"{name} needs {needs}{without}: {error}") from error
    images = [common(part, dataset.X) for part, dataset in zip(parts, sets, strict=True)]
    official = np.concatenate([dataset.official_test for dataset in sets])
    order = np.argsort(official, kind="stable")
    X, official = np.concatenate(images)[order], official[order]
    classes = np.concatenate([dataset.classes for dataset in sets])[order]
    sources = np.repeat(parts, [len(dataset.X) for dataset in sets])[order]
    raised = " and ".join(part.upper() for part in parts if part != "mnist")
    note = (
        f"{', '.join(part.upper() for part in parts)} at 28x28 grey; contrast of {raised} times {CONTRAST:g}, "
        f"sharpness times {SHARPNESS:g} (the thesis does not say its factors)"
    )
    return ImageDataset(
        name,
        X,
        classes,
        official,
        DIGITS,
        tuple(range(10)),
        "; ".join(dataset.source for dataset in sets),
        checksum(X, classes, official),
        image_row(name).licence,
        (note, *(f"{dataset.name}: {of_set}" for dataset in sets for of_set in dataset.notes)),
        sources=sources,
    )


def common(name: str, X: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Images of one of the sets as `digits_joint` has them.

    Parameters
    ----------
    name : {"mnist", "svhn", "usps"}
    X : ndarray of shape (n, h, w, c), uint8

    Returns
    -------
    ndarray of shape (n, 28, 28, 1), uint8
    """
    if name == "mnist":
        return X
    out = np.empty((len(X), SIDE, SIDE, 1), np.uint8)
    for part in chunks(len(X)):
        some = X[part].astype(np.float32)
        if name == "svhn":
            some = _middle(as_bytes(some @ LUMA)[..., None], SVHN_SIDE).astype(np.float32)
        some = sharpened(contrasted(some, CONTRAST), SHARPNESS)
        _, h, w, _ = some.shape
        out[part] = as_bytes(filtered(some, bilinear(h, SIDE), bilinear(w, SIDE)))
    return out


def contrasted(X: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
    """Each image's distance from its mean times a factor, within 0 to 255; Pillow's `ImageEnhance.Contrast`."""
    mean = np.floor(X.mean((1, 2, 3), keepdims=True) + 0.5)
    return np.clip(np.floor(mean + factor * (X - mean)), 0, 255)


def sharpened(X: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
    """Each pixel's distance from its smoothed value times a factor, within 0 to 255; the border stays.

    Smoothed is a mean of 3×3 pixels, the middle one five times; Pillow's `ImageEnhance.Sharpness`.
    """
    _, h, w, _ = X.shape
    total = sum(X[:, i : h - 2 + i, j : w - 2 + j] for i in range(3) for j in range(3))
    smooth = np.floor((total + 4 * X[:, 1:-1, 1:-1]) / 13 + 0.5)
    out = X.copy()
    out[:, 1:-1, 1:-1] = np.clip(np.floor(smooth + factor * (X[:, 1:-1, 1:-1] - smooth)), 0, 255)
    return out


def balanced_index(classes: NDArray[np.int16], sources: NDArray[np.str_], rng: np.random.Generator) -> NDArray[np.intp]:
    """Rows in which every set has as many images of a digit as the set with the most.

    Images are repeated, none is left out: all equally often, and those that are short of the
    count drawn without replacement. For a batch that is balanced over the sets, draw from it.

    Parameters
    ----------
    classes : ndarray of shape (n,)
    sources : ndarray of shape (n,)
        Which set an image is from.
    rng : Generator

    Returns
    -------
    ndarray of shape (m,), intp
        Ascending, m at least n. A set without images of a digit stays without.
    """
    drawn = []
    for digit in np.unique(classes):
        sets = [np.flatnonzero((classes == digit) & (sources == source)) for source in np.unique(sources)]
        most = max(map(len, sets))
        for rows in sets:
            if len(rows):
                times, more = divmod(most, len(rows))
                drawn += [np.tile(rows, times), rng.permutation(rows)[:more]]
    return np.sort(np.concatenate(drawn)) if drawn else np.empty(0, np.intp)


def _middle(X: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The square in the middle, as torchvision's `CenterCrop` rounds it."""
    top, left = (round((size - side) / 2) for size in X.shape[1:3])
    return X[:, top : top + side, left : left + side]
