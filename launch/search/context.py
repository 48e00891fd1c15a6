"""What one search works with, from its first trial to its closed record."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

from rich.console import Console

from launch.backend.engine import Engine
from launch.common.interrupts import Interrupt
from launch.config.plan import Plan
from launch.search.publisher import Publisher
from launch.search.time_left import Budget
from launch.study.study import Study
from launch.tracking.tracker import NullTracker, Tracker


@dataclass(frozen=True)
class SearchContext:
    """One search and all that it works with; what is left out records, shows and draws nothing."""

    plan: Plan
    study: Study
    engine: Engine
    tracker: Tracker = field(default_factory=NullTracker)
    console: Console = field(default_factory=lambda: Console(file=io.StringIO(), quiet=True))
    interrupt: Interrupt = field(default_factory=Interrupt)
    budget: Budget = field(default_factory=Budget)
    publisher: Publisher = field(default_factory=Publisher)
    uri: str = ""
    """The MLflow store."""

    def notify(self, message: str) -> None:
        """Say something that stops nothing."""
        self.console.print(message, style="yellow")
