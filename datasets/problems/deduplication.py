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
    return np.sort(np.unique(3 * ids + y, return_index=True)[1])


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
    """A random fifth of each stratum, as a mask; at least one member where a stratum has two, none of stratum -1."""
    chosen = np.zeros(len(strata), bool)
    generator = np.random.RandomState(seed)
    for value in np.unique(strata[strata >= 0]):
        members = np.flatnonzero(strata == value)
        fifth = max(1, (len(members) + 2) // 5) if len(members) > 1 else 0
        chosen[generator.permutation(members)[:fifth]] = True
    return chosen


def grouped_fifth(groups: Rows, y: NDArray[np.int8], seed: int) -> NDArray[np.bool_]:
    """A random fifth of the groups, stratified by which labels they carry, as a mask over rows.

    Where that is far from a fifth of the normal rows or of the anomalies, because a few groups are large, groups are
    taken in random order as long as they fit into a fifth of both; one that is larger than that stays out, and a fifth
    of the others is taken. Of the two ways the one that is nearer to a fifth counts. A group without a label is not
    drawn.
    """
    _, compact = np.unique(groups, return_inverse=True)
    n = int(compact.max()) + 1
    held = np.stack([np.bincount(compact[y == label], minlength=n) for label in (0, 1)])
    drawn = stratified_fifth((held[0] > 0) + 2 * (held[1] > 0) - 1, seed)
    totals = held.sum(1)
    if (np.abs(held[:, drawn].sum(1) - totals / 5) <= np.maximum(1, totals / 20)).all():
        return drawn[compact]
    return min(drawn, _fitted_fifth(held, seed), key=lambda chosen: _unevenness(held, chosen))[compact]


def _fitted_fifth(held: NDArray[np.intp], seed: int) -> NDArray[np.bool_]:
    """Groups, of which `held` has the normal rows and the anomalies, that fill a fifth of both."""
    fits = (held <= np.maximum(1, held.sum(1) / 5)[:, None]).all(0) & held.any(0)
    room = np.maximum(1, (held[:, fits].sum(1) + 2) // 5)
    chosen = np.zeros(held.shape[1], bool)
    order = np.random.RandomState(seed).permutation(held.shape[1])
    for group, normal, anomalous in zip(order.tolist(), *held[:, order].tolist(), strict=True):
        if normal <= room[0] and anomalous <= room[1]:
            chosen[group] = True
            room -= (normal, anomalous)
            if not room.any():
                break
    for counts in held:
        carriers = order[counts[order] > 0]
        if len(carriers) > 1 and not chosen[carriers].any():  # all are too large
            chosen[carriers[np.argmin(counts[carriers])]] = True
    return chosen


def _unevenness(held: NDArray[np.intp], chosen: NDArray[np.bool_]) -> float:
    """How far the chosen groups are from a fifth of the normal rows and of the anomalies; infinite without a class."""
    shares = held[:, chosen].sum(1) / np.maximum(1, held.sum(1))
    return np.inf if (shares[held.any(1)] == 0).any() else float(np.abs(shares - 0.2).max())


def large_groups(groups: Rows, y: NDArray[np.int8], test: Rows, called: str) -> str:
    """What must be said of a split by groups in which a few of them decide; nothing where none does.

    Parameters
    ----------
    groups, y : ndarray of shape (n,)
    test : ndarray of int
        The test rows.
    called : str
        What a group is called.
    """
    said = []
    shares = [float((y[test] == label).sum() / max(1, (y == label).sum())) for label in (0, 1)]
    for label, kind in ((1, "anomalies"), (0, "normal rows")):
        everywhere, tested = (
            np.unique(groups[rows], return_counts=True)[1] for rows in (y == label, test[y[test] == label])
        )
        most, most_tested = int(everywhere.max(initial=0)), int(tested.max(initial=0))
        if most > max(1, everywhere.sum() / 5):
            said.append(f"one {called} holds {most / everywhere.sum():.0%} of the {kind}")
        if most_tested > max(1, tested.sum() / 2):
            said.append(f"one {called} is {most_tested / tested.sum():.0%} of the {kind} of the test")
    far = any(abs(share - 0.2) > max(0.05, 1 / max(1, (y == label).sum())) for label, share in enumerate(shares))
    if far:
        said.insert(
            0, f"the test has {shares[0]:.0%} of the normal rows and {shares[1]:.0%} of the anomalies, not a fifth"
        )
    return f"caution: {', '.join(said)}: figures hang on few {called}s" if said else ""
