"""Draw rows in equal numbers from every k-means cluster of every class."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import DataError
from datasets.images.pixel_filters import chunks

FIT_ROWS = 1000
"""Rows of a class that its centres are fitted to; all its rows are assigned to them."""
FEWEST_PIXELS = 784
"""Larger images are averaged over blocks of pixels, down to about so many per channel."""


def stratified_by_clusters(
    X: NDArray[Any], classes: NDArray[Any], n: int, *, clusters: int = 10, seed: int
) -> NDArray[np.intp]:
    """Rows in equal numbers from every class, and within it from every cluster.

    Where a class or a cluster has too few rows, all of them are drawn, and the rest is
    drawn in equal numbers from the others.

    Parameters
    ----------
    X : ndarray of shape (m, ...), uint8 or float
        Images or rows, 0 to 255; clustered as flat pixels over 255.
    classes : ndarray of shape (m,), int
    n : int
        Rows wanted, 1 to m.
    clusters : int
        Clusters of each class; fewer where a class has fewer rows.
    seed : int
        Of centres and draws.

    Returns
    -------
    ndarray of shape (n,), intp
        Indices, ascending, each once.
    """
    if not 1 <= n <= len(X):
        raise DataError(f"cannot draw {n:,} of {len(X):,} images; ask for 1 to {len(X):,}")
    if clusters < 1:
        raise DataError(f"cannot draw from {clusters} clusters; give 1 or more")
    rng = np.random.default_rng(seed)
    names, sizes = np.unique(classes, return_counts=True)
    drawn = []
    for name, quota in zip(names, equal_shares(n, sizes, rng), strict=True):
        rows = np.flatnonzero(classes == name)
        if quota < len(rows):
            rows = rows[_from_clusters(X, rows, int(quota), clusters, rng)]
        drawn.append(rows)
    return np.sort(np.concatenate(drawn))


def equal_shares(n: int, sizes: NDArray[Any], rng: np.random.Generator) -> NDArray[np.intp]:
    """How many to draw from groups of these sizes: equal numbers, the shortfall of small groups from the others.

    Numbers of groups that have enough differ by 1 at most; which ones get one more is drawn.
    """
    level = np.zeros(len(sizes), np.intp)
    left = n
    while left:
        free = np.flatnonzero(level < sizes)
        step = min(left // len(free), int((sizes - level)[free].min()))
        if step == 0:
            level[rng.permutation(free)[:left]] += 1
            break
        level[free] += step
        left -= step * len(free)
    return level


def _from_clusters(
    X: NDArray[Any], rows: NDArray[np.intp], quota: int, clusters: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Places in `rows`, in equal numbers from clusters of these rows of X."""
    label = _cluster(X, rows, min(clusters, len(rows)), rng)
    _, label, sizes = np.unique(label, return_inverse=True, return_counts=True)
    shares = equal_shares(quota, sizes, rng)
    return np.concatenate([rng.permutation(np.flatnonzero(label == k))[:share] for k, share in enumerate(shares)])


def _cluster(X: NDArray[Any], rows: NDArray[np.intp], clusters: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """The cluster of each of these rows."""
    from sklearn.cluster import MiniBatchKMeans  # takes seconds, and one protocol alone needs it

    fitted = rng.permutation(rows)[:FIT_ROWS]
    means = MiniBatchKMeans(clusters, random_state=int(rng.integers(2**31)), n_init=1, batch_size=512, max_iter=20)
    means.fit(_flat(X[fitted]))
    return np.concatenate([means.predict(_flat(X[rows[part]])) for part in chunks(len(rows))])


def _flat(X: NDArray[Any]) -> NDArray[np.float32]:
    """Pixels over 255 as rows; of large images means of square blocks."""
    X = X.astype(np.float32) / 255
    if X.ndim == 4:
        n, h, w, c = X.shape
        side = int(np.sqrt(h * w / FEWEST_PIXELS))
        if side > 1:
            X = X[:, : h // side * side, : w // side * side]
            X = X.reshape(n, h // side, side, w // side, side, c).mean((2, 4))
    return np.ascontiguousarray(X.reshape(len(X), -1))
