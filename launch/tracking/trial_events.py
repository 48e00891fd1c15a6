"""The events of trials: what is logged of each, once, however often the search is resumed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from launch.config.plan import Plan
from launch.study.study import Study
from launch.study.trial import TrialRecord
from launch.tracking.data_parts import SEARCHED
from launch.tracking.spool import RunState
from launch.tracking.tags import base_tags
from launch.tracking.tracker import Tracker

TRACKED = ("auroc", "ap", "f1", "threshold", "score")
PREFIX = "val_"
LARGE = 1000
"""Of a search of more trials MLflow gets the last round of each, and of its tags what is not the whole search's: ten
rounds and all tags are 30 KB a trial in its database."""
OWN = ("study", "detector", "dataset")
"""What every trial says all the same: runs are looked for by it."""


class TrialEvents:
    """Logs trials; `logged` is what earlier processes logged, by key."""

    def __init__(self, plan: Plan, tracker: Tracker, logged: Mapping[str, RunState]) -> None:
        self.plan, self.tracker = plan, tracker
        self.large = plan.trials > LARGE
        self._said = dict(logged["parent"].tags) if self.large and "parent" in logged else {}
        self.logged = _by_trial(logged)
        self.sent = {number: len(_rounds(state)) for number, state in self.logged.items()}
        self.notes: list[str] = []

    def start(self, record: TrialRecord) -> None:
        """Open the trial's run, or open it again."""
        state = self.logged.get(record.number)
        if state is not None and state.started:
            self.tracker.log("reopen", key=trial_key(record))
            return
        origin = "" if record.origin in ("sampled", "enqueued") else f" {record.origin}"
        self.tracker.log(
            "run",
            key=trial_key(record),
            name=f"trial-{record.number:03d}{origin}",
            params=record.params,
            inputs=() if self.large else SEARCHED,
            tags={
                **{k: v for k, v in base_tags(self.plan).items() if k in OWN or self._said.get(k) != v},
                "kind": "trial",
                "trial_number": record.number,
                "origin": record.origin,
                "config": json.dumps(record.params),
                "detector_path": self.plan.detector_path,
                "split_seed": self.plan.options.seed,
                "train_seed": self.plan.options.seed,
            },
        )

    def report(self, record: TrialRecord) -> None:
        """Send the rounds that were not sent yet."""
        first = self.sent.get(record.number, 0)
        rows = [_named(row) for row in record.history[first:]]
        self.sent[record.number] = max(first, len(record.history))
        if rows:
            self.tracker.log("rounds" if self.large else "metrics", key=trial_key(record), rows=rows)

    def end(self, record: TrialRecord) -> None:
        """Close the trial's run: pruned is FINISHED, interrupted is KILLED."""
        tags: dict[str, Any] = {"state": record.state, "rounds": len(record.history)}
        if record.failure:
            tags |= {"failure": record.failure, "failure_message": record.failure_message}
        if record.effective_batch_size is not None:
            tags |= {"effective_batch_size": record.effective_batch_size, "config": json.dumps(record.params)}
        self.tracker.log("tags", key=trial_key(record), tags=tags)
        if record.history:
            totals = {"fit_seconds_total": record.fit_seconds, "seconds_total": record.seconds}
            totals["peak_memory_mb"] = record.peak_memory_mb
            if self.large:
                totals |= _named(record.history[-1])
            self.tracker.log("metrics", key=trial_key(record), rows=[{"round": len(record.history), **totals}])
        status = "KILLED" if record.failure == "interrupted" else "FAILED" if record.failure else "FINISHED"
        self.tracker.log("end", key=trial_key(record), status=status)

    def leave(self, records: Iterable[TrialRecord]) -> None:
        """Show trials that will go on some other day as killed, not as running."""
        for record in records:
            self.tracker.log("end", key=trial_key(record), status="KILLED")

    def note(self, message: str) -> None:
        """Put a remark on the search."""
        self.notes = [*self.notes[-19:], message]
        self.tracker.log("tags", key="parent", tags={"notes": json.dumps(self.notes)})

    def reconcile(self, study: Study) -> None:
        """Log what the study knows of ended trials and a killed process did not come to log."""
        for record in study.records.values():
            state = self.logged.get(record.number)
            if record.state == "running" or (state is not None and state.ended and state.tags.get("state")):
                continue
            if state is None or not state.started:
                self.start(record)
            self.report(record)
            self.end(record)
        # of what has ended nobody asks again
        self.logged = {
            record.number: self.logged[record.number] for record in study.unfinished if record.number in self.logged
        }


def trial_key(record: TrialRecord) -> str:
    """The key of a trial in the spool."""
    return f"trial-{record.number}"


def logged_rounds(logged: Mapping[str, RunState]) -> dict[int, list[dict[str, float]]]:
    """Histories by trial number, as the study keeps them."""
    return {number: _rounds(state) for number, state in _by_trial(logged).items()}


def _by_trial(logged: Mapping[str, RunState]) -> dict[int, RunState]:
    return {int(key.removeprefix("trial-")): state for key, state in logged.items() if key.startswith("trial-")}


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    """A round as MLflow gets it."""
    return {PREFIX + k if k in TRACKED or k.startswith("auroc_") else k: v for k, v in row.items()}


def _rounds(state: RunState) -> list[dict[str, float]]:
    """The rows of whole rounds, each once, under the names that the study has for them."""
    whole: dict[int, dict[str, float]] = {}
    for row in state.rows:
        if f"{PREFIX}score" in row:
            whole.setdefault(row["round"], row)
    return [{k.removeprefix(PREFIX): v for k, v in row.items()} for row in whole.values()]
