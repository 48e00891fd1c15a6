"""How far an experiment is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from typing import Any, Protocol

from rich import progress
from rich.console import Console

from launch.common.interrupts import Interrupt
from launch.common.printing import print_line
from launch.common.text import clock

SHOWN = 3
STOPPING = "\nStopping: what is done is kept (Ctrl-C again to give up at once) …"


EVERY = 30.0
"""Seconds between lines where there is no terminal."""


class Task(Protocol):
    """What is done one after another."""

    @property
    def text(self) -> str:
        """For people."""
        ...


class Progress:
    """A bar with the tasks that run, as a context in which Ctrl-C asks to stop; lines where nobody could see a bar."""

    def __init__(self, console: Console, total: int) -> None:
        columns = (progress.BarColumn, progress.MofNCompleteColumn, progress.TimeElapsedColumn)
        text = progress.TextColumn("{task.description}")
        self._bar = progress.Progress(
            text, *(column() for column in columns), progress.TimeRemainingColumn(), console=console, transient=True
        )
        self._line = self._bar.add_task("starting", total=total)
        self._interrupt = Interrupt(lambda: console.print(STOPPING, style="yellow"))
        self._running: list[Task] = []
        self._console, self._total, self._done = console, total, 0
        self._began = self._said = time.monotonic()

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
        self._done += 1
        self._show()
        now = time.monotonic()
        if not self._console.is_terminal and (now - self._said >= EVERY or self._done == self._total):
            self._said, gone = now, now - self._began
            left = gone / self._done * (self._total - self._done)
            more = f", about {clock(left)} left; last {task.text}" if self._done < self._total else ""
            print_line(self._console, f"{self._done:,} of {self._total:,} done in {clock(gone)}{more}")

    def _show(self) -> None:
        names = [task.text for task in self._running]
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        self._bar.update(self._line, description=", ".join(names[:SHOWN]) + more)
