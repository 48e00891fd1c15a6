"""The report of a search that has just ended, in the home and with its final run in MLflow."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from launch.plan import Plan
from launch.study import Study

if TYPE_CHECKING:
    from launch.conclude import Outcome


def write(plan: Plan, study: Study, outcome: Outcome, tracker: Any, say: Callable[[str], None]) -> None:
    """Keep the curves of the test scores, write the report, hand it to the tracker.

    The summary must be on disk. What cannot be drawn must not cost the record.
    """
    from launch.conclude import write_json
    from launch.curves import curves

    try:
        write_json(plan.home.study(plan.study, "curves.json"), curves(plan, outcome))
        if plan.options.no_report:
            return
        from analysis.reports import study_data, study_report

        data = study_data.load(plan.home.root, plan.study, study=study.study)
        path = study_report.write(data, plan.home.root / "studies")
    except Exception as error:
        say(f"The report could not be written: {type(error).__name__}: {error}")
        return
    tracker.log("artifact", key="final", path=path, folder="report")
    tracker.log("artifact", key="final", path=path.with_suffix(".md"), folder="report")
