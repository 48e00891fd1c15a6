"""What the driver does about trials that hang and workers that die, as a callback of Ray Tune."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import ray
from ray import tune
from ray.exceptions import OutOfMemoryError, RayActorError, RayError, RayTaskError

from launch.backend.ray_private import actor_of, error_of
from trainables.core import failures
from trainables.core.errors import OutOfMemory, TrialTimeout

if TYPE_CHECKING:
    from launch.backend.searcher import StudySearcher

GRACE = 5.0
"""Seconds that a trial has to end by itself, by the signal in its own process, before it is killed."""


class Watchdog(tune.Callback):
    """Kills trials that take longer than `timeout` seconds, and names what became of lost ones."""

    def __init__(self, searcher: StudySearcher, timeout: float | None) -> None:
        self.searcher, self.timeout = searcher, timeout
        self.started: dict[str, float] = {}

    def on_trial_start(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Its time runs from now."""
        self.started[trial.trial_id] = time.monotonic()

    def on_step_begin(self, iteration: int, trials: list[Any], **info: Any) -> None:
        """Kill the workers of trials that are over their time and still there."""
        if self.timeout is None:
            return
        now = time.monotonic()
        for trial in trials:
            begun = self.started.get(trial.trial_id)
            actor = actor_of(trial)
            if begun is None or actor is None or trial.is_finished() or now - begun < self.timeout + GRACE:
                continue
            del self.started[trial.trial_id]
            number = self.searcher.numbers.get(trial.trial_id)
            if number is not None:
                message = (
                    f"longer than --trial-timeout {self.timeout:g} s and deaf to the signal: its worker was killed"
                )
                self.searcher.killed[number] = (TrialTimeout.cause, message)
            ray.kill(actor)

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Say what the error was, and whether the trial should be tried again."""
        self.started.pop(trial.trial_id, None)
        cause, message, again = named(error_of(trial))
        self.searcher.lost(trial.trial_id, cause, message, again=again)

    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Its time is over."""
        self.started.pop(trial.trial_id, None)

    def __getstate__(self) -> dict[str, Any]:
        return {}


def named(error: BaseException | None) -> tuple[str, str, bool]:
    """Cause, message, and whether the trial may be innocent of it."""
    if isinstance(error, RayTaskError):
        inner = error.cause if isinstance(error.cause, BaseException) else error
        if not isinstance(inner, RayError):
            return *failures.name(inner), False
        error = inner
    message = failures.one_line(str(error)) if error is not None else ""
    if isinstance(error, OutOfMemoryError) or "low on memory" in message or "NODE_OUT_OF_MEMORY" in message:
        return OutOfMemory.cause, "its node ran out of memory, and Ray killed the worker", True
    if error is None or isinstance(error, RayActorError):
        how = "its node is gone" if "node" in message and "died" in message.split("node")[-1] else "killed, or crashed"
        return "worker_lost", f"the worker process ended before the trial did ({how})", True
    return failures.name(error)[0], message, True
