import numpy as np
import pytest
from sklearn.model_selection import GroupShuffleSplit, train_test_split

from datasets.errors import DataError
from datasets.problems import deduplication
from datasets.problems.dataset import Dataset
from datasets.problems.protocols import prepare
from datasets.problems.rules import PROTOCOLS


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


@pytest.mark.parametrize("protocol", [name for name in PROTOCOLS if name != "cross-validated"])
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


# -- a few patterns hold many rows ----------------------------------------------------


def heavy(sizes, anomalous):
    """Groups of so many rows, each all normal or all anomalies."""
    return np.repeat(np.arange(len(sizes)), sizes), np.repeat(np.asarray(anomalous, np.int8), sizes)


@pytest.mark.parametrize("seed", range(10))
def test_groups_of_one_row_are_drawn_as_rows_are(seed):
    y = (np.random.default_rng(seed).random(500) < 0.1).astype(np.int8)
    chosen = deduplication.grouped_fifth(np.arange(500), y, seed)
    np.testing.assert_array_equal(chosen, deduplication.stratified_fifth(y, seed))


@pytest.mark.parametrize("seed", range(10))
def test_a_pattern_that_is_most_of_the_anomalies_stays_out_of_the_test(seed):
    """2,091 of 2,211 anomalies are equal: of the 120 others a fifth is 24, of 8,000 normal rows 1,600."""
    groups, y = heavy([1] * 8000 + [2091] + [1] * 120, [0] * 8000 + [1] * 121)
    chosen = deduplication.grouped_fifth(groups, y, seed)
    assert (chosen[y == 0].sum(), chosen[y == 1].sum()) == (1600, 24)


def test_rows_and_anomalies_of_large_groups_are_balanced():
    """Of a fifth of the patterns the rows were 7 to 36 %, the anomalies 2 to 53 %."""
    rng = np.random.default_rng(0)
    groups, y = heavy(np.minimum(rng.zipf(1.5, 2000), 3000), rng.random(2000) < 0.1)
    drawn = [deduplication.grouped_fifth(groups, y, seed) for seed in range(30)]
    for chosen in drawn:
        assert not set(groups[chosen]) & set(groups[~chosen])
        assert all(0.15 <= chosen[y == label].mean() <= 0.25 for label in (0, 1))
    assert len({chosen.tobytes() for chosen in drawn}) == 30


def test_every_class_is_on_both_sides_though_its_groups_are_too_large():
    groups, y = heavy([1] * 90 + [50, 40], [0] * 90 + [1, 1])
    for seed in range(5):
        chosen = deduplication.grouped_fifth(groups, y, seed)
        assert 0 < chosen[y == 1].sum() < 90


def test_what_came_out_is_said_where_few_patterns_decide():
    X = np.arange(1000, dtype=np.float32)[:, None].repeat(2, 1)
    y = (np.arange(1000) >= 900).astype(np.int8)
    assert "caution" not in prepare(Dataset("even", X, y, ("a", "b"), "here", "0", "none"), "holdout").note
    X[920:] = 5000  # 80 of 100 anomalies are equal, 20 are not: a fifth of those are 4
    note = prepare(Dataset("heavy", X, y, ("a", "b"), "here", "0", "none"), "holdout").note
    assert "the test has 20% of the normal rows and 4% of the anomalies, not a fifth" in note
    assert "one pattern holds 80% of the anomalies: figures hang on few patterns" in note
