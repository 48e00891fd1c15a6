"""An MLflow client on a store that exists."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING

from launch.common.errors import UsageError
from launch.common.files import is_file
from launch.common.home import Home
from launch.common.redaction import redact, shown
from launch.common.stores import sqlite_path
from launch.common.text import brief

if TYPE_CHECKING:  # importing MLflow takes seconds
    from mlflow import MlflowClient

RUN_ID = re.compile(r"[0-9a-f]{32}")


def check_run_id(value: str) -> str:
    """A run id as MLflow makes them."""
    if not RUN_ID.fullmatch(value):
        raise UsageError(f"{brief(value)} is no run id (32 of 0-9 and a-f); take one from the MLflow UI (launch/ui.py)")
    return value


def connect(home: Path, tracking_uri: str | None) -> MlflowClient:
    """An MLflow client on the store of a home; `UsageError` if there is none that can be opened."""
    uri = store(home, tracking_uri)
    import mlflow  # takes seconds, which a command's --help and a wrong name do without

    logging.getLogger("mlflow").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.ERROR)
    mlflow.set_tracking_uri(uri)
    try:
        client = mlflow.MlflowClient()
        client.search_experiments(max_results=1)
    except Exception as error:
        raise UsageError(
            f"the record at {shown(uri)} cannot be opened: {' '.join(redact(str(error), uri).split())[:200]}"
        ) from error
    return client


def store(home: Path, tracking_uri: str | None) -> str:
    """The URI of a store that exists: none is made by looking."""
    root = Path(home).expanduser().resolve()
    if tracking_uri is None and not is_file(root / "mlflow.db"):
        raise UsageError(
            f"there is no record in {root}; pass --home or --tracking-uri, or search first: launch/tune.py"
        )
    uri = Home(root).tracking_uri(tracking_uri)
    file = sqlite_path(uri)
    if file is not None and not is_file(file):
        raise UsageError(f"--tracking-uri {uri}: there is no such file")
    return uri
