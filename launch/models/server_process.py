"""The process that serves a model: a copy of our own to run, and the command that runs it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from launch.common.environment import ROOT
from launch.models.scoring_server import MODEL_PATH


def copy(logged: Path, folder: Path) -> Path:
    """A copy of a logged model without compiled files: what is checked is what is run."""
    return Path(shutil.copytree(logged, folder / "model", ignore=shutil.ignore_patterns("__pycache__")))


def command(model: Path, tracking_uri: str, host: str, port: int) -> tuple[list[str], dict[str, str]]:
    """Command line and environment of a server for a copied model."""
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "PYTHONPATH": str(ROOT),
        "MLFLOW_TRACKING_URI": tracking_uri,
        MODEL_PATH: model.as_uri(),
    }
    server = [sys.executable, "-m", "uvicorn", "launch.models.scoring_server:app", "--log-level", "warning"]
    return [*server, "--host", host, "--port", str(port)], environment
