"""The one place that uses what MLflow does not document: the SQL store behind a client, and its tables.

`available` says whether they are as this file knows them; where they are not, runs are written and read by the
client's documented calls, which is slower. `tests/launch/tracking/test_upstream.py` fails when an upgrade changes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from mlflow import MlflowClient
from mlflow.store.tracking.dbmodels.models import (
    SqlDataset,
    SqlInput,
    SqlInputTag,
    SqlLatestMetric,
    SqlMetric,
    SqlParam,
    SqlRun,
    SqlTag,
)
from mlflow.utils.uri import append_to_uri_path
from sqlalchemy.orm import Session

__all__ = [
    "SqlDataset", "SqlInput", "SqlInputTag", "SqlLatestMetric", "SqlMetric", "SqlParam", "SqlRun", "SqlTag",
    "artifact_uri", "available", "session", "unknown_tables",
]  # fmt: skip
COLUMNS: dict[Any, set[str]] = {
    SqlRun: {
        "run_uuid", "name", "source_type", "source_name", "entry_point_name", "user_id", "status", "start_time",
        "end_time", "deleted_time", "source_version", "lifecycle_stage", "artifact_uri", "experiment_id",
    },
    SqlTag: {"key", "value", "run_uuid"},
    SqlParam: {"key", "value", "run_uuid"},
    SqlMetric: {"key", "value", "timestamp", "step", "is_nan", "run_uuid"},
    SqlLatestMetric: {"key", "value", "timestamp", "step", "is_nan", "run_uuid"},
    SqlDataset: {
        "dataset_uuid", "experiment_id", "name", "digest", "dataset_source_type", "dataset_source", "dataset_schema",
        "dataset_profile",
    },
    SqlInput: {"input_uuid", "source_type", "source_id", "destination_type", "destination_id", "step"},
    SqlInputTag: {"input_uuid", "name", "value"},
}  # fmt: skip
"""The tables that are read and written, and all columns that they have."""


def unknown_tables() -> Sequence[str]:
    """Tables whose columns are not those that this file knows."""
    return [table.__name__ for table, known in COLUMNS.items() if {c.name for c in table.__table__.columns} != known]


def _store(client: MlflowClient) -> Any:
    return client._tracking_client.store


def available(client: MlflowClient) -> bool:
    """Whether the client's store is an SQL database with the tables that this file knows."""
    try:
        return hasattr(_store(client), "ManagedSessionMaker") and not unknown_tables()
    except AttributeError:
        return False


def session(client: MlflowClient, *, read_only: bool) -> AbstractContextManager[Session]:
    """A transaction in the client's database."""
    made: AbstractContextManager[Session] = _store(client).ManagedSessionMaker(read_only=read_only)
    return made


def artifact_uri(root: str, run_id: str) -> str:
    """Where artifacts of a run go, below those of its experiment."""
    return str(append_to_uri_path(root, run_id, "artifacts"))
