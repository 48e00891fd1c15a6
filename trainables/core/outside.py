"""Columns whose new values lie outside all that a model was trained on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainables.core.preprocessing.moments import moment
from trainables.core.preprocessing.schema import BOOLEAN, CATEGORICAL, TIME, Column, Schema

MOSTLY = 0.5
"""A column is named where more of its values lie outside: single ones may be what a detector is there to find."""
LEAST, MOST = "least", "most"
"""Where a model's reference has the ends of a feature."""

REMARKS: ContextVar[list[str] | None] = ContextVar("remarks", default=None)
"""Where a server wants to read, after a request, what was remarked of its rows."""


class OutsideTraining:
    """Counts values outside the range of training, column by column, over any number of chunks.

    Parameters
    ----------
    reference : mapping or None
        What the model remembers of its training rows; one that says nothing of ranges names no column.
    features : sequence of str
        The columns of coded rows.
    schema : Schema, optional
        What they are.
    """

    def __init__(self, reference: Mapping[str, Any] | None, features: Sequence[str], schema: Schema | None) -> None:
        known = (reference or {}).get("features", {})
        ends = [(known.get(name) or {}) for name in features]
        self._columns: list[Column] = [
            Column(str(name), "numeric") if schema is None else schema.columns[j] for j, name in enumerate(features)
        ]
        self._least = np.array([_end(end, LEAST, -math.inf) for end in ends])
        self._most = np.array([_end(end, MOST, math.inf) for end in ends])
        for j, column in enumerate(self._columns):
            if column.kind in (CATEGORICAL, BOOLEAN):
                self._least[j], self._most[j] = -math.inf, math.inf
        d = len(self._columns)
        self._known, self._outside = np.zeros(d, int), np.zeros(d, int)
        self._from, self._to = np.full(d, math.inf), np.full(d, -math.inf)

    def count(self, coded: NDArray[Any]) -> None:
        """Look at coded rows (n, d)."""
        if not len(coded) or not np.isfinite(self._least).any():
            return
        rows = np.asarray(coded, np.float64)
        outside = (rows < self._least) | (rows > self._most)  # NaN is neither
        self._known += (~np.isnan(rows)).sum(0)
        self._outside += outside.sum(0)
        self._from = np.minimum(self._from, np.where(outside, rows, math.inf).min(0))
        self._to = np.maximum(self._to, np.where(outside, rows, -math.inf).max(0))

    def sentences(self) -> list[str]:
        """One for each column of which most values lie outside."""
        return [self._sentence(int(j)) for j in np.flatnonzero(self._outside > MOSTLY * self._known)]

    def _sentence(self, j: int) -> str:
        column = self._columns[j]
        least, most, first, last = (
            _text(float(ends[j]), column) for ends in (self._least, self._most, self._from, self._to)
        )
        there = first if first == last else f"{first} to {last}"
        verb = "lies" if self._outside[j] == 1 else "lie"
        text = (
            f"column {column.name!r}: {self._outside[j]:,} of {self._known[j]:,} rows {verb} outside training's "
            f"{least} to {most} ({there})"
        )
        if column.kind == TIME and not column.trend:
            return text + ", which the model does not mind: of that date its cycles and differences count"
        return text


def _end(reference: Mapping[str, Any], name: str, default: float) -> float:
    value = reference.get(name)
    return default if value is None else float(value)


def _text(value: float, column: Column) -> str:
    if column.kind == TIME:
        return moment(value)
    if value == round(value) and abs(value) < 1e15:
        return f"{value:.0f}"
    return f"{value:.5g}"
