"""Overhead of a search: 200 trials of a detector that does nothing, ten rounds each, everything recorded.

Ours: the launcher's own path (study in a journal, Ray, MLflow writer on sqlite), from the first
trial to the last round in MLflow. Theirs: Tuner with its defaults, OptunaSearch and
MLflowLoggerCallback, both on sqlite, the same nothing as a class trainable; fewer trials, their
rate extrapolated. Starting Ray is shown for both and counted for neither. Tracking's share: the
same search without a tracker, in turns with the tracked one, medians compared.

    python analysis/benchmarks/overhead.py
    python analysis/benchmarks/overhead.py --trials 20 --stock-trials 4 --repeats 1    # a quick look
"""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median
from typing import Any

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from analysis.benchmarks.arms.overhead_record import ROUNDS, extrapolated
from analysis.benchmarks.checks import Check, ratio, report
from analysis.benchmarks.common import arm, environment, fresh_home, machine, parser

AIM_RATIO, AIM_SECONDS, AIM_SHARE = 20.0, 0.1, 0.05


def share(tracked: float, untracked: float) -> float:
    """Part of the tracked seconds that would be saved without tracking; noise can make it negative."""
    return 1.0 - ratio(untracked, tracked)


def run(function: str, trials: int, **options: bool) -> dict[str, Any]:
    """One arm in a fresh home and a process of its own."""
    with fresh_home() as home:
        return arm(function, environment(), home=home, trials=trials, **options)


def middle(runs: list[dict[str, Any]]) -> dict[str, float]:
    """The median of every metric."""
    return {key: float(median(run_of[key] for run_of in runs)) for key in runs[0]}


def main() -> None:
    """Measure all arms and show them."""
    options = parser(__doc__)
    options.add_argument("--trials", type=int, default=200, help="of ours, and what the stock stack is extrapolated to")
    options.add_argument("--stock-trials", type=int, default=16, help="trials that the stock stack really runs")
    options.add_argument("--repeats", type=int, default=3, help="of ours, with and without tracking in turns")
    args = options.parse_args()
    started_on = machine()
    tracked, untracked = [], []
    for _ in range(args.repeats):
        untracked.append(run("arms.overhead_ours:ours", args.trials, tracked=False))
        tracked.append(run("arms.overhead_ours:ours", args.trials))
    each = run("arms.overhead_ours:ours", args.trials, each_round=True)
    stock = run("arms.overhead_stock:stock", args.stock_trials)
    ours, bare = middle(tracked), middle(untracked)
    theirs = extrapolated(stock["ends"], stock["seconds"], args.trials)

    def row(name: str, measured: dict[str, Any], seconds: float) -> list[Any]:
        per = seconds / args.trials
        return [name, args.trials / seconds, per, ratio(theirs, seconds), measured["start_seconds"]]

    rows = [
        row("ours", ours, ours["seconds"]),
        row("ours, each round a report to Tune", each, each["seconds"]),
        row("ours, nothing recorded", bare, bare["seconds"]),
        row(f"stock stack, {args.stock_trials} trials run, extrapolated", stock, theirs),
    ]
    whole = min(measured["whole_runs"] for measured in [*tracked, each])
    checks = [
        Check("throughput over the stock stack's", ratio(theirs, ours["seconds"]), AIM_RATIO, at_most=False),
        Check("wall time per trial", ours["seconds"] / args.trials, AIM_SECONDS, unit=" s"),
        Check("share of tracking in the wall time", share(ours["whole_seconds"], bare["whole_seconds"]), AIM_SHARE),
        Check(f"trials with all {ROUNDS} rounds in MLflow", float(whole), float(args.trials), at_most=False),
    ]
    notes = [
        f"of our {ours['seconds']:.1f} s the search took {ours['search_seconds']:.1f} s and waiting for MLflow "
        f"{ours['waiting_seconds']:.2f} s; the driver itself spent {ours['tracker_seconds']:.2f} s in the tracker "
        f"before that, and the writer's process {ours['writer_cpu_seconds']:.1f} s of a core",
        "tracking's share is of the time from starting the tracker and Ray to the complete record "
        f"({ours['whole_seconds']:.1f} s with, {bare['whole_seconds']:.1f} s without); of the search and the waiting "
        f"alone it is {share(ours['seconds'], bare['seconds']):.1%}",
        "whole seconds of each repeat, with / without tracking: "
        + ", ".join(
            f"{t['whole_seconds']:.1f} / {u['whole_seconds']:.1f}" for t, u in zip(tracked, untracked, strict=True)
        ),
        f"the stock stack's {args.stock_trials} trials took {stock['seconds']:.1f} s as measured "
        f"({args.stock_trials / stock['seconds']:.2f} trials/s); it holds {stock['whole_runs']} of them whole",
        "ours groups rounds that are much shorter than half a second into one report to Tune, and records every round; "
        "the second line does without that",
    ]
    numbers = {"ours": tracked, "untracked": untracked, "each_round": each, "stock": stock, "stock_seconds": theirs}
    columns = ("side", "trials/s", "s per trial", "x stock", "s to start Ray")
    title = f"Overhead, {args.trials} trials of {ROUNDS} rounds"
    report(title, columns, rows, checks, notes, started_on, numbers, args.json)


if __name__ == "__main__":
    main()
