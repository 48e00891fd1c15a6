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
    """
    X, y, names = read_csv(path)
    if len(names) != n_features:
        hint = "; name the label column class, label or y" if len(names) == n_features + 1 else ""
        raise DataError(f"{path} has {len(names)} feature columns, expected {n_features}{hint}")
    return Part(X, np.full(len(X), UNKNOWN, np.int8) if y is None else y)
