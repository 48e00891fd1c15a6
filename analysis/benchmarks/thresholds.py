"""Does a model flag the share of new rows that it was meant to flag, and are its p-values p-values?

For each table, detector and repetition a fifth of the development rows is new. On the others a model is trained as a
search ends: five splits for the quantile of the threshold, a fit on all of them. Before: threshold and p-value from
the model's scores of the rows it was trained on. After: from the rows that the splits held out
(`launch.evaluation.calibration`).
Test rows are never read.

    python analysis/benchmarks/thresholds.py
    python analysis/benchmarks/thresholds.py --tables vowels --detectors knn:1 gbdt --repeats 2    # a quick look
"""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[2])

import numpy as np
from scipy import stats
from sklearn.model_selection import StratifiedShuffleSplit

from analysis.benchmarks.checks import report
from analysis.benchmarks.common import load, machine, parser
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
SPLITS, ROUNDS, FIRST_SEED = 5, 10, 7000
COLUMNS = (
    "best F1", "F1 before", "F1 after", "meant", "flagged before", "flagged after", "KS before", "KS after",
    "KS p after", "error before", "error after",
)  # fmt: skip


def fitted(detector: str, part: Part, seed: int) -> tuple[Detector, np.ndarray]:
    """A detector with its defaults, or ``knn:K``, trained on a part, and the quantiles of its training scores."""
    name, _, neighbours = detector.partition(":")
    params = {"n_neighbors": int(neighbours), "max_samples": 1_000_000} if neighbours else {}
    train = train_data(part, name)
    made = build(load_class(name), params, rounds=ROUNDS, seed=seed).begin(train)
    for _ in range(made.rounds):
        made.train_round()
    return made, training_quantiles(made, train)


def measured(detector: str, train: Part, new: Part, seed: int) -> list[float]:
    """One repetition: the values of `COLUMNS`."""
    folds = []
    splits = StratifiedShuffleSplit(SPLITS, test_size=0.2, random_state=seed)
    for k, (kept, held_out) in enumerate(splits.split(train.X, train.y)):
        made, quantiles = fitted(detector, train.take(kept), k)
        folds.append(calibration.HeldOut(train.y[held_out], made.decision_function(train.X[held_out]), quantiles))
    made, quantiles = fitted(detector, train, seed)
    inside, scores = made.decision_function(train.X), made.decision_function(new.X)
    quantile = calibration.threshold_quantile(folds)
    unseen = calibration.cross_fitted(folds, quantiles)
    cuts = [calibration.threshold(quantile, own) for own in (inside, unseen.scores)]
    after = calibration.calibration(folds, quantiles)
    before = {**after, "reference": np.quantile(inside, np.linspace(0, 1, len(after["reference"])))}
    normal = scores[new.y == 0]
    uniform = [
        stats.kstest(p_values(np.sort(reference), normal), "uniform")
        for reference in (inside, np.array(after["normal"]))
    ]
    errors = [_calibration_error(new.y, calibrated(curve, scores)[1]) for curve in (before, after)]
    return [
        metrics.ranking(new.y, scores)["f1"],
        *(metrics.f1_at_threshold(new.y, scores, cut) for cut in cuts),
        1 - quantile,
        *(float(np.mean(scores >= cut)) for cut in cuts),
        *(float(test.statistic) for test in uniform),
        float(uniform[1].pvalue),
        *errors,
    ]


def _calibration_error(y: np.ndarray, probability: np.ndarray) -> float:
    """Mean over rows of |predicted - observed| in ten bins of equally many rows."""
    order = np.argsort(probability, kind="stable")
    bins = np.array_split(order, 10)
    return float(sum(len(rows) * abs(probability[rows].mean() - y[rows].mean()) for rows in bins) / len(y))


def main() -> None:
    """Measure every table and detector and print both sides."""
    options = parser(__doc__)
    options.add_argument("--tables", nargs="+", default=["vowels", "annthyroid"])
    options.add_argument("--detectors", nargs="+", default=list(DETECTORS))
    options.add_argument("--repeats", type=int, default=5)
    args = options.parse_args()
    started_on, rows, numbers = machine(), [], []
    for table in args.tables:
        problem = load(table, args.data_dir)
        for detector in args.detectors:
            values = []
            for seed in range(FIRST_SEED, FIRST_SEED + args.repeats):
                split = problem.split(seed)
                values.append(measured(detector, split.train, split.valid, seed))
            means = np.mean(values, axis=0)
            rows.append([table, detector, *(f"{value:.3f}" for value in means)])
            numbers.append({"table": table, "detector": detector, "values": values})
            print(" ".join(map(str, rows[-1])), file=sys.stderr, flush=True)
    notes = [
        f"means of {args.repeats} repetitions; KS: largest distance of the p-values of new normal rows from uniform, "
        "and its p-value; error: mean |predicted - observed| probability in ten bins"
    ]
    columns = ["table", "detector", *COLUMNS]
    report("Thresholds and p-values", columns, rows, [], notes, started_on, {"measured": numbers}, args.json)


if __name__ == "__main__":
    main()
