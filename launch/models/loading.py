"""From a name, a URI, a run id or a folder to a model that scores."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

import mlflow
from mlflow import MlflowClient

from launch.common.errors import UsageError
from launch.common.files import is_file
from launch.common.text import LETTERS, NAME, brief
from launch.models import trusted_code
from launch.tracking.client import RUN_ID, connect
from trainables.core.serving import ServedModel

REGISTERED = re.compile(rf"[^\W_][{LETTERS}]{{0,249}}")
MODEL_URI = re.compile(rf"models:/{REGISTERED.pattern}((@|/){NAME.pattern})?")
RUN_URI = re.compile(rf"runs:/{RUN_ID.pattern}(/{NAME.pattern})+")


def load_model(name: str, home: Path, tracking_uri: str | None, trust_code: bool) -> ServedModel:
    """A model by registered name, URI, run id or folder; its own code is run only if this home wrote it."""
    folder = Path(name)
    if not is_file(folder / "model.json"):
        folder = model_folder(connect(home, tracking_uri), name)
    trusted_code.check_model(folder, trusted_code.ledger_of(home), trust_code, name)
    return ServedModel(folder)


def model_uri(name: str) -> str:
    """MLflow's URI of a model; a UsageError for what cannot be one."""
    if RUN_ID.fullmatch(name):
        return f"runs:/{name}/model"
    if REGISTERED.fullmatch(name):
        return f"models:/{name}@champion"
    if MODEL_URI.fullmatch(name) or RUN_URI.fullmatch(name):
        return name
    raise UsageError(
        f"MODEL {brief(name)}: give a registered name (letters, digits, dot, dash and underscore), "
        "a models:/ or runs:/ URI, a run id, or a folder with model.json"
    )


def model_folder(client: MlflowClient, name: str) -> Path:
    """Download a model: a registered name, a `models:/` URI, or a run id."""
    if is_file(Path(name)):
        raise UsageError(
            f"MODEL {brief(name)} is a file, and joblib and pickle files run the code of whoever made them: "
            "give a registered name, or the folder that holds model.json"
        )
    folder = download(client, name)
    state = next(folder.rglob("model.json"), None)
    if state is None:
        raise UsageError(f"{name} is not a model of this platform (no model.json in it)")
    return state.parent


def download(client: MlflowClient, name: str) -> Path:
    """The artifacts of a model that MLflow knows; a UsageError with the names that exist."""
    uri = model_uri(name)
    try:
        return Path(mlflow.artifacts.download_artifacts(artifact_uri=uri))
    except Exception as error:
        names = [model.name for model in client.search_registered_models(max_results=20)]
        known = f"; registered here: {', '.join(names)}" if names else "; no model is registered here yet"
        near = difflib.get_close_matches(name, names, n=1)
        known = f"; did you mean {near[0]}?" if near else known
        raise UsageError(f"no model {brief(name)} in this record{known}") from error
