"""How far a spool was carried to MLflow, in a file that is replaced in one step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from trainables.core.files import atomic_write


def cursor_path(spool: Path) -> Path:
    """Where the cursor of a spool lies."""
    return spool.with_suffix(".mlflow.json")


def outage_path(spool: Path) -> Path:
    """Where a file lies while the store is away: since when, and why."""
    return spool.with_suffix(".away")


class Refusals(TypedDict):
    """Events that the store will never take: how many, and a message on the first of them."""

    count: int
    first: str


@dataclass
class Cursor:
    """What a writer needs to go on from where another one stopped."""

    offset: int = 0
    """Bytes of the spool that are in MLflow and need not be read again."""
    store: str = ""
    """The store they are in, without secrets; another store starts from nothing."""
    search_id: str = ""
    experiment_id: str = ""
    runs: dict[str, str] = field(default_factory=dict)
    """Run ids by key. A second run of one key is KEY#2."""
    open: list[str] = field(default_factory=list)
    """Runs that MLflow shows as RUNNING."""
    complete: bool = False
    """Nothing is left to carry and nothing is open."""
    refused: Refusals = field(default_factory=lambda: Refusals(count=0, first=""))
    problem: str = ""
    """Why the last writer stopped early, if it did."""
    model_uri: str | None = None
    model_version: str | None = None
    model_replaced: str = ""
    """That the champion before it was of other data, if so."""

    @classmethod
    def load(cls, spool: Path) -> Cursor:
        """The saved cursor of a spool; an empty one if there is none that can be read.

        Starting over is safe: what is in the store already is found there.
        """
        try:
            saved = json.loads(cursor_path(spool).read_text())
            cursor = cls(**{k: v for k, v in saved.items() if k in cls.__dataclass_fields__})
        except (OSError, ValueError, AttributeError):
            return cls()
        if cursor.offset > (spool.stat().st_size if spool.exists() else 0):
            return cls()  # the machine died and took the end of the spool with it
        return cursor

    def save(self, spool: Path) -> None:
        """Replace the file."""
        with atomic_write(cursor_path(spool)) as partial:
            partial.write_text(json.dumps(vars(self)))

    def pending(self, spool: Path) -> int:
        """Events that are not carried yet."""
        with open(spool, "rb") as file:
            file.seek(self.offset)
            return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))

    def carried(self, spool: Path) -> bool:
        """Whether there is nothing to do for this spool."""
        return self.complete and not self.pending(spool)


def latest_run_ids(runs: Mapping[str, str]) -> dict[str, str]:
    """Run ids by key: of several runs of one key the last."""
    ordered = sorted(runs.items(), key=lambda item: int((item[0].partition("#")[2]) or 1))
    return {name.partition("#")[0]: run for name, run in ordered}
