"""Rows that belong together are drawn together: equal ones, and those of a group; of kinds of anomaly, too."""

import numpy as np
import pytest

from datasets.problems.parts import Part
from launch.evaluation.clusters import clusters
from launch.evaluation.per_kind import by_kind

X = np.arange(12, dtype=np.float32).reshape(6, 2)
Y = np.array([0, 0, 1, 0, 1, 0], np.int8)


def test_equal_rows_are_one():
    copies = np.repeat(np.arange(6), [1, 2, 1, 1, 3, 1])
    assert clusters(Part(X[copies], Y[copies])).tolist() == copies.tolist()


def test_rows_of_a_group_are_one():
    part = Part(X, Y, groups=np.array([7, 7, 3, 3, 9, 9]))
    assert clusters(part).tolist() == [1, 1, 0, 0, 2, 2]
    assert clusters(part.take(np.array([0, 1, 4]))).tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    "part",
    [
        Part(X, Y),
        Part(X, Y, groups=np.arange(6)),
        Part(np.zeros((6, 2, 2, 1), np.uint8), Y),
        Part(np.zeros((6, 2), np.float32), np.stack([Y, Y], 1), tasks=("a", "b")),
    ],
)
def test_else_every_row_stands_for_itself(part):
    assert clusters(part) is None


def test_a_kind_whose_rows_repeat_is_no_surer():
    """Each row three times says no more than each once; in a group of its own, neither."""
    rng = np.random.default_rng(0)
    y = np.r_[np.ones(20), np.zeros(60)].astype(np.int8)
    rows, scores = rng.normal(size=(80, 2)).astype(np.float32), rng.normal(size=(2, 80)) + y
    kinds, copies = np.where(y == 1, "scratch", ""), np.repeat(np.arange(80), 3)
    once = by_kind(Part(rows, y, anomaly_types=kinds), scores, ())["scratch"]
    part = Part(rows[copies], y[copies], anomaly_types=kinds[copies])
    grouped = Part(rng.normal(size=(240, 2)), y[copies], anomaly_types=kinds[copies], groups=copies)
    for thrice in (by_kind(one, scores[:, copies], ())["scratch"] for one in (part, grouped)):
        assert thrice.anomalies == 60
        assert (thrice.auroc.low, thrice.auroc.high) == pytest.approx((once.auroc.low, once.auroc.high), abs=1e-3)
        assert (thrice.ap.low, thrice.ap.high) == pytest.approx((once.ap.low, once.ap.high), abs=0.01)
