"""Rows of training are not compared with themselves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pyod.models.knn import KNN as PyODKNN
from pyod.models.lof import LOF as PyODLOF

from trainables.core.detector import Detector
from trainables.knn import KNN
from trainables.lof import LOF


def test_training_rows_are_not_their_own_neighbours_by_hand() -> None:
    """Nearest others of 0, 1, 3, 7 are 1, 1, 2, 4 away; 2 is no training row; of two rows at 5 each has the other."""
    detector = KNN(n_neighbors=1, rounds=1).fit([[0], [1], [3], [7]])
    np.testing.assert_array_equal(detector.training_scores([[0], [1], [3], [7], [2]]), [1, 1, 2, 4, 1])
    np.testing.assert_array_equal(detector.decision_function([[0], [1], [3], [7]]), 0)
    np.testing.assert_array_equal(KNN(n_neighbors=1, rounds=1).fit([[5], [5], [9]]).training_scores([[5], [9]]), [0, 4])


@pytest.mark.parametrize("columns", [3, 40])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (KNN(n_neighbors=1), PyODKNN(n_neighbors=1)),
        (KNN(n_neighbors=5, method="mean"), PyODKNN(n_neighbors=5, method="mean")),
        (KNN(n_neighbors=4, method="median"), PyODKNN(n_neighbors=4, method="median")),
        (LOF(), PyODLOF()),
    ],
)
def test_training_scores_are_those_of_pyod(ours: Detector, theirs: Any, columns: int) -> None:
    rows = np.random.default_rng(0).normal(size=(300, columns)).astype(np.float32)
    rows[10:13] = rows[9]
    expected = theirs.fit(rows.astype(np.float64)).decision_scores_
    np.testing.assert_allclose(ours.clone().fit(rows).training_scores(rows), expected, rtol=1e-12)
