"""A tracker that records nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from launch.tracking.tracker import Tracker, TrackingResult


class NullTracker(Tracker):
    """Takes every event and keeps none."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def outage(self) -> float | None:
        """There is no store that could be away."""
        return None

    def log(self, event: str, **fields: Any) -> None:
        """Forget the event."""

    def close(
        self, status: str = "FINISHED", waiting: Callable[[], None] | None = None, patience: float = 0.0
    ) -> TrackingResult:
        """Nothing to wait for."""
        return {}
