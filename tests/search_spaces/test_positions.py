"""Shares of the way through a range, and values that a range may not have."""

import math

import pytest

from search_spaces.positions import NotInSpace, PlacedTrial, drawn


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
