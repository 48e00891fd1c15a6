"""Splits of groups over time: no group on both sides, and one side later than all of the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

LATE = 0.2
"""The share of the rows that are kept which the late side should have."""
ORDERS = 20
"""Orders in which groups are tried for the late side."""
NO_LOSS = 0.05
"""Where no more rows than this are left out, an earlier moment is not tried."""


@dataclass(frozen=True, eq=False)
class _Cut:
    early: Mask
    late: Mask
    cost: float
    """Share of rows left out, and how far the late side is from a fifth of each class; infinite without a class."""
    lost: float


def cut(
    groups: NDArray[np.intp],
    times: NDArray[np.float64],
    y: NDArray[np.int8],
    moments: Sequence[float],
    generator: np.random.RandomState,
) -> tuple[Mask, Mask]:
    """Which rows are on the early side and which on the late side; the others are left out.

    Rows before a moment are early and the others late. A group that has both is on one side, at random, and its
    rows of the other side are left out.

    Parameters
    ----------
    groups : ndarray of int, shape (n,)
    times : ndarray of float, shape (n,)
    y : ndarray of int8, shape (n,)
    moments : sequence of float
        In order of preference: the first that leaves nearly no row out is taken, else the one with the least cost.
    generator : RandomState

    Returns
    -------
    tuple of ndarray of bool
        Empty of a class where no moment leaves both classes on both sides.
    """
    _, compact = np.unique(groups, return_inverse=True)
    best = None
    for moment in moments:
        found = min((_drawn(compact, times < moment, y, generator) for _ in range(ORDERS)), key=lambda one: one.cost)
        if best is None or found.cost < best.cost:
            best = found
        if found.lost <= NO_LOSS and np.isfinite(found.cost):
            return found.early, found.late
    assert best is not None
    return best.early, best.late


def _drawn(groups: NDArray[np.intp], before: Mask, y: NDArray[np.int8], generator: np.random.RandomState) -> _Cut:
    """Of the groups on both sides of a moment, in a random order, so many are late that a fifth of the rows is."""
    n = int(groups.max()) + 1
    early, late = np.bincount(groups[before], minlength=n), np.bincount(groups[~before], minlength=n)
    both = generator.permutation(np.flatnonzero((early > 0) & (late > 0)))
    lates = late[early == 0].sum() + np.r_[0, np.cumsum(late[both])]
    earlies = early[late == 0].sum() + early[both].sum() - np.r_[0, np.cumsum(early[both])]
    shares = lates / np.maximum(1, lates + earlies)
    is_late = early == 0
    is_late[both[: int(np.argmin(np.abs(shares - LATE)))]] = True
    sides = before & ~is_late[groups], ~before & is_late[groups]
    held = np.array([[int((y[side] == label).sum()) for label in (0, 1) if (y == label).any()] for side in sides])
    lost = 1 - held.sum() / int((y >= 0).sum())
    if not held.all():
        return _Cut(*sides, np.inf, lost)
    uneven = float(np.abs(held[1] / held.sum(0) - LATE).max())
    return _Cut(*sides, lost + uneven, lost)
