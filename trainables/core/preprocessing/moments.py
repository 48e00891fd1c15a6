"""Cells as moments."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trainables.core.errors import InvalidInput
from trainables.core.preprocessing.cells import as_text, place

DAY_US = 86_400_000_000
WITH_YEAR = re.compile(
    r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?(\D.*)?|(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}(\D.*)?"
    r"|\d{1,2}[- ][A-Za-z]{3,9}[-, ]+\d{4}(\D.*)?|[A-Za-z]{3,9} \d{1,2},? \d{4}(\D.*)?",
    re.DOTALL,
)
"""Texts that are dates: all name their year, since pandas would give others this year's, or today."""
YEAR_LAST = re.compile(r"(?P<first>\d{1,2})[-/.](?P<second>\d{1,2})[-/.](?P<year>\d{4})")


def as_moments(cells: pd.Series, missing: tuple[str, ...] = (), *, day_first: bool = False) -> NDArray[np.float64]:
    """Moments as days since 1970, NaN where there is none.

    Raises
    ------
    InvalidInput
        If a cell is no moment, or does not name its year.
    """
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        moments, there = pd.to_datetime(cells, utc=True), cells.notna().to_numpy()
    else:
        texts = as_text(cells, missing)
        there = texts.notna().to_numpy()
        order = r"\g<year>-\g<second>-\g<first>" if day_first else r"\g<year>-\g<first>-\g<second>"
        plain = texts.where(texts.str.fullmatch(WITH_YEAR).fillna(False)).str.replace(
            f"^{YEAR_LAST.pattern}", order, regex=True
        )
        moments = pd.to_datetime(plain, errors="coerce", utc=True, format="mixed")
    bad = np.flatnonzero(moments.isna().to_numpy() & there)
    if len(bad):
        cell = str(cells.iloc[bad[0]])[:60]
        raise InvalidInput(f"{place(cells, bad[0])}: {cell!r} is not a date or time")
    days = moments.astype("datetime64[us, UTC]").astype("int64").to_numpy(np.float64) / DAY_US
    return np.where(moments.isna().to_numpy(), np.nan, days)


def day_first(texts: pd.Series) -> bool | None:
    """Whether dates with the year last have the day first; None where the cells contradict each other.

    Dots go with the day first; else it is the month, unless some first number is no month.
    """
    dates = texts.dropna().str.extract(f"^{YEAR_LAST.pattern}").dropna()
    if dates.empty:
        return False
    first, second = ((dates[name].astype(int) > 12).any() for name in ("first", "second"))
    if first and second:
        return None
    dots = bool(texts.dropna().str.match(r"\d{1,2}\.\d{1,2}\.\d{4}").any())
    return bool(first or (dots and not second))


def moment(days: float) -> str:
    """A moment as people read it."""
    text = str(np.datetime64(round(days * DAY_US), "us").astype("datetime64[s]"))
    return text.removesuffix("T00:00:00")


def weekday(days: float) -> str:
    """The day of the week of a moment, in three letters."""
    return ("Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed")[int(np.floor(days)) % 7]  # 1970 began with a Thursday
