"""Dates that are written as one number: 20230517, or the serial days of spreadsheets."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

DIGITS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
YMD, EXCEL = "yyyymmdd", "excel"
EXCEL_1970 = 25569
"""The serial day of 1970-01-01."""


def number_days(numbers: NDArray[np.float64], form: str) -> NDArray[np.float64]:
    """Days since 1970 of numbers in one of these forms; NaN where one is no date."""
    if form == EXCEL:
        return numbers - EXCEL_1970
    days = np.full(len(numbers), np.nan)
    for digits, pattern in DIGITS.items():
        own = (numbers == np.floor(numbers)) & (numbers >= 10 ** (digits - 1)) & (numbers < 10**digits)
        if own.any():
            texts = pd.Series(numbers[own]).astype("int64").astype("string")
            moments = pd.to_datetime(texts, format=pattern, errors="coerce").astype("datetime64[us]")
            found = moments.astype("int64").to_numpy(np.float64) / 86_400_000_000
            days[own] = np.where(moments.isna(), np.nan, found)
    return days
