"""The record for MLflow, off the critical path.

The driver appends events to a spool file and goes on; a writer process of its own
(`launch.mlflow_writer`) carries them to MLflow in batches. The spool stays on disk, so
what a store could not take is not lost.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from launch.environment import ROOT


class TrackingFailed(RuntimeError):
    """The writer process ended early; the spool holds what it did not write."""


class Tracker:
    """Appends events and, at the end, waits until they are all in MLflow.

    Parameters
    ----------
    spool : Path
        File of events, one JSON object a line.
    uri : str
        MLflow store.
    artifacts : Path or None
        Where artifacts go, for a store of our own; None leaves it to the server.
    """

    def __init__(self, spool: Path, uri: str, artifacts: Path | None) -> None:
        self.spool, self.uri = spool, uri
        self.result_path = spool.with_suffix(".mlflow.json")
        self.log_path = spool.with_suffix(".log")
        self.seconds = 0.0
        self.result_path.unlink(missing_ok=True)
        start = time.perf_counter()
        self._start_offset = spool.stat().st_size if spool.exists() else 0
        self._file = open(spool, "ab")  # noqa: SIM115 closed by close()
        command = [sys.executable, "-m", "launch.mlflow_writer", str(spool), str(self._start_offset), uri]
        command += [str(artifacts) if artifacts else ""]
        with open(self.log_path, "ab") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
            )
        self.seconds += time.perf_counter() - start

    def log(self, event: str, **fields: Any) -> None:
        """Append one event; takes microseconds, whatever the store does."""
        start = time.perf_counter()
        line = json.dumps({"event": event, "time": time.time(), **fields}, default=_plain)
        self._file.write(line.encode() + b"\n")
        self._file.flush()
        self.seconds += time.perf_counter() - start

    def close(self, status: str = "FINISHED", waiting: Callable[[], None] | None = None) -> dict[str, Any]:
        """End the parent run and wait for the writer; returns run ids and the model's URI.

        Raises
        ------
        TrackingFailed
            If the writer could not finish; its last words are in the message.
        """
        self.log("close", status=status)
        start = time.perf_counter()
        self._file.close()
        while self._process.poll() is None:
            time.sleep(0.02)
            if waiting is not None and time.perf_counter() - start > 2:
                waiting()
                waiting = None
        self.seconds += time.perf_counter() - start
        result = json.loads(self.result_path.read_text()) if self.result_path.exists() else {}
        if self._process.returncode != 0 or not result.get("complete"):
            words = self.log_path.read_text(errors="replace").strip().splitlines()
            last = words[-1][:300] if words else f"exit code {self._process.returncode}"
            raise TrackingFailed(f"MLflow did not take everything ({last}); the events are kept in {self.spool}")
        return result

    @property
    def alive(self) -> bool:
        """Whether the writer still runs."""
        return self._process.poll() is None


def follow(spool: Path, offset: int, alive: Callable[[], bool]) -> Any:
    """Yield lists of new events until one is `close` or the writer of the spool is gone."""
    with open(spool, "rb") as file:
        file.seek(offset)
        rest = b""
        while True:
            living = alive()
            data = file.read()
            *lines, rest = (rest + data).split(b"\n")
            events = [json.loads(line) for line in lines if line.strip()]
            if events:
                yield events
                if events[-1]["event"] == "close":
                    return
            elif not living:
                return
            time.sleep(0.25)


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "item"):
        return value.item()
    return str(value)
