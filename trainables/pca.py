"""PCA: how far a row lies along the principal components, or outside them."""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from sklearn.decomposition import PCA as SklearnPCA

from trainables.bases.pyod_detector import Arrays, PyODDetector, library
from trainables.core import constraints as c
from trainables.core.detector import Modality, hyperparameters
from trainables.core.errors import SingularCovariance, UntrustedState


@hyperparameters
class PCA(PyODDetector):
    """Principal component analysis of standardised rows.

    z is x with the training mean 0 and deviation 1 in every column, v_1, v_2, ... the principal
    components by falling variance and w_j the share of the variance that v_j explains (1 if not
    `weighted`). "reconstruction": s(x) = ||z - sum_j (z . v_j) v_j||^2, what the selected components
    do not restore. "distance": s(x) = sum_j ||z - v_j|| / w_j. "projection":
    s(x) = sum_j (z . v_j)^2 / w_j. The sums run over the selected components.

    Parameters
    ----------
    n_components : int or "all", default="all"
        The first so many components are kept; more than there are is all of them.
    n_selected_components : int or "all", default="all"
        Of those kept, the last so many, with the smallest variance, make the score.
    weighted : bool, default=True
        Whether components of small variance weigh more.
    score : {"distance", "projection", "reconstruction"}, default="distance"
        PyOD's, the paper's, or the squared error of the reconstruction.
    standardise : bool, default=True
        Whether every column gets deviation 1. Pixels share a unit: one that is lit in one
        training image would outweigh all others.
    seed : int, default=0
        Seed of the iterative decompositions, of very wide tables and of images of more than 1,024 values.

    Raises
    ------
    SingularCovariance
        If every column is constant.

    Notes
    -----
    Rows of shape (n, d), in float64; images (n, h, w, c) are flattened and decomposed by
    scikit-learn's quickest exact solver. Labels are not used.
    PyOD documents its score as the projected distance on the components. What it computes is
    the distance between z and the unit vector v_j as two points, which grows with ||z|| and depends on
    the arbitrary sign of v_j; "projection" is what is documented. With every component and weights it
    is the squared Mahalanobis distance but for a factor.
    Deviations from PyOD: components that explain less than 1e-10 of the variance (a constant
    column, one that is the sum of others) are left out, where PyOD divides by zero or by noise. It
    refuses n_components above the number of columns, and has no reconstruction error.
    Deviation from the paper: no robust trimming before the fit, and one sum instead of one each for
    major and minor components.

    References
    ----------
    Shyu, Chen, Sarinnapakorn, Chang. A Novel Anomaly Detection Scheme Based on Principal Component
    Classifier. ICDM Foundations and New Directions of Data Mining Workshop 2003.
    """

    modality: ClassVar[frozenset[Modality]] = frozenset({Modality.TABULAR, Modality.IMAGE})
    shapes: ClassVar[dict[str, tuple[str, ...]]] = {
        "mean": ("d",),
        "scale": ("d",),
        "components": ("k", "d"),
        "weights": ("k",),
    }

    n_components: Literal["all"] | Annotated[int, c.Interval(int, 1, math.inf)] = "all"
    n_selected_components: Literal["all"] | Annotated[int, c.Interval(int, 1, math.inf)] = "all"
    weighted: bool = True
    score: Literal["distance", "projection", "reconstruction"] = "distance"
    standardise: bool = True

    def _fit(self, rows: NDArray[np.float64]) -> Arrays:
        if len(self.row_shape_) > 1:
            return self._chosen(*self._of_images(rows))
        with np.errstate(divide="ignore", invalid="ignore"):  # PyOD's scores of the training rows, not used
            # all components: they are chosen here
            model = library("pca").PCA(standardization=self.standardise, random_state=self.seed).fit(rows)
        mean = model.scaler_.mean_ if self.standardise else model.detector_.mean_
        scale = model.scaler_.scale_ if self.standardise else np.ones(rows.shape[1])
        return self._chosen(mean, scale, model.components_, model.explained_variance_ratio_)

    def _of_images(self, rows: NDArray[np.float64]) -> tuple[NDArray[Any], ...]:
        """Mean, scale, components and shares by the quickest exact solver: PyOD's takes minutes on wide rows."""
        mean, scale = rows.mean(0), rows.std(0) if self.standardise else np.ones(rows.shape[1])
        # a column that never varies has a deviation of rounding errors
        scale = np.where(scale > 1e-9, scale, 1.0)
        z = (rows - mean) / scale
        if not np.ptp(rows, axis=0).any():
            raise SingularCovariance("PCA: every column of the training rows is constant")
        most, count = min(z.shape), self.n_components
        given: dict[str, Any] = {"svd_solver": "full"}
        if z.shape[1] <= 1024:
            given = {"svd_solver": "covariance_eigh"}
        elif most > 512 and count != "all" and int(count) < most:
            given = {"svd_solver": "arpack", "n_components": int(count), "random_state": self.seed}
        with np.errstate(divide="ignore", invalid="ignore"):  # the shares of an even set of images, refused later
            model = SklearnPCA(**given).fit(z)
        return mean, scale, model.components_, model.explained_variance_ratio_

    def _chosen(
        self, mean: NDArray[Any], scale: NDArray[Any], components: NDArray[Any], shares: NDArray[Any]
    ) -> Arrays:
        share = np.nan_to_num(shares)
        kept = np.flatnonzero(share > 1e-10)
        if not len(kept):
            raise SingularCovariance("PCA: every column of the training rows is constant")
        if self.n_components != "all":
            kept = kept[: int(self.n_components)]
        if self.n_selected_components != "all":
            kept = kept[-int(self.n_selected_components) :]
        return {
            "mean": mean,
            "scale": scale,
            "components": components[kept],
            "weights": share[kept] if self.weighted else np.ones(len(kept)),
        }

    def _scores(self, arrays: Arrays, rows: NDArray[np.float64]) -> NDArray[np.floating[Any]]:
        z = (rows - arrays["mean"]) / arrays["scale"]
        if self.score == "reconstruction":
            V = arrays["components"]
            return ((z - (z @ V.T) @ V) ** 2).sum(1)
        if self.score == "projection":
            return ((z @ arrays["components"].T) ** 2 / arrays["weights"]).sum(1)
        return (cdist(z, arrays["components"]) / arrays["weights"]).sum(1)

    def _check(self, arrays: Arrays) -> None:
        if (arrays["scale"] <= 0).any() or (arrays["weights"] <= 0).any():
            raise UntrustedState("PCA: a stored deviation or variance is not positive")
