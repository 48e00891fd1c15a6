"""Does a validation with few anomalies choose better when each trial is scored on several splits?

Development rows of real tables are cut to so many validation anomalies. Random configurations and the published one are
each trained on every split of the cut, and on the whole of it; the rows that were left out of the cut, thousands, say
how good a configuration is. From these scores many searches are drawn: so many trials in random order, scored on one
split or on several, at as many trials or at as many seconds (fits), after which the best one is chosen, or the three
best are confirmed on five further splits, as a search does. All sides of a draw see the same configurations and splits.

It also says how far the luck of a split moves a configuration against others (after the mean of each split and
each configuration are taken out) beside how far configurations truly differ. Test rows are never read.

    python analysis/benchmarks/searching/few_anomalies.py
    python analysis/benchmarks/searching/few_anomalies.py --tables annthyroid --detectors gbdt --anomalies 10 20 50
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[3])

from launch.common.environment import prepare

prepare()  # before Ray is imported

import numpy as np
import optuna
from numpy.typing import NDArray

from analysis.benchmarks.checks import report
from analysis.benchmarks.common import fresh_home, interval, machine, parser
from analysis.experiments import untracked_search
from datasets.load import load
from datasets.problems.problem import Problem
from datasets.request import Request
from launch.common.home import Home
from launch.config.plan import Plan
from launch.config.shared_options import data_dir
from launch.evaluation.confirm import NOT_RACING, first_split
from launch.evaluation.search_splits import numbers
from trainables.core import metrics
from trainables.core.errors import DetectorError
from trainables.training.fit import plain_fit, validated_fit

CONFIRMED = 5
DRAWS = 400
MOST_NORMAL = 2000
"""Normal rows of a cut: fits stay cheap, and anomalies as rare as there."""


def cut(problem: Problem, anomalies: int, seed: int) -> tuple[Problem, NDArray[Any], NDArray[np.int8]]:
    """A problem of so many validation anomalies out of development rows, and the rows that are left, with labels."""
    rng, whole = np.random.default_rng(seed), problem.development
    rare, normal = (rng.permutation(np.flatnonzero(whole.y == k)) for k in (1, 0))
    n = min(MOST_NORMAL, len(normal) // 2, round(5 * anomalies * len(normal) / len(rare)))
    kept = np.sort(np.r_[rare[: 5 * anomalies], normal[:n]])
    rest = np.setdiff1d(np.arange(len(whole)), kept)[:: max(1, (len(whole) - len(kept)) // 20_000)]
    return problem.taking(kept), whole.X[rest], whole.y[rest]


def configurations(plan: Plan, count: int, seed: int) -> list[dict[str, Any]]:
    """The published configuration and random ones."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed))
    return [plan.published[plan.reference], *(plan.space(study.ask(), plan.info) for _ in range(count - 1))]


def measured(problem: Problem, detector: str, count: int, splits: int, anomalies: int, seed: int) -> dict[str, Any]:
    """Scores of configurations by search split and by confirmation split, and on the rows that are left."""
    small, X, y = cut(problem, anomalies, seed)
    with fresh_home() as folder:
        plan = untracked_search.plan_of(
            detector, small, Home.at(folder), trials=count, max_rounds=10, seed=seed, metric="ap", local=True
        )
    drawn = [*numbers(seed, splits), *(first_split(seed) + pair for pair in range(CONFIRMED))]
    parts = [(number, small.split(number)) for number in drawn]
    everything = small.whole()
    scores, truth, seconds = [], [], []
    for params in configurations(plan, count, seed):
        try:
            fits = [
                validated_fit(
                    plan.fit_job(params, seed if k < splits else number, metric="ap"),
                    plan.train_data(part.train), part.valid.X, part.valid.y,
                )
                for k, (number, part) in enumerate(parts)
            ]  # fmt: skip
            final = plain_fit(plan.fit_job(params, 0), plan.train_data(everything.train), {"rest": everything.rows(X)})
        except DetectorError:
            continue
        scores.append([fit.history[-1]["score"] for fit in fits])
        truth.append(metrics.ranking(y, final.scores["rest"])["ap"])
        seconds.append(np.mean([fit.fit_seconds for fit in fits]))
    return {
        "table": problem.dataset, "detector": detector, "anomalies": anomalies, "seed": seed, "splits": splits,
        "scores": scores, "truth": truth, "seconds": float(np.mean(seconds)),
    }  # fmt: skip


def luck_and_spread(one: dict[str, Any]) -> tuple[float, float, float]:
    """Deviation of scores over splits, the mean of each split and configuration taken out; and that of the truth.

    The first is of the upper half of the configurations, between which a search has to choose; so is the last,
    and in the middle stands the plain deviation of one configuration over splits.
    """
    scores, truth = np.array(one["scores"]), np.array(one["truth"])
    best = np.argsort(-truth)[: max(2, len(truth) // 2)]
    own = scores[best]
    left = own - own.mean(0) - own.mean(1, keepdims=True) + own.mean()
    freedom = (own.shape[0] - 1) * (own.shape[1] - 1)
    return float(np.sqrt((left**2).sum() / freedom)), float(own.std(1, ddof=1).mean()), float(truth[best].std(ddof=1))


def chosen(one: dict[str, Any], trials: int, share: int, *, confirmed: bool) -> dict[str, float]:
    """Mean true AP of what searches choose: one split, several at as many trials, several at as many fits."""
    scores, truth, splits = np.array(one["scores"]), np.array(one["truth"]), one["splits"]
    rng, found = np.random.default_rng(0), {"one": [], "trials": [], "seconds": []}  # type: ignore[var-annotated]
    sides = {"one": (1, trials), "trials": (splits, trials), "seconds": (splits, max(1, trials // share))}
    for _ in range(DRAWS):
        order = np.r_[0, 1 + rng.permutation(len(truth) - 1)]  # the published configuration comes first
        for name, (over, n) in sides.items():
            tried = order[:n]
            ranked = tried[np.argsort(-scores[tried, :over].mean(1), kind="stable")]
            finalists = np.unique(np.r_[ranked[:NOT_RACING], 0]) if confirmed else ranked[:1]
            best = finalists[np.argmax(scores[finalists, splits:].mean(1))] if confirmed else ranked[0]
            found[name].append(truth[best])
    return {name: float(np.mean(own)) for name, own in found.items()}


def main() -> None:
    """Measure every table, detector and cut, and draw the searches."""
    options = parser(__doc__)
    options.add_argument("--tables", nargs="+", default=["annthyroid", "campaign", "landsat", "celeba"])
    options.add_argument("--detectors", nargs="+", default=["gbdt", "logistic", "iforest"])
    options.add_argument("--anomalies", nargs="+", type=int, default=[20], help="validation anomalies of a cut")
    options.add_argument("--seeds", type=int, default=3, help="cuts of each kind")
    options.add_argument("--configurations", type=int, default=24, help="so many are measured")
    options.add_argument("--trials", type=int, default=15, help="and so many of them are the trials of a search")
    options.add_argument("--splits", type=int, default=3, help="splits that score a trial on the second side")
    args = options.parse_args()
    started_on, cells = machine(), []
    rows: list[list[Any]] = []
    gains: dict[tuple[bool, str], list[float]] = {}
    folder = data_dir(args.data_dir)
    problems = {
        table: load(Request(dataset=table), folder, allow_standin=False, notify=lambda line: None)
        for table in args.tables
    }
    for seed in range(args.seeds):
        for table, problem in problems.items():
            for detector in args.detectors:
                for anomalies in args.anomalies:
                    cells.append(measured(problem, detector, args.configurations, args.splits, anomalies, seed))
                    row: list[Any] = [table, detector, anomalies, seed, *luck_and_spread(cells[-1])]
                    for confirmed in (False, True):
                        found = chosen(cells[-1], args.trials, args.splits, confirmed=confirmed)
                        row += found.values()
                        for name in ("trials", "seconds"):
                            gains.setdefault((confirmed, name), []).append(found[name] - found["one"])
                    rows.append([*row, cells[-1]["seconds"]])
                    print(*(f"{cell:.4f}" if isinstance(cell, float) else cell for cell in rows[-1]), flush=True)
    notes = [
        f"{args.splits} splits against one, at equal {name}, {'after' if confirmed else 'before'} confirmation: "
        f"true AP {interval(own)} over {len(own)} cuts"
        for (confirmed, name), own in gains.items()
    ]
    sides = ("1 split", "equal trials", "equal s")
    columns = ("table", "detector", "anomalies", "cut", "luck", "over splits", "truth", *sides, *sides, "s a fit")
    report("Few validation anomalies", columns, rows, [], notes, started_on, {"cells": cells}, args.json)


if __name__ == "__main__":
    main()
