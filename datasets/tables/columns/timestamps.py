"""Columns of numbers that are dates: counts since 1970, 20230517, serial days of spreadsheets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datasets.tables.columns.identifiers import words_of
from datasets.wording import counted
from trainables.core.preprocessing.moments import PER_DAY, moment
from trainables.core.preprocessing.number_dates import EXCEL, YMD, number_days
from trainables.core.preprocessing.schema import TIME, Column

NAMES = frozenset(
    {
        "at", "created", "date", "datetime", "datum", "day", "dt", "end", "epoch", "expires", "fecha", "horodatage",
        "modified", "moment", "recorded", "since", "start", "time", "timestamp", "ts", "unixtime", "until", "updated",
        "when", "zeit", "zeitpunkt", "zeitstempel", "дата", "время", "日期", "时间", "時間",
    }
)  # fmt: skip
"""Words in names of columns of dates."""
CERTAIN, POSSIBLE = (10957.0, 23741.0), (1096.0, 47482.0)
"""From 2000 to 2034, and, where the name speaks of dates, from 1973 to 2099, in days since 1970."""
SERIAL = (10957.0, 29220.0)
"""Of serial days, and only where the name speaks of dates: from 2000 to 2049."""
FEWEST = 20
NO_DATES = (0.0, 99991231.0)
"""Where there is no date, or no end."""
SAID = {
    "s": "seconds since 1970", "ms": "milliseconds since 1970", "us": "microseconds since 1970",
    "ns": "nanoseconds since 1970", YMD: "year, month and day", EXCEL: "days as spreadsheets count them",
}  # fmt: skip


def timestamps(name: str, values: NDArray[Any]) -> tuple[Column, str] | None:
    """The column as dates, with a phrase about it, where its numbers can hardly be anything else."""
    known = values[~np.isnan(values)]
    none = np.isin(known, NO_DATES)
    there = known[~none]
    speaks = speaks_of_dates(name)
    if len(there) <= FEWEST or (len(np.unique(there)) <= FEWEST and not speaks):
        return None
    whole = bool((there == np.floor(there)).all())
    for form in SAID:
        days = there / PER_DAY[form] if form in PER_DAY else number_days(there, form)
        low, high = SERIAL if form == EXCEL else POSSIBLE if speaks else CERTAIN
        if np.isnan(days).any() or days.min() < low or days.max() > high:
            continue
        if (form == EXCEL and not speaks) or not (whole or (speaks and form in ("s", EXCEL))):
            continue
        if none.any() and form == EXCEL:
            continue
        marks = [f"{mark:.0f}" for mark in NO_DATES if (known == mark).any()]
        missing = (*marks, *(("00000000",) if form == YMD and "0" in marks else ()))
        also = "".join(f"; {mark} ({counted((known == float(mark)).sum(), 'cell')}) read as missing" for mark in marks)
        first = f"{there[0]:.0f} is {moment(days[0])}"
        span = f"{moment(days.min())[:10]} to {moment(days.max())[:10]}"
        about = f"{span}, taken for {SAID[form]} ({first}), which `numeric` overrules{also}"
        return Column(name, TIME, epoch=form, missing=missing), about
    return None


def days_first(values: NDArray[Any]) -> bool:
    """Whether numbers are days, months and years in this order, or months first: 17052023."""
    there = values[~np.isnan(values)]
    whole = len(there) > FEWEST and bool(((there == np.floor(there)) & (there >= 1e6) & (there < 1e8)).all())
    if not whole or not np.isnan(number_days(there, YMD)).any():
        return False
    texts = pd.Series(there).astype("int64").astype("string").str.zfill(8)
    return any(bool(pd.to_datetime(texts, format=form, errors="coerce").notna().all()) for form in ("%d%m%Y", "%m%d%Y"))


def speaks_of_dates(name: str) -> bool:
    """Whether a name is one of dates."""
    return bool(words_of(name) & NAMES)
