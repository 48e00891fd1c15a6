"""Several detectors side by side, at the end of a command that searched them all."""

from __future__ import annotations

import time
from collections.abc import Sequence

from rich.console import Console

from launch.common.printing import print_line
from launch.display import screen
from launch.search.one_search import SearchEnd
from launch.search.publisher import Publisher
from launch.tracking.links import compare_path
from launch.tracking.tracker import TrackingFailed, tracker_of


def record_comparison(ends: Sequence[SearchEnd], uri: str, publisher: Publisher, console: Console) -> None:
    """One more run with the bar chart of all detectors that came to a summary."""
    summaries = [(end.plan.label, end.summary) for end in ends if end.summary is not None]
    problem, home = ends[0].plan.problem, ends[0].plan.home
    screen.show_many(console, summaries)
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
    try:
        experiment = tracker.close()["experiment_id"]
    except TrackingFailed as error:
        print_line(console, str(error), "bold red")
        return
    path = compare_path([summary.mlflow_run_id for _, summary in summaries if summary.mlflow_run_id], [experiment])
    print_line(console, f"Chart: {chart}")
    print_line(console, f"Side by side in MLflow (launch/ui.py): http://127.0.0.1:5000{path}")
