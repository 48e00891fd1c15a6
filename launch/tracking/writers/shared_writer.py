"""One process that carries the spools of many short searches to MLflow, one after another: it imports MLflow once.

    python -m launch.tracking.writers.shared_writer

It reads lines of JSON on its standard input: first the address of the store, then the path of each spool that is
ready, and ends with its input. Each has a cursor of its own, as with `launch.tracking.writer_process`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from launch.common import locks
from launch.tracking.spool import Feeder, Spool
from launch.tracking.tracker import DONE, Tracker, TrackingResult, send_orders, start_process

PATIENCE = 15.0
"""Seconds to wait for a store that is away."""


class SpoolOnly(Tracker):
    """Appends events to a spool that is carried later, by a `SharedWriter`."""

    def __init__(self, spool: Path, uri: str, search_id: str) -> None:
        self.spool, self.uri, self.search_id, self.seconds = spool, uri, search_id, 0.0
        self._events = Spool(spool)
        self._looked = float("inf")
        """Nobody looks after a writer."""

    def outage(self) -> float | None:
        """There is no store yet that could be away."""
        return None

    def leave(self) -> None:
        """Release the spool, for whoever goes on with it."""
        self._events.close()

    def close(
        self, status: str = "FINISHED", waiting: Callable[[], None] | None = None, patience: float = 0.0
    ) -> TrackingResult:
        """End the parent run with a status; what MLflow makes of it comes later."""
        self.log("close", status=status)
        self.leave()
        return {"runs": {}, "complete": False}


class SharedWriter:
    """The process, at the end of a pipe. `artifacts` is as for `Tracker`, `log` what the process says."""

    def __init__(self, uri: str, artifacts: Path | None, log: Path) -> None:
        self._process = start_process(("launch.tracking.writers.shared_writer",), uri, artifacts, log)

    def carry(self, spool: Path) -> None:
        """Have a spool carried, to which nothing is appended any more."""
        send_orders(self._process, {"spool": str(spool)})

    def close(self, waiting: Callable[[], None] | None = None) -> int:
        """Wait until all are carried; returns the exit code. `waiting` is called if that takes over two seconds."""
        send_orders(self._process, {}, last=True)
        start = time.monotonic()
        while self._process.poll() is None:
            time.sleep(0.02)
            if waiting is not None and time.monotonic() - start > 2:
                waiting()
                waiting = None
        return self._process.returncode


class Patient(Feeder):
    """Whose spool is whole, but whose store is waited for."""

    patience = PATIENCE

    def __init__(self) -> None:
        self.gone = time.monotonic()


def main() -> int:
    """Carry what is named; where a store is away or cannot be used, what is left stays in the spools."""
    from launch.tracking.writer_process import carry, set_up

    orders = json.loads(sys.stdin.readline() or "{}")
    if "uri" not in orders:
        return DONE
    uri, artifacts = str(orders["uri"]), str(orders.get("artifacts") or "")
    set_up(uri)
    for line in sys.stdin:
        if "spool" not in (named := json.loads(line)):
            continue
        spool = Path(named["spool"])
        with locks.waiting(spool.with_suffix(".log")):
            if (code := carry(spool, uri, artifacts, Patient())) != DONE:
                return code
    return DONE


if __name__ == "__main__":
    sys.exit(main())
