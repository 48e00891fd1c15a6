"""Open the record in MLflow's UI and the studies in optuna-dashboard: `python launch/ui.py`."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]

import tyro
from tyro.conf import FlagCreatePairsOff, arg

from launch.common import command
from launch.common.errors import UsageError
from launch.tracking.client import connect, store


@dataclass(frozen=True)
class Options:
    """Start MLflow's UI on the record of a home, and optuna-dashboard on its studies, for this machine alone."""

    port: int = 5000
    """Port of MLflow on the host."""
    studies_port: int = 5002
    """Port of optuna-dashboard."""
    no_studies: bool = False
    """Leave out optuna-dashboard."""
    host: str = "127.0.0.1"
    """Address to listen on; the default lets in nobody else."""
    home: Annotated[Path, arg(metavar="DIR")] = Path("runs")
    """Where the record lives."""
    tracking_uri: Annotated[str | None, arg(metavar="URI")] = None
    """MLflow store; default: sqlite in the home."""


def work(options: Options, console: Any) -> int:
    """Start the servers and wait for Ctrl-C."""
    from launch.common import servers
    from launch.common.redaction import shown
    from launch.tracking import saved_view

    uri = store(options.home, options.tracking_uri)
    if uri.startswith("http"):
        raise UsageError(f"{shown(uri)} is a server with this UI already: open it in a browser")
    servers.check_address(options.host, options.port)
    if options.port == options.studies_port and not options.no_studies:
        raise UsageError(f"--port and --studies-port are both {options.port}: give two")
    studies, why = _studies(options)
    if studies is not None:
        try:
            servers.check_address(options.host, options.studies_port)
        except UsageError as error:
            raise UsageError(str(error).replace("--port", "--studies-port")) from error
    client = connect(options.home, options.tracking_uri)
    try:
        views = saved_view.prepare(client)
    except Exception as error:  # a record that can be read and not written: its pages open all the same
        views = []
        console.print(f"The experiments have no view of their own: {type(error).__name__}", style="yellow")
    server = servers.url(options.host, options.port)
    say: dict[str, Any] = {"highlight": False, "soft_wrap": True, "markup": False}
    console.print(f"MLflow on {server} (Ctrl-C ends it); finished searches side by side:", **say)
    for line in saved_view.words(views, server):
        console.print(line, **say)
    if studies is None:
        console.print(why, **say)
    else:
        console.print(
            f"optuna-dashboard on {servers.url(options.host, options.studies_port)} (to look, not to write)", **say
        )
    # in the environment: a command line can be read by every user of the machine
    environment = {**os.environ, "MLFLOW_BACKEND_STORE_URI": uri, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    mlflow = [sys.executable, "-m", "mlflow", "server", "--workers", "1"]
    dashboard = None if studies is None else subprocess.Popen(studies, cwd=Path(__file__).resolve().parent.parent)
    try:
        return servers.call([*mlflow, "--host", options.host, "--port", str(options.port)], environment)
    finally:
        if dashboard is not None:
            dashboard.terminate()
            dashboard.wait()


def _studies(options: Options) -> tuple[list[str] | None, str]:
    """The command that serves the studies, or why there is none."""
    folder = options.home.expanduser().resolve() / "studies"
    if options.no_studies:
        return None, "optuna-dashboard was left out."
    if importlib.util.find_spec("optuna_dashboard") is None:
        return None, "optuna-dashboard is not installed: pip install optuna-dashboard shows the studies, too."
    if not any(folder.glob("*.journal")):
        return None, f"There is no study in {folder} for optuna-dashboard to show."
    return [
        sys.executable,
        "-m",
        "launch.study.dashboard",
        str(folder),
        options.host,
        str(options.studies_port),
        str(os.getpid()),
    ], ""


if __name__ == "__main__":
    sys.exit(command.run(lambda: tyro.cli(Options, prog="ui.py", config=(FlagCreatePairsOff,)), work))
