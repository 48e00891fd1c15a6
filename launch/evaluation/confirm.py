"""Compare the finalists on fresh splits and seeds: the search score is the luckiest of many.

They race: after each split those that are too far behind are trained no more (`launch.evaluation.race.elimination`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from launch.common.jobs import Job, JobFailure, JobRunner
from launch.config.plan import Plan
from launch.evaluation.race.elimination import still_racing
from launch.evaluation.race.finalist import Finalist
from launch.study.pareto import under
from launch.study.trial import TrialRecord
from trainables.training.fit import validated_fit

RACING, NOT_RACING = 5, 3
"""Finalists where there are enough splits for a race, and where there are not. Five that race choose better than three
on all splits, in less time; more take longer (`analysis/benchmarks/searching/racing.py`)."""
LOOKS = (1, 2, 3)
"""After so many splits the race looks who goes on."""
FIRST_SPLIT = 1000
"""Confirmation splits have seeds of their own, far from the search's."""


def finalists_wanted(confirm: int) -> int:
    """How many of the best trials are confirmed on so many splits."""
    return (RACING if confirm >= LOOKS[-1] else NOT_RACING) if confirm else 1


def first_split(seed: int) -> int:
    """The number of the first confirmation split of a search; the others follow it."""
    return FIRST_SPLIT + 100 * seed


def finalists(plan: Plan, ranked: Sequence[TrialRecord], records: Mapping[int, TrialRecord]) -> list[Finalist]:
    """The best distinct configurations of the search, and the published one."""
    top = finalists_wanted(plan.options.fresh_splits)
    published = [
        own for own in records.values() if own.origin == plan.reference and own.state in ("complete", "pruned")
    ]
    same_as = {_key(plan, own): own for own in published[:1]}
    distinct: dict[str, TrialRecord] = {}
    for record in ranked:
        if len(distinct) < top:
            distinct.setdefault(_key(plan, record), same_as.get(_key(plan, record), record))
    chosen = distinct | same_as
    return [
        Finalist(record, record.origin == plan.reference, eligible=_quick(plan, record)) for record in chosen.values()
    ]


def _key(plan: Plan, record: TrialRecord) -> str:
    """The same for the same configuration, whatever of it is left to defaults."""
    return json.dumps(plan.whole(record.params), sort_keys=True, default=repr)


def _quick(plan: Plan, record: TrialRecord) -> bool:
    return bool(under([record], plan.scored_rows, plan.options.max_latency))


Fit = tuple[Finalist, int]
"""A finalist, and the number of the split on which it is trained."""


@dataclass
class Confirmation:
    """Trains finalists on fresh (split, seed) pairs, as many as `--confirm` says, and fills them in.

    A finalist that fails on any pair cannot win. Without a confirmation there is one pair, for the threshold.
    `slots` fits run at a time. `on_done` is told how many fits are done, and of how many that are known so far.
    """

    chosen: Sequence[Finalist]
    plan: Plan
    engine: JobRunner
    stop: Callable[[], bool] = lambda: False
    on_done: Callable[[int, int], None] = lambda done, total: None
    slots: int = 1
    _done: int = field(default=0, init=False)
    _shared: dict[int, tuple[Any, Any, NDArray[Any]]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        first = first_split(self.plan.options.seed)
        self.numbers = tuple(first + pair for pair in range(max(1, self.plan.options.fresh_splits)))

    def race(self) -> None:
        """Train on one split after another those that are not too far behind, and the published one on all.

        Where more fits run at a time than are due, some of later splits are made with them. What they say, also that
        they failed, counts when these splits are due, and is forgotten of a finalist that is out by then, so that the
        result is the same on every machine.
        """
        every = len(self.numbers)
        racing = [own for own in self.chosen if own.eligible]
        for look in [*(look for look in LOOKS if every >= LOOKS[-1] and look < every), every]:
            racing = self._until(look, racing)
            if self.stop():
                return
            if not racing:  # those that were ahead have failed: the others are back
                racing = self._until(look, self._sound(self.chosen, look))
                if self.stop():
                    return
            if look < every:
                racing = self._ahead(racing, look)
                for own in self.chosen:
                    if own not in racing and not own.published:
                        own.forget_after(self.numbers[look - 1])
        for own in self.chosen:
            if own.failures:
                own.forget_after(int(own.failed_on))

    def all(self) -> None:
        """Train every finalist on every pair."""
        self._until(len(self.numbers), self.chosen)

    def _sound(self, finalists: Sequence[Finalist], look: int) -> list[Finalist]:
        """Those that may win and have not failed on one of the first splits."""
        return [own for own in finalists if own.eligible and own.failed_on > self.numbers[look - 1]]

    def _until(self, look: int, racing: Sequence[Finalist]) -> list[Finalist]:
        """Train until every one in the race has its first splits; returns those that did not fail."""
        running = [own for own in self.chosen if own in racing or own.published]
        due = self._missing(running, self.numbers[:look])
        later = sorted(self._missing(running, self.numbers[look:]), key=lambda fit: fit[1])
        if due:
            certain = [fit for fit in later if fit[0].published][: -len(due) % self.slots]
            others = [fit for fit in later if fit not in certain]
            due += certain
            due += others[: max(0, self.slots - len(due))]
        to_come = len({number for _, number in later} - {number for _, number in due})
        self._fit(due, to_come)
        return self._sound(racing, look)

    def _missing(self, finalists: Sequence[Finalist], numbers: Sequence[int]) -> list[Fit]:
        return [(own, n) for own in finalists for n in numbers if n < own.failed_on and n not in own.scores]

    def _ahead(self, racing: list[Finalist], look: int) -> list[Finalist]:
        """Those that are not too far behind after so many splits."""
        known = [[own.scores[number] for number in self.numbers[:look]] for own in racing]
        earlier = [own.record.score for own in racing]
        if all(score is not None for score in earlier):  # each was scored on the search's split, too
            known = [[float(score or 0.0), *own] for score, own in zip(earlier, known, strict=True)]
        kept = still_racing(np.array(known), racing[0].valid_by_train) if racing else []
        return [racing[place] for place in kept]

    def _fit(self, wanted: Sequence[Fit], to_come: int) -> None:
        """Train, the longest first, so that no core waits long for the last; as many fits are to come at least."""
        wanted = sorted(wanted, key=lambda fit: -fit[0].record.seconds_per_round)
        jobs, total = [self._job(*fit) for fit in wanted], self._done + len(wanted) + to_come
        for index, result in self.engine.map(jobs, self.stop):
            finalist, number = wanted[index]
            if isinstance(result, JobFailure):
                finalist.failures[number] = f"{result.cause}: {result.message}"
            else:
                finalist.take(number, result, self._shared[number][2], self.plan.problem.alarm_rate)
            self._done += 1
            self.on_done(self._done, total)

    def _job(self, finalist: Finalist, number: int) -> Job:
        plan = self.plan
        if number not in self._shared:
            split = plan.problem.split(number)
            self._shared[number] = (
                self.engine.share(plan.train_data(split.train)), self.engine.share(split.valid.X), split.valid.y,
            )  # fmt: skip
            if number == self.numbers[0]:  # which is trained on first, whatever runs beside it
                for own in self.chosen:
                    own.valid_by_train = len(split.valid) / len(split.train)
        keep = plan.looks_at_rows and plan.problem.modality == "tabular"
        place = next(i for i, own in enumerate(self.chosen) if own is finalist)
        key = (place, number)
        job = plan.fit_job(finalist.record.params, number, metric=plan.metric, keep_state=keep, key=key)
        return Job(validated_fit, (job, *self._shared[number]))


def winner(chosen: Sequence[Finalist]) -> Finalist | None:
    """The finalist with the highest mean of those that were confirmed on every split; the published one may win."""
    sound = [own for own in chosen if own.scores and own.eligible and not own.failure]
    most = max((len(own.scores) for own in sound), default=0)
    return max((own for own in sound if len(own.scores) == most), key=lambda own: own.interval()[0], default=None)
