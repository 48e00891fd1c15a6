"""Where scores are written, and of which rows the reasons are asked."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launch.common.errors import UsageError


def target_of(data: Path, output: Path | None) -> Path:
    """The file to write.

    Raises
    ------
    UsageError
        If it cannot be one.
    """
    stem = data.with_suffix("") if data.name.lower().endswith(".csv.gz") else data
    target = output or stem.with_suffix(".scores.csv")
    if target.suffix not in (".csv", ".parquet") or not target.resolve().parent.is_dir():
        raise UsageError(f"--output {target}: give a .csv or .parquet file in a folder that exists")
    if target.is_dir():
        raise UsageError(f"--output {target} is a folder: give a file")
    if target.resolve() == data.resolve():
        raise UsageError(f"--output {target} is the table itself: give another file")
    return target


@dataclass(frozen=True)
class Asked:
    """Rows to explain.

    Attributes
    ----------
    numbers : frozenset of int
    anomalies : bool
        Every row that is labelled anomalous.
    """

    numbers: frozenset[int] = frozenset()
    anomalies: bool = False

    @classmethod
    def of(cls, text: str | None) -> Asked:
        """Read `--explain`.

        Raises
        ------
        UsageError
        """
        if text is None:
            return cls()
        if text.strip().lower() == "anomalies":
            return cls(anomalies=True)
        parts = [part.strip().replace("_", "") for part in text.split(",")]
        if not parts or not all(part.isdigit() for part in parts):
            raise UsageError(f"--explain {text!r}: give row numbers from 0, joined by commas, or `anomalies`")
        return cls(frozenset(map(int, parts)))

    @property
    def wanted(self) -> bool:
        """Whether any row is to be explained."""
        return self.anomalies or bool(self.numbers)


class RowsOut:
    """Writes frames one after another into a CSV or Parquet file, which is there when it is whole.

    Parameters
    ----------
    target : Path
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self.partial = target.with_name(target.name + ".partial")
        self.writer: Any = None
        self.begun = False

    def write(self, frame: Any) -> None:
        """Add rows.

        Raises
        ------
        UsageError
            If the file cannot be written.
        """
        try:
            self._write(frame)
        except OSError as error:
            raise UsageError(f"--output {self.target} cannot be written: {error.strerror or error}") from error

    def _write(self, frame: Any) -> None:
        if self.target.suffix == ".csv":
            frame.to_csv(self.partial, index=False, header=not self.begun, mode="a" if self.begun else "w")
        else:
            import pyarrow as pa
            import pyarrow.parquet as pq

            table = pa.Table.from_pandas(frame, preserve_index=False)
            if self.writer is None:
                self.writer = pq.ParquetWriter(self.partial, table.schema)
            self.writer.write_table(table)
        self.begun = True

    def __enter__(self) -> RowsOut:
        return self

    def __exit__(self, kind: Any, *rest: Any) -> None:
        if self.writer is not None:
            with contextlib.suppress(*([OSError] if kind else [])):
                self.writer.close()
        if kind is None and self.begun:
            os.replace(self.partial, self.target)
        else:
            self.partial.unlink(missing_ok=True)
