"""What a search needs from whatever runs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from launch.common.jobs import JobRunner
from launch.config.halving import Halving

if TYPE_CHECKING:
    from launch.backend.searcher import StudySearcher
    from trainables.training.ray_trainable import SearchData


class Engine(JobRunner, Protocol):
    """Runs searches and jobs."""

    concurrent: int
    """Trials at a time."""

    def search(self, searcher: StudySearcher, data: SearchData, halving: Halving, stop: Callable[[], bool]) -> None:
        """Run trials until the searcher has no more, or `stop` says so."""

    def warm(self) -> None:
        """Jobs come soon: get ready for them beside what still runs."""

    def on_lost(self, call: Callable[[str], None]) -> None:
        """Call this, in another thread, when a process is gone without which nothing goes on; it gets its name."""

    def close(self) -> None:
        """Give everything back."""
