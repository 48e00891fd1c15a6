"""Tables from NumPy's npz, Parquet and Feather files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datasets.errors import DataError
from datasets.tables.readers.common import Say, check_names, in_chunks, named
from datasets.tables.readers.source import Source
from datasets.wording import counted


def read_parquet(source: Source, rows: int | None, say: Say) -> Iterator[pd.DataFrame]:
    """A Parquet file; only a chunk of it is in memory at a time."""
    import pyarrow.parquet as pq  # for this format alone

    with pq.ParquetFile(source.open_whole()) as file:
        _say_index(source, file.schema_arrow, say)
        if rows is None:
            frame = pd.read_parquet(source.open_whole()).reset_index(drop=True)
            yield named(_with_categories(frame, file.schema_arrow), source.path)
            return
        yield from _batches(file.iter_batches(batch_size=rows), source)


def read_arrow(source: Source, rows: int | None, say: Say) -> Iterator[pd.DataFrame]:
    """A Feather or Arrow file."""
    import pyarrow as pa
    from pyarrow import feather

    table = feather.read_table(source.open_whole(), memory_map=False)
    _say_index(source, table.schema, say)
    if rows is None:
        yield named(table.to_pandas().reset_index(drop=True), source.path)
        return
    assert isinstance(table, pa.Table)
    yield from _batches(table.to_batches(max_chunksize=rows), source)


def _batches(batches: Any, source: Source) -> Iterator[pd.DataFrame]:
    start = 0
    for batch in batches:
        frame = named(batch.to_pandas(), source.path)
        frame.index = pd.RangeIndex(start, start + len(frame))
        start += len(frame)
        yield frame


def _with_categories(frame: pd.DataFrame, schema: Any) -> pd.DataFrame:
    """Numbers that were categories when pandas wrote them are so again: Parquet gives back their values."""
    about = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
    names = [column["name"] for column in about.get("columns", []) if column.get("pandas_type") == "categorical"]
    return frame.astype({name: "category" for name in names if name in frame.columns})


def _say_index(source: Source, schema: Any, say: Say) -> None:
    """Say that pandas kept an index with a name beside the columns."""
    about = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
    kept = [name for name in about.get("index_columns", []) if isinstance(name, str) and not name.startswith("__")]
    if kept:
        say(f"its index {', '.join(map(repr, kept))} is no column, and is left out")


def _array(arrays: Any, name: str, path: Path) -> NDArray[Any]:
    try:
        return np.asarray(arrays[name])
    except ValueError as error:
        if "allow_pickle" not in str(error):
            raise
        raise DataError(
            f"{path}: {name} holds Python objects, which may run code when they are read; save it as an array of "
            f"numbers or texts ({name}.astype(float), {name}.astype(str)), or the table as Parquet"
        ) from error


def read_npz(source: Source, rows: int | None) -> Iterator[pd.DataFrame]:
    """An npz with the columns of `X`, and `y` as `label`."""
    path = source.path
    with np.load(source.open_whole(), allow_pickle=False) as arrays:
        if "X" not in arrays:
            raise DataError(f"{path} must hold an array X, found {', '.join(arrays.files) or 'nothing'}")
        X, y = _array(arrays, "X", path), _array(arrays, "y", path) if "y" in arrays else None
        names = [str(name) for name in arrays["feature_names"]] if "feature_names" in arrays else None
    if X.dtype.kind in "cV":
        raise DataError(f"{path}: X holds values of type {X.dtype}; give numbers, texts or dates")
    if X.ndim != 2:
        raise DataError(f"{path}: X must have one row per case and one column per feature, got shape {X.shape}")
    if y is not None and y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y is not None and y.shape != (len(X),):
        raise DataError(
            f"{path}: X has {counted(X, 'row')} and y is of shape {y.shape}; there must be one label per row"
        )
    if names is not None and len(names) != X.shape[1]:
        raise DataError(f"{path}: X has {counted(X.shape[1], 'column')} and feature_names names {len(names):,}")
    check_names(names or (), path)
    frame = pd.DataFrame(X, columns=names or [f"x{i}" for i in range(X.shape[1])])
    if y is not None:
        frame["label" if "label" not in frame else "y"] = y
    yield from in_chunks(frame, rows)
