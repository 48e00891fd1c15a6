"""Ray Tune's view of a study: suggest, report, complete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ray.tune.search import Searcher

from launch.study import Record, Study


class StudySearcher(Searcher):
    """Suggests from a `Study` and tells it truly how each trial ended.

    A NaN never reaches the study: a trial whose scores are not finite ends as a named
    failure. The study is the record, so Tune's own snapshots of the searcher are empty.

    Parameters
    ----------
    study : Study
    seed : int
        Training seed of every trial, so that trials differ in their configuration alone.
    exhausted : callable
        Whether the time is up and no further trial shall start.
    on_start, on_report, on_end : callable
        Told of each trial's record.
    """

    def __init__(
        self,
        study: Study,
        *,
        seed: int,
        exhausted: Callable[[], bool],
        on_start: Callable[[Record], None],
        on_report: Callable[[Record], None],
        on_end: Callable[[Record], None],
    ) -> None:
        super().__init__(metric="score", mode="max")
        self.study, self.seed, self.exhausted = study, seed, exhausted
        self.on_start, self.on_report, self.on_end = on_start, on_report, on_end
        self.numbers: dict[str, int] = {}
        self.closed = False

    def suggest(self, trial_id: str) -> dict[str, Any] | str | None:  # type: ignore[override]
        """The next configuration as `{"number", "params", "seed", "spare"}`, or FINISHED."""
        record = None if self.closed or self.exhausted() else self.study.ask()
        if record is None:
            return Searcher.FINISHED
        self.numbers[trial_id] = record.number
        self.on_start(record)
        return {"number": record.number, "params": record.params, "seed": self.seed, "spare": record.published}

    def on_trial_result(self, trial_id: str, result: dict[str, Any]) -> None:
        """Report the rounds that this result brings."""
        number = self.numbers.get(trial_id)
        if number is None or number not in self.study.running:
            return
        record = self.study.records[number]
        known = len(record.history)
        rounds = [row for row in result.get("history", ()) if row["round"] > known]
        record.peak_memory_mb = result.get("peak_memory_mb", record.peak_memory_mb)
        self.study.report(number, rounds)
        if rounds:
            self.on_report(record)

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """Close the trial in the study."""
        number = self.numbers.get(trial_id)
        if number is None or number not in self.study.running:
            return
        failure, message, finished = "", "", False
        if result is not None:
            self.on_trial_result(trial_id, result)
            failure, message = result.get("failure", ""), result.get("failure_message", "")
            finished = bool(result.get("finished"))
        if error and not failure:
            failure, message = "worker_lost", "the worker process ended before the trial did"
        if self.closed and not failure and not finished:
            failure, message = "interrupted", "stopped before its end"
        self.on_end(self.study.finish(number, finished=finished, failure=failure, message=message))

    def __getstate__(self) -> dict[str, Any]:
        """Nothing travels in Tune's snapshots: the study is the record, and the seal refuses to be copied."""
        return {}

    def save(self, checkpoint_path: str) -> None:
        """Nothing: the study is the record."""

    def restore(self, checkpoint_path: str) -> None:
        """Nothing: the study is the record."""

    def save_to_dir(self, checkpoint_dir: str, session_str: str = "default") -> None:
        """Nothing: the study is the record."""
