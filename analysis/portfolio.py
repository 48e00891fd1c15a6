"""Configurations that do well on many tables: `python analysis/portfolio.py collect`."""

from __future__ import annotations

import signal

if __name__ == "__main__":  # Ctrl-C among the imports ends it without a word
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import sys
from pathlib import Path

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the folders beside this file
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from analysis.portfolios.options import PortfolioOptions
from launch.common import command


def main(argv: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    return command.main(PortfolioOptions, "analysis.portfolios.portfolio:run", argv)


if __name__ == "__main__":
    sys.exit(main())
