"""Is the time that a search says is left the time that it takes? Every printed estimate against the true end.

Searches run as a person starts them, one after another, and each line with an estimate is stamped as it comes. An
estimate is good when it is within 30 % of what was really left. Test rows are read once by each search, as always.

    python analysis/benchmarks/searching/time_left.py
    python analysis/benchmarks/searching/time_left.py --searches "knn ionosphere --trials 8"  # a quick look
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[3])

from analysis.benchmarks.checks import Check, report
from analysis.benchmarks.common import ROOT, BenchmarkFailed, environment, fresh_home, machine, parser

SEARCHES = (
    "devnet celeba",
    "gbdt vowels --trials 32",
    "iforest annthyroid --trials 32",
    "devnet annthyroid --trials 32",
)
WITHIN = 0.3
LEFT = re.compile(r", about (?:(\d+) h )?(?:(\d+) min ?)?(?:(\d+) s )?left")
QUARTERS = ("first quarter", "second", "third", "last quarter")


def seconds_left(line: str) -> float | None:
    """The estimate in a line of a search, in seconds; None if it has none."""
    match = LEFT.search(line)
    if match is None or not any(match.groups()):
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return 3600.0 * hours + 60.0 * minutes + seconds


def estimates(search: str, home: Path, env: dict[str, str]) -> tuple[list[tuple[float, float]], float]:
    """Run a search; (seconds since the start, estimate) of each line that has one, and seconds to the end."""
    command = [sys.executable, "launch/tune.py", *shlex.split(search), "--home", str(home)]
    start = time.monotonic()
    made, said = [], []
    with subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        for line in process.stdout or ():
            said.append(line)
            left = seconds_left(line)
            if left is not None:
                made.append((time.monotonic() - start, left))
    end = time.monotonic() - start
    if process.returncode or not made:
        raise BenchmarkFailed(f"{search}: exit code {process.returncode}\n{''.join(said[-20:])}")
    return made, end


def error(at: float, left: float, end: float) -> float:
    """Estimate over truth, less one: 0 is right, .3 is 30 % too long."""
    return left / (end - at) - 1


def main() -> None:
    """Run every search and show how far its estimates were off, by quarter of the whole time."""
    options = parser(__doc__)
    options.add_argument("--searches", nargs="+", default=list(SEARCHES), help="what follows tune.py, each in quotes")
    args = options.parse_args()
    started_on, measured = machine(), []
    rows: list[list[Any]] = []
    for search in args.searches:
        with fresh_home() as home:
            made, end = estimates(search, home, environment(1, args.data_dir))
        errors = [(at / end, error(at, left, end)) for at, left in made]
        measured.append({"search": search, "seconds": end, "estimates": made})
        cells: list[Any] = [search, end, len(made)]
        for quarter in range(4):
            own = [off for share, off in errors if quarter <= 4 * share < quarter + 1]
            cells.append(f"{median(own):+.0%}" if own else "none")
        rows.append([*cells, sum(abs(off) <= WITHIN for _, off in errors) / len(errors)])
    share = sum(row[-1] for row in rows) / len(rows)
    notes = [
        f"median of (estimate over truth - 1) by quarter of the whole time; good: within {WITHIN:.0%} of the truth"
    ]
    columns = ("search", "seconds", "estimates", *QUARTERS, "good")
    checks = [Check("share of good estimates, mean over searches", share, 0.8, at_most=False)]
    report("Time left", columns, rows, checks, notes, started_on, {"searches": measured}, args.json)


if __name__ == "__main__":
    main()
