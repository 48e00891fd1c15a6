"""The Optuna study behind a search: what to try next, and what became of it, told truly.

A trial ends as COMPLETE (it had all its rounds), PRUNED (the scheduler stopped it; its
last score is reported first) or FAIL (a named failure, a killed worker, an interruption).
What a process left RUNNING when it ended goes on under its number when the study is opened again.
"""

from __future__ import annotations

import contextlib
import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from launch.common.errors import UsageError
from launch.study import distinct
from launch.study.nearest import express
from launch.study.optuna_private import fresh, kept_history, reopened, said
from launch.study.overrides import OverridingTrial, Space
from launch.study.samplers import OpenEndedGrid
from launch.study.trial import TrialRecord, latency

optuna.logging.set_verbosity(optuna.logging.ERROR)

PORTFOLIO = "portfolio"
"""User attribute of a study: what it was begun with of a portfolio, see `launch.config.portfolio.PortfolioTrials`."""
KEPT = ("history", "peak_memory_mb", "places", "effective_batch_size", "score")
FAILURE = ("failure", "failure_message")
"""What a trial's user attributes keep of its record when it has ended."""
EXHAUSTED = "exhausted"
"""User attribute of a study: how many configurations its space has, once all have been tried."""
ASKED = "asked"
"""User attribute of a trial: its configuration before its batch was halved, where it was."""
REPEATED = "repeated"
"""Failure of what a sampler drew although it had been tried: it is no trial of the search, and was never run."""
PASSED_OVER = ("interrupted", REPEATED)
REDRAWS = 10
"""So often a sampler is asked again before a neighbour of what it draws is taken."""
STATES = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}


class Study:
    """Asks the study for configurations and tells it truly what became of them.

    What an earlier process left running is asked for first, under its old number; then `initial`: published and
    enqueued configurations as (origin, config), each once in the life of the study. In the end it shall hold so many
    `trials`, interrupted ones not counted. `timed_rows` are the rows that a round scores, where a short time for that
    is the second objective: a complete trial is told with two values then, and a stopped one without any.
    A given configuration is run as it is, and told to the sampler by the nearest values of the space, after `whole`
    has filled in what it leaves out.

    No configuration is run twice: one that differs from another in nothing that `filled` makes of it is passed over.
    Where a sampler draws one again it is asked again; of a space with few configurations the nearest untried one is
    taken, and when all have been tried there is no next trial.
    """

    def __init__(
        self,
        study: optuna.Study,
        space: Space,
        data: Any,
        initial: Sequence[tuple[str, Mapping[str, Any]]],
        trials: int,
        timed_rows: int | None = None,
        whole: Callable[[Mapping[str, Any]], dict[str, Any]] = dict,
        filled: Callable[[Mapping[str, Any]], dict[str, Any]] = dict,
    ) -> None:
        self.study, self.space, self.data, self.trials = study, space, data, trials
        self.timed_rows, self.whole, self.filled = timed_rows, whole, filled
        self._every: dict[str, dict[str, Any]] | None = None
        self._listed = False
        self._tried: set[str] = set()
        self.records: dict[int, TrialRecord] = {}
        self.waiting: deque[TrialRecord] = deque()
        self._open: dict[int, optuna.Trial] = {}
        self._left: dict[int, FrozenTrial] = {}
        self._queued: list[tuple[str, Mapping[str, Any]]] = []
        self.initial: list[tuple[str, Mapping[str, Any]]] = []
        self._restore()
        known = [(record.origin, record.params) for record in self.records.values()] + self._queued
        started = {origin for origin, _ in known}
        self._tried |= {self._key(config) for _, config in known if config}
        self.exhausted = self._still_exhausted()
        """How many configurations the space has, where all have been tried; else 0."""
        done = set(self._tried)
        for origin, config in initial:
            if (key := self._key(config)) not in done and (origin == "enqueued" or origin not in started):
                self.initial.append((origin, config))
                done.add(key)
        self.restored = len(self.records) - len(self.waiting)

    def _restore(self) -> None:
        for trial in self.study.get_trials(deepcopy=False):
            attrs = trial.user_attrs
            if trial.state == TrialState.WAITING:
                self._queued.append((attrs.get("origin", "enqueued"), attrs.get("config", {})))
            elif trial.state == TrialState.RUNNING:
                record = TrialRecord(trial.number, attrs.get("config", {}), attrs.get("origin", "sampled"))
                record.reported = max(trial.intermediate_values, default=0)
                record.checkpointed = True
                self._left[trial.number] = trial
                self.records[trial.number] = record
                self.waiting.append(record)
            elif attrs.get("failure") not in PASSED_OVER and "config" in attrs:
                kept = {name: attrs[name] for name in (*KEPT, *FAILURE) if name in attrs}
                ended = TrialRecord(trial.number, attrs["config"], attrs["origin"], STATES[trial.state], **kept)
                self.records[trial.number] = ended
                if ASKED in attrs:
                    self._tried.add(self._key(attrs[ASKED]))

    def _still_exhausted(self) -> int:
        """Not where a range is another now, or the last configurations were cut short."""
        found: int = self.study.user_attrs.get(EXHAUSTED, 0)
        if not found or self.trials <= len(self.records):
            return found
        with contextlib.suppress(UsageError):  # nothing can be drawn
            every = self._list()
            found = 0 if every is None or any(key not in self._tried for key in every) else len(every)
        return found

    def _list(self) -> dict[str, dict[str, Any]] | None:
        """Every configuration of the space by its key; None where they are too many."""
        if not self._listed:
            self._every, self._listed = distinct.every(self.space, self.data, self._key), True
        return self._every

    def recall(self, reported: Mapping[int, list[dict[str, float]]]) -> None:
        """Give trials that go on the rounds that were reported for them: what is on record stays as it is."""
        for record in self.waiting:
            record.history = list(reported.get(record.number, ()))
            if record.history:
                record.score = record.history[-1]["score"]

    @property
    def search_id(self) -> str:
        """What tells this search from another of the same name."""
        return self.study.user_attrs.get("search_id", "")

    @property
    def remaining(self) -> int:
        """Trials still to start, or to go on with."""
        return len(self.waiting) + self.to_start

    @property
    def to_start(self) -> int:
        """Trials still to start."""
        left, given = max(0, self.trials - len(self.records)), len(self.initial) + len(self._queued)
        return min(left, given) if self.exhausted else left

    def ask(self) -> TrialRecord | None:
        """The next trial, or None when there are enough, or the grid or the space has no more."""
        redraws = 0
        while True:
            record = self._next()
            if record is None or self._settled(record):
                return record
            suggestions = self._pass_over(record)
            redraws += 1
            if isinstance(self.study.sampler, OpenEndedGrid):
                continue  # it goes to its next point
            every = self._list()
            if every is not None:
                other = distinct.nearest(every, self._tried, suggestions)
                if other is None:
                    self.exhausted = len(every)
                    self.study.set_user_attr(EXHAUSTED, self.exhausted)
                    return None
            elif redraws <= REDRAWS:
                continue
            else:
                other = distinct.neighbour(self.space, self.data, suggestions, self._tried, self._key, record.number)
            if other is None:
                return None
            self.study.enqueue_trial(other, user_attrs={"origin": "sampled"})
            self._queued.append(("sampled", {}))

    def _next(self) -> TrialRecord | None:
        if self.waiting:
            record = self.waiting.popleft()
            if record.number not in self._open:
                self._open[record.number] = reopened(self.study, self._left[record.number])
            record.state = "running"
            return record
        if not self.remaining:
            return None
        given: Mapping[str, Any] | None = None
        if self._queued:  # by a process that ended before it could ask
            given = self._queued.pop(0)[1]
        elif self.initial:
            origin, given = self.initial.pop(0)
            suggestions = express(self.space, self.data, self.whole(given))
            self.study.enqueue_trial(suggestions, user_attrs={"config": dict(given), "origin": origin})
        elif isinstance(self.study.sampler, OpenEndedGrid) and self.study.sampler.is_exhausted(self.study):
            return None
        trial = fresh(self.study) if given is None else self.study.ask()
        record = TrialRecord(trial.number, dict(given) if given else {}, trial.user_attrs.get("origin", "sampled"))
        self._open[trial.number] = trial
        self.records[trial.number] = record
        return record

    def _settled(self, record: TrialRecord) -> bool:
        """See that a trial has its configuration, where a process may have ended; false if it has been tried before."""
        trial = self._open[record.number]
        if record.origin == "sampled" and not record.params:
            params = self.space(trial, self.data)
            if self._key(params) in self._tried:
                return False
            record.params = params
            trial.set_user_attr("origin", record.origin)
            trial.set_user_attr("config", record.params)
        elif record.origin != "sampled":
            # said as suggestions, so that the sampler learns from a published configuration too
            self.space(OverridingTrial(trial, only=said(trial)), self.data)
        self._tried.add(self._key(record.params))
        return True

    def _pass_over(self, record: TrialRecord) -> dict[str, Any]:
        """Close what was drawn a second time, without a trial of the search; returns its suggestions."""
        trial = self._open.pop(record.number)
        del self.records[record.number]
        trial.set_user_attr("failure", REPEATED)
        self.study.tell(trial, state=TrialState.FAIL)
        return dict(trial.params)

    def _key(self, config: Mapping[str, Any]) -> str:
        return distinct.key(self.filled(config))

    def requeue(self, number: int) -> None:
        """Its worker is gone: the trial shall be asked for again, before any other."""
        self.waiting.append(self.records[number])

    def report(self, number: int, rounds: Sequence[dict[str, float]]) -> None:
        """Take the figures of new rounds; the study gets the score of the last of them."""
        record = self.records[number]
        record.history.extend(rounds)
        if rounds and math.isfinite(rounds[-1]["score"]):
            record.score = rounds[-1]["score"]
            last = int(rounds[-1]["round"])
            if last > record.reported:
                if self.timed_rows is None:  # Optuna knows no intermediate values of two objectives
                    self._open[number].report(record.score, last)
                record.reported = last

    def finish(self, number: int, *, finished: bool, failure: str = "", message: str = "") -> TrialRecord:
        """Close a trial: failed by name, complete if it had all its rounds, else pruned."""
        record, trial = self.records[number], self._open[number]
        if not failure and record.score is None:
            failure, message = "no_score", "the trial ended without a score"
        if failure:
            record.failure, record.failure_message = failure, message
        if record.effective_batch_size is not None:
            trial.set_user_attr(ASKED, record.params)
            record.params = {**record.params, "batch_size": record.effective_batch_size}
            self._tried.add(self._key(record.params))
            trial.set_user_attr("config", record.params)
        for name in (*KEPT, *FAILURE) if failure else KEPT:
            if (value := getattr(record, name)) is not None:
                trial.set_user_attr(name, value)
        state = TrialState.FAIL if failure else TrialState.COMPLETE if finished else TrialState.PRUNED
        self.study.tell(trial, self._values(record) if state == TrialState.COMPLETE else None, state)
        record.state, record.history = STATES[state], kept_history(self.study, trial)
        del self._open[number]
        return record

    def _values(self, record: TrialRecord) -> list[float]:
        assert record.score is not None
        if self.timed_rows is None:
            return [record.score]
        return [record.score, latency(record, self.timed_rows) or math.inf]

    def interrupt(self) -> list[TrialRecord]:
        """Close every open trial as interrupted: the time is up and the search goes to its end without them."""
        for record in self.waiting:
            if record.number not in self._open:
                self._open[record.number] = reopened(self.study, self._left[record.number])
        self.waiting.clear()
        if self._open and self.exhausted:  # what is cut short has not been tried
            self.exhausted = 0
            self.study.set_user_attr(EXHAUSTED, 0)
        message = "stopped before its end"
        return [self.finish(n, finished=False, failure="interrupted", message=message) for n in list(self._open)]

    def is_running(self, number: int) -> bool:
        """Whether a trial was asked for and has not ended; of thousands that run this is quick to say."""
        return number in self._open and all(record.number != number for record in self.waiting)

    @property
    def running(self) -> list[int]:
        """Numbers of the trials that were asked for and have not ended."""
        waiting = {record.number for record in self.waiting}
        return [number for number in self._open if number not in waiting]

    @property
    def unfinished(self) -> list[TrialRecord]:
        """Trials that have not ended, running or not."""
        return [record for record in self.records.values() if record.state == "running"]

    def ranked(self) -> list[TrialRecord]:
        """Complete trials, best smoothed score first; where none is complete, pruned ones."""
        for state in ("complete", "pruned"):
            scored = [record for record in self.records.values() if record.state == state and record.score is not None]
            if scored:
                return sorted(scored, key=lambda record: (-(record.score or 0.0), record.number))
        return []

    def counts(self) -> dict[str, Any]:
        """Trials by state, and failures by cause."""
        states = [record.state for record in self.records.values()]
        causes: dict[str, dict[str, Any]] = {}
        for record in self.records.values():
            if record.failure:
                cause = causes.setdefault(record.failure, {"count": 0, "first_message": record.failure_message})
                cause["count"] += 1
        counts: dict[str, Any] = {state: states.count(state) for state in ("complete", "pruned", "failed")}
        return counts | {"causes": causes} | ({"exhausted": self.exhausted} if self.exhausted else {})
