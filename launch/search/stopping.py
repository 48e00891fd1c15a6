"""When no further trial starts: the person asked to stop, or the time for confirmation and refits has come."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from launch.config.plan import Plan
from launch.study.study import Study


@dataclass
class Budget:
    """Time for search and confirmation."""

    seconds: float | None = None
    """In all; None is no limit."""
    started: float = field(default_factory=time.monotonic)
    """At the start of the command."""
    starting: float = 0.0
    """Seconds that the processes of the first trials took to start, which says how fast the machine is just now."""

    def left(self) -> float | None:
        """Seconds until the limit."""
        return None if self.seconds is None else self.seconds - self.spent()

    def spent(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    def exhausted(self, plan: Plan, study: Study, concurrent: int) -> bool:
        """Whether what is left is needed for confirmation and refits."""
        left = self.left()
        return left is not None and left < reserve(plan, study, concurrent)


def reserve(plan: Plan, study: Study, concurrent: int) -> float:
    """Seconds to keep for confirmation and refits, from what rounds have cost so far."""
    timed = [record for record in study.records.values() if record.history]
    if not timed:
        return 0.0
    per_round = max(record.seconds_per_round for record in timed)
    return plan.rounds_after_search * per_round / concurrent + 6.0
