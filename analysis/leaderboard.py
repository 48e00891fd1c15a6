"""Detectors by datasets, from everything that was run: `python analysis/leaderboard.py`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]

import tyro
from rich.console import Console
from tyro.conf import FlagCreatePairsOff

from analysis.options import LeaderboardOptions as Options
from launch.common import command


def work(options: Options, console: Console) -> None:
    """Do it."""
    from analysis.board import leaderboard  # after parsing, so that --help is quick

    leaderboard.run(options, console)


def main(argv: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    return command.run(lambda: tyro.cli(Options, prog="leaderboard.py", args=argv, config=(FlagCreatePairsOff,)), work)


if __name__ == "__main__":
    sys.exit(main())
