"""What the columns of a user's table are: found from their cells, shown, and overruled by name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from datasets.errors import DataError
from datasets.problems.dataset import ColumnReport
from datasets.request import Request
from datasets.tables.columns.date_columns import MOSTLY, date_column, two_orders
from datasets.tables.columns.identifiers import DROPPED, names_rows, numbers_rows, question
from datasets.tables.columns.number_columns import Reading, looks_like_a_mark, read_numbers
from datasets.tables.columns.number_marks import OPEN, FileMarks
from datasets.tables.columns.text_columns import text_column
from datasets.tables.columns.timestamps import days_first, speaks_of_dates, timestamps
from datasets.tables.columns.typed_columns import TypedColumn
from datasets.wording import counted
from trainables.core.errors import InvalidInput
from trainables.core.preprocessing.cells import as_text, place
from trainables.core.preprocessing.date_texts import CERTAIN
from trainables.core.preprocessing.number_texts import NumberForm
from trainables.core.preprocessing.numbers import LARGEST, as_numbers
from trainables.core.preprocessing.schema import BOOLEAN, NUMERIC, TIME, Column, Schema

ALL_DIFFERENT = 0.5
"""A column of texts of which more are different tells rows apart and nothing else."""
FEWEST_TEXTS = 20


def find(
    frame: pd.DataFrame,
    request: Request,
    where: str,
    taken: Mapping[str, str],
    types: Mapping[str, TypedColumn] | None = None,
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
    types : mapping of str to TypedColumn, optional
        Columns whose cells were of other types in the file than numbers, texts and dates.

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
    file = FileMarks(frame, request)
    for name in names:
        cells = frame[name]
        typed = (types or {}).get(name)
        if typed is None:
            column, about = _column(cells, request, where, file)
        else:
            column, about = _typed(cells, typed, request, where, file)
        if column is None:
            empty = cells.isna().sum() if typed is None or typed.usable else 0
            reports.append(ColumnReport(name, "left out", about, int(empty)))
        else:
            codes = Schema((column,), request.missing).code(column, cells)
            reports.append(ColumnReport(name, column.kind, about, int(np.isnan(codes).sum())))
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
    lower = name.lower()
    holds = [other for other in names if len(lower) > 2 and lower in other.lower()]  # `Fraud` of `FraudFound_P`
    near = sorted(holds, key=len) or difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    listed = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
    return f"{where} has no column {name!r}" + (f"; did you mean {near[0]}?" if near else f"; it has {listed}")


def _typed(
    cells: pd.Series, typed: TypedColumn, request: Request, where: str, file: FileMarks
) -> tuple[Column | None, str]:
    """What a column is whose cells were of another type in the file."""
    name = str(cells.name)
    if not typed.usable:
        for option in ("categorical", "numeric"):
            if name in getattr(request, option):
                raise DataError(f"`{option}` {name}: {where}, {typed.about}")
        return None, typed.about
    if typed.texts and not {name} & {*request.numeric, *request.drop}:
        column, about = text_column(name, as_text(cells, request.missing))
    else:
        column, about = _column(cells, request, where, file)
    return column, f"{about}; {typed.about}" if column is not None and name not in request.numeric else about


def _column(cells: pd.Series, request: Request, where: str, file: FileMarks) -> tuple[Column | None, str]:
    """What one column is, with a phrase about it; None where it is left out."""
    name = str(cells.name)
    if name in request.drop:
        return None, DROPPED
    typed = pd.api.types.is_numeric_dtype(cells.dtype)
    texts = cells if typed and name not in request.categorical else as_text(cells, request.missing)
    if texts.isna().all():
        return None, "no cell has a value"
    if name in request.categorical:
        return text_column(name, texts)
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        if cells.nunique() == 1 and not cells.isna().any():
            return None, f"constant: {cells.iloc[0]}"
        return Column(name, TIME, dates=(CERTAIN,)), f"{cells.min()} to {cells.max()}"
    reading = None if typed else _reading(texts, request, file, where)
    if reading is None:
        values, form = as_numbers(cells, request.missing), NumberForm()
    elif reading.whole:
        values, form = reading.values, reading.form
    else:
        return _not_numbers(name, texts, reading, request, file, where)
    bad = np.flatnonzero(np.abs(values) > LARGEST)
    if len(bad):
        cell = cells.iloc[bad[0]]
        raise DataError(
            f"{where}, {place(cells, bad[0])}: {cell} is infinite, or too large for float32 "
            f"({counted(bad, 'cell')}); mend "
            f"the cells, or say that they are missing values (`missing`={cell})"
        )
    there = values[~np.isnan(values)]
    said = f"; {reading.about}" if reading is not None and reading.about else ""
    if not len(there):
        return None, "no cell has a value"
    column = Column(
        name, NUMERIC, decimal=form.decimal, thousands=form.thousands, unit=form.unit,
        missing=() if reading is None else reading.missing,
    )  # fmt: skip
    if np.ptp(there) == 0:
        if len(there) == len(values):
            return None, f"constant: {there[0]:g}"
        return column, f"{there[0]:g} or missing{said}"
    why = None if name in request.numeric else numbers_rows(name, values)
    stamps = None if name in request.numeric or said else timestamps(name, values)
    if stamps is not None and (why is None or speaks_of_dates(name)):
        return stamps
    if why is not None:
        return None, f"{why}; `numeric` keeps it"
    if name not in request.numeric and not said and ((there == 0) | (there == 1)).all():
        return Column(name, BOOLEAN), f"{100 * there.mean():.3g} % are 1"
    asked = "" if name in request.numeric else question(name, values)
    if name not in request.numeric and days_first(values):
        asked += "; day, month and year in one number? written with the year first it is read as a date"
    return column, f"{there.min():.4g} to {there.max():.4g}{said}{looks_like_a_mark(values)}{asked}"


def _reading(texts: pd.Series, request: Request, file: FileMarks, where: str) -> Reading | None:
    """How a column of texts is read as numbers; None where programs write numbers so."""
    try:
        as_numbers(texts)
    except InvalidInput:
        return read_numbers(texts, request, file, where)
    there = texts.dropna()
    if (request.decimal == "," or "," in file.decimals or file.separator == ";") and _open(there):
        return read_numbers(texts, request, file, where)
    return None


def _open(there: pd.Series) -> bool:
    """Whether all points in numbers may group thousands."""
    marked = there[there.str.contains(".", regex=False)]
    return bool(len(marked)) and bool(marked.str.fullmatch(OPEN).all())


def _not_numbers(
    name: str, texts: pd.Series, reading: Reading, request: Request, file: FileMarks, where: str
) -> tuple[Column | None, str]:
    few_words = reading.form.unit[:1].isalpha() and texts.nunique() <= FEWEST_TEXTS  # 1 car, 2 cars, 3 to 4
    if name in request.numeric or (reading.share > MOSTLY and not few_words):
        raise DataError(
            f"{where}, column {name!r}, {reading.named()}, and {100 * reading.share:.3g} % of that column are; mend "
            f"the cell, say that it is a missing value (`missing`), or take the column for texts (`categorical` {name})"
        )
    moments = date_column(name, texts, request, file, where)
    if moments is not None:
        return moments
    names = names_rows(texts)
    if names is not None:
        return None, f"{names}; `categorical` keeps it"
    there = texts.dropna()
    different = there.nunique()
    remark = two_orders(texts) + ("" if few_words and reading.share <= MOSTLY else reading.remark())
    if different > FEWEST_TEXTS and different > ALL_DIFFERENT * len(there):
        return None, f"{different:,} different texts in {counted(there, 'row')}{remark}; `categorical` keeps it"
    column, about = text_column(name, texts)
    return column, about + remark
