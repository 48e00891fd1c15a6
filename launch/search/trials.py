"""The search itself: trials until the budget is spent, every one in the study and in MLflow."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from launch.backend.searcher import StudySearcher
from launch.common.errors import Stopped
from launch.common.redaction import redact, shown
from launch.config.plan import Plan
from launch.config.portfolio import PortfolioTrials
from launch.display.progress import Progress
from launch.evaluation.metric_labels import label
from launch.evaluation.search_splits import search_splits
from launch.search.callbacks import RemoveCheckpoints, StopAfterFailures, TrialCallback, WarmUp, tell
from launch.search.context import SearchContext
from launch.search.time_left import Forecast
from launch.study import kept_space, samplers
from launch.study.storage import READING, TROUBLE, OptunaStudy, begun_with, journal, open_or_create
from launch.study.study import PORTFOLIO, Study
from launch.tracking import spool
from launch.tracking.trial_events import TrialEvents, logged_rounds, trial_key
from trainables.core.failures import one_line
from trainables.core.preprocessing.schema import TIME
from trainables.training.ray_trainable import SearchData


def open_study(plan: Plan, hold: Callable[[OptunaStudy], None] = lambda study: None) -> Study:
    """A new study, or one of that name to go on with; a UsageError if that is a search of something else.

    `hold` sees to it that no other process searches it: what is there is read after that.
    """
    options = plan.options
    where = options.study_storage or journal(plan.home.root, plan.study)
    identity = {
        "detector": plan.label,
        "dataset_sha256": plan.problem.sha256,
        "dataset": plan.problem.dataset,
        "protocol": plan.problem.protocol,
        "outer_split": plan.problem.outer_split,
        "request": json.dumps(plan.problem.request, sort_keys=True),
        "metric": plan.metric,
        "latency": plan.latency,
        "seed": options.seed,
        "max_rounds": options.max_rounds,
        "splits_per_trial": plan.splits,
    }
    schema, reading = plan.problem.schema, plan.problem.reading_sha256
    if reading is not None:
        identity[READING] = reading
    dated = schema is not None and any(column.kind == TIME for column in schema.columns)
    space = plan.space

    def sampler(existing: OptunaStudy | None) -> Any:
        nonlocal space
        begun = 0
        if existing is not None:
            begun = len(existing.get_trials(deepcopy=False))
            names = plan.cls.parameter_names()
            space = kept_space.going_on(space, plan.info, existing, names, {*options.fixed, *options.ranges})
        sampled = max(1, plan.trials - len(plan.initial) - len(plan.portfolio.configurations))
        return samplers.sampler(options.sampler, options.seed + begun, space, plan.info, sampled)

    inner = open_or_create(
        where,
        plan.study,
        identity,
        unrecorded={"splits_per_trial": 1} | ({READING: "dates as days"} if dated else {}),
        sampler=sampler,
        directions=["maximize", "minimize"] if plan.latency else ["maximize"],
        metric_names=[f"validation {label(plan.metric)}", *(["µs per row"] if plan.latency else [])],
    )
    hold(inner)
    timed_rows = plan.scored_rows if plan.latency else None
    if not inner.get_trials(deepcopy=False):
        inner.set_user_attr(kept_space.SPACE, kept_space.described(plan.distributions))
    portfolio = begun_with(inner, PORTFOLIO, asdict(plan.portfolio), {})
    initial = [*plan.initial, *portfolio.get("configurations", {}).items()]
    study = Study(inner, space, plan.info, initial, plan.trials, timed_rows, plan.whole, plan.filled)
    go_on = [trial_key(record) for record in study.waiting]
    study.recall(logged_rounds(spool.read(plan.home.study(plan.study, "spool.jsonl"), go_on)))
    return study


def with_its_portfolio(plan: Plan, study: Study) -> Plan:
    """The plan with the portfolio that its study was begun with, which may be another than today's, or none."""
    return replace(plan, portfolio=PortfolioTrials(**(study.study.user_attrs[PORTFOLIO] or {})))


def search_data(plan: Plan, study: Study, concurrent: int) -> SearchData:
    """What trials get: training and validation rows, and where they keep their states."""
    options, quota = plan.options, plan.options.quota_bytes
    splits = search_splits(plan.problem, options.seed, plan.splits)
    first, *more = ((plan.train_data(split.train), split.valid.X, split.valid.y) for split in splits)
    return SearchData(
        plan.detector,
        *first,
        plan.metric,
        plan.halving.max_rounds,
        plan.halving.rungs(),
        max(1, int(options.cpus_per_trial)),
        plan.checkpoints(study.search_id),
        # the best, the last, and the next while it is written
        None if quota is None else quota // (3 * concurrent),
        options.timeout_seconds,
        options.auto_batch,
        tuple(more),
    )


def run(search: SearchContext) -> float:
    """Run trials until there are enough or something says stop; returns the seconds it took.

    Raises
    ------
    Stopped
        If the record cannot be written, or the first trials all failed for one reason.
    """
    start = time.monotonic()
    plan, study, engine = search.plan, search.study, search.engine
    data = search_data(plan, study, engine.concurrent)
    events = TrialEvents(plan, search.tracker, spool.read(plan.home.study(plan.study, "spool.jsonl")))
    events.reconcile(study)
    forecast = Forecast(plan, study, engine.concurrent, search.budget)
    failures = StopAfterFailures(0 if study.ranked() else plan.options.stop_after_failures)
    progress = Progress(
        search.console,
        title=f"{plan.label} on {plan.problem.dataset}",
        metric=plan.metric,
        total=study.remaining,
        full_rounds=plan.full_rounds,
        left=forecast.left,
        outage=search.tracker.outage,
        restored=study.records.values(),
    )
    removal = RemoveCheckpoints(data.checkpoints)
    callbacks: list[TrialCallback] = [forecast, progress, WarmUp(study, engine), events, failures, removal]

    def stop() -> bool:
        return (
            search.interrupt.requested()
            or search.budget.exhausted(plan, study, engine.concurrent)
            or failures.cause is not None
        )

    searcher = StudySearcher(
        study,
        seed=plan.options.seed,
        exhausted=stop,
        on_start=tell(callbacks, "start"),
        on_report=tell(callbacks, "report"),
        on_end=tell(callbacks, "end"),
        on_note=tell(callbacks, "note"),
    )
    with progress:
        if study.remaining:
            engine.search(searcher, data, plan.halving, searcher.closing)
        _raise_trouble(plan, searcher.trouble)
        if search.interrupt.requested() or failures.cause is not None:
            events.leave(study.unfinished)  # they go on when the search does
        else:
            for record in study.interrupt():
                searcher.on_end(record)
    if failures.cause is not None:
        raise Stopped(failures.message())
    return time.monotonic() - start


def _raise_trouble(plan: Plan, error: Exception | None) -> None:
    """Raise what made the record impossible to write; what a storage is known for, in one sentence."""
    if isinstance(error, Stopped):
        raise Stopped(str(error)) from error
    if isinstance(error, TROUBLE):
        where = shown(plan.options.study_storage) if plan.options.study_storage else str(plan.home.root)
        reason = getattr(error, "strerror", None) or redact(one_line(f"{type(error).__name__}: {error}"))
        raise Stopped(
            f"the record in {where} cannot be written ({reason}); what was there is kept: mend it and go on"
        ) from error
    if error is not None:
        raise error
