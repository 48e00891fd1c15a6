"""A run as the writer keeps it until the store has it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from launch.tracking.events import DataPart

Metric = tuple[str, float, int, int]
"""Name, value, time in milliseconds, step."""


@dataclass
class RunRecord:
    """A run from its start on, by its `key` in the search; times in milliseconds, `end` None while it is open."""

    name: str
    start: int
    tags: dict[str, str]
    params: dict[str, str]
    end: int | None = None
    status: str = "RUNNING"
    metrics: list[Metric] = field(default_factory=list)
    inputs: list[DataPart] = field(default_factory=list)
    key: str = ""
    offset: int = 0
    """Where its first event stands in the spool."""
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex)


def run_id(search_id: str, key: str) -> str:
    """The id that a run of a search always gets, so that a run that is written again is known."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{search_id}/{key}").hex
