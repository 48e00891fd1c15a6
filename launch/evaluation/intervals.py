"""Intervals from a mean and its variance: over values, over splits that overlap, over rows and seeds together.

What `analysis/benchmarks/figures/coverage.py` measures: how often 95 % intervals hold the truth.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

LEVEL = 0.95
"""Confidence level of every interval."""
FEWEST = 10
"""With fewer test anomalies than this no verdict is given."""
TEST_BY_DEVELOPMENT = 0.25
"""Test rows by development rows of an outer split, 80/20."""
PRIOR_ANOMALIES = 5
"""Anomalies (of the rarer class, rows) that Hanley and McNeil's variance of AUROC counts for beside those that are
there; chosen by coverage."""


def mean_interval(values: Sequence[float] | NDArray[np.floating]) -> tuple[float, float, float]:
    """Mean of a few values, such as one metric per seed, with its Student t interval; NaN around a single value.

    Raises
    ------
    ValueError
        If there is no value, or one is NaN or infinite.
    """
    x = _finite(values)
    mean = float(x.mean())
    return t_interval(mean, float(x.std(ddof=1)), len(x)) if len(x) > 1 else (mean, np.nan, np.nan)


def t_interval(mean: float, deviation: float, n: int) -> tuple[float, float, float]:
    """Student t interval of a mean of n values with this sample deviation: mean, low, high."""
    half = half_width(deviation**2 / n, n - 1)
    return mean, mean - half, mean + half


def split_interval(
    values: Sequence[float] | NDArray[np.floating], ratio: float, anomalies: float
) -> tuple[float, float, float]:
    """Mean of a metric over splits of the same rows, with its interval; NaN around a single value.

    Splits of the same rows overlap, so their metrics are not independent and Student's t over J of them is too
    narrow. Nadeau and Bengio, "Inference for the generalization error", Machine Learning 52 (2003): the variance of
    the mean is s² (1/J + n_valid / n_train). Cut at 0 and 1, which no metric passes. Where every split has 0 or
    every one 1, which is no certainty, it is Wilson's of the anomalies.

    Parameters
    ----------
    values : sequence of float
        One metric per split, in [0, 1].
    ratio : float
        Validation rows by training rows of a split.
    anomalies : float
        Of one split.
    """
    x = _finite(values)
    mean = float(x.mean())
    if len(x) < 2:
        return mean, np.nan, np.nan
    if mean in (0.0, 1.0):
        return mean, *score_interval(mean, 0.0, math.inf, anomalies)
    half = half_width(float(x.var(ddof=1)) * (1 / len(x) + ratio), len(x) - 1)
    return mean, max(0.0, mean - half), min(1.0, mean + half)


def paired_split_interval(
    values: Sequence[float] | NDArray[np.floating], others: Sequence[float] | NDArray[np.floating], ratio: float
) -> tuple[float, float, float]:
    """Mean of what one metric is above another on the same splits, with its interval, as `split_interval`."""
    x = _finite(np.asarray(values, dtype=np.float64) - np.asarray(others, dtype=np.float64))
    mean = float(x.mean())
    if len(x) < 2:
        return mean, np.nan, np.nan
    half = half_width(float(x.var(ddof=1)) * (1 / len(x) + ratio), len(x) - 1)
    return mean, max(-1.0, mean - half), min(1.0, mean + half)


def runs_interval(
    values: Sequence[float] | NDArray[np.floating], of_rows: float, splits: int, anomalies: float
) -> tuple[float, float, float]:
    """Mean of a metric over fits or searches of a dataset, with its interval over seeds and test rows.

    On the same test rows the variance is that of the values by their number, and that of the rows, which no
    number of seeds makes smaller. Several outer splits hold other rows, and overlap: see `split_interval`.

    Parameters
    ----------
    values : sequence of float
        One metric per run, in [0, 1].
    of_rows : float
        Variance of their mean when test rows are drawn again; 0 where it is not known.
    splits : int
        Outer splits among the runs.
    anomalies : float
        Test anomalies; they matter where the mean is 0 or 1, see `score_interval`.
    """
    x = _finite(values)
    if splits > 1:
        return split_interval(x, TEST_BY_DEVELOPMENT, anomalies)
    mean = float(x.mean())
    of_seeds = (float(x.var(ddof=1)) / len(x), len(x) - 1) if len(x) > 1 else (0.0, math.inf)
    low, high = score_interval(mean, *total((of_rows, math.inf), of_seeds), anomalies)
    return mean, min(low, mean), max(high, mean)


def variance_of(low: NDArray[np.float64], high: NDArray[np.float64]) -> float:
    """Mean variance that intervals stand for, of those that are there; 0 where there is none."""
    there = np.isfinite(low) & np.isfinite(high)
    return float(np.mean(((high - low)[there] / 2 / half_width(1.0, math.inf)) ** 2)) if there.any() else 0.0


def row_variance(metric: str, mean: float, variance: float, anomalies: int, normal: int) -> float:
    """Variance of a mean over runs when test rows are drawn again, from that over the resamples of a bootstrap.

    A bootstrap's is short by one in the rarer class; of AUROC it is that of `auroc_variance`.
    """
    few = min(anomalies, normal)
    whole = variance * few / max(1, few - 1)
    return auroc_variance(mean, whole, anomalies, normal)[1] if metric == "auroc" else whole


def half_width(variance: float, degrees: float) -> float:
    """Half the width of an interval of a mean of this variance, which is known to so many degrees of freedom."""
    return float(stats.t.ppf((1 + LEVEL) / 2, degrees)) * math.sqrt(variance)


def total(*parts: tuple[float, float]) -> tuple[float, float]:
    """Sum of independent variances, and its degrees of freedom by Welch and Satterthwaite, from those of the parts."""
    variance = sum(value for value, _ in parts)
    doubt = sum(value**2 / degrees for value, degrees in parts)
    return variance, variance**2 / doubt if doubt else math.inf


def score_interval(mean: float, variance: float, degrees: float, n: float) -> tuple[float, float]:
    """Ends of the interval of a share, such as AP, recall or AUROC: Wilson's score interval, so within [0, 1].

    Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), with mean
    (1 - mean) / variance in place of the number of draws. Near 1 it covers as well as the interval on the logit scale
    of Boyd, Eng and Page, "Area under the precision-recall curve", ECML PKDD (2013), and is narrower. At 0 and 1,
    where resamples say nothing, the draws are n, the anomalies.
    """
    share = mean * (1 - mean)
    if share and not variance:
        return mean, mean
    draws = share / variance if share else n
    q = half_width(1.0, degrees)
    middle, half = mean + q**2 / (2 * draws), q * math.sqrt(share / draws + (q / (2 * draws)) ** 2)
    return (middle - half) / (1 + q**2 / draws), (middle + half) / (1 + q**2 / draws)


def auroc_variance(auroc: float, variance: float, anomalies: int, normal: int) -> tuple[float, float]:
    """AUROC and its variance over rows, steadied where anomalies are few.

    `variance` is nonparametric: that of DeLong, DeLong and Clarke-Pearson (1988), or the bootstrap's, which is
    the same but for the draws. Of few anomalies it is 0 as often as they happen to be ranked first, so Hanley and
    McNeil's (1982), which follows from AUROC alone, counts for `PRIOR_ANOMALIES`. AUROC is taken half a pair of rows
    away from 0 and 1. Few normal rows count as few anomalies do, AUROC being the same when classes and signs change.
    """
    pairs, few, many = anomalies * normal, min(anomalies, normal), max(anomalies, normal)
    a = (auroc * pairs + 0.5) / (pairs + 1)
    hanley = a * (1 - a) + (few - 1) * (a / (2 - a) - a**2) + (many - 1) * (2 * a**2 / (1 + a) - a**2)
    weight = few - 1
    return a, (weight * variance + PRIOR_ANOMALIES * hanley / pairs) / (weight + PRIOR_ANOMALIES)


def holm(p: Sequence[float] | NDArray[np.floating]) -> NDArray[np.float64]:
    """Holm's step-down correction: the smallest p times m, the next times m - 1, rising, at most 1.

    Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979).
    """
    given = np.asarray(p, dtype=np.float64)
    order = np.argsort(given, kind="stable")
    stepped = np.minimum(1.0, np.maximum.accumulate(given[order] * np.arange(len(given), 0, -1)))
    return stepped[np.argsort(order)]


def _finite(values: Sequence[float] | NDArray[np.floating]) -> NDArray[np.float64]:
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 1 or len(x) == 0 or not np.isfinite(x).all():
        raise ValueError(f"expected a list of finite values, got {values!r}")
    return x
