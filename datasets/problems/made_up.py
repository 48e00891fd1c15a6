"""Anomalies made from rows of a table, to choose by where there are no labels of real ones.

The four kinds of ADBench (Han et al., NeurIPS 2022), without its models of the data, so that columns of texts and
missing cells are welcome: broken dependencies, values far out, values moved a little, a group apart. Rows are coded
as `trainables.core.preprocessing.schema.Schema.encode` gives them; a code is always one that the column has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.problems.deduplication import pattern_ids

if TYPE_CHECKING:
    from trainables.core.preprocessing.schema import Column

Rows = NDArray[np.float64]
OUT = (0.1, 0.5)
"""How far beyond the range of its column a value lies, as a share of the range."""
APART = (1.5, 3.0)
"""How far a group lies from the row it is around, in standard deviations."""
TOGETHER = 10
TIGHT = 0.1
"""Standard deviation within a group, in those of the columns."""
DRAWS = 5
"""How often rows that are equal to a real one are drawn again."""


class _Table:
    """Real rows, and what their columns are.

    Attributes
    ----------
    X : ndarray of shape (n, d)
    numbers : ndarray of int
        Columns of numbers and moments that vary.
    whole : ndarray of bool, shape (d,)
        Columns of whole numbers alone.
    deviation, low, high : ndarray of shape (d,)
        Of the values that are there.
    """

    def __init__(self, X: NDArray[Any], columns: Sequence[Column]) -> None:
        self.X = X.astype(np.float64)
        filled = np.where(np.isnan(self.X), self._middle(), self.X)
        self.deviation, self.low, self.high = filled.std(0), filled.min(0), filled.max(0)
        self.whole = np.array([(filled[:, j] == np.round(filled[:, j])).all() for j in range(filled.shape[1])])
        is_number = np.array([column.kind in ("numeric", "time") for column in columns])
        self.numbers = np.flatnonzero(is_number & (self.high > self.low))
        self.varies = self.high > self.low

    def _middle(self) -> Rows:
        there = ~np.isnan(self.X)
        return np.where(there, self.X, 0).sum(0) / np.maximum(1, there.sum(0))

    def some(self, n: int, rng: Generator) -> Rows:
        """Copies of rows, each once before any comes twice."""
        order = np.concatenate([rng.permutation(len(self.X)) for _ in range(-(-n // len(self.X)))])
        return self.X[order[:n]]

    def plain(self, rows: Rows) -> Rows:
        """Whole numbers where the column has nothing else."""
        return np.where(self.whole, np.round(rows), rows)


def mixed(table: _Table, n: int, rng: Generator) -> Rows:
    """Half of the values come from another row: each value is real, together they are not."""
    rows, others = table.some(n, rng), table.X[rng.integers(len(table.X), size=n)]
    places = np.flatnonzero(table.varies)
    chosen = rng.random((n, len(places))).argsort(1)[:, : max(1, len(places) // 2)]
    taken = places[chosen]
    np.put_along_axis(rows, taken, np.take_along_axis(others, taken, 1), 1)
    return rows


def far(table: _Table, n: int, rng: Generator) -> Rows:
    """One to a quarter of the numbers lie beyond the range of their column."""
    rows = table.some(n, rng)
    width = len(table.numbers)
    count = rng.integers(1, max(1, width // 4) + 1, size=n)
    chosen = rng.random((n, width)).argsort(1).argsort(1) < count[:, None]
    low, high = table.low[table.numbers], table.high[table.numbers]
    beyond = (high - low) * rng.uniform(*OUT, size=(n, width))
    values = np.where(rng.random((n, width)) < 0.5, low - beyond, high + beyond)
    whole = table.whole[table.numbers]  # of small numbers half of the range may be less than one
    values = np.where(whole, np.where(values < low, np.minimum(values, low - 1), np.maximum(values, high + 1)), values)
    rows[:, table.numbers] = np.where(chosen, values, rows[:, table.numbers])
    return table.plain(rows)


def moved(table: _Table, n: int, rng: Generator) -> Rows:
    """Every number is moved by noise as large as its column's deviation."""
    rows = table.some(n, rng)
    rows[:, table.numbers] += rng.standard_normal((n, len(table.numbers))) * table.deviation[table.numbers]
    return table.plain(rows)


def group(table: _Table, n: int, rng: Generator) -> Rows:
    """Ten rows each close together, off in half of the numbers."""
    groups, width = -(-n // TOGETHER), len(table.numbers)
    off = rng.random((groups, width)).argsort(1) < (width + 1) // 2
    shift = off * rng.choice([-1, 1], off.shape) * rng.uniform(*APART, size=off.shape)
    of = np.arange(n) % groups
    rows = table.some(groups, rng)[of]
    noise = TIGHT * rng.standard_normal((n, width))
    rows[:, table.numbers] += (shift[of] + noise) * table.deviation[table.numbers]
    return table.plain(rows)


KINDS: dict[str, Callable[[_Table, int, Generator], Rows]] = {
    "values mixed between rows": mixed,
    "values out of range": far,
    "values moved": moved,
    "a group apart": group,
}


def make(
    X: NDArray[Any], columns: Sequence[Column], n: int, rng: Generator, real: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[np.str_]]:
    """Anomalies of every kind that the columns allow, in equal numbers.

    Parameters
    ----------
    X : ndarray of shape (m, d)
        Coded rows to make them from, with two columns or more that vary, or one of numbers.
    columns : sequence of Column
    n : int
        How many, at most: what is equal to a real row, however often it is drawn, is left out.
    rng : Generator
    real : ndarray of shape (k, d)
        Every real row.

    Returns
    -------
    anomalies : ndarray of shape (at most n, d), of the type of `X`
    kinds : ndarray of str
    """
    table = _Table(X, columns)
    names = [name for name in KINDS if (len(table.numbers) if KINDS[name] is not mixed else table.varies.sum() > 1)]
    made, kinds = [X[:0]], [np.zeros(0, str)]
    for k, name in enumerate(names):
        wanted = n // len(names) + (k < n % len(names))
        for _ in range(DRAWS):
            drawn = KINDS[name](table, wanted, rng).astype(X.dtype)
            drawn = drawn[_new(drawn, real)]
            made.append(drawn)
            kinds.append(np.full(len(drawn), name))
            wanted -= len(drawn)
            if not wanted:
                break
    return np.concatenate(made), np.concatenate(kinds)


def _new(rows: NDArray[Any], real: NDArray[Any]) -> NDArray[np.bool_]:
    """Which rows are equal to no real one."""
    ids = pattern_ids(np.concatenate([real, rows]))  # numbered in order of first appearance
    return np.asarray(ids[len(real) :] > ids[: len(real)].max())
