"""How often do the 95 % intervals that are printed hold the truth? Simulated data, where the truth is known.

Rows are normal in three dimensions, anomalies are shifted, and a detector scores along a direction that its seed
disturbs: AUROC, AP and the others of any direction follow from its shift alone. Two detectors with five seeds score the
same test rows. `before` are intervals as they were up to version 0.5: percentiles of the mean over seeds over resampled
rows, and Student's t over confirmation splits. Aim: .93 to .97.

    python analysis/benchmarks/figures/coverage.py
    python analysis/benchmarks/figures/coverage.py --sets 50 --no-before  # a quick look
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[3])

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from analysis.benchmarks.checks import Check, report
from analysis.benchmarks.common import machine, parser
from datasets.problems.deduplication import stratified_fifth
from launch.evaluation.bootstrap import bootstrap_metrics, resampled_metrics
from launch.evaluation.intervals import mean_interval, split_interval
from trainables.core import metrics

SIZES = ((5, 300), (10, 300), (30, 300), (150, 1500))
"""Anomalies and rows."""
SEPARATIONS = (1.2, 2.6)
"""Shifts of anomalies, in deviations, in turns: AUROC about .78 and .96."""
SEEDS, CUT, PERCENTILES = 5, 1.8, (2.5, 97.5)
DISTURBED = 0.25
"""How far a seed turns the direction of a detector."""
SHOWN = ("auroc", "ap", "f1_report", "f1_threshold", "precision_threshold", "recall_threshold")


def true_metrics(shift: NDArray[np.float64], prevalence: float) -> dict[str, NDArray[np.float64]]:
    """Metrics of scores that are N(0, 1) for normal rows and N(shift, 1) for anomalies; `shift` of any shape (k,)."""
    grid = np.linspace(-8, 12, 2001)[:, None]
    found, alarms = prevalence * stats.norm.sf(grid - shift), (1 - prevalence) * stats.norm.sf(grid)
    recall, flagged = found / prevalence, found + alarms
    precision = found / flagged
    share = 1 - metrics.REPORT_PERCENTILE / 100
    top = (flagged > share).sum(axis=0) - 1
    columns = np.arange(shift.shape[0])
    cut = int(np.searchsorted(grid[:, 0], CUT))
    return {
        "auroc": stats.norm.cdf(shift / np.sqrt(2)),
        "ap": -np.trapezoid(precision, recall, axis=0),
        "f1_report": 2 * found[top, columns] / (share + prevalence),
        "f1_threshold": 2 * found[cut] / (flagged[cut] + prevalence),
        "precision_threshold": precision[cut],
        "recall_threshold": recall[cut],
    }


def directions(first: NDArray[np.float64], number: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Unit vectors around a direction, one for each seed."""
    turned = first + DISTURBED * rng.normal(size=(number, len(first)))
    return turned / np.linalg.norm(turned, axis=1, keepdims=True)


TUNED, PUBLISHED = np.array([1.0, 0.0, 0.0]), np.array([0.95, np.sqrt(1 - 0.95**2), 0.0])
"""Anomalies are shifted along the first axis."""


def truth(separation: float, prevalence: float) -> dict[str, dict[str, float]]:
    """Metrics of both detectors, means over seeds, and their difference."""
    rng = np.random.default_rng(0)
    arms = {}
    for name, first in (("tuned", TUNED), ("published", PUBLISHED)):
        shifts = separation * directions(first, 1000, rng)[:, 0]
        arms[name] = {metric: float(own.mean()) for metric, own in true_metrics(shifts, prevalence).items()}
    gain = {metric: arms["tuned"][metric] - arms["published"][metric] for metric in SHOWN}
    return arms | {"difference": gain}


def one_set(
    separation: float, anomalies: int, rows: int, rng: np.random.Generator, copies: float = 0
) -> tuple[NDArray[np.int8], dict[str, NDArray[np.float64]], NDArray[np.intp]]:
    """Labels, scores of both detectors (seeds, rows) and pattern of each row; `copies` is the mean number of further
    equal rows.
    """
    y = np.zeros(rows, np.int8)
    y[:anomalies] = 1
    pattern = np.repeat(np.arange(rows), 1 + (rng.geometric(1 / (1 + copies), rows) - 1 if copies else 0))
    X = rng.normal(size=(rows, 3))
    X[:, 0] += separation * y
    arms = {
        name: directions(first, SEEDS, rng) @ X[pattern].T
        for name, first in (("tuned", TUNED), ("published", PUBLISHED))
    }
    return y[pattern], arms, pattern


def of_tests(args: Any, anomalies: int, rows: int, copies: float = 0) -> Iterator[tuple[str, str, float, float | None]]:
    """Of each arm and metric the coverage now and before, over test sets of one size."""
    rng = np.random.default_rng(args.seed + anomalies)
    truths = [truth(separation, anomalies / rows) for separation in SEPARATIONS]
    cut, held = np.full(SEEDS, CUT), dict[tuple[str, str], list[tuple[bool, bool | None]]]()
    for number in range(args.sets):
        place = number % len(SEPARATIONS)
        y, arms, pattern = one_set(SEPARATIONS[place], anomalies, rows, rng, copies)
        shared: dict[str, Any] = {"resamples": args.resamples, "seed": int(rng.integers(2**31))}
        clusters = pattern if copies else None
        now = bootstrap_metrics(y, arms["tuned"], arms["published"], cut, cut, **shared, clusters=clusters)[0]
        then = _percentiles(y, arms, shared) if args.before else {}
        for arm in ("tuned", "difference"):
            for metric, ends in now[arm].items():
                true, old = truths[place][arm][metric], then.get((arm, metric))
                pair = ends["low"] <= true <= ends["high"], None if old is None else bool(old[0] <= true <= old[1])
                held.setdefault((arm, metric), []).append(pair)
    for (arm, metric), pairs in held.items():
        news, olds = zip(*pairs, strict=True)
        yield arm, metric, float(np.mean(news)), None if olds[0] is None else float(np.mean(olds))


def _percentiles(y: Any, arms: Any, shared: Any) -> dict[tuple[str, str], Any]:
    samples = {arm: [resampled_metrics(y, one, **shared) for one in own] for arm, own in arms.items()}
    means = {arm: {m: np.mean([one[m] for one in own], axis=0) for m in own[0]} for arm, own in samples.items()}
    means["difference"] = {m: means["tuned"][m] - means["published"][m] for m in means["tuned"]}
    return {(arm, m): np.percentile(own[m], PERCENTILES) for arm, own in means.items() for m in own}


def of_splits(args: Any, rows: int = 1500, anomalies: int = 75, splits: int = 5) -> list[tuple[str, float, float]]:
    """Coverage of the mean over overlapping splits, now and before; its truth is the mean over all sets."""
    rng = np.random.default_rng(args.seed)
    per_set: dict[str, list[list[float]]] = {"auroc": [], "ap": []}
    ratio = 0.25
    for number in range(args.sets):
        y = np.zeros(rows, np.int8)
        y[:anomalies] = 1
        X = rng.normal(size=(rows, 5)) + 0.6 * y[:, None]
        found = []
        for split in range(splits):
            valid = stratified_fifth(y, 1000 * number + split)
            ratio = valid.sum() / (~valid).sum()
            model = LinearDiscriminantAnalysis().fit(X[~valid], y[~valid])
            found.append(metrics.ranking(y[valid], model.decision_function(X[valid])))
        for metric, values in per_set.items():
            values.append([one[metric] for one in found])
    covered = []
    for metric, values in per_set.items():
        true = float(np.mean(values))
        now = [split_interval(own, ratio, anomalies / 5) for own in values]
        then = [mean_interval(own) for own in values]
        shares = [float(np.mean([low <= true <= high for _, low, high in ends])) for ends in (now, then)]
        covered.append((metric, shares[0], shares[1]))
    return covered


def main() -> None:
    """Simulate, count, show."""
    options = parser(__doc__)
    options.add_argument("--sets", type=int, default=500, help="data sets of each kind")
    options.add_argument("--resamples", type=int, default=200)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--no-before", dest="before", action="store_false", help="the present intervals alone")
    args = options.parse_args()
    started_on = machine()
    lines: list[tuple[str, str, str, float, float | None]] = []
    for anomalies, rows in SIZES:
        lines += [(f"{anomalies} of {rows}", *line) for line in of_tests(args, anomalies, rows)]
    lines += [("30 of 300, with equal rows", *line) for line in of_tests(args, 30, 300, copies=2.0)]
    lines += [("75 of 1500, confirmation", "mean of splits", *line) for line in of_splits(args)]
    shown = [[*line[:3], f"{line[3]:.3f}", "-" if line[4] is None else f"{line[4]:.3f}"] for line in lines]
    means: dict[str, list[float]] = {}
    for label, arm, _, now, _ in lines:
        means.setdefault(f"{label}, {arm}", []).append(now)
    checks = []
    for name, shares in means.items():
        value = float(np.mean(shares))
        checks += [Check(name, value, 0.93, at_most=False), Check(name, value, 0.97, at_most=True)]
    notes = [f"{args.sets} data sets a line, so ± {1.96 * np.sqrt(0.05 * 0.95 / args.sets):.3f}; seed {args.seed}"]
    columns = ("anomalies", "interval of", "metric", "covers", "before")
    report("Coverage of 95 % intervals", columns, shown, checks, notes, started_on, {"lines": lines}, args.json)


if __name__ == "__main__":
    main()
