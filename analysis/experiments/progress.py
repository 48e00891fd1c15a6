"""How far an experiment is, on the terminal."""

from __future__ import annotations

from typing import Any

from rich import progress
from rich.console import Console

from analysis.experiments.tasks import Task
from launch.common.interrupts import Interrupt

SHOWN = 3
STOPPING = "\nStopping: what is done is kept (Ctrl-C again to give up at once) …"


class Progress:
    """A bar with the tasks that run, as a context in which Ctrl-C asks to stop."""

    def __init__(self, console: Console, total: int) -> None:
        columns = (progress.BarColumn, progress.MofNCompleteColumn, progress.TimeElapsedColumn)
        text = progress.TextColumn("{task.description}")
        self._bar = progress.Progress(
            text, *(column() for column in columns), progress.TimeRemainingColumn(), console=console, transient=True
        )
        self._line = self._bar.add_task("starting", total=total)
        self._interrupt = Interrupt(lambda: console.print(STOPPING, style="yellow"))
        self._running: list[Task] = []

    def __enter__(self) -> Progress:
        self._bar.__enter__()
        self._interrupt.__enter__()
        return self

    def __exit__(self, *exc: Any) -> None:
        self._interrupt.__exit__(*exc)
        self._bar.__exit__(*exc)

    def stop(self) -> bool:
        """Whether to give up what runs and come back."""
        return self._interrupt.requested()

    def began(self, task: Task) -> None:
        """A task runs."""
        self._running.append(task)
        self._show()

    def ended(self, task: Task) -> None:
        """A task has its line, whether it ever ran or not."""
        if task in self._running:
            self._running.remove(task)
        self._bar.advance(self._line)
        self._show()

    def _show(self) -> None:
        names = [task.text for task in self._running]
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        self._bar.update(self._line, description=", ".join(names[:SHOWN]) + more)
