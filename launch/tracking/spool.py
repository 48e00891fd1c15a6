"""The file of events that stands between a search and MLflow.

One JSON object a line, appended for as long as the study lives, across resumes. What is
in it is on disk: MLflow may come later, and a resume reads here what was logged already.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from launch.common import locks
from launch.common.errors import Stopped
from launch.common.files import CHUNK, whole
from launch.tracking.events import DataPart, Event, MetricsEvent, StartEvent


class SpoolFull(Stopped):
    """The spool took no more; every whole line in it is kept."""


class Spool:
    """A spool open for appending; `SpoolFull` if it cannot be.

    Opening it cuts what a killed writer left of a line. As long as it is open, `locks.held`
    says so to everybody else.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = open(path, "ab", buffering=0)  # noqa: SIM115 closed by close()
            locks.take(self._file, seconds=1.0)  # somebody may just look whether it is held
            self._size = whole(path)
            self._file.truncate(self._size)
        except OSError as error:
            raise SpoolFull(_message(path, error)) from error

    def append(self, event: Mapping[str, Any]) -> None:
        """Write one line, or `SpoolFull` if the disk is full or gone: the file ends with its last whole line."""
        line = json.dumps(event, default=json_value).encode() + b"\n"
        try:
            rest = memoryview(line)
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            self._file.truncate(self._size)
            raise SpoolFull(_message(self.path, error)) from error
        self._size += len(line)

    def close(self) -> None:
        """Release it."""
        self._file.close()


class Feeder:
    """Who appends to a spool. This one is gone, so that there is one attempt."""

    patience = 0.0
    """Seconds to wait for a store that is away, once it is gone."""
    gone: float | None = 0.0
    """`time.monotonic()` when it closed the spool or died; None while it lives."""

    def wait(self, seconds: float) -> None:
        """Sleep, but wake when it goes."""
        time.sleep(seconds)


def _message(path: Path, error: OSError) -> str:
    return (
        f"the record {path} cannot be written ({error.strerror or error}); free some space and run the "
        "same command again: what is in it is kept"
    )


@dataclass(frozen=True)
class SpoolLine:
    """An event and where it stands, in bytes; None for a line that is no event."""

    start: int
    end: int
    event: Event | None


class Reader:
    """Reads whole lines as they come, from an offset on at which one starts; events of those `wanted` alone."""

    def __init__(self, path: Path, offset: int = 0, wanted: Callable[[bytes], object] | None = None) -> None:
        self._file = open(path, "rb")  # noqa: SIM115 closed by close()
        self.offset, self.wanted = offset, wanted

    def read(self) -> list[SpoolLine]:
        """The next whole lines, about `CHUNK` bytes of them; none if there are none yet."""
        self._file.seek(self.offset)
        data = self._file.read(CHUNK)
        while data and b"\n" not in data and (more := self._file.read(CHUNK)):
            data += more
        lines: list[SpoolLine] = []
        for line in data[: data.rfind(b"\n") + 1].splitlines(keepends=True):
            start, self.offset = self.offset, self.offset + len(line)
            if line.strip():
                event = _event(line) if self.wanted is None or self.wanted(line) else None
                lines.append(SpoolLine(start, self.offset, event))
        return lines

    def sync(self) -> None:
        """See that what was read outlives the machine, so that no cursor is ahead of the spool."""
        os.fdatasync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _event(line: bytes) -> Event | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return cast(Event, event) if isinstance(event, dict) and isinstance(event.get("event"), str) else None


def lines(path: Path, wanted: Callable[[bytes], object] | None = None) -> Iterator[SpoolLine]:
    """Every whole line, with the events of those `wanted`."""
    with contextlib.closing(Reader(path, wanted=wanted)) as reader:
        while chunk := reader.read():
            yield from chunk


@dataclass
class RunState:
    """What the events say of a run so far."""

    started: bool = False
    rows: list[dict[str, Any]] = field(default_factory=list)
    """Metrics that carry a round, each round and name once, in order."""
    ended: str | None = None
    """The status it was ended with; None while it is open."""
    tags: dict[str, Any] = field(default_factory=dict)
    """As logged; the later one wins."""
    params: dict[str, Any] = field(default_factory=dict)
    nth: int = 1
    """A run that was ended and started anew under the same key is another run: the second, and so on."""
    last: dict[str, int] = field(default_factory=dict)
    """Last round by name of a metric."""


class SearchState:
    """What the events of a spool say, applied one by one: its runs by key, with their rows unless told otherwise."""

    def __init__(self, *, keep_rows: bool = True) -> None:
        self.keep_rows = keep_rows
        self.runs: dict[str, RunState] = {}
        self.experiment = self.search_id = ""
        self.data: dict[str, DataPart] = {}
        """Parts of the data by their name."""
        self.began = 0.0
        """Time of the first event."""
        self.closed = False
        """Whether the last event is a `close`."""

    def apply(self, event: Event) -> list[dict[str, Any]]:
        """Take one event; returns the rows of a `metrics` event without what was logged before.

        A resumed trial does some rounds again: the first value of a round wins.
        """
        self.began = self.began or float(event.get("time", 0.0))
        self.closed = event["event"] == "close"
        if event["event"] == "parent" or event["event"] == "run":
            self._start(event)
        elif event["event"] == "metrics":
            return self._metrics(event)
        elif event["event"] == "rounds" and self.keep_rows:
            self._state(event["key"]).rows += event["rows"]
        elif event["event"] == "tags":
            self._state(event["key"]).tags |= event["tags"]
        elif event["event"] == "end":
            self._state(event["key"]).ended = event["status"]
        elif event["event"] == "reopen":
            self._state(event["key"]).ended = None
        elif event["event"] == "close" and "parent" in self.runs:
            self.runs["parent"].ended = event["status"]
        return []

    def _state(self, key: str) -> RunState:
        return self.runs.setdefault(key, RunState())

    def _start(self, event: StartEvent) -> None:
        if event["event"] == "parent":
            self.experiment, self.search_id = event["experiment"], event.get("search_id") or self.search_id
            self.data |= {part["part"]: part for part in event.get("data", ())}
        key, params = event["key"], event.get("params", {})
        state = self._state(key)
        another = state.started and key != "parent" and (state.ended is not None or state.params != params)
        if another:
            state = self.runs[key] = RunState(nth=state.nth + 1)
        state.started, state.ended = True, None
        state.params = state.params or dict(params)
        state.tags |= event.get("tags", {})

    def _metrics(self, event: MetricsEvent) -> list[dict[str, Any]]:
        state, new = self._state(event["key"]), []
        for row in event["rows"]:
            number = row.get("round", 0)
            if number >= 1:
                row = {k: v for k, v in row.items() if k == "round" or state.last.get(k, 0) < number}
                state.last |= {k: number for k in row if k != "round"}
                if self.keep_rows and len(row) > 1:
                    state.rows.append(row)
            if len(row) > ("round" in row):
                new.append(row)
        return new

    def identity(self, key: str) -> str:
        """The name of a key's present run that is unique in the whole spool."""
        state = self.runs.get(key)
        return key if state is None or state.nth == 1 else f"{key}#{state.nth}"


def read(path: Path, keys: Collection[str] | None = None) -> dict[str, RunState]:
    """What a spool says of every run, by key (`parent`, `trial-12`, `final`); empty if there is none.

    With `keys` of these, and perhaps of some others: of a spool of thousands of trials a few are read much faster.
    """
    if not path.exists() or (keys is not None and not keys):
        return {}
    # a line without a key closes the search
    words = None if keys is None else re.compile(rb'"(?:close|%s)"' % "|".join(map(re.escape, keys)).encode())
    return replay(lines(path, words and words.search)).runs


def replay(spool_lines: Iterable[SpoolLine], *, keep_rows: bool = True) -> SearchState:
    """The state after some lines; one that is no event is passed over."""
    state = SearchState(keep_rows=keep_rows)
    for line in spool_lines:
        if line.event is not None:
            with contextlib.suppress(KeyError, TypeError, AttributeError):
                state.apply(line.event)
    return state


def json_value(value: Any) -> Any:
    """JSON for what json does not know."""
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "item"):
        return value.item()
    return str(value)
