"""Empirical distribution functions of columns, as ECOD and COPOD use them."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import skew

from trainables.bases.pyod_detector import Arrays, PyODDetector
from trainables.core.errors import UntrustedState


class TailProbabilities(PyODDetector):
    """A detector by how far out in its column each value lies.

    With n training rows, the tails of value x_j, itself counted, are
    L_j = (1 + #{i : x_ij <= x_j}) / (n + 1) and R_j = (1 + #{i : x_ij >= x_j}) / (n + 1).
    """

    # the distinct values of all columns one after the other, how many each column has, and how
    # many training rows are up to each value: a 0/1 table keeps two numbers a column
    shapes: ClassVar[dict[str, tuple[str, ...]]] = {
        "values": ("n",),
        "up_to": ("n",),
        "distinct": ("d",),
        "skew": ("d",),
    }

    def _fit(self, rows: NDArray[np.float64]) -> Arrays:
        columns = [np.unique(column, return_counts=True) for column in rows.T]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a constant column has no skewness: NaN, then 0
            signs = np.sign(np.nan_to_num(skew(rows, axis=0)))
        return {
            "values": np.concatenate([values for values, _ in columns]).astype(np.float32),  # nothing is lost
            "up_to": np.concatenate([np.cumsum(counts) for _, counts in columns]),
            "distinct": np.array([len(values) for values, _ in columns]),
            "skew": signs,
        }

    def _check(self, arrays: Arrays) -> None:
        distinct, up_to = arrays["distinct"], arrays["up_to"]
        whole = distinct.dtype.kind in "iu" and up_to.dtype.kind in "iu"
        if not whole or (distinct < 1).any() or distinct.sum() != len(arrays["values"]):
            raise UntrustedState(f"{type(self).__name__}: stored columns do not add up to the stored values")
        for values, counts in _columns(arrays):
            if (np.diff(values) <= 0).any() or (np.diff(counts, prepend=0) <= 0).any():
                raise UntrustedState(f"{type(self).__name__}: stored values and counts of a column must rise")

    def _tails(self, arrays: Arrays, rows: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """-log L, -log R and that of the tail the column is skewed to (both where it is not), each (n, d)."""
        left, right = np.empty_like(rows), np.empty_like(rows)
        for j, (values, up_to) in enumerate(_columns(arrays)):
            counts = np.concatenate([[0], up_to])
            below = counts[np.searchsorted(values, rows[:, j], side="left")]
            at_most = counts[np.searchsorted(values, rows[:, j], side="right")]
            left[:, j] = -np.log((1 + at_most) / (1 + counts[-1]))
            right[:, j] = -np.log((1 + counts[-1] - below) / (1 + counts[-1]))
        skew = arrays["skew"]
        return left, right, left * (skew <= 0) + right * (skew >= 0)


def _columns(arrays: Arrays) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Distinct values and cumulative counts, column by column."""
    stops = np.cumsum(arrays["distinct"])[:-1]
    return zip(np.split(arrays["values"], stops), np.split(arrays["up_to"], stops), strict=True)
