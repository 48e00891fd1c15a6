"""LODA: histograms of many random projections."""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from trainables.bases.pyod_detector import Arrays, PyODDetector
from trainables.core import constraints as c
from trainables.core.detector import hyperparameters
from trainables.core.errors import InvalidInput, UntrustedState

EMPTY = 1e-12  # rows that are added to every bin, as in PyOD; also the most that a place outside all bins has


@hyperparameters
class LODA(PyODDetector):
    """Lightweight on-line detector of anomalies.

    s(x) = -(1 / k) sum_i log p_i(w_i . x), where each of the k directions w_i has floor(sqrt(d)) entries
    from N(0, 1) and zeros elsewhere, and p_i(v) is the share of training rows whose projection
    is in the bin of v, among n_bins bins of equal width (1e-12 rows are added to each).
    Outside all bins p_i is 1e-12, or the smallest share of a bin where that is less: no training row
    was there either, so that a value beyond all of them is never less anomalous than one in a gap.

    Parameters
    ----------
    n_bins : int, default=10
        Bins of every histogram.
    n_random_cuts : int, default=100
        k, the directions.
    seed : int, default=0
        Seed of the directions.

    Notes
    -----
    Rows of shape (n, d), in float64. Labels are not used. Directions and histograms equal PyOD's.
    Deviations from PyOD: it reads the histogram one bin too high (all bins but the last), gives a
    projection outside all bins the share of the outermost one, and divides twice by k. Here the bin that
    is read is the one that was counted. PyOD's n_bins="auto" is left out: its penalty on bins is
    charged once for every bin.
    Outside all bins half a row's share ranked better on 22 tables than 1e-12 rows' (mean AP .464 against .435, p = .02
    not corrected for other tries); it stays as it is until other tables than those say so.
    Deviation from the paper: the histograms are fitted to all rows at once, not on line.

    References
    ----------
    Pevný. Loda: Lightweight on-line detector of anomalies. Machine Learning 102, 2016.
    """

    shapes: ClassVar[dict[str, tuple[str, ...]]] = {
        "projections_": ("cuts", "d"),
        "histograms_": ("cuts", "bins"),
        "limits_": ("cuts", "edges"),
    }

    n_bins: Annotated[int, c.Interval(int, 2, 100_000)] = 10
    n_random_cuts: Annotated[int, c.Interval(int, 1, 100_000)] = 100

    def _fit(self, rows: NDArray[np.float64]) -> Arrays:
        rng, columns = np.random.RandomState(self.seed), rows.shape[1]  # PyOD's generator, for its directions
        directions = rng.randn(self.n_random_cuts, columns)
        for direction in directions:
            direction[rng.permutation(columns)[: columns - math.isqrt(columns)]] = 0
        try:
            cuts = [np.histogram(project(rows, direction), bins=self.n_bins) for direction in directions]
        except ValueError as error:  # a range too small, against the size of the values, to be cut
            raise InvalidInput(f"LODA cannot cut a projection into {self.n_bins} bins: {error}") from error
        counts = np.stack([count for count, _ in cuts]) + EMPTY
        return {
            "projections_": directions,
            "histograms_": counts / counts.sum(1, keepdims=True),
            "limits_": np.stack([edges for _, edges in cuts]),
        }

    def _scores(self, arrays: Arrays, rows: NDArray[np.float64]) -> NDArray[np.floating[Any]]:
        scores = np.zeros(len(rows))
        for direction, shares, edges in zip(*(arrays[name] for name in self.shapes), strict=True):
            value = project(rows, direction)
            inside = np.clip(np.searchsorted(edges, value, side="right") - 1, 0, len(shares) - 1)
            outside = (value < edges[0]) | (value > edges[-1])
            scores -= np.log(np.where(outside, min(EMPTY, shares.min()), shares[inside]))
        return scores / len(arrays["projections_"])

    def _check(self, arrays: Arrays) -> None:
        if arrays["limits_"].shape[1] != arrays["histograms_"].shape[1] + 1:
            raise UntrustedState("LODA: a stored histogram must have one edge more than bins")
        if (arrays["histograms_"] <= 0).any():
            raise UntrustedState("LODA: a stored share of rows is not positive")


def project(rows: NDArray[np.float64], direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """The product of each row with a sparse direction, rounded alike wherever the row stands.

    The largest training row lies on the last edge: a matrix product, which rounds by position,
    could push it out.
    """
    value = np.zeros(len(rows))
    for j in np.flatnonzero(direction):
        value += direction[j] * rows[:, j]
    return value
