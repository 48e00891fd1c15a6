"""What is asked of which data: kept, made again, and refused where it contradicts itself."""

from pathlib import Path

import numpy as np
import pytest

from datasets.errors import DataError
from datasets.load import load
from datasets.request import Request, dataset_name, gone, without_place
from tests.tables import raw, write


@pytest.mark.parametrize(
    ("dataset", "name"),
    [
        ("celeba", "celeba"),
        ("my.csv", "my"),
        ("a/b/my table (1).csv.gz", "my-table-1"),
        ("x.v2.parquet", "x.v2"),
        ("celeba.csv", "celeba-file"),
        ("./wilt.npz", "wilt-file"),
        ("数据.csv", "数据"),
        ("..csv", "table"),
    ],
)
def test_names(dataset, name):
    assert dataset_name(dataset) == name


def test_the_same_problem_from_plain_values(tmp_path, monkeypatch):
    write(tmp_path / "my.csv", raw())
    monkeypatch.chdir(tmp_path)
    asked = Request(
        "my.csv", label_column="verdict", positive=("bad",), group_column="shop", type_column="kind",
        categorical=("count",), drop=("when",), missing=("-",), scale="robust", labelled_anomalies=6,
        contamination=0.1, duplicates="keep", outer_split=1,
    )  # fmt: skip
    one = load(asked, tmp_path)
    assert one.request["dataset"] == str(tmp_path / "my.csv")
    monkeypatch.chdir("/")  # the path is absolute
    again = load(Request.from_plain(one.request), tmp_path)
    assert again.sha256 == one.sha256
    assert again.request == one.request
    assert again.protocol == one.protocol == "groups-keep"
    np.testing.assert_array_equal(again.split(2).train.X, one.split(2).train.X)
    np.testing.assert_array_equal(again.split(2).train.target, one.split(2).train.target)


def test_where_data_lie_may_change(tmp_path):
    (tmp_path / "cats").mkdir()
    one, other = f"{tmp_path}/a/my.csv", f"{tmp_path}/b/your.csv"
    assert without_place({"dataset": one, "drop": ["x"]}) == without_place({"dataset": other, "drop": ["x"]})
    assert without_place({"dataset": f"images:{tmp_path}:cats"})["dataset"] == "cats"
    assert without_place({"dataset": "celeba"}) == {"dataset": "celeba"}
    assert gone(one) == Path(one)
    assert gone(str(tmp_path)) is gone("celeba") is None


def test_plain_holds_what_differs():
    assert Request("celeba").plain() == {"dataset": "celeba"}
    assert Request("celeba", outer_split=2, missing=("-",)).plain() == {
        "dataset": "celeba", "outer_split": 2, "missing": ["-"],
    }  # fmt: skip
    assert Request.from_plain({"dataset": "celeba", "of_a_later_version": 1}) == Request("celeba")


def test_a_file_that_is_called_like_a_dataset(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(Path("wilt.csv"), raw())
    one = load(Request("wilt.csv", label_column="verdict"), tmp_path)
    assert one.dataset == "wilt-file"
    assert one.protocol == "holdout"


def test_the_home_folder(tmp_path, monkeypatch):
    write(tmp_path / "my.csv", raw())
    monkeypatch.setenv("HOME", str(tmp_path))
    one = load(Request("~/my.csv", label_column="verdict"), tmp_path)
    assert one.request["dataset"] == str(tmp_path / "my.csv")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"dataset": "celeba", "label_column": "y"}, "`label_column` is for a table of your own; 'celeba' is in"),
        ({"dataset": "celeba", "drop": ("a",)}, "`drop` is for a table of your own"),
        ({"dataset": "celebo"}, r"unknown dataset 'celebo'; did you mean celeba\?"),
        ({"dataset": "t.csv", "duplicates": "merge"}, "give one of group, drop, keep"),
        ({"dataset": "celeba", "labelled_anomalies": -1}, "at least 0, got -1"),
        ({"dataset": "celeba", "contamination": 0.1}, "say `labelled_anomalies` too"),
        ({"dataset": "celeba", "labelled_anomalies": 5, "contamination": 0.5}, "below 0.5, got 0.5"),
        ({"dataset": "t.csv", "unseen": ("a",)}, "there is no file"),
        ({"dataset": "none.csv"}, "there is no file none.csv"),
    ],
)
def test_contradictions(asked, words, tmp_path):
    with pytest.raises(DataError, match=words):
        load(Request(**asked), tmp_path)
