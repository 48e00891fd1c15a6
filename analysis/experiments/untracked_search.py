"""A search without a record in MLflow and without a test, for experiments and benchmarks about searching."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from datasets.problems.problem import Problem
from launch.backend.engine import Engine
from launch.common.home import Home
from launch.common.interrupts import Interrupt
from launch.config.options import TuneOptions, check
from launch.config.plan import Plan
from launch.evaluation.confirm import Finalist, confirm
from launch.search import trials
from launch.search.context import SearchContext
from launch.search.planning import plan
from launch.study.study import Study
from launch.study.trial import TrialRecord
from launch.tracking.tracker import NullTracker


@dataclass(frozen=True)
class Searched:
    """A study that was searched, and the seconds that it took."""

    study: Study
    seconds: float

    def ended(self) -> list[TrialRecord]:
        """The trials in the order in which they ended."""
        at = {trial.number: trial.datetime_complete for trial in self.study.study.get_trials(deepcopy=False)}
        return sorted(self.study.records.values(), key=lambda r: (at[r.number] is None, at[r.number], r.number))


def plan_of(asked: Any, sampler: Any, seed: int, problem: Problem, home: Home, **options: Any) -> Plan:
    """The plan of a search with a sampler and a seed.

    Parameters
    ----------
    asked : object
        With `detector`, `dataset`, `trials`, `max_rounds`.
    **options
        Of `launch.config.options.TuneOptions`, besides.
    """
    given = TuneOptions(
        detector=asked.detector, dataset=asked.dataset, trials=asked.trials, max_rounds=asked.max_rounds,
        sampler=sampler, seed=seed, home=home.root, name=f"{sampler}-{seed}", no_retrain=True, **options,
    )  # fmt: skip
    return plan(check(given), home, problem, asked.detector)


def search(search_plan: Plan, engine: Engine, tracker: Any = None) -> Searched:
    """Run every trial of a plan, silently, or be interrupted; without a tracker nothing is recorded in MLflow."""
    study = trials.open_study(search_plan)
    with Interrupt(lambda: None) as interrupt:
        context = SearchContext(search_plan, study, engine, tracker or NullTracker(), interrupt=interrupt)
        seconds = trials.run(context)
        if interrupt.requested():
            raise KeyboardInterrupt
    return Searched(study, seconds)


def key(record: TrialRecord) -> str:
    """A configuration as a text, by which `confirmed` gives its score."""
    return repr(sorted(record.params.items()))


def confirmed(
    records: Sequence[TrialRecord], search_plan: Plan, engine: Engine, seed: int, pairs: int
) -> dict[str, float]:
    """Mean score of configurations on fresh splits, each trained once a split, by `key`; NaN for a failure."""
    finalists = {key(record): Finalist(record, False) for record in records}
    given = replace(search_plan, options=replace(search_plan.options, seed=seed, confirm=pairs))
    confirm(list(finalists.values()), given, engine, stop=lambda: False, on_done=lambda done, total: None)
    return {name: f.interval()[0] if f.scores and not f.failure else float("nan") for name, f in finalists.items()}
