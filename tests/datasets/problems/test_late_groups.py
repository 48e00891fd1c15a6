"""Groups over time cut so that no group is on both sides and one side is later."""

import numpy as np
import pytest

from datasets.problems.folds import Folds, group_time_holdout
from datasets.problems.late_groups import cut


def labels(n, seed=0):
    return (np.random.default_rng(seed).random(n) < 0.1).astype(np.int8)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "groups", [np.arange(600) % 20, np.arange(600) // 15, (np.arange(600) + np.arange(600) % 7) // 40]
)
def test_no_group_on_both_sides_and_one_side_later(groups, seed):
    times, y = np.random.default_rng(seed).permutation(600).astype(float), labels(600)
    groups = groups[times.astype(int)]
    develop, test = group_time_holdout(groups, times, y)
    train, valid = Folds(groups[develop], times[develop]).masks(y[develop], seed)
    for early, late in ((develop, test), (develop[train], develop[valid])):
        assert not set(groups[early]) & set(groups[late])
        assert times[early].max() < times[late].min()
        assert all(set(y[side]) == {0, 1} for side in (early, late))


def test_groups_one_after_the_other_lose_no_row():
    """40 groups of 15 rows: the latest fifth is the last eight."""
    develop, test = group_time_holdout(np.arange(600) // 15, np.arange(600.0), labels(600))
    np.testing.assert_array_equal(develop, np.arange(480))
    np.testing.assert_array_equal(test, np.arange(480, 600))


def test_groups_that_last_all_the_time_lose_what_they_must():
    """Of 10 groups, each with half its rows before the moment, two late ones leave 8/10 and 2/10 of the halves."""
    groups, times, y = np.arange(400) % 10, np.arange(400.0), np.arange(400) // 10 % 2
    early, late = cut(groups, times, y.astype(np.int8), [200.0], np.random.RandomState(0))
    assert (early.sum(), late.sum()) == (160, 40)


def test_the_same_seed_cuts_at_the_same_place_and_others_elsewhere():
    groups, times, y = np.arange(600) % 20, np.arange(600.0), labels(600)
    drawn = [Folds(groups, times).masks(y, seed)[1].tobytes() for seed in (0, 0, 1, 2)]
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) == 3


@pytest.mark.parametrize("groups", [np.zeros(100, int), np.arange(100) // 50])
def test_where_no_cut_has_both_classes_on_both_sides_one_is_empty_of_a_class(groups):
    y = (np.arange(100) < 10).astype(np.int8)
    develop, test = group_time_holdout(groups, np.arange(100.0), y)
    assert not (y[develop].any() and y[test].any() and len(test))
