"""The search itself: trials until the budget is spent, every one in the study and in MLflow."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from rich.console import Console

from launch.backend.engine import Engine
from launch.backend.searcher import StudySearcher
from launch.common.errors import Stopped
from launch.common.interrupts import Interrupt
from launch.common.redaction import redact, shown
from launch.config.plan import Plan
from launch.display.progress import Progress
from launch.search.stopping import Budget, Failing, reserve
from launch.study import samplers
from launch.study.opening import open_or_create
from launch.study.storage import TROUBLE, journal
from launch.study.study import Study
from launch.study.trial import TrialRecord
from launch.tracking import spool
from launch.tracking.tracker import Tracker
from launch.tracking.trial_events import TrialEvents
from trainables.core import failures
from trainables.training import checkpoints
from trainables.training.ray_trainable import SearchData, trial_folder


def open_study(plan: Plan) -> Study:
    """A new study, or one of that name to go on with.

    Raises
    ------
    UsageError
        If the name is taken by a search of something else.
    """
    options = plan.options
    where = options.study_storage or journal(plan.home.root, plan.study)
    identity = {
        "detector": plan.label,
        "dataset": plan.problem.dataset,
        "dataset_sha256": plan.problem.sha256,
        "protocol": plan.problem.protocol,
        "outer_split": plan.problem.outer_split,
        "request": json.dumps(plan.problem.request, sort_keys=True),
        "metric": plan.metric,
        "latency": plan.latency,
        "seed": options.seed,
        "max_rounds": options.max_rounds,
    }
    inner = open_or_create(
        where,
        plan.study,
        identity,
        sampler=lambda trials: samplers.sampler(
            options.sampler, options.seed + trials, plan.distributions, max(1, plan.trials - len(plan.initial))
        ),
        directions=["maximize", "minimize"] if plan.latency else ["maximize"],
    )
    timed_rows = plan.scored_rows if plan.latency else None
    study = Study(inner, plan.space, plan.info, plan.initial, plan.trials, timed_rows)
    study.recall(TrialEvents.rounds_told(spool.read(plan.home.study(plan.study, "spool.jsonl"))))
    return study


def search_data(plan: Plan, study: Study, concurrent: int) -> SearchData:
    """What trials get: training and validation rows, and where they keep their states."""
    options, split = plan.options, plan.problem.split(plan.options.seed)
    quota = options.quota_bytes
    return SearchData(
        plan.detector,
        plan.train_data(split.train),
        split.valid.X,
        split.valid.y,
        plan.metric,
        plan.halving.max_rounds,
        plan.halving.rungs(),
        max(1, int(options.cpus_per_trial)),
        plan.checkpoints(study.search_id),
        # the best, the last, and the next while it is written
        None if quota is None else quota // (3 * concurrent),
        options.timeout_seconds,
        options.auto_batch,
    )


def run(
    plan: Plan,
    study: Study,
    engine: Engine,
    tracker: Tracker,
    console: Console,
    budget: Budget,
    interrupt: Interrupt,
) -> float:
    """Run trials; returns the seconds it took.

    Raises
    ------
    Stopped
        If the record cannot be written, or the first trials all failed for one reason.
    """
    start = time.monotonic()
    data = search_data(plan, study, engine.concurrent)
    events = TrialEvents(plan, tracker, spool.read(plan.home.study(plan.study, "spool.jsonl")))
    events.reconcile(study)
    ends: list[float] = []
    failing = Failing(0 if study.ranked() else plan.options.stop_after_failures)

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
        return interrupt.requested() or exhausted() or failing.cause is not None

    title = f"{plan.label} on {plan.problem.dataset}"
    progress = Progress(
        console,
        title=title,
        metric=plan.metric,
        total=study.remaining,
        max_rounds=plan.halving.max_rounds,
        left=left,
        outage=getattr(tracker, "outage", lambda: None),
    )

    def on_start(record: TrialRecord) -> None:
        progress.start(record)
        if not study.remaining:
            engine.warm()
        events.start(record)

    def on_report(record: TrialRecord) -> None:
        progress.report(record)
        events.rounds(record)

    def on_end(record: TrialRecord) -> None:
        ends.append(time.monotonic())
        progress.end(record)
        events.end(record)
        failing.take(record)
        if record.checkpointed:
            checkpoints.remove(trial_folder(data.checkpoints or "", record.number))

    def on_note(words: str) -> None:
        progress.note(words)
        events.note(words)

    searcher = StudySearcher(
        study,
        seed=plan.options.seed,
        exhausted=stop,
        on_start=on_start,
        on_report=on_report,
        on_end=on_end,
        on_note=on_note,
    )
    with progress:
        if study.remaining:
            engine.search(searcher, data, plan.halving, _closing(stop, searcher))
        if isinstance(searcher.trouble, TROUBLE):
            raise Stopped(_trouble(plan, searcher.trouble)) from searcher.trouble
        if searcher.trouble is not None:
            raise searcher.trouble
        if interrupt.requested() or failing.cause is not None:
            events.leave(study.unfinished)
        else:
            for record in study.interrupt():
                on_end(record)
    if failing.cause is not None:
        raise Stopped(failing.words())
    return time.monotonic() - start


def _trouble(plan: Plan, error: Exception) -> str:
    """Why the record cannot be written, in one sentence."""
    if isinstance(error, Stopped):
        return str(error)
    where = shown(plan.options.study_storage) if plan.options.study_storage else str(plan.home.root)
    reason = getattr(error, "strerror", None) or redact(failures.one_line(f"{type(error).__name__}: {error}"))
    return f"the record in {where} cannot be written ({reason}); what was there is kept: mend it and go on"


def _closing(stop: Callable[[], bool], searcher: StudySearcher) -> Callable[[], bool]:
    """Once the time is up or the person said stop, what still runs is interrupted, not pruned."""

    def ask() -> bool:
        searcher.closed = searcher.closed or stop()
        return searcher.closed

    return ask
