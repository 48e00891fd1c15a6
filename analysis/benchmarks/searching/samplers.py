"""Compare samplers on the real job, at an equal number of trials, with their seconds.

Every sampler searches with the same seeds (of validation split, training and sampler) in one
Ray session, through the launcher's own search, nothing recorded in MLflow. The best configuration
of each search is trained again on fresh splits and seeds, the same for all samplers: that score,
unlike the best of the search, is not the luckiest of many. Test rows are never read.

    python analysis/benchmarks/searching/samplers.py
    python analysis/benchmarks/searching/samplers.py --samplers random qmc --seeds 1 --trials 4 --pairs 1
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[3])

from launch.common.environment import prepare

prepare()  # before Ray is imported

from analysis.benchmarks.checks import report
from analysis.benchmarks.common import fresh_home, load, machine, parser
from analysis.experiments import untracked_search
from datasets.problems.problem import Problem
from launch.backend.engine import Engine
from launch.backend.ray_engine import RayEngine
from launch.common.home import Home
from launch.evaluation.intervals import mean_interval

SAMPLERS = ("tpe", "random", "qmc")
METRICS = ("score", "confirmed", "seconds", "rounds")


def one_search(sampler: str, seed: int, args: Any, problem: Problem, engine: Engine, home: Home) -> dict[str, Any]:
    """Search with one sampler and seed, then confirm the best configuration."""
    search_plan = untracked_search.plan_of(
        args, sampler, seed, problem, home, scheduler=args.scheduler, confirm=args.pairs
    )
    searched = untracked_search.search(search_plan, engine)
    study, best = searched.study, searched.study.ranked()[0]
    (confirmed,) = untracked_search.confirmed([best], search_plan, engine, seed, args.pairs).values()
    counts = study.counts()
    return {
        "sampler": sampler,
        "seed": seed,
        "metric": search_plan.metric,
        "score": best.score,
        "confirmed": None if math.isnan(confirmed) else confirmed,
        "seconds": searched.seconds,
        "rounds": sum(len(record.history) for record in study.records.values()),
        "origin": best.origin,
        "config": best.params,
        "counts": {k: counts[k] for k in ("complete", "pruned", "failed")},
    }


def interval(values: list[float]) -> str:
    """Mean and half the 95 % interval, in words; of one value there is no interval."""
    mean, low, high = mean_interval(values)
    return f"{mean:.4f}" if len(values) < 2 else f"{mean:.4f} ± {(high - low) / 2:.4f}"


def differences(searches: list[dict[str, Any]], sampler: str, against: str, metric: str) -> list[float]:
    """The metric of a sampler minus that of another, seed by seed."""
    by = {(one["sampler"], one["seed"]): one[metric] for one in searches}
    seeds = sorted({one["seed"] for one in searches})
    pairs = [(by.get((sampler, s)), by.get((against, s))) for s in seeds]
    return [a - b for a, b in pairs if a is not None and b is not None]


def main() -> None:
    """Run every search and show the samplers side by side."""
    options = parser(__doc__)
    options.add_argument("--samplers", nargs="+", default=list(SAMPLERS), choices=(*SAMPLERS, "gp", "grid"))
    options.add_argument("--seeds", type=int, default=5, help="searches of each sampler, seeds 0, 1, …")
    options.add_argument("--first-seed", type=int, default=0)
    options.add_argument("--trials", type=int, default=64)
    options.add_argument(
        "--pairs", type=int, default=3, help="fresh splits on which the best configuration is confirmed"
    )
    options.add_argument("--max-rounds", type=int, default=10)
    options.add_argument("--scheduler", default="asha", choices=("asha", "none"))
    options.add_argument("--detector", default="devnet")
    options.add_argument("--dataset", default="celeba")
    args = options.parse_args()
    if "gp" in args.samplers and args.scheduler == "asha":
        options.error("gp learns from complete trials alone: add --scheduler none")
    started_on, problem = machine(), load(args.dataset, args.data_dir)
    searches: list[dict[str, Any]] = []
    with fresh_home() as folder:
        home = Home.at(folder)
        size = problem.development.X.nbytes
        engine = RayEngine(address=None, concurrent=None, cpus=1, gpus=0, data_bytes=size)
        for i, seed in enumerate(range(args.first_seed, args.first_seed + args.seeds)):
            shift = i % len(args.samplers)  # in turns, so that none is always the first
            for sampler in [*args.samplers[shift:], *args.samplers[:shift]]:
                searches.append(one_search(sampler, seed, args, problem, engine, home))
                text = "{sampler} seed {seed}: best {score:.4f}, {seconds:.1f} s, {rounds} rounds"
                print(text.format(**searches[-1]))
        engine.close()
    metric = searches[0]["metric"].upper()
    rows: list[list[Any]] = []
    for sampler in args.samplers:
        own = [one for one in searches if one["sampler"] == sampler]
        cells: list[Any] = [sampler]
        for name in METRICS:
            values = [float(one[name]) for one in own if one[name] is not None]
            mean = sum(values) / len(values) if values else float("nan")
            cells.append((interval(values) if values else "none") if name in ("score", "confirmed") else mean)
        rows.append([*cells, sum(one["origin"] != "sampled" for one in own)])
    first = args.samplers[0]
    notes = [
        f"{args.trials} trials, {args.scheduler}, {args.seeds} seeds, ± is half a 95 % interval of the mean over "
        f"seeds; best: highest smoothed validation {metric} of a search; confirmed: its mean on {args.pairs} splits"
    ]
    notes += [
        f"{sampler} minus {first}, seed by seed: confirmed {interval(d)}, seconds {sum(s) / len(s):+.1f}"
        for sampler in args.samplers[1:]
        if (d := differences(searches, sampler, first, "confirmed"))
        and (s := differences(searches, sampler, first, "seconds"))
    ]
    columns = ("sampler", f"best {metric}", f"confirmed {metric}", "search s", "rounds", "won by a published one")
    report("Samplers", columns, rows, [], notes, started_on, {"searches": searches}, args.json)


if __name__ == "__main__":
    main()
