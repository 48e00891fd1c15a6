"""HBOS: columns one by one, a histogram for each."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from trainables.bases.pyod_detector import Arrays, PyODDetector
from trainables.core import constraints as c
from trainables.core.detector import hyperparameters
from trainables.core.errors import InvalidInput, UntrustedState


@hyperparameters
class HBOS(PyODDetector):
    """Histogram-based outlier score: how empty the bins of a row are, column by column.

    s(x) = -sum_j log2(p_j(x_j) + alpha), where p_j is the density of the bin of x_j among n_bins
    bins of equal width between the smallest and the largest training value of column j. Outside,
    p_j is that of the outermost bin up to tol of its width away, and farther that of the emptiest
    bin of the column.

    Parameters
    ----------
    n_bins : int, default=10
        Bins of every column.
    alpha : float, default=0.1
        Keeps the logarithm of an empty bin finite.
    tol : float, default=0.5
        How far outside a value may lie, in widths of a bin, and still count as inside.

    Notes
    -----
    Rows of shape (n, d), in float64. Labels are not used.
    p_j is a density, as in PyOD: it depends on the unit of a column, and alpha with it. The paper
    scales each histogram to the height 1, which moves s by a constant where alpha is 0.
    Deviation from PyOD: PyOD counts a value that lies on the edge between two bins in the upper one
    and looks it up in the lower one, so that whole numbers with edges on them read their neighbour's
    count. Here both are the upper one. Elsewhere the scores are equal. PyOD's n_bins="auto" is left out:
    its penalty on bins is charged once for every bin.

    References
    ----------
    Goldstein, Dengel. Histogram-based Outlier Score (HBOS): A fast Unsupervised Anomaly Detection
    Algorithm. KI 2012 (poster track).
    """

    shapes: ClassVar[dict[str, tuple[str, ...]]] = {"hist_": ("bins", "d"), "bin_edges_": ("edges", "d")}

    n_bins: Annotated[int, c.Interval(int, 2, 100_000)] = 10
    alpha: Annotated[float, c.Interval(float, 0, 1, closed="neither")] = 0.1
    tol: Annotated[float, c.Interval(float, 0, 1, closed="neither")] = 0.5

    def _fit(self, rows: NDArray[np.float64]) -> Arrays:
        try:
            columns = [np.histogram(column, bins=self.n_bins, density=True) for column in rows.T]
        except ValueError as error:  # a range too small, against the size of the values, to be cut
            raise InvalidInput(f"HBOS cannot cut a column into {self.n_bins} bins: {error}") from error
        return {
            "hist_": np.stack([density for density, _ in columns], axis=1),
            "bin_edges_": np.stack([edges for _, edges in columns], axis=1),
        }

    def _scores(self, arrays: Arrays, rows: NDArray[np.float64]) -> NDArray[np.floating[Any]]:
        scores = np.zeros(len(rows))
        for column, density, edges in zip(rows.T, arrays["hist_"].T, arrays["bin_edges_"].T, strict=True):
            surprise = -np.log2(density + self.alpha)
            inside = np.clip(np.searchsorted(edges, column, side="right") - 1, 0, len(density) - 1)
            far = (edges[0] - column > self.tol * (edges[1] - edges[0])) | (
                column - edges[-1] > self.tol * (edges[-1] - edges[-2])
            )
            scores += np.where(far, surprise.max(), surprise[inside])
        return scores

    def _check(self, arrays: Arrays) -> None:
        if len(arrays["bin_edges_"]) != len(arrays["hist_"]) + 1:
            raise UntrustedState("HBOS: a stored histogram must have one edge more than bins")
        if (arrays["hist_"] < 0).any():
            raise UntrustedState("HBOS: a stored density is negative")
