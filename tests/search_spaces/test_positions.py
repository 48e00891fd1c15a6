"""Shares of the way through a range, and values that a range may not have."""

import math

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from search_spaces.positions import NotInSpace, PlacedTrial, drawn, share_of


def at(share):
    return PlacedTrial(lambda name: share)


def test_a_share_goes_through_a_range_on_its_scale():
    assert at(0.25).suggest_float("x", 2.0, 10.0) == 4.0
    assert math.isclose(at(0.5).suggest_float("x", 1e-4, 1e-2, log=True), 1e-3)
    assert at(0.74).suggest_float("x", 0.0, 0.3, step=0.1) == 0.2  # the third of four steps
    assert [at(share).suggest_int("n", 1, 4) for share in (0.0, 0.26, 0.51, 1.0)] == [1, 2, 3, 4]
    assert at(0.5).suggest_int("n", 1, 100, log=True) == 7  # sqrt(.5 * 100.5)
    assert [at(share).suggest_categorical("c", ["a", "b"]) for share in (0.0, 0.49, 0.5, 1.0)] == ["a", "a", "b", "b"]


def test_the_ends_of_a_range_are_reached_and_not_left():
    for log in (False, True):
        assert at(0.0).suggest_int("n", 3, 200, log=log) == 3
        assert at(1.0).suggest_int("n", 3, 200, log=log) == 200
        assert at(1.0).suggest_float("x", 0.1, 0.7, log=log) == 0.7
    assert at(1.0).suggest_float("x", 0.0, 0.3, step=0.1) == 0.3


def test_a_drawn_configuration_is_the_same_on_every_table_and_another_for_every_name():
    assert drawn(0, "knn", 3)("method") == drawn(0, "knn", 3)("method")
    different = {
        drawn(0, "knn", 3)("method"),
        drawn(0, "knn", 3)("k"),
        drawn(0, "knn", 4)("k"),
        drawn(1, "knn", 3)("k"),
    }
    assert len(different) == 4
    shares = [drawn(0, "knn", k)("n_neighbors") for k in range(2000)]
    assert 0 <= min(shares) < 0.01 < 0.99 < max(shares) < 1
    assert abs(sum(shares) / 2000 - 0.5) < 0.02


@pytest.mark.parametrize(
    ("distribution", "ask", "values"),
    [
        (IntDistribution(1, 200, log=True), lambda t: t.suggest_int("x", 1, 200, log=True), (1, 2, 7, 199, 200)),
        (IntDistribution(2, 9), lambda t: t.suggest_int("x", 2, 9), (2, 5, 9)),
        (IntDistribution(2, 10, step=4), lambda t: t.suggest_int("x", 2, 10, step=4), (2, 6, 10)),
        (FloatDistribution(0, 0.3, step=0.1), lambda t: t.suggest_float("x", 0, 0.3, step=0.1), (0.0, 0.1, 0.3)),
        (CategoricalDistribution([32, 64, 128]), lambda t: t.suggest_categorical("x", [32, 64, 128]), (32, 64, 128)),
    ],
)
def test_the_share_of_a_value_gives_it_back(distribution, ask, values):
    for value in values:
        assert ask(at(share_of(distribution, value))) == value


def test_the_share_of_a_number():
    assert math.isclose(share_of(FloatDistribution(1e-4, 1e-2, log=True), 1e-3), 0.5)
    assert share_of(FloatDistribution(2.0, 10.0), 4.0) == 0.25
    with pytest.raises(NotInSpace):
        share_of(IntDistribution(1, 9), 10)
    with pytest.raises(NotInSpace):
        share_of(CategoricalDistribution(["a"]), "b")


def test_values_are_taken_as_they_are_or_refused():
    trial = PlacedTrial(lambda name: 0.5, {"lr": 0.003, "n": 7, "c": "b"})
    assert trial.suggest_float("lr", 1e-4, 1e-2, log=True) == 0.003
    assert trial.suggest_int("n", 1, 7) == 7
    assert trial.suggest_categorical("c", ["a", "b"]) == "b"
    assert trial.suggest_float("other", 0.0, 1.0) == 0.5
    assert trial.seen == {"lr": 0.003, "n": 7, "c": "b", "other": 0.5}
    for ask in (
        lambda: trial.suggest_float("lr", 0.1, 1.0),
        lambda: trial.suggest_int("n", 8, 9),
        lambda: trial.suggest_categorical("c", ["a"]),
    ):
        with pytest.raises(NotInSpace):
            ask()
