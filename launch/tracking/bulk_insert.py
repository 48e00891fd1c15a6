"""Whole runs into an SQL store of MLflow, many in one transaction.

The client takes three calls a run, however they are batched: about 50 ms of CPU (and 300 ms beside busy trials) on
the machine where this took 3 to 5 (and 14 to 21), too much beside trials of less than a second. The same rows are
written through MLflow's own table classes; a test holds them to what the client writes, and
`mlflow_internals.available` turns this off where the tables look different.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from mlflow import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT
from sqlalchemy import insert as insert_into
from sqlalchemy import select
from sqlalchemy.orm import Session

from launch.tracking.events import DataPart
from launch.tracking.mlflow_internals import (
    SqlDataset,
    SqlInput,
    SqlInputTag,
    SqlLatestMetric,
    SqlMetric,
    SqlParam,
    SqlRun,
    SqlTag,
    artifact_uri,
    session,
)
from launch.tracking.run_record import Metric, RunRecord

Rows = list[tuple[Any, list[dict[str, Any]]]]
"""Tables with what is to be written into them."""


def insert(client: MlflowClient, experiment_id: str, runs: Sequence[RunRecord]) -> set[str]:
    """Insert runs, all or none; returns the ids of those that were there before, which it left alone."""
    root = client.get_experiment(experiment_id).artifact_location
    with session(client, read_only=False) as transaction:
        ids: Any = select(SqlRun.run_uuid).where(SqlRun.run_uuid.in_([run.run_id for run in runs]))
        known = set(transaction.scalars(ids))
        new = [run for run in runs if run.run_id not in known]
        for table, rows in [*_rows(root, experiment_id, new), *_inputs(transaction, experiment_id, new)]:
            if rows:
                transaction.execute(insert_into(table), rows)
    return known


def _rows(root: str, experiment_id: str, runs: Sequence[RunRecord]) -> Rows:
    return [
        (SqlRun, [_run(root, experiment_id, run) for run in runs]),
        (SqlTag, [_pair(run, *item) for run in runs for item in {**run.tags, "mlflow.runName": run.name}.items()]),
        (SqlParam, [_pair(run, *item) for run in runs for item in run.params.items()]),
        (SqlMetric, [_metric(run, metric) for run in runs for metric in dict.fromkeys(run.metrics)]),
        (SqlLatestMetric, [_metric(run, metric) for run in runs for metric in _latest(run.metrics)]),
    ]


def _inputs(
    transaction: Session, experiment_id: str, runs: Sequence[RunRecord]
) -> list[tuple[Any, list[dict[str, Any]]]]:
    """Rows that say which data runs work with, and those of data that the experiment does not have yet."""
    parts = {(part["name"], part["digest"]): part for run in runs for part in run.inputs}
    digests = [digest for _, digest in parts]
    there: Any = select(SqlDataset.name, SqlDataset.digest, SqlDataset.dataset_uuid).where(
        SqlDataset.experiment_id == int(experiment_id), SqlDataset.digest.in_(digests)
    )
    ids = {(name, digest): number for name, digest, number in transaction.execute(there)} if parts else {}
    new = {key: uuid.uuid4().hex for key in parts if key not in ids}
    inputs, tags = [], []
    for run in runs:
        for part in run.inputs:
            key, link = (part["name"], part["digest"]), uuid.uuid4().hex
            source = {"source_type": "DATASET", "source_id": (ids | new)[key]}
            run_end = {"destination_type": "RUN", "destination_id": run.run_id}
            inputs.append({"input_uuid": link, **source, **run_end, "step": 0})
            tags.append({"input_uuid": link, "name": MLFLOW_DATASET_CONTEXT, "value": part["context"]})
    data = [_dataset(experiment_id, parts[key], number) for key, number in new.items()]
    return [(SqlDataset, data), (SqlInput, inputs), (SqlInputTag, tags)]


def _dataset(experiment_id: str, part: DataPart, number: str) -> dict[str, Any]:
    return {
        "dataset_uuid": number,
        "experiment_id": int(experiment_id),
        "name": part["name"],
        "digest": part["digest"],
        "dataset_source_type": part["source_type"],
        "dataset_source": part["source"],
        "dataset_schema": part["schema"] or None,
        "dataset_profile": part["profile"],
    }


def _run(root: str, experiment_id: str, run: RunRecord) -> dict[str, Any]:
    return {
        "run_uuid": run.run_id,
        "name": run.name,
        "source_type": "UNKNOWN",
        "source_name": "",
        "entry_point_name": "",
        "user_id": "unknown",
        "status": run.status,
        "start_time": run.start,
        "end_time": run.end,
        "deleted_time": None,
        "source_version": "",
        "lifecycle_stage": "active",
        "artifact_uri": artifact_uri(root, run.run_id),
        "experiment_id": int(experiment_id),
    }


def _pair(run: RunRecord, key: str, value: str) -> dict[str, Any]:
    return {"run_uuid": run.run_id, "key": key, "value": value}


def _metric(run: RunRecord, metric: Metric) -> dict[str, Any]:
    name, value, time, step = metric
    return {"run_uuid": run.run_id, "key": name, "value": value, "timestamp": time, "step": step, "is_nan": False}


def _latest(metrics: Sequence[Metric]) -> list[Metric]:
    """MLflow's latest value: of the last step, then time, then the largest."""
    ordered = sorted(metrics, key=lambda metric: (metric[3], metric[2], metric[1]))
    return list({metric[0]: metric for metric in ordered}.values())
