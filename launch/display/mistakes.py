"""What a terminal says of the rows that the model gets wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from datasets.wording import counted
from launch.common.printing import print_line
from launch.evaluation.mistakes.record import FALSE_ALARM, MISSED, Mistake, Mistakes, View
from launch.evaluation.summary import Summary


def lines(summary: Summary) -> Iterator[str]:
    """Where it does worst, if anywhere, in a sentence or two."""
    if summary.held_out is None:
        return
    for sentence in summary.held_out.standing_out[:2]:
        yield f"On held-out validation rows: {sentence}"


def show(console: Console, found: Mistakes, of: str, file: Path, anomaly: str = "anomaly") -> None:
    """Print the rows of both kinds with their reasons, and where it does worst; `anomaly` is what one is called."""
    for view in found.views:
        for kind in (MISSED, FALSE_ALARM):
            _show_kind(console, view, kind, of, anomaly)
        for sentence in view.standing_out:
            console.print(Text(f"\n{sentence}", style="bold"))
        if view.segments and not view.standing_out:
            print_line(console, f"\nOf {counted(view.segments, 'segment')} none is worse than chance makes the worst.")
    for note in found.notes:
        print_line(console, note)
    if file.is_file():
        print_line(console, f"\nWith every column: {file}")


def _show_kind(console: Console, view: View, kind: str, of: str, anomaly: str) -> None:
    wrong, total = (view.missed, view.anomalies) if kind == MISSED else (view.false_alarms, view.normal)
    what = f"{wrong:,} of {counted(total, anomaly if kind == MISSED else 'normal row')} "
    what += "missed" if kind == MISSED else "called anomalous"
    task = f"{view.task}: " if view.task else ""
    console.print(f"\n[bold]{task}{what}[/] [dim]({of}, threshold {view.threshold:.4g})[/]", highlight=False)
    for one in view.rows:
        if one.kind == kind:
            _show_row(console, one)


def _show_row(console: Console, one: Mistake) -> None:
    known = "".join(f"  {name} {text}" for name, text in one.known_by.items())
    known += f"  kind {one.anomaly_type}" if one.anomaly_type else ""
    console.print(Text(f"  {one.score:.4g}  row {one.row}{known}"))
    first, second = ("lowers", "raises") if one.kind == MISSED else ("raises", "lowers")
    for word in (first, second):
        if texts := getattr(one, word):
            console.print(Padding(Text(f"{word}: {'; '.join(texts)}", style="dim"), (0, 0, 0, 6)))
