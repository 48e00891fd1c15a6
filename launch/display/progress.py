"""The progress table of a search: live in a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Self

from rich.console import Console, Group
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from launch.common.printing import print_line
from launch.common.text import clock, short
from launch.study.trial import TrialRecord

RECENT = 8
MARKS = {"complete": "[green]complete[/]", "pruned": "[dim]stopped[/]", "failed": "[red]failed[/]"}


class LiveDisplay:
    """What is drawn again and again in a terminal, and gone at its end; elsewhere nothing is."""

    def __init__(self, console: Console, title: str) -> None:
        self.console, self.title = console, title
        self.started = time.monotonic()
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._live = Live(get_renderable=self.render, console=self.console, refresh_per_second=4, transient=True)
            self._live.__enter__()
        return self

    def __exit__(self, *raised: Any) -> None:
        if self._live is not None:
            self._live.__exit__(*raised)

    def render(self) -> Group:
        """As it stands."""
        raise NotImplementedError


class Progress(LiveDisplay):
    """Shows trials as they start, report and end.

    Parameters
    ----------
    total : int
        Trials planned.
    full_rounds : callable
        Rounds of a full trial of a configuration.
    left : callable
        Seconds that the search will still take, or None.
    outage : callable
        Seconds since MLflow went away, or None.
    restored : iterable of TrialRecord
        Those of a search that is gone on with: one of them may be the best.
    """

    def __init__(
        self,
        console: Console,
        *,
        title: str,
        metric: str,
        total: int,
        full_rounds: Callable[[dict[str, Any]], int],
        left: Callable[[], float | None],
        outage: Callable[[], float | None] = lambda: None,
        restored: Iterable[TrialRecord] = (),
    ) -> None:
        super().__init__(console, title)
        self.metric, self.total = metric, total
        self.full_rounds, self.left, self.outage = full_rounds, left, outage
        self.running: dict[int, TrialRecord] = {}
        self.recent: deque[TrialRecord] = deque(maxlen=RECENT)
        self.done = 0
        self.scored = {record.number: record for record in restored if record.score is not None}

    def note(self, message: str) -> None:
        """Say something that stops nothing."""
        print_line(self.console, f"note: {message}", "yellow")

    def start(self, record: TrialRecord) -> None:
        """A trial started."""
        self.running[record.number] = record

    def report(self, record: TrialRecord) -> None:
        """A trial reported."""
        if record.score is not None:
            self.scored[record.number] = record

    @property
    def best(self) -> TrialRecord | None:
        """The trial whose score, as it stands now, is highest; a failed one has none."""
        sound = [record for record in list(self.scored.values()) if record.state != "failed"]
        return max(sound, key=lambda record: record.score or 0.0, default=None)

    def end(self, record: TrialRecord) -> None:
        """A trial ended; without a terminal this prints its line."""
        self.running.pop(record.number, None)
        self.recent.append(record)
        self.done += 1
        if self._live is None:
            score = f"failed: {record.failure}" if record.failure else f"{self.metric} {record.score:.4f}"
            left = self.left()
            more = f", about {clock(left)} left" if left is not None and self.done < self.total else ""
            leader = self.best
            best = f"{leader.score:.4f} (trial {leader.number})" if leader else "none"
            state = {"pruned": "stopped early"}.get(record.state, record.state)
            rounds = f"{len(record.history)}/{self.full_rounds(record.params)} rounds"
            print_line(
                self.console,
                f"trial {record.number:>3}  {state:<13} {rounds:>12}  {score}  best {best}{more}  "
                f"{short(record.params)}" + (f"  {record.failure_message}" if record.failure else ""),
            )

    def render(self) -> Group:
        """The table as it stands."""
        leader = self.best
        table = Table(expand=True, box=None, pad_edge=False, header_style="bold")
        for name, kwargs in (
            ("trial", {"justify": "right", "width": 5}),
            ("", {"width": 9}),
            ("round", {"justify": "right", "width": 7}),
            (f"val {self.metric}", {"justify": "right", "width": 10}),
            ("configuration", {"no_wrap": True, "overflow": "ellipsis", "ratio": 1}),
        ):
            table.add_column(name, **kwargs)
        rows = [*self.recent, *sorted(list(self.running.values()), key=lambda record: record.number)]
        for record in rows:
            mark = MARKS.get(record.state, "[cyan]running[/]")
            score = "-" if record.score is None else f"{record.score:.4f}"
            if record is leader:
                score = f"[bold green]{score}[/]"
            name = f"[magenta]{record.origin}[/] " if record.published else ""
            text = f"{record.failure}: {record.failure_message}" if record.failure else short(record.params)
            table.add_row(
                str(record.number), mark, f"{len(record.history)}/{self.full_rounds(record.params)}", score, name + text
            )
        left = self.left()
        best = f"best {leader.score:.4f} (trial {leader.number})" if leader else "no score yet"
        head = Text.from_markup(
            f"[bold]{self.title}[/]   {self.done}/{self.total} trials   {best}   "
            f"{clock(time.monotonic() - self.started)} gone"
            + (f", about {clock(left)} left" if left is not None else "")
        )
        away = self.outage()
        if away is not None:
            head.append(f"   MLflow away for {clock(away)}, the record waits on disk", style="yellow")
        return Group(head, Padding(ProgressBar(total=max(1, self.total), completed=self.done)), table)


class Counter(LiveDisplay):
    """A line that counts the steps of a stage: a bar in a terminal, one line at the end elsewhere."""

    def __init__(self, console: Console, title: str) -> None:
        super().__init__(console, title)
        self.done, self.total = 0, 1

    def __exit__(self, *raised: Any) -> None:
        super().__exit__(*raised)
        if raised[0] is None:
            self.console.print(f"{self.title}: done in {clock(time.monotonic() - self.started)}", highlight=False)

    def step(self, done: int, total: int) -> None:
        """So many of so many are done."""
        self.done, self.total = done, total

    def render(self) -> Group:
        """The line as it stands."""
        return Group(
            Text(f"{self.title}   {self.done}/{self.total}"), ProgressBar(total=self.total, completed=self.done)
        )
