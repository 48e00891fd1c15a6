"""Dates: what of them counts, and numbers that are dates."""

import numpy as np
import pandas as pd
import pytest

from tests.situations.situation import Situation, as_csv, assert_right, table

FRAME = table(rows=600, anomalies=60)
RANDOM = np.random.default_rng(6)
WHEN = pd.Series(pd.date_range("2023-01-01", periods=len(FRAME), freq="5h"))
SECONDS = WHEN.astype("datetime64[s]").astype("int64")
DAYS = pd.Series(pd.date_range("2021-01-01", periods=len(FRAME), freq="D"))
SHUFFLED = RANDOM.permutation(len(FRAME))


def dates(cells, *says, name="when", kind="time", options=(), **also):
    return {
        "make": as_csv(FRAME.assign(**{name: np.asarray(cells)[SHUFFLED]})), "says": says, "options": options,
        "columns": {name: kind},
    } | also  # fmt: skip


KEPT = "--trend keeps the date itself, too"

SITUATIONS = (
    Situation(
        "moments of half a year",
        **dates(WHEN.astype(str), "2023-01-01 to 2023-05-05", "hour and weekday as cycles", KEPT, unsaid=("season",)),
    ),
    Situation("days of more than a year", **dates(DAYS.dt.date, "weekday and season as cycles", KEPT)),
    Situation(
        "the date itself is wanted",
        **dates(DAYS.dt.date, "the date itself, as days", options=("--trend", "when"), unsaid=(KEPT,)),
    ),
    Situation(
        "all within one day",
        **dates(
            pd.date_range("2023-01-01", periods=600, freq="min"),
            "too short a time for its hours or weekdays",
            "--trend keeps the date",
            kind="left out",
        ),
    ),
    Situation(
        "two dates in each row",
        as_csv(FRAME.assign(ordered=DAYS, delivered=DAYS + pd.to_timedelta(RANDOM.integers(1, 9, 600), unit="D"))),
        says=("days from or to delivered", "days from or to ordered"),
        columns={"ordered": "time", "delivered": "time"},
    ),
    Situation(
        "the trend of a column that holds no dates",
        as_csv(FRAME),
        ("--trend", "f0"),
        refuses=("--trend f0: that is no column of dates",),
    ),
    Situation("the trend of a column that is not there", as_csv(FRAME), ("--trend", "f9"), refuses=("no column 'f9'",)),
    Situation("seconds since 1970", **dates(SECONDS, "taken for seconds since 1970 (16", "hour and weekday")),
    Situation("seconds under a name that says nothing", **dates(SECONDS, "seconds since 1970", name="x")),
    Situation(
        "seconds with fractions",
        **dates(SECONDS + RANDOM.random(600).round(3), "seconds since 1970", name="created_at"),
    ),
    Situation("milliseconds since 1970", **dates(SECONDS * 1000, "milliseconds since 1970", name="x")),
    Situation("microseconds since 1970", **dates(SECONDS * 10**6, "microseconds since 1970")),
    Situation("nanoseconds since 1970", **dates(SECONDS * 10**9, "nanoseconds since 1970", name="ts")),
    Situation(
        "a timestamp every ten minutes, in order",
        as_csv(FRAME.assign(timestamp=np.arange(600) * 600 + 1_700_000_000)),
        says=("2023-11-14 to 2023-11-19, taken for seconds",),
        columns={"timestamp": "time"},
    ),
    Situation("year, month and day in one number", **dates(DAYS.dt.strftime("%Y%m%d"), "year, month and day (2")),
    Situation(
        "the same with hours and minutes",
        **dates(WHEN.dt.strftime("%Y%m%d%H%M"), "year, month and day", "hour and weekday", name="x"),
    ),
    Situation(
        "zeros where SAP has no date",
        **dates(
            ["00000000" if k % 9 == 0 else text for k, text in enumerate(DAYS.dt.strftime("%Y%m%d"))],
            "year, month and day (2",
            "0 (67 cells) read as missing",
        ),
    ),
    Situation(
        "the end of days of SAP",
        **dates(
            DAYS.dt.strftime("%Y%m%d").where(DAYS.index % 3 > 0, "99991231"), "99991231 (200 cells) read as missing"
        ),
    ),
    Situation(
        "zero seconds for never", **dates(SECONDS.where(SECONDS.index % 7 > 0, 0), "0 (86 cells) read as missing")
    ),
    Situation("seconds under a German name", **dates(SECONDS, "seconds since 1970", name="Zeitstempel")),
    Situation(
        "day, month and year in one number",
        **dates(DAYS.dt.strftime("%d%m%Y"), "; day, month and year in one number? written with", kind="numeric"),
    ),
    Situation("days of a spreadsheet", **dates(np.arange(600) + 44000, "as spreadsheets count them (", name="Date")),
    Situation("numbers like them", **dates(RANDOM.integers(10**4, 10**6, 600), name="x", kind="numeric")),
    Situation(
        "large numbers that are no dates", **dates(RANDOM.integers(10**9, 10**12, 600), name="x", kind="numeric")
    ),
    Situation(
        "timestamps that shall be numbers",
        **dates(SECONDS, options=("--numeric", "when"), kind="numeric", unsaid=("taken for",)),
    ),
    Situation(
        "the date itself of timestamps", **dates(SECONDS, "the date itself, as days", options=("--trend", "when"))
    ),
)


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
def test_dates(situation, tmp_path):
    assert_right(situation, tmp_path / "there")
