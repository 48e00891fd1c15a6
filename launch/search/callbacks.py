"""What happens beside the trials of a search: record, clean-up, and when to stop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from launch.backend.engine import Engine
from launch.study.study import Study
from launch.study.trial import TrialRecord
from trainables.training import checkpoints
from trainables.training.ray_trainable import trial_folder


class TrialCallback(Protocol):
    """Is told of the trials of a search while it runs; each method does nothing unless it is overridden."""

    def start(self, record: TrialRecord) -> None:
        """A trial starts, or goes on."""
        return

    def report(self, record: TrialRecord) -> None:
        """A trial has new rounds."""
        return

    def end(self, record: TrialRecord) -> None:
        """A trial ended."""
        return

    def note(self, message: str) -> None:
        """Something is not as it should be and stops nothing."""
        return


def tell(callbacks: Sequence[TrialCallback], event: str) -> Callable[[Any], None]:
    """What tells each callback of an event, after the one before it.

    Their order is part of what makes a search safe: a trial's end is on record before its
    checkpoint goes.
    """
    methods = [getattr(callback, event) for callback in callbacks]

    def told(what: Any) -> None:
        for method in methods:
            method(what)

    return told


class WarmUp(TrialCallback):
    """Gets the engine ready for the confirmation when the last trial starts."""

    def __init__(self, study: Study, engine: Engine) -> None:
        self.study, self.engine = study, engine

    def start(self, record: TrialRecord) -> None:
        """Warm the engine if this was the last."""
        if not self.study.remaining:
            self.engine.warm()


class StopAfterFailures(TrialCallback):
    """Notices when the first trials of a command, `limit` many, all fail for one reason; a limit of 0 never minds."""

    def __init__(self, limit: int) -> None:
        self.limit, self.first_message = limit, ""
        self.causes: list[str] = []
        self.cause: str | None = None
        """Why the search must stop."""

    def end(self, record: TrialRecord) -> None:
        """Look at a trial that ended; one that was interrupted says nothing."""
        if self.limit == 0 or len(self.causes) >= self.limit or record.failure == "interrupted":
            return
        self.first_message = self.first_message or record.failure_message
        self.causes.append(record.failure)
        if len(self.causes) == self.limit and record.failure and len(set(self.causes)) == 1:
            self.cause = record.failure

    def message(self) -> str:
        """What to say."""
        return (
            f"the first {self.limit} trials all failed with {self.cause}: {self.first_message}. "
            "The search was stopped; mend that, or pass --stop-after-failures 0"
        )


class RemoveCheckpoints(TrialCallback):
    """Deletes the states of a trial that ended, in the folder or URI under which trials keep them."""

    def __init__(self, folder: str | None) -> None:
        self.folder = folder or ""

    def end(self, record: TrialRecord) -> None:
        """Delete them."""
        if record.checkpointed:
            checkpoints.remove(trial_folder(self.folder, record.number))
