"""Models into MLflow's registry, each once."""

from __future__ import annotations

from collections.abc import Mapping
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

DATA = "dataset_sha256"
"""The tag of a version that says what data it was made of."""


def register(client: MlflowClient, event: ModelEvent, run_id: str, experiment_id: str) -> tuple[str, str]:
    """Log a model folder under a run, register it, make it the champion.

    Returns the version, and a sentence where the champion before it is of other data: homes that share a server do
    not know what names stand for in each other. The version's description begins with it.

    What an earlier attempt came to is taken up, whether it logged the model only or
    registered it too. `EventRefused` if the folder is gone.
    """
    name = event["name"]
    version = _version(client, name, run_id)
    if version is None:
        model_id = _logged(client, run_id, experiment_id) or _log(event, run_id)
        version = str(mlflow.register_model(f"models:/{model_id}", name).version)
    replaced = _replaced(client, name, version, event.get("tags", {}))
    description = "\n\n".join(filter(None, [replaced, event["description"]]))
    client.update_model_version(name, version, description=description)
    for key, value in event.get("tags", {}).items():
        client.set_model_version_tag(name, version, key, str(value)[:5000])
    client.set_registered_model_alias(name, "champion", version)  # last: who tries again still finds the one before
    return version, replaced


def _replaced(client: MlflowClient, name: str, version: str, tags: Mapping[str, str]) -> str:
    """That the champion so far is of other data, if it is."""
    before = client.get_registered_model(name).aliases.get("champion")
    if before is None or str(before) == version:
        return ""
    theirs, ours = client.get_model_version(name, str(before)).tags.get(DATA), tags.get(DATA)
    if not theirs or not ours or theirs == ours:
        return ""
    return (
        f"{name} stood for other data before: version {before}, the champion until now, is of data with sha256 "
        f"{theirs[:12]}…, version {version} of {ours[:12]}…"
    )


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
