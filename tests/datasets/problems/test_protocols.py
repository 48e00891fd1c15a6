import numpy as np
import pytest
from sklearn.model_selection import GroupShuffleSplit, train_test_split

from datasets.errors import DataError
from datasets.problems import deduplication
from datasets.problems.dataset import Dataset
from datasets.problems.protocols import PROTOCOLS, prepare


@pytest.mark.parametrize("n", [5, 6, 99, 1000, 115_115])
@pytest.mark.parametrize("outer", [0, 3])
def test_holdout_is_train_test_split(n, outer):
    develop, test = train_test_split(np.arange(n), test_size=0.2, random_state=42 + outer)
    ours = deduplication.holdout(n, outer)
    np.testing.assert_array_equal(ours[0], develop)
    np.testing.assert_array_equal(ours[1], test)


@pytest.mark.parametrize("outer", [0, 2])
def test_group_holdout_is_group_shuffle_split(outer):
    groups = np.random.default_rng(0).integers(0, 300, 2000)
    splitter = GroupShuffleSplit(1, test_size=0.2, random_state=42 + outer)
    develop, test = next(splitter.split(groups, groups=groups))
    ours = deduplication.group_holdout(groups, outer)
    np.testing.assert_array_equal(ours[0], develop)
    np.testing.assert_array_equal(ours[1], test)


@pytest.mark.parametrize("d", [3, 39, 64, 65, 200])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_pattern_ids_count_in_order_of_appearance(d, dtype):
    base = (np.random.default_rng(d).random((20, d)) < 0.5).astype(dtype)
    X = base[np.random.default_rng(1).integers(0, 20, 100)]
    seen: dict[tuple, int] = {}
    expected = [seen.setdefault(tuple(row), len(seen)) for row in X]
    np.testing.assert_array_equal(deduplication.pattern_ids(X), expected)


def test_pattern_ids_of_other_numbers():
    assert deduplication.pattern_ids(np.array([[0.0, 2.5], [-0.0, 2.5], [0.0, 1.0]], np.float32)).tolist() == [0, 0, 1]
    assert deduplication.pattern_ids(np.array([[2, 0], [1, 0], [2, 0]], np.uint8)).tolist() == [0, 1, 0]


def test_a_duplicate_has_the_same_attributes_and_the_same_label():
    X = np.array([[1, 0], [1, 0], [1, 0], [0, 0], [1, 0], [0, 0]], np.uint8)
    y = np.array([0, 1, 0, 0, 1, 1], np.int8)
    assert deduplication.first_rows(deduplication.pattern_ids(X), y).tolist() == [0, 1, 3, 5]


def test_full_keeps_file_order(toy):
    dataset = toy()
    np.testing.assert_array_equal(prepare(dataset, "raw").full().X, dataset.X)
    np.testing.assert_array_equal(prepare(dataset, "raw").full().y, dataset.y)


@pytest.mark.parametrize("seed", range(5))
def test_grouped_keeps_both_labels_of_a_pattern_together(toy, tmp_path, seed):
    problem = prepare(toy(n=3000, d=8, seed=seed, anomalies=300), "grouped")
    split = problem.split(seed)
    test = problem.sealed.open(tmp_path / "l", study="s", detector="d", reason="r")
    sides = [{row.tobytes() for row in part.X} for part in (split.train, split.valid, test)]
    assert not sides[0] & sides[1]
    assert not sides[1] & sides[2]
    assert not sides[0] & sides[2]
    assert split.valid.anomalies > 0


def test_unknown_protocol_names_the_nearest_and_all(toy):
    with pytest.raises(
        DataError, match=r"unknown protocol 'reprot'; did you mean report\? there are report, raw, grou"
    ):
        prepare(toy(), "reprot")
    with pytest.raises(DataError, match="unknown protocol ''"):
        prepare(toy(), "")
    with pytest.raises(DataError, match="outer split -1"):
        prepare(toy(), "report", -1)


@pytest.mark.parametrize("protocol", list(PROTOCOLS))
@pytest.mark.parametrize("anomalies", [1, 2])
def test_a_side_without_anomalies_is_refused_by_name(toy, protocol, anomalies):
    def try_all():
        for outer in range(20):  # with two anomalies the first outer splits may have luck
            prepare(toy(d=20, anomalies=anomalies), protocol, outer)

    with pytest.raises(DataError, match=r"'toy' under protocol .* side has no anomalies among its \d+ rows"):
        try_all()


def test_one_class_only_is_refused(toy):
    with pytest.raises(DataError, match="toy has no anomalies"):
        prepare(toy(anomalies=0))
    with pytest.raises(DataError, match="toy has only anomalies"):
        prepare(toy(n=50, anomalies=50))


def test_real_valued_rows_work(toy):
    X = np.random.default_rng(0).normal(size=(500, 4)).astype(np.float32)
    X[100:200] = X[:100]
    y = (np.arange(500) % 10 == 0).astype(np.int8)
    problem = prepare(Dataset("real", X, y, ("a", "b", "c", "d"), "here", "0", "none"))
    assert problem.counts["duplicates_dropped"] == 100
    assert problem.development.X.dtype == np.float32
