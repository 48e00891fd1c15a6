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
    import subprocess

    from launch.home import Home

    root = Path(options.home).expanduser().resolve()
    if options.tracking_uri is None and not (root / "mlflow.db").is_file():
        raise UsageError(f"there is no record in {root}; pass --home, or search first: launch/tune.py")
    uri = Home(root).tracking_uri(options.tracking_uri)
    console.print(f"MLflow on http://{options.host}:{options.port} (Ctrl-C ends it)", highlight=False)
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    server = [sys.executable, "-m", "mlflow", "server", "--workers", "1", "--backend-store-uri", uri]
    server += ["--host", options.host, "--port", str(options.port)]
    return subprocess.call(server, env=environment)


if __name__ == "__main__":
    sys.exit(command.run(lambda: tyro.cli(Options, prog="ui.py"), work))
