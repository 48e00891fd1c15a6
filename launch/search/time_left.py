"""How long a search will still take until all is done, what it may take, and when no further trial starts."""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from launch.config.plan import Plan
from launch.evaluation import untrained_control
from launch.evaluation.confirm import LOOKS, finalists_wanted
from launch.evaluation.outcome import SEEDS
from launch.search.callbacks import TrialCallback
from launch.study.study import Study
from launch.study.trial import TrialRecord
from trainables.training.trial import SMOOTHING

STARTING = 3.0
"""Seconds that processes of trials take to start on a machine that is not busy, as are the two below."""
FIT_OVERHEAD = 0.15
"""Seconds that a fit outside the search takes to be sent, begun and brought back."""
RECORDING = 6.0
"""Seconds to measure, draw, register, report and wait for the record: much the same for every search."""
LOOK = 0.5
"""Seconds between two estimates; between them the time runs down."""
REST = 50
"""So many times as long as an estimate took there is no other: it looks at every trial, of which there may be many."""
GO_ON = 0.35
"""The share of the further splits on which a finalist is expected to race that is neither first nor published."""
BELIEVED = 2
"""The share of rounds that early stopping is expected to leave counts as so many trials that were seen."""


@dataclass
class Budget:
    """Time for search and confirmation."""

    seconds: float | None = None
    """In all; None is no limit."""
    started: float = field(default_factory=time.monotonic)
    """At the start of the command."""
    starting: float = 0.0
    """Seconds that the processes of the first trials took to start, which says how fast the machine is just now."""
    _kept: float = field(default=0.0, init=False)
    _look_at: float = field(default=-math.inf, init=False)

    def left(self) -> float | None:
        """Seconds until the limit."""
        return None if self.seconds is None else self.seconds - self.spent()

    def spent(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    def exhausted(self, plan: Plan, study: Study, concurrent: int) -> bool:
        """Whether what is left is needed for confirmation and refits."""
        left = self.left()
        if left is None:
            return False
        if (start := time.monotonic()) >= self._look_at:
            self._kept = reserve(plan, study, concurrent)
            self._look_at = start + REST * (time.monotonic() - start)
        return left < self._kept


def reserve(plan: Plan, study: Study, concurrent: int) -> float:
    """Seconds to keep for confirmation and refits, from what rounds have cost so far."""
    timed = [record for record in study.records.values() if record.history]
    if not timed:
        return 0.0
    per_round = max(record.seconds_per_round for record in timed)
    return plan.rounds_after_search * per_round / plan.splits / concurrent + 6.0


class AfterSearch:
    """Seconds of confirmation, refits and record, from how long trials with the same configurations took.

    Their processes took `starting` seconds to start: those of the confirmation will, too, and what is not training
    takes longer on a slow or busy machine.
    """

    def __init__(self, plan: Plan, slots: int, starting: float = 0.0) -> None:
        self.plan, self.slots, self.starting = plan, slots, starting
        slow = max(1.0, starting / STARTING)
        self.overhead, self.recording = slow * FIT_OVERHEAD, slow * RECORDING
        counts = plan.problem.counts
        train, valid = max(1, counts["train"]["rows"]), max(1, counts["valid"]["rows"])
        every = counts["development"]["rows"] + (0 if plan.problem.cross_validated else counts["test"]["rows"])
        self._trained = counts["development"]["rows"] / train, every / train
        self._scored = every / valid

    def confirmation(self, finalists: Sequence[TrialRecord]) -> float:
        """Of the finalists, best first, the published configuration among them."""
        each = max(1, self.plan.options.fresh_splits)
        fits: list[float] = []
        for place, record in enumerate(finalists):
            to_the_end = each < LOOKS[-1] or place == 0 or record.origin == self.plan.reference
            splits = each if to_the_end else 1 + round(GO_ON * (each - 1))
            scored = min(1.0, SMOOTHING / self._rounds(record))
            fits += [self._fit(record) + self._scoring(record) * scored] * splits
        return self.starting + makespan(fits, self.slots)

    def refits(self, tuned: TrialRecord, published: TrialRecord | None) -> float:
        """Of the winner and the published configuration, unless that has won, with what is trained beside them."""
        plan, (whole, every) = self.plan, self._trained
        fits = []
        if not plan.options.no_retrain and not plan.options.ensemble_seeds:
            fits.append(self._fit(tuned) * every)
        for record in {id(record): record for record in (tuned, published) if record is not None}.values():
            scoring = self._scoring(record) * self._scored / self._rounds(record)
            folds = len(SEEDS) * 5 if plan.problem.cross_validated else 0
            fits += [self._fit(record) * whole + scoring] * len(SEEDS) + [self._fit(record)] * folds
            if untrained_control.wanted(plan.cls) and record is tuned:
                fits += [scoring] * len(untrained_control.SEEDS)
        return makespan(fits, self.slots)

    def total(self, study: Study) -> float:
        """All of it for a study as it stands: its best trials so far stand for the finalists."""
        scored = [record for record in list(study.records.values()) if record.history and record.state != "failed"]
        ranked = sorted(scored, key=lambda record: -(record.score or 0.0))
        whole = [record for record in ranked if record.state == "complete"] or ranked
        if not whole:
            return self.recording
        wanted = finalists_wanted(self.plan.options.fresh_splits)
        chosen = (whole * wanted)[:wanted]  # what is not known yet will cost what is known
        published = next((record for record in scored if record.origin == self.plan.reference), None)
        beside = [] if published is None or published in chosen else [published]
        refits = sum(self.refits(record, published) for record in chosen) / len(chosen)  # any of them may win
        return self.confirmation([*chosen, *beside]) + refits + self.recording

    def _rounds(self, record: TrialRecord) -> int:
        return max(1, self.plan.full_rounds(record.params))

    def _fit(self, record: TrialRecord) -> float:
        return record.fit_seconds / len(record.history) / self.plan.splits * self._rounds(record) + self.overhead

    def _scoring(self, record: TrialRecord) -> float:
        """Of the validation rows after every round of a whole trial."""
        return (record.seconds - record.fit_seconds) / len(record.history) / self.plan.splits * self._rounds(record)


class Forecast(TrialCallback):
    """How long a search will still take until all is done; `clock` is the time in seconds."""

    def __init__(
        self, plan: Plan, study: Study, slots: int, budget: Budget, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.plan, self.study, self.budget, self.clock = plan, study, budget, clock
        self.slots, self._began = slots, clock()
        self._seen = {record.number: len(record.history) for record in study.records.values()}
        self._first: float | None = None
        self._last, self._look_at = -LOOK, -math.inf
        self._rounds = 0
        """Rounds that were reported after the first report: before it, workers start."""
        self._end = 0.0

    def report(self, record: TrialRecord) -> None:
        """Count the new rounds."""
        new = len(record.history) - self._seen.get(record.number, 0)
        self._seen[record.number] = len(record.history)
        self._last = self.clock()
        if self._first is None:
            self._first = self._last
            self.budget.starting = max(0.0, self._last - self._began - record.seconds)
        else:
            self._rounds += new

    def left(self) -> float | None:
        """Seconds until everything is done, or the budget is spent; None if nobody knows."""
        limit, now = self.budget.left(), self.clock()
        if self._first is None or not self._rounds:
            return limit
        if now >= self._look_at:
            self._end = self._estimated(self._first)
            self._look_at = now + max(LOOK, REST * (self.clock() - now))
        estimate = max(0.0, self._end - now)
        return estimate if limit is None else min(limit, estimate)

    def _estimated(self, first: float) -> float:
        """When everything will be done."""
        plan, study = self.plan, self.study
        going_on = self._going_on()
        last, to_go = 0.0, 0.0
        for record in study.unfinished:
            rounds = self._rest(record, going_on)
            last, to_go = max(last, rounds * record.seconds_per_round), to_go + rounds
        published = [config for origin, config in study.initial if origin in plan.published]
        to_go += sum(map(plan.full_rounds, published))
        to_go += max(0, study.to_start - len(published)) * sum(going_on)
        searched = self._last + max(to_go * (self._last - first) / self._rounds, last)
        return max(self.clock(), searched) + AfterSearch(plan, self.slots, self.budget.starting).total(study)

    def _going_on(self) -> list[float]:
        """The share of sampled trials that go on after so many rounds, from none on: what was seen, and expected."""
        most = self.plan.halving.max_rounds
        ended, reached = [0] * (most + 1), [0] * (most + 1)
        for record in list(self.study.records.values()):
            if record.history and not record.published and not record.failure:
                rounds = min(most, len(record.history))
                reached[rounds] += 1
                ended[rounds] += record.state != "running"
        timed = [record.seconds_per_round for record in list(self.study.records.values()) if record.history]
        share = self.plan.halving.expected_share(most * median(timed))
        seen, expected = 1.0, (share * most - 1) / max(1, most - 1)
        there = count = sum(reached)
        shares = [1.0]
        for rounds in range(1, most):
            seen *= 1 - ended[rounds] / there if there else 1.0
            there -= reached[rounds]
            shares.append((BELIEVED * expected + count * seen) / (BELIEVED + count))
        return shares

    def _rest(self, record: TrialRecord, going_on: Sequence[float]) -> float:
        """Rounds that an open trial will still have."""
        full, done = self.plan.full_rounds(record.params), len(record.history)
        if record.published or done >= len(going_on):
            return max(0, full - done)
        return min(full - done, sum(going_on[done:]) / max(1e-9, going_on[done]))


def makespan(seconds: Iterable[float], slots: int) -> float:
    """When the last of some jobs ends, of which so many run at a time and the longest begin."""
    busy = [0.0] * max(1, slots)
    for job in sorted(seconds, reverse=True):
        heapq.heapreplace(busy, busy[0] + job)
    return max(busy)
