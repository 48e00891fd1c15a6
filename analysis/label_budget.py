"""How much do labels buy: `python analysis/label_budget.py celeba devnet,logistic --labels 0,5,20,100,all`."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the folders beside this file
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rich.console import Console

from analysis.options import LabelBudgetOptions
from launch.common import command


def work(options: LabelBudgetOptions, console: Console) -> int:
    """Do it; returns the exit code."""
    from analysis.experiments import label_budget  # after parsing, so that --help is quick

    return label_budget.run(options, console)


def main(argv: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    return command.main(LabelBudgetOptions, work, argv)


if __name__ == "__main__":
    sys.exit(main())
