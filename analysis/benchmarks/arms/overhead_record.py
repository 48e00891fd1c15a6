"""What the arms of `overhead.py` share: the size of the search, and what MLflow holds of it in the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlflow import MlflowClient

ROUNDS = 10
METRICS = ("auroc", "ap", "f1", "threshold", "score")


def extrapolated(ends: Sequence[float], whole: float, trials: int) -> float:
    """Seconds that `trials` trials would take, from a run of fewer: when each ended, and the seconds of the whole run.

    What comes before the first end and after the last is paid once; the rate is the one between them.
    """
    if len(ends) < 2:
        raise ValueError(f"a rate needs at least two trials, got {len(ends)}")
    first, last = min(ends), max(ends)
    return first + (last - first) / (len(ends) - 1) * (trials - 1) + (whole - last)


def recorded(uri: str, which: str, prefix: str, loss: str) -> dict[str, int]:
    """Trials that MLflow holds, and those with every round of every metric under its own step."""
    client = MlflowClient(tracking_uri=uri)
    experiment = client.get_experiment_by_name("noop")
    runs = client.search_runs([experiment.experiment_id], which, max_results=5000) if experiment else []
    names = [*(prefix + metric for metric in METRICS), loss, "fit_seconds", "predict_seconds"]

    def steps(run: Any, name: str) -> int:
        return len({m.step for m in client.get_metric_history(run.info.run_id, name)})

    whole = sum(all(steps(run, name) == ROUNDS for name in names) for run in runs)
    return {"runs": len(runs), "finished_runs": sum(r.info.status == "FINISHED" for r in runs), "whole_runs": whole}
