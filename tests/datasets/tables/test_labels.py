"""Which rows are anomalies: by 0/1, true/false, or the rarer of two texts."""

import numpy as np
import pandas as pd
import pytest

from datasets.errors import DataError
from datasets.tables.labels import anomaly_texts, label_column, read_labels

Y = [1, 0, 0, 1, 0]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (Y, "1 is the anomaly"),
        ([float(v) for v in Y], "1 is the anomaly"),
        ([str(v) for v in Y], "1 is the anomaly"),
        ([v == 1 for v in Y], "True is the anomaly"),
        (["TRUE" if v else "FALSE" for v in Y], "TRUE is the anomaly"),
        (["bad" if v else "good" for v in Y], "'bad' is the rarer value and taken for the anomaly; `positive`"),
        ([-1 if v else 1 for v in Y], "'-1' is the rarer value"),
        (pd.Categorical(["bad" if v else "good" for v in Y]), "'bad' is the rarer"),
    ],
)
def test_two_values(cells, said):
    y, words = read_labels(pd.Series(cells, name="class"), (), "t")
    assert y.dtype == np.int8
    assert y.tolist() == Y
    assert said in words


def test_one_is_the_anomaly_even_where_it_is_common():
    y, _ = read_labels(pd.Series([1, 1, 1, 0], name="class"), (), "t")
    assert y.tolist() == [1, 1, 1, 0]


def test_the_person_says_which():
    cells = pd.Series(["ok", "worn", "ok", "broken", "ok"], name="state")
    y, words = read_labels(cells, ("worn", "broken"), "t")
    assert y.tolist() == [0, 1, 0, 1, 0]
    assert "'worn', 'broken' is the anomaly" in words
    assert read_labels(pd.Series(Y, name="c"), ("0",), "t")[0].tolist() == [0, 1, 1, 0, 1]


@pytest.mark.parametrize(
    ("cells", "positive", "words"),
    [
        ([0, 0, 0], (), "every label in column 'c' is '0'"),
        ([0, 1, None], (), "row 2 has no label"),
        (["a", "", "b"], (), "row 1 has no label"),
        ([0, 1, 2], (), "say which are anomalies, `positive`"),
        (["a", "b"], (), "equally many: say which is the anomaly, `positive`"),
        (["a", "b", "b"], ("c",), r"`positive` c: label column 'c' of t has 'b' \(2\), 'a' \(1\)"),
        (["a", "b", "b"], ("a", "b"), "names every value"),
    ],
)
def test_labels_that_are_not_clear(cells, positive, words):
    with pytest.raises(DataError, match=words):
        read_labels(pd.Series(cells, name="c"), positive, "t")


def test_the_column():
    frame = pd.DataFrame(columns=["a", "Class", "b"])
    assert label_column(frame, None, "t") == "Class"
    assert label_column(frame, "a", "t") == "a"
    with pytest.raises(DataError, match=r"`label_column` clas: t has no column 'clas'; did you mean Class\?"):
        label_column(frame, "clas", "t")
    with pytest.raises(DataError, match=r"2 columns that may be labels \(y, label\)"):
        label_column(pd.DataFrame(columns=["y", "label"]), None, "t")
    with pytest.raises(DataError, match=r"`label_column` NAME \(the last ones are a, b\)"):
        label_column(pd.DataFrame(columns=["a", "b"]), None, "t")


@pytest.mark.parametrize(
    ("cells", "texts"), [([1, 0, 0, 1, 0], ()), ([True, False, False, True, False], ()), (list("baaba"), ("b",))]
)
def test_what_the_column_says_of_anomalies(cells, texts):
    assert anomaly_texts(pd.Series(cells), np.array(Y, np.int8)) == texts
