"""Why a row has its score: what its columns add to the score of a row with typical values alone.

Typical is the median or the most frequent value of the training rows. Both ways need nothing of
the detector but its score, and say what the detector does, not what causes an anomaly.

`contributions`, one score per column: the effect of column j on row x is s(x) - s(x with x_j
typical). Columns that act together only (each alone changes nothing) are not found by it.

`shapley_values`, many scores per column: what column j adds when the columns of the typical row
take the values of x one after another, mean over orders. These values add up to s(x) - s(typical).

References
----------
Occlusion, as in Zeiler, Fergus. Visualizing and Understanding Convolutional Networks. ECCV
2014, with one column in the place of a patch.
Shapley. A Value for n-Person Games. Contributions to the Theory of Games II, 1953.
Mitchell, Cooper, Frank, Holmes. Sampling Permutations for Shapley Value Estimation. JMLR 23, 2022
(every order with its reverse).
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


def shapley_values(
    score: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    rows: NDArray[np.float64],
    typical: NDArray[np.float64],
    pairs: int,
    generator: np.random.Generator,
) -> NDArray[np.float64]:
    """What every column adds to the score of every row, estimated from random orders of the columns.

    Each order comes with its reverse, so that what two columns do together is halved between them exactly; effects
    of three and more are sampled. Whatever is drawn, the values of a row add up to its score minus that of the typical
    row, and a column with its typical value has 0.

    Parameters
    ----------
    score : callable
        Scores of coded rows.
    rows : ndarray of shape (n, d)
        Coded rows.
    typical : ndarray of shape (d,)
    pairs : int
        Orders with their reverses: 2 * pairs * (k + 1) scores for a row with k columns that are not typical.
    generator : Generator

    Returns
    -------
    ndarray of shape (n, d)
    """
    values = np.zeros(rows.shape)
    for row, own, differs in zip(rows, values, untypical(rows, typical), strict=True):
        columns = np.flatnonzero(differs)
        if not len(columns):
            continue
        orders = generator.permuted(np.tile(np.arange(len(columns)), (pairs, 1)), axis=1)
        orders = np.concatenate([orders, orders[:, ::-1]])
        steps = np.arange(len(columns) + 1)[:, None]  # before the first no column is taken, after the last all are
        taken = steps > np.argsort(orders, axis=1)[:, None, :]
        coalitions = np.tile(typical, (*taken.shape[:2], 1))
        coalitions[..., columns] = np.where(taken, row[columns], typical[columns])
        added = np.diff(score(coalitions.reshape(-1, len(typical))).reshape(len(orders), -1), axis=1)
        own[columns] = np.bincount(orders.ravel(), added.ravel(), len(columns)) / len(orders)
    return values


def untypical(rows: NDArray[np.float64], typical: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which values are not the typical ones."""
    return (rows != typical) & ~(np.isnan(rows) & np.isnan(typical))


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
    differs = untypical(row, typical)
    order = [int(j) for j in np.argsort(-effect, kind="stable") if effect[j] > 0 and differs[j]][:top]
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
