"""The one MLflow adapter: carries events from a spool to an MLflow store, in its own process.

    python -m launch.mlflow_writer SPOOL OFFSET URI ARTIFACTS

Trials that end within two seconds go in together, in one transaction, where the store
is an SQL database; others cost three calls, however many rounds they have. When the search that feeds the
spool is gone without a word, what is left is written and open runs are ended as KILLED.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import math
import os
import select
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from launch import mlflow_bulk
from launch.environment import ROOT, prepare
from launch.tracking import follow

BATCH = 1000
PATIENCE = 2.0


class Writer:
    """Applies events to MLflow.

    Parameters
    ----------
    uri : str
        Store.
    artifacts : str
        Folder for artifacts, or empty to leave it to the store.
    result_path : Path
        Gets the run ids at the end.
    """

    def __init__(self, uri: str, artifacts: str, result_path: Path) -> None:
        import mlflow
        import mlflow.pyfunc  # now, while trials run, and not when the model waits
        import pandas  # noqa: F401
        from mlflow import MlflowClient

        mlflow.set_tracking_uri(uri)
        with _alone(uri):
            self.client = MlflowClient()
            self.client.search_experiments(max_results=1)
        self.artifacts, self.result_path = artifacts, result_path
        self.experiment = ""
        self.runs: dict[str, str] = {}
        self.open: set[str] = set()
        self.buffers: dict[str, dict[str, list[Any]]] = {}
        self.pending: dict[str, mlflow_bulk.WholeRun] = {}
        self.ended: list[mlflow_bulk.WholeRun] = []
        self.bulk = mlflow_bulk.available(self.client)
        self.result: dict[str, Any] = {"runs": self.runs, "complete": False}

    def apply(self, events: list[dict[str, Any]]) -> bool:
        """Apply events in order; returns whether `close` was among them.

        A run that ends within `PATIENCE` seconds is written whole; a longer one appears
        as RUNNING and gets its metrics as they come.
        """
        for event in events:
            getattr(self, "_on_" + event["event"])(event)
        self._insert_ended()
        for key in list(self.pending):
            if time.time() - self.pending[key].start / 1000 > PATIENCE:
                self._create(key)
        for key in list(self.buffers):
            self._flush(key)
        return bool(events) and events[-1]["event"] == "close"

    def _on_parent(self, e: dict[str, Any]) -> None:
        self.experiment = self._experiment(e["experiment"])
        self._on_run(e)

    def _on_run(self, e: dict[str, Any]) -> None:
        tags = dict(e["tags"])
        if e["key"] != "parent":
            tags["mlflow.parentRunId"] = self.runs["parent"]
        tags = {k: str(v)[:5000] for k, v in tags.items()}
        params = {k: str(v)[:6000] for k, v in e.get("params", {}).items()}
        self.pending[e["key"]] = mlflow_bulk.WholeRun(e["name"], int(e["time"] * 1000), tags, params)
        if not self.bulk or e["key"] in ("parent", "final"):
            self._create(e["key"])

    def _on_metrics(self, e: dict[str, Any]) -> None:
        milliseconds = int(e["time"] * 1000)
        metrics = [
            (name, float(value), milliseconds, int(row.get("round", 0)))
            for row in e["rows"]
            for name, value in row.items()
            if name != "round" and isinstance(value, int | float) and math.isfinite(value)
        ]
        if e["key"] in self.pending:
            self.pending[e["key"]].metrics += metrics
        else:
            self._buffer(e["key"])["metrics"] += metrics

    def _on_tags(self, e: dict[str, Any]) -> None:
        tags = {k: str(v)[:5000] for k, v in e["tags"].items()}
        if e["key"] in self.pending:
            self.pending[e["key"]].tags |= tags
        else:
            self._buffer(e["key"])["tags"] += tags.items()

    def _on_end(self, e: dict[str, Any]) -> None:
        key, when = e["key"], int(e["time"] * 1000)
        if key in self.pending:
            run = self.pending.pop(key)
            run.status, run.end = e["status"], when
            self.runs[key] = run.run_id
            self.ended.append(run)
            return
        self._flush(key)
        self.client.set_terminated(self.runs[key], e["status"], when)
        self.open.discard(key)

    def _insert_ended(self) -> None:
        mlflow_bulk.insert(self.client, self.experiment, self.ended)
        self.ended.clear()

    def _on_artifact(self, e: dict[str, Any]) -> None:
        self.client.log_artifact(self.runs[e["key"]], e["path"], e.get("folder"))

    def _on_model(self, e: dict[str, Any]) -> None:
        import mlflow
        import pandas as pd
        from mlflow.models.signature import ModelSignature
        from mlflow.types.schema import ColSpec, Schema

        signature = ModelSignature(
            Schema([ColSpec("double", name) for name in e["features"]]),
            Schema([ColSpec(kind, name) for name, kind in e["outputs"].items()]),
        )
        with mlflow.start_run(run_id=self.runs[e["key"]]):
            info = mlflow.pyfunc.log_model(
                name="model",
                loader_module="trainables.core.serving",
                data_path=e["path"],
                code_paths=[str(ROOT / "trainables")],
                signature=signature,
                input_example=pd.DataFrame([e["example"]], columns=e["features"]),
                pip_requirements=e["requirements"],
                registered_model_name=e["name"],
                metadata=e["metadata"],
            )
        version = str(info.registered_model_version)
        self.client.set_registered_model_alias(e["name"], "champion", version)
        self.client.update_model_version(e["name"], version, description=e["description"])
        self.result |= {"model_uri": f"models:/{e['name']}@champion", "model_version": version}
        self.open.discard(e["key"])

    def _on_close(self, e: dict[str, Any]) -> None:
        self._insert_ended()
        for key in list(self.pending):
            self._create(key)
        for key in list(self.buffers):
            self._flush(key)
        for key in sorted(self.open, key=lambda k: k == "parent"):
            status = e["status"] if key == "parent" else "KILLED"
            self.client.set_terminated(self.runs[key], status, int(e["time"] * 1000))
        self.open.clear()
        self.result["complete"] = True
        self.save()

    def save(self) -> None:
        """Write the run ids for the driver."""
        partial = self.result_path.with_suffix(".partial")
        partial.write_text(json.dumps({**self.result, "experiment_id": self.experiment}))
        os.replace(partial, self.result_path)

    def _experiment(self, name: str) -> str:
        found = self.client.get_experiment_by_name(name)
        if found is not None and found.lifecycle_stage == "deleted":
            self.client.restore_experiment(found.experiment_id)
        if found is not None:
            return found.experiment_id
        location = (Path(self.artifacts) / name).as_uri() if self.artifacts else None
        try:
            return self.client.create_experiment(name, artifact_location=location)
        except Exception:  # another search made it in the meantime
            found = self.client.get_experiment_by_name(name)
            if found is None:
                raise
            return found.experiment_id

    def _create(self, key: str) -> None:
        run = self.pending.pop(key)
        self.runs[key] = self.client.create_run(self.experiment, run.start, run.tags, run_name=run.name).info.run_id
        self.open.add(key)
        buffer = self._buffer(key)
        buffer["params"] += run.params.items()
        buffer["metrics"] += run.metrics

    def _buffer(self, key: str) -> dict[str, list[Any]]:
        return self.buffers.setdefault(key, {"metrics": [], "params": [], "tags": []})

    def _flush(self, key: str) -> None:
        from mlflow.entities import Metric, Param, RunTag

        buffer = self.buffers.pop(key, None)
        if buffer is None or not any(buffer.values()):
            return
        metrics = [Metric(*m) for m in buffer["metrics"]]
        params, tags = [Param(*p) for p in buffer["params"]], [RunTag(*t) for t in buffer["tags"]]
        first = BATCH - len(params) - len(tags)
        self.client.log_batch(self.runs[key], metrics[:first], params, tags)
        for start in range(first, len(metrics), BATCH):
            self.client.log_batch(self.runs[key], metrics[start : start + BATCH])


@contextlib.contextmanager
def _alone(uri: str) -> Iterator[None]:
    """Let one process at a time make the tables of a new database file: MLflow's own making has no lock."""
    if not uri.startswith("sqlite:///"):
        yield
        return
    with open(uri.removeprefix("sqlite:///") + ".lock", "ab") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _driver_alive() -> bool:
    """The driver holds our standard input open as long as it lives."""
    ready, _, _ = select.select([sys.stdin], [], [], 0)
    return not ready


def main() -> None:
    """Follow the spool to its end."""
    prepare()
    os.nice(19)  # the trials' cores come first; it has them to itself when it must finish
    spool, offset, uri, artifacts = sys.argv[1:5]
    writer = Writer(uri, artifacts, Path(spool).with_suffix(".mlflow.json"))
    for events in follow(Path(spool), int(offset), _driver_alive):
        if writer.apply(events):
            return
    if writer.open:
        writer.apply([{"event": "close", "status": "KILLED", "time": time.time()}])


if __name__ == "__main__":
    main()
