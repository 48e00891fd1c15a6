"""Is a search worth its seconds? `python analysis/efficiency.py devnet celeba`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]

import tyro
from rich.console import Console

from analysis.options import EfficiencyOptions as Options
from launch.common import command


def work(options: Options, console: Console) -> None:
    """Do it."""
    from analysis.experiments import efficiency  # after parsing, so that --help is quick

    efficiency.run(options, console)


def main(argv: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    return command.run(lambda: tyro.cli(Options, prog="efficiency.py", args=argv), work)


if __name__ == "__main__":
    sys.exit(main())
