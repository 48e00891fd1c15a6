"""PCA of images: the same scores as an exact decomposition, whichever solver finds it."""

from __future__ import annotations

import numpy as np
import pytest

from trainables.core.errors import SingularCovariance
from trainables.pca import PCA


def images(n: int, shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (n, *shape), dtype=np.uint8)


@pytest.mark.parametrize(("n", "shape"), [(300, (10, 10, 1)), (30, (10, 10, 1)), (60, (20, 20, 3)), (520, (20, 20, 3))])
def test_error_outside_the_components(n: int, shape: tuple[int, ...]) -> None:
    X = images(n + 9, shape)
    rows, new = X[:n].reshape(n, -1).astype(float), X[n:].reshape(9, -1).astype(float)
    _, _, V = np.linalg.svd(rows - rows.mean(0), full_matrices=False)
    z = new - rows.mean(0)
    expected = np.square(z - z @ V[:5].T @ V[:5]).sum(1)
    detector = PCA(n_components=5, score="reconstruction", standardise=False, weighted=False).fit(X[:n])
    np.testing.assert_allclose(detector.decision_function(X[n:]), expected, rtol=1e-6)


@pytest.mark.parametrize("given", [{}, {"n_components": 4, "score": "projection"}, {"n_selected_components": 3}])
def test_images_score_as_their_flat_rows(given: dict) -> None:
    X = images(220, (9, 8, 1))
    X[:, 0, 0] = 7  # a pixel that never varies
    flat = X.reshape(220, -1)
    scores, others = (PCA(**given).fit(one[:200]).decision_function(one[200:]) for one in (X, flat))
    if given.get("score") != "projection":  # PyOD's distance hangs on the arbitrary sign of a component
        assert np.corrcoef(scores, others)[0, 1] > 0.9
    else:
        np.testing.assert_allclose(scores, others, rtol=1e-6)


def test_images_all_alike() -> None:
    with pytest.raises(SingularCovariance, match="constant"):
        PCA().fit(np.full((20, 8, 8, 1), 9, np.uint8))
