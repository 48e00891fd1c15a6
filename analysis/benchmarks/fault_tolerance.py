"""What fault tolerance costs: the same search with it and without it, in turns.

With: every trial keeps its states on disk and has a time limit, as `tune.py` runs it. Without: the
launcher's own path with states and limit taken away, so that nothing could be resumed. The
configurations are the same (enqueued DevNets of several sizes, nothing stopped early, on the real
table), and so are the rounds; what differs is the throughput of the search.

    python analysis/benchmarks/fault_tolerance.py
    python analysis/benchmarks/fault_tolerance.py --trials 2 --repeats 1    # a quick look
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from launch.common.environment import prepare

prepare()  # before Ray and MLflow are imported

from analysis.benchmarks.arms import search_driver
from analysis.benchmarks.checks import Check, ratio, report
from analysis.benchmarks.common import arm, environment, fresh_home, machine, parser
from analysis.experiments import untracked_search
from launch.backend.ray_engine import RayEngine
from launch.common.home import Home
from launch.config.options import TuneOptions, check
from launch.search import trials as search_trials
from launch.search.planning import load_problem, plan

AIM_SHARE = 0.05
TIMEOUT = 3600.0
SIZES = ((256, 128), (250, 20), (100, 50), (512, 256))


def configurations(trials: int) -> list[dict[str, Any]]:
    """Trials of several seconds each, so that states are written."""
    shared = {"optimizer": "adam", "batch_size": 256, "batches_per_epoch": 0, "anomaly_share": 0.3}
    return [{**shared, "hidden": list(SIZES[i % len(SIZES)]), "lr": 1e-3 * (1 + i)} for i in range(trials)]


def run(folder: str, dataset: str, trials: int, rounds: int, tolerant: bool) -> dict[str, Any]:
    """One search in this process; seconds of the search alone, and states written."""
    home = Path(folder)
    (home / "configurations.json").write_text(json.dumps(configurations(trials)))
    given = TuneOptions(
        detector="devnet", dataset=dataset, trials=trials + 2, max_rounds=rounds, scheduler="none", home=home,
        name="tolerance", enqueue=home / "configurations.json", trial_timeout=f"{TIMEOUT:.0f}s", no_standin=True,
    )  # fmt: skip
    options, place = check(given), Home.at(home)
    search_plan = plan(options, place, load_problem(options, lambda message: None), "devnet")
    whole = search_trials.search_data
    if not tolerant:
        search_trials.search_data = lambda *a: replace(whole(*a), checkpoints=None, timeout=None)
    tracker = search_driver.tracker(search_plan, place.tracking_uri(None))
    size = search_plan.problem.development.X.nbytes
    engine = RayEngine(address=None, concurrent=None, cpus=1, gpus=0, data_bytes=size)
    searched = untracked_search.search(search_plan, engine, tracker)
    tracker.close()
    engine.close()
    records = searched.study.records.values()
    return {
        "seconds": searched.seconds,
        "trials": len(records),
        "complete": searched.study.counts()["complete"],
        "with_states": sum(r.checkpointed for r in records),
        "rounds": sum(len(r.history) for r in records),
    }


def main() -> None:
    """Run both arms in turns and show them."""
    options = parser(__doc__)
    options.add_argument("--trials", type=int, default=6, help="beside the published ones")
    options.add_argument("--rounds", type=int, default=20, help="of each trial")
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--dataset", default="celeba")
    args = options.parse_args()
    started_on, env = machine(), environment(data_dir=args.data_dir)
    found: dict[str, list[dict[str, Any]]] = {"without": [], "with": []}
    for _ in range(args.repeats):
        for name, runs in found.items():
            with fresh_home() as home:
                given = {"dataset": args.dataset, "trials": args.trials, "rounds": args.rounds}
                runs.append(arm("fault_tolerance:run", env, folder=home, tolerant=name == "with", **given))
    middle = {name: float(median(one["seconds"] for one in runs)) for name, runs in found.items()}
    rows = [
        [name, middle[name], runs[0]["trials"] / middle[name], runs[0]["rounds"], runs[0]["with_states"]]
        for name, runs in found.items()
    ]
    share = 1.0 - ratio(middle["without"], middle["with"])
    checks = [
        Check("share of the throughput that fault tolerance costs", share, AIM_SHARE),
        Check("trials that wrote states", float(found["with"][0]["with_states"]), 1.0, at_most=False),
    ]
    notes = [f"seconds {name}: " + ", ".join(f"{one['seconds']:.1f}" for one in runs) for name, runs in found.items()]
    columns = ("fault tolerance", "seconds, median", "trials/s", "rounds", "trials with states")
    report("Fault tolerance", columns, rows, checks, notes, started_on, {"sides": found, "share": share}, args.json)


if __name__ == "__main__":
    main()
