"""Who draws and writes what people look at.

The search draws nothing itself: the command hands it a `Publisher` from above, that of `analysis.reports`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from launch.config.plan import Plan
from launch.evaluation.outcome import Outcome
from launch.evaluation.summary import Summary
from launch.study.study import Study


class Publisher:
    """Draws and writes nothing; its subclasses draw and write what people look at."""

    reports = False
    """Whether each search has a report."""

    def pictures(
        self, plan: Plan, study: Study, outcome: Outcome, folder: Path, notify: Callable[[str], None]
    ) -> list[Path]:
        """Draw what a search came to into a folder; what cannot be drawn is said and left out."""
        return []

    def report(self, plan: Plan, study: Study, summary: Summary) -> list[Path]:
        """Write the report of a search beside its summary; returns its files."""
        return []

    def bars(self, summaries: Sequence[tuple[str, Summary]], path: Path) -> Path | None:
        """Draw the test metrics of several detectors."""
        return None

    def comparison(self, plan: Plan, searches: Sequence[tuple[Study, Summary]], name: str) -> Path | None:
        """Write one report of all searches of a command, under this name in the home of one of their plans."""
        return None
