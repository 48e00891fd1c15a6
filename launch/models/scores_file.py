"""Where scores are written, and which rows are to be explained."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from launch.common.errors import UsageError
from trainables.core.files import atomic_write

MOST_ON_SCREEN = 50
SCORES, TOP = ".scores.csv", ".top.csv"
"""What takes the place of a table's ending in the file of its scores, and in that of its most anomalous rows."""


def target_of(data: Path, output: Path | None, ending: str = SCORES) -> Path:
    """The file to write: beside the data unless the person names another; a UsageError if it cannot be one."""
    source = data.resolve() if data.is_dir() else data  # "." has no name
    stem = source.with_suffix("") if source.name.lower().endswith(".csv.gz") else source
    target = output or stem.with_suffix(ending)
    if target.suffix not in (".csv", ".parquet") or not target.resolve().parent.is_dir():
        raise UsageError(f"--output {target}: give a .csv or .parquet file in a folder that exists")
    if target.is_dir():
        raise UsageError(f"--output {target} is a folder: give a file")
    if target.resolve() == data.resolve():
        raise UsageError(f"--output {target} is the table itself: give another file")
    return target


@dataclass(frozen=True)
class ExplainRequest:
    """Rows to explain, by their numbers, or every one that is labelled anomalous."""

    numbers: frozenset[int] = frozenset()
    anomalies: bool = False

    @classmethod
    def parse(cls, text: str | None) -> ExplainRequest:
        """Read `--explain`."""
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


def few(top: int | None) -> bool:
    """Whether the highest rows are as few as a screen shows: then their reasons are found without being asked for."""
    return top is not None and top <= MOST_ON_SCREEN


@dataclass(frozen=True)
class Wanted:
    """What is written of a table beside score, label and probability, and of which rows.

    Attributes
    ----------
    explain : ExplainRequest
        With `top`, `anomalies` are the rows that are written.
    keep : tuple of str
        Columns of the table.
    top : int, optional
        So many rows with the highest scores alone, highest first.
    """

    explain: ExplainRequest = ExplainRequest()
    keep: tuple[str, ...] = ()
    top: int | None = None

    def __post_init__(self) -> None:
        if self.top is not None and self.top < 1:
            raise UsageError(f"--top must be at least 1, got {self.top}")


@dataclass
class Scores:
    """What scoring a file came to.

    `highest` are the rows with the highest scores as they are written, where these alone are asked for.
    """

    rows: int = 0
    anomalous: int = 0
    probability_kind: str = ""
    highest: pd.DataFrame | None = None

    def count(self, frame: pd.DataFrame) -> None:
        """Rows that were scored."""
        self.rows += len(frame)
        self.anomalous += int(frame["label"].sum())
        self.probability_kind = str(frame["probability_kind"].iloc[0])


@contextlib.contextmanager
def scores_file(target: Path) -> Iterator[Callable[[pd.DataFrame], None]]:
    """What adds frames to a CSV or Parquet file, which is there when it is whole; a UsageError where it cannot be."""
    with contextlib.ExitStack() as files:
        partial = files.enter_context(atomic_write(target))
        parquet: pq.ParquetWriter | None = None
        begun = False

        def write(frame: pd.DataFrame) -> None:
            nonlocal parquet, begun
            try:
                if target.suffix == ".csv":
                    frame.to_csv(partial, index=False, header=not begun, mode="a" if begun else "w")
                else:
                    kind = None if parquet is None else parquet.schema
                    table = pa.Table.from_pandas(frame, preserve_index=False, schema=kind)
                    parquet = parquet or files.enter_context(pq.ParquetWriter(partial, table.schema))
                    parquet.write_table(table)
            except pa.ArrowException as error:
                why = " ".join(map(str, error.args))
                raise UsageError(f"--output {target}: a kept column is not of one kind, write .csv ({why})") from error
            except OSError as error:
                raise UsageError(f"--output {target} cannot be written: {error.strerror or error}") from error
            begun = True

        yield write
