"""Reasons of a score: exact where the score is a sum over columns."""

import numpy as np
import pytest

from trainables.core import explain
from trainables.core.explain import Reason, as_text, contributions, reasons, typical_values
from trainables.core.preprocessing.schema import Column, Schema

WEIGHTS = np.array([1.0, -2.0, 0.5])
SCHEMA = Schema(
    (Column("size", "numeric"), Column("colour", "categorical", ("blue", "red")), Column("flag", "boolean"),
     Column("when", "time"))
)  # fmt: skip


def linear(rows):
    return rows @ WEIGHTS


@pytest.mark.parametrize("most", [1, 5, 1000])
def test_a_linear_score_has_the_effects_of_its_terms(monkeypatch, most):
    """s(x) - s(x with x_j typical) = w_j (x_j - typical_j)."""
    monkeypatch.setattr(explain, "MOST_ROWS", most)
    rows, typical = np.random.default_rng(0).normal(size=(23, 3)), np.array([1.0, 0.0, -1.0])
    np.testing.assert_allclose(contributions(linear, rows, typical), WEIGHTS * (rows - typical), atol=1e-12)


def test_the_rows_are_not_written_into():
    rows = np.zeros((4, 3))
    rows.setflags(write=False)
    contributions(linear, rows, np.ones(3))


def test_the_strongest_first_and_only_what_raises_the_score():
    row, typical = np.array([3.0, -1.0, 5.0]), np.zeros(3)
    effect = contributions(linear, row[None], typical)[0]
    assert effect.tolist() == [3.0, 2.0, 2.5]
    found = reasons(row, effect, typical, ["a", "b", "c"], None, 2)
    assert found == [Reason("a", "3", "0", 3.0), Reason("c", "5", "0", 2.5)]
    assert str(found[0]) == "a = 3 (typical 0): +3"
    assert reasons(row, -effect, typical, ["a", "b", "c"], None, 3) == []
    assert reasons(typical, np.zeros(3), typical, ["a", "b", "c"], None, 3) == []


@pytest.mark.parametrize(
    ("value", "j", "words"),
    [
        (1234567.0, 0, "1.2346e+06"),
        (np.nan, 0, "missing"),
        (1.0, 1, "'red'"),
        (2.0, 1, "a text that training did not have"),
        (np.nan, 1, "missing"),
        (1.0, 2, "1"),
        (18262.0, 3, "2020-01-01"),
        (18262.25, 3, "2020-01-01T06:00:00"),
        (2932896.0, 3, "9999-12-31"),
    ],
)
def test_values_as_people_read_them(value, j, words):
    assert as_text(value, j, SCHEMA) == words


def test_typical_values():
    rows = np.array(
        [[1, 1, 0, 5], [2, 1, 0, np.nan], [3, 0, 1, 7], [4, 1, np.nan, 9], [np.nan, np.nan, np.nan, np.nan]], float
    )
    assert typical_values(rows, SCHEMA) == [2.0, 1.0, 0.0, 7.0]  # the lower median: a value that is there
    assert typical_values(np.full((3, 1), np.nan), None) == [None]
    assert typical_values(np.array([[0], [1], [1]], np.uint8), None) == [1.0]


def test_missing_typical_values():
    effects = contributions(
        lambda X: np.isnan(X).sum(1).astype(float), np.array([[1.0, np.nan]]), np.array([np.nan, 1])
    )
    assert effects.tolist() == [[-1.0, 1.0]]


def test_a_feature_at_its_typical_value_is_no_reason() -> None:
    """Its effect is what rounding left of zero."""
    row, typical = np.array([3.0, 1.0, np.nan]), np.array([3.0, 0.0, np.nan])
    found = reasons(row, np.array([1e-7, 2.0, 1e-7]), typical, ["a", "b", "c"], None, 3)
    assert [one.feature for one in found] == ["b"]


@pytest.mark.parametrize(
    ("days", "text"), [(0, "1970-01-01 (Thu)"), (19723.5, "2024-01-01T12:00:00 (Mon)"), (-1, "1969-12-31 (Wed)")]
)
def test_a_date_whose_weekday_counts_has_it_beside(days, text):
    assert as_text(days, 0, Schema((Column("when", "time", cycles=True, trend=False),))) == text
