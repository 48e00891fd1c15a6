"""Detectors that failed for want of the right amount of training: the configuration before and the one for the case.

`labels`: 30 labels among CelebA's rows (protocol raw, 2 % of the others hidden anomalies), which a pass a round draws
hundreds of times. `tables`: an autoencoder on contaminated training rows, before training and after it with and without
trim; and the distance to the mean, which is what an untrained one measures on standardised columns. `digits`: DAGMM on
the ten digits of MNIST, one normal. Each draw has another split, other labels and another seed. Validation rows alone,
never test rows; the seeds are not those that the configurations were chosen with (0 to 3).

    python analysis/benchmarks/figures/starved_detectors.py labels
    python analysis/benchmarks/figures/starved_detectors.py labels --detectors hsc --draws 2  # a quick look
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[3])

import numpy as np

import search_spaces
from analysis.benchmarks.checks import Check, report
from analysis.benchmarks.common import ROOT, machine, parser
from datasets.load import load
from datasets.problems.problem import Problem
from datasets.request import Request
from datasets.train_data import train_data
from launch.evaluation.intervals import mean_interval
from trainables.core import metrics
from trainables.core.custom_detectors import load_class
from trainables.core.errors import DetectorError
from trainables.training.trial import build

FIRST_SEED, ROUNDS = 8000, 10
LABELLED = ("gbdt", "hsc", "bce", "focal", "devnet", "repen", "rosas", "prenet", "feawad", "fsnet", "logistic")
AIMS = {"gbdt": (0.94, 0.25), "hsc": (0.92, 0.22)}
TABLES = (
    "annthyroid", "campaign", "ionosphere", "landsat", "magic", "pendigits", "satellite", "satimage-2", "shuttle",
    "spambase", "vowels", "wilt",
)  # fmt: skip
Values = list[tuple[float, float]]


def measured(detector: str, params: Mapping[str, Any], problem: Problem, seed: int, rounds: int = ROUNDS) -> Any:
    """AUROC and AP on the validation rows of one split; NaN where training fails, by the name of the failure."""
    split = problem.split(seed)
    made = build(load_class(detector), params, rounds=ROUNDS, seed=seed)
    try:
        made.begin(train_data(split.train, detector))
        for _ in range(min(rounds, made.rounds)):
            made.train_round()
        figures = metrics.ranking(split.valid.y, made.decision_function(split.valid.X))
    except DetectorError as error:
        print(f"{detector}, seed {seed}: {error.cause}", file=sys.stderr, flush=True)
        return float("nan"), float("nan")
    return figures["auroc"], figures["ap"]


def interval(values: Sequence[float]) -> str:
    """Mean and Student interval; where a training failed, how many did."""
    if not np.isfinite(values).all():
        return f"{int(np.isnan(values).sum())} of {len(values)} failed"
    mean, low, high = mean_interval(values)
    return f"{mean:.3f} ({low:.3f} to {high:.3f})"


def row(name: str, before: Values, after: Values) -> list[str]:
    """Both sides and the difference of their AUROC and AP, draw by draw."""
    cells = [name]
    for k in range(2):
        sides = [[float(values[k]) for values in side] for side in (before, after)]
        cells += [interval(sides[0]) if before else "", interval(sides[1])]
        cells.append(interval(np.subtract(sides[1], sides[0]).tolist()) if before else "")
    return cells


def labels(args: Any, problem_of: Callable[[Request], Problem]) -> tuple[list[list[str]], list[Check], dict[str, Any]]:
    """Each detector's reference configuration of before, and the one for few labels."""
    problem = problem_of(Request("celeba", protocol="raw", labelled_anomalies=30, contamination=0.02))
    rows, checks, numbers = [], [], {}
    for detector in args.detectors or LABELLED:
        module = search_spaces.load(detector)
        configurations = search_spaces.published(module, few_labels=True)
        new = next(iter(configurations))
        old = next(iter(module.PUBLISHED))
        seeds = range(FIRST_SEED, FIRST_SEED + args.draws)
        after = [measured(detector, configurations[new], problem, seed) for seed in seeds]
        before = [] if args.after_only else [measured(detector, configurations[old], problem, seed) for seed in seeds]
        rows.append(row(f"{detector}: {old}, {new}", before, after))
        means = np.mean(after, axis=0)
        checks += [
            Check(f"{detector}, {name}", float(mean), aim, at_most=False)
            for name, mean, aim in zip(("AUROC", "AP"), means, AIMS.get(detector, ()), strict=False)
        ]
        numbers[detector] = {"before": before, "after": after}
        print(*rows[-1], sep=" | ", file=sys.stderr, flush=True)
    return rows, checks, numbers


def tables(args: Any, problem_of: Callable[[Request], Problem]) -> tuple[list[list[str]], list[Check], dict[str, Any]]:
    """The autoencoder untrained and with the trimmed loss, and its loss over all rows beside them."""
    configurations = search_spaces.published(search_spaces.load("autoencoder"))
    trimmed, plain = configurations["trimmed"], {**configurations["trimmed"], "trim": 0.0}
    rows, numbers = [], {}
    for table in args.tables or TABLES:
        problem = problem_of(Request(table))
        sides: list[Values] = [[], [], [], []]
        for seed in range(FIRST_SEED, FIRST_SEED + args.draws):
            split = problem.split(seed)
            far = np.square(split.valid.X - split.train.X.mean(0)).sum(1)
            figures = metrics.ranking(split.valid.y, far)
            sides[0].append((figures["auroc"], figures["ap"]))
            for side, params, rounds in ((1, trimmed, 0), (2, plain, ROUNDS), (3, trimmed, ROUNDS)):
                if params is trimmed or not args.after_only:
                    sides[side].append(measured("autoencoder", params, problem, seed, rounds))
        numbers[table] = dict(zip(("distance", "untrained", "plain", "trimmed"), sides, strict=True))
        rows.append(row(table, sides[1], sides[3]))
        print(*rows[-1], sep=" | ", file=sys.stderr, flush=True)
    over = {side: [pair_of(own[side]) for own in numbers.values() if own[side]] for side in numbers[table]}
    rows += [row(f"tables: {side}, trimmed", over[side], over["trimmed"]) for side in over if over[side]]
    gains = [after[0] - before[0] for before, after in zip(over["untrained"], over["trimmed"], strict=True)]
    _, low, _ = mean_interval(gains)
    return rows, [Check("trimmed over untrained, AUROC, lower end over tables", low, 0.0, at_most=False)], numbers


def pair_of(values: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Means of AUROC and AP."""
    auroc, ap = np.mean(values, axis=0)
    return float(auroc), float(ap)


def digits(args: Any, problem_of: Callable[[Request], Problem]) -> tuple[list[list[str]], list[Check], dict[str, Any]]:
    """DAGMM in the thesis's configuration and in that for images, draw by draw the mean over digits."""
    configurations = search_spaces.published(search_spaces.load("dagmm"), modality="image")
    numbers, rows = {}, []
    for digit in range(10):
        problem = problem_of(Request(f"mnist:{digit}"))
        seeds = range(FIRST_SEED, FIRST_SEED + args.draws)
        after = [measured("dagmm", configurations["images"], problem, seed) for seed in seeds]
        before = (
            [] if args.after_only else [measured("dagmm", configurations["thesis"], problem, seed) for seed in seeds]
        )
        numbers[str(digit)] = {"before": before, "after": after}
        rows.append(row(f"{digit}: thesis, images", before, after))
        print(*rows[-1], sep=" | ", file=sys.stderr, flush=True)
    sides = [
        [pair_of(own) for own in zip(*(kept[side] for kept in numbers.values()), strict=True)]
        for side in ("before", "after")
    ]
    rows.append(row("mean of digits", *sides))
    return rows, [Check("dagmm, AUROC, mean of digits", pair_of(sides[1])[0], 0.8, at_most=False)], numbers


PARTS = {"labels": labels, "tables": tables, "digits": digits}


def main() -> None:
    """Measure one part and print both sides and the aims."""
    options = parser(__doc__)
    options.add_argument("part", choices=PARTS)
    options.add_argument("--detectors", nargs="+", help="some of those of `labels`")
    options.add_argument("--tables", nargs="+", help="some of those of `tables`")
    options.add_argument("--draws", type=int, default=4)
    options.add_argument("--after-only", action="store_true", help="leave out the configuration of before")
    args = options.parse_args()
    folder = Path(args.data_dir or os.environ.get("ANOMALY_DATA") or ROOT / "data").expanduser().resolve()
    started_on = machine()
    rows, checks, numbers = PARTS[args.part](args, lambda asked: load(asked, folder, allow_standin=False))
    columns = ["before, after"] + [f"{name} {side}" for name in ("AUROC", "AP") for side in ("before", "after", "gain")]
    notes = [
        f"{args.draws} draws of split, labels and seed; means with 95 % Student intervals over draws, which share "
        "rows: they are somewhat too narrow"
    ]
    report(f"Starved detectors: {args.part}", columns, rows, checks, notes, started_on, {"draws": numbers}, args.json)


if __name__ == "__main__":
    main()
