"""Find, record and ship the best anomaly detector for a dataset: `python launch/tune.py devnet celeba`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

STARTED = time.monotonic()
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]

from launch.common.environment import prepare
from launch.common.errors import UsageError
from launch.config.command_line import parse


def main(argv: list[str] | None = None) -> int:
    """Parse, check, search; returns the exit code: 0 done, 1 failed, 2 bad input, 130 interrupted."""
    prepare()
    try:
        options = parse(argv)
        from launch.common.command import console as make_console

        console = make_console()
        if options.list:
            from launch.display.listing import show

            show(console)
            return 0
        from datasets.errors import DataError
    except UsageError as error:
        return complain(error)
    try:
        from analysis.reports.publisher import ReportPublisher
        from launch.search.session import run

        return run(options, console, STARTED, ReportPublisher())
    except (UsageError, DataError) as error:
        return complain(error)
    except KeyboardInterrupt:
        print("given up", file=sys.stderr)
        return 130


def complain(error: Exception) -> int:
    """One line on standard error."""
    from launch.common.flags import with_flags
    from launch.common.text import one_line

    print(f"error: {one_line(with_flags(str(error)))}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.exit(code)
