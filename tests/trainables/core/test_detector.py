"""What every detector checks of the rows it is given."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from trainables.core.detector import TrainData, check_rows
from trainables.core.errors import InvalidInput
from trainables.loda import LODA


@pytest.mark.parametrize("bad", [1e300, -1e39, np.nan, np.inf])
def test_values_that_are_no_finite_float32_are_refused_with_their_place(bad: float) -> None:
    rows = np.zeros((5, 4))
    rows[3, 1] = rows[4, 0] = bad
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # no warning about the overflow either
        for call in (check_rows, LODA().fit, lambda X: LODA().begin(TrainData.from_labels(X))):
            with pytest.raises(InvalidInput, match=r"row 3 .*NaN or infinite.*column 1"):
                call(rows)


def test_rows_become_bytes_or_float32() -> None:
    shared = np.eye(3, dtype=np.uint8), np.eye(3, dtype=np.float32)
    for rows in shared:
        assert check_rows(rows) is rows
    for rows, dtype in (
        (np.eye(3) > 0, np.uint8),
        (np.eye(3), np.float32),
        (np.eye(3, dtype=np.float16), np.float32),
        (np.eye(3, dtype=np.int64), np.float32),
    ):
        checked = check_rows(rows)
        assert checked.dtype == dtype
        np.testing.assert_array_equal(checked, np.eye(3))
    largest = np.full((1, 1), np.finfo(np.float32).max, np.float64)
    assert check_rows(largest)[0, 0] == largest[0, 0]
