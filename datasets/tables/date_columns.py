"""Columns of a user's table that are dates or times."""

from __future__ import annotations

import numpy as np
import pandas as pd

from datasets.errors import DataError
from trainables.core.errors import InvalidInput
from trainables.core.preprocessing.moments import WITH_YEAR, YEAR_LAST, as_moments, day_first, moment
from trainables.core.preprocessing.schema import TIME, Column

MOSTLY = 0.95
"""A column of which more cells are numbers, or dates, is taken for one of those with mistakes in it."""


def date_column(name: str, texts: pd.Series, where: str) -> tuple[Column | None, str] | None:
    """The column as moments, where every text is one; where nearly all are, the first other one is named."""
    first = day_first(texts)
    if first is None or texts.dropna().str.fullmatch(WITH_YEAR).mean() <= MOSTLY:
        return None
    try:
        days = as_moments(texts, day_first=first)
    except InvalidInput as error:
        raise DataError(
            f"{where}, {error}, as nearly all of that column are; mend the cell, say that it is a missing value "
            f"(`missing`), or take the column for texts (`categorical` {name})"
        ) from error
    there = days[~np.isnan(days)]
    if np.ptp(there) == 0 and len(there) == len(days):
        return None, f"constant: {moment(there[0])}"
    about = f"{moment(there.min())[:10]} to {moment(there.max())[:10]}"
    last = texts.dropna().str.match(YEAR_LAST).any()
    order = (", the day first" if first else ", the month first") if last else ""
    return Column(name, TIME, day_first=first), about + order
