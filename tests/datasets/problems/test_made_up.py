"""Anomalies made from rows of a table: every kind is what it says, none is a real row, codes stay codes."""

import numpy as np
import pytest

from datasets.problems import made_up
from datasets.problems.made_up import KINDS, make
from trainables.core.preprocessing.schema import Column

COLUMNS = (
    Column("a", "numeric"), Column("b", "numeric"), Column("count", "numeric"),
    Column("town", "categorical", ("Bonn", "Oslo", "Rome")), Column("on", "boolean"), Column("same", "numeric"),
)  # fmt: skip


def rows(n=400, seed=0):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=n)
    X = np.stack([a, 3 * a, rng.poisson(3, n), rng.integers(0, 3, n), rng.integers(0, 2, n), np.full(n, 7.0)], 1)
    X[::50, 1] = np.nan
    return X


def made(X, columns=COLUMNS, n=80, seed=1):
    return make(X, columns, n, np.random.default_rng(seed), X)


def test_as_many_of_each_kind_and_none_is_real():
    X = rows()
    anomalies, kinds = made(X)
    assert anomalies.shape == (80, 6)
    assert {kind: int((kinds == kind).sum()) for kind in KINDS} == dict.fromkeys(KINDS, 20)
    real = {row.tobytes() for row in X}
    assert not any(row.tobytes() in real for row in anomalies)
    again, _ = made(X)
    np.testing.assert_array_equal(again, anomalies)


def test_cells_are_such_as_the_column_may_have():
    anomalies, _ = made(rows())
    assert np.isin(anomalies[:, 3], (0, 1, 2)).all()
    assert np.isin(anomalies[:, 4], (0, 1)).all()
    assert (anomalies[:, 5] == 7).all()
    np.testing.assert_array_equal(anomalies[:, 2], np.round(anomalies[:, 2]))


def test_mixed_values_are_real_and_their_dependency_is_gone():
    X = rows()
    anomalies, kinds = made(X, n=400)
    mixed = anomalies[kinds == "values mixed between rows"]
    for j in range(6):
        there = mixed[~np.isnan(mixed[:, j]), j]
        assert np.isin(there, X[:, j]).all()
    both = mixed[~np.isnan(mixed[:, 1])]
    assert 0.2 < (np.abs(both[:, 1] - 3 * both[:, 0]) > 1e-9).mean() < 0.9


def test_values_out_of_range_are_beyond_it_in_one_to_a_quarter_of_the_numbers():
    X = rows()
    anomalies, kinds = made(X)
    far = anomalies[kinds == "values out of range"]
    low, high = np.nanmin(X, 0), np.nanmax(X, 0)
    out = (far < low) | (far > high)
    assert (out.sum(1) == 1).all()  # of three numbers that vary
    assert not out[:, 3:].any()
    beyond = np.maximum(low - far, far - high)[out] / np.broadcast_to(high - low, far.shape)[out]
    assert beyond.min() >= 0.05
    assert beyond.max() <= 0.6


def test_moved_values_are_off_by_about_a_deviation():
    X = rows(2000)
    anomalies, kinds = made(X, n=1600)
    moved = anomalies[kinds == "values moved"]
    # a + e has the variance 1 + 1
    assert np.var(moved[:, 0]) == pytest.approx(2 * np.var(X[:, 0]), rel=0.25)
    assert not np.isclose(moved[:, 1], 3 * moved[:, 0])[~np.isnan(moved[:, 1])].any()


def test_a_group_is_close_together():
    table = made_up._Table(rows(), COLUMNS)
    group = made_up.group(table, 10, np.random.default_rng(0))
    there = table.numbers[~np.isnan(group[0, table.numbers])]
    assert (group[:, there].std(0) < 0.5 * table.deviation[there]).all()


def test_flags_alone_are_mixed():
    X = np.random.default_rng(0).integers(0, 2, (300, 12)).astype(np.uint8)
    X[:, 6:] = X[:, :6]
    anomalies, kinds = make(X, [Column(f"b{j}", "boolean") for j in range(12)], 40, np.random.default_rng(0), X)
    assert anomalies.dtype == np.uint8
    assert set(kinds) == {"values mixed between rows"}
    assert len(anomalies) == 40


def test_where_every_row_is_there_none_can_be_made():
    X = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]] * 30)
    anomalies, _ = make(X, [Column("a", "boolean"), Column("b", "boolean")], 40, np.random.default_rng(0), X)
    assert len(anomalies) == 0
