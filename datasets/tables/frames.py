"""Raw tables from CSV, Parquet and npz files, whole or in chunks."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from datasets.errors import DataError
from datasets.request import SUFFIXES
from datasets.tables.csv_table import first_line, has_header

CHUNK_ROWS = 50_000


def read_frame(path: Path) -> pd.DataFrame:
    """A whole table as pandas reads it; an npz has the columns of `X`, and `y` as `label`.

    Raises
    ------
    DataError
        If the file is missing, unreadable, of another kind, or has no rows.
    """
    frames = list(iter_frames(path, rows=None))
    frame = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    if frame.empty:
        raise DataError(f"{path} names columns and has no table of rows under them")
    return frame


def iter_frames(path: Path, rows: int | None = CHUNK_ROWS, *, as_text: tuple[str, ...] = ()) -> Iterator[pd.DataFrame]:
    """A table in chunks; only a chunk of a CSV or Parquet file is in memory at a time.

    Parameters
    ----------
    path : Path
    rows : int or None
        Rows of a chunk; None gives the whole.
    as_text : tuple of str
        Columns of a CSV that are read as text, so that every chunk reads them alike.
    """
    if not path.is_file():
        raise DataError(f"there is no file {path}")
    kind = path.name.lower()
    if not kind.endswith(SUFFIXES):
        raise DataError(f"{path}: tables are read from {', '.join(SUFFIXES)} files, not {path.suffix or 'this'}")
    with _named(path):
        if kind.endswith(".npz"):
            yield from _npz(path, rows)
        elif kind.endswith(".parquet"):
            yield from _parquet(path, rows)
        else:
            yield from _csv(path, rows, as_text)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Whatever a reader raises, with the file's name and on one line."""
    try:
        yield
    except DataError:
        raise
    except UnicodeDecodeError as error:
        raise DataError(f"{path} cannot be read as text: save it as UTF-8 ({' '.join(str(error).split())})") from error
    except MemoryError as error:
        raise DataError(f"{path} does not fit into memory") from error
    except Exception as error:
        detail = " ".join(str(error).split())[:200] or type(error).__name__
        raise DataError(f"{path} cannot be read as a table ({detail}); is it damaged or cut short?") from error


def _csv(path: Path, rows: int | None, as_text: tuple[str, ...]) -> Iterator[pd.DataFrame]:
    line = first_line(path)
    if not line.strip():
        raise DataError(f"{path} is empty")
    separator = max(",;\t", key=re.sub(r'"[^"]*"', "", line).count)
    bare = not has_header(path, separator)
    options: dict[str, Any] = {
        "header": None if bare else 0,
        "sep": separator,
        "encoding": "utf-8-sig",
        "skipinitialspace": True,
        "low_memory": False,
    }
    if not bare:  # pandas would give the second of two equal names another name
        _check_names(pd.read_csv(path, **{**options, "header": None}, nrows=1, dtype="string").iloc[0].dropna(), path)
    if as_text and not bare:
        options["dtype"] = dict.fromkeys(as_text, "string")
    with pd.read_csv(path, chunksize=rows, iterator=True, index_col=False, **options) as reader:
        while (frame := _chunk(reader, rows, path)) is not None:
            yield _renamed(frame, path, bare=bare)


def _chunk(reader: Any, rows: int | None, path: Path) -> pd.DataFrame | None:
    """The next rows; None after the last."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return reader.read(rows)
    except StopIteration:
        return None
    except pd.errors.ParserWarning as error:
        raise DataError(f"{path}: its rows have more cells than the header has names; name every column") from error


def _renamed(frame: pd.DataFrame, path: Path, *, bare: bool) -> pd.DataFrame:
    frame.columns = pd.Index([f"x{i}" if bare else str(name).strip() for i, name in enumerate(frame.columns)])
    _check_names(frame.columns, path)
    return frame


def _check_names(names: Iterable[Any], path: Path) -> None:
    """Refuse two columns of one name."""
    seen: set[str] = set()
    for name in map(str.strip, map(str, names)):
        if name in seen:
            raise DataError(f"{path} has more than one column {name!r}; rename or remove one")
        seen.add(name)


def _parquet(path: Path, rows: int | None) -> Iterator[pd.DataFrame]:
    import pyarrow.parquet as pq  # for this format alone

    if rows is None:
        yield _renamed(pd.read_parquet(path).reset_index(drop=True), path, bare=False)
        return
    start = 0
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=rows):
            frame = _renamed(batch.to_pandas(), path, bare=False)
            frame.index = pd.RangeIndex(start, start + len(frame))
            start += len(frame)
            yield frame


def _npz(path: Path, rows: int | None) -> Iterator[pd.DataFrame]:
    with np.load(path, allow_pickle=False) as arrays:
        if "X" not in arrays:
            raise DataError(f"{path} must hold an array X, found {', '.join(arrays.files) or 'nothing'}")
        X, y = arrays["X"], arrays.get("y")
        names = [str(name) for name in arrays["feature_names"]] if "feature_names" in arrays else None
    if X.dtype.kind in "cV":
        raise DataError(f"{path}: X holds values of type {X.dtype}; give numbers, texts or dates")
    if X.ndim != 2:
        raise DataError(f"{path}: X must have one row per case and one column per feature, got shape {X.shape}")
    if y is not None and y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y is not None and y.shape != (len(X),):
        raise DataError(f"{path}: X has {len(X)} rows and y is of shape {y.shape}; there must be one label per row")
    _check_names(names or (), path)
    step = rows or max(1, len(X))
    for start in range(0, max(1, len(X)), step):
        frame = pd.DataFrame(X[start : start + step], columns=names or [f"x{i}" for i in range(X.shape[1])])
        frame.index = pd.RangeIndex(start, start + len(frame))
        if y is not None:
            frame["label" if "label" not in frame else "y"] = y[start : start + step]
        yield frame
