"""Does stopping weak trials early pay where fits are cheap? Searches with and without it, with the same seeds.

Every search runs in this process, one trial after another, on the development rows of a table; the three best
configurations and the published one are confirmed on fresh splits, as a search does, and the winner's mean is compared.
Seconds are CPU seconds of the trials, so that a busy machine does not matter. Test rows are never read.

    python analysis/benchmarks/searching/early_stopping.py
    python analysis/benchmarks/searching/early_stopping.py --detectors gbdt --tables vowels --trials 8 --seeds 1
"""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[3])

from launch.common.environment import prepare

prepare()  # before Ray is imported

from analysis.benchmarks.checks import report
from analysis.benchmarks.common import fresh_home, machine, parser
from analysis.benchmarks.searching.samplers import interval
from analysis.experiments import untracked_search
from datasets.load import load
from datasets.problems.problem import Problem
from datasets.request import Request
from launch.backend.local import LocalEngine
from launch.common.home import Home
from launch.config.shared_options import data_dir
from launch.evaluation.confirm import FINALISTS, confirm, finalists, winner

ALWAYS, NEVER = 0.0, 1e9
"""What `stop_above` is of the two sides."""


def one_search(detector: str, problem: Problem, trials: int, seed: int, above: float, pairs: int) -> dict[str, Any]:
    """Search and confirm; the winner's confirmed mean, CPU seconds of the trials, and how many were stopped."""
    engine = LocalEngine()
    asked = Namespace(detector=detector, dataset=problem.dataset, trials=trials, max_rounds=10)
    with fresh_home() as folder:
        plan = untracked_search.plan_of(
            asked, "tpe", seed, problem, Home.at(folder), stop_above=above, confirm=pairs, local=True
        )
        start = time.process_time()
        study = untracked_search.search(plan, engine).study
        seconds = time.process_time() - start
    chosen = finalists(study.ranked(), study.records, plan.reference, FINALISTS)
    confirm(chosen, plan, engine, stop=lambda: False, on_done=lambda done, total: None)
    best = winner(chosen)
    return {
        "detector": detector, "table": problem.dataset, "trials": trials, "seed": seed, "stopping": above == ALWAYS,
        "metric": plan.metric, "confirmed": best.interval()[0] if best else float("nan"), "seconds": seconds,
        "stopped": study.counts()["pruned"],
    }  # fmt: skip


def main() -> None:
    """Run every search on both sides and show them side by side."""
    options = parser(__doc__)
    options.add_argument("--detectors", nargs="+", default=["gbdt", "iforest", "logistic"])
    options.add_argument("--tables", nargs="+", default=["vowels", "wilt", "annthyroid"])
    options.add_argument("--trials", nargs="+", type=int, default=[12, 32])
    options.add_argument("--seeds", type=int, default=3, help="searches of each kind, seeds 0, 1, …")
    options.add_argument("--pairs", type=int, default=5, help="fresh splits on which finalists are confirmed")
    args = options.parse_args()
    started_on, searches = machine(), []
    rows: list[list[Any]] = []
    for table in args.tables:
        folder = data_dir(args.data_dir)
        problem = load(Request(dataset=table), folder, allow_standin=False, notify=lambda line: None)
        for detector in args.detectors:
            for trials in args.trials:
                sides: list[list[dict[str, Any]]] = [[], []]
                for seed in range(args.seeds):
                    for side, above in zip(sides, (ALWAYS, NEVER), strict=True):
                        side.append(one_search(detector, problem, trials, seed, above, args.pairs))
                searches += sides[0] + sides[1]
                before, after = (
                    [sum(one[name] for one in side) / len(side) for name in ("confirmed", "seconds", "stopped")]
                    for side in sides
                )
                rows.append([table, detector, trials, *before, *after[:2], after[0] - before[0]])
                print(*rows[-1], flush=True)
    gains = [
        own["confirmed"] - other["confirmed"]
        for own in searches
        for other in searches
        if not own["stopping"] and other["stopping"] and all(own[k] == other[k] for k in own if k in KEYS)
    ]
    notes = [
        f"means over {args.seeds} seeds; confirmed: AP or AUROC of the winner on {args.pairs} fresh splits",
        f"without stopping minus with it, {len(gains)} pairs of searches: {interval(gains)}",
    ]
    columns = ("table", "detector", "trials", "confirmed", "s", "stopped", "not stopped: confirmed", "s", "gain")
    report("Early stopping of cheap fits", columns, rows, [], notes, started_on, {"searches": searches}, args.json)


KEYS = ("detector", "table", "trials", "seed")


if __name__ == "__main__":
    main()
