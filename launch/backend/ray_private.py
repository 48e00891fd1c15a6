"""What we use of Ray that it does not promise to keep, in one place.

`tests/launch/backend/test_upstream.py` says what to do when a new version breaks it. Two more
places reach into Ray, each in a subclass: `asha.SparingASHA` and `ray_jobs.PatientClient`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from ray import cloudpickle
from ray._private import services, utils, worker
from ray._private.runtime_env.constants import RAY_JOB_CONFIG_JSON_ENV_VAR
from ray._private.services import ConsolePopen
from ray._raylet import GcsClient  # type: ignore[attr-defined]

LOCAL_SYSTEM: dict[str, Any] = {"preload_python_modules": ["torch"], "prestart_worker_first_driver": False}
"""For `ray.init`: one set of workers, which import while the driver does; Ray would start two."""
LOOPBACK = "127.0.0.1"
JOB_LOGGERS = (
    "ray.dashboard.modules.job.sdk",
    "ray.dashboard.modules.dashboard_sdk",
    "ray._private.runtime_env.packaging",
)
"""What talks while a job is submitted."""


class OwnGroup(ConsolePopen):
    """A process of Ray in a group of its own: a signal to ours, as of a terminal or `timeout`, is for us to answer."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, process_group=0, **options)


@contextlib.contextmanager
def our_signals() -> Iterator[None]:
    """Let what `ray.init` starts have groups of its own, and SIGTERM be ours: Ray's handler ends all, unrecorded."""
    ours = signal.getsignal(signal.SIGTERM)
    mine = callable(ours) and threading.current_thread() is threading.main_thread()
    with contextlib.ExitStack() as patched:
        patched.enter_context(mock.patch.object(services, "ConsolePopen", OwnGroup))
        if mine:
            patched.enter_context(mock.patch.object(utils, "set_sigterm_handler"))
        yield
    if mine:  # Ray's C++ has put its own there, which dumps its stack and aborts
        signal.signal(signal.SIGTERM, ours)


@contextlib.contextmanager
def on_loopback() -> Iterator[None]:
    """Let a Ray that starts here listen for this machine alone, as it does on macOS; elsewhere it takes any address."""
    with (
        mock.patch.object(services, "resolve_ip_for_localhost", lambda host: host),
        mock.patch.object(services, "get_node_ip_address", return_value=LOOPBACK),
    ):
        yield


def leave_out_logs() -> None:
    """Print no end of a log where a process of Ray dies; `LastWords` says what became of it."""
    show = worker.print_to_stdstream

    def shown(data: dict[str, Any], *arguments: Any, **options: Any) -> None:
        if not str(data["lines"]).startswith("['Raylet is terminated"):
            show(data, *arguments, **options)

    if show.__module__ != __name__:
        worker.print_to_stdstream = shown


def lost_process() -> str | None:
    """Which process of the Ray that was started here is gone, of those that it cannot do without."""
    node = worker._global_node
    dead: list[str] = [] if node is None else [name for name, _ in node.dead_processes()]
    return next((name for name in ("raylet", "gcs_server") if name in dead), None)


def inside_job() -> bool:
    """Whether this process is the driver of a Ray job, so that the cluster has the code already."""
    return RAY_JOB_CONFIG_JSON_ENV_VAR in os.environ


def knock(address: str) -> None:
    """Connect to the head of a cluster and leave again; `AuthenticationError` if it does not take the token."""
    GcsClient(address=address)


def actor_of(trial: Any) -> Any:
    """The actor that runs a trial of Tune now, or None."""
    return trial.temporary_state.ray_actor


def forget_ended(controller: Any) -> None:
    """Have Tune forget the trials that have ended: it would keep all of them, and look at each at every step.

    Nothing is done where there is no controller. The last to end stay, so that there is something to return.
    """
    if controller is None:
        return
    for trial in list(controller._stopped_trials):
        controller._stopped_trials.discard(trial)
        controller._trials_to_cache.discard(trial)
        controller._trial_metadata.pop(trial.trial_id, None)
        with contextlib.suppress(ValueError):
            controller._trials.remove(trial)


def error_of(trial: Any) -> BaseException | None:
    """The exception behind the error of a trial of Tune, as this process wrote it down."""
    try:
        return cloudpickle.loads(Path(trial.pickled_error_file).read_bytes())
    except Exception:
        return None
