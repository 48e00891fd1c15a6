"""Show which rows the model of a search gets wrong: `python launch/mistakes.py devnet-my-20260101-120000`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the folders beside this file
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rich.console import Console
from tyro.conf import Positional, arg

from launch.common import command
from launch.config.shared_options import HomeOptions, RecordedDataOptions


@dataclass(frozen=True)
class MistakesOptions(HomeOptions, RecordedDataOptions):
    """Show the rows that the model of a search misses, its false alarms, and why.

    They are validation rows that the confirmation held out. With --test they are test rows: the
    winner is fitted once more on the other rows, and the reading of the test labels is written
    down. Whoever changes anything after that has chosen by the test.
    """

    study: Positional[Annotated[str, arg(metavar="NAME")]]
    """Name of a finished search, or `last`."""
    test: bool = False
    """Open the sealed test rows, too, which is counted; choose nothing by what you see."""


def work(options: MistakesOptions, console: Console) -> None:
    """Show what was kept, or look at test rows."""
    from launch.search.mistakes import looking  # torch and scikit-learn: --help need not wait for them

    root, name = options.home.expanduser().resolve(), options.study
    if options.test:
        looking.of_test(root, name, options, console)
    else:
        looking.of_held_out(root, name, console)


main = partial(command.main, MistakesOptions, work)


if __name__ == "__main__":
    sys.exit(main())
