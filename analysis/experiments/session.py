"""An experiment from its tasks to finished lines on disk, with a progress bar; Ctrl-C keeps what is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from analysis.experiments import tuned_searches
from analysis.experiments.progress import Progress
from analysis.experiments.results import Results
from analysis.experiments.run import Place, fits
from analysis.experiments.tasks import Task
from analysis.options import ExperimentOptions
from datasets.problems import seal
from launch.common.home import Home

INTERRUPTED = 130
NOTHING = 1
"""Exit code where no fit has metrics."""


@dataclass(frozen=True)
class Done:
    """What an experiment came to: the lines of the tasks that are done, in their order, and an exit code.

    The code is 0 once every task has its line, 130 if it was interrupted.
    """

    results: Results
    home: Home
    code: int
    rows: list[dict[str, Any]]

    def test_reads(self) -> dict[str, int]:
        """How often the test labels behind the lines were read, by dataset."""
        names = ("dataset", "protocol", "outer_split", "sha256")
        splits = {tuple(row[name] for name in names) for row in self.rows if row.get("sha256")}
        counts: dict[str, int] = {}
        for dataset, *split in splits:
            reads = seal.count_test_reads(self.home.ledger, dataset, *split)
            counts[dataset] = counts.get(dataset, 0) + reads
        return counts


def run(tasks: Sequence[Task], default_name: str, options: ExperimentOptions, why: str, console: Console) -> Done:
    """Do what is not on disk yet; `why` is for the ledger.

    Raises
    ------
    UsageError
        If the home cannot be written, or another process works under that name.
    """
    home, name = Home.at(options.home), options.name or default_name
    release = home.claim(name)
    try:
        results = Results(home.root / "grids", name, retry_failed=options.retry_failed)
        left = [task for task in tasks if not results.has(task.key)]
        if len(left) < len(tasks):
            text = f"{len(tasks) - len(left):,} of {len(tasks):,} are done already, in {results.path}"
            console.print(text, highlight=False, soft_wrap=True, markup=False)
        if left:
            do = fits if left[0].trials is None else tuned_searches.searches
            with Progress(console, len(left)) as progress:
                do(left, Place(home, results, options, why), progress)
    finally:
        release()
    missing = sum(not results.has(task.key) for task in left)
    if missing:
        text = f"Interrupted: {missing:,} of {len(tasks):,} are left; the same command goes on with them."
        console.print(text, style="yellow", highlight=False)
    rows = [results.rows[task.key] for task in tasks if task.key in results.rows]
    return Done(results, home, INTERRUPTED if missing else 0, rows)


def say_where(console: Console, *paths: Path) -> None:
    """Which files were written."""
    console.print("\n[bold]Written[/]", highlight=False)
    for path in paths:
        console.print(f"  {path}", highlight=False, soft_wrap=True, markup=False)
