"""What each event of a spool means in MLflow."""

from __future__ import annotations

import contextlib
import math
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from launch.common.redaction import shown
from launch.tracking import bulk_insert, cursor, registry
from launch.tracking.bulk_insert import WholeRun
from launch.tracking.cursor import Cursor
from launch.tracking.retry import Feeder, Nobody, Patience, Refused, words
from launch.tracking.spool import Line, Story, story
from launch.tracking.store import Items, Store

PATIENCE = 2.0
"""A run that ends within so many seconds is written whole."""


def say(text: str) -> None:
    """A line in the log."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


class Writer:
    """Applies events to MLflow; told the same events twice, it changes nothing.

    Parameters
    ----------
    uri : str
        Store.
    artifacts : str
        Folder for artifacts, or empty to leave it to the store.
    result_path : Path
        The cursor: what is carried, and the run ids.
    spool : Path or None
        Where the events come from; with it the writer goes on from the cursor.
    feeder : Feeder or None
        Whom to wait for; without one a store that is away is left at once.

    Raises
    ------
    Unusable, Away
        If the store cannot be opened.
    """

    def __init__(
        self, uri: str, artifacts: str, result_path: Path, spool: Path | None = None, feeder: Feeder | None = None
    ) -> None:
        self.result_path, self.spool = result_path, spool
        found = Cursor.load(result_path, spool) if spool is not None else Cursor()
        known = found.store in ("", shown(uri))
        self.cursor = found if known else Cursor(search_id=found.search_id)
        self.cursor.store = shown(uri)
        self.cursor.problem = ""
        self.read_to = self.cursor.offset
        if spool is not None and spool.exists():
            self.story = story(spool, self.cursor.offset, keep_rows=False)
            self._doubt_to = spool.stat().st_size
        else:
            self.story, self._doubt_to = Story(keep_rows=False), 1
        self.patient = Patience(feeder or Nobody(), cursor.away_of(spool or result_path), say)
        self.store = Store(uri, artifacts, self.patient)
        self.client, self.bulk = self.store.client, self.store.bulk
        self.runs = self.cursor.runs
        self.open = set(self.cursor.open)
        self.experiment = ""
        self.buffers: dict[str, Items] = {}
        self.pending: dict[str, WholeRun] = {}
        self.ended: dict[str, WholeRun] = {}

    def apply(self, events: Sequence[Mapping[str, Any] | Line]) -> bool:
        """Apply events in order; returns whether the last one is a `close`.

        A run that ends within `PATIENCE` seconds is written whole; a longer one appears
        as RUNNING and gets its metrics as they come.

        Raises
        ------
        Away
            If the store is away and nobody waits for it. What is not saved in the cursor is
            applied again by the next writer.
        """
        before = (self.read_to, len(self.pending))
        for one in events:
            line = one if isinstance(one, Line) else Line(0, 0, dict(one))
            self._take(line)
            self.read_to = max(self.read_to, line.end)
        self._insert_ended()
        for name in list(self.pending):
            if time.time() - self.pending[name].start / 1000 > PATIENCE:
                self._create(name)
        for name in list(self.buffers):
            self._flush(name)
        if events or before != (self.read_to, len(self.pending)):
            self.save()
        return bool(events) and self.story.closed

    def finish(self, status: str) -> None:
        """End what is open: the search is gone without a word."""
        self._close(status, int(time.time() * 1000))
        self.save(complete=True)

    def save(self, *, complete: bool = False) -> None:
        """Write the cursor; where the disk is full the next save has it too."""
        self.cursor.offset = min((run.offset for run in self.pending.values()), default=self.read_to)
        self.cursor.open = sorted(self.open)
        self.cursor.complete = complete or (self.story.closed and not self.open and not self.pending)
        with contextlib.suppress(OSError):
            self.cursor.save(self.result_path)

    def stop(self, problem: str) -> None:
        """Leave word for the next writer; what was applied since the last save is applied again."""
        self.cursor.problem = problem
        with contextlib.suppress(OSError):
            self.cursor.save(self.result_path)

    # -- events ------------------------------------------------------------------------

    def _take(self, line: Line) -> None:
        event = line.event
        if event is None:
            self._refuse(f"a line of the spool is no event (at byte {line.start})")
            return
        what = f"{event['event']} of {event.get('key', 'the search')}"
        try:
            rows = self.story.tell(event)
            apply = getattr(self, "_on_" + event["event"], None)
            if apply is None:
                raise Refused("there is no such event")
            if event["event"] == "metrics":
                apply(event, rows)
            elif event["event"] in ("parent", "run"):
                apply(event, line.start)
            else:
                apply(event)
        except Refused as error:
            self._refuse(f"{what}: {error}")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self._refuse(f"{what}: {type(error).__name__} {words(error)}")

    def _refuse(self, text: str) -> None:
        say(f"refused: {text}")
        refused = self.cursor.refused
        refused["count"] += 1
        refused["first"] = refused["first"] or text[:500]

    def _on_parent(self, e: dict[str, Any], offset: int) -> None:
        self._on_run(e, offset)

    def _on_run(self, e: dict[str, Any], offset: int) -> None:
        key, name = e["key"], self.story.identity(e["key"])
        tags = dict(e["tags"]) | {"search_id": self._search_id(), "key": name}
        if key != "parent":
            tags["mlflow.parentRunId"] = self._run("parent")
        tags = {k: str(v)[:5000] for k, v in tags.items()}
        known = self.story.runs[key].params
        params = {k: str(v)[:6000] for k, v in e.get("params", {}).items() if known.get(k) == v}
        if name in self.pending or name in self.ended or name in self.runs:
            self._settle(name)
            self._buffer(name).extend(_items(params, tags))
            self._reopen(name)
            return
        run = WholeRun(e["name"], int(e["time"] * 1000), tags, params, key=name, offset=offset)
        run.run_id = bulk_insert.run_id(self._search_id(), name)
        self.pending[name] = run
        if not self.bulk or key == "parent" or key.startswith("final"):
            self._create(name)

    def _on_metrics(self, e: dict[str, Any], rows: list[dict[str, Any]]) -> None:
        milliseconds = int(e["time"] * 1000)
        metrics = [
            (name, float(value), milliseconds, int(row.get("round", 0)))
            for row in rows
            for name, value in row.items()
            if name != "round" and isinstance(value, int | float) and math.isfinite(value)
        ]
        name = self.story.identity(e["key"])
        if name in self.pending:
            self.pending[name].metrics += metrics
        else:
            self._run(name)
            self._buffer(name).extend(("metric", metric) for metric in metrics)

    def _on_tags(self, e: dict[str, Any]) -> None:
        tags = {k: str(v)[:5000] for k, v in e["tags"].items()}
        name = self.story.identity(e["key"])
        if name in self.pending:
            self.pending[name].tags |= tags
        else:
            self._run(name)
            self._buffer(name).extend(_items({}, tags))

    def _on_end(self, e: dict[str, Any]) -> None:
        name, when = self.story.identity(e["key"]), int(e["time"] * 1000)
        if name in self.pending:
            run = self.pending.pop(name)
            run.status, run.end = e["status"], when
            self.ended[name] = run
            return
        run_id = self._run(name)
        self._flush(name)
        self.store.status(run_id, e["status"], when)
        self.open.discard(name)

    def _on_reopen(self, e: dict[str, Any]) -> None:
        name = self.story.identity(e["key"])
        if name not in self.pending:
            self._run(name)
            self._reopen(name)

    def _reopen(self, name: str) -> None:
        self.store.status(self._run(name), "RUNNING")
        self.open.add(name)

    def _on_artifact(self, e: dict[str, Any]) -> None:
        self.store.artifact(self._run(self.story.identity(e["key"])), e["path"], e.get("folder"))

    def _on_model(self, e: dict[str, Any]) -> None:
        name = self.story.identity(e["key"])
        run_id = self._run(name)
        self.open.add(name)  # logging a model ends its run; what the search says of it comes after
        version = self.patient(lambda: registry.register(self.client, e, run_id, self._experiment()))
        self.cursor.model_uri, self.cursor.model_version = f"models:/{e['name']}@champion", version

    def _on_close(self, e: dict[str, Any]) -> None:
        self._close(e["status"], int(e["time"] * 1000))

    def _close(self, status: str, when: int) -> None:
        self._insert_ended()
        for name in list(self.pending):
            self._create(name)
        for name in list(self.buffers):
            self._flush(name)
        for name in sorted(self.open, key=lambda n: n == "parent"):
            try:
                self.store.status(self.runs[name], status if name == "parent" else "KILLED", when)
            except Refused as error:
                self._refuse(f"end of {name}: {error}")
        self.open.clear()

    # -- runs --------------------------------------------------------------------------

    def _search_id(self) -> str:
        if not self.cursor.search_id:
            seed = f"{(self.spool or self.result_path).resolve()}:{self.story.began}"
            self.cursor.search_id = self.story.search_id or uuid.uuid5(uuid.NAMESPACE_OID, seed).hex
        return self.cursor.search_id

    def _experiment(self) -> str:
        if not self.experiment:
            self.experiment = self.cursor.experiment_id = self.store.experiment(self.story.experiment)
        return self.experiment

    def _run(self, name: str) -> str:
        """The id of a run that is in the store, and is put there if it was held back."""
        self._settle(name)
        if name not in self.runs:
            raise Refused(f"MLflow has no run {name} of this search")
        return self.runs[name]

    def _settle(self, name: str) -> None:
        if name in self.pending:
            self._create(name)
        elif name in self.ended:
            self._insert_ended()

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

    def _insert(self, runs: list[WholeRun]) -> None:
        if not runs:
            return
        try:
            known, refused = self.store.insert(self._experiment(), runs)
        except Refused as error:
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

    def _by_client(self, run: WholeRun) -> None:
        """Make a run by single calls, which tell what of it is refused."""
        try:
            doubt = run.offset < self._doubt_to
            self.runs[run.key], new = self.store.create(self._experiment(), run, doubt=doubt)
        except Refused as error:
            self._refuse(f"run of {run.key}: {error}")
            return
        self._complete(run, {} if new else run.tags)

    def _complete(self, run: WholeRun, tags: Mapping[str, str]) -> None:
        """Bring a run that is in the store to what it should be."""
        run_id = self.runs[run.key]
        self._buffer(run.key).extend(_items(run.params, tags, run.metrics))
        self.open.add(run.key)
        if run.end is not None:
            self._flush(run.key)
            try:
                self.store.status(run_id, run.status, run.end)
            except Refused as error:
                self._refuse(f"end of {run.key}: {error}")
            self.open.discard(run.key)

    def _buffer(self, name: str) -> Items:
        return self.buffers.setdefault(name, [])

    def _flush(self, name: str) -> None:
        items = self.buffers.get(name)
        if items:
            self.store.send(self.runs[name], items, lambda text: self._refuse(f"values of {name}: {text}"))
        self.buffers.pop(name, None)


def _items(params: Mapping[str, str], tags: Mapping[str, str], metrics: Sequence[Any] = ()) -> Items:
    found: Items = [("param", item) for item in params.items()]
    found += [("tag", item) for item in tags.items()]
    return found + [("metric", metric) for metric in metrics]
