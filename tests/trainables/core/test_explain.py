"""Reasons of a score: exact where the score is a sum over columns."""

import numpy as np
import pytest

from trainables.core import explain
from trainables.core.explain import Reason, as_text, contributions, reasons, shapley_values, typical_values
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


def shapley(score, row, typical=(0.0, 0.0, 0.0), pairs=1, seed=0):
    """Of one row."""
    rows, base = np.array([row], float), np.array(typical, float)
    return shapley_values(score, rows, base, pairs, np.random.default_rng(seed))[0]


def test_shapley_values_of_a_sum_are_its_terms():
    assert shapley(linear, [3, -1, 4], [1, 0, -1]) == pytest.approx([2.0, 2.0, 2.5])


@pytest.mark.parametrize("seed", range(5))
def test_shapley_values_of_a_product_of_two_are_halves(seed):
    """s = a b + c: by hand, a and b each add half of 2 * 3 in the mean of both orders, c its 5."""
    assert shapley(lambda X: X[:, 0] * X[:, 1] + X[:, 2], [2, 3, 5], seed=seed) == pytest.approx([3.0, 3.0, 5.0])


def test_a_column_that_is_not_used_or_typical_has_nothing():
    def score(X):
        return np.where(X[:, 0] > 0, X[:, 2] ** 2, 0.0)

    assert shapley(score, [1, 9, 4]) == pytest.approx([8.0, 0.0, 8.0])
    assert shapley(score, [1, 9, 0])[2] == 0.0
    assert shapley(lambda X: 1e9 + X.sum(1), [0, 0, 0]).tolist() == [0.0, 0.0, 0.0]


def test_one_of_two_that_suffices_is_half_of_the_reason():
    """Replaced alone, neither changes the score: one column at a time sees nothing there."""
    either = np.array([[1.0, 1.0]])
    assert contributions(lambda X: X.max(1), either, np.zeros(2)).tolist() == [[0.0, 0.0]]
    assert shapley(lambda X: X.max(1), [1, 1], [0, 0]) == pytest.approx([0.5, 0.5])


def test_shapley_values_of_three_together_are_sampled():
    """Of a product of three each has a third; orders with reverses come close, and the sum is exact for any of them."""
    product = shapley(lambda X: X.prod(1), [1, 1, 1], pairs=4000)
    assert product == pytest.approx([1 / 3] * 3, abs=0.02)
    assert shapley(lambda X: X.prod(1), [1, 1, 1], pairs=1).sum() == pytest.approx(1.0)


def test_shapley_values_add_up_to_the_score_over_that_of_the_typical_row():
    generator = np.random.default_rng(0)
    weights, typical, rows = generator.normal(size=(6, 4)), generator.normal(size=6), generator.normal(size=(5, 6))

    def score(X):
        return np.tanh(X @ weights).prod(1)

    values = shapley_values(score, rows, typical, 3, generator)
    assert values.sum(1) == pytest.approx(score(rows) - score(typical[None]))


def test_shapley_values_of_missing_cells():
    def gaps(X):
        return np.isnan(X).sum(1).astype(float)

    assert shapley(gaps, [1, np.nan, np.nan], [np.nan, 1, np.nan]) == pytest.approx([-1.0, 1.0, 0.0])


def test_a_row_is_scored_in_one_call():
    calls = []

    def score(X):
        calls.append(len(X))
        return X.sum(1)

    shapley_values(score, np.ones((2, 3)), np.zeros(3), 4, np.random.default_rng(0))
    assert calls == [2 * 4 * 4] * 2
