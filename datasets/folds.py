"""How development rows are cut into training and validation rows: by class, by group, or by time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets import patterns

LATEST, EARLIEST_CUT = 0.2, 0.6


@dataclass(frozen=True, eq=False)
class Folds:
    """Draws validation rows from development rows.

    Parameters
    ----------
    groups : ndarray of int, optional
        Rows of one group stay together.
    times : ndarray of float, optional
        Validation rows are later than training rows.
    """

    groups: patterns.Rows | None = None
    times: NDArray[np.float64] | None = None

    def masks(self, y: NDArray[np.int8], seed: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which rows train and which validate; under times, those later than validation do neither."""
        if self.times is not None:
            return time_masks(self.times, seed)
        if self.groups is not None:
            valid = patterns.grouped_fifth(self.groups, y, seed)
        else:
            valid = patterns.stratified_fifth(y, seed)
        return ~valid, valid


def time_holdout(times: NDArray[np.float64]) -> tuple[patterns.Rows, patterns.Rows]:
    """Development and test rows: the latest fifth is the test; rows of one moment stay together."""
    cut = _moment(times, 1 - LATEST)
    return np.flatnonzero(times < cut), np.flatnonzero(times >= cut)


def time_masks(times: NDArray[np.float64], seed: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Training rows before a moment that the seed draws, and as validation the fifth of all rows that follows it."""
    share = EARLIEST_CUT + (1 - LATEST - EARLIEST_CUT) * np.random.RandomState(seed).random_sample()
    cut, end = _moment(times, share), _moment(times, min(1.0, share + LATEST))
    last = times >= cut if end <= cut else (times >= cut) & (times < end)
    return times < cut, last


def _moment(times: NDArray[np.float64], share: float) -> Any:
    """The moment before which about this share of the rows were made; after the last one where it is all."""
    if share >= 1.0:
        return np.inf
    cut = np.quantile(times, share, method="higher")
    return cut if cut > times.min() else np.min(times[times > times.min()], initial=np.inf)
