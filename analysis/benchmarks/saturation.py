"""From how many workers on one driver is too slow: a simulated cluster, realistic trials, the driver's measured costs.

Workers report rounds and ask for the next trial; the driver does one thing after another. Trials take log-normal times
(most are short, a few long), and early stopping lets a quarter of them go on after each rung. Shown is the share of the
workers' time that they wait for the driver. What the driver takes is measured by `scale.py`.

    python analysis/benchmarks/saturation.py
    python analysis/benchmarks/saturation.py --ask 0.02 --report 0.003    # seconds of another machine
"""

from __future__ import annotations

import heapq
import math
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the files beside this one
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from analysis.benchmarks.checks import report
from analysis.benchmarks.common import machine, parser

REPORTED = (0.1, 0.4, 1.0)
"""Where in a whole trial the rungs are, its end among them."""
GO_ON = 0.25
SPREAD = 1.0
"""Of the logarithm of a trial's seconds."""


@dataclass(frozen=True)
class Costs:
    """Seconds of the driver: to end a trial and ask for the next, and to take a report."""

    ask: float
    report: float


def waiting(workers: int, seconds: float, costs: Costs, trials: int, seed: int = 0) -> float:
    """Share of the workers' time that they wait for the driver; `seconds` are the mean of a whole trial."""
    random = np.random.default_rng(seed)
    free_at, waited = 0.0, 0.0
    # when it needs the driver, which worker, the whole trial's seconds, rungs that it has passed
    events = [(0.0, worker, 0.0, len(REPORTED)) for worker in range(workers)]
    asked = 0
    while True:
        now, worker, whole, passed = heapq.heappop(events)
        goes_on = passed < len(REPORTED) and random.random() < GO_ON
        free_at = max(free_at, now) + (costs.report if goes_on else costs.ask)
        waited += free_at - now
        if not goes_on:
            if asked == trials:
                break  # what follows is the end of the search, not the driver's fault
            asked, passed = asked + 1, 0
            whole = float(random.lognormal(math.log(seconds) - SPREAD**2 / 2, SPREAD))
        done = REPORTED[passed - 1] if passed else 0.0
        heapq.heappush(events, (free_at + whole * (REPORTED[passed] - done), worker, whole, passed + 1))
    return waited / (free_at * workers)


def most_workers(seconds: float, costs: Costs) -> float:
    """On how many workers the driver is busy all the time: its seconds a trial go so often into a trial's."""
    share = [GO_ON**k for k in range(len(REPORTED))]  # of the trials that get so far
    parts = [last - first for first, last in zip((0.0, *REPORTED), REPORTED, strict=False)]
    trial = seconds * sum(s * part for s, part in zip(share, parts, strict=True))
    return trial / (costs.ask + costs.report * sum(share[1:])) + 1


def main() -> None:
    """Simulate clusters of several sizes, and show."""
    options = parser(__doc__)
    options.add_argument("--ask", type=float, default=0.03, help="driver's seconds to end a trial and begin the next")
    options.add_argument("--report", type=float, default=0.004, help="driver's seconds to take a report")
    options.add_argument("--workers", type=int, nargs="+", default=[10, 100, 1000])
    options.add_argument("--seconds", type=float, nargs="+", default=[1.0, 10.0, 60.0, 600.0], help="of a whole trial")
    args = options.parse_args()
    costs, rows, shares = Costs(args.ask, args.report), [], {}
    for seconds in args.seconds:
        cells: list[str | float] = [f"{seconds:g} s"]
        for workers in args.workers:
            share = shares[f"{workers}x{seconds:g}"] = waiting(workers, seconds, costs, trials=20 * workers)
            cells.append(f"{share:.1%}")
        rows.append([*cells, f"{most_workers(seconds, costs):,.0f}"])
    notes = [
        f"the driver takes {costs.ask:g} s to end a trial and begin the next, {costs.report:g} s for a report",
        "where workers wait, give the driver fewer and longer trials (more rounds, --splits-per-trial), or search in "
        "several studies, each with a driver and a part of the workers",
    ]
    columns = ("a whole trial", *(f"{workers} workers wait" for workers in args.workers), "driver is full at")
    report("Saturation", columns, rows, [], notes, machine(), {"shares": shares}, args.json)


if __name__ == "__main__":
    main()
