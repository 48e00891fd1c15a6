"""Who is still in a race of configurations after some splits: all that the best one is not shown to beat."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import stats

LEVEL = 0.2
"""One-sided: about so often one that is as good as the best is left behind."""


def still_racing(scores: NDArray[np.float64], ratio: float) -> list[int]:
    """The places of those that go on, in order.

    The leader has the highest mean. Another is out where it is behind by more than luck explains: a paired t test with
    the variance that remains when the means of configurations and of splits are taken out, pooled over all in the race
    (two splits have one degree of freedom for each pair, and no power). Splits of the same rows overlap, so the
    variance of a mean is that of Nadeau and Bengio, see `launch.evaluation.intervals.split_interval`.

    Parameters
    ----------
    scores : ndarray of shape (configurations, splits)
        On the same splits.
    ratio : float
        Validation rows by training rows of a split.
    """
    count, splits = scores.shape
    if count < 2 or splits < 2:
        return list(range(count))
    means = scores.mean(1)
    rest = scores - means[:, None] - scores.mean(0) + scores.mean()
    degrees = (count - 1) * (splits - 1)
    variance = 2 * float((rest**2).sum()) / degrees * (1 / splits + ratio)
    behind = float(stats.t.ppf(1 - LEVEL, degrees)) * math.sqrt(variance)
    return [place for place in range(count) if means.max() - means[place] <= behind]
