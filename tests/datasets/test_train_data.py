"""What detectors are given of rows of which some have no label."""

import numpy as np
import pytest

from datasets.problems.parts import Part
from datasets.train_data import train_data

X = np.arange(10, dtype=np.float32).reshape(5, 2)
KINDS = {"unsupervised": "iforest", "few labels": "devnet", "three kinds": "deepsad", "supervised": "gbdt"}


@pytest.mark.parametrize(("kind", "rows"), [(kind, 5) for kind in list(KINDS)[:3]] + [("supervised", 3)])
def test_partly_labelled(kind, rows):
    target = np.array([-1, 0, 1, 0, 1], np.int8)
    train = train_data(Part(X, np.array([1, -1, 0, -1, 0], np.int8), target), KINDS[kind])
    assert train.target.tolist() == ([-1, 0, 1, 0, 1] if rows == 5 else [-1, 1, 1])
    assert train.X[:, 0].tolist() == ([0, 2, 4, 6, 8] if rows == 5 else [0, 4, 8])


@pytest.mark.parametrize("kind", KINDS)
def test_anomalies_alone_are_labelled(kind):
    target = np.array([-1, 0, 0, -1, 0], np.int8)
    train = train_data(Part(X, np.array([1, 0, 0, 1, 0], np.int8), target), KINDS[kind])
    assert train.target.tolist() == target.tolist()
