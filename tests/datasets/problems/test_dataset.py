import numpy as np
import pytest

from datasets.errors import DataError
from datasets.problems.dataset import as_features, as_labels, check_table

X = np.array([[0, 1], [1, 0], [1, 1]])
Y = np.array([0, 1, 0])


@pytest.mark.parametrize("kind", [bool, "int64", "float64", "float32", "uint8"])
def test_zero_one_tables_become_uint8(kind):
    rows = as_features(np.asfortranarray(X.astype(kind)), "t")
    assert rows.dtype == np.uint8
    assert rows.flags.c_contiguous
    np.testing.assert_array_equal(rows, X)


@pytest.mark.parametrize("rows", [X * 3, X - 1, X * 0.5, (X * 255).astype(np.uint8)])
def test_other_numbers_become_float32(rows):
    assert as_features(rows, "t").dtype == np.float32
    np.testing.assert_array_equal(as_features(rows, "t"), rows)


def test_a_good_table_passes():
    check_table(X, Y, "t")


@pytest.mark.parametrize(
    ("rows", "labels", "message"),
    [
        (X, [0, 1, 2], r"t has labels other than 0 \(normal\) and 1 \(anomaly\): found 0, 1, 2"),
        (X, [-1, 1, 1], "found -1, 1"),
        (X, [0, 1, np.nan], "found 0, 1, nan"),
        (X, ["a", "b", "a"], "found a, b"),
        (np.zeros((7, 2)), range(7), "found 0, 1, 2, 3, 4, …"),
        (X, [0, 1], "t has 3 rows but 2 labels"),
        (X, [[0, 1], [0, 1], [0, 1]], r"labels of shape \(3, 2\)"),
        (X, [0, 0, 0], "t has no anomalies: all 3 labels are 0"),
        (X, [1, 1, 1], "t has only anomalies: all 3 labels are 1"),
        (np.zeros((0, 2)), [], r"expected shape \(n, d\) with n, d > 0, found \(0, 2\)"),
        (np.zeros(3), Y, r"found \(3,\)"),
        ([[0, 1], [1, np.nan], [0, 0]], Y, r"a missing value \(NaN\) in row 1, column 1"),
        ([[0, 1], [1, 0], [np.inf, 0]], Y, "an infinite value, or one too large for float32 in row 2, column 0"),
        ([[0, 1], [1, 0], [1e300, 0]], Y, "too large for float32 in row 2, column 0"),
        ([["a", "b"]] * 3, Y, "values of type"),
    ],
)
def test_bad_tables_are_named(rows, labels, message):
    with pytest.raises(DataError, match=message) as caught:
        check_table(np.asarray(rows), np.asarray(labels), "t")
    assert "\n" not in str(caught.value)


def test_labels_in_a_column_are_taken():
    assert as_labels(Y[:, None], "t").tolist() == [0, 1, 0]
