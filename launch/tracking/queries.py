"""Runs of a store as a data frame: what the leaderboard and comparisons read.

A store with an SQL database is read by three statements, any other through the client, a thousand runs a call, which
takes some eight times as long (`analysis/benchmarks/reading.py`): minutes for the 20,000 runs of a leaderboard.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import pandas as pd
from mlflow import MlflowClient
from sqlalchemy import or_, select

from launch.tracking import mlflow_internals
from launch.tracking.mlflow_internals import SqlLatestMetric, SqlRun, SqlTag

PAGE = 1000
Client = MlflowClient
"""What those who read the record are handed: MLflow itself is known to this room alone."""
FIXED = ["run_id", "experiment_id", "status", "start_time", "end_time"]


def runs(client: MlflowClient, kinds: Collection[str], tags: Collection[str], metrics: Sequence[str]) -> pd.DataFrame:
    """Runs that are not deleted, of some kinds (values of the tag `kind`), by start time and run id.

    Columns are `run_id`, `experiment_id`, `status`, `start_time`, `end_time` (milliseconds), `kind`, the tags (None
    where a run lacks one) and the latest metrics (NaN), in whose names `%` stands for any text.
    """
    wanted = sorted({"kind", *tags})
    read = _by_sql if mlflow_internals.available(client) else _by_client
    frame = read(client, sorted(kinds), wanted, metrics)
    for name in wanted:
        if name not in frame:
            frame[name] = None
        # missing is None, whatever the string type of pandas makes of it
        frame[name] = frame[name].astype(object).where(frame[name].notna(), None)
    return frame.sort_values(["start_time", "run_id"], kind="stable").reset_index(drop=True)


def _by_sql(client: MlflowClient, kinds: Sequence[str], tags: Sequence[str], metrics: Sequence[str]) -> pd.DataFrame:
    runs_of: Any = (
        select(SqlRun.run_uuid)
        .join(SqlTag, SqlTag.run_uuid == SqlRun.run_uuid)
        .where(SqlRun.lifecycle_stage == "active", SqlTag.key == "kind", SqlTag.value.in_(kinds))
    )
    columns = (SqlRun.run_uuid, SqlRun.experiment_id, SqlRun.status, SqlRun.start_time, SqlRun.end_time)
    with mlflow_internals.session(client, read_only=True) as transaction:

        def rows(table: Any, columns: Sequence[Any], *conditions: Any) -> list[tuple[Any, ...]]:
            query = select(*columns).where(table.run_uuid.in_(runs_of), *conditions)
            return [tuple(row) for row in transaction.execute(query)]

        def pairs(table: Any, condition: Any) -> pd.DataFrame:
            long = pd.DataFrame(
                rows(table, (table.run_uuid, table.key, table.value), condition), columns=["run_id", "key", "value"]
            )
            return long.pivot(index="run_id", columns="key", values="value")

        frame = pd.DataFrame(rows(SqlRun, columns), columns=FIXED)
        of_tags = pairs(SqlTag, SqlTag.key.in_(tags))
        of_metrics = pairs(SqlLatestMetric, or_(*(SqlLatestMetric.key.like(name) for name in metrics)))
    frame["experiment_id"] = frame["experiment_id"].astype(str)
    return frame.merge(of_tags, on="run_id", how="left").merge(of_metrics, on="run_id", how="left")


def _by_client(client: MlflowClient, kinds: Sequence[str], tags: Sequence[str], metrics: Sequence[str]) -> pd.DataFrame:
    patterns = [re.compile(re.escape(name).replace("%", ".*")) for name in metrics]
    rows = []
    experiments = list(experiment_names(client))
    for kind in kinds if experiments else ():
        for run in pages(client.search_runs, experiments, filter_string=f"tags.kind = '{kind}'"):
            row = {name: getattr(run.info, name) for name in FIXED}
            row |= {name: run.data.tags.get(name) for name in tags}
            row |= {k: v for k, v in run.data.metrics.items() if any(p.fullmatch(k) for p in patterns)}
            rows.append(row)
    return pd.DataFrame(rows, columns=None if rows else FIXED)


def pages(search: Callable[..., Any], *arguments: Any, **named: Any) -> Iterator[Any]:
    """Everything that a search of the client finds, page by page."""
    token = None
    while True:
        page = search(*arguments, max_results=PAGE, page_token=token, **named)
        yield from page
        token = page.token
        if not token:
            return


def experiment_names(client: MlflowClient) -> dict[str, str]:
    """Names of experiments by id."""
    return {str(experiment.experiment_id): experiment.name for experiment in pages(client.search_experiments)}
