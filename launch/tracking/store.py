"""An MLflow store that may be told everything twice: what is in it already is found, not made again."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from launch.common import locks
from launch.tracking import bulk_insert
from launch.tracking.bulk_insert import WholeRun
from launch.tracking.retry import Patience, Refused

BATCH = 1000
MARGIN = 600_000
"""Milliseconds by which clocks of two machines may differ."""
Items = list[tuple[str, Any]]


class Store:
    """Calls of the client that wait where the store is away.

    Parameters
    ----------
    uri : str
    artifacts : str
        Folder for artifacts, or empty to leave it to the store.
    patient : Patience

    Raises
    ------
    Unusable
        If there is no usable store.
    Away
        If nobody waits for it.
    """

    def __init__(self, uri: str, artifacts: str, patient: Patience) -> None:
        self.artifacts, self.patient = artifacts, patient
        self.client = patient(lambda: _open(uri), opening=True)
        patient.answers = lambda: self.client.search_experiments(max_results=1)
        self.bulk = bulk_insert.available(self.client)
        self._found: dict[str, str] | None = None

    def experiment(self, name: str) -> str:
        """The id of an experiment, made or restored if need be."""
        return self.patient(lambda: self._experiment(name))

    def _experiment(self, name: str) -> str:
        found = self.client.get_experiment_by_name(name)
        if found is not None and found.lifecycle_stage == "deleted":
            self.client.restore_experiment(found.experiment_id)
        if found is not None:
            return str(found.experiment_id)
        location = (Path(self.artifacts) / name).as_uri() if self.artifacts else None
        try:
            return str(self.client.create_experiment(name, artifact_location=location))
        except Exception:  # another search made it in the meantime
            found = self.client.get_experiment_by_name(name)
            if found is None:
                raise
            return str(found.experiment_id)

    def insert(self, experiment: str, runs: Sequence[WholeRun]) -> tuple[list[WholeRun], list[WholeRun]]:
        """Write runs whole; returns those that were there already and those that are refused this way."""
        if not runs:
            return [], []
        try:
            known = self.patient(lambda: bulk_insert.insert(self.client, experiment, runs))
        except Refused:
            if len(runs) == 1:
                return [], list(runs)
            half = len(runs) // 2
            (a, b), (c, d) = (self.insert(experiment, part) for part in (runs[:half], runs[half:]))
            return a + c, b + d
        return [r for r in runs if r.run_id in known], []

    def create(self, experiment: str, run: WholeRun, *, doubt: bool) -> tuple[str, bool]:
        """The id of a run, and whether it was made just now or by an earlier attempt.

        Parameters
        ----------
        doubt : bool
            Whether another writer may have made it.
        """
        tags = run.tags
        if doubt and self._found is None:
            since = f" and attributes.start_time >= {run.start - MARGIN}"
            self._found = self.patient(lambda: self._search(experiment, f"tags.search_id = '{_id(tags)}'{since}"))
        if doubt and self._found and run.key in self._found:
            return self._found[run.key], False
        attempts = 0

        def create() -> tuple[str, bool]:
            nonlocal attempts
            attempts += 1
            if attempts > 1:  # the first may have come through, and only its answer was lost
                condition = f"tags.search_id = '{_id(tags)}' and tags.key = '{run.key}'"
                if found := self._search(experiment, condition):
                    return found[run.key], False
            return str(self.client.create_run(experiment, run.start, tags, run_name=run.name).info.run_id), True

        return self.patient(create)

    def _search(self, experiment: str, condition: str) -> dict[str, str]:
        from mlflow.entities import ViewType

        found: dict[str, str] = {}
        token = None
        while True:
            page = self.client.search_runs([experiment], condition, ViewType.ALL, BATCH, page_token=token)
            found |= {run.data.tags["key"]: run.info.run_id for run in page}
            token = page.token
            if not token:
                return found

    def send(self, run_id: str, items: Items, refuse: Callable[[str], None]) -> None:
        """Log params, tags and metrics of a run; what is refused is told one by one."""
        for start in range(0, len(items), BATCH):
            self._send(run_id, items[start : start + BATCH], refuse)

    def _send(self, run_id: str, items: Items, refuse: Callable[[str], None]) -> None:
        from mlflow.entities import Metric, Param, RunTag

        metrics = [Metric(*value) for kind, value in items if kind == "metric"]
        params = [Param(*value) for kind, value in items if kind == "param"]
        tags = [RunTag(*value) for kind, value in items if kind == "tag"]
        try:
            self.patient(lambda: self.client.log_batch(run_id, metrics, params, tags))
        except Refused as error:
            if len(items) == 1 or not self._takes(run_id):
                refuse(f"{len(items)} values: {error}" if len(items) > 1 else str(error))
                return
            half = len(items) // 2
            for part in (items[:half], items[half:]):
                self._send(run_id, part, refuse)

    def _takes(self, run_id: str) -> bool:
        """Whether a run is there and not deleted."""
        try:
            return bool(self.patient(lambda: self.client.get_run(run_id)).info.lifecycle_stage == "active")
        except Refused:
            return False

    def status(self, run_id: str, status: str, when: int | None = None) -> None:
        """Set a run's status, and when it ended if it did."""
        if status == "RUNNING":
            self.patient(lambda: self.client.update_run(run_id, status))
        else:
            self.patient(lambda: self.client.set_terminated(run_id, status, when))

    def artifact(self, run_id: str, path: str, folder: str | None) -> None:
        """Upload a file.

        Raises
        ------
        Refused
            If it is gone.
        """
        if not Path(path).exists():
            raise Refused(f"the file {path} is gone, so it was not uploaded")
        self.patient(lambda: self.client.log_artifact(run_id, path, folder))


def _id(tags: dict[str, str]) -> str:
    return re.sub(r"[^\w.-]", "", tags["search_id"])


def _open(uri: str) -> Any:
    import mlflow
    from mlflow import MlflowClient

    mlflow.set_tracking_uri(uri)
    with _alone(uri):
        client = MlflowClient()
        client.search_experiments(max_results=1)
    return client


@contextlib.contextmanager
def _alone(uri: str) -> Iterator[None]:
    """Let one process at a time make the tables of a new database file: MLflow's own making has no lock."""
    if not uri.startswith("sqlite:///"):
        yield
        return
    with locks.waiting(Path(uri.removeprefix("sqlite:///") + ".lock")):
        yield
