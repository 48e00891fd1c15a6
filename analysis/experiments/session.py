"""An experiment from its tasks to finished lines on disk, with a progress bar; Ctrl-C keeps what is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from analysis.experiments import tuned_searches
from analysis.experiments.results import Results
from analysis.experiments.run import Place, fits
from analysis.experiments.tasks import Task
from analysis.options import ExperimentOptions
from datasets.problems import seal
from launch.common.home import Home
from launch.common.interrupts import Interrupt
from launch.config.shared_options import data_dir

INTERRUPTED = 130
NOTHING = 1
"""Exit code where no fit has metrics."""
SHOWN = 3


@dataclass(frozen=True)
class Done:
    """What an experiment came to.

    Attributes
    ----------
    results : Results
    home : Home
    code : int
        0 once every task has its line, 130 if it was interrupted.
    rows : list of dict
        The lines of the tasks that are done, in their order.
    """

    results: Results
    home: Home
    code: int
    rows: list[dict[str, Any]]

    def test_reads(self) -> dict[str, int]:
        """How often the test labels behind the lines were read, by dataset."""
        splits = {(row["dataset"], row["protocol"], row["outer_split"]) for row in self.rows if row.get("sha256")}
        counts: dict[str, int] = {}
        for dataset, protocol, outer_split in splits:
            reads = seal.count_test_reads(self.home.ledger, dataset, protocol, outer_split)
            counts[dataset] = counts.get(dataset, 0) + reads
        return counts


def run(tasks: Sequence[Task], name: str, options: ExperimentOptions, jobs: int, why: str, console: Console) -> Done:
    """Do what is not on disk yet.

    Parameters
    ----------
    tasks : sequence of Task
    name : str
        Of the results.
    options : ExperimentOptions
    jobs : int
        Fits at a time.
    why : str
        For the ledger.
    console : Console

    Raises
    ------
    UsageError
        If the home cannot be written, or another process works under that name.
    """
    home = Home.at(options.home)
    release = home.claim(name)
    try:
        results = Results(home.root / "grids", name, retry_failed=options.retry_failed)
        left = [task for task in tasks if not results.has(task.key)]
        if len(left) < len(tasks):
            text = f"{len(tasks) - len(left):,} of {len(tasks):,} are done already, in {results.path}"
            console.print(text, highlight=False, soft_wrap=True, markup=False)
        if left:
            _do(left, results, home, options, jobs, why, console)
    finally:
        release()
    missing = sum(not results.has(task.key) for task in left)
    if missing:
        text = f"Interrupted: {missing:,} of {len(tasks):,} are left; the same command goes on with them."
        console.print(text, style="yellow", highlight=False)
    rows = [results.rows[task.key] for task in tasks if task.key in results.rows]
    return Done(results, home, INTERRUPTED if missing else 0, rows)


def _do(
    left: Sequence[Task],
    results: Results,
    home: Home,
    options: ExperimentOptions,
    jobs: int,
    why: str,
    console: Console,
) -> None:
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        TimeRemainingColumn(), console=console, transient=True,
    )  # fmt: skip
    running: list[Task] = []
    message = "\nStopping: what is done is kept (Ctrl-C again to give up at once) …"
    with bar, Interrupt(lambda: console.print(message, style="yellow")) as stop:
        line = bar.add_task("starting", total=len(left))

        def show_running() -> None:
            names = [task.text for task in running]
            more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            bar.update(line, description=", ".join(names[:SHOWN]) + more)

        def began(task: Task) -> None:
            running.append(task)
            show_running()

        def ended(task: Task) -> None:
            if task in running:
                running.remove(task)
            bar.advance(line)
            show_running()

        watch: dict[str, Any] = {"stop": stop.requested, "began": began, "ended": ended}
        where = data_dir(options.data_dir)
        if left[0].trials is None:
            place = Place(where, home.ledger, results, why)
            fits(left, place, jobs=jobs, timeout=options.timeout, **watch)
        else:
            tuned_searches.searches(
                left, results, home=home.root, data_dir=where, concurrent=options.jobs, timeout=options.timeout, **watch
            )


def say_where(console: Console, *paths: Path) -> None:
    """Which files were written."""
    console.print("\n[bold]Written[/]", highlight=False)
    for path in paths:
        console.print(f"  {path}", highlight=False, soft_wrap=True, markup=False)
