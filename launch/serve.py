"""Serve a registered model over HTTP: `python launch/serve.py devnet-celeba`."""

from __future__ import annotations

import signal

if __name__ == "__main__":  # Ctrl-C among the imports ends it without a word
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, ClassVar

if __name__ == "__main__":  # run as a file: the packages of this checkout, not the folders beside this file
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from rich.console import Console
from tyro.conf import Positional, arg

from launch.common import command, servers
from launch.common.errors import UsageError
from launch.common.printing import print_line
from launch.config.shared_options import ThresholdOptions, TrustOptions


@dataclass(frozen=True)
class ServeOptions(ThresholdOptions, TrustOptions):
    """Start MLflow's scoring server for a registered model, for this machine alone.

    Rows come as JSON or CSV to /invocations; score, label and probability of each go back.
    """

    TOPICS: ClassVar[dict[str, str]] = {"model": "The server"}
    EXAMPLES: ClassVar[tuple[tuple[str, str], ...]] = (
        ("devnet-my", "on 127.0.0.1:5001"),
        ("devnet-my --port 8080 --threshold 2.2%", "at another port, with another threshold"),
    )

    model: Positional[Annotated[str, arg(metavar="MODEL")]]
    """Registered name (its champion), a models:/ URI, or a run id."""
    port: int = 5001
    """Port on the host."""
    host: str = "127.0.0.1"
    """Address to listen on; the default lets in nobody else."""


def work(options: ServeOptions, console: Console) -> int:
    """Check the model, start the server and wait for Ctrl-C."""
    import shutil
    import tempfile

    # torch and MLflow: --help need not wait for them
    from launch.models import chosen_threshold, trusted_code
    from launch.models.loading import download, model_uri
    from launch.models.model_folder import origin
    from launch.models.scoring_server import command_of
    from launch.tracking.client import connect, store

    model_uri(options.model)
    servers.check_address(options.host, options.port)
    uri = store(options.home, options.tracking_uri)
    logged = download(connect(options.home, options.tracking_uri), options.model)
    if not (logged / "MLmodel").is_file():
        raise UsageError(f"{options.model} is not a logged model: there is no MLmodel in it")
    with tempfile.TemporaryDirectory(prefix="serve-") as folder:
        model = Path(folder) / "model"  # without compiled files: what is checked is what is run
        shutil.copytree(logged, model, ignore=shutil.ignore_patterns("__pycache__"))
        trusted_code.check_package(model, trusted_code.ledger_of(options.home), options.trust_code, options.model)
        meta, threshold = chosen_threshold.put_in(model, options.threshold)
        url = servers.url(options.host, options.port)
        print_line(console, f"{options.model} on {url} (Ctrl-C ends it)")
        print_line(console, f"Model: {origin(meta)}")
        print_line(console, f"Threshold: {threshold}")
        example = model / "serving_input_example.json"
        print_line(console, f"Try: curl -s {url}/invocations -H 'Content-Type: application/json' -d @{example}")
        return servers.call(*command_of(model, uri, options.host, options.port))


main = partial(command.main, ServeOptions, work)


if __name__ == "__main__":
    sys.exit(main())
