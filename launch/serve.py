"""Serve a registered model over HTTP: `python launch/serve.py devnet-celeba`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != Path(__file__).resolve().parent]

import tyro
from tyro.conf import Positional, arg

from launch.common import command
from launch.common.errors import UsageError
from launch.models.loading import download, model_uri, trusted
from launch.tracking.client import connect, store


@dataclass(frozen=True)
class Options:
    """Start MLflow's scoring server for a registered model, for this machine alone.

    Rows come as JSON or CSV to /invocations; score, label and probability of each go back.
    """

    model: Positional[Annotated[str, arg(metavar="MODEL")]]
    """Registered name (its champion), a models:/ URI, or a run id."""
    port: int = 5001
    """Port on the host."""
    host: str = "127.0.0.1"
    """Address to listen on; the default lets in nobody else."""
    home: Annotated[Path, arg(metavar="DIR")] = Path("runs")
    """Where the record lives."""
    tracking_uri: Annotated[str | None, arg(metavar="URI")] = None
    """MLflow store; default: sqlite in the home."""
    trust_code: bool = False
    """Run the code that the model brings, even if this home did not write it."""


def work(options: Options, console: Any) -> int:
    """Check the model, start the server and wait for Ctrl-C."""
    import os
    import shutil
    import tempfile

    from launch.common import servers
    from launch.common.environment import ROOT
    from launch.models import trusted_code
    from launch.models.model_folder import origin
    from trainables.core.serving import read_meta

    model_uri(options.model)
    servers.check_address(options.host, options.port)
    uri = store(options.home, options.tracking_uri)
    given = download(connect(options.home, options.tracking_uri), options.model)
    if not (given / "MLmodel").is_file():
        raise UsageError(f"{options.model} is not a logged model: there is no MLmodel in it")
    with tempfile.TemporaryDirectory(prefix="serve-") as folder:
        # a copy of our own: what is checked is what is run, without compiled files
        root = Path(folder) / "model"
        shutil.copytree(given, root, ignore=shutil.ignore_patterns("__pycache__"))
        trusted_code.check_package(root, trusted(options.home), options.trust_code, options.model)
        url = servers.url(options.host, options.port)
        console.print(f"{options.model} on {url} (Ctrl-C ends it)", highlight=False, markup=False, soft_wrap=True)
        meta = read_meta(next(root.rglob("model.json")).parent)
        console.print(f"Model: {origin(meta)}", highlight=False, markup=False, soft_wrap=True)
        example = root / "serving_input_example.json"
        words = f"Try: curl -s {url}/invocations -H 'Content-Type: application/json' -d @{example}"
        console.print(words, highlight=False, markup=False, soft_wrap=True)
        places = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
        environment = {
            **os.environ,
            "PATH": os.pathsep.join(places),
            "PYTHONPATH": str(ROOT),
            "MLFLOW_TRACKING_URI": uri,
            "__pyfunc_model_path__": root.as_uri(),
        }
        server = [sys.executable, "-m", "uvicorn", "launch.models.scoring_server:app", "--log-level", "warning"]
        return servers.call([*server, "--host", options.host, "--port", str(options.port)], environment)


if __name__ == "__main__":
    sys.exit(command.run(lambda: tyro.cli(Options, prog="serve.py"), work))
