"""Scoring a table: labels beside the rows, columns without names."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from launch.models.score_table import _FileLabels, _named


def test_labels_of_a_file_are_read_as_the_search_read_them():
    def metrics(cells, **meta):
        labels = _FileLabels(SimpleNamespace(meta={"label_column": "y", **meta}, features=["a"]))
        assert labels.take(pd.DataFrame({"a": [1, 2, 3, 4], "y": cells})) == "y"
        return labels.metrics(np.array([4.0, 3, 2, 1]), 2.5)

    assert metrics([1, 1, 0, 0])["auroc"] == 1
    assert metrics([True, True, False, False])["auroc"] == 1
    assert metrics([1, 1, 0, 0], request={"positive": ["0"]})["auroc"] == 0
    assert metrics(["worn", "torn", "ok", "ok"], request={"positive": ["worn", "torn"]})["auroc"] == 1
    assert metrics(["Bad", "bad ", "OK", "ok"], anomaly_texts=["bad"])["auroc"] == 1
    assert metrics(["dos", "new", "NORMAL", "normal"], anomaly_texts=["dos"], normal_texts=["normal"])["auroc"] == 1
    assert metrics(["bad", "faulty", "ok", "ok"], anomaly_texts=["bad"]) == {}
    assert metrics(["bad", "bad", "ok", "ok"]) == {}
    assert metrics([1, None, 0, 0])["auroc"] == 1
    upper = _FileLabels(SimpleNamespace(meta={"label_column": "Y"}, features=["y"]))
    assert upper.take(pd.DataFrame({"y": [1, 2], "Y": [0, 1]})) == "Y"
    assert upper.take(pd.DataFrame({"y": [1, 2]})) is None


def test_an_npz_has_no_names():
    frame = pd.DataFrame([[1.0, 2, 0]], columns=["x0", "x1", "label"])
    assert list(_named(frame, ["a", "b"]).columns) == ["a", "b"]
    assert list(_named(frame.drop(columns="label"), ["a", "b"]).columns) == ["a", "b"]
    assert list(_named(frame, ["a"]).columns) == ["x0", "x1", "label"]


def test_rows_of_a_file_without_a_label_are_not_measured():
    def found(cells, **meta):
        labels = _FileLabels(SimpleNamespace(meta={"label_column": "y", **meta}, features=["a"]))
        assert labels.take(pd.DataFrame({"a": range(len(cells)), "y": cells})) == "y"
        return labels.metrics(np.arange(len(cells), 0.0, -1), 2.5)

    whole = found([1, 0, 1, 0])
    assert found([1, None, 0, 1, np.nan, 0])["auroc"] == whole["auroc"] == 0.75  # 1 > 0, 1 > 0, 1 > 0, of 4 pairs 3
    texts = {"anomaly_texts": ["bad"]}
    assert found(["bad", "pending", "ok", "bad", None, "ok"], **texts)["auroc"] == 0.75
    later = {"request": {"unlabelled": ["later,no one"], "normal": ["ok"]}, "normal_texts": ["ok"]}
    assert found(["bad", "later", "ok", "worn", "no one", "ok"], **texts, **later)["auroc"] == 0.75
    assert found(["bad", "pending", None], **texts) == {}
    assert found(["good", "crack", None, "good"], normal_texts=["good"])["auroc"] == 0.5
