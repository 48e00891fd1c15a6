"""Which value of the label is the anomaly: taken by what it says, else by rarity, and said; or asked."""

import pandas as pd
import pytest

from tests.situations.situation import Situation, as_csv, assert_right, table


def labelled(anomaly, normal, rows=200, anomalies=20, name="label"):
    """A table whose labels are these two values."""
    frame = table(rows, anomalies)
    return frame.drop(columns="label").assign(**{name: [anomaly if y else normal for y in frame["label"]]})


def kinds(*names, normal="normal", rows=200, anomalies=60, name="label"):
    """A table of one normal value and several kinds of anomaly in turn."""
    frame = table(rows, anomalies)
    turn = iter(names * rows)
    return frame.drop(columns="label").assign(**{name: [next(turn) if y else normal for y in frame["label"]]})


def spelled(frame, change):
    return frame.assign(label=[change(i, text) for i, text in enumerate(frame["label"])])


def parquet(frame):
    def make(folder):
        frame.to_parquet(folder / "data.parquet")
        return folder / "data.parquet"

    return make


def anomalies(count, normal_texts=None):
    def check(problem):
        assert problem.full().anomalies == count
        assert normal_texts is None or problem.normal_texts == normal_texts

    return check


def with_kinds(count, names):
    def check(problem):
        part = problem.full()
        assert part.anomalies == count
        assert {str(kind) for kind in part.anomaly_types[part.y == 1]} == set(names)
        assert set(part.anomaly_types[part.y == 0]) == {""}

    return check


def two(name, anomaly, normal, *, rows=200, count=20, said=None, **more):
    """A pair of values of which the first is the anomaly."""
    column = more.pop("column", "label")
    said = said or (
        f"Label '{column}': '{anomaly}' ({count} rows) is the anomaly",
        f"'{normal}' ({rows - count}) is normal",
    )
    make = as_csv(labelled(anomaly, normal, rows, count, column))
    return Situation(name, make, says=(*said, "--positive overrules"), check=anomalies(count), **more)


# fmt: off
SITUATIONS = (
    two("anomaly beside normal", "anomaly", "normal"),
    two("anomalies are most rows, and say so", "anomaly", "normal", rows=400, count=300, said=(
        "'anomaly' (300 rows) is the anomaly, 'normal' (100) is normal", "Caution: 75% of the rows are anomalies",
    )),
    two("fail beside pass, most fail", "fail", "pass", count=130),
    two("bad beside good, half and half", "bad", "good", count=100),
    two("outlier beside inlier", "outlier", "inlier"),
    two("not in order, most rows", "nicht in Ordnung", "in Ordnung", count=150),
    two("free of faults", "faulty", "fault-free", count=120),
    two("Chinese for failed and passed", "不合格", "合格", count=120),
    two("German for faulty and faultless", "fehlerhaft", "fehlerfrei", count=120),
    two("Russian for scrap and fit", "брак", "годен", count=120),
    two("without defects, in Portuguese", "com defeito", "sem defeito", count=120),
    Situation("yes and no in Spanish, most yes", as_csv(labelled("sí", "no", 200, 150)),
              refuses=("'sí' should be the anomaly and is 75% of the rows",)),
    two("fraud beside a word that says nothing", "fraud", "claim"),
    two("a word that says nothing beside healthy", "ckd", "healthy", count=60),
    two("hypothyroid beside negative", "hypothyroid", "negative"),
    two("malignant beside benign", "malignant", "benign", count=75),
    two("not fraud", "fraud", "not fraud", count=120),
    two("no failure in one word", "Failure", "NoFailure"),
    two("n.i.O. beside i.O.", "n.i.O.", "i.O.", count=110),
    two("a word beside its negation", "ckd", "notckd", count=90),
    two("a word beside its negation with a dash", "Demented", "Non-Demented", count=60),
    two("valid beside not valid", "not valid", "valid", count=60),
    two("texts in quotes, as an ARFF file leaves them", "'1'", "'0'", said=("(20 rows) is the anomaly",)),
    two("texts of bytes, as an ARFF file leaves them", "b'yes'", "b'no'", said=("is the anomaly",)),
    two("good and bad by their letters", "b", "g", count=70, said=("'b' (70 rows) is the anomaly, being the rarer",)),
    two("yes beside no", "yes", "no"),
    two("t beside f", "t", "f"),
    two("Y beside N", "Y", "N"),
    two("positive beside negative", "positive", "negative", count=90),
    two("attack beside normal in capitals", "ATTACK", "NORMAL", count=140),
    two("0 and 1", "1", "0"),
    two("1.0 and 0.0", 1.0, 0.0, said=("'1' (20 rows) is the anomaly, '0' (180) is normal",)),
    two("true and false", True, False, said=("'True' (20 rows) is the anomaly",)),
    two("-1 is rare, as in scikit-learn", "-1", "1", said=("'-1' (20 rows) is the anomaly", "as in scikit-learn")),
    two("1 is rare beside -1", "1", "-1", said=("'1' (20 rows) is the anomaly", "scikit-learn has -1")),
    two("2 and 4, where nothing speaks", "4", "2", said=("'4' (20 rows) is the anomaly, being the rarer",)),
    two("1 and 2, where 1 says nothing", "1", "2", said=("'1' (20 rows) is the anomaly, being the rarer",)),
    two("a column that says that 1 is normal", "0", "1", column="is_normal", options=("--label-column", "is_normal")),
    two("a column that says that 1 is fraud, which is most", "1", "0", count=150, column="is_fraud", said=(
        "'1' (150 rows) is the anomaly", "Caution: 75%"), options=("--label-column", "is_fraud"),
    ),
    Situation(
        "normal in three spellings",
        as_csv(spelled(labelled("anomaly", "normal"), lambda i, t: (t, t.upper(), f" {t.title()} ")[i % 3])),
        says=("is the anomaly", "are taken for one"), check=anomalies(20),
    ),
    Situation("labels that are categories", parquet(labelled("bad", "good").astype({"label": "category"})),
              says=("'bad' (20 rows) is the anomaly",), check=anomalies(20)),
    Situation("labels that are bytes", parquet(labelled(b"bad", b"good", 200, 120)),
              says=("'bad' (120 rows) is the anomaly",), check=anomalies(120)),
    Situation("labels that are small whole numbers", parquet(table().astype({"label": "int8"})),
              says=("'1' (20 rows) is the anomaly",), check=anomalies(20)),
    Situation("labels that are nullable booleans", parquet(table().astype({"label": "boolean"})),
              says=("'True' (20 rows) is the anomaly",), check=anomalies(20)),
    # -- asked
    Situation("0 and 1, three quarters 1", as_csv(table(400, 300)),
              refuses=("'1' (300)", "75% of the rows", "--positive 1 or --positive 0")),
    Situation("-1 and 1, half and half", as_csv(labelled(-1, 1, 200, 95)),
              refuses=("scikit-learn has -1 for anomalies, others 1", "--positive")),
    Situation("-1 is rare in a column that says that 1 is the outlier", as_csv(labelled(-1, 1, name="outlier")),
              refuses=("by its name 1 is the anomaly, which is 90% of the rows",)),
    Situation("two letters, half and half", as_csv(labelled("a", "b", 200, 100)),
              refuses=("equally many", "--positive a or --positive b")),
    Situation("two words that both say anomaly", as_csv(labelled("attack", "fraud")),
              refuses=("both mean the same", "--positive")),
    Situation("fraud is most beside a word that says nothing", as_csv(labelled("fraud", "claim", 200, 150)),
              refuses=("'fraud' should be the anomaly and is 75% of the rows",)),
    Situation("labels that are not sure", as_csv(labelled("anomaly", "unsure")),
              refuses=("'unsure' does not say whether a row is normal", "--unlabelled unsure")),
    # -- the person says
    Situation("--positive in another spelling", as_csv(labelled("Bad", "good", 200, 150)), ("--positive", "bad"),
              says=("'Bad' (150 rows) is the anomaly",), check=anomalies(150)),
    Situation("--positive with a value that is not there", as_csv(labelled("bad", "good")), ("--positive", "worse"),
              refuses=("--positive worse: label column 'label'", "'good' (180), 'bad' (20)")),
    Situation("--positive turns 0 and 1 round", as_csv(table(200, 150)), ("--positive", "0"), check=anomalies(50)),
    Situation("two kinds with a comma", as_csv(kinds("worn", "torn", "fine", normal="new")),
              ("--positive", "worn,torn"), says=("'torn' (20), 'worn' (20) are anomalies (40 rows)",),
              check=with_kinds(40, ("worn", "torn"))),
    Situation("--normal with many kinds", as_csv(kinds("dos", "probe", "r2l", normal="base")), ("--normal", "base"),
              says=("'base' (140) is normal",), check=with_kinds(60, ("dos", "probe", "r2l"))),
    Situation("two values are normal", as_csv(kinds("idle", "busy", "down", normal="up")), ("--normal", "up,idle"),
              says=("'up' (140), 'idle' (20) are normal",), check=with_kinds(40, ("busy", "down"))),
    Situation("--positive names every value", as_csv(labelled("a", "b")), ("--positive", "a,b"),
              refuses=("--positive names every value",)),
    Situation("--positive and --normal leave a value out", as_csv(kinds("x", "y")),
              ("--positive", "x", "--normal", "normal"), refuses=("neither --positive nor --normal names 'y'",)),
    Situation("--positive and --normal name one value", as_csv(kinds("x", "y")),
              ("--positive", "x", "--normal", "x"), refuses=("--positive and --normal both name 'x'",)),
    # -- many kinds
    Situation("normal and many attacks", as_csv(kinds("neptune", "satan", "smurf"), "data.csv"),
              says=("'normal' (140) is normal", "--normal and --positive overrule"),
              check=with_kinds(60, ("neptune", "satan", "smurf"))),
    Situation("negative and three kinds", as_csv(kinds("primary", "secondary", "other", normal="negative")),
              says=("'negative' (140) is normal",), check=anomalies(60, ("negative",))),
    Situation("no failure and kinds of failure", as_csv(kinds("Heat Failure", "Power Failure", normal="No Failure")),
              says=("'No Failure' (140) is normal",), check=with_kinds(60, ("Heat Failure", "Power Failure"))),
    Situation("0 and kinds in numbers", as_csv(kinds(1, 2, 3, normal=0)),
              says=("'0' (140) is normal",), check=with_kinds(60, "123")),
    Situation("--unseen takes kinds of the label",
              as_csv(kinds("dos", "probe")), ("--unseen", "dos"), says=("Anomalies of kind dos are in the test rows",)),
    Situation("normal is the smaller part", as_csv(kinds("dos", "probe", rows=200, anomalies=150)),
              refuses=("normal should be normal and is 25% of the rows", "--normal normal if that is meant")),
    Situation("many values and none says normal", as_csv(kinds("b", "c", normal="a")),
              refuses=("'a' (140), 'b' (30), 'c' (30)", "--normal a")),
    Situation("normal, anomaly and unclear", as_csv(kinds("anomaly", "unclear")),
              refuses=("'unclear' does not say whether a row is normal", "--unlabelled unclear")),
    Situation("0, 1 and -1, which may be rows without a label", as_csv(kinds(1, -1, normal=0)),
              refuses=("'-1' does not say whether a row is normal", "--unlabelled -1")),
    Situation("a column of measurements as label", as_csv(table().assign(label=table()["f0"])),
              refuses=("different values", "that is no label", "--label-column")),
    # -- no label, or no column
    Situation("one value alone, that says anomaly", as_csv(table().assign(label="fraud")),
              refuses=("every label is 'fraud' (200 rows)", "if these rows are normal, --normal fraud")),
    Situation("one value alone, that says nothing", as_csv(table().assign(label="a")),
              refuses=("every label is 'a' (200 rows)", "if it is no label, --label-column or")),
    Situation("the label has another name", as_csv(table().rename(columns={"label": "FraudFound_P"})),
              refuses=("did you mean --label-column FraudFound_P?",)),
    Situation("the label's name has both words", as_csv(labelled("Attack", "Normal", name="Normal/Attack")),
              refuses=("did you mean --label-column Normal/Attack?",)),
    Situation("a word is most rows beside its negation", as_csv(labelled("ckd", "notckd", 200, 125)),
              refuses=("'ckd' should be the anomaly and is 62% of the rows",)),
    Situation("the last column has two values", as_csv(table().rename(columns={"label": "zz"})),
              refuses=("did you mean --label-column zz?",)),
    Situation("a label column that is not there", as_csv(table()), ("--label-column", "labels"),
              refuses=("no column 'labels'; did you mean label?",)),
    Situation("one label in several columns",
              as_csv(table().assign(**{f"class_{n}": (pd.Series(range(200)) % 3 == n).astype(int) for n in range(3)})
                     .drop(columns="label")),
              refuses=("one label in 3 columns", "class_0, class_1, class_2")),
    Situation("normal and attack in two columns",
              as_csv(table().assign(normal=1 - table()["label"]).rename(columns={"label": "attack"})),
              ("--label-column", "attack"), refuses=("one label in 2 columns", "--drop normal")),
    Situation("the other of two columns is left out",
              as_csv(table().assign(normal=1 - table()["label"]).rename(columns={"label": "attack"})),
              ("--label-column", "attack", "--drop", "normal"), says=("'1' (20 rows) is the anomaly",)),
    Situation("a list in each row", parquet(table().assign(label=[[y, 1 - y] for y in table()["label"]])),
              refuses=("label column 'label' holds a", "one value a row")),
)
# fmt: on


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
def test_labels(situation, tmp_path):
    assert_right(situation, tmp_path / "there")
