"""Cells of types that files other than CSV have: as numbers, texts or dates, where the meaning is certain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from trainables.core.errors import InvalidInput
from trainables.core.preprocessing.cells import place

CATEGORIES = "categories of the file"
NESTED = (list, tuple, dict, set, np.ndarray)


def plain_cells(cells: pd.Series) -> tuple[pd.Series, str]:
    """Cells as numbers, texts or dates, and what they were; "" where they were that before.

    Raises
    ------
    InvalidInput
        For cells that are none of these: lists, complex numbers, bytes that are no text.
    """
    kind = cells.dtype
    if isinstance(kind, pd.CategoricalDtype):
        inner, _ = plain_cells(pd.Series(kind.categories))
        values = np.array([*inner.to_numpy(object), None], dtype=object)[cells.cat.codes.to_numpy()]
        return pd.Series(values, cells.index, dtype=object, name=cells.name).infer_objects(), CATEGORIES
    if isinstance(kind, pd.PeriodDtype):
        return cells.dt.to_timestamp(), "periods, by their start"
    if isinstance(kind, pd.IntervalDtype):
        return cells.astype("string"), "intervals, as texts"
    if isinstance(kind, pd.SparseDtype):
        return pd.Series(np.asarray(cells.array), cells.index, name=cells.name), ""
    if pd.api.types.is_timedelta64_dtype(kind):
        return cells.dt.total_seconds(), "time differences, in seconds"
    if pd.api.types.is_complex_dtype(kind):
        raise InvalidInput(f"column {str(cells.name)!r} holds complex numbers; give their parts as two columns")
    return _objects(cells) if pd.api.types.is_object_dtype(kind) else (cells, "")


def _objects(cells: pd.Series) -> tuple[pd.Series, str]:
    kind = pd.api.types.infer_dtype(cells, skipna=True)
    if kind in ("timedelta", "timedelta64"):
        return pd.to_timedelta(cells).dt.total_seconds(), "time differences, in seconds"
    if kind == "decimal":
        return _each(cells, float).astype(np.float64), "decimals, as numbers"
    if kind == "time":
        return _each(cells, _seconds).astype(np.float64), "times of day, in seconds"
    if kind == "interval":
        return cells.astype("string"), "intervals, as texts"
    if kind == "period":
        return _each(cells, lambda period: period.to_timestamp()), "periods, by their start"
    if kind not in ("bytes", "mixed", "mixed-integer", "complex"):
        return cells, ""
    for row, cell in enumerate(cells):
        if isinstance(cell, (*NESTED, complex)):
            what = "a complex number" if isinstance(cell, complex) else f"a {type(cell).__name__}"
            what = "a list" if isinstance(cell, np.ndarray) else what
            raise InvalidInput(f"{place(cells, row)}: {str(cell)[:40]!r} is {what}, not a number, text or date")
    if any(isinstance(cell, bytes) for cell in cells):
        return _decoded(cells), "bytes, as UTF-8 text"
    return cells, ""


def _each(cells: pd.Series, convert: Callable[[Any], Any]) -> pd.Series:
    there = cells.notna().to_numpy()
    values = [convert(cell) if known else np.nan for cell, known in zip(cells, there, strict=True)]
    return pd.Series(values, cells.index, name=cells.name)


def _seconds(time: Any) -> float:
    return float(3600 * time.hour + 60 * time.minute + time.second + time.microsecond / 1e6)


def _decoded(cells: pd.Series) -> pd.Series:
    texts: list[Any] = []
    for row, cell in enumerate(cells):
        try:
            texts.append(cell.decode() if isinstance(cell, bytes) else cell)
        except UnicodeDecodeError as error:
            raise InvalidInput(f"{place(cells, row)}: {str(cell)[:40]} are bytes that are no UTF-8 text") from error
    return pd.Series(texts, cells.index, name=cells.name)
