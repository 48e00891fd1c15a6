"""Places in MLflow's pages, below the server's address: open on its pages for training, not on those for prompts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import quote

TRAINING = "workflowType=machine_learning"


def compare_path(run_ids: Sequence[str], experiments: Sequence[str]) -> str:
    """Runs side by side."""
    runs, known = quote(json.dumps(list(run_ids))), quote(json.dumps(list(experiments)))
    return f"/#/compare-runs?runs={runs}&experiments={known}&{TRAINING}"


def experiment_path(experiment: str, view: str = "") -> str:
    """The runs of an experiment, in a view that was shared with it."""
    return f"/#/experiments/{experiment}/runs?{f'viewStateShareKey={view}&' if view else ''}{TRAINING}"
