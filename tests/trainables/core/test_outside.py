"""Columns whose new values lie outside all of training are named, others are not."""

import numpy as np
import pytest

from trainables.core.outside import OutsideTraining
from trainables.core.preprocessing.schema import Column, Schema

NAN = np.nan
REFERENCE = {"features": {"a": {"least": 10.25, "most": 35}, "b": {"least": 0, "most": 1}}}


def sentences(rows, reference=REFERENCE, schema=None, features=("a", "b")):
    outside = OutsideTraining(reference, features, schema)
    for chunk in np.array_split(np.array(rows, float), 2):
        outside.count(chunk)
    return outside.sentences()


def test_most_rows_outside_name_the_column():
    rows = [[51, 0.5], [70.5, 2], [12, 0], [60, NAN], [NAN, 0.1]]
    assert sentences(rows) == ["column 'a': 3 of 4 rows lie outside training's 10.25 to 35 (51 to 70.5)"]


@pytest.mark.parametrize(
    "rows",
    [
        [[10.25, 0], [35, 1]],
        [[9, 0], [12, 1]],  # half of them
        [[NAN, 0], [NAN, 1]],
        np.empty((0, 2)),
    ],
)
def test_others_do_not(rows):
    assert sentences(rows) == []


@pytest.mark.parametrize("reference", [None, {}, {"features": {"a": {"edges": [1, 2]}}}])
def test_models_of_before_say_nothing(reference):
    assert sentences([[1e9, 1e9]], reference) == []


@pytest.mark.parametrize("kind", ["categorical", "boolean"])
def test_codes_are_no_numbers(kind):
    schema = Schema((Column("a", kind), Column("b", "numeric")))
    assert sentences([[50, 3]], schema=schema) == ["column 'b': 1 of 1 rows lies outside training's 0 to 1 (3)"]


def test_dates_are_dates():
    reference = {"features": {"when": {"least": 0.0, "most": 19723.5}}}
    for trend, rest in (
        (True, ""),
        (False, ", which the model does not mind: of that date its cycles and differences count"),
    ):
        schema = Schema((Column("when", "time", cycles=True, trend=trend),))
        assert sentences([[19800]], reference, schema, ["when"]) == [
            "column 'when': 1 of 1 rows lies outside training's 1970-01-01 to 2024-01-01T12:00:00 (2024-03-18)" + rest
        ]
