"""Serve a registered model and score rows over HTTP: `python examples/serve_and_score.py`; about a minute.

Four steps: search a detector on a small generated table, which registers the winner; start `launch/serve.py` on it, on
a free port of this machine; send new rows as CSV, as any client in any language would; stop the server.
`--home DIR` says where the record and the model go.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # not needed where the platform is installed

import numpy as np
import pandas as pd

from launch.api import search

SERVE = Path(__file__).resolve().parents[1] / "launch" / "serve.py"
PATIENCE = 300
"""Seconds for a server to load its model; a few are enough on a quiet machine."""


def machines(rows: int = 1000, seed: int = 0) -> pd.DataFrame:
    """Readings of machines as they come: numbers, texts, missing values, and whether it broke down next day."""
    rng = np.random.default_rng(seed)
    broken = rng.random(rows) < 0.05
    temperature = rng.normal(60 + 15 * broken, 5)
    temperature[rng.random(rows) < 0.03] = np.nan
    vibration = rng.lognormal(0.8 * broken, 0.4)
    hall = rng.choice(["north", "south"], rows)
    return pd.DataFrame(
        {
            "temperature": temperature.round(1),
            "vibration": vibration.round(2),
            "hall": hall,
            "broken": broken.astype(int),
        }
    )


def register(home: str) -> str:
    """Search, and return the URI of the model that was registered, models:/NAME@champion."""
    result = search(
        "iforest", machines(), label="broken", data_name="machines", trials=4, local=True, no_report=True, home=home
    )
    print(result)
    uri = result.summary.model_uri
    assert uri is not None, result.output  # what the search printed says why
    return uri


@contextlib.contextmanager
def served(model: str, home: str) -> Iterator[str]:
    """The address of a server for the model; the server ends with the block."""
    with socket.socket() as probe:  # port 0: the system chooses a free one
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, str(SERVE), model, "--home", home, "--port", str(port)])
    try:
        url = f"http://127.0.0.1:{port}"
        wait(process, url)
        yield url
    finally:
        process.terminate()  # this process alone; it takes its worker with it
        process.wait()


def wait(process: subprocess.Popen[bytes], url: str) -> None:
    """Until the server answers."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with exit code {process.returncode}")
        with contextlib.suppress(URLError, TimeoutError), urlopen(f"{url}/ping", timeout=10):
            return
        time.sleep(0.2)
    raise TimeoutError(f"{url} did not answer within {PATIENCE} s")


def score(url: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Send raw rows as CSV; score, label and probability of each come back as JSON."""
    body = rows.to_csv(index=False).encode()
    with urlopen(Request(f"{url}/invocations", body, {"Content-Type": "text/csv"}), timeout=60) as reply:
        return pd.DataFrame(json.load(reply)["predictions"], index=rows.index)


def main(home: str = "runs") -> None:
    """Register, serve, score, stop."""
    model = register(home)
    today = machines(8, seed=1).drop(columns="broken")
    today.loc[0, ["temperature", "vibration"]] = [95.0, 6.0]  # one that nobody wants to see
    print(f"serving {model}", flush=True)
    with served(model, home) as url:
        print(today.join(score(url, today)).to_string())
    print("the server has stopped")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", default="runs", help="where the record and the model go (default: runs)")
    main(parser.parse_args().home)
