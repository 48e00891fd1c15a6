"""Scoring a table: labels beside the rows, columns without names, what is written of which rows."""

import io
import json
from functools import partial
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from datasets.tables import frames
from launch.common.errors import UsageError
from launch.models import prediction
from launch.models import score_table as score_table_module
from launch.models.chosen_threshold import chosen, put_in
from launch.models.score_table import SCORES_ALONE, _FileLabels, _named, score_table
from launch.models.scores_file import ExplainRequest, Wanted


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


class Model:
    """Scores a row with its column `a`."""

    features, preprocessor, image_shape, threshold = ["a"], None, None, 3.0

    def __init__(self, **meta):
        self.meta = {"label_column": "broken", **meta}

    def outside(self):
        return SimpleNamespace(sentences=list)

    def predict(self, rows, outside):
        scores = rows["a"].to_numpy(float)
        kind = np.full(len(rows), "isotonic", dtype=object)
        made = {"score": scores, "label": (scores >= self.threshold).astype(int), "probability": scores / 10}
        return pd.DataFrame({**made, "probability_kind": kind}, index=rows.index)

    def explain(self, rows):
        return [[f"a is {a:g}"] for a in rows["a"]]


OURS = ["score", "label", "probability", "probability_kind"]


@pytest.fixture
def scored(tmp_path, monkeypatch):
    """What a table comes to, and what is written of it, read three rows at a time."""
    monkeypatch.setattr(score_table_module, "iter_frames", partial(frames.iter_frames, rows=3))
    rows = ["007,1,x,9,0", "008,5,y,9,1", ",2,x,9,0", "010,4,,9,1", "011,5,y,9,0", "012,0,x,9,0", "013,3,x,9,0"]
    (tmp_path / "new.csv").write_text("\n".join(["id,a,site,score,broken", *rows, ""]))

    def score(wanted=SCORES_ALONE, name="out.csv", **meta):
        result = score_table(Model(**meta), tmp_path / "new.csv", tmp_path / name, wanted)
        path = tmp_path / name
        return result, pd.read_parquet(path) if name.endswith("parquet") else pd.read_csv(path, dtype={"id": "string"})

    return score


def test_rows_are_numbered_and_what_names_them_is_kept(scored):
    for name in ("out.csv", "out.parquet"):
        result, written = scored(name=name, keys=["serial", "id"])
        assert list(written.columns) == ["row", "id", *OURS]
        assert written["row"].tolist() == list(range(7))
        assert written["id"].fillna("-").tolist() == ["007", "008", "-", "010", "011", "012", "013"]
        assert (result.keys, result.ignored) == (["id"], ["site", "score"])
    result, written = scored()
    assert list(written.columns) == ["row", *OURS]
    assert (result.keys, result.ignored) == ([], ["id", "site", "score"])


def test_columns_are_kept_under_names_that_are_theirs(scored):
    result, written = scored(Wanted(keep=("site,broken", "a", "score")), keys=["id"])
    assert list(written.columns) == ["row", "id", "site", "broken", "a", "input_score", *OURS]
    assert written["site"].fillna("").tolist() == ["x", "y", "x", "", "y", "x", "x"]
    assert written["score"].tolist() == written["a"].tolist() == [1, 5, 2, 4, 5, 0, 3]
    assert result.metrics["auroc"] == 0.85  # of 10 pairs 8 right, one at random, one wrong
    with pytest.raises(UsageError, match=r"--keep sit: .*new.csv has no column 'sit'; did you mean site\?"):
        scored(Wanted(keep=("sit",)))


def test_the_highest_rows_come_first_from_a_table_in_parts(scored):
    result, written = scored(Wanted(keep=("site",), top=3), keys=["id"], typical=[1.0])
    assert written["row"].tolist() == [1, 4, 3]
    assert written["id"].tolist() == ["008", "011", "010"]
    assert written["reasons"].tolist() == ["a is 5", "a is 5", "a is 4"]
    assert (result.rows, result.anomalous) == (7, 4)
    assert result.metrics["auroc"] == 0.85
    assert "reasons" not in scored(Wanted(top=3))[1]  # of a model from before there were any
    everything = scored(Wanted(ExplainRequest(anomalies=True), top=100), typical=[1.0])[1]
    assert (len(everything), everything["reasons"].iloc[-1]) == (7, "a is 0")
    console = Console(file=io.StringIO(), width=80)
    prediction._show_highest("rows", result, console)
    assert "1  008  y         5      1        0.500  a is 5" in console.file.getvalue()


META = {"threshold": 4.0, "calibration": {"reference": [float(i) for i in range(1, 101)]}}


def test_thresholds():
    assert chosen(None, META) == (4.0, "4, the model's own")
    assert chosen("-0.5", META)[0] == -0.5
    threshold, said = chosen(" 3 %", META)
    assert (threshold, "3 % of rows like those of training" in said) == (98.0, True)  # 98, 99 and 100 are 3 of 100
    for wrong in ("high", "nan", "%", "0%", "100%", "-1%"):
        with pytest.raises(UsageError, match="--threshold"):
            chosen(wrong, META)


def test_a_served_copy_has_the_threshold_that_is_asked_for(tmp_path):
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "model.json"
    path.write_text(json.dumps({"detector": "knn", **META}))
    before = path.read_bytes()
    assert put_in(tmp_path, None)[0]["threshold"] == 4
    assert path.read_bytes() == before
    put_in(tmp_path, "97")
    assert json.loads(path.read_text()) == {"detector": "knn", **META, "threshold": 97}
