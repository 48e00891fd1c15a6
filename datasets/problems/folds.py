"""How development rows are cut into training and validation rows: by class, by group, or by time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.problems import deduplication, late_groups

LATEST, EARLIEST_CUT = 0.2, 0.6
CUTS = (0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5)
"""Shares of the rows that are before the test, where groups stand on both sides of a moment."""
EVERY = slice(None)
TRIES = 100
"""Moments that are drawn until training and validation rows have anomalies and normal rows."""


@dataclass(frozen=True, eq=False)
class Folds:
    """Draws validation rows from development rows.

    Parameters
    ----------
    groups : ndarray of int, optional
        Rows of one group stay together.
    times : ndarray of float, optional
        Validation rows are later than training rows. With groups, no group has rows of both.
    """

    groups: deduplication.Rows | None = None
    times: NDArray[np.float64] | None = None

    def take(self, rows: deduplication.Rows) -> Folds:
        """The same of some of the rows."""
        groups, times = self.groups, self.times
        return Folds(None if groups is None else groups[rows], None if times is None else times[rows])

    def masks(self, y: NDArray[np.int8], seed: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which rows train and which validate; under times some do neither: those later than validation, or, with
        groups, those on the other side of their group. Rows without a label (-1) never validate.
        """
        train, valid = self._drawn(y, seed)
        return train, valid & (y >= 0)

    def _drawn(self, y: NDArray[np.int8], seed: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        if self.times is not None and self.groups is not None:
            return self._by_group_and_time(self.groups, self.times, y, seed)
        if self.times is not None:
            return self._by_time(self.times, y, seed)
        if self.groups is not None:
            valid = deduplication.grouped_fifth(self.groups, y, seed)
        else:
            valid = deduplication.stratified_fifth(y, seed)
        return ~valid, valid

    @staticmethod
    def _by_group_and_time(
        groups: deduplication.Rows, times: NDArray[np.float64], y: NDArray[np.int8], seed: int
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        generator = np.random.RandomState(seed)
        for _ in range(TRIES):
            share = EARLIEST_CUT + (1 - LATEST - EARLIEST_CUT) * generator.random_sample()
            train, valid = late_groups.cut(groups, times, y, [_moment(times[y >= 0], share)], generator)
            if all((y[side] == label).any() for side in (train, valid) for label in np.unique(y[y >= 0])):
                break
        return train, valid

    @staticmethod
    def _by_time(
        times: NDArray[np.float64], y: NDArray[np.int8], seed: int
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        generator = np.random.RandomState(seed)
        for _ in range(TRIES):
            share = EARLIEST_CUT + (1 - LATEST - EARLIEST_CUT) * generator.random_sample()
            train, valid = time_masks(times, share, y >= 0)
            if all((y[side] == label).any() for side in (train, valid) for label in np.unique(y[y >= 0])):
                break
        return train, valid


def time_holdout(
    times: NDArray[np.float64], labelled: NDArray[np.bool_] | slice = EVERY
) -> tuple[deduplication.Rows, deduplication.Rows]:
    """Development and test rows: the latest fifth of the labelled rows is the test; rows of one moment are together."""
    cut = _moment(times[labelled], 1 - LATEST)
    return np.flatnonzero(times < cut), np.flatnonzero(times >= cut)


def group_time_holdout(
    groups: deduplication.Rows, times: NDArray[np.float64], y: NDArray[np.int8]
) -> tuple[deduplication.Rows, deduplication.Rows]:
    """Development and test rows: no group has rows of both, and the test is later; the other rows are left out."""
    moments = [_moment(times[y >= 0], share) for share in CUTS]
    develop, test = late_groups.cut(groups, times, y, moments, np.random.RandomState(deduplication.FIRST_SEED))
    return np.flatnonzero(develop), np.flatnonzero(test)


def time_masks(
    times: NDArray[np.float64], share: float, labelled: NDArray[np.bool_] | slice = EVERY
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """This share of the rows with a label, the earliest, to train on, and as validation the fifth that follows."""
    cut, end = _moment(times[labelled], share), _moment(times[labelled], min(1.0, share + LATEST))
    last = times >= cut if end <= cut else (times >= cut) & (times < end)
    return times < cut, last


def _moment(times: NDArray[np.float64], share: float) -> Any:
    """The moment before which about this share of the rows were made; after the last one where it is all."""
    if share >= 1.0:
        return np.inf
    cut = np.quantile(times, share, method="higher")
    return cut if cut > times.min() else np.min(times[times > times.min()], initial=np.inf)
