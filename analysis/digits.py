"""The thesis's benchmark on digits, whole and resumable: `python analysis/digits.py`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]

import tyro
from rich.console import Console
from tyro.conf import FlagCreatePairsOff

from analysis.options import DigitsOptions as Options
from launch.common import command


def work(options: Options, console: Console) -> int:
    """Do it; returns the exit code."""
    from analysis.experiments import digits  # after parsing, so that --help is quick

    return digits.run(options, console)


def main(argv: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    return command.run(lambda: tyro.cli(Options, prog="digits.py", args=argv, config=(FlagCreatePairsOff,)), work)


if __name__ == "__main__":
    sys.exit(main())
