"""A DataFrame as a file of a home, under a name that its content gives it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd

from launch.common.errors import UsageError
from trainables.core.files import atomic_write


def write_frame(frame: pd.DataFrame, home: Path, name: str) -> Path:
    """Write a frame without its index, once; the same content under the same name is the same file, in every process.

    Raises
    ------
    UsageError
        If columns have one name, or hold what a Parquet file cannot.
    """
    frame = frame.set_axis([str(column) for column in frame.columns], axis=1).reset_index(drop=True)
    if frame.columns.has_duplicates:
        raise UsageError(f"the frame has two columns {frame.columns[frame.columns.duplicated()][0]!r}: rename one")
    path = home.expanduser().resolve() / "tables" / f"{name}-{_content_hash(frame)[:12]}.parquet"
    if path.is_file():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with atomic_write(path) as partial:
            frame.to_parquet(partial, index=False)
    except (ValueError, TypeError, OverflowError) as error:  # pyarrow's errors are ValueErrors and TypeErrors
        raise UsageError(f"the frame cannot be written as Parquet: {' '.join(str(error).split())[:200]}") from error
    return path


def _content_hash(frame: pd.DataFrame) -> str:
    """SHA-256 of names, types and values."""
    digest = hashlib.sha256(repr([(name, str(dtype)) for name, dtype in frame.dtypes.items()]).encode())
    try:
        digest.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    except TypeError as error:
        raise UsageError(f"the frame holds values that are neither numbers, texts nor times: {error}") from error
    return digest.hexdigest()
