"""Score a trained model on artificial data: `python analysis/artificial.py devnet-celeba`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]

import tyro
from rich.console import Console

from analysis.options import ArtificialOptions as Options
from launch.common import command


def work(options: Options, console: Console) -> None:
    """Do it."""
    from analysis.models import artificial  # after parsing, so that --help is quick

    artificial.run(options, console)


def main(argv: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    return command.run(lambda: tyro.cli(Options, prog="artificial.py", args=argv), work)


if __name__ == "__main__":
    sys.exit(main())
