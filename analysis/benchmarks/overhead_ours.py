"""Our arm of `overhead.py`, in this process; prints one line of JSON.

python analysis/benchmarks/overhead_ours.py HOME --trials 200 --untracked
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from launch.common.environment import prepare

prepare()  # before Ray and MLflow are imported

from analysis.benchmarks import search_driver
from analysis.benchmarks.overhead_record import ROUNDS, recorded
from analysis.experiments import untracked_search
from launch.backend.ray_engine import RayEngine
from launch.common.home import Home
from launch.config.options import TuneOptions, check
from launch.search.planning import plan
from launch.tracking.tracker import NullTracker

ROWS = 1000


def ours(home: Path, trials: int, *, tracked: bool, each_round: bool) -> dict[str, Any]:
    """The launcher's own path from its tracker to the complete record, on a table of 1,000 rows."""
    detector = Path(__file__).with_name("noop.py")
    given = TuneOptions(
        detector="noop", dataset="noop", trials=trials, max_rounds=ROUNDS, scheduler="none", detector_path=detector,
        home=home, name="noop",
    )  # fmt: skip
    place, problem = Home.at(home), search_driver.artificial_problem("noop", ROWS)
    search_plan = plan(check(given), place, problem, str(detector))
    if each_round:
        search_plan = replace(search_plan, halving=search_driver.EveryRound(ROUNDS, enabled=False))
    start = time.perf_counter()
    uri = place.tracking_uri(None)
    tracker = search_driver.tracker(search_plan, uri) if tracked else NullTracker()
    engine = RayEngine(address=None, concurrent=None, cpus=1, gpus=0)
    begun = time.perf_counter()
    searched = untracked_search.search(search_plan, engine, tracker)
    own, before = tracker.seconds, resource.getrusage(resource.RUSAGE_CHILDREN)
    tracker.close()
    end = time.perf_counter()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)  # the writer is the only child that ended in between
    engine.close()
    measured = {
        "trials": len(searched.study.records),
        "complete": searched.study.counts()["complete"],
        "seconds": end - begun,
        "search_seconds": searched.seconds,
        "waiting_seconds": end - begun - searched.seconds,
        "start_seconds": begun - start,
        "whole_seconds": end - start,
        "tracker_seconds": own,
        "writer_cpu_seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    }
    return measured | (recorded(uri, "tags.kind = 'trial'", "val_", "loss_loss") if tracked else {})


def main() -> None:
    """Read the options, run the arm, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--untracked", action="store_true", help="record nothing")
    parser.add_argument("--each-round", action="store_true", help="each round is a report to Tune")
    args = parser.parse_args()
    print(
        "\n"
        + json.dumps(ours(args.home.resolve(), args.trials, tracked=not args.untracked, each_round=args.each_round))
    )


if __name__ == "__main__":
    main()
