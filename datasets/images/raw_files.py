"""Read image datasets from the files that their authors publish, where torchvision keeps them."""

from __future__ import annotations

import bz2
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import DataError

Arrays = tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]
"""Training images and labels, test images and labels."""


def torchvision_datasets() -> Any:
    """The module `torchvision.datasets`, which knows the authors' files; a DataError without the extra `images`."""
    try:
        from torchvision import datasets as published  # whoever reads tables alone need not install it
    except ImportError as error:
        raise DataError(
            "these images take torchvision, which is not installed: pip install 'anomaly-platform[images]'"
        ) from error
    return published


def torchvision_files(name: str, root: Path) -> Arrays:
    """The files of torchvision's `MNIST`, `FashionMNIST` (below root/name/raw) or `CIFAR10`.

    It compares the checksums of CIFAR-10's pickled batches before it opens them.
    """
    reader = getattr(torchvision_datasets(), name)
    train, test = (reader(root=root, train=train, download=False) for train in (True, False))
    return np.asarray(train.data), np.asarray(train.targets), np.asarray(test.data), np.asarray(test.targets)


def usps_files(root: Path) -> Arrays:
    """USPS as LIBSVM publishes it: lines of "label 1:value … 256:value", labels 1 to 10, values -1 to 1.

    Label k is the digit k - 1. A value v becomes the byte round(255 (v + 1) / 2), as in the
    prepared file; torchvision, whose files these are, rounds down.
    """
    train, test = (_libsvm(root / name) for name in ("usps.bz2", "usps.t.bz2"))
    return (*train, *test)


def _libsvm(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    with bz2.open(path, "rt") as lines:
        rows = [line.split() for line in lines if line.strip()]
    if not rows or any(len(row) != 257 for row in rows):
        raise DataError(f"{path} is not the USPS file of LIBSVM: a line must have a label and 256 values")
    values = np.array([[value.partition(":")[2] for value in row[1:]] for row in rows], np.float64)
    if not (np.abs(values) <= 1).all():
        raise DataError(f"{path} has values outside -1 to 1, which are no pixels of USPS")
    pixels = np.rint(255 * (values + 1) / 2).astype(np.uint8)
    return pixels.reshape(-1, 16, 16), np.array([int(float(row[0])) for row in rows]) - 1


def svhn_files(root: Path) -> Arrays:
    """SVHN's cropped digits: X of shape (32, 32, 3, n) and y with 10 for the digit 0."""
    train, test = (_mat(root / name) for name in ("train_32x32.mat", "test_32x32.mat"))
    return (*train, *test)


def _mat(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    from scipy.io import loadmat  # for SVHN's own files alone

    content = loadmat(path, variable_names=("X", "y"))
    lacking = [key for key in ("X", "y") if key not in content]
    if lacking:
        raise DataError(f"{path} lacks {' and '.join(lacking)}; SVHN's files of cropped digits have X and y")
    X, y = content["X"], content["y"].astype(np.int64).ravel()
    if X.ndim != 4 or X.shape[:3] != (32, 32, 3):
        raise DataError(f"{path}: X has shape {X.shape}, and SVHN's has (32, 32, 3, n)")
    return np.ascontiguousarray(X.transpose(3, 0, 1, 2)), np.where(y == 10, 0, y)
