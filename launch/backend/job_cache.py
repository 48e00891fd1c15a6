"""Confirmations and refits that are not done twice: a runner that keeps what its jobs came to."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launch.common.jobs import Job, JobRunner
from trainables.core import state
from trainables.training import checkpoints
from trainables.training.fit import FitJob, FitResult

if TYPE_CHECKING:
    from launch.config.plan import Plan

BASELINE = "baseline"
"""Begins the key of a fit that no search of a command has for itself."""
KEPT = tuple(field.name for field in fields(FitResult) if field.name != "job")


class KeptJobs:
    """Runs fits on an engine; each result is written down, and each fit leaves states on its way.

    A search that is cut short in its confirmation or its refits, and resumed, takes the
    results from here and goes on with the rest. Fits of the baseline are the same for every search of a command: the
    first one makes them.
    """

    def __init__(self, engine: JobRunner, plan: Plan, search_id: str) -> None:
        self.engine, self.share = engine, engine.share
        self.folder, self.shared = plan.home.study(plan.study, "jobs"), _shared(plan)
        self.states = f"{plan.checkpoints(search_id)}/jobs"
        """Folder or URI that every node sees, for fits on their way."""
        data = plan.problem
        self.salt = json.dumps([data.dataset, data.sha256, data.protocol, data.outer_split, data.request])
        """What else a result depends on: the data."""

    def map(self, jobs: Sequence[Job], stop: Callable[[], bool]) -> Iterator[tuple[int, Any]]:
        """Results that are there at once, then the others as they end."""
        rest: list[int] = []
        for index, job in enumerate(jobs):
            kept = self._load(job)
            if kept is None:
                rest.append(index)
            else:
                yield index, kept
        for place, result in self.engine.map([self._with_states(jobs[i]) for i in rest], stop):
            index = rest[place]
            if isinstance(result, FitResult):
                result = replace(result, job=_fit(jobs[index]))
                self._save(jobs[index], result)
            yield index, result

    def _name(self, job: Job) -> str:
        parts = [self.salt, job.function.__name__, asdict(_fit(job))]
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=list).encode()).hexdigest()[:24]

    def _with_states(self, job: Job) -> Job:
        fit = replace(_fit(job), states=f"{self.states}/{self._name(job)}")
        return replace(job, arguments=(fit, *job.arguments[1:]))

    def _load(self, job: Job) -> FitResult | None:
        try:
            kept = state.load(self._file(job))
            return FitResult(job=_fit(job), **{name: kept[name] for name in KEPT})
        except Exception:  # none, one that cannot be read, or one of an older version: it is made again
            return None

    def _save(self, job: Job, result: FitResult) -> None:
        file = self._file(job)
        file.parent.mkdir(parents=True, exist_ok=True)
        state.save({name: getattr(result, name) for name in KEPT}, file)

    def _file(self, job: Job) -> Path:
        folder = self.shared if _fit(job).key[:1] == (BASELINE,) else self.folder
        return folder / f"{self._name(job)}.pt"


def _fit(job: Job) -> FitJob:
    fit = job.arguments[0]
    assert isinstance(fit, FitJob)
    return fit


def _shared(plan: Plan) -> Path:
    """Where searches of one command keep what is the same for all; a search alone has it in its own place."""
    return plan.home.study(plan.options.name or plan.study, "jobs")


def forget_shared(plan: Plan) -> None:
    """Delete what the searches of a command shared, when all of them have ended."""
    shutil.rmtree(_shared(plan), ignore_errors=True)


def forget(plan: Plan, search_id: str) -> None:
    """Delete what only an unfinished search needs."""
    checkpoints.remove(plan.checkpoints(search_id))
    shutil.rmtree(plan.home.study(plan.study, "jobs"), ignore_errors=True)
