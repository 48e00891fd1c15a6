"""Which rows are anomalies: by what labels say, else the rarer of two values."""

import numpy as np
import pandas as pd
import pytest

from datasets.errors import DataError
from datasets.label_words import ANOMALOUS, NORMAL, Strength, folded, speaks
from datasets.tables.label_column import label_column
from datasets.tables.labels import read_labels

Y = [1, 0, 0, 1, 0]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (Y, "'1' (2 rows) is the anomaly, '0' (3) is normal; `positive` overrules"),
        ([float(v) for v in Y], "'1' (2 rows) is the anomaly"),
        ([str(v) for v in Y], "'1' (2 rows) is the anomaly"),
        ([v == 1 for v in Y], "'True' (2 rows) is the anomaly"),
        (["TRUE" if v else "FALSE" for v in Y], "'TRUE' (2 rows) is the anomaly"),
        (["bad" if v else "good" for v in Y], "'bad' (2 rows) is the anomaly, 'good' (3) is normal"),
        (pd.Categorical(["bad" if v else "good" for v in Y]), "'bad' (2 rows) is the anomaly"),
        (["GOOD" if v == 0 else f" Bad{' ' * i}" for i, v in enumerate(Y)], "'Bad' (2 rows) is the anomaly"),
    ],
)
def test_two_values(cells, said):
    read = read_labels(pd.Series(cells, name="class"), (), "t")
    assert read.y.dtype == np.int8
    assert read.y.tolist() == Y
    assert said in read.notes[0]
    assert read.kinds is None


@pytest.mark.parametrize(("rare", "common"), [(-1, 1), (1, -1), ("b7", "a3")])
def test_the_rarer_where_nothing_speaks(rare, common):
    read = read_labels(pd.Series([rare, common, common, common], name="class"), (), "t")
    assert read.y.tolist() == [1, 0, 0, 0]
    assert "being the rarer" in read.notes[0]
    assert read.anomaly_texts == (str(rare),)


def test_names_beat_rarity_and_that_is_said():
    read = read_labels(pd.Series(["anomaly", "anomaly", "anomaly", "normal"], name="class"), (), "t")
    assert read.y.tolist() == [1, 1, 1, 0]
    assert read.notes[1].startswith("caution: 75% of the rows are anomalies")


def test_the_person_says_which():
    cells = pd.Series(["ok", "worn", "ok", "broken", "ok"], name="state")
    for positive, normal in (
        (("worn", "broken"), ()),
        (("worn,broken",), ()),
        ((), ("OK",)),
        (("worn", "broken"), ("ok",)),
    ):
        read = read_labels(cells, positive, "t", normal)
        assert read.y.tolist() == [0, 1, 0, 1, 0]
        assert read.kinds.tolist() == ["", "worn", "", "broken", ""]
        assert "'broken' (1), 'worn' (1) are anomalies (2 rows), 'ok' (3) is normal" in read.notes[0]
        assert "overrule" not in read.notes[0]
        assert read.anomaly_texts == ("broken", "worn")
        assert read.normal_texts == (("ok",) if not positive else ())
    assert read_labels(pd.Series(Y, name="c"), ("0",), "t").y.tolist() == [0, 1, 1, 0, 1]
    assert read_labels(pd.Series(["a,b", "c", "c"], name="c"), ("a,b",), "t").y.tolist() == [1, 0, 0]


def test_what_the_column_says_of_anomalies():
    def texts(*cells):
        read = read_labels(pd.Series(cells, name="class"), (), "t")
        return read.anomaly_texts, read.normal_texts

    assert texts(1, 0, 0) == texts(True, False, False) == ((), ())
    assert texts("b", "a", "a") == (("b",), ())
    assert texts("dos", "normal", "Normal", "normal", "probe") == (("dos", "probe"), ("Normal", "normal"))


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("normal", NORMAL), ("Abnormal", ANOMALOUS), ("NoFailure", NORMAL), ("non-fraud", NORMAL), ("nonfraud", NORMAL),
        ("not OK", ANOMALOUS), ("NOK", ANOMALOUS), ("n.i.O.", ANOMALOUS), ("i.O.", NORMAL), ("attack_3", ANOMALOUS),
        ("normal.", NORMAL), ("Heat Dissipation Failure", ANOMALOUS), ("nonconforming", ANOMALOUS),
        ("isfraud", ANOMALOUS), ("notes", None), ("nonsense", None), ("normal or attack", None), ("neptune", None),
    ],
)  # fmt: skip
def test_words(text, meaning):
    assert speaks(text) == (meaning, Strength.NONE if meaning is None else Strength.WORD)


def test_conventions_speak_beside_their_opposites():
    assert speaks("1", ["0"]) == speaks("t", ["f"]) == speaks("positive") == (ANOMALOUS, Strength.CONVENTION)
    assert speaks("1", ["2"]) == speaks("n", ["a"]) == (None, Strength.NONE)


def test_spellings_of_one_label():
    assert folded(" No  Failure ") == folded("no failure")
    assert folded("1.0") == folded("1") == folded("1e0")
    assert folded("nan") == "nan"


@pytest.mark.parametrize(
    ("cells", "positive", "words"),
    [
        ([0, 0, 0], (), r"every label is '0' \(3 rows\); if these rows are normal, `normal` 0"),
        ([0, 0, None, None], (), r"every label is '0' \(2 rows, 2 without\); if these rows are normal, `normal` 0"),
        ([None, "", "pending"], (), "no row has a label in column 'c'"),
        (["a", "", "b"], (), "'b' .1. and 1 row without a label.* if all are anomalies"),
        ([0, 1, 2], (), "say which are normal"),
        ([0, 1, 1], (), "`positive` 1 or `positive` 0"),
        (["a", "b"], (), "equally many, and neither says which it is; say which is the anomaly"),
        (["a", "b", "b"], ("c",), r"`positive` c: label column 'c' of t has 'b' \(2\), 'a' \(1\)"),
        (["a", "b", "b"], ("a", "b"), "names every value"),
        ([0.5 + i for i in range(200)], (), "200 different values"),
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
    ("cells", "y", "labelling"),
    [
        (["bad", "good", None, "", "good", "?"], [1, 0, -1, -1, 0, -1], "rows"),
        (["bad", "good", "Not checked", "pending", "good"], [1, 0, -1, -1, 0], "rows"),
        ([1, 0, np.nan, 0], [1, 0, -1, 0], "rows"),
        (["bad", None, None, None], [1, 0, 0, 0], "anomalies"),
        (["bad", "unknown", "unknown"], [1, 0, 0], "anomalies"),
        ([1.0, np.nan, np.nan, np.nan], [1, 0, 0, 0], "anomalies"),
        (["good", "good", None], [0, 0, -1], "normal"),
        (["good", "Good"], [0, 0], "normal"),
    ],
)
def test_which_rows_have_a_label(cells, y, labelling):
    read = read_labels(pd.Series(cells, name="class"), (), "t")
    assert read.y.tolist() == y
    assert read.labelling == labelling


def test_what_has_no_label_is_said_by_the_person():
    cells = pd.Series(["ok", "worn", "later", "ok", "-1"], name="state")
    read = read_labels(cells, (), "t", ("ok",), ("later,-1",))
    assert read.y.tolist() == [0, 1, -1, 0, -1]
    read = read_labels(cells, ("worn",), "t", (), ("later", "-1"))
    assert read.y.tolist() == [0, 1, -1, 0, -1]
