"""Artificial rows: a null reference beside the real ones, and the user's own rows from a CSV file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from datasets.errors import DataError
from datasets.problems.parts import UNKNOWN, Part
from datasets.tables.csv_table import read_csv


def independent_bits(train: Part, n: int, seed: int, contamination: float = 0.022) -> Part:
    """Rows whose columns are independent, with labels that depend on nothing.

    Bits are drawn with the column means of training; other features from the
    values of their training column. Whatever a detector scores here above
    chance, it scores by luck.

    Parameters
    ----------
    train : Part
        Gives the marginals.
    n : int
        Number of rows, at least 2.
    seed : int
        The same seed gives the same rows.
    contamination : float
        Share of rows labelled as anomalies: exactly round(n * contamination), at
        least one and not all, at random places.

    Raises
    ------
    DataError
        If `n` is under 2 or `contamination` not between 0 and 1.
    """
    if n < 2 or not 0 < contamination < 1:
        raise DataError(f"artificial data needs n >= 2 and 0 < contamination < 1, got n={n}, {contamination=}")
    generator = np.random.default_rng(seed)
    d = train.X.shape[1]
    if train.X.dtype == np.uint8 and train.X.max() <= 1:
        X = (generator.random((n, d), dtype=np.float32) < train.X.mean(axis=0)).astype(np.uint8)
    else:
        X = np.stack([generator.choice(train.X[:, j], n) for j in range(d)], axis=1)
    y = np.zeros(n, np.int8)
    y[generator.permutation(n)[: min(max(1, round(n * contamination)), n - 1)]] = 1
    return Part(X, y)


def from_csv(path: Path, n_features: int) -> Part:
    """The user's own rows, of the same shape as those that a detector was trained on.

    Parameters
    ----------
    path : Path
        Comma-separated numbers, with or without a header. A column named `class`,
        `label` or `y` holds 0/1 labels; without one, all labels are -1 (unknown).
    n_features : int
        How many feature columns there must be.

    Raises
    ------
    DataError
        If the file cannot be read, has another number of features, or holds a
        cell that is not a finite number or a label other than 0 and 1.
    """
    table = read_csv(Path(path))
    width = table.X.shape[1]
    if width != n_features:
        hint = "; name the label column class, label or y" if width == n_features + 1 else ""
        raise DataError(f"{path} has {width} feature columns, expected {n_features}{hint}")
    y = np.full(len(table.X), UNKNOWN, np.int8) if table.y is None else table.y
    return Part(table.X, y)
