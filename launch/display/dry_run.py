"""`--dry-run`: what would run, how much memory it takes, how long it will be, from one measured round."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from launch.common.errors import UsageError
from launch.common.printing import print_line, print_table, waiting
from launch.common.text import clock
from launch.config.plan import Plan
from trainables.core.custom_detectors import load_class
from trainables.core.detector import TrainData
from trainables.training.process import peak_memory_mb, set_threads
from trainables.training.trial import Trial, build


def show(console: Console, plans: Sequence[Plan]) -> None:
    """Print a table of trials, memory and time; nothing is recorded, no test label is read."""
    columns = ("detector", "trials", "rounds", "searched", "at a time", "one round", "worker memory", "estimated time")
    rows, total = [], 0.0
    for plan in plans:
        with waiting(console, f"Measuring a round of {plan.label}"):
            seconds, memory = measure(plan)
        options = plan.options
        here = max(1, int((os.cpu_count() or 1) // options.cpus_per_trial))
        concurrent = 1 if options.local else options.concurrent or here
        estimate = estimated(plan, seconds, concurrent)
        total += estimate if options.seconds is None else min(options.seconds, estimate)
        searched = ", ".join(plan.distributions) or "nothing"
        numbers = str(plan.trials), str(plan.halving.max_rounds)
        measured = str(concurrent), f"{seconds:.2f} s", f"{memory:.0f} MB", clock(estimate)
        rows.append((plan.label, *numbers, searched, *measured))
    print_table(console, columns, rows, left=("detector", "searched"), title="Dry run")
    size = plans[0].problem.development.X.nbytes / (1 << 20)
    print_line(
        console,
        f"Data: {size:.1f} MB, shared by all workers. About {clock(total)} in all; the estimate rests on one round of "
        f"the first published configuration{'' if plans[0].options.seconds is None else ', and on --time-budget'}. "
        "Nothing was recorded.",
    )


def measure(plan: Plan) -> tuple[float, float]:
    """Seconds of the second round of the first published configuration, and MB of the process that trained it.

    Each detector has a process of its own, as a worker is: what the one before it took would count for it, too.
    """
    split = plan.problem.split(plan.options.seed)
    rounds, seed, threads = plan.halving.max_rounds, plan.options.seed, max(1, int(plan.options.cpus_per_trial))
    config, train = plan.published[plan.reference], plan.train_data(split.train)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["launch.display.dry_run"])
    with ProcessPoolExecutor(1, mp_context=context) as process, _named(plan.label):
        return process.submit(
            _trained, plan.detector, config, rounds, seed, threads, train, split.valid.X, split.valid.y, plan.metric
        ).result()


@contextmanager
def _named(label: str) -> Iterator[None]:
    try:
        yield
    except BrokenProcessPool as error:
        raise UsageError(f"the process of {label} was ended in its first rounds; out of memory?") from error


def _trained(
    name: str,
    config: Mapping[str, Any],
    rounds: int,
    seed: int,
    threads: int,
    train: TrainData,
    X: Any,
    y: Any,
    metric: str,
) -> tuple[float, float]:
    cls = load_class(name)  # its libraries are there before their threads are set
    set_threads(threads)
    trial = Trial(build(cls, config, rounds=rounds, seed=seed), train, X, y, metric).begin()
    seconds = 0.0
    for _ in range(min(2, trial.detector.rounds)):
        start = time.perf_counter()
        trial.step()
        seconds = time.perf_counter() - start
    return seconds, peak_memory_mb()


def estimated(plan: Plan, round_seconds: float, concurrent: int) -> float:
    """Seconds of search, confirmation, refits and start."""
    share = plan.halving.expected_share(plan.splits * round_seconds * plan.halving.max_rounds)
    longer = plan.reference_rounds - plan.halving.max_rounds
    rounds = plan.splits * (plan.trials * share * plan.halving.max_rounds + longer) + plan.rounds_after_search
    return rounds * round_seconds / concurrent + 12.0
