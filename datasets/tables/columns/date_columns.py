"""Columns of a user's table that are dates or times."""

from __future__ import annotations

import shlex

import numpy as np
import pandas as pd

from datasets.errors import DataError
from datasets.request import Request
from datasets.tables.columns.number_columns import MARKS
from datasets.tables.columns.number_marks import FileMarks
from datasets.wording import counted
from trainables.core.errors import InvalidInput
from trainables.core.preprocessing.cells import as_text
from trainables.core.preprocessing.date_texts import CERTAIN, find_forms, has_two_digits, iso, order_of, readings
from trainables.core.preprocessing.moments import as_moments, moment
from trainables.core.preprocessing.schema import TIME, Column

MOSTLY = 0.95
"""A column of which more cells are numbers, or dates, is taken for one of those with mistakes in it."""
READ = 0.9
YEAR = 366.0
FUTURE = 25567.0
"""2040, in days since 1970: who was born in 1968 is not born in 2068."""
NO_DATE = (*MARKS, "0000-00-00", "0000-00-00 00:00:00")
FIRST = {"dmy": "the day first", "mdy": "the month first", "ymd": "the year first"}


def date_column(
    name: str, texts: pd.Series, request: Request, file: FileMarks, where: str
) -> tuple[Column | None, str] | None:
    """The column as moments, where every text is one; where nearly all are, the first other one is named."""
    there = texts.dropna()
    counts = there.value_counts()
    different = [str(text) for text in counts.index]
    found = find_forms(different, {}, request.date_order)
    if found is not None and found[1]:
        found = find_forms(different, file.orders, request.date_order)
    if found is None:
        return None
    forms, assumed = found
    marks = tuple(text for text in different if text.lower() in NO_DATE)
    dates = np.array([text not in marks and bool(iso(text, forms) or readings(text)) for text in different])
    known = counts.to_numpy()[dates].sum()
    if not known or known / (len(there) - counts.reindex(list(marks)).sum()) <= MOSTLY:
        return None
    try:
        days = as_moments(texts, marks, dates=forms)
    except InvalidInput as error:
        if not _are_read(counts.drop(list(marks)), forms):  # dates in a form that is not known
            return None
        raise DataError(
            f"{where}, {error}, as nearly all of that column are; mend the cell, say that it is a missing value "
            f"(`missing`), or take the column for texts (`categorical` {name})"
        ) from error
    known_days = days[~np.isnan(days)]
    if np.ptp(known_days) == 0 and len(known_days) == len(days):
        return None, f"constant: {moment(known_days[0])}"
    about = f"{moment(known_days.min())[:10]} to {moment(known_days.max())[:10]}"
    if known_days.max() > FUTURE and any(has_two_digits(text) for text in different):
        about += "; years of two digits are taken for 1969 to 2068"
    about += _looks_like_no_date(texts, days)
    about += "".join(_order(form, texts, days, assumed) for form in forms if form != CERTAIN)
    about += "".join(f"; {mark!r} ({counted(counts[mark], 'cell')}) read as missing" for mark in marks)
    return Column(name, TIME, day_first=any(form.startswith("d") for form in forms), missing=marks, dates=forms), about


def _are_read(counts: pd.Series, forms: tuple[str, ...]) -> bool:
    """Whether nearly all texts that begin with a date are read, with what stands behind it."""
    plain = pd.Series([iso(str(text), forms) for text in counts.index], dtype="string")
    read = pd.to_datetime(plain, errors="coerce", utc=True, format="mixed").notna().to_numpy()
    return bool(counts.to_numpy()[read].sum() > READ * counts.sum())


def _looks_like_no_date(texts: pd.Series, days: np.ndarray) -> str:
    """What to say where a date far from all others comes again and again, as 9999-12-31 does for no end."""
    known = days[~np.isnan(days)]
    for edge in (known.min(), known.max()):
        others = known[known != edge]
        count = len(known) - len(others)
        if count > 1 and len(others) and np.abs(others - edge).min() > 2 * max(float(np.ptp(others)), YEAR):
            text = str(texts.iloc[int(np.flatnonzero(days == edge)[0])])
            return (
                f"; {text} ({counted(count, 'cell')}) looks like a mark for missing: `missing` "
                f"{shlex.quote(text)} makes it one"
            )
    return ""


def two_orders(texts: pd.Series) -> str:
    """What to say of a column of texts that are dates, some with the day first and some with the month."""
    first: dict[str, str] = {}
    for text in map(str, texts.dropna().unique()):
        may = readings(text)
        if not may:
            return ""
        if len(may) == 1:
            first.setdefault("day" if iso(text, ("Y", "d.m.y", "d/m/y", "d-m-y")) else "month", text)
    return f"; dates in two orders ({first['day']!r}, {first['month']!r})" if len(first) == 2 else ""


def _order(form: str, texts: pd.Series, days: np.ndarray, assumed: str) -> str:
    """What comes first in a form, with an example of it, and whether that is certain."""
    mark, order = order_of(form)
    example = next(k for k, text in enumerate(texts) if readings(str(text)) and mark in str(text))
    said = f", {FIRST[order]} ({str(texts.iloc[example])!r} read as {moment(days[example])[:10]})"
    return f"{said}: assumed, `date_order` says otherwise" if assumed == mark else said


def times_of(cells: pd.Series, request: Request, file: FileMarks) -> tuple[np.ndarray, str]:
    """When rows were made, of a column of dates, and what was assumed of their order, "" if nothing was.

    Raises
    ------
    InvalidInput
        If a cell is no date.
    """
    texts = as_text(cells)
    found = find_forms(map(str, texts.dropna().unique()), file.orders, request.date_order)
    forms, assumed = found or ((CERTAIN,), "")
    days = as_moments(cells, dates=forms)
    open_form = next((form for form in forms if form != CERTAIN and order_of(form)[0] == assumed), None)
    return days, "" if open_form is None else _order(open_form, texts, days, assumed).removeprefix(", ")
