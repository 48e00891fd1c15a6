"""Who draws and writes what people look at.

The search draws nothing itself: the command hands it a `Publisher` from above (`launch/tune.py`
that of `analysis.reports`), the one thing that goes up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from launch.config.plan import Plan
from launch.evaluation.outcome import Outcome
from launch.evaluation.summary import Summary
from launch.study.study import Study

Notify = Callable[[str], None]


class Publisher(Protocol):
    """Draws and writes what people look at."""

    def pictures(self, plan: Plan, study: Study, outcome: Outcome, folder: Path, notify: Notify) -> list[Path]:
        """Draw what a search came to into a folder; what cannot be drawn is said and left out."""

    def report(self, plan: Plan, study: Study, summary: Summary) -> list[Path]:
        """Write the report of a search beside its summary; returns its files."""

    def bars(self, summaries: Sequence[tuple[str, Summary]], path: Path) -> Path | None:
        """Draw the test metrics of several detectors."""


class NullPublisher:
    """Draws and writes nothing."""

    def pictures(self, plan: Plan, study: Study, outcome: Outcome, folder: Path, notify: Notify) -> list[Path]:
        """No pictures."""
        return []

    def report(self, plan: Plan, study: Study, summary: Summary) -> list[Path]:
        """No report."""
        return []

    def bars(self, summaries: Sequence[tuple[str, Summary]], path: Path) -> Path | None:
        """No chart."""
        return None
