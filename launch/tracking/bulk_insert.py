"""Whole runs into an SQL store of MLflow, many in one transaction.

Three calls of the client cost about 20 ms of CPU a run, however they are batched: fine
beside trials of a second, too much beside shorter ones. This writes the same rows
through MLflow's own table classes in about 2 ms. It is tied to the tables of the
MLflow version in `constraints.txt`; a test holds it to what the client writes, and
`available` turns it off where the tables look different. Run ids follow from the search
and the key, so that a run that is written again is known.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

RUN_COLUMNS = {
    "run_uuid", "name", "source_type", "source_name", "entry_point_name", "user_id", "status", "start_time",
    "end_time", "deleted_time", "source_version", "lifecycle_stage", "artifact_uri", "experiment_id",
}  # fmt: skip
METRIC_COLUMNS = {"key", "value", "timestamp", "step", "is_nan", "run_uuid"}


@dataclass
class WholeRun:
    """A run from its start on; times in milliseconds."""

    name: str
    start: int
    tags: dict[str, str]
    params: dict[str, str]
    end: int | None = None
    status: str = "RUNNING"
    metrics: list[tuple[str, float, int, int]] = field(default_factory=list)
    """(name, value, time, step)"""
    key: str = ""
    """What it is called in its search."""
    offset: int = 0
    """Where its first event stands in the spool."""
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex)


def run_id(search_id: str, key: str) -> str:
    """The id that a run of a search always gets."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{search_id}/{key}").hex


def available(client: Any) -> bool:
    """Whether the client's store is an SQL database with the tables that this file knows."""
    try:
        from mlflow.store.tracking.dbmodels import models

        store = client._tracking_client.store
        columns = {name: {c.name for c in getattr(models, name).__table__.columns} for name in ("SqlRun", "SqlMetric")}
        return (
            hasattr(store, "ManagedSessionMaker")
            and columns["SqlRun"] == RUN_COLUMNS
            and columns["SqlMetric"] == METRIC_COLUMNS
            and {c.name for c in models.SqlLatestMetric.__table__.columns} == METRIC_COLUMNS
        )
    except (ImportError, AttributeError):
        return False


def insert(client: Any, experiment_id: str, runs: Sequence[WholeRun]) -> set[str]:
    """Insert runs, all or none; returns the ids of those that were there before, which it left alone."""
    from mlflow.store.tracking.dbmodels import models
    from sqlalchemy import insert as into
    from sqlalchemy import select

    if not runs:
        return set()
    store = client._tracking_client.store
    root = client.get_experiment(experiment_id).artifact_location
    with store.ManagedSessionMaker(read_only=False) as session:
        ids: Any = select(models.SqlRun.run_uuid).where(models.SqlRun.run_uuid.in_([r.run_id for r in runs]))
        known = set(session.scalars(ids))
        new = [r for r in runs if r.run_id not in known]
        for table, values in _rows(models, root, experiment_id, new):
            if values:
                session.execute(into(table), values)
    return known


def _rows(models: Any, root: str, experiment_id: str, runs: Sequence[WholeRun]) -> list[tuple[Any, list[Any]]]:
    from mlflow.utils.uri import append_to_uri_path

    rows = [
        {
            "run_uuid": r.run_id,
            "name": r.name,
            "source_type": "UNKNOWN",
            "source_name": "",
            "entry_point_name": "",
            "user_id": "unknown",
            "status": r.status,
            "start_time": r.start,
            "end_time": r.end,
            "deleted_time": None,
            "source_version": "",
            "lifecycle_stage": "active",
            "artifact_uri": append_to_uri_path(root, r.run_id, "artifacts"),
            "experiment_id": int(experiment_id),
        }
        for r in runs
    ]
    tags = [_pair(r, k, v) for r in runs for k, v in {**r.tags, "mlflow.runName": r.name}.items()]
    params = [_pair(r, k, v) for r in runs for k, v in r.params.items()]
    metrics = [_metric(r, m) for r in runs for m in dict.fromkeys(r.metrics)]
    latest = [_metric(r, m) for r in runs for m in _latest(r.metrics)]
    return [
        (models.SqlRun, rows),
        (models.SqlTag, tags),
        (models.SqlParam, params),
        (models.SqlMetric, metrics),
        (models.SqlLatestMetric, latest),
    ]


def _pair(run: WholeRun, key: str, value: str) -> dict[str, Any]:
    return {"run_uuid": run.run_id, "key": key, "value": value}


def _metric(run: WholeRun, metric: tuple[str, float, int, int]) -> dict[str, Any]:
    name, value, time, step = metric
    return {"run_uuid": run.run_id, "key": name, "value": value, "timestamp": time, "step": step, "is_nan": False}


def _latest(metrics: Sequence[tuple[str, float, int, int]]) -> list[tuple[str, float, int, int]]:
    """MLflow's latest value: of the last step, then time, then the largest."""
    best: dict[str, tuple[str, float, int, int]] = {}
    for metric in metrics:
        name, value, time, step = metric
        known = best.get(name)
        if known is None or (step, time, value) > (known[3], known[2], known[1]):
            best[name] = metric
    return list(best.values())
