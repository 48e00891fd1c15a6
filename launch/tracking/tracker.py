"""The record for MLflow, off the critical path.

The driver appends events to a spool file and goes on; a writer process of its own
(`launch.tracking.writer_process`) carries them to MLflow in batches and waits where the store is
away. The spool stays on disk, so what a store could not take is not lost: the next
search of that name or `launch/sync.py` carries it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

from datasets.wording import counted, verb
from launch.common.environment import ROOT
from launch.common.errors import Stopped
from launch.common.home import Home
from launch.common.invocation import program
from launch.common.redaction import shown
from launch.tracking.cursor import Cursor, cursor_path, latest_run_ids, outage_path
from launch.tracking.events import DataPart
from launch.tracking.spool import Spool, SpoolFull

DONE, UNUSABLE, STORE_AWAY = 0, 1, 75
"""Exit codes of the writer; any other is a writer that was killed or broke."""
PATIENCE = 15.0
LONGEST_CALL = 45.0
"""A writer that says the store is away, and does not end so long after it should have, hangs."""
AGAIN = 60.0
"""Seconds between two starts of a writer that keeps breaking while the search runs."""


class TrackingResult(TypedDict, total=False):
    """What MLflow has of a search, and the model that was registered last, if one was."""

    runs: dict[str, str]
    """Run ids by key."""
    experiment_id: str
    complete: bool
    """Nothing is left to carry."""
    model_uri: str
    model_version: str | None
    model_replaced: str
    """That the champion before it was of other data, if so."""


class TrackingFailed(RuntimeError):
    """MLflow does not have everything; the spool has.

    `pending` events were not carried yet, 0 if all were offered and some were refused. `result` is what
    `Tracker.close` would have returned: the runs that are there.
    """

    def __init__(self, message: str, pending: int = 0, result: TrackingResult | None = None) -> None:
        super().__init__(message)
        self.pending, self.result = pending, result or TrackingResult()


def start_writer(spool: Path, uri: str, artifacts: Path | None) -> subprocess.Popen[bytes]:
    """A process that carries a spool for as long as its standard input is open, and a while longer."""
    command = ("launch.tracking.writer_process", str(spool))
    return start_process(command, uri, artifacts, spool.with_suffix(".log"))


def start_process(command: Sequence[str], uri: str, artifacts: Path | None, log: Path) -> subprocess.Popen[bytes]:
    """A module as a process at the end of a pipe, told of its store; what it says goes to the log."""
    with open(log, "ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=file,
            cwd=ROOT,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        )
    send_orders(process, {"uri": uri, "artifacts": str(artifacts) if artifacts else ""})
    return process


def send_orders(process: subprocess.Popen[bytes], orders: dict[str, Any], *, last: bool = False) -> None:
    """Send a writer a line of orders; the last one releases it."""
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps(orders).encode() + b"\n")
        process.stdin.flush()
        if last:
            process.stdin.close()
    except OSError:
        pass  # it is gone, which its exit code says


class Tracker:
    """Appends events to a spool and, at the end, waits until they are all in the MLflow store at `uri`.

    A spool that exists is gone on with: its `parent` event is in it already, and a `reopen` shows a run as RUNNING
    again. `artifacts` is where they go for a store of our own; None leaves it to the server. `search_id` names the
    search for ever; by default one is made. `SpoolFull` if the spool cannot be written.
    """

    def __init__(self, spool: Path, uri: str, artifacts: Path | None, search_id: str = "") -> None:
        start = time.perf_counter()
        self.spool, self.uri, self.artifacts, self.search_id = spool, uri, artifacts, search_id
        self.result_path = cursor_path(spool)
        self.log_path = spool.with_suffix(".log")
        self._events = Spool(spool)
        self._refused = Cursor.load(spool).refused["count"]
        self._start()
        self.seconds = time.perf_counter() - start

    def _start(self) -> None:
        outage_path(self.spool).unlink(missing_ok=True)
        self._process = start_writer(self.spool, self.uri, self.artifacts)
        self._started = self._looked = time.monotonic()

    def log(self, event: str, **fields: Any) -> None:
        """Append one event; takes microseconds, whatever the store does."""
        start = time.perf_counter()
        if event == "parent":
            fields.setdefault("search_id", self.search_id or uuid.uuid4().hex)
        self._events.append({"event": event, "time": time.time(), **fields})
        if time.monotonic() - self._looked > 5:
            self._look()
        self.seconds += time.perf_counter() - start

    def open_parent(
        self,
        name: str,
        experiment: str,
        params: Mapping[str, Any],
        tags: Mapping[str, Any],
        data: Sequence[DataPart] = (),
        inputs: Sequence[str] = (),
    ) -> None:
        """Open the parent run; its parameters say where it goes, secrets left out.

        `data` are the parts that its runs may name as their `inputs`, and it its own.
        """
        params = {**params, "tracking_uri": shown(self.uri)}
        of_data = {"data": list(data), "inputs": list(inputs)} if data else {}
        self.log("parent", key="parent", name=name, experiment=experiment, params=params, tags=dict(tags), **of_data)

    def _look(self) -> None:
        """A writer that was killed is replaced."""
        self._looked = time.monotonic()
        if self._process.poll() not in (None, DONE, UNUSABLE) and self._looked - self._started > AGAIN:
            self._start()

    def outage(self) -> float | None:
        """Seconds since the store went away; None if it takes what it is given. Cheap."""
        try:
            since = float(json.loads(outage_path(self.spool).read_bytes())["since"])
        except (OSError, ValueError, KeyError):
            return None
        return max(0.0, time.time() - since)

    def close(
        self, status: str = "FINISHED", waiting: Callable[[], None] | None = None, patience: float = PATIENCE
    ) -> TrackingResult:
        """End the parent run with a status and wait for the writer.

        `waiting` is called once if that takes longer than two seconds; `patience` is for a store that is away.
        `TrackingFailed` says what MLflow did not take and how to carry it later.
        """
        start = time.perf_counter()
        full: SpoolFull | None = None
        try:
            self.log("close", status=status)
        except SpoolFull as error:
            full = error
        self._events.close()
        code = self._finish(waiting, patience)
        for _ in range(2):
            if code not in (DONE, UNUSABLE, STORE_AWAY):  # it was killed: another one goes on
                self._start()
                code = self._finish(None, patience)
        self.seconds += time.perf_counter() - start
        return result_of(self.spool, code, self._refused, full)

    def _finish(self, waiting: Callable[[], None] | None, patience: float) -> int:
        send_orders(self._process, {"patience": patience}, last=True)
        start = time.monotonic()
        while self._process.poll() is None:
            time.sleep(0.02)
            took = time.monotonic() - start
            if waiting is not None and took > 2:
                waiting()
                waiting = None
            if took > patience + LONGEST_CALL and (self.outage() or 0.0) > patience + LONGEST_CALL:
                self._process.kill()
                self._process.wait()
                return STORE_AWAY
        return self._process.returncode


class NullTracker(Tracker):
    """Takes every event and keeps none."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def outage(self) -> float | None:
        """There is no store that could be away."""
        return None

    def log(self, event: str, **fields: Any) -> None:
        """Forget the event."""

    def close(
        self, status: str = "FINISHED", waiting: Callable[[], None] | None = None, patience: float = 0.0
    ) -> TrackingResult:
        """Nothing to wait for."""
        return {}


def result_of(spool: Path, code: int, refused_before: int = 0, full: SpoolFull | None = None) -> TrackingResult:
    """What MLflow has of a spool, by its cursor, after a writer that ended with a code; see `Tracker.close`."""
    cursor = Cursor.load(spool)
    result: TrackingResult = {
        "runs": latest_run_ids(cursor.runs), "experiment_id": cursor.experiment_id, "complete": cursor.complete,
    }  # fmt: skip
    if cursor.model_uri is not None:
        result |= {"model_uri": cursor.model_uri, "model_version": cursor.model_version}
        result["model_replaced"] = cursor.model_replaced
    pending = cursor.pending(spool)
    if code != DONE or pending or not cursor.complete:
        why = cursor.problem or _last_message(spool, code)
        raise TrackingFailed(
            f"MLflow did not take everything ({why}); {counted(pending, 'event')} {verb(pending)} kept in {spool}; "
            f"to carry them later: {how_to_sync(spool)}",
            pending,
            result,
        )
    refused = cursor.refused["count"] - refused_before
    if refused or full is not None:
        few = f"{counted(refused, 'event')} {verb(refused, 'was', 'were')} refused, first {cursor.refused['first']}"
        why = few if full is None else str(full)
        raise TrackingFailed(f"the record in MLflow is not whole: {why}; see {spool.with_suffix('.log')}", 0, result)
    return result


def _last_message(spool: Path, code: int) -> str:
    log = spool.with_suffix(".log")
    lines = log.read_text(errors="replace").strip().splitlines() if log.is_file() else []
    return lines[-1][:300] if lines else f"the writer ended with exit code {code}"


def tracker_of(home: Home, name: str, uri: str, search_id: str = "") -> Tracker:
    """The tracker of a study, or of another record with a name, in a home."""
    return Tracker(home.study(name, "spool.jsonl"), uri, home.artifacts_of(uri), search_id)


def abandon(tracker: Tracker) -> None:
    """Close the record of what broke, by the error that is being handled."""
    with contextlib.suppress(TrackingFailed, ValueError, OSError, Stopped):
        tracker.close("FAILED" if not isinstance(sys.exc_info()[1], KeyboardInterrupt) else "KILLED")


def how_to_sync(spool: Path) -> str:
    """The command that carries a spool."""
    place = Home(spool.resolve().parent.parent).arguments()
    return f"{program('launch/sync.py')} {shlex.join([spool.name.removesuffix('.spool.jsonl'), *place])}"
