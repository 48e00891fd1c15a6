"""What columns are found to be, and what the person may say of them."""

import datetime

import numpy as np
import pandas as pd
import pytest

from datasets.errors import DataError
from datasets.request import Request
from datasets.tables.columns.recognition import find, no_column

N = 40
MOMENTS = pd.date_range("2020-01-20", periods=N, freq="36h")


def found(cells, **choices):
    """What one column is found to be, as (kind, what is said, missing cells)."""
    frame = pd.DataFrame({"c": cells, "other": np.arange(len(cells)) % 3})
    schema, columns = find(frame, Request("t", **choices), "t.csv", {})
    assert [c.name for c in columns] == ["c", "other"]
    assert ("c" in schema.names) == (columns[0].kind != "left out")
    return columns[0].kind, columns[0].about, columns[0].missing


def cycle(*values, n=N):
    return [values[i % len(values)] for i in range(n)]


@pytest.mark.parametrize(
    ("cells", "kind", "missing"),
    [
        (cycle(1.5, 2.5, np.nan, 4.0), "numeric", 10),
        (cycle(3, 5, 9), "numeric", 0),
        (cycle("3", "5.5", " 1e3 "), "numeric", 0),
        (pd.array(cycle(3, None, 4, 5), "Int64"), "numeric", 10),
        (cycle("3", "?", "NA", "4"), "numeric", 20),
        (cycle(0, 1), "boolean", 0),
        (cycle(True, False), "boolean", 0),
        (pd.Series(cycle(True, None, False, True), dtype=object), "boolean", 10),
        (cycle("TRUE", "false", "", "true"), "boolean", 10),
        (cycle("1.0", "0"), "boolean", 0),
        (cycle("red", "blue", None, "red"), "categorical", 10),
        (pd.Categorical(cycle("u", "v")), "categorical", 0),
        (cycle("yes", "no"), "categorical", 0),
        (cycle("12:30", "14:45"), "categorical", 0),
        (cycle("5-9", "10-19"), "categorical", 0),
        (cycle("10.0.0.1", "10.0.0.2"), "categorical", 0),
        (MOMENTS, "time", 0),
        (MOMENTS.tz_localize("UTC"), "time", 0),
        (MOMENTS.strftime("%Y-%m-%d"), "time", 0),
        (MOMENTS.strftime("%d.%m.%Y %H:%M"), "time", 0),
        (MOMENTS.strftime("%m/%d/%Y"), "time", 0),
        (MOMENTS.strftime("%d-%b-%Y"), "time", 0),
        ([datetime.date(2020, 1, 1 + i % 9) for i in range(N)], "time", 0),
        (cycle("2020-01-01", "9999-12-31"), "time", 0),
        (cycle("2020-01-01", "1500-01-01", "NA", "2021-01-01"), "time", 10),
    ],
)
def test_kinds(cells, kind, missing):
    assert found(cells)[::2] == (kind, missing)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (cycle(7), "constant: 7"),
        (cycle("x"), "constant: x"),
        (cycle("2020-01-01"), "constant: 2020-01-01"),
        (cycle(np.nan), "no cell has a value"),
        (cycle("", "NA", "?"), "no cell has a value"),
        (range(N), "counts the rows"),
        (range(1, N + 1), "counts the rows"),
        ([f"name {i}" for i in range(N)], "40 different texts in 40 rows"),
    ],
)
def test_what_is_left_out(cells, words):
    kind, about, _ = found(cells)
    assert kind == "left out"
    assert words in about


@pytest.mark.parametrize("cells", [cycle(5, np.nan), cycle("x", None)])
def test_one_value_or_missing_says_something(cells):
    kind, _, missing = found(cells)
    assert kind in ("numeric", "categorical")
    assert missing == N / 2


def test_the_person_overrules():
    assert found(cycle(3, 5, 9), categorical=("c",))[0] == "categorical"
    assert found([f"name {i}" for i in range(N)], categorical=("c",))[0] == "categorical"
    assert found(range(N), numeric=("c",))[0] == "numeric"
    assert found(cycle(0, 1), numeric=("c",))[0] == "numeric"  # a count that has not come to 2 yet
    assert found(cycle("-999.0", "-999"), missing=("-999",))[:2] == ("left out", "no cell has a value")
    assert found(cycle(-999, 3, 5, 8), missing=("-999",)) == ("numeric", "3 to 8", 10)
    assert found(cycle(3, 5), drop=("c",)) == ("left out", "by `drop`", 0)
    assert found(cycle("3", "none so far"), missing=("none so far",))[2] == N / 2
    assert found(cycle("2020-01-01", "2020-01-02", "no date"), missing=("no date",))[::2] == ("time", 13)


def test_dates_are_read_one_way_down_the_column():
    schema, columns = find(pd.DataFrame({"d": cycle("03/04/2020", "25/12/2020")}), Request("t"), "t", {})
    assert columns[0].about == "2020-04-03 to 2020-12-25, the day first ('03/04/2020' read as 2020-04-03)"
    day = (np.datetime64("2020-04-03") - np.datetime64("1970-01-01")).astype(int)
    assert schema.encode(pd.DataFrame({"d": ["03/04/2020"]}))[0, 0] == day
    schema, columns = find(pd.DataFrame({"d": cycle("03/04/2020", "12/25/2020")}), Request("t"), "t", {})
    assert columns[0].about == "2020-03-04 to 2020-12-25, the month first ('03/04/2020' read as 2020-03-04)"
    _, columns = find(pd.DataFrame({"d": cycle("25/04/2020", "12/25/2020")}), Request("t"), "t", {})
    assert columns[0].kind == "categorical"  # neither way fits all


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([*map(str, range(39)), "abc"], r"column 'c', row 39: 'abc' is not a number, and 97.5 % .*`categorical` c"),
        (["2020-01-01"] * 20 + ["2020-02-31"] + ["2020-01-03"] * 19, r"row 20: '2020-02-31' is not a date"),
        ([1.0, np.inf, *range(38)], "row 1: inf is infinite"),
        ([1.0, 1e300, *range(38)], "row 1: 1e.300 is infinite, or too large for float32"),
        (
            [*map(str, range(40)), "-", "abc", "b c"],
            r"row 41: 'abc' is not a number \(nor are 1 more: 'b c' in row 42\)",
        ),
    ],
)
def test_mistakes_are_named(cells, words):
    with pytest.raises(DataError, match=words):
        found(cells)


def test_texts_where_the_person_said_numbers():
    with pytest.raises(
        DataError, match=r"'red' is not a number \(nor .*: 'blue' in row 1, .*, …\), and 0 % of that column are"
    ):
        found(cycle("red", "blue"), numeric=("c",))


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"drop": ("colr",)}, r"`drop` colr: t has no column 'colr'; did you mean color\?"),
        ({"categorical": ("zz",)}, r"`categorical` zz: t has no column 'zz'; it has color, size"),
        ({"categorical": ("size",), "numeric": ("size",)}, "`categorical` size and `numeric` size contradict"),
        ({"drop": ("color", "size")}, r"no column to learn from: color \(by `drop`\); size \(by `drop`\)"),
    ],
)
def test_wrong_names(choices, words):
    with pytest.raises(DataError, match=words):
        find(pd.DataFrame({"color": cycle("a", "b"), "size": cycle(1, 2, 3)}), Request("t", **choices), "t", {})


def test_no_columns_at_all():
    with pytest.raises(DataError, match="no column beside the label"):
        find(pd.DataFrame(index=range(5)), Request("t"), "t", {})


def test_none_is_a_text_like_any_other():
    """As in a column that says which beard somebody has."""
    schema, (found,) = find(pd.DataFrame({"beard": ["none", "full", "none", None]}), Request("t"), "here", {})
    assert schema.columns[0].categories == ("full", "none")
    assert found.missing == 1


def test_the_column_that_was_meant():
    names = ["Fault", "FraudFound_P", "Age"]
    assert no_column("fraud", names, "my.csv") == "my.csv has no column 'fraud'; did you mean FraudFound_P?"
    assert no_column("Falt", names, "my.csv").endswith("did you mean Fault?")
    assert no_column("xyz", names, "my.csv").endswith("it has Fault, FraudFound_P, Age")
