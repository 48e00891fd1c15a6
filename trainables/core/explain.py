"""Why a row has its score: what the score loses when one feature becomes ordinary.

The effect of feature j on row x is s(x) - s(x with x_j replaced by its typical value), the
median or the most frequent value of the training rows. It needs nothing of the detector but
its score, and says what the detector does, not what causes an anomaly. Features that act
together only (each alone changes nothing) are not found by it.

References
----------
Occlusion, as in Zeiler, Fergus. Visualizing and Understanding Convolutional Networks. ECCV
2014, with one column in the place of a patch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainables.core.preprocessing.moments import moment, weekday
from trainables.core.preprocessing.schema import BOOLEAN, CATEGORICAL, TIME, Schema

MOST_ROWS = 20_000
"""Rows that are scored at a time."""


@dataclass(frozen=True)
class Reason:
    """One feature's part in a score.

    Attributes
    ----------
    feature : str
    value, typical : str
        As a person reads them.
    effect : float
        By how much the score is higher than with the typical value.
    """

    feature: str
    value: str
    typical: str
    effect: float

    def __str__(self) -> str:
        return f"{self.feature} = {self.value} (typical {self.typical}): {self.effect:+.4g}"


def contributions(
    score: Callable[[NDArray[np.float64]], NDArray[np.float64]], rows: NDArray[np.float64], typical: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The effect of every feature on the score of every row.

    Parameters
    ----------
    score : callable
        Scores of coded rows.
    rows : ndarray of shape (n, d)
        Coded rows.
    typical : ndarray of shape (d,)

    Returns
    -------
    ndarray of shape (n, d)
    """
    d = rows.shape[1]
    effects = np.empty(rows.shape)
    step = max(1, MOST_ROWS // (d + 1))
    for start in range(0, len(rows), step):
        chunk = np.asarray(rows[start : start + step], dtype=np.float64)
        variants = np.repeat(chunk[:, None, :], d + 1, axis=1)
        variants[:, np.arange(d), np.arange(d)] = typical
        scored = score(variants.reshape(-1, d)).reshape(len(chunk), d + 1)
        effects[start : start + step] = scored[:, d:] - scored[:, :d]
    return effects


def reasons(
    row: NDArray[np.float64],
    effect: NDArray[np.float64],
    typical: NDArray[np.float64],
    features: list[str],
    schema: Schema | None,
    top: int,
) -> list[Reason]:
    """The features that raise a row's score, the strongest first; fewer than `top` where fewer do.

    A feature that has its typical value is none of them: what is left of its effect is rounding.
    """
    untypical = (row != typical) & ~(np.isnan(row) & np.isnan(typical))
    order = [int(j) for j in np.argsort(-effect, kind="stable") if effect[j] > 0 and untypical[j]][:top]
    return [
        Reason(features[j], as_text(row[j], j, schema), as_text(typical[j], j, schema), float(effect[j])) for j in order
    ]


def as_text(value: float, j: int, schema: Schema | None) -> str:
    """A coded value as a person reads it."""
    if np.isnan(value):
        return "missing"
    column = None if schema is None else schema.columns[j]
    if column is not None and column.kind == CATEGORICAL:
        code = int(value)
        return repr(column.categories[code]) if code < len(column.categories) else "a text that training did not have"
    if column is not None and column.kind == BOOLEAN:
        return f"{value:.0f}"
    if column is not None and column.kind == TIME:
        return moment(value) + (f" ({weekday(value)})" if column.cycles else "")
    return f"{value:.5g}"


def typical_values(rows: NDArray[np.float64], schema: Schema | None) -> list[float | None]:
    """The median of every column of numbers, the most frequent value of the others; None where that is missing."""
    typical: list[float | None] = []
    for j in range(rows.shape[1]):
        column = rows[:, j].astype(np.float64)
        there = column[~np.isnan(column)]
        counted = schema is not None and schema.columns[j].kind in (CATEGORICAL, BOOLEAN)
        if not len(there):
            typical.append(None)
        elif counted:
            values, counts = np.unique(there, return_counts=True)
            typical.append(float(values[counts.argmax()]))
        else:
            typical.append(float(np.quantile(there, 0.5, method="lower")))
    return typical
