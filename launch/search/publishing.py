"""What a finished search leaves for people: pictures, a report, a description of its run."""

from __future__ import annotations

import shlex
from dataclasses import replace

from launch.common.files import write_json
from launch.config.plan import Plan
from launch.display import run_description
from launch.evaluation.curves import curves
from launch.evaluation.outcome import Outcome
from launch.evaluation.summary import Summary
from launch.models.model_folder import registered_name
from launch.search.context import SearchContext
from launch.study.study import Study
from launch.tracking.run_record import run_id
from launch.tracking.tracker import Tracker

SHOWN = ("precision_recall", "score_histograms")
"""Pictures in the description of a search."""


def publish(search: SearchContext, outcome: Outcome, summary: Summary) -> None:
    """Write the report, hand it to the tracker with a description.

    The summary must be on disk. What cannot be drawn must not cost the record.
    """
    plan, study, tracker = search.plan, search.study, search.tracker
    summary = _foreseen(plan, study, outcome, summary, tracker)
    _describe(plan, study, summary, tracker)
    write_report(search, summary)


def keep_curves(search: SearchContext, outcome: Outcome) -> None:
    """Keep the curves of the test scores, which a report needs, before there is a summary that says all is done."""
    try:
        write_json(search.plan.home.study(search.plan.study, "curves.json"), curves(search.plan, outcome))
    except Exception as error:
        search.notify(f"The curves could not be kept: {type(error).__name__}: {error}")


def write_report(search: SearchContext, summary: Summary) -> None:
    """Write the report unless the options say otherwise, and hand it to the tracker."""
    plan = search.plan
    if plan.options.no_report:
        return
    try:
        files = search.publisher.report(plan, search.study, summary)
    except Exception as error:
        search.notify(f"The report could not be written: {type(error).__name__}: {error}")
        return
    for path in files:
        search.tracker.log("artifact", key="final", path=path, folder="report")


def _foreseen(plan: Plan, study: Study, outcome: Outcome, summary: Summary, tracker: Tracker) -> Summary:
    """The summary with the ids that its run and model are going to have; a server gives them ids of its own."""
    if str(getattr(tracker, "uri", "")).startswith("http"):
        return summary
    name = registered_name(plan.label, plan.problem.dataset)
    uri = f"models:/{name}" if outcome.model_folder else None
    return replace(summary, mlflow_run_id=run_id(study.search_id, "final"), model_uri=uri)


def _describe(plan: Plan, study: Study, summary: Summary, tracker: Tracker) -> None:
    """The verdict with pictures, as the description of the search's run."""
    folder = plan.home.study(plan.study, "pictures")
    pictures = [path for name in SHOWN if (path := folder / f"{name}.png").is_file()]
    for path in pictures:
        tracker.log("artifact", key="parent", path=path, folder="pictures")
    addresses: list[str] = []
    if summary.mlflow_run_id:
        run = run_id(study.search_id, "parent")
        addresses = [f"get-artifact?path=pictures/{path.name}&run_uuid={run}" for path in pictures]
    home = "".join(f" {shlex.quote(word)}" for word in plan.home.arguments())
    tracker.log("tags", key="parent", tags={run_description.NOTE: run_description.note(summary, home, addresses)})
