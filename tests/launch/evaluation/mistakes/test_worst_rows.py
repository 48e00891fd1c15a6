"""The rows that are wrong by most, and why, under a score that is a sum."""

from dataclasses import replace

import numpy as np
import pytest

from launch.evaluation.mistakes import worst_rows
from launch.evaluation.mistakes.held_out import SplitModel
from launch.evaluation.mistakes.record import FALSE_ALARM, MISSED
from tests.launch.evaluation.mistakes.rows import scored
from trainables.core.preprocessing.schema import CATEGORICAL, NUMERIC, Column, Schema

X = np.array([[0.0, 0.0], [5.0, 1.0], [0.0, 0.0], [-4.0, 2.0], [1.0, 0.0]])
Y = [0, 0, 0, 1, 1]


def total(rows):
    return rows[:, 0] + 0.5 * rows[:, 1]


def rows_of(**more):
    return scored(X, Y, total(X), 1.5, ("amount", "colour"), score=total, **more)


def test_the_worst_first_and_only_what_is_wrong():
    missed, alarms = worst_rows.worst(rows_of())
    assert missed.tolist() == [3, 4]
    assert alarms.tolist() == [1]
    assert worst_rows.worst(rows_of(), 1)[0].tolist() == [3]


def test_reasons_raise_and_lower():
    found = worst_rows.mistakes(rows_of()).found
    assert [(one.kind, one.row, one.score) for one in found] == [
        (MISSED, 30, -3.0), (MISSED, 40, 1.0), (FALSE_ALARM, 10, 5.5),
    ]  # fmt: skip
    # the typical row is (0, 0): each column acts by what it adds
    assert found[0].lowers == ("amount = -4 (typical 0): -4",)
    assert found[0].raises == ("colour = 2 (typical 0): +1",)
    assert found[2].raises == ("amount = 5 (typical 0): +5", "colour = 1 (typical 0): +0.5")
    assert found[2].lowers == ()


def test_strength_is_the_mean_effect():
    assert worst_rows.mistakes(rows_of()).shares.strength == pytest.approx([(4 + 1 + 5) / 3, (1 + 0 + 0.5) / 3])


def test_the_table_has_identifiers_and_values_as_they_are_in_the_file():
    schema = Schema((Column("amount", NUMERIC), Column("colour", CATEGORICAL, ("red", "green", "blue"))))
    beside = {"id": [f"id-{k}" for k in range(50)]}
    rows = rows_of(schema=schema, beside=beside)
    table = worst_rows.table(rows, worst_rows.mistakes(rows))
    assert table["id"].tolist() == ["id-30", "id-40", "id-10"]
    assert table["colour"].tolist() == ["blue", "red", "green"]
    assert table["amount"].tolist() == [-4.0, 1.0, 5.0]
    assert table["threshold"].tolist() == [1.5] * 3
    assert table["mistake"].tolist() == [MISSED, MISSED, FALSE_ALARM]


def test_without_models_there_are_rows_without_reasons():
    worst = worst_rows.mistakes(scored(X, Y, total(X), 1.5, ("amount", "colour")))
    assert len(worst.found) == 3
    assert worst.shares is None
    assert not any(one.raises or one.lowers for one in worst.found)


def test_where_nothing_is_wrong_the_table_is_empty():
    rows = scored(X, Y, Y, 0.5, ("amount", "colour"), score=total)
    assert worst_rows.table(rows, worst_rows.mistakes(rows)).empty


def test_shares_of_a_row_add_up_to_its_score():
    """The typical row is (0, 0), so it scores 0, and the share of each column of a sum is its term."""
    for mistake in worst_rows.mistakes(rows_of()).found:
        assert mistake.shares.typical == 0.0
        assert mistake.shares.score() == pytest.approx(mistake.score)
    assert mistake.shares.columns == pytest.approx({"amount": 5.0, "colour": 0.5})


def test_shares_are_means_over_the_models_that_did_not_see_the_row():
    """Of two models, 2 x and 4 x + 3, the second saw the first row; by hand, the other row scores 3 x + 1.5."""
    X, y = [[1.0], [1.0], [0.0], [0.0], [0.0]], [1, 1, 0, 0, 0]
    rows = scored(X, y, [2.0, 4.5, 0.0, 0.0, 0.0], 9.0, ("x",), score=lambda X: 2 * X[:, 0])
    other = SplitModel(np.array([1]), lambda X: 4 * X[:, 0] + 3)
    found = worst_rows.mistakes(replace(rows, models=(*rows.models, other))).found
    assert [(one.row, one.shares.typical, one.shares.columns) for one in found] == [
        (0, 0.0, {"x": 2.0}), (10, 1.5, {"x": 3.0}),
    ]  # fmt: skip
