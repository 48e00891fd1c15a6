"""Read CSV tables, with errors that name the file, the row and the column."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datasets.errors import DataError
from datasets.problems.dataset import as_features, as_labels, is_number

LABEL_COLUMNS = ("class", "label", "y")


def read_csv(
    path: Path, label_columns: tuple[str, ...] = LABEL_COLUMNS
) -> tuple[NDArray[Any], NDArray[np.int8] | None, tuple[str, ...]]:
    """Read a comma-separated table of numbers, with or without header and label column.

    Parameters
    ----------
    path : Path
        The file. A first line of numbers only is taken for a row, not for a header,
        unless it counts the columns (0, 1, 2, …).
    label_columns : tuple of str
        The header names under which labels are recognised, in any case.

    Returns
    -------
    X : ndarray of shape (n, d), uint8 or float32
        The feature columns, in file order.
    y : ndarray of shape (n,), int8, or None
        The label column, where there is one.
    feature_names : tuple of str
        The header; x0, x1, … where the file has none.

    Raises
    ------
    DataError
        If the file is missing, empty, no CSV, has two label columns, or holds a
        cell that is not a finite number or a label other than 0 and 1.
    """
    frame = _frame(path)
    labels = [name for name in frame.columns if name.strip().lower() in label_columns]
    if len(labels) > 1:
        raise DataError(f"{path} has {len(labels)} label columns ({', '.join(labels)}); keep one")
    if frame.empty:
        raise DataError(f"{path} has a header but no table of rows under it")
    features = frame.drop(columns=labels)
    names = tuple(name.strip() for name in features.columns)
    X = as_features(_numbers(features, path), str(path), names)
    y = as_labels(_numbers(frame[labels], path), str(path)) if labels else None
    return X, y, names


def _frame(path: Path) -> pd.DataFrame:
    try:
        bare = not has_header(path)
        frame = pd.read_csv(path, header=None if bare else 0, encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise DataError(f"there is no file {path}") from error
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        detail = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
        raise DataError(f"{path} cannot be read as a CSV table: {detail}") from error
    frame.columns = pd.Index([f"x{i}" if bare else str(name) for i, name in enumerate(frame.columns)])
    return frame


def _numbers(frame: pd.DataFrame, path: Path) -> NDArray[Any]:
    """The values of numeric columns; the first cell that is no number is named."""
    for name in frame.columns:
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column):
            continue
        bad = np.flatnonzero(pd.to_numeric(column, errors="coerce").isna() & column.notna())
        cell = f"row {bad[0]} (counted from 0) holds {column.iloc[bad[0]]!r}" if len(bad) else "its cells are text"
        raise DataError(f"{path}, column {name!r}: {cell}, which is not a number; encode or remove the column")
    return frame.to_numpy(np.float64)


def has_header(path: Path, separator: str = ",") -> bool:
    """Whether the first line of a CSV names columns."""
    return _is_header([cell.strip(' "') for cell in first_line(path).strip().split(separator)])


def first_line(path: Path) -> str:
    """The first line of a text file that is not blank, gzipped or not."""
    opener: Any = gzip.open if path.suffix.lower() == ".gz" else open
    with opener(path, "rt", encoding="utf-8-sig") as handle:
        return next((line for line in handle if line.strip()), "")


def _is_header(cells: list[str]) -> bool:
    """Whether a first line names columns: some cell is no number, or they count 0, 1, 2, … as pandas writes."""
    if len(cells) > 2 and cells == [str(i) for i in range(len(cells))]:
        return True
    return not any(cells) or not all(is_number(cell) for cell in cells if cell)
