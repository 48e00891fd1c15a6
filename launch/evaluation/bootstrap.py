"""Intervals: how far the metrics of a detector move when the rows or the seeds change."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse, stats

from trainables.core import metrics

Interval = dict[str, float]
MetricArrays = dict[str, NDArray[np.float64]]
"""By metric, one value per seed or per resample."""

LEVEL = 0.95
"""Confidence level of every interval."""
CHUNK_BYTES = 6 * 2**20
"""Size of one block of row weights; a dozen arrays of this size may be alive at once."""


def bootstrap_metrics(
    y: ArrayLike,
    tuned: ArrayLike,
    published: ArrayLike | None = None,
    thresholds_tuned: ArrayLike | None = None,
    thresholds_published: ArrayLike | None = None,
    *,
    resamples: int | None = None,
    seed: int = 0,
) -> tuple[dict[str, dict[str, Interval]], list[dict[str, dict[str, Interval]]]]:
    """Metrics of two detectors on the same rows, with paired 95 % bootstrap intervals over rows.

    Each resample draws n of the n rows with replacement and takes the same rows for
    every seed of both detectors; the metric of a resample is the mean over seeds. So
    the interval says how much the rows matter; how much the seeds matter is
    `sd_seeds`. A resample that holds one class only is drawn again.

    Parameters
    ----------
    y : array-like of shape (n,) or (n, tasks)
        1 for anomalies, 0 for the rest, -1 for rows that a task does not have; a single task
        has all rows.
    tuned : array-like of shape (k, n) or (k, n, tasks)
        Scores of the tuned detector, one line per seed. Higher is more anomalous.
    published : array-like of shape (m, n) or (m, n, tasks), optional
        Scores of the published configuration.
    thresholds_tuned, thresholds_published : array-like of shape (k, tasks) and (m, tasks), optional
        Thresholds chosen on other rows, held fixed in every resample; of a single task also without
        the last axis. The threshold of `f1_report` is taken from the scores of each resample.
    resamples : int, optional
        Default: 1000, of several tasks 300.
    seed : int, default 0
        Seed of the draws: the same seed and n give the same rows.

    Returns
    -------
    mean, tasks : dict, list of dict
        Of the means over tasks of the metrics and resampled metrics, and of each task. `tuned`: per
        metric (`auroc`, `ap`, `f1_report` and, with thresholds,
        `f1_threshold`, `precision_threshold`, `recall_threshold`) a dict of `mean` (on
        the real rows, over seeds), `low` and `high` (percentile interval) and
        `sd_seeds` (NaN for a single seed). With `published` also `published`, the
        same, and `difference`, tuned minus published: `mean`, `low`, `high`.

    Raises
    ------
    ValueError
        If shapes do not fit, labels or scores are not valid (see
        `trainables.core.metrics.ranking`), or `resamples` < 1.
    """
    given = {"tuned": (tuned, thresholds_tuned)}
    if published is not None:
        given["published"] = (published, thresholds_published)
    by_task = {name: metrics.by_task(y, scores) for name, (scores, _) in given.items()}
    cuts = {name: None if cut is None else np.reshape(cut, (np.shape(cut)[0], -1)) for name, (_, cut) in given.items()}
    number = len(by_task["tuned"])
    if resamples is None:
        resamples = 1000 if number == 1 else 300
    reals, samples = [], []
    for k in range(number):
        labels = by_task["tuned"][k][0]
        arms = {
            name: _Arm(labels, own[k][1], None if (cut := cuts[name]) is None else cut[:, k], name)
            for name, own in by_task.items()
        }
        reals.append({name: arm.real for name, arm in arms.items()})
        samples.append(_samples(labels, arms, resamples, seed))
    tasks = [_summarised(real, sample) for real, sample in zip(reals, samples, strict=True)]
    return _summarised(_mean_of(reals), _mean_of(samples)), tasks


def _mean_of(tasks: Sequence[dict[str, MetricArrays]]) -> dict[str, MetricArrays]:
    """Means over tasks of the arrays of every arm and metric."""
    return {
        arm: {name: np.mean([task[arm][name] for task in tasks], axis=0) for name in own}
        for arm, own in tasks[0].items()
    }


def _samples(y: ArrayLike, arms: dict[str, _Arm], resamples: int, seed: int) -> dict[str, MetricArrays]:
    """Resampled metrics of every arm, on the same rows."""
    blocks = [
        {name: arm.resample(weights) for name, arm in arms.items()} for weights in row_weights(y, resamples, seed)
    ]
    return {
        name: {metric: np.concatenate([block[name][metric] for block in blocks]) for metric in arm.real}
        for name, arm in arms.items()
    }


def _summarised(real: dict[str, MetricArrays], samples: dict[str, MetricArrays]) -> dict[str, dict[str, Interval]]:
    """Means, intervals and deviations over seeds, from one value per seed and one per resample."""

    def summary(mean: float, sample: NDArray[np.float64]) -> Interval:
        low, high = np.percentile(sample, (50 * (1 - LEVEL), 50 * (1 + LEVEL)))
        return {"mean": float(mean), "low": float(low), "high": float(high)}

    intervals: dict[str, dict[str, Interval]] = {}
    for arm, own in real.items():
        intervals[arm] = {
            name: summary(per_seed.mean(), samples[arm][name])
            | {"sd_seeds": float(per_seed.std(ddof=1)) if len(per_seed) > 1 else np.nan}
            for name, per_seed in own.items()
        }
    if "published" in real:
        tuned, published = samples["tuned"], samples["published"]
        intervals["difference"] = {
            name: summary(
                intervals["tuned"][name]["mean"] - intervals["published"][name]["mean"], tuned[name] - published[name]
            )
            for name in tuned
            if name in published
        }
    return intervals


def resampled_metrics(y: ArrayLike, scores: ArrayLike, *, resamples: int = 1000, seed: int = 0) -> MetricArrays:
    """Metrics of one detector in each resample of the rows, as `bootstrap_metrics` draws them.

    The same seed and n draw the same rows, so the means over seeds of a detector of what this
    returns are the resampled metrics behind its interval: they can be kept, and the scores
    and labels need not be. `auroc`, `ap` and `f1_report`, one value per resample.
    """
    return _samples(y, {"scores": _Arm(y, np.asarray(scores)[None], None, "scores")}, resamples, seed)["scores"]


def mean_interval(values: Sequence[float] | NDArray[np.floating]) -> tuple[float, float, float]:
    """Mean of a few values, such as one metric per seed, with its Student t interval; NaN around a single value.

    Raises
    ------
    ValueError
        If there is no value, or one is NaN or infinite.
    """
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 1 or len(x) == 0 or not np.isfinite(x).all():
        raise ValueError(f"expected a list of finite values, got {values!r}")
    mean = float(x.mean())
    return t_interval(mean, float(x.std(ddof=1)), len(x)) if len(x) > 1 else (mean, np.nan, np.nan)


def t_interval(mean: float, deviation: float, n: int) -> tuple[float, float, float]:
    """Student t interval of a mean of n values with this sample deviation: mean, low, high."""
    half = float(stats.t.ppf((1 + LEVEL) / 2, n - 1)) * deviation / math.sqrt(n)
    return mean, mean - half, mean + half


def row_weights(y: ArrayLike, resamples: int, seed: int) -> Iterator[NDArray[np.floating]]:
    """How often each row is drawn in each resample, in blocks of bounded memory.

    Yields whole numbers as float32 or float64 of shape (n, c); each column adds up to n and has both classes.
    """
    if resamples < 1:
        raise ValueError(f"resamples must be at least 1, got {resamples}")
    positive = np.asarray(y) == 1
    n = len(positive)
    dtype = _weight_dtype(n)
    rng = np.random.default_rng(seed)
    per_block = max(1, CHUNK_BYTES // (n * np.dtype(dtype).itemsize))
    for first in range(0, resamples, per_block):
        block = np.empty((min(per_block, resamples - first), n), dtype)
        for counts in block:
            while True:
                counts[:] = np.bincount(rng.integers(0, n, n, dtype=np.int32 if n < 2**31 else np.int64), minlength=n)
                if 0 < counts[positive].sum() < n:
                    break
        yield np.ascontiguousarray(block.T)


class _Arm:
    """One detector: the scores of its seeds and their metrics."""

    def __init__(self, y: ArrayLike, scores: ArrayLike, thresholds: ArrayLike | None, name: str):
        values = np.asarray(scores, dtype=np.float64)
        if values.ndim != 2 or len(values) == 0:
            raise ValueError(f"{name}: expected scores of shape (seeds, rows), got {values.shape}")
        cuts: list[float | None] = [None] * len(values)
        if thresholds is not None:
            given = np.asarray(thresholds, dtype=np.float64)
            if given.shape != (len(values),):
                raise ValueError(f"{name}: {len(values)} seeds but thresholds of shape {given.shape}")
            cuts = [float(cut) for cut in given]
        per_seed = [metrics.figures(y, own, cut) for own, cut in zip(values, cuts, strict=True)]
        self.real = {name: np.array([row[name] for row in per_seed]) for name in per_seed[0]}
        self._ranked = [_Ranked(y, own, cut) for own, cut in zip(values, cuts, strict=True)]

    def resample(self, weights: NDArray[np.floating]) -> MetricArrays:
        """Metrics of each column of weights, each of shape (c,), averaged over seeds."""
        per_seed = [ranked.resample(weights) for ranked in self._ranked]
        return {name: np.mean([row[name] for row in per_seed], axis=0) for name in per_seed[0]}


class _Ranked:
    """One score vector, sorted once, from which the metrics of any row weights follow.

    AUROC and AP need the weight of anomalies and of normal rows at the scores that
    anomalies have, and of everything in between only the sum. With few anomalies that
    is a few hundred sums instead of n, and one sparse product gives them for all
    resamples.
    """

    def __init__(self, y: ArrayLike, scores: ArrayLike, threshold: float | None):
        labels, values = metrics.check(y, scores)
        n = len(values)
        self._order = np.argsort(-values)
        descending = values[self._order]
        self._positive = labels[self._order]
        last = np.append(descending[1:] != descending[:-1], True)
        self._ends = np.flatnonzero(last) + 1
        step = np.cumsum(last) - last
        holds = np.zeros(len(self._ends), bool)
        holds[step[self._positive]] = True
        # Row 2i: normal rows after the (i-1)th score that an anomaly has, before the ith.
        # Row 2i + 1: normal rows at the ith. Row base + i: anomalies at the ith.
        before = np.cumsum(holds) - holds
        self._steps = int(holds.sum())
        base = 2 * self._steps + 1
        target = np.where(self._positive, base + before[step], 2 * before[step] + holds[step])
        rows, columns, height = [target], [self._order], base + self._steps
        if threshold is not None:
            for extra in (values >= threshold, (values >= threshold) & labels):
                columns.append(np.flatnonzero(extra))
                rows.append(np.full(len(columns[-1]), height))
                height += 1
        self._has_threshold = threshold is not None
        where = (np.concatenate(rows), np.concatenate(columns))
        self._sums = sparse.csr_array((np.ones(len(where[0]), _weight_dtype(n)), where), shape=(height, n))
        # scores > percentile keeps exactly the scores above the order statistic at the
        # floor of the percentile's position, interpolated or not: at most `_above` rows.
        self._above = n - 1 - int(np.floor((n - 1) * (metrics.REPORT_PERCENTILE / 100)))

    def resample(self, weights: NDArray[np.floating]) -> MetricArrays:
        """Metrics of each column of weights (n, c), each of shape (c,)."""
        sums = np.asarray(self._sums @ weights, dtype=np.float64)
        base = 2 * self._steps + 1
        normals = sums[:base].sum(axis=0)
        hits = sums[base : base + self._steps]
        tied = sums[1:base:2]
        fps = np.cumsum(sums[: base - 1 : 2] + tied, axis=0)
        tps = np.cumsum(hits, axis=0)
        positives = tps[-1]
        precision = tps / np.maximum(tps + fps, 1)
        by_metric = {
            "auroc": np.einsum("ij,ij->j", hits, normals - fps + tied / 2) / (positives * normals),
            "ap": np.einsum("ij,ij->j", hits, precision) / positives,
            "f1_report": self._f1_report(weights, positives),
        }
        if self._has_threshold:
            predicted, right = sums[-2], sums[-1]
            by_metric["f1_threshold"] = 2 * right / (predicted + positives)
            by_metric["precision_threshold"] = right / np.maximum(predicted, 1)
            by_metric["recall_threshold"] = right / positives
        return by_metric

    def _f1_report(self, weights: NDArray[np.floating], positives: NDArray[np.float64]) -> NDArray[np.float64]:
        """F1 above the report's percentile; looks at no more of the top than it must."""
        reach = self._above + 8 * int(np.sqrt(self._above)) + 16
        while True:
            ends = self._ends[: np.searchsorted(self._ends, reach) + 1]
            top = self._order[: ends[-1]]
            drawn = np.cumsum(weights[top], axis=0, dtype=np.float64)[ends - 1]
            if len(ends) == len(self._ends) or (drawn[-1] > self._above).all():
                break
            reach *= 2
        hits = np.cumsum(weights[top] * self._positive[: ends[-1], None], axis=0, dtype=np.float64)[ends - 1]
        kept = (drawn <= self._above).sum(axis=0)
        column = np.arange(weights.shape[1])
        some = kept > 0
        predicted = np.where(some, drawn[kept - 1, column], 0.0)
        return 2 * np.where(some, hits[kept - 1, column], 0.0) / (predicted + positives)


def _weight_dtype(n: int) -> type[np.floating]:
    """The smallest float that adds up to n whole draws exactly."""
    return np.float32 if n < 2**24 else np.float64
