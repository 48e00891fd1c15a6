"""What of a table's dates is a feature: cycles and differences; the date itself only where it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.errors import DataError
from datasets.problems.dataset import ColumnReport
from datasets.request import Request
from trainables.core.preprocessing.dates import date_parts
from trainables.core.preprocessing.schema import TIME, Schema

FIRST_SHARE = 0.64
"""Of rows in order of time: those that train while later ones validate and test."""


def with_date_features(
    schema: Schema, reports: Sequence[ColumnReport], coded: NDArray[Any], times: NDArray[Any] | None, request: Request
) -> tuple[Schema, list[ColumnReport], NDArray[Any]]:
    """Schema, reports and coded rows (n, d) with what of each date is a feature; what has nothing of it is left out.

    Parameters
    ----------
    times : ndarray of shape (n,), optional
        When rows were made, where they are split by it: cycles must be covered by the earlier ones.
    request : Request
        Its `trend` names columns of which the date itself is a feature, too.

    Raises
    ------
    DataError
        If a column in `trend` holds no dates, or no column is left.
    """
    kinds = {column.name: column.kind for column in schema.columns}
    for name in request.trend:
        if kinds.get(name) != TIME:
            raise DataError(f"`trend` {name}: that is no column of dates (it is {kinds.get(name, 'left out')})")
    columns = [
        replace(column, cycles=True, trend=column.name in request.trend) if column.kind == TIME else column
        for column in schema.columns
    ]
    wanted = Schema(tuple(columns), schema.missing)
    early = coded if times is None else coded[times <= np.quantile(times, FIRST_SHARE)]
    parts = date_parts(early, wanted)
    said: dict[str, str] = {}
    kept = []
    for j, column in enumerate(columns):
        if column.kind != TIME:
            kept.append(j)
            continue
        cycles = [cycle for k, cycle in parts.cycles if k == j]
        others = [columns[k + i - j].name for k, i in parts.differences if j in (k, i)]
        used = [f"{' and '.join(cycles)} as cycle{'s' * (len(cycles) > 1)}"] if cycles else []
        used += [f"days from or to {', '.join(others)}"] if others else []
        used += ["the date itself, as days"] if column.trend else []
        if used:
            kept.append(j)
            said[column.name] = ", ".join(used) + ("" if column.trend else "; `trend` keeps the date itself, too")
        else:
            said[column.name] = "too short a time for its hours or weekdays to come again; `trend` keeps the date"
    names = {columns[j].name for j in kept}
    if not kept:
        raise DataError("; ".join(f"no column to learn from: {name} ({text})" for name, text in list(said.items())[:3]))
    told = [
        replace(
            report,
            kind=report.kind if report.name in names else "left out",
            about=f"{report.about}; {said[report.name]}",
        )
        if report.kind == TIME
        else report
        for report in reports
    ]
    return Schema(tuple(columns[j] for j in kept), schema.missing), told, np.ascontiguousarray(coded[:, kept])
