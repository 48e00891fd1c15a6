"""When a search stops by itself: its time is up, or its first trials all fail alike."""

from __future__ import annotations

import time
from dataclasses import dataclass

from launch.config.plan import Plan
from launch.study.study import Study
from launch.study.trial import TrialRecord


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


class Failing:
    """Notices when the first trials of a command all fail for one reason, and none before it came to a score.

    Parameters
    ----------
    limit : int
        How many; 0 never minds.
    """

    def __init__(self, limit: int) -> None:
        self.limit, self.message = limit, ""
        self.causes: list[str] = []
        self.cause: str | None = None

    def take(self, record: TrialRecord) -> None:
        """A trial ended."""
        if self.limit == 0 or len(self.causes) >= self.limit or record.failure == "interrupted":
            return
        self.message = self.message or record.failure_message
        self.causes.append(record.failure)
        if len(self.causes) == self.limit and record.failure and len(set(self.causes)) == 1:
            self.cause = record.failure

    def words(self) -> str:
        """What to say."""
        return (
            f"the first {self.limit} trials all failed with {self.cause}: {self.message}. "
            "The search was stopped; mend that, or pass --stop-after-failures 0"
        )


def reserve(plan: Plan, study: Study, concurrent: int) -> float:
    """Seconds to keep for confirmation and refits, from what rounds have cost so far."""
    timed = [r for r in study.records.values() if r.history]
    if not timed:
        return 0.0
    per_round = max(r.seconds_per_round for r in timed)
    fits = 4 * max(1, plan.options.confirm) + 11
    return fits * per_round * plan.halving.max_rounds / concurrent + 6.0
