"""Remove what no study needs: `python launch/clean.py`."""

from __future__ import annotations

import signal

if __name__ == "__main__":  # Ctrl-C among the imports ends it without a word
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, ClassVar

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the folders beside this file
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rich.console import Console
from tyro.conf import arg

from launch.common import command
from launch.common.errors import UsageError
from launch.common.printing import print_line, print_table
from launch.common.text import readable_size
from launch.config.shared_options import HomeOptions


@dataclass(frozen=True)
class CleanOptions(HomeOptions):
    """Remove checkpoints and leftovers that no study needs.

    Kept are studies, their records, summaries, models and pictures, the seal's ledger,
    MLflow's store, and whatever an unfinished search needs to go on. A search that runs
    right now is left alone.
    """

    TOPICS: ClassVar[dict[str, str]] = {"dry_run": "What is removed"}
    EXAMPLES: ClassVar[tuple[tuple[str, str], ...]] = (
        ("--dry-run", "shows what would go"),
        ("", "removes it"),
    )

    dry_run: bool = False
    """Show what would be removed, and remove nothing."""
    storage: Annotated[str | None, arg(metavar="PATH")] = None
    """Where checkpoints are, if the searches were started with --storage; a folder. Other homes' are left there."""


def work(options: CleanOptions, console: Console) -> int:
    """Find, show and remove."""
    from launch.common.home import Home
    from launch.study import leftovers  # Optuna

    root = Path(options.home).expanduser().resolve()
    if not (root / "studies").is_dir():
        raise UsageError(f"there is no record in {root}; pass --home")
    if options.storage is not None and "://" in options.storage:
        raise UsageError(f"--storage {options.storage}: empty a bucket with its own tools, or by a lifecycle rule")
    home = Home(root)
    unneeded = list(leftovers.find(home, Path(home.checkpoints(options.storage))))
    if not unneeded:
        print_line(console, f"Nothing to remove in {root}.")
        return 0
    rows = []
    for leftover in unneeded:
        path = leftover.path.relative_to(root) if leftover.path.is_relative_to(root) else leftover.path
        rows.append((str(path), leftover.why, readable_size(leftover.size)))
    print_table(console, ("what", "why", "size"), rows, left=("what", "why"))
    total = readable_size(sum(leftover.size for leftover in unneeded))
    if options.dry_run:
        print_line(console, f"{total} could be removed; nothing was.")
        return 0
    for leftover in unneeded:
        leftovers.remove(leftover)
    print_line(console, f"{total} removed.")
    return 0


main = partial(command.main, CleanOptions, work)


if __name__ == "__main__":
    sys.exit(main())
