"""When the rows of a table were made."""

from __future__ import annotations

from typing import Any

import pandas as pd
from numpy.typing import NDArray

from datasets.errors import DataError
from datasets.request import Request
from datasets.tables.columns.date_columns import times_of
from datasets.tables.columns.number_marks import FileMarks
from datasets.tables.columns.timestamps import days_first, timestamps
from trainables.core.preprocessing.moments import as_moments
from trainables.core.preprocessing.numbers import as_numbers


def row_times(cells: pd.Series, request: Request, file: FileMarks, where: str) -> tuple[NDArray[Any], bool, str]:
    """When rows were made, NaN where a cell is empty; whether that is in days since 1970; what was taken for what.

    Raises
    ------
    InvalidInput
        If a cell is no date.
    """
    if not pd.api.types.is_numeric_dtype(cells.dtype):
        days, about = times_of(cells, request, file)
        return days, True, about
    times = as_numbers(cells)
    recognised = timestamps(str(cells.name), times)
    if recognised is not None:
        column, about = recognised
        days = as_moments(cells, column.missing, epoch=column.epoch)
        return days, True, about.partition(", taken for ")[2].partition(", which")[0]
    if days_first(times):
        raise DataError(
            f"{where}, time column {cells.name!r}: {times[0]:.0f} and the others look like day, month and year in "
            "one number, whose order is not that of time; write the year first"
        )
    return times, False, ""
