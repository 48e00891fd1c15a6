"""What must be in the environment before Ray, MLflow or torch is imported."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

SETTINGS = {
    # nothing that we start phones home
    "RAY_USAGE_STATS_ENABLED": "0",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    # a Ray that we start takes orders from holders of this user's token alone (launch/backend/cluster.py)
    "RAY_AUTH_MODE": "token",
    # quiet, and no files that nobody reads
    "RAY_AIR_NEW_OUTPUT": "0",
    "RAY_DEDUP_LOGS": "0",
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",
    # a failure by name is a result without a score
    "TUNE_DISABLE_STRICT_METRIC_CHECKING": "1",
    "TUNE_WARN_EXCESSIVE_EXPERIMENT_CHECKPOINT_SYNC_THRESHOLD_S": "0",
    # a trial that asked for no GPU sees none
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "1",
    # trials keep the working directory; the study is the record, so Tune need not write its own often
    "RAY_CHDIR_TO_TRIAL_DIR": "0",
    "TUNE_GLOBAL_CHECKPOINT_S": "600",
    # our own handler of Ctrl-C knows what is still open
    "TUNE_DISABLE_SIGINT_HANDLER": "1",
    "TUNE_FORCE_TRIAL_CLEANUP_S": "3",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_ENABLE_ASYNC_LOGGING": "false",
    "GIT_PYTHON_REFRESH": "quiet",
    # several processes share the cores; a trial raises its own number
    "OMP_NUM_THREADS": "1",
}


def prepare() -> None:
    """Set what is not set yet, and put this repository first on the path, here and in every worker."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    root = str(ROOT)
    if sys.path[:1] != [root]:
        sys.path.insert(0, root)
    paths = [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p]
    if root not in paths:
        os.environ["PYTHONPATH"] = os.pathsep.join([root, *paths])
    other = sys.modules.get("datasets")
    if other is not None and Path(str(other.__file__)).resolve().parent.parent != ROOT:
        raise RuntimeError(
            f"another package called 'datasets' was imported first ({other.__file__}); "
            "run the command in a fresh process, without importing it"
        )
