"""A search without a record in MLflow and without a test, for experiments and benchmarks about searching."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from datasets.problems.problem import Problem
from launch.backend.engine import Engine
from launch.common.home import Home
from launch.common.interrupts import Interrupt
from launch.config.options import TuneOptions, check
from launch.config.plan import Plan
from launch.search import trials
from launch.search.context import SearchContext
from launch.search.planning import plan
from launch.study.study import Study
from launch.tracking.tracker import NullTracker


@dataclass(frozen=True)
class Searched:
    """A study that was searched, and the seconds that it took."""

    study: Study
    seconds: float


def plan_of(detector: str, problem: Problem, home: Home, **options: Any) -> Plan:
    """The plan of a search of a detector on a problem, with options of `launch.config.options.TuneOptions`."""
    given = {"name": "search", "no_retrain": True, **options}
    asked = TuneOptions(detector=detector, dataset=problem.dataset, home=home.root, **given)
    return plan(check(asked), home, problem, detector)


def search(search_plan: Plan, engine: Engine, tracker: Any = None) -> Searched:
    """Run every trial of a plan, silently, or be interrupted; without a tracker nothing is recorded in MLflow."""
    study = trials.open_study(search_plan)
    with Interrupt(lambda: None) as interrupt:
        context = SearchContext(search_plan, study, engine, tracker or NullTracker(), interrupt=interrupt)
        seconds = trials.run(context)
        if interrupt.requested():
            raise KeyboardInterrupt
    return Searched(study, seconds)
