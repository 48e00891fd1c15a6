"""What `tune.py --list` says of each detector of tables: how well and how fast it does on five small tables of ADBench.

The reference configuration, ten rounds at most, every label that the detector takes, one split and one seed each; mean
AUROC on validation rows, never test rows, and mean seconds of one core to train and to score. Writes the file that the
list reads.

    python analysis/benchmarks/figures/listed_figures.py
    python analysis/benchmarks/figures/listed_figures.py --detectors knn,ecod  # a new one: the others' rows are kept
"""

from __future__ import annotations

import csv
import sys
import time
from pathlib import Path
from statistics import mean

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[3])

import search_spaces
import trainables
from analysis.benchmarks.common import parser
from datasets.load import load
from datasets.problems.problem import Problem
from datasets.request import Request
from datasets.train_data import train_data
from launch.config.shared_options import data_dir
from launch.display.listing import FIGURES, figures
from trainables.core import metrics
from trainables.core.detector import Modality
from trainables.core.errors import DetectorError
from trainables.training.trial import build

TABLES = ("annthyroid", "pendigits", "satellite", "vowels", "wilt")
SEED, ROUNDS = 0, 10


def measured(name: str, problem: Problem) -> tuple[float, float]:
    """AUROC on the validation rows of a split, and seconds."""
    split = problem.split(SEED)
    config = next(iter(search_spaces.published(search_spaces.load(name)).values()))
    data = train_data(split.train, name)
    start = time.process_time()
    detector = build(trainables.load(name), config, rounds=ROUNDS, seed=SEED)
    detector.begin(data)
    for _ in range(min(ROUNDS, detector.rounds)):
        detector.train_round()
    scores = detector.decision_function(split.valid.X)
    return metrics.ranking(split.valid.y, scores)["auroc"], time.process_time() - start


def main() -> int:
    """Measure, and write."""
    made = parser(__doc__)
    made.add_argument("--detectors", metavar="NAMES", help="only these, joined by commas; default: every one of tables")
    args = made.parse_args()
    found = {name: (figure.auroc, figure.seconds) for name, figure in figures().items()}
    problems = [load(Request(table), data_dir(args.data_dir)) for table in TABLES]
    for name in args.detectors.split(",") if args.detectors else trainables.DETECTORS:
        if Modality.TABULAR not in trainables.load(name).modality:
            continue
        try:
            values = [measured(name, problem) for problem in problems]
        except DetectorError as error:
            print(f"{name}: {error.cause}", file=sys.stderr)
            continue
        found[name] = mean(auroc for auroc, _ in values), mean(seconds for _, seconds in values)
        print(f"{name}: AUROC {found[name][0]:.3f}, {found[name][1]:.2f} s", flush=True)
    with FIGURES.open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("detector", "auroc", "seconds"))
        rows.writerows((name, f"{auroc:.3f}", f"{seconds:.2g}") for name, (auroc, seconds) in sorted(found.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
