"""Cells of types that a CSV does not have."""

import datetime
import decimal

import numpy as np
import pandas as pd
import pytest

from trainables.core.errors import InvalidInput
from trainables.core.preprocessing.schema import Column, Schema
from trainables.core.preprocessing.typed_cells import plain_cells

NAN = np.nan


def made(cells, **how):
    plain, about = plain_cells(pd.Series(cells, name="c", **how))
    assert plain.name == "c"
    return plain.to_list(), about


@pytest.mark.parametrize(
    ("cells", "plain", "about"),
    [
        (pd.to_timedelta(["1h", "2min 3s"]), [3600, 123], "time differences, in seconds"),
        (pd.Series([datetime.timedelta(seconds=5)], dtype=object), [5], "time differences, in seconds"),
        ([decimal.Decimal("1.25"), decimal.Decimal("-3")], [1.25, -3], "decimals, as numbers"),
        ([b"up", "d\xf6wn".encode()], ["up", "d\xf6wn"], "bytes, as UTF-8 text"),
        ([datetime.time(1, 2, 3)], [3723], "times of day, in seconds"),
        (pd.Categorical([3, 1, 3]), [3, 1, 3], "categories of the file"),
        (pd.Categorical(["b", "a"]), ["b", "a"], "categories of the file"),
        (pd.Categorical([b"b", b"a"]), ["b", "a"], "categories of the file"),
        (pd.period_range("2020-02", periods=1, freq="M"), [pd.Timestamp("2020-02-01")], "periods, by their start"),
        (pd.IntervalIndex.from_breaks([0, 1]), ["(0, 1]"], "intervals, as texts"),
        (pd.arrays.SparseArray([0, 1]), [0, 1], ""),
        ([1, 2], [1, 2], ""),
        (["a", "b"], ["a", "b"], ""),
        (pd.Series([1, "a"], dtype=object), [1, "a"], ""),
    ],
)
def test_what_is_certain(cells, plain, about):
    assert made(cells) == (plain, about)


def test_what_is_missing_stays_missing():
    for cells in ([decimal.Decimal(1), None], pd.to_timedelta(["1s", None]), pd.Categorical([1, None]), [b"a", None]):
        values, _ = made(cells)
        assert values[0] in (1, "a")
        assert pd.isna(values[1])


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([1, [1, 2]], "column 'c', row 1: '[1, 2]' is a list"),
        ([None, {"a": 1}], "row 1: \"{'a': 1}\" is a dict"),
        ([np.array([1, 2])], "row 0: '[1 2]' is a list"),
        ([1 + 2j], "complex numbers"),
        ([b"ok", b"\xff"], "row 1: b'\\\\xff' are bytes that are no UTF-8 text"),
    ],
)
def test_what_is_none_of_these_is_refused(cells, words):
    with pytest.raises(InvalidInput, match=words.replace("[", r"\[").replace("+", r"\+")):
        plain_cells(pd.Series(cells, name="c"))


def test_new_rows_come_in_any_of_these_types():
    schema = Schema((Column("zone", "categorical", ("1", "2")), Column("took", "numeric")))
    rows = pd.DataFrame({"zone": pd.Categorical([2, 1]), "took": pd.to_timedelta(["1min", None])})
    np.testing.assert_array_equal(schema.encode(rows), [[1, 60], [0, NAN]])
    rows = pd.DataFrame({"zone": [b"1", b"3"], "took": [decimal.Decimal("60"), None]})
    np.testing.assert_array_equal(schema.encode(rows), [[0, 60], [2, NAN]])
