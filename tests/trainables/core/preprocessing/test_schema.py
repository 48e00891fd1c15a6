"""Raw cells as numbers: by kind, in any spelling, the same whether a table comes whole, in chunks or from memory."""

import decimal

import numpy as np
import pandas as pd
import pytest

from trainables.core.errors import InvalidInput
from trainables.core.preprocessing.cells import as_text
from trainables.core.preprocessing.moments import as_moments, day_first, moment
from trainables.core.preprocessing.numbers import as_numbers
from trainables.core.preprocessing.schema import Column, Schema

NAN = np.nan


def coded(kind, cells, missing=(), **more):
    schema = Schema((Column("c", kind, **more),), missing)
    return schema.encode(pd.DataFrame({"c": cells}))[:, 0]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([1, 2], [1, 2]),
        ([True, False], [1, 0]),
        (["1", " 2.5 ", "1e3"], [1, 2.5, 1000]),
        (["true", "False", "1"], [1, 0, 1]),
        ([1.5, None, "3", "NA", "?"], [1.5, NAN, 3, NAN, NAN]),
        (pd.array([1, None], "Int64"), [1, NAN]),
        (pd.array([True, None], "boolean"), [1, NAN]),
        ([decimal.Decimal("1.25"), None], [1.25, NAN]),
        (pd.Categorical(["4", "5"]), [4, 5]),
        ([None, None], [NAN, NAN]),
        ([2**62, 10**25], [2.0**62, 1e25]),
    ],
)
def test_numbers(cells, expected):
    np.testing.assert_array_equal(coded("numeric", cells), expected)


@pytest.mark.parametrize(
    ("kind", "cells", "words"),
    [
        ("numeric", [1, 2, "many"], "column 'c', row 2: 'many' is not a number"),
        ("numeric", [1, np.inf], "row 1: 'inf' is infinite"),
        ("numeric", [1, -1e39], r"row 1: '-1e\+39' is infinite, or too large for float32"),
        ("boolean", [1, 0, 2], "row 2: '2' is not 0 or 1"),
        ("boolean", ["yes", "no"], "row 0: 'yes' is not a number"),
        ("time", ["2020-01-01", "12:30"], "row 1: '12:30' is not a date or time"),
        ("time", ["2020-01-01", "2020-13-01"], "row 1: '2020-13-01' is not a date"),
        ("time", [20200101], "row 0: 20200101|'20200101' is not a date"),
        ("time", ["5/1"], "row 0: '5/1' is not a date"),
    ],
)
def test_what_is_of_another_kind(kind, cells, words):
    with pytest.raises(InvalidInput, match=words):
        coded(kind, cells)


def test_a_chunk_names_the_row_in_the_file():
    frame = pd.DataFrame({"c": ["1", "x"]}, index=pd.RangeIndex(5000, 5002))
    with pytest.raises(InvalidInput, match="column 'c', row 5001"):
        Schema((Column("c", "numeric"),)).encode(frame)
    with pytest.raises(InvalidInput, match="column 'c', row 1:"):  # an index of another kind counts nothing
        Schema((Column("c", "numeric"),)).encode(frame.set_axis(["a", "b"]))


COLOURS = ("blue", "green", "red")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["red", "blue", None, "", " green ", "NA"], [2, 0, NAN, NAN, 1, NAN]),
        (pd.Categorical(["red", "violet"]), [2, 3]),
        (["RED", "violet", "7"], [3, 3, 3]),
        ([1.5, 2.5], [3, 3]),
        ([None, None], [NAN, NAN]),
    ],
)
def test_texts(cells, expected):
    np.testing.assert_array_equal(coded("categorical", cells, categories=COLOURS), expected)


@pytest.mark.parametrize("categories", [("1", "10", "2.5"), ("1.0", "10.0", "2.50"), ("01", "10", "2.5")])
@pytest.mark.parametrize(
    "cells", [[1, 10, 2.5], ["1", "10", "2.5"], ["1.0", "10.0", "2.50"], ["01", "10", "2.5"], [1.0, "10", 2.5]]
)
def test_numbers_as_texts_are_one_in_every_spelling(categories, cells):
    assert coded("categorical", cells, categories=categories).tolist() == [0, 1, 2]


def test_spellings_that_training_told_apart_stay_apart():
    assert coded("categorical", ["1", "1.0", "01", "x"], categories=("1", "1.0", "x")).tolist() == [0, 1, 3, 2]


def test_spellings_of_new_texts():
    for cells, codes in (
        (["RED", "Red", " red", "violet", "7"], [2, 2, 2, 3, 3]),
        (["NEW  york", "new york"], [3, 3]),
    ):
        assert coded("categorical", cells, categories=COLOURS, any_case=True) == pytest.approx(codes)
    cities = {"categories": ("Oslo", "oslo", "New York"), "any_case": True}
    assert coded("categorical", ["Oslo", "oslo", "OSLO", "new  york"], **cities).tolist() == [0, 1, 3, 2]


@pytest.mark.parametrize("pair", [("no", "yes"), ("N", "Y"), ("f", "t")])
def test_true_and_false_are_yes_and_no(pair):
    new = [*pair, pair[1].upper(), True, False, "1", "0.0"]
    assert coded("categorical", new, categories=pair, any_case=True).tolist() == [0, 1, 1, 1, 0, 1, 0]
    assert coded("categorical", ["True", "1"], categories=pair).tolist() == [2, 2]  # a model from before
    assert coded("categorical", ["True"], categories=(*pair, "z"), any_case=True).tolist() == [3]


def test_what_is_missing_in_a_csv_is_missing_in_any_file():
    texts = ["NULL", "n/a", "#N/A", "-nan", "red"]
    np.testing.assert_array_equal(coded("categorical", texts, categories=COLOURS), [NAN] * 4 + [2])
    assert coded("categorical", ["NULL"], categories=("NULL", "red")).tolist() == [0]  # a model from before


def test_true_and_false_as_texts():
    assert coded("categorical", [True, False], categories=("False", "True")).tolist() == [1, 0]
    assert coded("categorical", ["true", "FALSE"], categories=("False", "True")).tolist() == [1, 0]


DAY = 18262.0
"""2020-01-01, in days since 1970: 50 years of 365 days and 12 leap days."""


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["2020-01-01", "2020-01-02 12:00", "2020-01-01T06:00:00Z", None], [DAY, DAY + 1.5, DAY + 0.25, NAN]),
        (pd.to_datetime(["2020-01-01", None]), [DAY, NAN]),
        (pd.to_datetime(["2020-01-01 03:00"]).tz_localize("Europe/Athens"), [DAY + 1 / 24]),
        (["2020-01-01 03:00+02:00"], [DAY + 1 / 24]),
        (["1 Jan 2020", "01-Jan-2020", "Jan 1, 2020", "2020/1/1", "2020-01"], [DAY] * 5),
        (["1969-12-31", "1500-01-01", "9999-12-31"], [-1, -171664, 2932896]),
        ([pd.Timestamp("2020-01-01").date()], [DAY]),
    ],
)
def test_moments(cells, expected):
    np.testing.assert_array_equal(coded("time", cells), expected)


def test_days_and_months():
    assert coded("time", ["02/01/2020", "31.01.2020 12:00"], day_first=True).tolist() == [DAY + 1, DAY + 30.5]
    assert coded("time", ["01/02/2020", "1-31-2020"]).tolist() == [DAY + 1, DAY + 30]
    with pytest.raises(InvalidInput, match="row 0: '31/01/2020' is not a date"):
        coded("time", ["31/01/2020"])  # not silently turned round


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["03/04/2020"], False),
        (["03/04/2020", "13/04/2020"], True),
        (["03/04/2020", "04/13/2020"], False),
        (["13/04/2020", "04/13/2020"], None),
        (["03.04.2020"], True),
        (["2020-01-13"], False),
        ([None], False),
    ],
)
def test_which_comes_first(texts, expected):
    assert day_first(pd.Series(texts, dtype="string")) is expected


def test_moments_as_people_read_them():
    assert moment(DAY) == "2020-01-01"
    assert moment(DAY + 0.5) == "2020-01-01T12:00:00"
    assert moment(2932896) == "9999-12-31"


def test_missing_texts_of_ones_own():
    assert np.isnan(coded("numeric", ["-", "3"], ("-",))[0])
    assert np.isnan(coded("categorical", ["-", "red"], ("-",), categories=COLOURS)[0])
    assert np.isnan(coded("time", ["-", "2020-01-01"], ("-",))[0])


@pytest.mark.parametrize("cells", [[-999, 3], [-999.0, 3.5], ["-999", "3"], ["-999.0", "3"], [-999, "3"]])
def test_numbers_that_stand_for_a_missing_value(cells):
    found = coded("numeric", cells, ("-999", "unknown"))
    assert np.isnan(found[0])
    assert found[1] >= 3
    assert coded("numeric", cells)[0] == -999


def test_false_is_not_zero_that_is_missing():
    assert coded("boolean", [True, False], ("0",)).tolist() == [1, 0]


SCHEMA = Schema(
    (Column("a", "numeric"), Column("b", "categorical", COLOURS), Column("t", "time", day_first=True)), ("-",)
)
FRAME = pd.DataFrame({"a": [1, 2.5], "b": ["red", None], "t": ["02/01/2020", "-"]})


def test_order_and_other_columns_do_not_matter():
    expected = [[1, 2, DAY + 1], [2.5, NAN, NAN]]
    np.testing.assert_array_equal(SCHEMA.encode(FRAME), expected)
    np.testing.assert_array_equal(SCHEMA.encode(FRAME[["t", "b", "a"]].assign(more="x")), expected)
    assert SCHEMA.encode(FRAME).dtype == np.float64


def test_columns_that_are_missing_or_there_twice():
    with pytest.raises(InvalidInput, match="1 column is missing: 'b'"):
        SCHEMA.encode(FRAME.drop(columns="b"))
    with pytest.raises(InvalidInput, match="2 columns are missing: 'a', 'b'"):
        SCHEMA.encode(FRAME[["t"]])
    with pytest.raises(InvalidInput, match="column 'a' is given more than once"):
        SCHEMA.encode(pd.concat([FRAME, FRAME[["a"]]], axis=1))


def test_it_survives_json():
    import json

    full = Column("n", "numeric", (), False, ",", ".", "€", ("-",), True, ("d.m.y",), "ms")
    for schema in (SCHEMA, Schema((full,))):
        assert Schema.from_plain(json.loads(json.dumps(schema.plain()))) == schema
    assert set(Column("n", "numeric").plain()) == {"name", "kind", "categories", "day_first"}  # as old versions read
    old = {"columns": [{"name": "a", "kind": "time", "categories": []}], "missing": []}
    assert Schema.from_plain(old) == Schema((Column("a", "time"),))


def test_texts_of_numbers():
    assert as_text(pd.Series([1.0, 2.5, np.nan])).fillna("-").tolist() == ["1", "2.5", "-"]
    assert as_text(pd.Series([True, False])).tolist() == ["True", "False"]
    assert as_text(pd.Series([3, 4], dtype="Int64")).tolist() == ["3", "4"]


def test_the_cells_are_not_changed():
    cells = pd.Series([" 1", "NA"])
    as_numbers(cells)
    as_moments(pd.Series(["2020-01-01"]))
    assert cells.tolist() == [" 1", "NA"]
