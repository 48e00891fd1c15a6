"""What MLflow's page of an experiment shows at first sight: finished searches, best first, with their metrics.

MLflow keeps a view that somebody shared as a tag of the experiment; `?viewStateShareKey=` in the address opens it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from mlflow import MlflowClient

from launch.tracking.links import experiment_path
from launch.tracking.queries import experiment_names
from launch.tracking.store import KIND, TRAINING_KIND

VIEW = "searches"
# few, since MLflow puts them in the order of the alphabet and shows what fits
COLUMNS = (
    "tags.`supervision`", "metrics.`test_tuned_auroc`", "metrics.`test_tuned_ap`", "metrics.`test_difference_ap`",
    "metrics.`test_tuned_f1_report`", "tags.`protocol`", "tags.`study`",
)  # fmt: skip
STATE = {
    "searchFilter": "tags.kind = 'final'",
    "orderByKey": "metrics.`test_tuned_ap`",
    "orderByAsc": False,
    "startTime": "ALL",
    "lifecycleFilter": "Active",
    "datasetsFilter": [],
    "modelVersionFilter": "All Runs",
    "selectedColumns": ["attributes.`Created`", "attributes.`Dataset`", *COLUMNS],
    "columnOrder": [],
    "columnWidths": {},
    "runsExpanded": {},
    "runsPinned": [],
    "runsHidden": [],
    "runsVisibilityMap": {},
    "runsHiddenMode": "SHOWALL",
    "viewMaximized": False,
    "runListHidden": False,
    "isAccordionReordered": False,
    "useGroupedValuesInCharts": True,
    "hideEmptyCharts": True,
    "groupBy": None,
    "groupsExpanded": {},
    "autoRefreshEnabled": False,
    "globalLineChartConfig": {},
}


def prepare(client: MlflowClient) -> list[tuple[str, str]]:
    """Give every experiment its view; returns those that have a finished search, by name: the path on the server."""
    wanted = {KIND: TRAINING_KIND, f"mlflow.sharedViewState.{VIEW}": json.dumps(STATE)}
    views = []
    for number, name in sorted(experiment_names(client).items(), key=lambda pair: pair[1]):
        tags = client.get_experiment(number).tags
        for key, value in wanted.items():
            if tags.get(key) != value:
                client.set_experiment_tag(number, key, value)
        if client.search_runs([number], "tags.kind = 'final'", max_results=1):
            views.append((name, experiment_path(number, VIEW)))
    return views


def messages(views: Sequence[tuple[str, str]], server: str, most: int = 12) -> list[str]:
    """Lines for a person: each experiment with its address."""
    width = max((len(name) for name, _ in views), default=0)
    lines = [f"  {name:<{width}}  {server}{path}" for name, path in views[:most]]
    return lines + ([f"  and {len(views) - most} more"] if len(views) > most else [])
