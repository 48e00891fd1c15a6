"""Images in memory with the class of each, and which of them are the official test images."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import DataError


@dataclass(frozen=True, eq=False)
class ImageDataset:
    """Checked images, in the order of their files: training images first, then test images.

    Parameters
    ----------
    name : str
        Name in the catalogue.
    X : ndarray of shape (n, h, w, c), uint8
        Pixels 0 to 255; c is 1 or 3.
    classes : ndarray of shape (n,), int16
        Index into `class_names`.
    official_test : ndarray of shape (n,), bool
        Which images are the published test images; all False where the authors published no split.
    class_names : tuple of str
        One per class.
    tasks : tuple of int
        Classes that may be the normal one: all of them for one-vs-rest data, one where a
        dataset has one normal class and kinds of anomaly.
    source : str
        The files.
    sha256 : str
        Of the bytes of `X`, `classes` and `official_test`, so that it does not hang on the file format.
    licence : str
    notes : tuple of str
        What must be said beside every figure.
    augment : str
        Augmentations that leave such images what they are, as `augment` takes them; "" is none.
    sources : ndarray of str, shape (n,), optional
        Which of several joined datasets an image is from.
    unlabelled : ndarray of shape (m, h, w, c), uint8, optional
        Images without labels that shall be scored (a course's hidden test set).
    unlabelled_ids : tuple of str
        One per unlabelled image.
    made_up : bool
        Whether the anomalies that choose configurations were made from normal images.
    masks : tuple of Path or None
        Of each image the file that shows where its anomaly is, still closed; empty where there are none.
    """

    name: str
    X: NDArray[np.uint8] = field(repr=False)
    classes: NDArray[np.int16] = field(repr=False)
    official_test: NDArray[np.bool_] = field(repr=False)
    class_names: tuple[str, ...]
    tasks: tuple[int, ...]
    source: str
    sha256: str
    licence: str
    notes: tuple[str, ...] = ()
    augment: str = ""
    sources: NDArray[np.str_] | None = field(default=None, repr=False)
    unlabelled: NDArray[np.uint8] | None = field(default=None, repr=False)
    unlabelled_ids: tuple[str, ...] = field(default=(), repr=False)
    made_up: bool = False
    masks: tuple[Path | None, ...] = field(default=(), repr=False)

    def task(self, word: str) -> int:
        """The class that a person means by its name or number."""
        names = [name.lower() for name in self.class_names]
        index = names.index(word.lower()) if word.lower() in names else int(word) if word.isdigit() else -1
        if index not in self.tasks:
            able = ", ".join(self.class_names[k] for k in self.tasks)
            raise DataError(f"{self.name}:{word}: the normal class of {self.name} is one of {able}")
        return index


def checksum(*arrays: NDArray[Any]) -> str:
    """SHA-256 over the shapes, types and bytes of arrays."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.shape}{array.dtype.str}".encode())
        digest.update(np.ascontiguousarray(array).view(np.uint8).reshape(-1).data if array.size else b"")
    return digest.hexdigest()


def as_images(X: NDArray[Any], where: str) -> NDArray[np.uint8]:
    """Images as C-ordered bytes of shape (n, h, w, c).

    Parameters
    ----------
    X : ndarray of shape (n, h, w) or (n, h, w, c)
        Bytes; whole numbers 0 to 255 of another type are converted.
    where : str
        What the error message calls them.
    """
    if X.ndim == 3:
        X = X[..., None]
    if X.ndim != 4 or 0 in X.shape or X.shape[3] not in (1, 3):
        raise DataError(f"{where} holds no images: expected shape (n, h, w) or (n, h, w, 1 or 3), found {X.shape}")
    if X.dtype != np.uint8:
        if X.dtype.kind not in "iufb" or not ((X >= 0) & (X <= 255) & (np.floor(X) == X)).all():
            raise DataError(f"{where} holds pixels of type {X.dtype} that are no whole numbers from 0 to 255")
        X = X.astype(np.uint8)
    return np.ascontiguousarray(X)
