"""What we use of Ray that it does not promise to keep, in one place.

`tests/launch/backend/test_upstream.py` says what to do when a new version breaks it. Two more
places reach into Ray, each in a subclass: `asha.SparingASHA` and `ray_jobs.PatientClient`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ray import cloudpickle
from ray._private.runtime_env.constants import RAY_JOB_CONFIG_JSON_ENV_VAR
from ray._raylet import GcsClient  # type: ignore[attr-defined]

LOCAL_SYSTEM: dict[str, Any] = {"preload_python_modules": ["torch"], "prestart_worker_first_driver": False}
"""For `ray.init`: one set of workers, which import while the driver does; Ray would start two."""
JOB_LOGGERS = (
    "ray.dashboard.modules.job.sdk",
    "ray.dashboard.modules.dashboard_sdk",
    "ray._private.runtime_env.packaging",
)
"""What talks while a job is submitted."""


def inside_job() -> bool:
    """Whether this process is the driver of a Ray job, so that the cluster has the code already."""
    return RAY_JOB_CONFIG_JSON_ENV_VAR in os.environ


def knock(address: str) -> None:
    """Connect to the head of a cluster and leave again; `AuthenticationError` if it does not take the token."""
    GcsClient(address=address)


def actor_of(trial: Any) -> Any:
    """The actor that runs a trial of Tune now, or None."""
    return trial.temporary_state.ray_actor


def error_of(trial: Any) -> BaseException | None:
    """The exception behind the error of a trial of Tune, as this process wrote it down."""
    try:
        return cloudpickle.loads(Path(trial.pickled_error_file).read_bytes())
    except Exception:
        return None
