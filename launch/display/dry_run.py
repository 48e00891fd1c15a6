"""`--dry-run`: what would run, how much memory it takes, how long it will be, from one measured round."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from rich.console import Console

from launch.common.printing import plain_table, print_line
from launch.common.text import clock
from launch.config.plan import Plan
from trainables.training.process import peak_memory_mb, set_threads
from trainables.training.trial import Trial, build

SURVIVING = 0.4
"""Share of all rounds that early stopping leaves, as measured on CelebA (0.36 to 0.45)."""


def show(console: Console, plans: Sequence[Plan]) -> None:
    """Print a table of trials, memory and time; nothing is recorded, no test label is read."""
    columns = ("detector", "trials", "rounds", "searched", "at a time", "one round", "worker memory", "estimated time")
    table = plain_table(*columns, left=("detector", "searched"), title="Dry run")
    total = 0.0
    for plan in plans:
        seconds, memory = measure(plan)
        options = plan.options
        here = max(1, int((os.cpu_count() or 1) // options.cpus_per_trial))
        concurrent = 1 if options.local else options.concurrent or here
        estimate = estimated(plan, seconds, concurrent)
        total += estimate if options.seconds is None else min(options.seconds, estimate)
        table.add_row(
            plan.label,
            str(plan.trials),
            str(plan.halving.max_rounds),
            ", ".join(plan.distributions) or "nothing",
            str(concurrent),
            f"{seconds:.2f} s",
            f"{memory:.0f} MB",
            clock(estimate),
        )
    console.print(table)
    size = plans[0].problem.development.X.nbytes / (1 << 20)
    print_line(
        console,
        f"Data: {size:.1f} MB, shared by all workers. About {clock(total)} in all; the estimate rests on one round of "
        f"the first published configuration{'' if plans[0].options.seconds is None else ', and on --time-budget'}. "
        "Nothing was recorded.",
    )


def measure(plan: Plan) -> tuple[float, float]:
    """Seconds of the second round of the first published configuration, and MB of this process."""
    set_threads(max(1, int(plan.options.cpus_per_trial)))
    split = plan.problem.split(plan.options.seed)
    detector = build(plan.cls, plan.published[plan.reference], rounds=plan.halving.max_rounds, seed=plan.options.seed)
    train = plan.train_data(split.train)
    trial = Trial(detector, train, split.valid.X, split.valid.y, plan.metric).begin()
    seconds = 0.0
    for _ in range(min(2, detector.rounds)):
        start = time.perf_counter()
        trial.step()
        seconds = time.perf_counter() - start
    return seconds, peak_memory_mb()


def estimated(plan: Plan, round_seconds: float, concurrent: int) -> float:
    """Seconds of search, confirmation, refits and start."""
    share = SURVIVING if plan.halving.rungs() else 1.0
    longer = plan.reference_rounds - plan.halving.max_rounds
    rounds = plan.trials * share * plan.halving.max_rounds + longer + plan.rounds_after_search
    return rounds * round_seconds / concurrent + 12.0
