"""A search without a record in MLflow and without a test, for experiments about searching."""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datasets.problem import Problem
    from launch.engine import Engine
    from launch.home import Home
    from launch.plan import Plan
    from launch.study import Record


def searched(
    asked: Any, sampler: Any, seed: int, problem: Problem, engine: Engine, home: Home
) -> tuple[Plan, list[Record]]:
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
    from rich.console import Console

    from analysis.benchmarks.direct import NullTracker
    from launch import search
    from launch.interrupt import Interrupt
    from launch.options import Options, check
    from launch.plan import plan

    options = Options(
        detector=asked.detector, dataset=asked.dataset, trials=asked.trials, max_rounds=asked.max_rounds,
        sampler=sampler, seed=seed, home=home.root, name=f"{sampler}-{seed}", no_retrain=True,
    )  # fmt: skip
    one = plan(check(options), home, problem, asked.detector)
    study = search.open_study(one)
    with Interrupt(lambda: None) as interrupt:
        budget = search.Budget(None, time.monotonic())
        search.run(one, study, engine, NullTracker(), Console(file=io.StringIO(), width=200), budget, interrupt)
        if interrupt.requested():
            raise KeyboardInterrupt
    ended = {t.number: t.datetime_complete for t in study.study.get_trials(deepcopy=False)}
    return one, sorted(study.records.values(), key=lambda r: (ended[r.number] is None, ended[r.number], r.number))


def confirmed(
    records: Sequence[Record], one: Plan, problem: Problem, engine: Engine, seed: int, pairs: int
) -> dict[str, float]:
    """Mean score of configurations on fresh splits, each trained once a split, by `repr` of its sorted items."""
    from launch.confirm import Finalist, confirm

    different = {repr(sorted(r.params.items())): Finalist(r, False) for r in records}
    confirm(
        list(different.values()),
        detector=one.detector,
        problem=problem,
        engine=engine,
        pairs=pairs,
        seed=seed,
        rounds=one.halving.max_rounds,
        metric=one.metric,
        stop=lambda: False,
        on_done=lambda done, total, _: None,
    )
    return {key: f.interval()[0] if f.scores and not f.failure else float("nan") for key, f in different.items()}
