"""Several detectors side by side, at the end of a command that searched them all."""

from __future__ import annotations

import shlex
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from launch.common.errors import Interrupted
from launch.common.invocation import program
from launch.common.printing import print_line
from launch.display import many
from launch.evaluation.verdict.recommendation import of_summaries
from launch.search.one_search import SearchEnd
from launch.search.publisher import Publisher
from launch.tracking.links import compare_path
from launch.tracking.tracker import TrackingFailed, tracker_of
from trainables.core.failures import one_line


def record_comparison(
    ends: Sequence[SearchEnd], uri: str, publisher: Publisher, console: Console, seconds: float
) -> None:
    """One more run with the bar chart of all detectors that came to a summary; then show them, and which one to take.

    `seconds` are those of the whole command.
    """
    summaries = [(end.plan.label, end.summary) for end in ends if end.summary is not None]
    problem, home = ends[0].plan.problem, ends[0].plan.home
    name = f"comparison-{problem.dataset}-{time.strftime('%Y%m%d-%H%M%S')}"
    chart = publisher.bars(summaries, home.root / "studies" / f"{name}.png")
    tracker = tracker_of(home, name, uri)
    tags = {"kind": "comparison", "detectors": ",".join(label for label, _ in summaries), "protocol": problem.protocol}
    tracker.open_parent(name, problem.dataset, {}, tags)
    for detector, summary in summaries:
        tuned = summary.test.tuned.by_name()
        row = {f"{detector}_{name}": tuned[name].mean for name in ("auroc", "ap", "f1_report")}
        tracker.log("metrics", key="parent", rows=[row])
    if chart is not None:
        tracker.log("artifact", key="parent", path=chart)
    report = _report(ends, publisher, name, console)
    if report is not None:
        tracker.log("artifact", key="parent", path=report, folder="report")
    recommended = of_summaries(summaries)
    if recommended is not None:
        tags = {"recommended": recommended.detector, "recommendation": str(recommended)}
        tracker.log("tags", key="parent", tags=tags)
    lines = [(what, str(path)) for what, path in (("report", report), ("chart", chart)) if path is not None]
    where, trouble = "".join(f" {shlex.quote(word)}" for word in home.arguments()), ""
    try:
        experiment = tracker.close()["experiment_id"]
        runs = [summary.mlflow_run_id for _, summary in summaries if summary.mlflow_run_id]
        address = f"http://127.0.0.1:5000{compare_path(runs, [experiment])}"
        lines.append(("compare", f"{program('launch/ui.py')}{where}   then open, for all side by side, {address}"))
    except TrackingFailed as error:
        trouble = str(error)
    failures = {end.plan.label: _why(end) for end in ends if end.summary is None and end.error}
    many.show(console, summaries, failures, lines, seconds, where)
    if trouble:
        print_line(console, trouble, "bold red")


def _why(end: SearchEnd) -> str:
    """Why a search has no summary."""
    what = "is not finished" if isinstance(end.error, Interrupted) else "came to nothing"
    return f"{what}: {one_line(str(end.error))}"


def _report(ends: Sequence[SearchEnd], publisher: Publisher, name: str, console: Console) -> Path | None:
    """One report of all searches, unless the options say otherwise; what cannot be written must not cost the rest."""
    if ends[0].plan.options.no_report:
        return None
    searches = [(end.study, end.summary) for end in ends if end.summary is not None]
    try:
        return publisher.comparison(ends[0].plan, searches, name)
    except Exception as error:
        print_line(console, f"The report could not be written: {type(error).__name__}: {error}", "yellow")
        return None
