"""Of configurations that cannot be told apart, the one that is much faster."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from launch.evaluation.intervals import paired_split_interval
from launch.evaluation.race.finalist import Finalist
from launch.evaluation.summary import ChosenForSpeed

MOST_LOSS, LOSS_OF_LEAD = 0.005, 0.1
"""What the faster one may be behind by: the smaller of this and of this share of what the best has above chance."""
FASTER = 0.5
"""The share of the seconds of a fit that makes it faster."""
LEAST_SAVED = 1.0
"""Seconds of a fit that it must save: shorter ones cost nobody anything, and what is measured there is the machine."""


def fit_seconds(finalist: Finalist, splits: int = 1) -> float:
    """Seconds of a whole fit and its scoring, as the search measured its rounds; the first may hold a start."""
    history = finalist.record.history
    return median(row["fit_seconds"] + row["predict_seconds"] for row in history) * len(history) / splits


def faster(
    best: Finalist, finalists: Sequence[Finalist], chance: float, splits: int = 1
) -> tuple[Finalist, ChosenForSpeed | None]:
    """The fastest of those that cannot be told apart from the best, if it takes half its time or less; else the best.

    Parameters
    ----------
    best : Finalist
        With the highest mean.
    finalists : sequence of Finalist
    chance : float
        What random scores reach.
    splits : int
        On which each trial of the search was trained.
    """
    mean = best.interval()[0]
    most = min(MOST_LOSS, LOSS_OF_LEAD * max(0.0, mean - chance))
    own = fit_seconds(best, splits)
    found: list[tuple[float, int, Finalist, ChosenForSpeed]] = []
    for other in finalists:
        if other is best or other.failure or not other.eligible or other.scores.keys() != best.scores.keys():
            continue
        seconds = fit_seconds(other, splits)
        behind, low, high = paired_split_interval(best.by_split(), other.by_split(), best.valid_by_train)
        if behind <= most and low <= 0 <= high and seconds <= FASTER * own and own - seconds >= LEAST_SAVED:
            said = ChosenForSpeed(best.record.number, behind, low, high, seconds, own)
            found.append((seconds, other.record.number, other, said))
    if not found:
        return best, None
    *_, taken, said = min(found, key=lambda one: one[:2])
    return taken, said
