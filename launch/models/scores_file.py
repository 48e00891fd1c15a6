"""Where scores are written, and which rows are to be explained."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from launch.common.errors import UsageError
from trainables.core.files import atomic_write


def target_of(data: Path, output: Path | None) -> Path:
    """The file to write: beside the data unless the person names another.

    Raises
    ------
    UsageError
        If it cannot be one.
    """
    source = data.resolve() if data.is_dir() else data  # "." has no name
    stem = source.with_suffix("") if source.name.lower().endswith(".csv.gz") else source
    target = output or stem.with_suffix(".scores.csv")
    if target.suffix not in (".csv", ".parquet") or not target.resolve().parent.is_dir():
        raise UsageError(f"--output {target}: give a .csv or .parquet file in a folder that exists")
    if target.is_dir():
        raise UsageError(f"--output {target} is a folder: give a file")
    if target.resolve() == data.resolve():
        raise UsageError(f"--output {target} is the table itself: give another file")
    return target


@dataclass(frozen=True)
class ExplainRequest:
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
    def parse(cls, text: str | None) -> ExplainRequest:
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
            raise UsageError(f"--explain {text!r}: give row numbers from 0, joined by commas, or 'anomalies'")
        return cls(frozenset(map(int, parts)))

    @property
    def wanted(self) -> bool:
        """Whether any row is to be explained."""
        return self.anomalies or bool(self.numbers)


class ScoresFile:
    """Writes frames one after another into a CSV or Parquet file, which is there when it is whole.

    Parameters
    ----------
    target : Path
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self._cleanup = contextlib.ExitStack()
        self._parquet: pq.ParquetWriter | None = None
        self._begun = False

    def write(self, frame: pd.DataFrame) -> None:
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
        self._begun = True

    def _write(self, frame: pd.DataFrame) -> None:
        if self.target.suffix == ".csv":
            frame.to_csv(self._partial, index=False, header=not self._begun, mode="a" if self._begun else "w")
            return
        table = pa.Table.from_pandas(frame, preserve_index=False)
        if self._parquet is None:
            self._parquet = self._cleanup.enter_context(pq.ParquetWriter(self._partial, table.schema))
        self._parquet.write_table(table)

    def __enter__(self) -> ScoresFile:
        self._partial = self._cleanup.enter_context(atomic_write(self.target))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cleanup.__exit__(kind, error, trace)
