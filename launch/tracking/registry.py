"""Models into MLflow's registry, each once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import LoggedModelStatus
from mlflow.models.signature import ModelSignature
from mlflow.types.schema import AnyType, ColSpec, Schema, TensorSpec

from launch.common.environment import ROOT
from launch.tracking.events import ModelEvent
from launch.tracking.retry import EventRefused


def register(client: MlflowClient, event: ModelEvent, run_id: str, experiment_id: str) -> str:
    """Log a model folder under a run, register it, make it the champion; returns the version.

    What an earlier attempt came to is taken up, whether it logged the model only or
    registered it too. `EventRefused` if the folder is gone.
    """
    name = event["name"]
    version = _version(client, name, run_id)
    if version is None:
        model_id = _logged(client, run_id, experiment_id) or _log(event, run_id)
        version = str(mlflow.register_model(f"models:/{model_id}", name).version)
    client.set_registered_model_alias(name, "champion", version)
    client.update_model_version(name, version, description=event["description"])
    for key, value in event.get("tags", {}).items():
        client.set_model_version_tag(name, version, key, str(value)[:5000])
    return version


def _version(client: MlflowClient, name: str, run_id: str) -> str | None:
    versions = [int(v.version) for v in client.search_model_versions(f"run_id = '{run_id}'") if v.name == name]
    return str(max(versions)) if versions else None


def _logged(client: MlflowClient, run_id: str, experiment_id: str) -> str | None:
    """A model of this run that is whole; what was cut short is deleted."""
    whole = None
    for model in client.search_logged_models([experiment_id], f"source_run_id = '{run_id}'"):
        if model.status == LoggedModelStatus.READY:
            whole = model.model_id
        else:
            client.delete_logged_model(model.model_id)
    return whole


def _signature(event: ModelEvent) -> tuple[ModelSignature, Any]:
    """What the model takes and gives, and an example of what it takes."""
    outputs = Schema([ColSpec(kind, name) for name, kind in event["outputs"].items()])
    if shape := event.get("image"):
        # doubles, since MLflow would cut pixels from 0 to 1 down to 0 before anybody could refuse them
        inputs = Schema([TensorSpec(np.dtype(np.float64), (-1, *shape))])
        return ModelSignature(inputs, outputs), np.zeros((1, *shape))
    kinds = event.get("kinds") or ["double"] * len(event["features"])
    columns = zip(event["features"], kinds, strict=True)
    inputs = Schema([ColSpec(AnyType() if kind == "any" else kind, name) for name, kind in columns])
    return ModelSignature(inputs, outputs), pd.DataFrame([event["example"]], columns=event["features"])


def _log(event: ModelEvent, run_id: str) -> str:
    if not Path(event["path"]).exists():
        raise EventRefused(
            f"the model {event['path']} is gone, so it was not registered; launch/retrain.py makes it again"
        )
    signature, example = _signature(event)
    with mlflow.start_run(run_id=run_id):
        info = mlflow.pyfunc.log_model(
            name="model",
            loader_module="trainables.core.serving",
            data_path=event["path"],
            code_paths=[str(ROOT / "trainables")],
            signature=signature,
            input_example=example,
            pip_requirements=event["requirements"],
            metadata=event["metadata"],
        )
    return str(info.model_id)
