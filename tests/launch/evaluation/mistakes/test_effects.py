"""Importance and dependence of columns under scores whose effects are known."""

import time

import numpy as np
import pytest

from launch.evaluation.mistakes import effects
from launch.evaluation.mistakes.record import Effect
from tests.launch.evaluation.mistakes.rows import scored


def rows_of(n=4000):
    generator = np.random.default_rng(0)
    y = (np.arange(n) % 10 == 0).astype(int)
    X = np.stack([y + 0.01 * generator.normal(size=n), generator.normal(size=n)], axis=1)
    return scored(X, y, X[:, 0], 0.5, ("telling", "noise"), score=lambda rows: 3 * rows[:, 0])


def test_a_column_that_tells_all_costs_all_and_one_that_is_not_used_nothing():
    """Without the column AP is the prevalence, .1, up to chance."""
    found, level, whole = effects.effects(rows_of(), np.ones(2), 60)
    assert level == 1.0
    assert whole
    assert [one.column for one in found] == ["telling", "noise"]
    assert found[0].loss == pytest.approx(0.9, abs=0.05)
    assert found[1].loss == found[1].loss_low == found[1].loss_high == 0.0
    assert found[1].at == ()  # not drawn


def test_a_sample_weighs_as_all_rows_do():
    rows = rows_of()
    own = effects.sample(rows, rows.models[0], np.random.default_rng(0))
    assert (own.y == 1).sum() == effects.MOST_ANOMALIES
    assert own.weights[own.y == 1].sum() == pytest.approx(400)
    assert own.weights[own.y == 0].sum() == pytest.approx(3600)


def test_dependence_of_a_sum_has_its_slope():
    """The mean of 2 a + b is 2 v plus the mean of b, if a is v in every row."""
    generator = np.random.default_rng(1)
    X = generator.normal(size=(500, 2))
    y = (np.arange(500) % 5 == 0).astype(int)
    rows = scored(X, y, X[:, 0], 0.5, ("a", "b"), score=lambda rows: 2 * rows[:, 0] + rows[:, 1])
    found = effects.dependence(rows, rows.models, 0, Effect("a", 1, 1, 1))
    at, score = np.array(found.at), np.array(found.score)
    assert len(at) == effects.POINTS
    assert np.diff(score) == pytest.approx(2 * np.diff(at))
    assert found.low == found.high == found.score
    assert 0.9 < sum(found.shares) <= 1
    assert len(found.edges) == len(found.shares) + 1


def test_few_values_stand_by_themselves():
    X = np.tile([0.0, 1.0, 1.0, np.nan], 50)[:, None]
    y = (np.arange(200) % 5 == 0).astype(int)
    rows = scored(X, y, y, 0.5, ("a",), score=lambda rows: rows[:, 0] * 7)
    found = effects.dependence(rows, rows.models, 0, Effect("a", 1, 1, 1))
    assert (found.at, found.score, found.shares) == (("0", "1"), (0.0, 7.0), (0.25, 0.5))
    assert found.edges == ()


def test_a_model_that_scores_slowly_is_asked_less():
    """A sample of 400 rows takes .02 s, and .3 s are there: for fifteen samples, half of them for columns."""
    asked = []

    def slow(X):
        asked.append(len(X))
        end = time.process_time() + len(X) / 400 * 0.02
        while time.process_time() < end:
            pass
        return X[:, 0]

    generator = np.random.default_rng(0)
    X, y = generator.normal(size=(1000, 30)), (np.arange(1000) % 5 == 0).astype(int)
    rows = scored(X, y, X[:, 0], 0.5, tuple(f"x{j}" for j in range(30)), score=slow)
    found, _, _ = effects.effects(rows, np.arange(30.0)[::-1], 0.1)
    assert 3 <= len(found) <= 8  # the strongest of thirty
    assert {one.column for one in found} <= {f"x{j}" for j in range(8)}
    assert effects.effects(rows, np.ones(30), 0.01) == ([], None, False)
