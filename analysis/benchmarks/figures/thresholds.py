"""Does a model flag the share of new rows that it was meant to flag, and are its p-values p-values?

For each table, detector and repetition a fifth of the development rows is new. On the others a model is trained as a
search ends: five splits for the quantile of the threshold, a fit on all of them. Before: threshold and p-value from
the model's scores of the rows it was trained on. After: from the rows that the splits held out
(`launch.evaluation.calibration`).
Test rows are never read.

    python analysis/benchmarks/figures/thresholds.py
    python analysis/benchmarks/figures/thresholds.py --tables vowels --detectors knn:1 gbdt --repeats 2  # a quick look
    python analysis/benchmarks/figures/thresholds.py --tables all --detectors knn:5 iforest gbdt --repeats 3 --rows 3000
    python analysis/benchmarks/figures/thresholds.py --tables vowels wilt --detectors gbdt --bins
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[3])

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analysis.benchmarks.checks import report
from analysis.benchmarks.common import load, machine, parser
from datasets.problems.deduplication import grouped_fifth, pattern_ids
from datasets.problems.parts import Part
from datasets.train_data import train_data
from launch.evaluation import calibration
from trainables.core import metrics
from trainables.core.custom_detectors import load_class
from trainables.core.detector import Detector
from trainables.core.serving import calibrated, p_values
from trainables.training.fit import training_quantiles
from trainables.training.trial import build

DETECTORS = ("knn:1", "knn:2", "knn:5", "lof", "gbdt", "iforest", "devnet", "logistic")
TABLES = (
    "annthyroid", "campaign", "ionosphere", "landsat", "magic", "pendigits", "satellite", "satimage-2", "shuttle",
    "spambase", "vowels", "wilt",
)  # fmt: skip
SPLITS, ROUNDS, FIRST_SEED, LEVEL = 5, 10, 7000, 0.05
COLUMNS = (
    "best F1", "F1 before", "F1 after", "meant", "flagged before", "flagged after", "error before", "error after",
)  # fmt: skip
OF_P_VALUES = ("KS before", "KS after", "p after", "at most .05 before", "at most .05 after")
Bins = list[tuple[int, float, float]]
"""Rows, mean probability and share of anomalies of ten bins of probability."""


def fitted(detector: str, part: Part, seed: int) -> tuple[Detector, np.ndarray]:
    """A detector with its defaults, or ``knn:K``, trained on a part, and the quantiles of its training scores."""
    name, _, neighbours = detector.partition(":")
    params = {"n_neighbors": int(neighbours), "max_samples": 1_000_000} if neighbours else {}
    train = train_data(part, name)
    made = build(load_class(name), params, rounds=ROUNDS, seed=seed).begin(train)
    for _ in range(made.rounds):
        made.train_round()
    return made, training_quantiles(made, train)


def measured(detector: str, train: Part, new: Part, seed: int) -> tuple[list[float], list[float], list[Bins]]:
    """One repetition: the values of `COLUMNS` and `OF_P_VALUES`, and calibration curves before and after."""
    folds, pooled, patterns = [], [], pattern_ids(train.X)
    for k in range(SPLITS):
        held_out = grouped_fifth(patterns, train.y, seed + k)
        made, quantiles = fitted(detector, train.take(np.flatnonzero(~held_out)), k)
        folds.append(calibration.HeldOut(train.y[held_out], made.decision_function(train.X[held_out]), quantiles))
        pooled.append(patterns[held_out & (train.y == 0)])
    made, quantiles = fitted(detector, train, seed)
    inside, scores = made.decision_function(train.X), made.decision_function(new.X)
    quantile = calibration.threshold_quantile(folds)
    unseen = calibration.cross_fitted(folds, quantiles)
    cuts = [calibration.threshold(quantile, own) for own in (inside, unseen.scores)]
    after = calibration.calibration(folds, quantiles)
    before = {**after, "reference": np.quantile(inside, np.linspace(0, 1, len(after["reference"])))}
    normal = new.y == 0
    p = [p_values(np.sort(own), scores[normal]) for own in (inside, np.array(after["normal"]))]
    sizes = effective(np.concatenate(pooled)), effective(pattern_ids(new.X)[normal])
    probabilities = [calibrated(curve, scores)[1] for curve in (before, after)]
    thresholds = [
        metrics.ranking(new.y, scores)["f1"],
        *(metrics.f1_at_threshold(new.y, scores, cut) for cut in cuts),
        1 - quantile,
        *(float(np.mean(scores >= cut)) for cut in cuts),
        *(_calibration_error(new.y, probability) for probability in probabilities),
    ]
    uniform = [
        *(float(stats.kstest(own, "uniform").statistic) for own in p),
        same_distribution(unseen.scores[unseen.y == 0], scores[normal], *sizes),
        *(float(np.mean(own <= LEVEL)) for own in p),
    ]
    return thresholds, uniform, [binned(new.y, probability) for probability in probabilities]


def same_distribution(held_out: NDArray[np.float64], new: NDArray[np.float64], n: float, m: float) -> float:
    """Asymptotic p of the Kolmogorov-Smirnov test that two samples are of one distribution, n and m their sizes.

    p-values of new rows are uniform but for chance if so. Against the uniform distribution itself the test would take
    the held-out rows for the whole distribution, and reject three times as often as it says.
    """
    return float(stats.kstwobign.sf(stats.ks_2samp(held_out, new).statistic * np.sqrt(n * m / (n + m))))


def effective(patterns: NDArray[np.intp]) -> float:
    """How many independent rows a sample is worth in which some are there several times (Kish's formula)."""
    counts = np.unique(patterns, return_counts=True)[1].astype(float)
    return float(counts.sum() ** 2 / np.square(counts).sum())


def binned(y: NDArray[np.int8], probability: NDArray[np.float64]) -> Bins:
    """Bins of a width of .1; an empty one has 0 rows."""
    place = np.minimum((10 * probability).astype(int), 9)
    return [
        (int(own.sum()), float(probability[own].mean()), float(y[own].mean())) if own.any() else (0, 0.0, 0.0)
        for own in (place == k for k in range(10))
    ]


def _calibration_error(y: np.ndarray, probability: np.ndarray) -> float:
    """Mean over rows of |predicted - observed| in ten bins of equally many rows."""
    order = np.argsort(probability, kind="stable")
    bins = np.array_split(order, 10)
    return float(sum(len(rows) * abs(probability[rows].mean() - y[rows].mean()) for rows in bins) / len(y))


def curve_rows(table: str, detector: str, curves: list[list[Bins]]) -> list[list[str]]:
    """Calibration curves of all repetitions together, a line a bin."""
    lines = []
    for k in range(10):
        cells = []
        for side in (0, 1):
            n, predicted, observed = np.transpose([own[side][k] for own in curves])
            total = n.sum()
            cells += [f"{total:.0f}", *(f"{(n * v).sum() / total:.3f}" if total else "" for v in (predicted, observed))]
        if any(cells[i] != "0" for i in (0, 3)):
            lines.append([table, detector, f"{k / 10:.1f}-{(k + 1) / 10:.1f}", *cells])
    return lines


def shortened(part: Part, rows: int | None, seed: int) -> Part:
    """At most so many of its rows, drawn at random."""
    if rows is None or len(part) <= rows:
        return part
    return part.take(np.sort(np.random.default_rng(seed).permutation(len(part))[:rows]))


def main() -> None:
    """Measure every table and detector and print both sides."""
    options = parser(__doc__)
    options.add_argument("--tables", nargs="+", default=["vowels", "annthyroid"], help="names; all: twelve of ADBench")
    options.add_argument("--detectors", nargs="+", default=list(DETECTORS))
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--rows", type=int, help="rows to train on and new rows, at most; default: all")
    options.add_argument("--bins", action="store_true", help="also print calibration curves in ten bins")
    args = options.parse_args()
    started_on, rows, uniform, bins, numbers = machine(), [], [], [], []
    for table in TABLES if args.tables == ["all"] else args.tables:
        problem = load(table, args.data_dir)
        for detector in args.detectors:
            found = []
            for seed in range(FIRST_SEED, FIRST_SEED + 10 * args.repeats, 10):
                split = problem.split(seed)
                train, new = (shortened(part, args.rows, seed) for part in (split.train, split.valid))
                found.append(measured(detector, train, new, seed))
            values, p, curves = (list(own) for own in zip(*found, strict=True))
            rows.append([table, detector, *(f"{value:.3f}" for value in np.mean(values, axis=0))])
            means, rejected = np.mean(p, axis=0), sum(one[2] < LEVEL for one in p)
            uniform.append([table, detector, *(f"{value:.3f}" for value in means), f"{rejected} of {len(p)}"])
            bins += curve_rows(table, detector, curves)
            numbers.append({"table": table, "detector": detector, "values": values, "p": p, "curves": curves})
            print(*rows[-1], "|", *uniform[-1][2:], file=sys.stderr, flush=True)
    error = "error: mean |predicted - observed| probability in ten bins of equally many rows"
    report(f"Thresholds, means of {args.repeats} repetitions", ["table", "detector", *COLUMNS], rows, [], [error],
           started_on, {}, None)  # fmt: skip
    if args.bins:
        sides = [f"{what} {side}" for side in ("before", "after") for what in ("rows", "predicted", "observed")]
        report("Calibration curves", ["table", "detector", "bin", *sides], bins, [], [], started_on, {}, None)
    notes = [
        "KS: largest distance of the p-values of new normal rows from uniform; p: mean over repetitions of that of the "
        "test that new and held-out normal rows score alike, repeated rows counting as what they are worth; at most "
        ".05: share of new normal rows; equal scores make p-values larger than uniform, never smaller"
    ]
    columns = ["table", "detector", *OF_P_VALUES, "p < .05"]
    report("p-values of new normal rows", columns, uniform, [], notes, started_on, {"measured": numbers}, args.json)


if __name__ == "__main__":
    main()
