"""Confirmations and refits that are not done twice: an engine that keeps what its jobs came to."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launch.backend.engine import Engine
from launch.common.jobs import Job
from trainables.core import state
from trainables.training import checkpoints
from trainables.training.fit import FitJob, FitResult

if TYPE_CHECKING:
    from launch.config.plan import Plan


class KeptJobs:
    """Runs fits on another engine; each result is written down, and each fit leaves states on its way.

    A search that is cut short in its confirmation or its refits, and resumed, takes the
    results from here and goes on with the rest.

    Parameters
    ----------
    engine : Engine
    folder : Path
        Of results; this process alone reads and writes it.
    states : str
        Folder or URI that every node sees, for fits on their way.
    salt : str
        What else a result depends on: the data.
    """

    def __init__(self, engine: Engine, folder: Path, states: str, salt: str) -> None:
        self.engine, self.folder, self.states, self.salt = engine, folder, states, salt
        self.concurrent = engine.concurrent

    def share(self, value: Any) -> Any:
        """As the engine's."""
        return self.engine.share(value)

    def search(self, *arguments: Any) -> None:
        """As the engine's."""
        self.engine.search(*arguments)

    def warm(self) -> None:
        """As the engine's."""
        self.engine.warm()

    def close(self) -> None:
        """As the engine's."""
        self.engine.close()

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
            fields = state.load(self.folder / f"{self._name(job)}.pt")
            return FitResult(job=_fit(job), **fields)
        except FileNotFoundError:
            return None
        except Exception:  # a result that cannot be read is made again
            return None

    def _save(self, job: Job, result: FitResult) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        content = {name: getattr(result, name) for name in ("history", "scores", "fit_seconds", "predict_seconds")}
        state.save({**content, "state": result.state}, self.folder / f"{self._name(job)}.pt")


def _fit(job: Job) -> FitJob:
    fit = job.arguments[0]
    assert isinstance(fit, FitJob)
    return fit


def keeping(engine: Engine, plan: Plan, search_id: str) -> KeptJobs:
    """The engine for the end of a search."""
    problem = plan.problem
    salt = json.dumps([problem.dataset, problem.sha256, problem.protocol, problem.outer_split, problem.request])
    states = f"{plan.checkpoints(search_id)}/jobs"
    return KeptJobs(engine, plan.home.study(plan.study, "jobs"), states, salt)


def forget(plan: Plan, search_id: str) -> None:
    """Delete what only an unfinished search needs."""
    checkpoints.remove(plan.checkpoints(search_id))
    shutil.rmtree(plan.home.study(plan.study, "jobs"), ignore_errors=True)
