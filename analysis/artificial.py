"""Score a trained model on artificial data: `python analysis/artificial.py devnet-celeba`."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the folders beside this file
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rich.console import Console

from analysis.options import ArtificialOptions
from launch.common import command


def work(options: ArtificialOptions, console: Console) -> None:
    """Do it."""
    from analysis.models import artificial  # after parsing, so that --help is quick

    artificial.run(options, console)


def main(argv: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    return command.main(ArtificialOptions, work, argv)


if __name__ == "__main__":
    sys.exit(main())
