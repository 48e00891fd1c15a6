"""Number the distinct rows of a table, and draw splits by row or by pattern.

The permutations are those of scikit-learn's `train_test_split` and
`GroupShuffleSplit` (tests compare them), drawn here with numpy alone because
importing scikit-learn takes longer than everything else that this package does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp]
FIRST_SEED = 42


def pattern_ids(X: NDArray[Any]) -> Rows:
    """The number of each row's pattern: equal rows share one, counted in order of first appearance."""
    if X.dtype == np.uint8 and X.max() <= 1:
        packed = np.packbits(X, axis=1)
    else:  # adding zero makes -0.0 and 0.0 one value
        packed = np.ascontiguousarray(X + X.dtype.type(0)).view(np.uint8).reshape(len(X), -1)
    width = packed.shape[1]
    if width <= 8:
        padded = np.zeros((len(X), 8), np.uint8)
        padded[:, :width] = packed
        keys = padded.view(np.uint64).ravel()
    else:
        keys = packed.view(f"V{width}").ravel()
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.intp)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


def first_rows(ids: Rows, y: NDArray[np.int8]) -> Rows:
    """The rows that stay when duplicates go: the first of each pattern and label, in order."""
    return np.sort(np.unique(2 * ids + y, return_index=True)[1])


def holdout(n: int, outer_split: int) -> tuple[Rows, Rows]:
    """Development and test rows: 80/20, unstratified, as `train_test_split(random_state=42 + outer_split)`."""
    order = np.random.RandomState(FIRST_SEED + outer_split).permutation(n)
    test = int(np.ceil(0.2 * n))
    return order[test:], order[:test]


def group_holdout(groups: Rows, outer_split: int) -> tuple[Rows, Rows]:
    """Development and test rows with no group on both sides, as `GroupShuffleSplit(test_size=0.2)`."""
    _, compact = np.unique(groups, return_inverse=True)
    _, test_groups = holdout(int(compact.max()) + 1, outer_split)
    in_test = np.isin(compact, test_groups)
    return np.flatnonzero(~in_test), np.flatnonzero(in_test)


def stratified_fifth(strata: NDArray[Any], seed: int) -> NDArray[np.bool_]:
    """A random fifth of each stratum, as a mask; at least one member where a stratum has two."""
    chosen = np.zeros(len(strata), bool)
    generator = np.random.RandomState(seed)
    for value in np.unique(strata):
        members = np.flatnonzero(strata == value)
        fifth = max(1, (len(members) + 2) // 5) if len(members) > 1 else 0
        chosen[generator.permutation(members)[:fifth]] = True
    return chosen


def grouped_fifth(groups: Rows, y: NDArray[np.int8], seed: int) -> NDArray[np.bool_]:
    """A random fifth of the groups, stratified by which labels they carry, as a mask over rows."""
    _, compact = np.unique(groups, return_inverse=True)
    n = int(compact.max()) + 1
    normal = np.bincount(compact[y == 0], minlength=n) > 0
    anomalous = np.bincount(compact[y == 1], minlength=n) > 0
    return stratified_fifth(normal + 2 * anomalous, seed)[compact]
