"""A budget of labels: who is known, who is hidden, and what hidden anomalies are made of."""

import numpy as np
import pytest

from datasets.errors import DataError
from datasets.problems.few_labels import ALL, Labels
from datasets.problems.parts import Part

D = 40


def part(normal=200, anomalies=30):
    """Normal rows hold 0; anomaly i holds i + 1 in every column, so that each value names its source."""
    X = np.concatenate([np.zeros((normal, D)), np.arange(1.0, anomalies + 1)[:, None] * np.ones(D)])
    y = np.r_[np.zeros(normal), np.ones(anomalies)].astype(np.int8)
    order = np.random.default_rng(1).permutation(len(y))
    return Part(X[order], y[order])


def test_all_labels_change_nothing():
    one = part()
    assert ALL.apply(one, 0) is one
    assert ALL.note() == ""


def test_known_ones_are_anomalies_and_the_rest_stays():
    one = part()
    few = Labels(5).apply(one, 0)
    assert few.X is one.X
    assert few.y is one.y
    assert (few.target == -1).sum() == 5
    assert (one.y[few.target == -1] == 1).all()
    assert set(few.target.tolist()) == {-1, 0}


def test_other_seeds_know_others_and_the_same_seed_the_same():
    one = part()
    known = [frozenset(np.flatnonzero(Labels(5).apply(one, s).target == -1)) for s in (0, 0, 1, 2)]
    assert known[0] == known[1]
    assert len(set(known)) == 3


@pytest.mark.parametrize(("share", "hidden"), [(0.0, 0), (0.02, 4), (0.2, 50)])
def test_contamination(share, hidden):
    """200 normal rows with 2 % hidden: n / (200 + n) = 0.02 gives 4."""
    few = Labels(10, share).apply(part(), 3)
    assert len(few) == 200 + 10 + hidden
    assert few.known_anomalies == 10
    assert few.anomalies == 10 + hidden
    assert ((few.y == 1) & (few.target == 0)).sum() == hidden
    unlabelled = few.target == 0
    assert few.y[unlabelled].mean() == pytest.approx(share, abs=0.003)
    assert (few.X[few.y == 0] == 0).all()


def test_hidden_ones_are_unlabelled_anomalies_with_5_per_cent_of_another():
    few = Labels(10, 0.05).apply(part(), 0)
    known = {row[0] for row in few.X[few.target == -1]}
    hidden = few.X[(few.y == 1) & (few.target == 0)]
    assert len(hidden) == 11
    for row in hidden:
        values, counts = np.unique(row, return_counts=True)
        assert values.min() >= 1  # nothing of a normal row
        source = values[counts.argmax()]
        assert source not in known
        assert len(values) <= 2
        assert counts.max() >= D - 2  # 5 % of 40 columns
    assert len({np.bincount(row.astype(int)).argmax() for row in hidden}) == 11  # none twice before all came once


@pytest.mark.parametrize("seed", range(5))
def test_hidden_ones_come_from_the_rows_that_are_given(seed):
    """The official code makes them from all anomalies, those of the test rows included."""
    whole = part()
    inside = whole.take(np.flatnonzero((whole.y == 0) | (whole.X[:, 0] <= 15)))
    few = Labels(4, 0.2).apply(inside, seed)
    assert set(np.unique(few.X)) <= set(range(16))


def test_where_all_are_known_hidden_ones_are_made_from_known_ones():
    few = Labels(30, 0.1).apply(part(), 0)
    assert few.known_anomalies == 30
    assert few.anomalies == 30 + 22


def test_of_few_columns_one_value_at_least_is_anothers():
    """5 % of 6 columns is no column: without one, a hidden anomaly would be the copy of a known one."""
    one = part()
    narrow = Part(one.X[:, :6], one.y)
    few = Labels(30, 0.1).apply(narrow, 0)
    hidden = few.X[(few.y == 1) & (few.target == 0)]
    assert len(hidden) == 22  # 200 / .9 - 200
    own = np.array([np.bincount(row.astype(int)).max() for row in hidden])
    assert set(own.tolist()) <= {5, 6}  # 6 where the other one is itself
    assert (own == 5).mean() > 0.8


def test_the_given_rows_are_not_written_into():
    one = part()
    before = one.X.copy()
    Labels(3, 0.3).apply(one, 0)
    np.testing.assert_array_equal(one.X, before)


def test_types_stay():
    one = part()
    assert Labels(3, 0.3).apply(Part(one.X.astype(np.uint8), one.y), 0).X.dtype == np.uint8


def test_too_many_asked():
    with pytest.raises(DataError, match="`labelled_anomalies` 31: the training rows have 30 anomalies"):
        Labels(31).apply(part(), 0)
    with pytest.raises(DataError, match="no training anomaly to make hidden ones from"):
        Labels(0, 0.1).apply(part(anomalies=0), 0)


def test_words():
    assert Labels(30, 0.02).note() == "30 labelled anomalies, 2 % of the unlabelled rows are hidden anomalies"
    assert "the other anomalies hidden" in Labels(30).note()
