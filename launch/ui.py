"""Open the record in MLflow's UI and the studies in optuna-dashboard: `python launch/ui.py`."""

from __future__ import annotations

import signal

if __name__ == "__main__":  # Ctrl-C among the imports ends it without a word
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import os
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the folders beside this file
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rich.console import Console

from launch.common import command, servers
from launch.common.errors import UsageError
from launch.common.printing import print_line
from launch.common.redaction import shown
from launch.config.shared_options import TrackingOptions


@dataclass(frozen=True)
class UiOptions(TrackingOptions):
    """Start MLflow's UI on the record of a home, and optuna-dashboard on its studies, for this machine alone."""

    TOPICS: ClassVar[dict[str, str]] = {"port": "The servers"}
    EXAMPLES: ClassVar[tuple[tuple[str, str], ...]] = (
        ("", "MLflow on 127.0.0.1:5000, optuna-dashboard on 5002"),
        ("--home /shared/runs --port 5010 --no-studies", "another record, MLflow alone"),
    )

    port: int = 5000
    """Port of MLflow on the host."""
    studies_port: int = 5002
    """Port of optuna-dashboard."""
    no_studies: bool = False
    """Leave out optuna-dashboard."""
    host: str = "127.0.0.1"
    """Address to listen on; the default lets in nobody else."""


def work(options: UiOptions, console: Console) -> int:
    """Start the servers and wait for Ctrl-C."""
    from launch.tracking import saved_view  # MLflow
    from launch.tracking.client import connect, store

    uri = store(options.home, options.tracking_uri)
    if uri.startswith("http"):
        raise UsageError(f"{shown(uri)} is a server with this UI already: open it in a browser")
    servers.check_address(options.host, options.port)
    if options.port == options.studies_port and not options.no_studies:
        raise UsageError(f"--port and --studies-port are both {options.port}: give two")
    folder = options.home.expanduser().resolve() / "studies"
    missing = _no_studies(options, folder)
    if missing is None:
        servers.check_address(options.host, options.studies_port, option="--studies-port")
    client = connect(options.home, options.tracking_uri)
    try:
        views = saved_view.prepare(client)
    except Exception as error:  # a record that can be read and not written: its pages open all the same
        views = []
        console.print(f"The experiments have no view of their own: {type(error).__name__}", style="yellow")
    server = servers.url(options.host, options.port)
    print_line(console, f"MLflow on {server} (Ctrl-C ends it); finished searches side by side:")
    for text in saved_view.messages(views, server):
        print_line(console, text)
    print_line(
        console, "On MLflow's other pages, choose Model training at the top left: by itself it opens those for prompts."
    )
    studies = servers.url(options.host, options.studies_port)
    print_line(console, missing or f"optuna-dashboard on {studies} (to look, not to write)")
    # in the environment: a command line can be read by every user of the machine
    environment = {**os.environ, "MLFLOW_BACKEND_STORE_URI": uri, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    mlflow = [sys.executable, "-m", "mlflow", "server", "--workers", "1"]
    place = [str(folder), options.host, str(options.studies_port), str(os.getpid())]
    dashboard = [sys.executable, "-m", "launch.study.dashboard", *place]
    mlflow += ["--host", options.host, "--port", str(options.port)]
    return servers.call(mlflow, environment, beside=dashboard if missing is None else None)


def _no_studies(options: UiOptions, folder: Path) -> str | None:
    """Why optuna-dashboard does not show the studies; None if it does."""
    import importlib.util

    if options.no_studies:
        return "optuna-dashboard was left out."
    if importlib.util.find_spec("optuna_dashboard") is None:
        return "optuna-dashboard is not installed: pip install 'anomaly-platform[dashboard]' shows the studies, too."
    return None if any(folder.glob("*.journal")) else f"There is no study in {folder} for optuna-dashboard to show."


main = partial(command.main, UiOptions, work)


if __name__ == "__main__":
    sys.exit(main())
