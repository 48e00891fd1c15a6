"""What each event of a spool means in MLflow."""

from __future__ import annotations

import contextlib
import math
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from launch.common.redaction import shown
from launch.tracking import registry
from launch.tracking import spool as spools
from launch.tracking.cursor import Cursor, outage_path
from launch.tracking.events import Event, MetricsEvent, ModelEvent, StartEvent
from launch.tracking.retry import EventRefused, Retry, message
from launch.tracking.run_record import Metric, RunRecord, run_id
from launch.tracking.spool import Feeder, SpoolLine
from launch.tracking.store import Item, Store, items

HOLD_BACK = 2.0
"""A run that ends within so many seconds is written whole."""
REST = 20
"""So many times as long as saving the cursor took it is not saved again: it names every run of the search."""
LONGEST_TAG, LONGEST_PARAM = 5000, 6000
"""Characters that MLflow takes."""


def log(text: str) -> None:
    """A line in the log."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


class EventWriter:
    """Applies the events of a spool to MLflow, from its cursor on; given the same events twice, it changes nothing.

    `artifacts` is the folder for artifacts, or empty to leave it to the store. A store that cannot be opened is
    `StoreUnusable` or `StoreAway`; without a feeder to wait for, it is left at once where it is away.
    """

    def __init__(self, uri: str, artifacts: str, spool: Path, feeder: Feeder | None = None) -> None:
        self.spool = spool
        saved = Cursor.load(spool)
        same_store = saved.store in ("", shown(uri))
        self.cursor = saved if same_store else Cursor(search_id=saved.search_id)
        self.cursor.store = shown(uri)
        self.cursor.problem = ""
        self.read_to = self.cursor.offset
        self._unsaved, self._save_at = False, 0.0
        carried = takewhile(lambda line: line.end <= self.cursor.offset, spools.lines(spool))
        self.state = spools.replay(carried, keep_rows=False)
        self._doubt_to = spool.stat().st_size
        """Runs that start before this byte of the spool may have been made by an earlier writer."""
        self.retry = Retry(feeder or Feeder(), outage_path(spool), log)
        self.store = Store(uri, artifacts, self.retry)
        self.client, self.bulk = self.store.client, self.store.bulk
        self.runs = self.cursor.runs
        self.open = set(self.cursor.open)
        self.experiment = ""
        self.buffers: dict[str, list[Item]] = {}
        self.pending: dict[str, RunRecord] = {}
        """Runs that are held back for as long as they may still be short."""
        self.ended: dict[str, RunRecord] = {}
        """Short runs that go in together."""

    def apply(self, lines: Sequence[SpoolLine]) -> None:
        """Apply events in order; `StoreAway` if the store is away and nobody waits for it.

        A run that ends within `HOLD_BACK` seconds is written whole; a longer one appears
        as RUNNING and gets its metrics as they come. What is not saved in the cursor is
        applied again by the next writer.
        """
        before = (self.read_to, len(self.pending))
        for line in lines:
            self._take(line)
            self.read_to = max(self.read_to, line.end)
        self._insert_ended()
        for name in list(self.pending):
            if time.time() - self.pending[name].start / 1000 > HOLD_BACK:
                self._create(name)
        for name in list(self.buffers):
            self._flush(name)
        self._unsaved |= bool(lines) or before != (self.read_to, len(self.pending))
        if self._unsaved and time.monotonic() >= self._save_at:
            self.save()

    def finish(self, status: str) -> None:
        """End what is open: the search is gone and did not say so."""
        self._close(status, int(time.time() * 1000))
        self.save(complete=True)

    def save(self, *, complete: bool = False) -> None:
        """Write the cursor; where the disk is full the next save has it too."""
        self.cursor.offset = min((run.offset for run in self.pending.values()), default=self.read_to)
        self.cursor.open = sorted(self.open)
        self.cursor.complete = complete or (self.state.closed and not self.open and not self.pending)
        start, self._unsaved = time.monotonic(), False
        with contextlib.suppress(OSError):
            self.cursor.save(self.spool)
        self._save_at = start + REST * (time.monotonic() - start)

    def stop(self, problem: str) -> None:
        """Leave the reason for whoever comes next; what was applied since the last save is applied again."""
        self.cursor.problem = problem
        with contextlib.suppress(OSError):
            self.cursor.save(self.spool)

    # -- events ------------------------------------------------------------------------

    def _take(self, line: SpoolLine) -> None:
        event = line.event
        if event is None:
            self._refuse(f"a line of the spool is no event (at byte {line.start})")
            return
        what = f"{event['event']} of {event.get('key', 'the search')}"
        try:
            rows = self.state.apply(event)
            self._apply(event, rows, line.start)
        except EventRefused as error:
            self._refuse(f"{what}: {error}")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self._refuse(f"{what}: {type(error).__name__} {message(error)}")

    def _apply(self, event: Event, rows: list[dict[str, Any]], offset: int) -> None:
        if event["event"] == "close":
            self._close(event["status"], _milliseconds(event["time"]))
            return
        name = self.state.identity(event["key"])
        if event["event"] == "parent" or event["event"] == "run":
            self._start(name, event, offset)
        elif event["event"] == "metrics":
            self._update(name, {}, _metrics(event, rows))
        elif event["event"] == "rounds":
            return  # the last of them comes with the end of the run
        elif event["event"] == "tags":
            self._update(name, _texts(event["tags"]), [])
        elif event["event"] == "end":
            self._end(name, event["status"], _milliseconds(event["time"]))
        elif event["event"] == "reopen":
            if name not in self.pending:
                self._reopen(name)
        elif event["event"] == "artifact":
            self.store.artifact(self._run(name), event["path"], event.get("folder"))
        elif event["event"] == "model":
            self._model(name, event)
        else:
            raise EventRefused("there is no such event")

    def _refuse(self, text: str) -> None:
        log(f"refused: {text}")
        refused = self.cursor.refused
        refused["count"] += 1
        refused["first"] = refused["first"] or text[:500]

    def _start(self, name: str, event: StartEvent, offset: int) -> None:
        key = event["key"]
        tags = dict(event["tags"]) | {"search_id": self._search_id(), "key": name}
        if key != "parent":
            tags["mlflow.parentRunId"] = self._run("parent")
        tags = _texts(tags)
        known = self.state.runs[key].params
        data = self.state.data  # none of a search that an older version began
        params = {k: str(v)[:LONGEST_PARAM] for k, v in event.get("params", {}).items() if known.get(k) == v}
        if name in self.pending or name in self.ended or name in self.runs:
            self._run(name)
            self._add(name, params, tags)
            self._reopen(name)
            return
        self.pending[name] = RunRecord(
            event["name"], _milliseconds(event["time"]), tags, params,
            key=name, offset=offset, run_id=run_id(self._search_id(), name),
            inputs=[data[part] for part in event.get("inputs", ()) if part in data],
        )  # fmt: skip
        if not self.bulk or key == "parent" or key.startswith("final"):
            self._create(name)

    def _update(self, name: str, tags: dict[str, str], metrics: list[Metric]) -> None:
        if name in self.pending:
            self.pending[name].tags |= tags
            self.pending[name].metrics += metrics
        else:
            self._run(name)
            self._add(name, {}, tags, metrics)

    def _end(self, name: str, status: str, when: int) -> None:
        if name in self.pending:
            run = self.pending.pop(name)
            run.status, run.end = status, when
            self.ended[name] = run
            return
        self._run(name)
        self._flush(name)
        self._terminate(name, status, when)

    def _terminate(self, name: str, status: str, when: int) -> None:
        try:
            self.store.status(self.runs[name], status, when)
        except EventRefused as error:
            self._refuse(f"end of {name}: {error}")
        self.open.discard(name)

    def _reopen(self, name: str) -> None:
        self.store.status(self._run(name), "RUNNING")
        self.open.add(name)

    def _model(self, name: str, event: ModelEvent) -> None:
        run = self._run(name)
        self.open.add(name)  # logging a model ends its run; what the search logs of it comes after
        version, replaced = self.retry(lambda: registry.register(self.client, event, run, self._experiment()))
        self.cursor.model_replaced = replaced or self.cursor.model_replaced
        self.cursor.model_uri, self.cursor.model_version = f"models:/{event['name']}@champion", version

    def _close(self, status: str, when: int) -> None:
        self._insert_ended()
        for name in list(self.pending):
            self._create(name)
        for name in list(self.buffers):
            self._flush(name)
        for name in sorted(self.open, key=lambda name: name == "parent"):
            self._terminate(name, status if name == "parent" else "KILLED", when)

    # -- runs --------------------------------------------------------------------------

    def _search_id(self) -> str:
        if not self.cursor.search_id:
            seed = f"{self.spool.resolve()}:{self.state.began}"
            self.cursor.search_id = self.state.search_id or uuid.uuid5(uuid.NAMESPACE_OID, seed).hex
        return self.cursor.search_id

    def _experiment(self) -> str:
        if not self.experiment:
            self.experiment = self.cursor.experiment_id = self.store.experiment(self.state.experiment)
        return self.experiment

    def _run(self, name: str) -> str:
        """The id of a run that is in the store, and is put there if it was held back."""
        if name in self.pending:
            self._create(name)
        elif name in self.ended:
            self._insert_ended()
        if name not in self.runs:
            raise EventRefused(f"MLflow has no run {name} of this search")
        return self.runs[name]

    def _create(self, name: str) -> None:
        """Show a run as RUNNING."""
        run = self.pending[name]
        if self.bulk:
            self._insert([run])
        else:
            self._by_client(run)
        self.pending.pop(name)  # not before: should the store be away, the cursor stays behind this run

    def _insert_ended(self) -> None:
        self._insert(list(self.ended.values()))
        self.ended.clear()

    def _insert(self, runs: list[RunRecord]) -> None:
        if not runs:
            return
        try:
            known, refused = self.store.insert(self._experiment(), runs)
        except EventRefused as error:
            self._refuse(f"runs {', '.join(run.key for run in runs)[:200]}: {error}")
            return
        for run in runs:
            self.runs[run.key] = run.run_id
            if run.end is None:
                self.open.add(run.key)
        for run in known:
            self._complete(run, run.tags)
        for run in refused:
            self.runs.pop(run.key)
            self._by_client(run)

    def _by_client(self, run: RunRecord) -> None:
        """Make a run by single calls, which tell what of it is refused."""
        try:
            doubt = run.offset < self._doubt_to
            self.runs[run.key], new = self.store.create(self._experiment(), run, doubt=doubt)
        except EventRefused as error:
            self._refuse(f"run of {run.key}: {error}")
            return
        self._complete(run, {} if new else run.tags)

    def _complete(self, run: RunRecord, tags: Mapping[str, str]) -> None:
        """Bring a run that is in the store to what it should be."""
        self._add(run.key, run.params, tags, run.metrics)
        self.open.add(run.key)
        if run.inputs:
            try:
                self.store.inputs(self.runs[run.key], run.inputs)
            except EventRefused as error:
                self._refuse(f"data of {run.key}: {error}")
        if run.end is not None:
            self._flush(run.key)
            self._terminate(run.key, run.status, run.end)

    def _add(
        self, name: str, params: Mapping[str, str], tags: Mapping[str, str], metrics: Sequence[Metric] = ()
    ) -> None:
        self.buffers.setdefault(name, []).extend(items(params, tags, metrics))

    def _flush(self, name: str) -> None:
        if values := self.buffers.get(name):
            self.store.send(self.runs[name], values, lambda text: self._refuse(f"values of {name}: {text}"))
        self.buffers.pop(name, None)


def _metrics(event: MetricsEvent, rows: list[dict[str, Any]]) -> list[Metric]:
    """Metrics as MLflow takes them."""
    return [
        (metric, float(value), _milliseconds(event["time"]), int(row.get("round", 0)))
        for row in rows
        for metric, value in row.items()
        if metric != "round" and isinstance(value, int | float) and math.isfinite(value)
    ]


def _texts(tags: Mapping[str, Any]) -> dict[str, str]:
    """Tags as MLflow takes them."""
    return {name: str(value)[:LONGEST_TAG] for name, value in tags.items()}


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)
