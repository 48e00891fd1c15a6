"""An experiment from its tasks to finished lines on disk, with a progress bar; Ctrl-C keeps what is done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from analysis.experiments import tuned
from analysis.experiments.options import Common
from analysis.experiments.results import Results
from analysis.experiments.run import Place, fits
from analysis.experiments.tasks import Task
from launch.common.home import Home
from launch.common.interrupts import Interrupt
from launch.config.shared_options import data_dir

INTERRUPTED = 130
SHOWN = 3


def run(
    tasks: Sequence[Task], name: str, options: Common, jobs: int, why: str, console: Console
) -> tuple[Results, Home, int]:
    """Do what is not on disk yet.

    Parameters
    ----------
    tasks : sequence of Task
    name : str
        Of the results.
    options : Common
    jobs : int
        Fits at a time.
    why : str
        For the ledger.
    console : Console

    Returns
    -------
    results, home, exit code
        The code is 0 once every task has its line, 130 if it was interrupted.

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
            words = f"{len(tasks) - len(left):,} of {len(tasks):,} are done already, in {results.path}"
            console.print(words, highlight=False, soft_wrap=True, markup=False)
        if left:
            _do(left, results, home, options, jobs, why, console)
    finally:
        release()
    missing = sum(not results.has(task.key) for task in left)
    if missing:
        words = f"Interrupted: {missing:,} of {len(tasks):,} are left; the same command goes on with them."
        console.print(words, style="yellow", highlight=False)
    return results, home, INTERRUPTED if missing else 0


def _do(
    left: Sequence[Task], results: Results, home: Home, options: Common, jobs: int, why: str, console: Console
) -> None:
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        TimeRemainingColumn(), console=console, transient=True,
    )  # fmt: skip
    running: list[Task] = []
    words = "\nStopping: what is done is kept (Ctrl-C again to give up at once) …"
    with bar, Interrupt(lambda: console.print(words, style="yellow")) as stop:
        line = bar.add_task("starting", total=len(left))

        def told() -> None:
            names = [task.words for task in running]
            more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
            bar.update(line, description=", ".join(names[:SHOWN]) + more)

        def began(task: Task) -> None:
            running.append(task)
            told()

        def ended(task: Task) -> None:
            if task in running:
                running.remove(task)
            bar.advance(line)
            told()

        watch: dict[str, Any] = {"stop": stop.requested, "began": began, "ended": ended}
        where = data_dir(options)
        if left[0].trials is None:
            place = Place(where, home.ledger, results, why)
            fits(left, place, jobs=jobs, timeout=options.timeout, **watch)
        else:
            tuned.searches(
                left, results, home=home.root, data_dir=where, concurrent=options.jobs, timeout=options.timeout, **watch
            )


def readings(home: Home, rows: Sequence[dict[str, Any]]) -> dict[str, int]:
    """How often the test labels behind some lines were read, by dataset."""
    from datasets.problems.seal import readings as count

    splits = {(row["dataset"], row["protocol"], row["outer_split"]) for row in rows if row.get("sha256")}
    found: dict[str, int] = {}
    for dataset, protocol, outer_split in splits:
        found[dataset] = found.get(dataset, 0) + count(home.ledger, dataset, protocol, outer_split)
    return found


def say_where(console: Console, *paths: Path) -> None:
    """Which files were written."""
    for path in paths:
        console.print(f"  {path}", highlight=False, soft_wrap=True, markup=False)
