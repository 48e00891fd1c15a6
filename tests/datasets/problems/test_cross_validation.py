"""Folds over all rows, where nothing is sealed."""

import numpy as np
import pytest

from datasets.errors import DataError
from datasets.problems.cross_validation import fold_numbers
from datasets.problems.dataset import Dataset
from datasets.problems.protocols import prepare


@pytest.mark.parametrize(("anomalies", "folds"), [(2, 2), (3, 3), (5, 5), (7, 5), (100, 5)])
def test_anomalies_are_spread_evenly(anomalies, folds):
    y = (np.arange(500) < anomalies).astype(np.int8)
    for seed in range(3):
        numbers = fold_numbers(y, None, seed)
        held, rows = np.bincount(numbers[y == 1]), np.bincount(numbers)
        assert len(rows) == folds
        assert held.max() - held.min() <= 1
        assert rows.max() - rows.min() <= 2
    assert not np.array_equal(fold_numbers(y, None, 0), fold_numbers(y, None, 1))
    np.testing.assert_array_equal(fold_numbers(y, None, 1), fold_numbers(y, None, 1))


def test_equal_rows_are_in_one_fold():
    groups = np.repeat(np.arange(100), 3)
    y = (groups < 4).astype(np.int8)
    numbers = fold_numbers(y, groups, 0)
    assert all(len(set(numbers[groups == group])) == 1 for group in range(100))
    assert len(set(numbers)) == 4


def test_a_pattern_of_nearly_all_rows_leaves_normal_rows_to_every_fold():
    y = np.repeat([1, 0], [5, 95]).astype(np.int8)
    groups = np.r_[np.arange(5), np.full(80, 5), np.arange(6, 21)]
    for seed in range(3):
        number = fold_numbers(y, groups, seed)
        assert sorted(np.bincount(number[y == 0]))[0] >= 3


def test_folds_are_about_alike():
    groups = np.repeat(np.arange(40), np.arange(40))
    y = (groups > 35).astype(np.int8)
    sizes = np.bincount(fold_numbers(y, groups, 0)[y == 0])
    assert sizes.max() - sizes.min() <= 36


def test_one_anomalous_pattern_cannot_be_cut():
    with pytest.raises(DataError, match="equal in every column"):
        fold_numbers(np.r_[np.ones(3), np.zeros(50)].astype(np.int8), np.r_[[0] * 3, np.arange(50) + 1], 0)


def test_there_is_no_test_to_read(tmp_path):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 2)).astype(np.float32), (np.arange(60) < 3).astype(np.int8)
    problem = prepare(Dataset("few", X, y, ("a", "b"), "here", "0", "none"), "cross-validated")
    assert problem.cross_validated
    with pytest.raises(DataError, match="seals no row"):
        problem.sealed.open(tmp_path / "ledger", study="s", detector="d", reason="r")
    assert not (tmp_path / "ledger").exists()
    assert not prepare(Dataset("few", X, y, ("a", "b"), "here", "0", "none"), "holdout").cross_validated
