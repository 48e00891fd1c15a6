"""The record of one search in MLflow: opened and closed."""

from __future__ import annotations

import json
from typing import TypeVar

from launch.common.printing import print_line
from launch.config.plan import Plan
from launch.search.context import SearchContext
from launch.study.study import Study
from launch.tracking import spool
from launch.tracking.data_parts import SEARCHED, data_parts
from launch.tracking.tags import base_tags
from launch.tracking.tracker import Tracker, TrackingFailed, TrackingResult, tracker_of
from launch.tracking.writers.shared_writer import SpoolOnly


def open_record(plan: Plan, study: Study, uri: str) -> Tracker:
    """A tracker of a search: its parent run is opened, or opened again."""
    return _opened(plan, tracker_of(plan.home, plan.study, uri, study.search_id))


def open_spool(plan: Plan, study: Study, uri: str, *, again: bool = True) -> SpoolOnly:
    """As `open_record`, of a search whose record is carried when it has ended; not `again` if it is open still."""
    path = plan.home.study(plan.study, "spool.jsonl")
    known = spool.read(path, ["parent"]).get("parent")
    tracker = SpoolOnly(path, uri, study.search_id)
    return _opened(plan, tracker) if again or known is None or not known.started else tracker


T = TypeVar("T", bound=Tracker)


def _opened(plan: Plan, tracker: T) -> T:
    parent = spool.read(plan.home.study(plan.study, "spool.jsonl"), ["parent"]).get("parent")
    if parent is not None and parent.started:
        resumed = 1 + int(parent.tags.get("resumed", 0))
        tracker.log("reopen", key="parent")
        tracker.log("tags", key="parent", tags={"resumed": resumed, "trials_asked": plan.trials})
        return tracker
    tags = {**base_tags(plan), "kind": "search", "trials_asked": plan.trials}
    data = data_parts(plan.problem, plan.options.seed)
    tracker.open_parent(plan.study, plan.problem.dataset, plan.options.record(), tags, data, (*SEARCHED, "test"))
    return tracker


def close_record(search: SearchContext, status: str) -> TrackingResult:
    """End the parent run and wait for the writer; returns what `Tracker.close` does, or what there is of it.

    What could not be carried is said.
    """
    tracker, study, console = search.tracker, search.study, search.console
    count_trials(search)
    try:
        recorded = tracker.close(status, lambda: console.print("Waiting for MLflow to take the last of the record …"))
    except TrackingFailed as error:
        print_line(console, str(error), "bold red")
        return {**error.result, "complete": False}
    study.study.set_user_attr("mlflow_runs", recorded["runs"])
    return recorded


def count_trials(search: SearchContext) -> None:
    """Say how many trials ended how, and what they failed of."""
    counts = search.study.counts()
    states = {f"trials_{state}": counts[state] for state in ("complete", "pruned", "failed")}
    search.tracker.log("metrics", key="parent", rows=[states])
    if counts["causes"]:
        search.tracker.log("tags", key="parent", tags={"failures": json.dumps(counts["causes"])})
