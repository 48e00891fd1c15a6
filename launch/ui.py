"""Open the record in MLflow's UI: `python launch/ui.py`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]

import tyro
from tyro.conf import arg

from launch import command
from launch.errors import UsageError


@dataclass(frozen=True)
class Options:
    """Start MLflow's UI on the record of a home, for this machine alone."""

    port: int = 5000
    """Port on the host."""
    host: str = "127.0.0.1"
    """Address to listen on; the default lets in nobody else."""
    home: Annotated[Path, arg(metavar="DIR")] = Path("runs")
    """Where the record lives."""
    tracking_uri: Annotated[str | None, arg(metavar="URI")] = None
    """MLflow store; default: sqlite in the home."""


def work(options: Options, console: Any) -> int:
    """Start the server and wait for Ctrl-C."""
    import os

    from launch import listen
    from launch.secrets import shown

    uri = command.store(options.home, options.tracking_uri)
    if uri.startswith("http"):
        raise UsageError(f"{shown(uri)} is a server with this UI already: open it in a browser")
    listen.check_address(options.host, options.port)
    console.print(f"MLflow on {listen.url(options.host, options.port)} (Ctrl-C ends it)", highlight=False)
    # in the environment: a command line can be read by every user of the machine
    environment = {**os.environ, "MLFLOW_BACKEND_STORE_URI": uri, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    server = [sys.executable, "-m", "mlflow", "server", "--workers", "1"]
    return listen.call([*server, "--host", options.host, "--port", str(options.port)], environment)


if __name__ == "__main__":
    sys.exit(command.run(lambda: tyro.cli(Options, prog="ui.py"), work))
