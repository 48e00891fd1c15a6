"""Columns that say the same in every row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datasets.problems.dataset import ColumnReport
from trainables.core.preprocessing.schema import BOOLEAN, CATEGORICAL, Column, Schema


def with_equals(reports: Sequence[ColumnReport], schema: Schema, coded: NDArray[Any]) -> list[ColumnReport]:
    """The reports, where those of columns that say what an earlier one says name it.

    Numbers must be the same; texts and flags may be other texts, as yes and no are for 1 and 0.
    """
    first: dict[tuple[str, bytes], str] = {}
    equal: dict[str, str] = {}
    for j, column in enumerate(schema.columns):
        name = first.setdefault(_content(coded[:, j], column), column.name)
        if name != column.name:
            equal[column.name] = name
    return [
        replace(report, about=f"{report.about}; says the same as {equal[report.name]!r}")
        if report.name in equal and report.kind != "left out"
        else report
        for report in reports
    ]


def _content(values: NDArray[Any], column: Column) -> tuple[str, bytes]:
    if column.kind in (BOOLEAN, CATEGORICAL):
        return "values", pd.factorize(values)[0].astype(np.int32).tobytes()
    return "numbers", np.where(values == 0, 0.0, values).tobytes()
