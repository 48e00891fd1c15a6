"""What detectors learn of dates: where they stand in a day, a week, a year, and how far apart they are.

The date itself goes on and on: to a detector that knows it, every later row is anomalous.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainables.core.preprocessing.schema import TIME, Schema

DAY, WEEK, YEAR = 1.0, 7.0, 365.2425
HOUR, WEEKDAY, SEASON = "hour", "weekday", "season"
PERIODS = {HOUR: DAY, WEEKDAY: WEEK, SEASON: YEAR}
LEAST_SPAN = {HOUR: 2.0, WEEKDAY: 14.0, SEASON: 360.0}
"""Days that training rows must span for a cycle: one that is not covered is as new as the date itself."""
LARGEST_GAP = 45.0
"""Days of the year without a training row, at most, for the season to be one."""
FEWEST_HOURS = 3
"""Different hours of the day: one or two are a date in another time zone, in summer and in winter."""
MOST_PAIRED = 4
"""Columns of dates that are all compared with each other; of more, each with the next."""


@dataclass(frozen=True)
class DateParts:
    """Columns of numbers that are made of columns of dates.

    Parameters
    ----------
    cycles : tuple of (int, str)
        Column and "hour", "weekday" or "season": sine and cosine of the place in the cycle.
    differences : tuple of (int, int)
        Columns of which the first is subtracted from the second, in days.
    """

    cycles: tuple[tuple[int, str], ...] = ()
    differences: tuple[tuple[int, int], ...] = ()

    @property
    def width(self) -> int:
        """Number of columns."""
        return 2 * len(self.cycles) + len(self.differences)

    def beside(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Coded rows with these columns after their own."""
        if not self.width:
            return rows
        made: list[NDArray[np.float64]] = []
        for j, cycle in self.cycles:
            angle = 2 * np.pi * phase(rows[:, j], cycle)
            made += [np.sin(angle).round(9), np.cos(angle).round(9)]  # the sine of a half turn is no 1e-16
        made += [rows[:, k] - rows[:, j] for j, k in self.differences]
        return np.column_stack([rows, *made])

    def plain(self) -> dict[str, Any]:
        """As plain values."""
        return {"cycles": [list(pair) for pair in self.cycles], "differences": [list(p) for p in self.differences]}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any] | None) -> DateParts:
        """What `plain` was made of; of a model from before there were any, none."""
        if plain is None:
            return cls()
        cycles = tuple((int(j), str(cycle)) for j, cycle in plain["cycles"])
        return cls(cycles, tuple((int(j), int(k)) for j, k in plain["differences"]))


def phase(days: NDArray[np.float64], cycle: str) -> NDArray[np.float64]:
    """Where moments, as days since 1970, stand in a cycle, from 0 to 1: weekdays from Monday, years from January."""
    if cycle == WEEKDAY:  # 1970 began with a Thursday
        return np.asarray((np.floor(days) + 3) % WEEK / WEEK, np.float64)
    period = PERIODS[cycle]
    return np.asarray(days % period / period, np.float64)


def date_parts(rows: NDArray[np.float64], schema: Schema) -> DateParts:
    """The cycles that coded rows (n, d) cover, and the differences between their columns of dates."""
    dates = [j for j, column in enumerate(schema.columns) if column.kind == TIME and column.cycles]
    cycles = tuple((j, cycle) for j in dates for cycle in covered(rows[:, j]))
    pairs = combinations(dates, 2) if len(dates) <= MOST_PAIRED else pairwise(dates)
    return DateParts(cycles, tuple(pairs))


def covered(days: NDArray[np.float64]) -> tuple[str, ...]:
    """The cycles that moments cover."""
    there = days[~np.isnan(days)]
    if not len(there):
        return ()
    long = [cycle for cycle, least in LEAST_SPAN.items() if np.ptp(there) >= least]
    return tuple(cycle for cycle in long if _varied(there, cycle))


def _varied(days: NDArray[np.float64], cycle: str) -> bool:
    if cycle == HOUR:
        return len(np.unique(np.floor(24 * phase(days, HOUR) + 1e-6))) >= FEWEST_HOURS
    if cycle == SEASON:
        places = np.unique(phase(days, SEASON))
        return bool(np.diff([*places, places[0] + 1]).max() * YEAR <= LARGEST_GAP)
    return True
