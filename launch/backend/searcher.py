"""Ray Tune's view of a study: suggest, report, complete, and who must be asked again."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ray.tune.search import Searcher

from datasets.wording import counted
from launch.common.flags import with_flags
from launch.study.study import Study
from launch.study.trial import TrialRecord

LOSSES = 3
"""A trial that lost its worker so often without a round in between has failed."""
TIMES = 9
"""So many losses in the middle of rounds that are done again are nobody's fault."""


@dataclass(frozen=True)
class _Losses:
    """What a trial lost since it last came further: with how many rounds on record, where this time, how often."""

    rounds: int
    reached: int
    count: int
    times: int


class StudySearcher(Searcher):
    """Suggests from a `Study` and tells it truly how each trial ended.

    A NaN never reaches the study: a trial whose scores are not finite ends as a named
    failure. A trial whose worker or node is gone is suggested again under its number
    and goes on from its checkpoint. The study is the record, so Tune's own snapshots of
    the searcher are empty.

    All trials train with one seed, so that they differ in their configuration alone. None starts once `exhausted`
    says that the time is up. `on_start`, `on_report` and `on_end` are told of each trial's record, `on_note` once of
    each thing that is not as it should be and stops nothing.
    """

    def __init__(
        self,
        study: Study,
        *,
        seed: int,
        exhausted: Callable[[], bool],
        on_start: Callable[[TrialRecord], None],
        on_report: Callable[[TrialRecord], None],
        on_end: Callable[[TrialRecord], None],
        on_note: Callable[[str], None] = lambda message: None,
    ) -> None:
        super().__init__(metric="score", mode="max")
        self.study, self.seed, self.exhausted = study, seed, exhausted
        self.on_start, self.on_report, self.on_end, self.on_note = on_start, on_report, on_end, on_note
        self.numbers: dict[str, int] = {}
        self.closed = False
        """No further trial starts; what runs is left open."""
        self.trouble: Exception | None = None
        """What made the record impossible to write: the search must stop."""
        self.killed: dict[int, tuple[str, str]] = {}
        self._losses: dict[int, _Losses] = {}
        self._reached: dict[int, int] = {}
        self._notes: set[str] = set()

    @contextmanager
    def _guard(self) -> Iterator[None]:
        """Keep what the record's storage raises, whatever it is, for the driver: Tune would make a text of it."""
        try:
            yield
        except Exception as error:
            self.trouble = self.trouble or error
            self.closed = True

    def closing(self) -> bool:
        """Whether to stop; once the time is up or the person said so, what still runs is interrupted, not pruned."""
        self.closed = self.closed or self.exhausted()
        return self.closed

    def suggest(self, trial_id: str) -> dict[str, Any] | str | None:  # type: ignore[override]
        """The next configuration as `{"number", "params", "seed", "spare", "told"}`.

        FINISHED when there is none; None while one that runs might come back.
        """
        record: TrialRecord | None = None
        with self._guard():
            if not self.closed and not self.exhausted():
                record = self.study.ask()
            if record is not None:
                self.numbers[trial_id] = record.number
                self.on_start(record)
        if record is None:
            return None if self.study.running and not self.closed else Searcher.FINISHED
        return {
            "number": record.number,
            "params": record.params,
            "seed": self.seed,
            "spare": record.published,
            "told": len(record.history),
        }

    def on_trial_result(self, trial_id: str, result: dict[str, Any]) -> None:
        """Report the rounds that this result brings."""
        number = self.numbers.get(trial_id)
        if number is None or not self.study.is_running(number):
            return
        with self._guard():
            record = self.study.records[number]
            known = len(record.history)
            rounds = [row for row in result.get("history", ()) if row["round"] > known]
            record.peak_memory_mb = result.get("peak_memory_mb", record.peak_memory_mb)
            record.effective_batch_size = result.get("effective_batch_size", record.effective_batch_size)
            record.checkpointed = result.get("checkpointed", record.checkpointed)
            self._reached[number] = max((int(row["round"]) for row in result.get("history", ())), default=0)
            node, seconds = str(result.get("hostname", platform.node())), float(result.get("time_this_iter_s", 0.0))
            record.worked(node, int(result.get("pid", os.getpid())), seconds, time.time())
            self._note(with_flags(result.get("checkpoint_trouble", "")))
            self.study.report(number, rounds)
            if rounds:
                self.on_report(record)

    def _note(self, message: str) -> None:
        if message and message not in self._notes:
            self._notes.add(message)
            self.on_note(message)

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """Close the trial in the study; with `error` its worker is gone, and `lost` will say what becomes of it."""
        number = self.numbers.get(trial_id)
        if number is None or not self.study.is_running(number) or error:
            return
        if result is not None:
            self.on_trial_result(trial_id, result)
        result = result or {}
        failure, message = result.get("failure", ""), result.get("failure_message", "")
        if failure == "timeout":  # the one that names an option; what else failed is quoted as it was
            message = with_flags(message)
        finished = bool(result.get("finished"))
        if self.closed and not failure and not finished:
            return  # it stays open: the next to come goes on with it
        self._end(number, failure, message, finished=finished)

    def _end(self, number: int, failure: str, message: str, *, finished: bool = False) -> None:
        with self._guard():
            self.on_end(self.study.finish(number, finished=finished, failure=failure, message=message))

    def lost(self, trial_id: str, cause: str, message: str, *, again: bool) -> None:
        """A trial's worker ended before the trial did; cause and message are for one that is not tried again.

        With `again` the trial may be innocent: it is asked for again, up to three times without a round in between.
        """
        number = self.numbers.get(trial_id)
        if number is None or not self.study.is_running(number) or self.closed:
            return
        if number in self.killed:
            (cause, message), again = self.killed[number], False
        count = self._lost_again(number)
        if again and count <= LOSSES:
            self.study.requeue(number)
            self._note(f"trial {number} goes on from its checkpoint: {message}")
            return
        if again:
            message = f"{message}; {counted(count, 'time')} without a round in between"
        self._end(number, cause, message)

    def _lost_again(self, number: int) -> int:
        """How often the trial lost a worker without coming further.

        One that was doing rounds again, and got to another of them than last time, is not
        to blame; but not for ever, since it may be what kills its workers.
        """
        rounds, reached = len(self.study.records[number].history), self._reached.pop(number, 0)
        last = self._losses.get(number)
        if last is None or last.rounds != rounds:
            lost = _Losses(rounds, reached, 1, 1)
        else:
            blame = reached == 0 or reached == last.reached or last.times >= TIMES
            lost = _Losses(rounds, reached, last.count + blame, last.times + 1)
        self._losses[number] = lost
        return lost.count

    def __getstate__(self) -> dict[str, Any]:
        """Nothing travels in Tune's snapshots: the study is the record, and the seal refuses to be copied."""
        return {}

    def save(self, *arguments: Any, **named: Any) -> None:
        """Nothing: the study is the record."""

    restore = save_to_dir = save
