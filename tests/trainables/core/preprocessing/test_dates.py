"""What becomes of dates, against the calendar."""

import numpy as np
import pandas as pd
import pytest

from trainables.core import state
from trainables.core.preprocessing.dates import HOUR, SEASON, WEEKDAY, DateParts, covered, date_parts, phase
from trainables.core.preprocessing.preprocessor import Preprocessor
from trainables.core.preprocessing.schema import Column, Schema

WHEN = Column("when", "time", cycles=True, trend=False)


def days(*texts):
    moments = pd.to_datetime(list(texts))
    return np.array([(moment - pd.Timestamp("1970-01-01")) / pd.Timedelta("1D") for moment in moments])


def every(step, periods, start="2023-01-01"):
    return days(*pd.date_range(start, periods=periods, freq=step))


@pytest.mark.parametrize(
    ("text", "cycle", "place"),
    [
        ("2023-05-01 00:00", HOUR, 0),
        ("2023-05-01 18:00", HOUR, 0.75),
        ("2024-01-01 09:00", WEEKDAY, 0),  # a Monday
        ("2024-01-07 23:59", WEEKDAY, 6 / 7),
        ("1969-12-31 01:00", WEEKDAY, 2 / 7),  # a Wednesday
        ("1970-01-01 00:00", SEASON, 0),
        ("2023-07-02 12:00", SEASON, 0.5),
    ],
)
def test_places_in_cycles(text, cycle, place):
    assert phase(days(text), cycle)[0] == pytest.approx(place, abs=0.003 if cycle == SEASON else 1e-9)


@pytest.mark.parametrize(
    ("moments", "cycles"),
    [
        (every("1h", 24), ()),
        (every("1h", 49), (HOUR,)),
        (every("6h", 60), (HOUR, WEEKDAY)),
        (every("5h", 500), (HOUR, WEEKDAY)),
        (every("1D", 181), (WEEKDAY,)),
        (every("1D", 365), (WEEKDAY, SEASON)),
        (every("7h", 2000), (HOUR, WEEKDAY, SEASON)),
        (np.concatenate([every("1D", 90, f"{year}-01-01") for year in (2021, 2022)]), (WEEKDAY,)),
        (every("1D", 100) + np.where(np.arange(100) < 60, 23, 22) / 24, (WEEKDAY,)),  # dates of another time zone
        (np.full(3, np.nan), ()),
    ],
)
def test_cycles_that_are_covered(moments, cycles):
    assert covered(moments) == cycles
    assert covered(np.append(moments, np.nan)) == cycles


def test_differences_between_dates():
    schema = Schema((WHEN, Column("n", "numeric"), Column("other", "time", cycles=True, trend=False)))
    rows = np.array([[10, 1, 12.5], [11, 2, 11], [12, 3, np.nan]], float)
    parts = date_parts(rows, schema)
    assert parts == DateParts((), ((0, 2),))
    np.testing.assert_array_equal(parts.beside(rows)[:, 3], [2.5, 0, np.nan])
    made = Preprocessor(schema, "none").fit(rows)
    np.testing.assert_array_equal(made.transform(rows), [[1, 2.5, 0], [2, 0, 0], [3, 1.25, 1]])


def test_many_dates_are_compared_with_the_next():
    schema = Schema(tuple(Column(f"d{k}", "time", cycles=True) for k in range(5)))
    assert date_parts(np.zeros((3, 5)), schema).differences == ((0, 1), (1, 2), (2, 3), (3, 4))


def test_what_detectors_are_given():
    moments = every("6h", 60)
    rows = Preprocessor(Schema((WHEN,)), "none").fit(moments[:, None]).transform(moments[:, None])
    sunday = [np.sin(12 * np.pi / 7), np.cos(12 * np.pi / 7)]
    np.testing.assert_allclose(rows[:3], [[0, 1, *sunday], [1, 0, *sunday], [0, -1, *sunday]], atol=1e-6)


def test_the_same_hours_and_weekdays_of_later_are_the_same_rows():
    moments = every("5h", 500)[:, None]
    made = Preprocessor(Schema((WHEN,))).fit(moments)
    np.testing.assert_allclose(made.transform(moments + 26 * 7), made.transform(moments), atol=1e-5)


def test_the_trend_is_there_where_it_is_wanted():
    moments = every("5h", 500)[:, None]
    schema = Schema((Column("when", "time", cycles=True, trend=True),))
    made = Preprocessor(schema, "minmax").fit(moments)
    assert made.width == 5
    np.testing.assert_allclose(made.transform(moments)[:, 0], np.linspace(0, 1, 500), atol=1e-5)


def test_the_parts_travel_with_the_state(tmp_path):
    moments = every("5h", 500)[:, None]
    made = Preprocessor(Schema((WHEN, Column("n", "numeric")))).fit(np.hstack([moments, np.sin(moments)]))
    state.save(made.state_dict(), tmp_path / "p.pt")
    again = Preprocessor.from_state(state.load(tmp_path / "p.pt"))
    assert again.schema == made.schema
    rows = np.hstack([moments + 1000, np.cos(moments)])
    np.testing.assert_array_equal(again.transform(rows), made.transform(rows))


def test_models_from_before_are_given_days():
    old = Schema.from_plain({"columns": [{"name": "when", "kind": "time", "categories": []}], "missing": []})
    moments = every("5h", 500)[:, None]
    made = Preprocessor(old, "none").fit(moments)
    assert "dates" not in made.state_dict()
    np.testing.assert_allclose(made.transform(moments), moments, rtol=1e-6)
