"""Dates in every order, against the calendar."""

import numpy as np
import pandas as pd
import pytest

from trainables.core.errors import InvalidInput
from trainables.core.preprocessing.date_texts import find_forms, iso
from trainables.core.preprocessing.schema import Column, Schema

DAY = 18262.0
"""2020-01-01, in days since 1970."""


@pytest.mark.parametrize(
    ("text", "forms", "expected"),
    [
        ("2023-03-05 10:00", ["Y"], "2023-03-05 10:00"),
        ("05.03.2023", ["Y", "d.m.y"], "2023-03-05"),
        ("05.03.23 10:00", ["Y", "d.m.y"], "2023-03-05 10:00"),
        ("3/5/2023", ["Y", "m/d/y"], "2023-03-05"),
        ("23-03-05", ["Y", "y-m-d"], "2023-03-05"),
        ("05.03.99", ["d.m.y"], "1999-03-05"),
        ("13/05/2023", ["Y", "m/d/y"], None),  # not silently turned round
        ("05.03.2023", ["Y"], None),
        ("25.03.2023", ["Y"], "2023-03-25"),
        ("03/25/2023", ["Y"], "2023-03-25"),
        ("05/05/2023", ["Y"], "2023-05-05"),
        ("05/03/2023", ["Y", "d.m.y"], None),  # another mark may be another order
        ("31.02.2023", ["Y", "d.m.y"], None),
        ("5 Mar 2023", ["Y"], "2023-03-05"),
        ("05-MAR-23", ["Y"], "2023-03-05"),
        ("5. M\u00e4rz 2023 08:15", ["Y"], "2023-03-05 08:15"),
        ("5 d\u00e9c. 2023", ["Y"], "2023-12-05"),
        ("March 5th, 2023", ["Y"], "2023-03-05"),
        ("Sun, 05 Mar 2023", ["Y"], "2023-03-05"),
        ("Dec-2015", ["Y"], "2015-12-01"),
        ("5 juin 2023", ["Y"], "2023-06-05"),
        ("5 jui 2023", ["Y"], None),
        ("May 05", ["Y"], None),
        ("12 Monkeys 1995", ["Y"], None),
        ("10.0.0.1", ["Y", "d.m.y"], None),
        ("1.2.3", ["Y", "d.m.y"], None),
        ("12:30", ["Y"], None),
    ],
)
def test_one_date(text, forms, expected):
    assert iso(text, forms) == expected


@pytest.mark.parametrize(
    ("texts", "prefer", "given", "expected"),
    [
        (["2020-01-13", "1 Jan 2020"], {}, None, (("Y",), "")),
        (["03.04.2020"], {}, None, (("Y", "d.m.y"), ".")),
        (["13.04.2020"], {}, None, (("Y", "d.m.y"), "")),
        (["03/04/2020", "04/13/2020"], {}, None, (("Y", "m/d/y"), "")),
        (["03/04/2020"], {}, None, (("Y", "m/d/y"), "/")),
        (["03/04/2020"], {"/": "dmy"}, None, (("Y", "d/m/y"), "/")),
        (["03/04/2020"], {"/": "dmy"}, "month", (("Y", "m/d/y"), "")),
        (["23-03-05", "45-12-31"], {}, None, (("Y", "y-m-d"), "")),
        (["23-03-05"], {}, "year", (("Y", "y-m-d"), "")),
        (["13/04/2020", "04/13/2020"], {}, None, None),
    ],
)
def test_the_order_of_a_column(texts, prefer, given, expected):
    assert find_forms(texts, prefer, given) == expected


def coded(cells, **column):
    return Schema((Column("c", "time", **column),)).encode(pd.DataFrame({"c": cells}))[:, 0].tolist()


def test_new_dates_in_another_form():
    assert coded(["2020-01-02", "31.01.2020", None], dates=("Y",))[:2] == [DAY + 1, DAY + 30]
    with pytest.raises(InvalidInput, match=r"column 'c', row 1: '05\.03\.2023 10:00' may be 2023-03-05 or 2023-05-03"):
        coded(["2020-01-02", "05.03.2023 10:00"], dates=("Y",))
    assert coded(["02.01.2020"]) == [DAY + 31]  # as a model from before reads it
    assert coded(pd.to_datetime(["2020-01-02"]), dates=("Y", "d.m.y")) == [DAY + 1]


def test_moments_that_are_numbers():
    seconds = (DAY + 0.5) * 86400
    for scale in (1, 1000, 1e6, 1e9):
        assert coded([seconds * scale, np.nan], epoch="s", dates=("Y",))[0] == DAY + 0.5
    assert coded([86400.0], epoch="s") == [1]
    assert coded(["2020-01-02", str(int(seconds))], epoch="ms") == [DAY + 1, DAY + 0.5]
    assert coded(pd.to_datetime(["2020-01-02"]), epoch="ms") == [DAY + 1]
    with pytest.raises(InvalidInput, match="row 1: 'soon' is not a date"):
        coded(["1577836800", "soon"], epoch="s")
