"""Find, record and ship the best anomaly detector for a dataset: `python launch/tune.py devnet celeba`."""

from __future__ import annotations

import signal

if __name__ == "__main__":  # Ctrl-C among the imports ends it without a word
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

STARTED = time.monotonic()
if __name__ == "__main__":  # run as a file: the packages of this checkout, not the folders beside this file
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rich.console import Console

from launch.common import command
from launch.common.printing import print_line

if TYPE_CHECKING:
    from launch.config.options import TuneOptions


def work(options: TuneOptions, console: Console) -> int:
    """Show what there is to search, or search."""
    if options.list:
        return listed([word for word in (options.detector, options.dataset) if word], console)
    if not console.is_interactive:
        print_line(console, f"Loading libraries, then reading {options.dataset}")
    with command.loading(console):  # Ray, MLflow, torch: seconds that --help and a mistyped option need not wait for
        from launch.api import execute

    return max((end.exit_code for end in execute(options, console, STARTED)), default=0)


def listed(words: list[str], console: Console) -> int:
    """Show detectors and datasets, of words those that have them."""
    from launch.display.listing import show

    show(console, words)
    return 0


def parse(argv: list[str] | None) -> TuneOptions:
    """Options of arguments, of a `--config` file and of the search that `--resume` names."""
    from launch.config.command_line import parse  # reads `datasets`, which must be this repository's

    return parse(argv)


def main(argv: list[str] | None = None) -> int:
    """Parse, check, search; returns the exit code: 0 done, 1 failed, 2 bad input, 130 interrupted."""
    given = sys.argv[1:] if argv is None else argv
    words = [argument for argument in given if argument != "--list"]
    if len(words) < len(given) and not any(word.startswith("-") for word in words):
        return command.run(lambda: words, listed)  # at once: what parses options takes as long as the list
    return command.run(lambda: parse(argv), work)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.exit(code)
