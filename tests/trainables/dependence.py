"""Rows whose anomalies show in no column alone: only what ties the columns together gives them away."""

from __future__ import annotations

import numpy as np


def tied_columns(n: int = 600, width: int = 6, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Standardised training rows, and rows to score with their labels.

    Normal rows are noisy copies of one hidden value; anomalies are drawn column by column from
    the same distributions, so their length and their marginals are those of normal rows.
    """
    rng = np.random.default_rng(seed)

    def normal(rows: int) -> np.ndarray:
        signs = np.where(np.arange(width) % 2, -1.0, 1.0)
        return rng.normal(size=(rows, 1)) * signs + 0.2 * rng.normal(size=(rows, width))

    X, inliers = normal(n), normal(200)
    outliers = np.stack([rng.permutation(column) for column in normal(200).T], axis=1)
    scored = np.r_[inliers, outliers]
    mean, std = X.mean(0), X.std(0)
    return ((X - mean) / std).astype(np.float32), ((scored - mean) / std).astype(np.float32), np.repeat([0, 1], 200)
