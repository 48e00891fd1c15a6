"""What the smaller commands share: paths, environment, errors on one line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from launch.environment import prepare
from launch.errors import UsageError


def run(parse: Callable[[], Any], work: Callable[[Any, Any], int | None]) -> int:
    """Parse, work, and turn what a person can mend into one line and exit code 2.

    Parameters
    ----------
    parse : callable
        Returns the options.
    work : callable
        Takes options and console; returns an exit code, or None for 0.
    """
    prepare()
    options = parse()
    from datasets.errors import DataError
    from trainables.core.errors import InvalidInput
    from trainables.core.external import BadDetectorFile

    try:
        return work(options, console()) or 0
    except (UsageError, DataError, InvalidInput, BadDetectorFile) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def console() -> Any:
    """A console as wide as the terminal; where there is none, wide enough for the tables."""
    import sys

    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=150)


def connect(home: Path, tracking_uri: str | None) -> Any:
    """An MLflow client on the store of a home.

    Raises
    ------
    UsageError
        If there is no such store.
    """
    import logging

    from launch.home import Home, shown

    root = Path(home).expanduser().resolve()
    if tracking_uri is None and not (root / "mlflow.db").is_file():
        raise UsageError(
            f"there is no record in {root}; pass --home or --tracking-uri, or search first: launch/tune.py"
        )
    uri = Home(root).tracking_uri(tracking_uri)
    import mlflow
    from mlflow import MlflowClient

    logging.getLogger("mlflow").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.ERROR)
    mlflow.set_tracking_uri(uri)
    try:
        client = MlflowClient()
        client.search_experiments(max_results=1)
    except Exception as error:
        raise UsageError(
            f"the record at {shown(uri)} cannot be opened: {' '.join(str(error).split())[:200]}"
        ) from error
    return client


def model_folder(client: Any, name: str) -> Path:
    """Download or find a model: a registered name, a `models:/` URI, a run id, or a folder.

    Raises
    ------
    UsageError
        With the names that exist.
    """
    import mlflow

    if (Path(name) / "model.json").is_file():
        return Path(name)
    if name.startswith(("models:/", "runs:/")):
        uri = name
    elif len(name) == 32 and all(c in "0123456789abcdef" for c in name):
        uri = f"runs:/{name}/model"
    else:
        uri = f"models:/{name}@champion"
    try:
        folder = Path(mlflow.artifacts.download_artifacts(artifact_uri=uri))
    except Exception as error:
        names = [m.name for m in client.search_registered_models(max_results=20)]
        known = f"; registered here: {', '.join(names)}" if names else "; no model is registered here yet"
        raise UsageError(f"no model {name!r} in this record{known}") from error
    found = list(folder.rglob("model.json"))
    if not found:
        raise UsageError(f"{name} is not a model of this platform (no model.json in it)")
    return found[0].parent
