"""Cells as moments."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trainables.core.errors import InvalidInput
from trainables.core.preprocessing.cells import as_text, place
from trainables.core.preprocessing.date_texts import CERTAIN, iso, readings
from trainables.core.preprocessing.number_dates import number_days

DAY_US = 86_400_000_000
WITH_YEAR = re.compile(
    r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?(\D.*)?|(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}(\D.*)?"
    r"|\d{1,2}[- ][A-Za-z]{3,9}[-, ]+\d{4}(\D.*)?|[A-Za-z]{3,9} \d{1,2},? \d{4}(\D.*)?",
    re.DOTALL,
)
"""Texts that are dates: all name their year, since pandas would give others this year's, or today."""
YEAR_LAST = re.compile(r"(?P<first>\d{1,2})[-/.](?P<second>\d{1,2})[-/.](?P<year>\d{4})")


EPOCHS = {"s": (1e8, 1e11), "ms": (1e11, 1e14), "us": (1e14, 1e17), "ns": (1e17, 1e20)}
"""Numbers that count from 1970, from 1973 on: their sizes tell the units apart."""
PER_DAY = {"s": 86400.0, "ms": 86400e3, "us": 86400e6, "ns": 86400e9}


def as_moments(
    cells: pd.Series,
    missing: tuple[str, ...] = (),
    *,
    day_first: bool = False,
    dates: tuple[str, ...] = (),
    epoch: str = "",
) -> NDArray[np.float64]:
    """Moments as days since 1970, NaN where there is none.

    Parameters
    ----------
    cells : Series
    missing : tuple of str
        Further texts that stand for no value.
    day_first : bool
        What dates with the year last are, where `dates` does not say it.
    dates : tuple of str
        How they are written, see `trainables.core.preprocessing.schema.Column`. One that is written otherwise is
        read where it can be one date only.
    epoch : str
        The unit of those that are numbers; numbers in another unit are told by their size.

    Raises
    ------
    InvalidInput
        If a cell is no moment, or does not name its year.
    """
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        days, there = _days(pd.to_datetime(cells, utc=True)), cells.notna().to_numpy()
    elif epoch:
        return _of_epochs(cells, missing, dates, epoch)
    else:
        texts = as_text(cells, missing)
        there = texts.notna().to_numpy()
        codes, different = pd.factorize(texts)
        unique = pd.Series(different, dtype="string")
        plain = (
            pd.Series([iso(str(text), dates) for text in unique], dtype="string")
            if dates
            else _plain(unique, day_first)
        )
        moments = pd.to_datetime(plain, errors="coerce", utc=True, format="mixed")
        days = np.append(_days(moments), np.nan)[codes]
    bad = np.flatnonzero(np.isnan(days) & there)
    if len(bad):
        cell = str(cells.iloc[bad[0]])[:60]
        may = readings(cell.strip()) if dates else []
        if len(may) > 1:
            raise InvalidInput(
                f"{place(cells, bad[0])}: {cell!r} may be {' or '.join(may)}, and training had no dates written so; "
                "write the year first, in four digits"
            )
        raise InvalidInput(f"{place(cells, bad[0])}: {cell!r} is not a date or time")
    return days


def _days(moments: pd.Series) -> NDArray[np.float64]:
    days = moments.astype("datetime64[us, UTC]").astype("int64").to_numpy(np.float64) / DAY_US
    return np.where(moments.isna().to_numpy(), np.nan, days)


def _plain(texts: pd.Series, day_first: bool) -> pd.Series:
    """Dates as models from before `dates` read them."""
    order = r"\g<year>-\g<second>-\g<first>" if day_first else r"\g<year>-\g<first>-\g<second>"
    return texts.where(texts.str.fullmatch(WITH_YEAR).fillna(False)).str.replace(
        f"^{YEAR_LAST.pattern}", order, regex=True
    )


def _of_epochs(cells: pd.Series, missing: tuple[str, ...], dates: tuple[str, ...], epoch: str) -> NDArray[np.float64]:
    """Moments of numbers; of dates among them, where they are texts."""
    texts = as_text(cells, missing)
    numbers = pd.to_numeric(texts, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    if epoch in PER_DAY:
        days = numbers / PER_DAY[epoch]
        for unit, (low, high) in EPOCHS.items():
            days = np.where((np.abs(numbers) >= low) & (np.abs(numbers) < high), numbers / PER_DAY[unit], days)
    else:
        days = number_days(numbers, epoch)
        bad = np.flatnonzero(np.isnan(days) & ~np.isnan(numbers))
        if len(bad):
            raise InvalidInput(f"{place(cells, bad[0])}: {str(cells.iloc[bad[0]])[:60]!r} is not a date ({epoch})")
    other = np.isnan(numbers) & texts.notna().to_numpy()
    if other.any():
        days[other] = as_moments(texts.where(other), missing, dates=dates or (CERTAIN,))[other]
    return days


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
