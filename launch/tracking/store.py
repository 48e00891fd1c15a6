"""An MLflow store that may be sent everything twice: what is in it already is found, not made again."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag, ViewType
from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT

from datasets.wording import counted
from launch.common import locks
from launch.common.stores import sqlite_path
from launch.tracking import bulk_insert, mlflow_internals, run_record
from launch.tracking.events import DataPart
from launch.tracking.queries import pages
from launch.tracking.retry import EventRefused, Retry
from launch.tracking.run_record import RunRecord

BATCH = 1000
KIND, TRAINING_KIND = "mlflow.experimentKind", "custom_model_development"
"""The tag by which MLflow's pages open an experiment on its training runs, not on traces of prompts."""
MARGIN = 600_000
"""Milliseconds by which clocks of two machines may differ."""
Item = tuple[Literal["param", "tag"], tuple[str, str]] | tuple[Literal["metric"], run_record.Metric]
"""A value of a run that is to be sent."""


class Store:
    """Calls of the client that wait where the store is away, and raise as `Retry` does.

    `artifacts` is the folder for artifacts, or empty to leave it to the store.
    """

    def __init__(self, uri: str, artifacts: str, retry: Retry) -> None:
        self.artifacts, self.retry = artifacts, retry
        self.client = retry(lambda: _open(uri), opening=True)
        retry.probe = lambda: self.client.search_experiments(max_results=1)
        self.bulk = mlflow_internals.available(self.client)
        self._known: dict[str, str] | None = None

    def experiment(self, name: str) -> str:
        """The id of an experiment, made or restored if need be."""
        return self.retry(lambda: self._experiment(name))

    def _experiment(self, name: str) -> str:
        known = self.client.get_experiment_by_name(name)
        if known is None:
            location = (Path(self.artifacts) / name).as_uri() if self.artifacts else None
            try:
                return str(self.client.create_experiment(name, location, {KIND: TRAINING_KIND}))
            except Exception:  # another search made it in the meantime
                known = self.client.get_experiment_by_name(name)
                if known is None:
                    raise
        if known.lifecycle_stage == "deleted":
            self.client.restore_experiment(known.experiment_id)
        return str(known.experiment_id)

    def insert(self, experiment: str, runs: Sequence[RunRecord]) -> tuple[list[RunRecord], list[RunRecord]]:
        """Write runs whole; returns those that were there already and those that are refused this way."""
        try:
            known = self.retry(lambda: bulk_insert.insert(self.client, experiment, runs))
        except EventRefused:
            if len(runs) == 1:
                return [], list(runs)
            half = len(runs) // 2
            first, second = (self.insert(experiment, part) for part in (runs[:half], runs[half:]))
            return first[0] + second[0], first[1] + second[1]
        return [run for run in runs if run.run_id in known], []

    def create(self, experiment: str, run: RunRecord, *, doubt: bool) -> tuple[str, bool]:
        """The id of a run, and whether it was made just now; where in `doubt`, another writer may have made it."""
        tags = run.tags
        if doubt and self._known is None:
            since = f" and attributes.start_time >= {run.start - MARGIN}"
            self._known = self.retry(lambda: self._search(experiment, f"tags.search_id = '{_id(tags)}'{since}"))
        if doubt and self._known and run.key in self._known:
            return self._known[run.key], False
        attempts = 0

        def create() -> tuple[str, bool]:
            nonlocal attempts
            attempts += 1
            if attempts > 1:  # the first may have come through, and only its answer was lost
                condition = f"tags.search_id = '{_id(tags)}' and tags.key = '{run.key}'"
                if known := self._search(experiment, condition):
                    return known[run.key], False
            return str(self.client.create_run(experiment, run.start, tags, run_name=run.name).info.run_id), True

        return self.retry(create)

    def _search(self, experiment: str, condition: str) -> dict[str, str]:
        runs = pages(self.client.search_runs, [experiment], condition, run_view_type=ViewType.ALL)
        return {run.data.tags["key"]: run.info.run_id for run in runs}

    def send(self, run_id: str, items: Sequence[Item], refuse: Callable[[str], None]) -> None:
        """Log params, tags and metrics of a run; what is refused is reported one by one."""
        for start in range(0, len(items), BATCH):
            self._send(run_id, items[start : start + BATCH], refuse)

    def _send(self, run_id: str, items: Sequence[Item], refuse: Callable[[str], None]) -> None:
        metrics = [Metric(*item[1]) for item in items if item[0] == "metric"]
        params = [Param(*item[1]) for item in items if item[0] == "param"]
        tags = [RunTag(*item[1]) for item in items if item[0] == "tag"]
        try:
            self.retry(lambda: self.client.log_batch(run_id, metrics, params, tags))
        except EventRefused as error:
            if len(items) == 1 or not self._takes(run_id):
                refuse(f"{counted(items, 'value')}: {error}" if len(items) > 1 else str(error))
                return
            half = len(items) // 2
            for part in (items[:half], items[half:]):
                self._send(run_id, part, refuse)

    def _takes(self, run_id: str) -> bool:
        """Whether a run is there and not deleted."""
        try:
            return bool(self.retry(lambda: self.client.get_run(run_id)).info.lifecycle_stage == "active")
        except EventRefused:
            return False

    def inputs(self, run_id: str, parts: Sequence[DataPart]) -> None:
        """Say which data a run works with; a part that it has already stays."""
        datasets = [
            DatasetInput(
                Dataset(
                    part["name"], part["digest"], part["source_type"], part["source"],
                    part["schema"] or None, part["profile"],
                ),
                [InputTag(MLFLOW_DATASET_CONTEXT, part["context"])],
            )
            for part in parts
        ]  # fmt: skip
        self.retry(lambda: self.client.log_inputs(run_id, datasets))

    def status(self, run_id: str, status: str, when: int | None = None) -> None:
        """Set a run's status, and when it ended if it did."""
        if status == "RUNNING":
            self.retry(lambda: self.client.update_run(run_id, status))
        else:
            self.retry(lambda: self.client.set_terminated(run_id, status, when))

    def artifact(self, run_id: str, path: str, folder: str | None) -> None:
        """Upload a file; `EventRefused` if it is gone."""
        if not Path(path).exists():
            raise EventRefused(f"the file {path} is gone, so it was not uploaded")
        self.retry(lambda: self.client.log_artifact(run_id, path, folder))


def items(params: Mapping[str, str], tags: Mapping[str, str], metrics: Sequence[run_record.Metric]) -> list[Item]:
    """Values as `Store.send` takes them."""
    values: list[Item] = [("param", item) for item in params.items()]
    values += [("tag", item) for item in tags.items()]
    values += [("metric", metric) for metric in metrics]
    return values


def _id(tags: dict[str, str]) -> str:
    return re.sub(r"[^\w.-]", "", tags["search_id"])


def _open(uri: str) -> MlflowClient:
    mlflow.set_tracking_uri(uri)
    with _alone(uri):
        client = MlflowClient()
        client.search_experiments(max_results=1)
    return client


@contextlib.contextmanager
def _alone(uri: str) -> Iterator[None]:
    """Let one process at a time make the tables of a new database file: MLflow's own making has no lock."""
    file = sqlite_path(uri)
    if file is None:
        yield
        return
    with locks.waiting(file.with_name(f"{file.name}.lock")):
        yield
