"""Bootstrap: how far the metrics of a detector move when the rows or the seeds change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from launch.evaluation import intervals
from trainables.core import metrics

Interval = dict[str, float]
MetricArrays = dict[str, NDArray[np.float64]]
"""By metric, one value per seed or per resample."""

DIFFERENCES = {"published": "difference", "baseline": "over_baseline"}
"""What tuned minus another arm is called."""
CHUNK_BYTES = 6 * 2**20
"""Size of one block of row weights; a dozen arrays of this size may be alive at once."""


def bootstrap_metrics(
    y: ArrayLike,
    tuned: ArrayLike,
    published: ArrayLike | None = None,
    thresholds_tuned: ArrayLike | None = None,
    thresholds_published: ArrayLike | None = None,
    *,
    baseline: ArrayLike | None = None,
    resamples: int | None = None,
    seed: int = 0,
    clusters: ArrayLike | None = None,
) -> tuple[dict[str, dict[str, Interval]], list[dict[str, dict[str, Interval]]]]:
    """Metrics of two detectors on the same rows, with 95 % intervals over rows and seeds.

    The variance of a mean over seeds has two parts: that of the rows, from resamples that draw n of the n rows with
    replacement, the same rows for every seed of both detectors; and that of the seeds, their variance by their number.
    Of a detector the interval is Wilson's (`intervals.score_interval`; of AUROC with
    `intervals.auroc_variance`); of a difference it is that of Student's t. Both parts are of the difference where
    there are as many seeds on both sides: a seed is the same draw for both. The training rows are fixed. A resample
    that holds one class only is drawn again.

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
    baseline : array-like of shape (j, n) or (j, n, tasks), optional
        Scores of another detector to stand beside the tuned one.
    resamples : int, optional
        Default: 1000, of several tasks 300.
    seed : int, default 0
        Seed of the draws: the same seed and n give the same rows.
    clusters : array-like of shape (n,), optional
        Rows of one cluster, such as equal rows, are drawn together; of a single task.

    Returns
    -------
    mean, tasks : dict, list of dict
        Of the means over tasks of the metrics and resampled metrics, and of each task. `tuned`: per
        metric (`auroc`, `ap`, `f1_report` and, with thresholds,
        `f1_threshold`, `precision_threshold`, `recall_threshold`) a dict of `mean` (on
        the real rows, over seeds), `low` and `high` and
        `sd_seeds` (NaN for a single seed). With `published` also `published`, the
        same, and `difference`, tuned minus published: `mean`, `low`, `high`. With `baseline`
        likewise `baseline` and `over_baseline`.

    Raises
    ------
    ValueError
        If shapes do not fit, labels or scores are not valid (see
        `trainables.core.metrics.ranking`), or `resamples` < 1.
    """
    given = {"tuned": (tuned, thresholds_tuned)}
    if published is not None:
        given["published"] = (published, thresholds_published)
    if baseline is not None:
        given["baseline"] = (baseline, None)
    by_task = {name: metrics.by_task(y, scores) for name, (scores, _) in given.items()}
    cuts = {name: None if cut is None else np.reshape(cut, (np.shape(cut)[0], -1)) for name, (_, cut) in given.items()}
    number = len(by_task["tuned"])
    if resamples is None:
        resamples = 1000 if number == 1 else 300
    drawn = None if clusters is None or number > 1 else np.unique(np.asarray(clusters), return_inverse=True)[1]
    reals, samples, rows, called, alarms = [], [], class_sizes(y, clusters), [], []
    for k in range(number):
        labels = by_task["tuned"][k][0]
        arms = {
            name: _Arm(labels, own[k][1], None if (cut := cuts[name]) is None else cut[:, k], name)
            for name, own in by_task.items()
        }
        reals.append({name: arm.real for name, arm in arms.items()})
        called.append({name: arm.called for name, arm in arms.items()})
        alarms.append(_alarm_variance(arms["tuned"], arms["published"]) if "published" in arms else 0.0)
        samples.append(_samples(labels, arms, resamples, seed, drawn))
    tasks = [_summarised(*own) for own in zip(reals, samples, rows, called, alarms, strict=True)]
    fewest = {name: min(own[name] for own in called) for name in given}
    of_alarms = sum(alarms) / number**2
    return _summarised(_mean_of(reals), _mean_of(samples), min(rows, key=min), fewest, of_alarms, number), tasks


def class_sizes(y: ArrayLike, clusters: ArrayLike | None = None) -> list[tuple[int, int]]:
    """Anomalies and normal rows of each task; of clusters, how many hold any."""
    labels = np.asarray(y)
    if labels.ndim == 1 and clusters is not None:
        drawn = np.asarray(clusters)
        return [(len(np.unique(drawn[labels == 1])), len(np.unique(drawn[labels == 0])))]
    return [(int((own == 1).sum()), int((own == 0).sum())) for own in labels.reshape(len(labels), -1).T]


def _mean_of(tasks: Sequence[dict[str, MetricArrays]]) -> dict[str, MetricArrays]:
    """Means over tasks of the arrays of every arm and metric."""
    return {
        arm: {name: np.mean([task[arm][name] for task in tasks], axis=0) for name in own}
        for arm, own in tasks[0].items()
    }


def _samples(
    y: ArrayLike, arms: dict[str, _Arm], resamples: int, seed: int, clusters: NDArray[np.intp] | None = None
) -> dict[str, MetricArrays]:
    """Resampled metrics of every arm, on the same rows."""
    blocks = [
        {name: arm.resample(weights) for name, arm in arms.items()}
        for weights in row_weights(y, resamples, seed, clusters)
    ]
    return {
        name: {metric: np.concatenate([block[name][metric] for block in blocks]) for metric in arm.real}
        for name, arm in arms.items()
    }


def _summarised(
    real: dict[str, MetricArrays],
    samples: dict[str, MetricArrays],
    rows: tuple[int, int],
    called: dict[str, float],
    of_alarms: float,
    tasks: int = 1,
) -> dict[str, dict[str, Interval]]:
    """Means, intervals and deviations over seeds, from one value per seed and one per resample.

    `rows` are anomalies and normal rows, of several tasks those of the task that has the fewest of either; `called`
    are the rows that each arm calls anomalous, by which precision counts; `of_alarms` see `_alarm_variance`.
    """
    summarised: dict[str, dict[str, Interval]] = {}
    for arm, own in real.items():
        summarised[arm] = {
            name: _of_arm(name, per_seed, samples[arm][name], rows, called[arm], tasks)
            for name, per_seed in own.items()
        }
    for other, difference in DIFFERENCES.items():
        if other in real:
            of_rows: dict[str, tuple[float, float]] = {
                name: (_row_variance(samples["tuned"][name] - samples[other][name], min(rows)), max(1, min(rows) - 1))
                for name in real[other]
                if name in real["tuned"]
            }
            if "precision_threshold" in of_rows:
                few = min(*rows, called["tuned"], called[other])
                sample = samples["tuned"]["precision_threshold"] - samples[other]["precision_threshold"]
                of_rows["precision_threshold"] = max(_row_variance(sample, few), of_alarms), max(1.0, few - 1)
            summarised[difference] = {
                name: _difference(real["tuned"][name], real[other][name], *own) for name, own in of_rows.items()
            }
    return summarised


def _of_arm(
    name: str,
    per_seed: NDArray[np.float64],
    sample: NDArray[np.float64],
    rows: tuple[int, int],
    called: float,
    tasks: int,
) -> Interval:
    mean, few = float(per_seed.mean()), min(rows)
    draws = max(1.0, called) if name == "precision_threshold" else few
    of_rows, degrees, at = _row_variance(sample, few), np.inf, mean
    if name == "auroc" and tasks == 1:
        at, of_rows = intervals.auroc_variance(mean, of_rows, *rows)
        degrees = few - 1 + intervals.PRIOR_ANOMALIES
    low, high = intervals.score_interval(at, *intervals.total((of_rows, degrees), _seed_variance(per_seed)), draws)
    deviation = float(per_seed.std(ddof=1)) if len(per_seed) > 1 else np.nan
    return {"mean": mean, "low": min(low, mean), "high": max(high, mean), "sd_seeds": deviation}


def _difference(
    tuned: NDArray[np.float64], published: NDArray[np.float64], variance: float, degrees: float
) -> Interval:
    """Of these metrics by seed; `variance` and its `degrees` are of the rows."""
    paired = len(tuned) == len(published)
    seeds = [_seed_variance(tuned - published)] if paired else [_seed_variance(tuned), _seed_variance(published)]
    mean = float(tuned.mean() - published.mean())
    half = intervals.half_width(*intervals.total((variance, degrees), *seeds))
    return {"mean": mean, "low": max(-1.0, mean - half), "high": min(1.0, mean + half)}  # no difference is beyond


def _alarm_variance(tuned: _Arm, published: _Arm) -> float:
    """Least variance over rows of the difference of two precisions, where alarms are few; mean over pairs of seeds.

    Three alarms that are all right are all right in every resample, too, so that these know no variance. The precision
    behind it is that of one more right and one more false alarm, as in Agresti and Caffo, "Simple and effective
    confidence intervals for proportions", The American Statistician 54 (2000). Alarms that both raise cancel; where the
    scores differ, one alarm at least counts as raised by one alone.
    """
    found = []
    for k, ((own, own_right), (other, other_right)) in enumerate(zip(tuned.alarms, published.alarms, strict=False)):
        n, m, both = max(1, own.sum()), max(1, other.sum()), (own & other).sum()
        p, q = (own_right + 1) / (n + 2), (other_right + 1) / (m + 2)
        least = 0 if np.array_equal(tuned.scores[k], published.scores[k]) else 1
        alone = max(least, n - both) / n**2 * p * (1 - p) + max(least, m - both) / m**2 * q * (1 - q)
        found.append(alone + both * (1 / n - 1 / m) ** 2 * (p * (1 - p) + q * (1 - q)) / 2)
    return float(np.mean(found)) if found else 0.0


def _row_variance(sample: NDArray[np.float64], few: float) -> float:
    """Variance over resamples; a bootstrap's is short by (few - 1) / few, few being the rarer class."""
    return float(sample.var()) * few / max(1, few - 1)


def _seed_variance(per_seed: NDArray[np.float64]) -> tuple[float, float]:
    """Variance of the mean over seeds, with its degrees of freedom; none is known from a single seed."""
    n = len(per_seed)
    return (float(per_seed.var(ddof=1)) / n, n - 1) if n > 1 else (0.0, np.inf)


def resampled_metrics(
    y: ArrayLike, scores: ArrayLike, *, resamples: int = 1000, seed: int = 0, clusters: ArrayLike | None = None
) -> MetricArrays:
    """Metrics of one detector in each resample of the rows, as `bootstrap_metrics` draws them.

    The same seed and n draw the same rows, so the means over seeds of a detector of what this
    returns are the resampled metrics behind its interval: they can be kept, and the scores
    and labels need not be. `auroc`, `ap` and `f1_report`, one value per resample.
    """
    drawn = None if clusters is None else np.unique(np.asarray(clusters), return_inverse=True)[1]
    arms = {"scores": _Arm(y, np.asarray(scores)[None], None, "scores")}
    return _samples(y, arms, resamples, seed, drawn)["scores"]


def row_weights(
    y: ArrayLike, resamples: int, seed: int, clusters: NDArray[np.intp] | None = None
) -> Iterator[NDArray[np.floating]]:
    """How often each row is drawn in each resample, in blocks of bounded memory.

    Yields whole numbers as float32 or float64 of shape (n, c); each column has both classes and adds up to n. Of
    clusters, numbered from 0, as many are drawn as there are, each with all of its rows.
    """
    if resamples < 1:
        raise ValueError(f"resamples must be at least 1, got {resamples}")
    positive = np.asarray(y) == 1
    n = len(positive)
    dtype = _weight_dtype(n)
    rng = np.random.default_rng(seed)
    units = n if clusters is None else int(clusters.max()) + 1
    per_block = max(1, CHUNK_BYTES // (n * np.dtype(dtype).itemsize))
    for first in range(0, resamples, per_block):
        block = np.empty((min(per_block, resamples - first), n), dtype)
        for counts in block:
            while True:
                kind = np.int32 if units < 2**31 else np.int64
                times = np.bincount(rng.integers(0, units, units, dtype=kind), minlength=units)
                counts[:] = times if clusters is None else times[clusters]
                if counts[positive].any() and counts[~positive].any():
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
        self.scores, right = values, np.asarray(y) == 1
        called = [own >= cut for own, cut in zip(values, cuts, strict=True) if cut is not None]
        self.alarms = [(own, int((own & right).sum())) for own in called]
        """Rows that each seed calls anomalous, and how many of them are."""
        self.called = float(np.mean([own.sum() for own, _ in self.alarms])) if called else 0.0
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
            "f1_report": self._f1_report(weights, positives, normals + positives),
        }
        if self._has_threshold:
            predicted, right = sums[-2], sums[-1]
            by_metric["f1_threshold"] = 2 * right / (predicted + positives)
            by_metric["precision_threshold"] = right / np.maximum(predicted, 1)
            by_metric["recall_threshold"] = right / positives
        return by_metric

    def _f1_report(
        self, weights: NDArray[np.floating], positives: NDArray[np.float64], drawn_rows: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """F1 above the report's percentile; looks at no more of the top than it must."""
        # scores > percentile keeps exactly the scores above the order statistic at the
        # floor of the percentile's position, interpolated or not: at most so many rows.
        above = drawn_rows - 1 - np.floor((drawn_rows - 1) * (metrics.REPORT_PERCENTILE / 100))
        most = int(above.max())
        reach = most + 8 * int(np.sqrt(most)) + 16
        while True:
            ends = self._ends[: np.searchsorted(self._ends, reach) + 1]
            top = self._order[: ends[-1]]
            drawn = np.cumsum(weights[top], axis=0, dtype=np.float64)[ends - 1]
            if len(ends) == len(self._ends) or (drawn[-1] > above).all():
                break
            reach *= 2
        hits = np.cumsum(weights[top] * self._positive[: ends[-1], None], axis=0, dtype=np.float64)[ends - 1]
        kept = (drawn <= above).sum(axis=0)
        column = np.arange(weights.shape[1])
        some = kept > 0
        predicted = np.where(some, drawn[kept - 1, column], 0.0)
        return 2 * np.where(some, hits[kept - 1, column], 0.0) / (predicted + positives)


def _weight_dtype(n: int) -> type[np.floating]:
    """The smallest float that adds up to n whole draws exactly."""
    return np.float32 if n < 2**24 else np.float64
