"""The lines of an experiment on disk: one per fit, written at once."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.experiments.tasks import METRICS

ANOTHER_DAY = ("data", "missing_library", "disk_full", "worker_died")
"""Failures that the next command may not meet: they are no property of the detector."""


class Results:
    """`NAME.jsonl` in HOME/grids and, next to it, the resampled metrics from which intervals are made.

    With `retry_failed` a failure counts as not done. `rows` are the last lines of the tasks by their keys.
    """

    def __init__(self, folder: Path, name: str, *, retry_failed: bool = False) -> None:
        self.folder, self.name, self.retry_failed = folder, name, retry_failed
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{name}.jsonl"
        self.samples = folder / f"{name}.resamples"
        self.rows: dict[str, dict[str, Any]] = {}
        self._added: set[str] = set()
        text = self.path.read_text(encoding="utf-8", errors="replace") if self.path.is_file() else ""
        for line in text.split("\n"):
            try:
                row = json.loads(line)
                self.rows[row["key"]] = row
            except (ValueError, KeyError, TypeError):
                continue  # nothing, or what a crash cut short

    def sibling(self, suffix: str) -> Path:
        """Another file of the same name."""
        return self.folder / f"{self.name}.{suffix}"

    def has(self, key: str) -> bool:
        """Whether a task is done."""
        if key not in self.rows:
            return False
        failure = self.rows[key]["failure"]
        done = failure is None or key in self._added
        return done or (not self.retry_failed and failure["cause"] not in ANOTHER_DAY)

    def add(self, row: Mapping[str, Any], resampled: Mapping[str, NDArray[np.float64]] | None = None) -> None:
        """Keep a line; it is on disk when this returns."""
        key = row["key"]
        if resampled is not None:
            self.samples.mkdir(exist_ok=True)
            np.save(self.samples / f"{key}.npy", np.stack([resampled[name] for name in METRICS]).astype(np.float32))
        data = (json.dumps(row, ensure_ascii=False, default=list) + "\n").encode()
        with open(self.path, "ab+") as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                data = data if file.read(1) == b"\n" else b"\n" + data
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        self.rows[key] = dict(row)
        self._added.add(key)

    def resampled(self, key: str) -> dict[str, NDArray[np.float32]] | None:
        """Metrics of one fit in each resample of the test rows; None where there are none."""
        path = self.samples / f"{key}.npy"
        if not path.is_file():
            return None
        return dict(zip(METRICS, np.load(path, allow_pickle=False), strict=True))
