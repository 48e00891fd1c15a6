"""Several detectors side by side, and which of them to take: the end of a command that searched them all."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from rich.console import Console, Group
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from datasets.wording import counted
from launch.common.printing import plain_table, print_line
from launch.common.text import clock
from launch.display import screen
from launch.display.metric_table import basis, measured_on
from launch.display.progress import LiveDisplay
from launch.evaluation.metric_labels import RANKING, label
from launch.evaluation.summary import Summary
from launch.evaluation.verdict.recommendation import RULE, Recommendation, of_summaries, why_none

BROAD = 110
"""Characters from which the table has the interval of every metric."""

Named = Sequence[tuple[str, Summary]]


def show(
    console: Console,
    summaries: Named,
    failures: Mapping[str, str] | None = None,
    lines: Sequence[tuple[str, str]] = (),
    seconds: float | None = None,
    home: str = "",
) -> None:
    """Print one table, what failed and why, the recommendation, and what to type next."""
    ranked = best_first(summaries)
    recommended = of_summaries(ranked)
    console.print()
    console.print(table(ranked, recommended, console.width))
    console.print(basis(ranked[0][1]), style="dim", highlight=False, soft_wrap=False)
    for name, why in (failures or {}).items():
        console.print(Text(f"{name} {why}", "yellow"))
    console.print()
    if recommended is None:
        print_line(console, f"No recommendation: {why_none(ranked)}.")
    else:
        say(console, recommended)
    if seconds is not None:
        print_line(console, f"Time: {clock(seconds)}.")
    chosen = dict(ranked)[recommended.detector] if recommended else ranked[0][1]
    if chosen.model_uri:
        lines = [("predict", screen.predict(chosen, home)), *lines]
    if lines:
        console.print("\n[bold]Next[/]", highlight=False)
    for name, text in lines:
        print_line(console, f"  {name:<9} {text}")


def say(console: Console, recommended: Recommendation) -> None:
    """Print a recommendation and its rule, at words' ends."""
    for line in recommended.lines():
        indent = len(line) - len(line.lstrip())
        style = "" if indent else "bold"
        console.print(Text(line, style), highlight=False)
    console.print(Text(RULE, "dim"), highlight=False)


def best_first(summaries: Named) -> list[tuple[str, Summary]]:
    """By the score on the confirmation's validation rows, by which detectors are chosen."""
    return sorted(summaries, key=lambda pair: -(pair[1].best.validation.confirmed.mean or 0.0))


def table(ranked: Named, recommended: Recommendation | None, width: int) -> Table:
    """All detectors with what they saw of the labels, best first; on a narrow screen one interval, not several."""
    metrics = sorted({summary.metric for _, summary in ranked})
    chosen = {choice.chosen.name for choice in recommended.choices} if recommended else set()
    shown = sorted(RANKING, key=lambda name: name not in metrics)  # that of the search first
    names = ("detector", "labels seen")
    measured = measured_on(ranked[0][1])
    broad = width >= BROAD
    made = plain_table(
        *names,
        f"val {label(metrics[0])}",
        *(f"{label(name)}{', 95 %' if broad or k == 0 else ''}" for k, name in enumerate(shown)),
        "fit s",
        *(["predict s"] if broad else []),
        left=names,
        title=f"{len(ranked)} detectors, {measured}, best on validation first",
    )
    for name, summary in ranked:
        tuned, seconds = summary.test.tuned.by_name(), summary.seconds
        confirmed = summary.best.validation.confirmed.mean
        cells = [
            tuned[metric].text() if broad or k == 0 else f"{tuned[metric].mean:.4f}" for k, metric in enumerate(shown)
        ]
        made.add_row(
            Text(name, "bold" if name in chosen else ""),
            summary.supervision,
            "-" if confirmed is None else f"{confirmed:.4f}",
            *cells,
            f"{seconds.fit:.2f}",
            *([f"{seconds.predict:.3f}"] if broad else []),
        )
    return made


class SideBySide(LiveDisplay):
    """How many searches of a command have ended: a bar in a terminal, and a line for each that ends."""

    def __init__(self, console: Console, total: int, done: int) -> None:
        super().__init__(console, f"{total} detectors side by side")
        self.total, self.before, self.done = total, done, done

    def ended(self, name: str, summary: Summary, splits: int) -> None:
        """One came to a summary; it is said where it was confirmed on fewer splits than others."""
        confirmed, trials = summary.best.validation.confirmed.mean, summary.trials
        score = "" if confirmed is None else f"{label(summary.metric)} {confirmed:.4f} on validation, "
        own = summary.best.validation.confirmed.splits or splits
        few = f"; slow, so confirmed on {own} splits instead of {splits}" if own < splits else ""
        self._line(f"{name:<14} {score}{counted(trials.total(), 'trial')}, {clock(summary.seconds.total or 0.0)}{few}")

    def failed(self, name: str, cause: str) -> None:
        """One came to nothing."""
        self._line(f"{name:<14} came to nothing: {cause}", "yellow")

    def _line(self, text: str, style: str = "") -> None:
        self.done += 1
        self.console.print(Text(text, style))

    def render(self) -> Group:
        """The line as it stands."""
        gone, new = time.monotonic() - self.started, self.done - self.before
        left = f", about {clock(gone / new * (self.total - self.done))} left" if new and self.done < self.total else ""
        return Group(
            Text(f"{self.title}   {self.done}/{self.total} done   {clock(gone)} gone{left}"),
            ProgressBar(total=self.total, completed=self.done),
        )
