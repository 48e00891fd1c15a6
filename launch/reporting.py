"""The report of a search that has just ended, in the home and with its final run in MLflow."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from launch import run_note
from launch.mlflow_bulk import run_id
from launch.model import registered_name
from launch.plan import Plan
from launch.study import Study

if TYPE_CHECKING:
    from launch.conclude import Outcome

Say = Callable[[str], None]


SHOWN = ("precision_recall", "score_histograms")
"""Pictures in the description of a search."""


def write(plan: Plan, study: Study, outcome: Outcome, summary: Mapping[str, Any], tracker: Any, say: Say) -> None:
    """Keep the curves of the test scores, write the report, hand both to the tracker with a description.

    The summary must be on disk. What cannot be drawn must not cost the record.
    """
    from launch.conclude import write_json
    from launch.curves import curves

    summary = _foreseen(plan, study, outcome, summary, tracker)
    _describe(plan, study, summary, tracker)
    try:
        write_json(plan.home.study(plan.study, "curves.json"), curves(plan, outcome))
        if plan.options.no_report:
            return
        from analysis.reports import study_data, study_report

        data = study_data.load(plan.home.root, plan.study, study=study.study)
        path = study_report.write(replace(data, summary=dict(summary)), plan.home.root / "studies")
    except Exception as error:
        say(f"The report could not be written: {type(error).__name__}: {error}")
        return
    tracker.log("artifact", key="final", path=path, folder="report")
    tracker.log("artifact", key="final", path=path.with_suffix(".md"), folder="report")


def _foreseen(
    plan: Plan, study: Study, outcome: Outcome, summary: Mapping[str, Any], tracker: Any
) -> Mapping[str, Any]:
    """The summary with the ids that its run and model are going to have; a server gives them ids of its own."""
    if str(getattr(tracker, "uri", "")).startswith("http"):
        return summary
    name = registered_name(plan.label, plan.problem.dataset)
    uri = f"models:/{name}" if outcome.model_folder else None
    return {**summary, "mlflow_run_id": run_id(study.search_id, "final"), "model_uri": uri}


def _describe(plan: Plan, study: Study, summary: Mapping[str, Any], tracker: Any) -> None:
    """The verdict with pictures, as the description of the search's run."""
    folder = plan.home.study(plan.study, "pictures")
    pictures = [path for name in SHOWN if (path := folder / f"{name}.png").is_file()]
    for path in pictures:
        tracker.log("artifact", key="parent", path=path, folder="pictures")
    addresses: list[str] = []
    if summary.get("mlflow_run_id"):
        run = run_id(study.search_id, "parent")
        addresses = [f"get-artifact?path=pictures/{path.name}&run_uuid={run}" for path in pictures]
    default = Path("runs").resolve()
    home = "" if plan.home.root == default else f" --home {shlex.quote(str(plan.home.root))}"
    tracker.log("tags", key="parent", tags={run_note.NOTE: run_note.note(summary, home, addresses)})
