"""The process that carries a spool to MLflow.

    python -m launch.tracking.writer_process SPOOL

It reads the address of the store on its standard input, one line of JSON, which keeps passwords off the
command line; as long as that stays open, the search that feeds the spool lives. It goes
on from the cursor beside the spool, waits where the store is away, and ends when the
search has closed the spool or is gone. Then runs that were left open are ended as KILLED.

Trials that end within two seconds go in together, in one transaction, where the store is
an SQL database; others cost three calls, however many rounds they have.
"""

from __future__ import annotations

import io
import json
import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any, TextIO

from launch.common import locks
from launch.common.environment import prepare
from launch.common.redaction import redact, shown
from launch.tracking.cursor import Cursor, outage_path
from launch.tracking.spool import Feeder, Reader
from launch.tracking.tracker import DONE, STORE_AWAY, UNUSABLE

LOCK_SECONDS = 5.0
POLL_SECONDS = 0.25
SETTINGS = {
    # a call that came through without its answer must not be repeated unseen: that doubles runs
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
}


class Driver(Feeder):
    """The search, at the other end of our standard input; the first line of its `orders` names the store."""

    patience = 15.0

    def __init__(self, fd: int) -> None:
        self._fd, self._rest = fd, b""
        self.orders: dict[str, Any] = {}
        self.gone = None
        while not self.orders and self.gone is None:
            self._listen(None)

    def wait(self, seconds: float) -> None:
        """As `Feeder.wait`."""
        if self.gone is None:
            self._listen(seconds)
        else:
            time.sleep(seconds)

    def _listen(self, seconds: float | None) -> None:
        ready, _, _ = select.select([self._fd], [], [], seconds)
        if not ready:
            return
        data = os.read(self._fd, 65536)
        if not data:
            self.gone = time.monotonic()
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self.orders |= json.loads(line)
            self.patience = float(self.orders.get("patience", self.patience))


class Redacted(io.TextIOBase):
    """A stream without the secrets of any URI; those of `uri` are looked for by themselves too."""

    def __init__(self, stream: TextIO, uri: str) -> None:
        self._stream, self._uri, self._line = stream, uri, ""

    def write(self, text: str) -> int:
        """Write whole lines."""
        *lines, self._line = (self._line + text).split("\n")
        for line in lines:
            self._stream.write(redact(line, self._uri) + "\n")
        return len(text)

    def flush(self) -> None:
        """Write the rest too."""
        if self._line:
            self._stream.write(redact(self._line, self._uri))
            self._line = ""
        self._stream.flush()


def carry(spool: Path, uri: str, artifacts: str, feeder: Feeder) -> int:
    """Follow a spool to its end; returns the exit code of the writer."""
    # not before: importing MLflow takes seconds, and reads the settings
    from launch.tracking.event_writer import EventWriter, log
    from launch.tracking.retry import StoreAway, StoreUnusable

    try:
        writer = EventWriter(uri, artifacts, spool, feeder)
    except (StoreUnusable, StoreAway) as error:
        log(f"the store {shown(uri)} cannot be used: {error}")
        cursor = Cursor.load(spool)
        cursor.problem = str(error)
        try:
            cursor.save(spool)
        except OSError as problem:
            log(f"the cursor of {spool} cannot be written: {problem}")
        return UNUSABLE if isinstance(error, StoreUnusable) else STORE_AWAY
    reader = Reader(spool, writer.cursor.offset)
    try:
        while True:
            gone = feeder.gone is not None
            lines = reader.read()
            if lines:
                reader.sync()
            writer.apply(lines)
            if not lines and gone:
                break
            if not lines:
                feeder.wait(POLL_SECONDS)
        # the pipe of a process that is killed may close before its lock does
        if writer.state.runs and not writer.state.closed and not locks.held(spool, LOCK_SECONDS):
            writer.finish("KILLED")
        writer.save(complete=writer.cursor.complete)
    except StoreAway as error:
        writer.stop(str(error))
        log(f"stopped: {error}")
        return STORE_AWAY
    return DONE


def set_up(uri: str) -> None:
    """Make this process one that writes to a store: what it says has no secrets, and no signal ends it early."""
    sys.stdout = Redacted(sys.__stdout__, uri)  # type: ignore[arg-type]
    sys.stderr = Redacted(sys.__stderr__, uri)  # type: ignore[arg-type]
    os.environ.update(SETTINGS)
    prepare()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a job that is stopped signals all: the record comes last


def main() -> int:
    """Take the orders, wait for an earlier writer of this spool, carry."""
    spool = Path(sys.argv[1])
    driver = Driver(sys.stdin.fileno())
    if "uri" not in driver.orders:
        return DONE
    uri, artifacts = str(driver.orders["uri"]), str(driver.orders.get("artifacts") or "")
    set_up(uri)
    os.nice(19)  # the trials' cores come first; it has them to itself when it must finish
    with locks.waiting(spool.with_suffix(".log")):
        try:
            return carry(spool, uri, artifacts, driver)
        finally:
            outage_path(spool).unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
