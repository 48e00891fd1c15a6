"""Development rows cut by class, by group and by time."""

import numpy as np
import pytest

from datasets.problems.folds import Folds, time_holdout, time_masks


def labels(n=400, share=0.1, seed=0):
    return (np.random.default_rng(seed).random(n) < share).astype(np.int8)


@pytest.mark.parametrize("seed", range(3))
def test_by_class_a_fifth_of_each(seed):
    y = np.r_[np.zeros(100), np.ones(25)].astype(np.int8)
    train, valid = Folds().masks(y, seed)
    np.testing.assert_array_equal(train, ~valid)
    assert valid[y == 0].sum() == 20
    assert valid[y == 1].sum() == 5


@pytest.mark.parametrize("seed", range(5))
def test_by_group(seed):
    y, groups = labels(), np.random.default_rng(1).integers(0, 30, 400)
    train, valid = Folds(groups=groups).masks(y, seed)
    np.testing.assert_array_equal(train, ~valid)
    assert not set(groups[train]) & set(groups[valid])
    assert len(set(groups[valid])) == 6
    assert y[train].any()
    assert y[valid].any()


@pytest.mark.parametrize("seed", range(10))
def test_by_time_validation_follows_training(seed):
    times = np.random.default_rng(seed).permutation(400).astype(float)
    train, valid = Folds(times=times).masks(labels(), seed)
    assert times[train].max() < times[valid].min()
    assert valid.sum() in (79, 80)  # a fifth of 400, cut at moments
    assert 240 <= train.sum() <= 321
    assert times[~train & ~valid].min(initial=np.inf) > times[valid].max()  # later ones do neither


def test_by_time_every_split_can_be_measured():
    """Anomalies come in two bursts; moments are drawn until both sides have one."""
    y = np.zeros(400, np.int8)
    y[100:110] = y[350:360] = 1
    for seed in range(30):
        train, valid = Folds(times=np.arange(400.0)).masks(y, seed)
        assert y[train].any()
        assert y[valid].any()


def test_other_seeds_cut_elsewhere_and_the_same_seed_at_the_same_place():
    times, y = np.arange(400.0), labels()
    sizes = [int(Folds(times=times).masks(y, seed)[0].sum()) for seed in (0, 0, 1, 2)]
    assert sizes[0] == sizes[1]
    assert len(set(sizes)) == 3


def test_holdout_is_the_latest_fifth():
    times = np.array([5.0, 1, 4, 2, 3, 10, 9, 8, 7, 6])
    develop, test = time_holdout(times)
    assert sorted(times[test]) == [9, 10]
    assert len(develop) == 8


@pytest.mark.parametrize("times", [[1, 1, 1, 2, 2], [1, 2, 2, 2, 2], [1, 1, 1, 1, 2], [1, 1, 2, 3, 3]])
def test_rows_of_one_moment_stay_together(times):
    times = np.array(times * 20, float)
    develop, test = time_holdout(times)
    assert len(develop) + len(test) == len(times)
    assert len(test)
    assert times[develop].max() < times[test].min()
    for share in (0.6, 0.7, 0.8):
        train, valid = time_masks(times, share)
        assert not set(times[train]) & set(times[valid])
        assert valid.any()
        assert not set(times[~train & ~valid]) & set(times[valid])


def test_one_moment_alone_leaves_a_side_empty():
    develop, test = time_holdout(np.full(10, 3.0))
    assert len(develop) == 10
    assert not len(test)
