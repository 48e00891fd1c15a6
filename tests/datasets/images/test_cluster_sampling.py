import numpy as np
import pytest

from datasets.errors import DataError
from datasets.images.cluster_sampling import equal_shares, stratified_by_clusters


def groups(sizes_of_classes, seed=0):
    """Images in far-apart groups within each class; returns images, classes and the group of each."""
    rng = np.random.default_rng(seed)
    X, classes, group = [], [], []
    for k, sizes in enumerate(sizes_of_classes):
        for g, size in enumerate(sizes):
            X.append(np.full((size, 8, 8, 1), 40 + 80 * g) + rng.integers(-5, 6, (size, 8, 8, 1)))
            classes += [k] * size
            group += [g] * size
    order = rng.permutation(len(classes))
    return np.concatenate(X).astype(np.uint8)[order], np.array(classes, np.int16)[order], np.array(group)[order]


def test_equal_numbers_from_every_class_and_cluster():
    X, classes, group = groups([(200, 20, 20), (60, 300, 30)])
    index = stratified_by_clusters(X, classes, 90, clusters=3, seed=0)
    assert len(set(index)) == 90
    assert (np.diff(index) > 0).all()
    for k in range(2):
        np.testing.assert_array_equal(np.bincount(group[index][classes[index] == k]), [15, 15, 15])


def test_shortfalls_go_to_the_others():
    X, classes, group = groups([(100, 4, 40), (10,), (80,)])
    index = stratified_by_clusters(X, classes, 110, clusters=3, seed=0)
    np.testing.assert_array_equal(np.bincount(classes[index]), [50, 10, 50])
    np.testing.assert_array_equal(np.bincount(group[index][classes[index] == 0]), [23, 4, 23])


def test_numbers_of_classes_differ_by_one_at_most():
    X, classes, _ = groups([(50,), (50,), (50,)])
    counts = np.bincount(classes[stratified_by_clusters(X, classes, 77, seed=0)])
    assert counts.sum() == 77
    assert np.ptp(counts) == 1


def test_seeds_decide():
    X, classes, _ = groups([(100, 50), (90,)])
    first, again, other = (stratified_by_clusters(X, classes, 60, clusters=2, seed=s) for s in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_all_rows_and_wrong_numbers():
    X, classes, _ = groups([(7, 3), (2,)])
    np.testing.assert_array_equal(stratified_by_clusters(X, classes, 12, seed=0), np.arange(12))
    for n in (0, 13):
        with pytest.raises(DataError, match=rf"cannot draw {n} of 12 images"):
            stratified_by_clusters(X, classes, n, seed=0)
    with pytest.raises(DataError, match="0 clusters"):
        stratified_by_clusters(X, classes, 3, clusters=0, seed=0)


def test_large_images_in_colour_and_equal_images():
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, (40, 65, 60, 3), dtype=np.uint8)
    assert len(stratified_by_clusters(X, np.arange(40) % 2, 21, seed=0)) == 21
    X[:] = X[0]
    assert len(stratified_by_clusters(X, np.arange(40) % 2, 21, seed=0)) == 21


@pytest.mark.parametrize(
    ("n", "sizes", "expected"),
    [(6, [5, 5, 5], [2, 2, 2]), (9, [1, 5, 5], [1, 4, 4]), (11, [1, 5, 5], [1, 5, 5]), (0, [3, 3], [0, 0])],
)
def test_shares(n, sizes, expected):
    np.testing.assert_array_equal(equal_shares(n, np.array(sizes), np.random.default_rng(0)), expected)
