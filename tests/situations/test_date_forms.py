"""Dates in every order, with names of months, in two digits, with marks for missing ones."""

import numpy as np
import pandas as pd
import pytest

from tests.situations.situation import Situation, as_csv, assert_right, table

DAYS = pd.date_range("2022-11-01", periods=200, freq="41h")
EARLY = pd.to_datetime([f"2023-{1 + k % 12:02}-{1 + k % 7:02}" for k in range(200)])
"""Days that are months, too."""


def dates(form, days=DAYS, **more):
    return table().assign(when=days.strftime(form), **more)


def holds(days):
    """The days since 1970 of the column `when`."""

    def check(problem):
        j = problem.schema.names.index("when")
        expected = (np.asarray(days, "datetime64[us]") - np.datetime64("1970-01-01")) / np.timedelta64(1, "D")
        np.testing.assert_allclose(np.sort(problem.full().X[:, j]), np.sort(expected), atol=1e-5)

    return check


GERMAN = {"when": {"December": "Dezember", "January": "Januar", "March": "M\u00e4rz"}}
TIME = {"when": "time"}
DAY, MINUTE = DAYS.floor("D"), DAYS.floor("min")
SITUATIONS = (
    Situation("ISO dates", as_csv(dates("%Y-%m-%d %H:%M")), columns=TIME, check=holds(MINUTE), unsaid=("first",)),
    Situation(
        "points between day and month",
        as_csv(dates("%d.%m.%Y")),
        columns=TIME,
        says=("the day first ('01.11.2022' read as 2022-11-01)",),
        check=holds(DAY),
    ),
    Situation(
        "two digits of the year", as_csv(dates("%d.%m.%y")), says=("'01.11.22' read as 2022-11-01",), check=holds(DAY)
    ),
    Situation(
        "slashes as in the United States",
        as_csv(dates("%m/%d/%y %H:%M")),
        says=("the month first",),
        check=holds(MINUTE),
    ),
    Situation(
        "slashes, and no day after the twelfth",
        as_csv(dates("%m/%d/%Y", EARLY)),
        options=("--trend", "when"),
        says=("the month first ('01/01/2023' read as 2023-01-01): assumed, --date-order says otherwise",),
        check=holds(EARLY),
    ),
    Situation(
        "slashes, no day after the twelfth, and --date-order",
        as_csv(dates("%d/%m/%Y", EARLY)),
        options=("--trend", "when", "--date-order", "day"),
        says=("the day first",),
        unsaid=("assumed",),
        check=holds(EARLY),
    ),
    Situation(
        "slashes, no day after the twelfth, and a second column that tells",
        as_csv(dates("%d/%m/%Y", EARLY, until=(EARLY + pd.Timedelta(days=20)).strftime("%d/%m/%Y"))),
        options=("--trend", "when"),
        says=("the day first ('01/01/2023' read as 2023-01-01): assumed",),
        check=holds(EARLY),
    ),
    Situation("names of months", as_csv(dates("%d-%b-%y")), columns=TIME, check=holds(DAY)),
    Situation(
        "German names of months",
        as_csv(dates("%d. %B %Y").replace(GERMAN, regex=True)),
        columns=TIME,
        check=holds(DAY),
    ),
    Situation(
        "a dash and zeros where there is no date",
        as_csv(table().assign(when=["-", "0000-00-00", *DAYS.strftime("%Y-%m-%d")[2:]])),
        columns=TIME,
        says=("'-' (1 cell) read as missing", "'0000-00-00' (1 cell) read as missing"),
    ),
    Situation(
        "one day that does not exist",
        as_csv(table().assign(when=["2023-02-30", *DAYS.strftime("%Y-%m-%d")[1:]])),
        refuses=("column 'when', row 0: '2023-02-30' is not a date", "--missing"),
    ),
    Situation(
        "two orders in one column",
        as_csv(table().assign(when=["13/01/2023", "01/13/2023"] * 100)),
        columns={"when": "categorical"},
        says=("dates in two orders ('13/01/2023', '01/13/2023')",),
    ),
    Situation("the log of a web server", as_csv(dates("%d/%b/%Y:%H:%M:%S +0000")), columns=TIME, check=holds(DAYS)),
    Situation("dates as C writes them", as_csv(dates("%a %b %d %H:%M:%S %Y")), columns=TIME, check=holds(DAYS)),
    Situation("dates of posts", as_csv(dates("%a %b %d %H:%M:%S +0000 %Y")), columns=TIME, check=holds(DAYS)),
    Situation("times with points", as_csv(dates("%d.%m.%Y %H.%M")), columns=TIME, check=holds(MINUTE)),
    Situation("timestamps of Oracle", as_csv(dates("%d-%b-%y %I.%M.%S.000000 %p")), columns=TIME, check=holds(DAYS)),
    Situation("timestamps of DB2", as_csv(dates("%Y-%m-%d-%H.%M.%S.000000")), columns=TIME, check=holds(DAYS)),
    Situation("ISO without marks", as_csv(dates("%Y%m%dT%H%M%S")), columns=TIME, check=holds(DAYS)),
    Situation("Chinese dates", as_csv(dates("%Y\u5e74%m\u6708%d\u65e5")), columns=TIME, check=holds(DAY)),
    Situation("Korean dates", as_csv(dates("%Y\ub144 %m\uc6d4 %d\uc77c %H:%M")), columns=TIME, check=holds(MINUTE)),
    Situation("a day and a time without a year", as_csv(dates("%b %d %H:%M:%S")), columns={"when": "left out"}),
    Situation("dates in a form that is not known", as_csv(dates("%d %b %Y at %H hours")), columns={"when": "left out"}),
    Situation(
        "the year first, in two digits",
        as_csv(dates("%y-%m-%d")),
        says=("the year first ('22-11-01' read as 2022-11-01): assumed",),
        check=holds(DAY),
    ),
    Situation(
        "the first of each month, in two digits",
        as_csv(table().assign(when=[f"01.{1 + k % 12:02}.{17 + k % 6}" for k in range(200)])),
        says=("the day first",),
    ),
    Situation(
        "days of birth, in two digits of the year",
        as_csv(dates("%d/%m/%y", pd.date_range("1950-01-03", periods=200, freq="77D"))),
        says=("; years of two digits are taken for 1969 to 2068",),
    ),
    Situation(
        "a far day where there is no end",
        as_csv(table().assign(until=["9999-12-31" if k % 3 else text for k, text in enumerate(DAYS.astype(str))])),
        says=("9999-12-31 (133 cells) looks like a mark for missing: --missing 9999-12-31 makes it one",),
        columns={"until": "time"},
    ),
    Situation(
        "versions by year", as_csv(table().assign(when=["2023.1.4", "2023.2.0"] * 100)), columns={"when": "categorical"}
    ),
    Situation("versions", as_csv(table().assign(when=["1.2.3", "10.4.33"] * 100)), columns={"when": "categorical"}),
)


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
def test_date_forms(situation, tmp_path):
    assert_right(situation, tmp_path / "there")
