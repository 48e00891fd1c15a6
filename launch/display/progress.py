"""The progress table of a search: live in a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Self

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from launch.common.printing import print_line
from launch.common.text import clock, short
from launch.study.trial import TrialRecord

BEST = 10
"""Trials that are shown beside those that run."""
STATES = {"complete": "[green]complete[/]", "pruned": "[dim]stopped[/]"}


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
        Seconds until all is done, or None.
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
        self.failed: list[TrialRecord] = []
        self.done = 0
        self._best: dict[int, TrialRecord] = {}
        """The best of the others: of thousands that have ended only these are looked at again."""
        for record in restored:
            self._take(record)

    def note(self, message: str) -> None:
        """Say something that stops nothing."""
        print_line(self.console, f"note: {message}", "yellow")

    def start(self, record: TrialRecord) -> None:
        """A trial started."""
        self.running[record.number] = record

    def report(self, record: TrialRecord) -> None:
        """A trial reported: it is shown with the score that it has when it is drawn."""

    @property
    def best(self) -> TrialRecord | None:
        """The trial whose score, as it stands now, is highest."""
        return next(iter(self._ranked()), None)

    def end(self, record: TrialRecord) -> None:
        """A trial ended; without a terminal this prints its line."""
        self.running.pop(record.number, None)
        self._take(record)
        self.failed += [record] if record.failure else []
        self.done += 1
        if self._live is None:
            score = f"failed: {record.failure}" if record.failure else f"{self.metric} {record.score:.4f}"
            left = self.left()
            more = f", about {clock(left)} left" if left is not None and self.done < self.total else ""
            leader = self.best
            best = f"{leader.score:.4f} (trial {leader.number})" if leader else "none"
            state = {"pruned": "stopped early"}.get(record.state, record.state)
            rounds = self._rounds(record, " rounds")
            print_line(
                self.console,
                f"trial {record.number:>3}  {state:<13} {rounds:>12}  {score}  best {best}{more}  "
                f"{short(record.params)}" + (f"  {record.failure_message}" if record.failure else ""),
            )

    def _rounds(self, record: TrialRecord, unit: str = "") -> str:
        """`3/10`; nothing where a trial is fitted at once."""
        full = self.full_rounds(record.params)
        return f"{len(record.history)}/{full}{unit}" if full > 1 else ""

    def render(self) -> Group:
        """What runs and what is best so far, no higher than the terminal."""
        head = Group(*self._head())
        # beside it a bar, the names of the columns and the cursor
        room = max(2, self.console.height - len(self.console.render_lines(head, pad=False)) - 3)
        running = sorted(list(self.running.values()), key=lambda record: record.number)
        ranked = self._ranked()
        shown = running[: max(1, room - min(len(ranked), room // 2) - 1)]
        best = ranked[: room - len(shown) - (len(shown) < len(running))]
        ahead = {record.number for record in best}
        rows = [*best, *(record for record in shown if record.number not in ahead)]
        table = Table(expand=True, box=None, pad_edge=False, header_style="bold")
        table.add_column("trial", justify="right", width=5)
        table.add_column("", width=8)
        table.add_column("round", justify="right", width=7)
        table.add_column(f"val {self.metric}", justify="right", width=max(9, 4 + len(self.metric)))
        table.add_column("configuration", no_wrap=True, ratio=1)
        differ = differing([record.params for record in rows])
        for record in rows:
            score = "-" if record.score is None else f"{record.score:.4f}"
            mark = STATES.get(record.state, "[cyan]running[/]")
            rounds = self._rounds(record)
            style = "bold green" if best and record is best[0] else ""
            table.add_row(str(record.number), mark, rounds, Text(score, style), Configuration(record, differ))
        if len(shown) < len(running):
            table.add_row("", "", "", "", f"[dim]{len(running) - len(shown)} more are running[/]")
        return Group(head, Padding(ProgressBar(total=max(1, self.total), completed=self.done)), table)

    def _head(self) -> list[Text]:
        """How far the search is, when all will be done, and what is not as it should be."""
        leader, left, away = self.best, self.left(), self.outage()
        best = f"best {leader.score:.4f} (trial {leader.number})" if leader else "no score yet"
        title = Text.assemble((self.title, "bold"), f"   {self.done}/{self.total} trials   {best}")
        time_gone = f"{clock(time.monotonic() - self.started)} gone"
        if left is not None:
            time_gone += f", about {clock(left)} to the end, confirmation and refits included"
        lines = [title, Text(time_gone, "dim")]
        if away is not None:
            lines.append(Text(f"MLflow away for {clock(away)}, the record waits on disk", "yellow"))
        if self.failed:
            last = self.failed[-1]
            what = f"{len(self.failed)} failed, last trial {last.number}: {last.failure} {last.failure_message}"
            lines.append(Text(what.rstrip(), "red", no_wrap=True, overflow="ellipsis"))
        return lines

    def _take(self, record: TrialRecord) -> None:
        self._best[record.number] = record
        if len(self._best) > BEST:
            self._best = {kept.number: kept for kept in best_first(self._best.values())[:BEST]}

    def _ranked(self) -> list[TrialRecord]:
        """The best trials by their score as it stands now, best first."""
        return best_first({**self._best, **self.running}.values())[:BEST]


def best_first(records: Iterable[TrialRecord]) -> list[TrialRecord]:
    """Those that have a score, which a failed one has not, best first."""
    sound = [record for record in list(records) if record.score is not None and record.state != "failed"]
    return sorted(sound, key=lambda record: (-(record.score or 0.0), record.number))


class Configuration:
    """Some hyperparameters of a trial on one line of whatever width, cut between two of them."""

    def __init__(self, record: TrialRecord, names: Collection[str]) -> None:
        self.record, self.names = record, names

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The line."""
        origin = "" if self.record.origin in ("sampled", "enqueued") else f"{self.record.origin} "
        params = {name: value for name, value in self.record.params.items() if name in self.names}
        text = Text.assemble((origin, "magenta"), short(params))
        if text.cell_len > options.max_width:
            kept = text.plain[: options.max_width - 1].rpartition(" ")[0]
            text = text[: len(kept)].append(" …")
        yield text


def differing(configurations: Sequence[Mapping[str, Any]]) -> set[str]:
    """The hyperparameters in which some configurations differ; of a single one, all."""
    names = {name for one in configurations for name in one}
    told = {name for name in names if any(one.get(name) != configurations[0].get(name) for one in configurations)}
    return told or names


class Counter(LiveDisplay):
    """A line that counts the steps of a stage: a bar in a terminal, one line at the end elsewhere.

    It says how long all will take that is still to be done: the stage is foreseen to take `foreseen` seconds, and what
    comes after it `later`. The last `instant` steps take no time.
    """

    def __init__(self, console: Console, title: str, foreseen: float, later: float, instant: int = 0) -> None:
        super().__init__(console, title)
        self.foreseen, self.later, self.instant = foreseen, later, instant
        self.done, self.total = 0, 1
        self._until = self.started + foreseen

    def __exit__(self, *raised: Any) -> None:
        super().__exit__(*raised)
        if raised[0] is None:
            self.console.print(f"{self.title}: done in {clock(time.monotonic() - self.started)}", highlight=False)

    def step(self, done: int, total: int) -> None:
        """So many of so many are done: the others will take as long as these did, and as long as was foreseen."""
        self.done, self.total = done, total
        now, rest = time.monotonic(), max(0.0, 1 - done / max(1, total - self.instant))
        self._until = now + rest * (now - self.started + rest * self.foreseen)

    def render(self) -> Group:
        """The line as it stands."""
        left = f"about {clock(self.left())} to the end"
        bar = ProgressBar(total=self.total, completed=self.done)
        return Group(Text(f"{self.title}   {self.done}/{self.total}"), Text(left, "dim"), bar)

    def left(self) -> float:
        """Seconds until everything is done."""
        return max(0.0, self._until - time.monotonic()) + self.later
