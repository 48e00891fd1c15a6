"""What the columns of a user's table are: found from their cells, shown, and overruled by name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from datasets.errors import DataError
from datasets.problems.dataset import ColumnReport
from datasets.request import Request
from datasets.tables.date_columns import MOSTLY, date_column
from datasets.tables.text_columns import text_column
from trainables.core.errors import InvalidInput
from trainables.core.preprocessing.cells import as_text, place
from trainables.core.preprocessing.numbers import LARGEST, as_numbers
from trainables.core.preprocessing.schema import BOOLEAN, NUMERIC, TIME, Column, Schema

ALL_DIFFERENT = 0.5
"""A column of texts of which more are different tells rows apart and nothing else."""
FEWEST_TEXTS = 20


def find(
    frame: pd.DataFrame, request: Request, where: str, taken: Mapping[str, str]
) -> tuple[Schema, list[ColumnReport]]:
    """The schema of the feature columns of a table.

    Parameters
    ----------
    frame : DataFrame
        Feature columns alone.
    request : Request
        What the person says of columns.
    where : str
        What errors call the table.
    taken : mapping of str to str
        Columns that are no features, and what they are.

    Returns
    -------
    Schema
        Of the columns that stay.
    list of ColumnReport
        One for every column.

    Raises
    ------
    DataError
        For an unknown name, a column of numbers with texts in it, or if no column stays.
    """
    names = [str(name) for name in frame.columns]
    if not names:
        raise DataError(f"{where} has no column beside the label to learn from")
    _check_names(request, names, where, taken)
    columns, reports = [], []
    for name in names:
        cells = frame[name]
        column, about = _column(cells, request, where)
        if column is None:
            reports.append(ColumnReport(name, "left out", about, int(cells.isna().sum())))
        else:
            empty = np.isnan(Schema((column,), request.missing).code(column, cells))
            reports.append(ColumnReport(name, column.kind, about, int(empty.sum())))
            columns.append(column)
    if not columns:
        left_out = "; ".join(f"{report.name} ({report.about})" for report in reports[:5])
        raise DataError(f"{where} has no column to learn from: {left_out}")
    return Schema(tuple(columns), request.missing), reports


def _check_names(request: Request, names: Sequence[str], where: str, taken: Mapping[str, str]) -> None:
    """Refuse options for columns that are not there or are no features, and two that contradict each other."""
    chosen: dict[str, str] = {}
    for option in ("categorical", "numeric", "trend", "drop"):
        for name in getattr(request, option):
            if name in taken:
                raise DataError(f"`{option}` {name}: that is the {taken[name]} column of {where}, which is no feature")
            if name not in names:
                raise DataError(f"`{option}` {name}: {no_column(name, names, where)}")
            if chosen.setdefault(name, option) != option:
                raise DataError(f"`{chosen[name]}` {name} and `{option}` {name} contradict each other: give one")


def no_column(name: str, names: Sequence[str], where: str) -> str:
    """What to say where a column does not exist."""
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    listed = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
    return f"{where} has no column {name!r}" + (f"; did you mean {near[0]}?" if near else f"; it has {listed}")


def _column(cells: pd.Series, request: Request, where: str) -> tuple[Column | None, str]:
    """What one column is, with a phrase about it; None where it is left out."""
    name = str(cells.name)
    if name in request.drop:
        return None, "by `drop`"
    texts = as_text(cells, request.missing)
    if texts.isna().all():
        return None, "no cell has a value"
    if name in request.categorical:
        return text_column(name, texts)
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        if cells.nunique() == 1 and not cells.isna().any():
            return None, f"constant: {cells.iloc[0]}"
        return Column(name, TIME), f"{cells.min()} to {cells.max()}"
    try:
        values = as_numbers(cells, request.missing)
    except InvalidInput as error:
        return _not_numbers(name, texts, error, request, where)
    bad = np.flatnonzero(np.abs(values) > LARGEST)
    if len(bad):
        raise DataError(f"{where}, {place(cells, bad[0])}: {cells.iloc[bad[0]]} is infinite, or too large for float32")
    there = values[~np.isnan(values)]
    if not len(there):
        return None, "no cell has a value"
    if np.ptp(there) == 0:
        if len(there) == len(values):
            return None, f"constant: {there[0]:g}"
        return Column(name, NUMERIC), f"{there[0]:g} or missing"
    if name not in request.numeric and _counts_rows(values):
        return None, "counts the rows; `numeric` keeps it"
    if name not in request.numeric and ((there == 0) | (there == 1)).all():
        return Column(name, BOOLEAN), f"{100 * there.mean():.3g} % are 1"
    return Column(name, NUMERIC), f"{there.min():.4g} to {there.max():.4g}"


def _not_numbers(
    name: str, texts: pd.Series, error: Exception, request: Request, where: str
) -> tuple[Column | None, str]:
    there = texts.dropna()
    share = float(pd.to_numeric(there, errors="coerce").notna().mean())
    if name in request.numeric or share > MOSTLY:
        raise DataError(
            f"{where}, {error}, and {100 * share:.3g} % of that column are; mend the cell, say that it is a missing "
            f"value (`missing`), or take the column for texts (`categorical` {name})"
        ) from error
    moments = date_column(name, texts, where)
    if moments is not None:
        return moments
    different = there.nunique()
    if different > FEWEST_TEXTS and different > ALL_DIFFERENT * len(there):
        numbers = f", {100 * share:.3g} % of them numbers" if share else ""
        if there.str.fullmatch(r"[+-]?\d+,\d+").mean() > MOSTLY:
            raise DataError(f"{where}, column {name!r} has decimal commas; write numbers with points")
        return None, f"{different:,} different texts in {len(there):,} rows{numbers}; `categorical` keeps it"
    return text_column(name, texts)


def _counts_rows(values: Any) -> bool:
    """Whether a column is 0, 1, 2, … or 1, 2, 3, … down the table."""
    return len(values) > FEWEST_TEXTS and bool((np.diff(values) == 1).all()) and values[0] in (0, 1)
