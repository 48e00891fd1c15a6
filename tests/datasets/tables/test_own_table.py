"""A table of the person's own as a problem: what is a feature, what is fitted on what, what goes on which side."""

import io

import numpy as np
import pandas as pd
import pytest

from datasets.errors import DataError
from datasets.load import load
from datasets.request import Request
from datasets.train_data import train_data
from tests.tables import raw, write

TABLE = raw()
ASIDE = {"group_column": "shop", "type_column": "kind"}


def problem(tmp_path, frame=TABLE, name="my.csv", **asked):
    label = "verdict" if "verdict" in frame else None
    return load(Request(str(write(tmp_path / name, frame)), **{"label_column": label, **asked}), tmp_path)


def opened(one, tmp_path):
    return one.sealed.open(tmp_path / "ledger", study="s", detector="d", reason="r")


@pytest.mark.parametrize("name", ["my.csv", "my.csv.gz", "my.parquet"])
def test_every_kind_of_file_is_the_same_problem(tmp_path, name):
    one, other = problem(tmp_path, name=name, **ASIDE), problem(tmp_path, name="plain.csv", **ASIDE)
    assert one.dataset == "my"
    assert one.feature_names == ("amount", "count", "colour", "when", "flag")
    assert [c.kind for c in one.schema.columns] == ["numeric", "numeric", "categorical", "time", "boolean"]
    np.testing.assert_array_equal(one.split(3).train.X, other.split(3).train.X)
    np.testing.assert_array_equal(one.full().X, other.full().X)


@pytest.mark.parametrize("asked", [ASIDE, {"time_column": "when"}, {"time_column": "count", **{"type_column": "kind"}}])
def test_label_group_time_and_kind_are_no_features(tmp_path, asked):
    one = problem(tmp_path, **asked)
    assert not {"verdict", *asked.values()} & set(one.feature_names)
    assert not {"verdict", *asked.values()} & {c.name for c in one.columns}


def test_labels_are_those_of_the_file_and_are_said(tmp_path):
    one = problem(tmp_path, label_column="verdict")
    np.testing.assert_array_equal(one.full().y, TABLE["verdict"] == "bad")
    assert one.label == "verdict"
    assert "'bad' (30 rows) is the anomaly, 'good' (270) is normal" in one.note
    turned = problem(tmp_path, label_column="verdict", positive=("good",))
    np.testing.assert_array_equal(turned.full().y, TABLE["verdict"] == "good")


def changed_outside(frame, train):
    """The table with other cells in every row that does not train."""
    wild = frame.copy()
    wild.loc[~train, "amount"] = 1000.0
    wild.loc[~train, "count"] = 40
    wild.loc[~train, "colour"] = "violet"
    wild.loc[~train, "flag"] = True
    return wild


@pytest.mark.parametrize("scale", ["standard", "minmax", "robust", "quantile"])
def test_nothing_is_fitted_on_validation_or_test_rows(tmp_path, scale):
    """Rows that do not train are changed beyond recognition: what training rows become must not move by a bit."""
    frame = TABLE.assign(row=np.arange(len(TABLE)) + 0.5).drop(columns=["shop", "kind"])
    asked = {"label_column": "verdict", "scale": scale}
    one = problem(tmp_path, frame, "one.csv", **asked)
    train, _ = one._folds.masks(one.development.y, 0)
    place = one.feature_names.index("row")
    trained = np.isin(frame["row"], one.development.X[train, place])
    assert 100 < trained.sum() < 200
    other = problem(tmp_path, changed_outside(frame, trained), "other.csv", **asked)
    a, b = one.split(0), other.split(0)
    np.testing.assert_array_equal(a.train.y, b.train.y)
    columns = np.flatnonzero([n != "colour" for n in one.feature_names])
    np.testing.assert_array_equal(one.development.X[train][:, columns], other.development.X[train][:, columns])
    np.testing.assert_array_equal(a.train.X, b.train.X)
    assert not np.array_equal(a.valid.X, b.valid.X)


def test_what_is_refitted_before_the_test_knows_no_test_row(tmp_path):
    frame = TABLE.assign(row=np.arange(len(TABLE)) + 0.5).drop(columns=["shop", "kind"])
    one = problem(tmp_path, frame, "one.csv")
    develops = np.isin(frame["row"], one.development.X[:, one.feature_names.index("row")])
    assert develops.sum() == 240
    other = problem(tmp_path, changed_outside(frame, develops), "other.csv")
    a, b = one.whole(0), other.whole(0)
    np.testing.assert_array_equal(a.train.X, b.train.X)
    assert not np.array_equal(a.rows(opened(one, tmp_path).X), b.rows(opened(other, tmp_path).X))


def test_hand_computed_preprocessing(tmp_path):
    """Median for missing numbers, then mean and deviation; indicator; one-hot in the order of names."""
    frame = pd.DataFrame({"a": [1.0, 2, np.nan, 9] * 25, "b": ["u", "v", "u", "w"] * 25, "y": [0, 0, 0, 1] * 25})
    frame["id"] = np.arange(100) % 50
    one = problem(tmp_path, frame, duplicates="keep", group_column="id")
    train = one.split(0).train
    rows = one.development.X[one._folds.masks(one.development.y, 0)[0]]
    a = np.where(np.isnan(rows[:, 0]), np.nanmedian(rows[:, 0]), rows[:, 0])
    expected = [(a - a.mean()) / a.std(), rows[:, 1] == 0, rows[:, 1] == 1, rows[:, 1] == 2, np.isnan(rows[:, 0])]
    np.testing.assert_allclose(train.X, np.column_stack(expected), atol=1e-6)
    assert train.X.dtype == np.float32


def sides(one, tmp_path, seed):
    """Raw rows of training, validation and test, without the preprocessing."""
    train, valid = one._folds.masks(one.development.y, seed)
    return one.development.take(train), one.development.take(valid), opened(one, tmp_path)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("outer", [0, 2])
def test_no_group_on_two_sides(tmp_path, seed, outer):
    frame = TABLE.assign(shop=[f"shop {i}" for i in TABLE["shop"]], mark=TABLE["shop"] + 0.25)
    one = problem(tmp_path, frame, group_column="shop", outer_split=outer)
    place = one.feature_names.index("mark")
    found = [set(part.X[:, place]) for part in sides(one, tmp_path, seed)]
    assert all(found)
    assert len(set.union(*found)) == sum(map(len, found)) == 40


@pytest.mark.parametrize("seed", range(4))
def test_times_are_in_order(tmp_path, seed):
    frame = TABLE.assign(again=pd.to_datetime(TABLE["when"]).astype("int64") // 10**9).sample(frac=1, random_state=1)
    one = problem(tmp_path, frame, time_column="when")
    train, valid, test = (part.X[:, one.feature_names.index("again")] for part in sides(one, tmp_path, seed))
    assert train.max() < valid.min()
    assert valid.max() < test.min()
    assert len(test) == 60
    assert all(part.anomalies for part in sides(one, tmp_path, seed))


@pytest.mark.parametrize("seed", range(3))
def test_equal_rows_are_on_one_side(tmp_path, seed):
    half = TABLE.drop(columns=["shop", "kind"]).iloc[:150]
    one = problem(tmp_path, pd.concat([half, half]), label_column="verdict")
    assert "300 rows, 150 of them repeat another, and equal rows are on one side of every split" in one.note
    found = [{row.tobytes() for row in part.X} for part in sides(one, tmp_path, seed)]
    assert len(set.union(*found)) == sum(map(len, found)) == 150
    dropped = problem(tmp_path, pd.concat([half, half]), label_column="verdict", duplicates="drop")
    assert dropped.counts["duplicates_dropped"] == 150
    assert len(dropped.full()) == 150
    kept = problem(tmp_path, pd.concat([half, half]), label_column="verdict", duplicates="keep")
    assert kept.counts["duplicates_dropped"] == 0
    assert "duplicates kept" in kept.note
    assert len({one.protocol, dropped.protocol, kept.protocol}) == 3


@pytest.mark.parametrize("seed", range(3))
def test_unseen_kinds_are_in_the_test_rows_alone(tmp_path, seed):
    """The kind is written into a feature, so that rows can be told apart afterwards."""
    frame = TABLE.assign(mark=np.where(TABLE["kind"] == "theft", 0.5, TABLE["count"] + 1))
    one = problem(tmp_path, frame, type_column="kind", unseen=("theft",))
    train, valid, test = sides(one, tmp_path, seed)
    place = one.feature_names.index("mark")
    for part in (train, valid):
        assert not (part.X[:, place] == 0.5).any()
        assert set(part.anomaly_types[part.y == 1]) == {"fraud"}
    assert (test.X[:, place] == 0.5).sum() == (test.anomaly_types == "theft").sum() > 0
    assert one.counts["test"]["anomalies"] == 6
    assert (test.anomaly_types[test.y == 0] == "").all()
    assert "anomalies of kind theft are in the test rows alone" in one.note


def test_no_label_beyond_the_budget_reaches_training(tmp_path):
    one = problem(tmp_path, label_column="verdict", labelled_anomalies=4)
    for seed in range(3):
        train = one.split(seed).train
        data = train_data(train, "devnet")
        assert data.target.tolist().count(-1) == 4
        assert set(data.target.tolist()) == {-1, 0}
        assert (train.y[data.target == -1] == 1).all()
        assert train.anomalies == 19  # the others are there, unlabelled
        assert not {name for name, value in vars(data).items() if value is train.y}
    assert train_data(one.whole(0).train, "devnet").target.tolist().count(-1) == 4
    assert train_data(one.everything(0).train, "devnet").target.tolist().count(-1) == 4


def test_test_labels_do_not_reach_a_split(tmp_path):
    """Turning the labels of the test rows round changes no row, label or target of any split."""
    frame = TABLE.assign(row=np.arange(len(TABLE)) + 0.5).drop(columns=["shop", "kind"])
    frame["y"] = (frame.pop("verdict") == "bad").astype(int)
    one = problem(tmp_path, frame, time_column="row")  # the split does not depend on labels
    turned = frame.assign(y=np.where(np.arange(len(frame)) >= 240, 1 - frame["y"], frame["y"]))
    other = problem(tmp_path, turned, name="turned.csv", time_column="row")
    assert not np.array_equal(opened(one, tmp_path).y, opened(other, tmp_path).y)
    for seed in range(3):
        a, b = one.split(seed), other.split(seed)
        np.testing.assert_array_equal(a.train.X, b.train.X)
        np.testing.assert_array_equal(a.train.y, b.train.y)
        np.testing.assert_array_equal(a.valid.X, b.valid.X)
        np.testing.assert_array_equal(a.valid.y, b.valid.y)
        np.testing.assert_array_equal(one.whole(seed).train.X, other.whole(seed).train.X)


def test_binary_tables_stay_small(tmp_path):
    generator = np.random.default_rng(0)
    frame = pd.DataFrame((generator.random((300, 12)) < 0.4).astype(int), columns=[f"c{i}" for i in range(12)])
    frame["class"] = (generator.random(300) < 0.2).astype(int)
    one = problem(tmp_path, frame)
    assert one.development.X.dtype == np.uint8
    assert set(np.unique(one.split(0).train.X)) == {0.0, 1.0}


@pytest.mark.parametrize(
    ("edit", "asked", "words"),
    [
        (lambda f: f, {"group_column": "shp"}, r"`group_column` shp: .* no column 'shp'; did you mean shop\?"),
        (lambda f: f, {"group_column": "verdict"}, "`group_column` verdict: that is the label column"),
        (lambda f: f, {"group_column": "shop", "drop": ("shop",)}, "`drop` shop: that is the group column"),
        (lambda f: f, {"drop": ("verdict",)}, "`drop` verdict: that is the label column"),
        (lambda f: f, {"time_column": "colour"}, "row [01]: '.*' is not a date or time"),
        (lambda f: f.assign(t=["12:30"] * 300), {"time_column": "t"}, "row 0: '12:30' is not a date or time"),
        (lambda f: f.assign(t=np.where(f.index == 4, np.nan, 1)), {"time_column": "t"}, "row 4 has no time"),
        (lambda f: f.assign(t=np.where(f.index == 4, np.inf, 1)), {"time_column": "t"}, "row 4 has no time"),
        (lambda f: f.assign(g=np.where(f.index == 4, np.nan, 1)), {"group_column": "g"}, "row 4 belongs to no group"),
        (lambda f: f.assign(g=1), {"group_column": "g"}, "among its 0 rows; .* smaller groups"),
        (lambda f: f.assign(g=f.index % 2), {"group_column": "g"}, "among its 0 rows; .* smaller groups"),
        (lambda f: f.assign(t=5), {"time_column": "t"}, "among its 0 rows; .* without `time_column`"),
        (lambda f: f.assign(t=f.index % 2), {"time_column": "t"}, "valid side has no anomalies among its 0 rows"),
        (lambda f: f.assign(t=f.verdict == "bad"), {"time_column": "t"}, "no anomalies"),
        (lambda f: f, {"time_column": "when", "outer_split": 1}, "the latest rows are the test, and only they"),
        (lambda f: f, {"group_column": "shop", "protocol": "holdout"}, "each say how rows are split: give one"),
        (lambda f: f, {"group_column": "shop", "duplicates": "group"}, "give drop or keep"),
        (lambda f: f, {"protocol": "report", "duplicates": "drop"}, "has its own way with them"),
        (lambda f: f, {"type_column": "kind", "unseen": ("thft",)}, r"of kind fraud \(\d+\), theft \(\d+\)"),
        (lambda f: f, {"type_column": "kind", "unseen": ("theft", "fraud")}, "development side has no anomalies"),
        (lambda f: f, {"labelled_anomalies": 20}, "the training rows have 19 anomalies; ask for fewer"),
        (lambda f: f[["verdict"]].assign(a=1, b="x"), {}, r"no column to learn from: a \(constant: 1\); b"),
        (lambda f: f[["verdict"]].assign(a=f.verdict == "bad"), {}, "among its 0 rows"),
    ],
)
def test_what_cannot_be_done(tmp_path, edit, asked, words):
    with pytest.raises(DataError, match=words) as error:
        problem(tmp_path, edit(TABLE.copy()), **asked)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("rows", "anomalies"), [(2, 1), (5, 2), (20, 1), (20, 2), (20, 3), (20, 10)])
def test_tiny_tables_work_or_say_what_is_lacking(tmp_path, rows, anomalies):
    frame = raw(rows, anomalies)[["amount", "count", "verdict"]]
    asked = {"label_column": "verdict", "positive": ("bad",)}
    if anomalies < 2:
        with pytest.raises(DataError, match="has 1 anomaly: to train with one and measure on another takes 2"):
            problem(tmp_path, frame, **asked)
    else:
        one = problem(tmp_path, frame, **asked)
        assert one.cross_validated == (anomalies < 8)
        assert min(one.counts[side]["anomalies"] for side in ("train", "valid", "test")) >= 1


def test_a_column_that_training_rows_do_not_fill(tmp_path):
    """It is nothing to them, and must not break the others."""
    frame = TABLE[["count", "verdict", "when"]].assign(late=np.where(TABLE.index < 250, np.nan, TABLE.index))
    one = problem(tmp_path, frame, label_column="verdict", time_column="when")
    assert "late" in one.feature_names
    assert one.split(0).train.X.shape[1] == 1
    assert np.isfinite(one.whole(0).rows(opened(one, tmp_path).X)).all()


def test_check_finds_splits_that_cannot_be_used(tmp_path):
    frame = raw(400, 40).assign(shop=np.arange(400) // 10)
    one = problem(tmp_path, frame, group_column="shop", type_column="kind")
    one.check(range(1000, 1005))
    least = min(int(one.development.y[one._folds.masks(one.development.y, s)[0]].sum()) for s in range(1000, 1020))
    known = one.counts["train"]["anomalies"]
    tight = problem(tmp_path, frame, group_column="shop", type_column="kind", labelled_anomalies=known)
    assert least < known
    with pytest.raises(DataError, match=rf"`labelled_anomalies` {known}: the training rows of split 10\d\d have"):
        tight.check(range(1000, 1020))


def test_the_columns_are_told_to_the_person(tmp_path):
    """Names and texts that look like rich's markup are printed as they are."""
    from types import SimpleNamespace

    from rich.console import Console

    from launch.display.announce import announce

    frame = raw().rename(columns={"amount": "amount [EUR]", "verdict": "label", "count": "a[/b]"})
    one = problem(tmp_path / "[x]", frame, label_column="label", drop=("shop",), type_column="kind")
    console = Console(file=io.StringIO(), width=200)
    announce(
        console,
        SimpleNamespace(
            problem=one, metric="ap", supervision="few-label", splits=1, options=SimpleNamespace(fresh_splits=5)
        ),
    )
    said = console.file.getvalue()
    assert "Columns of" in said
    for words in (
        "amount [EUR]",
        "a[/b]",
        "3 texts",
        "left out",
        "by --drop",
        "2020-01-01 to 2020-03-28; hour and weekday as",
    ):
        assert words in said
    assert "192 training" in said
