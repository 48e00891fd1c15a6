"""MCD: Mahalanobis distance to the part of the rows that lies closest together."""

from __future__ import annotations

import math
import warnings
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from trainables.bases.pyod_detector import Arrays, PyODDetector, library
from trainables.core import constraints as c
from trainables.core.detector import hyperparameters
from trainables.core.errors import SingularCovariance


@hyperparameters
class MCD(PyODDetector):
    """Minimum covariance determinant: squared Mahalanobis distance with robust mean and covariance.

    s(x) = (x - m)^T C^+ (x - m), where m and C are the mean and covariance of those rows that lie
    near the h rows whose covariance has the least determinant (the reweighted estimate), and C^+ is the
    pseudo-inverse.

    Parameters
    ----------
    support_fraction : float or "auto", default="auto"
        h / n; "auto" is (n + d + 1) / 2n, which withstands the most anomalies.
    max_samples : int, default=10000
        Rows that are fitted, drawn without replacement; more than there are is all of them.
    seed : int, default=0
        Seed of the search for the h rows and of which rows are drawn.

    Raises
    ------
    SingularCovariance
        If nothing but coinciding rows is left in the support.

    Notes
    -----
    Rows of shape (n, d), in float64. Labels are not used. The fit is PyOD's, which is scikit-learn's
    FastMCD. Deviations from the paper: at most `max_samples` rows; the pseudo-inverse, as
    in scikit-learn. In a table of 0/1 columns a rare 1 can be missing from the support: the
    column has no variance there and does not count in the score at all. A larger support
    fraction keeps it.

    References
    ----------
    Rousseeuw, Van Driessen. A Fast Algorithm for the Minimum Covariance Determinant Estimator. Technometrics 41, 1999.
    """

    shapes: ClassVar[dict[str, tuple[str, ...]]] = {"location_": ("d",), "precision_": ("d", "d")}

    support_fraction: Literal["auto"] | Annotated[float, c.Interval(float, 0, 1, closed="neither")] = "auto"
    max_samples: Annotated[int, c.Interval(int, 2, math.inf)] = 10_000

    def _most_rows(self) -> int | None:
        return self.max_samples

    def _build(self) -> Any:
        fraction = None if self.support_fraction == "auto" else float(self.support_fraction)
        return library("mcd").MCD(support_fraction=fraction, random_state=self.seed)

    def _fit(self, rows: NDArray[np.float64]) -> Arrays:
        with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
            warnings.simplefilter("ignore")  # about a covariance without full rank: see Notes
            try:
                arrays = super()._fit(rows)
            except ValueError as error:
                if "covariance matrix" not in str(error):
                    raise
                raise SingularCovariance(f"MCD: {error}") from error
        if not np.isfinite(arrays["precision_"]).all() or not arrays["precision_"].any():
            raise SingularCovariance("MCD: the rows of the support coincide")
        return arrays

    def _scores(self, arrays: Arrays, rows: NDArray[np.float64]) -> NDArray[np.floating[Any]]:
        centred = rows - arrays["location_"]
        return ((centred @ arrays["precision_"]) * centred).sum(1)
