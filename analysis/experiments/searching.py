"""A search without a record in MLflow and without a test, for experiments about searching."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datasets.problems.problem import Problem
    from launch.backend.engine import Engine
    from launch.common.home import Home
    from launch.config.plan import Plan
    from launch.study.trial import TrialRecord


def searched(
    asked: Any, sampler: Any, seed: int, problem: Problem, engine: Engine, home: Home
) -> tuple[Plan, list[TrialRecord]]:
    """Search with a sampler; the plan, and the trials in the order in which they ended.

    Parameters
    ----------
    asked : object
        With `detector`, `dataset`, `trials`, `max_rounds`.
    sampler : str
    seed : int
    problem : Problem
    engine : Engine
    home : Home
    """
    from launch.common.interrupts import Interrupt
    from launch.config.options import TuneOptions, check
    from launch.search import trials
    from launch.search.context import SearchContext
    from launch.search.planning import plan

    options = TuneOptions(
        detector=asked.detector, dataset=asked.dataset, trials=asked.trials, max_rounds=asked.max_rounds,
        sampler=sampler, seed=seed, home=home.root, name=f"{sampler}-{seed}", no_retrain=True,
    )  # fmt: skip
    one = plan(check(options), home, problem, asked.detector)
    study = trials.open_study(one)
    with Interrupt(lambda: None) as interrupt:
        trials.run(SearchContext(one, study, engine, interrupt=interrupt))
        if interrupt.requested():
            raise KeyboardInterrupt
    ended = {t.number: t.datetime_complete for t in study.study.get_trials(deepcopy=False)}
    return one, sorted(study.records.values(), key=lambda r: (ended[r.number] is None, ended[r.number], r.number))


def confirmed(records: Sequence[TrialRecord], one: Plan, engine: Engine, seed: int, pairs: int) -> dict[str, float]:
    """Mean score of configurations on fresh splits, each trained once a split, by `repr` of its sorted items."""
    from launch.evaluation.confirm import Finalist, confirm

    different = {repr(sorted(r.params.items())): Finalist(r, False) for r in records}
    plan = replace(one, options=replace(one.options, seed=seed, confirm=pairs))
    confirm(list(different.values()), plan, engine, stop=lambda: False, on_done=lambda done, total: None)
    return {key: f.interval()[0] if f.scores and not f.failure else float("nan") for key, f in different.items()}
