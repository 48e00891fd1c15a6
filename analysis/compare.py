"""Searches of several detectors on one dataset, side by side: `python analysis/compare.py DETECTORS --dataset D`."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the folders beside this file
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rich.console import Console

from analysis.options import CompareOptions
from launch.common import command


def work(options: CompareOptions, console: Console) -> None:
    """Do it."""
    from analysis.board import comparison  # after parsing, so that --help is quick

    comparison.run(options, console)


def main(argv: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    return command.main(CompareOptions, work, argv)


if __name__ == "__main__":
    sys.exit(main())
