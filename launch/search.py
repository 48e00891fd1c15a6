"""The search itself: trials until the budget is spent, every one in the study and in MLflow."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import optuna
from rich.console import Console

from launch import record as facts
from launch import study as studies
from launch.engine import Engine
from launch.errors import UsageError
from launch.interrupt import Interrupt
from launch.plan import Plan
from launch.progress import Progress
from launch.searcher import StudySearcher
from launch.study import Record, Study
from launch.tracking import Tracker
from trainables.core.detector import TrainData
from trainables.core.ray_trainable import SearchData

FIXED_ATTRIBUTES = ("detector", "dataset", "dataset_sha256", "protocol", "outer_split", "metric", "seed", "max_rounds")
TRACKED = ("auroc", "ap", "f1", "threshold", "score")


@dataclass
class Budget:
    """Time for search and confirmation.

    Attributes
    ----------
    seconds : float or None
        In all; None is no limit.
    started : float
        `time.monotonic()` at the start of the command.
    """

    seconds: float | None
    started: float

    def left(self) -> float | None:
        """Seconds until the limit."""
        return None if self.seconds is None else self.seconds - (time.monotonic() - self.started)


def open_study(plan: Plan) -> Study:
    """A new study, or one of that name to go on with.

    Raises
    ------
    UsageError
        If the name is taken by a search of something else.
    """
    options = plan.options
    where = options.study_storage or studies.journal(plan.home.root, plan.study)
    store = studies.storage(where)
    wanted = {
        "detector": plan.label,
        "dataset": plan.problem.dataset,
        "dataset_sha256": plan.problem.sha256,
        "protocol": plan.problem.protocol,
        "outer_split": plan.problem.outer_split,
        "metric": plan.metric,
        "seed": options.seed,
        "max_rounds": options.max_rounds,
    }
    existing = {s.study_name: s for s in optuna.get_all_study_summaries(store)}.get(plan.study)
    if existing is not None:
        for name in FIXED_ATTRIBUTES:
            found = existing.user_attrs.get(name)
            if found != wanted[name]:
                raise UsageError(
                    f"the study {plan.study} exists with {name}={found}, and this command has {wanted[name]}; "
                    "go on with the same options, or take another --name"
                )
    done = existing.n_trials if existing is not None else 0
    chosen = studies.sampler(
        options.sampler, options.seed + done, plan.distributions, max(1, plan.trials - len(plan.initial))
    )
    inner = optuna.create_study(
        storage=store, study_name=plan.study, sampler=chosen, direction="maximize", load_if_exists=True
    )
    for name, value in wanted.items():
        if existing is None:
            inner.set_user_attr(name, value)
    return Study(inner, plan.space, plan.info, plan.initial, plan.trials)


def run(
    plan: Plan,
    study: Study,
    engine: Engine,
    tracker: Tracker,
    console: Console,
    budget: Budget,
    interrupt: Interrupt,
) -> float:
    """Run trials; returns the seconds it took."""
    start = time.monotonic()
    split = plan.problem.split(plan.options.seed)
    data = SearchData(
        plan.detector,
        TrainData.from_labels(split.train.X, split.train.y),
        split.valid.X,
        split.valid.y,
        plan.metric,
        plan.halving.max_rounds,
        plan.halving.rungs(),
        max(1, int(plan.options.cpus_per_trial)),
    )
    ends: list[float] = []

    def left() -> float | None:
        limit = budget.left()
        if len(ends) < 4:
            return limit
        rest = study.remaining + len(study.running)
        estimate = (time.monotonic() - start) / len(ends) * rest
        return estimate if limit is None else min(limit, estimate)

    def exhausted() -> bool:
        limit = budget.left()
        return limit is not None and limit < reserve(plan, study, engine.concurrent)

    def stop() -> bool:
        return interrupt.requested() or exhausted()

    title = f"{plan.label} on {plan.problem.dataset}"
    progress = Progress(
        console,
        title=title,
        metric=plan.metric,
        total=study.remaining,
        max_rounds=plan.halving.max_rounds,
        left=left,
    )
    told: dict[int, int] = {}

    def on_start(record: Record) -> None:
        progress.start(record)
        if not study.remaining:
            engine.warm()
        track_start(tracker, plan, record)

    def on_report(record: Record) -> None:
        progress.report(record)
        track_rounds(tracker, record, told)

    def on_end(record: Record) -> None:
        ends.append(time.monotonic())
        progress.end(record)
        track_end(tracker, record)

    searcher = StudySearcher(
        study,
        seed=plan.options.seed,
        exhausted=stop,
        on_start=on_start,
        on_report=on_report,
        on_end=on_end,
    )
    with progress:
        if study.remaining:
            engine.search(searcher, data, plan.halving, _closing(stop, searcher))
        for record in study.interrupt():
            on_end(record)
    return time.monotonic() - start


def _closing(stop: Callable[[], bool], searcher: StudySearcher) -> Callable[[], bool]:
    """Once the time is up or the person said stop, what still runs is interrupted, not pruned."""

    def ask() -> bool:
        searcher.closed = searcher.closed or stop()
        return searcher.closed

    return ask


def reserve(plan: Plan, study: Study, concurrent: int) -> float:
    """Seconds to keep for confirmation and refits, from what rounds have cost so far."""
    timed = [r for r in study.records.values() if r.history]
    if not timed:
        return 0.0
    per_round = max(r.seconds_per_round for r in timed)
    fits = 4 * max(1, plan.options.confirm) + 11
    return fits * per_round * plan.halving.max_rounds / concurrent + 6.0


def track_start(tracker: Tracker, plan: Plan, record: Record) -> None:
    """Open the trial's run."""
    import json

    origin = f" {record.origin}" if record.published else ""
    tags = facts.base_tags(plan)
    tracker.log(
        "run",
        key=f"trial-{record.number}",
        name=f"trial-{record.number:03d}{origin}",
        params=record.params,
        tags={
            **tags,
            "kind": "trial",
            "trial_number": record.number,
            "origin": record.origin,
            "config": json.dumps(record.params),
            "detector_path": plan.detector if plan.detector != plan.label else "",
            "split_seed": plan.options.seed,
            "train_seed": plan.options.seed,
        },
    )


def track_rounds(tracker: Tracker, record: Record, told: dict[int, int]) -> None:
    """Send the rounds that were not sent yet."""
    first = told.get(record.number, 0)
    rows: list[dict[str, Any]] = [
        {f"val_{k}" if k in TRACKED else k: v for k, v in row.items()} for row in record.history[first:]
    ]
    told[record.number] = len(record.history)
    tracker.log("metrics", key=f"trial-{record.number}", rows=rows)


def track_end(tracker: Tracker, record: Record) -> None:
    """Close the trial's run: pruned is FINISHED, interrupted is KILLED."""
    key = f"trial-{record.number}"
    tags = {"state": record.state, "rounds": len(record.history)}
    if record.failure:
        tags |= {"failure": record.failure, "failure_message": record.failure_message}
    tracker.log("tags", key=key, tags=tags)
    if record.history:
        totals = {"fit_seconds_total": record.fit_seconds, "peak_memory_mb": record.peak_memory_mb}
        tracker.log("metrics", key=key, rows=[{"round": len(record.history), **totals}])
    status = "KILLED" if record.failure == "interrupted" else "FAILED" if record.failure else "FINISHED"
    tracker.log("end", key=key, status=status)
