"""Our arm of `overhead.py`, in this process."""

from __future__ import annotations

import resource
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from launch.common.environment import prepare

prepare()  # before Ray and MLflow are imported

from analysis.benchmarks.arms import search_driver
from analysis.benchmarks.arms.overhead_record import ROUNDS, recorded
from analysis.experiments import untracked_search
from launch.backend.ray_engine import RayEngine
from launch.common.home import Home
from launch.config.options import TuneOptions, check
from launch.search.planning import plan
from launch.tracking.tracker import NullTracker

ROWS = 1000


def ours(home: str, trials: int, *, tracked: bool = True, each_round: bool = False) -> dict[str, Any]:
    """The launcher's own path from its tracker to the complete record, on a table of 1,000 rows.

    With `each_round`, every round is a report to Tune of its own.
    """
    place, detector = Home.at(Path(home)), Path(__file__).with_name("noop.py")
    given = TuneOptions(
        detector="noop", dataset="noop", trials=trials, max_rounds=ROUNDS, scheduler="none", detector_path=detector,
        home=place.root, name="noop",
    )  # fmt: skip
    problem = search_driver.artificial_problem("noop", ROWS)
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
