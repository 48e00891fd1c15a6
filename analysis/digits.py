"""The thesis's benchmark on digits, whole and resumable: `python analysis/digits.py`."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the folders beside this file
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rich.console import Console

from analysis.options import DigitsOptions
from launch.common import command


def work(options: DigitsOptions, console: Console) -> int:
    """Do it; returns the exit code."""
    from analysis.experiments import digits  # after parsing, so that --help is quick

    return digits.run(options, console)


def main(argv: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    return command.main(DigitsOptions, work, argv)


if __name__ == "__main__":
    sys.exit(main())
