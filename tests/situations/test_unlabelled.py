"""Rows without a label: for training alone beside rows of both kinds, normal beside labelled anomalies."""

import numpy as np
import pandas as pd
import pytest

from tests.situations.situation import Situation, as_csv, assert_right, table
from tests.situations.test_labels import kinds, labelled, parquet


def emptied(frame, value=None, *, keep=2, of=None):
    """The table with this in place of labels: of every `keep`th row of these labels the label stays."""
    texts = [*frame["label"]]
    seen = 0
    for i, text in enumerate(texts):
        if of is None or text in of:
            seen += 1
            texts[i] = text if keep and seen % keep == 0 else value
    return frame.assign(label=texts)


def marked(value=None, mark="fraud", rows=600, count=60):
    """A table in which anomalies alone are labelled."""
    return emptied(labelled(mark, "ok", rows, count), value, keep=0, of=("ok",))


def partly(labelled_rows, anomalies, unlabelled):
    """Every row is there, no row without a label is measured, and none with one is lost."""

    def check(problem):
        full = problem.full()
        assert [int((full.y == label).sum()) for label in (1, 0, -1)] == [
            anomalies, labelled_rows - anomalies, unlabelled,
        ]  # fmt: skip
        measured = problem.reference() if problem.cross_validated else problem.sealed._part
        assert (measured.y >= 0).all()
        for seed in range(3):
            split = problem.split(seed)
            assert (split.valid.y >= 0).all()
            expected = np.select([split.train.y == 1, split.train.y == 0], [-1, 1], 0)
            assert split.train.target.tolist() == expected.tolist()

    return check


def everywhere(problem):
    """Rows without a label that are alone in their group or pattern all train."""
    split = problem.split(0)
    assert (split.train.y < 0).sum() == (problem.full().y < 0).sum()


def positive_only(anomalies, rest):
    def check(problem):
        part = problem.full()
        assert problem.labelling == "anomalies"
        assert (part.anomalies, int((part.y == 0).sum())) == (anomalies, rest)
        assert set(problem.split(0).train.target.tolist()) == {-1, 0}

    return check


def apart(problem):
    """No group or later moment of measured rows trains, with or without a label."""
    folds, y = problem._folds, problem.development.y
    train, valid = folds.masks(y, 0)
    if folds.groups is not None:
        assert not set(folds.groups[train]) & set(folds.groups[valid])
    if folds.times is not None:
        assert folds.times[train].max() < folds.times[valid].min()
    assert (y[train] < 0).any()
    assert not (y[valid] < 0).any()


def holds(condition):
    def check(problem):
        assert condition(problem)

    return check


def both(*checks):
    def check(problem):
        for one in checks:
            one(problem)

    return check


HALF = emptied(labelled("fraud", "normal", 600, 60))
DAYS = pd.date_range("2024-01-01", periods=600).astype(str)
RECENT = [text if i < 400 else None for i, text in enumerate(labelled("fraud", "normal", 600, 60)["label"])]
SAID = ("'fraud' (27 rows) is the anomaly", "for training alone, no figure is over them", "300 without a label")
PU = ("Only anomalies are labelled: 540 rows without a label", "count as normal", "precision is at least what is shown")
WORDS = (
    "unknown", "Not checked", "not_yet_checked", "UNLABELLED", "pending", "TBD", "??", "n.a.", "nicht geprüft", "k. A.",
    "non vérifié", "sin revisar", "da verificare", "não verificado", "не проверено", "未检查", "未確認", "미확인",
)  # fmt: skip
# fmt: off
SITUATIONS = (
    Situation("half of the labels are empty", as_csv(HALF), says=(*SAID, "(empty)"),
              check=both(partly(300, 27, 300), everywhere)),
    Situation("half of the labels are empty, in a Parquet file", parquet(HALF), says=SAID, check=partly(300, 27, 300)),
    Situation("two labels are empty", as_csv(table().assign(label=[None, None, *table()["label"][2:]])),
              says=("2 rows without a label (empty)",), check=partly(198, int(table()["label"][2:].sum()), 2)),
    *(Situation(f"{word!r} for rows without a label", as_csv(emptied(labelled("fraud", "normal", 600, 60), word)),
                says=(*SAID, repr(word)), check=partly(300, 27, 300)) for word in WORDS),
    Situation("empty labels beside pending ones",
              as_csv(emptied(emptied(labelled("fraud", "normal", 600, 60)), "pending", of=("normal",))),
              says=("300 empty, 137 'pending'",), check=partly(163, 27, 437)),
    Situation("--unlabelled names a value", as_csv(emptied(kinds(1, normal=0), -1)), ("--unlabelled", "-1"),
              says=("'1' (", "'-1'"), check=lambda problem: None),
    Situation("--unlabelled names two values", as_csv(kinds("bad", "later", "skip", normal="good", anomalies=90)),
              ("--unlabelled", "later,skip"), says=("'bad' (30 rows) is the anomaly", "60 rows without a label"),
              check=partly(140, 30, 60)),
    Situation("--unlabelled with a value that is not there", as_csv(HALF), ("--unlabelled", "later"),
              refuses=("--unlabelled later: label column 'label'",)),
    Situation("--unlabelled and --positive name one value", as_csv(kinds("bad", "later")),
              ("--unlabelled", "later", "--positive", "later"), refuses=("both name 'later'",)),
    Situation("--unlabelled for a dataset of the catalogue", lambda folder: "celeba", ("--unlabelled", "x"),
              refuses=("--unlabelled is for a table of your own",)),
    Situation("with --normal every other label is an anomaly, pending ones too", as_csv(kinds("bad", "pending")),
              ("--normal", "normal"), says=("'bad' (30), 'pending' (30) are anomalies",)),
    Situation("kinds of anomaly, normal rows and empty labels", as_csv(emptied(kinds("dos", "probe", anomalies=80))),
              says=("are anomalies", "rows without a label (empty)"),
              check=holds(lambda problem: {*problem.full().anomaly_types} == {"", "dos", "probe"})),
    Situation("rarity says nothing beside empty labels", as_csv(emptied(labelled("a", "b", 600, 60))),
              refuses=("some rows have no label, and these labels do not say which are anomalies", "--positive b,a")),
    Situation("kinds of anomaly beside empty labels", as_csv(emptied(kinds("x", "z", normal="ok"), keep=0, of=("ok",))),
              refuses=("140 rows without a label", "--positive x,z if all are anomalies")),
    # -- anomalies alone
    Situation("anomalies alone are labelled", as_csv(marked()), says=PU, check=positive_only(60, 540)),
    Situation("anomalies alone, the others pending", as_csv(marked("pending")), says=PU, check=positive_only(60, 540)),
    Situation("anomalies alone, marked with 1", as_csv(marked(mark=1)), says=PU, check=positive_only(60, 540)),
    Situation("anomalies alone, marked with an x", as_csv(marked(mark="x")),
              says=(*PU, "being the only label and rare"), check=positive_only(60, 540)),
    Situation("kinds that are all named", as_csv(emptied(kinds("x", "z", normal="ok"), keep=0, of=("ok",))),
              ("--positive", "x,z"), says=("Only anomalies are labelled: 140 rows",), check=positive_only(60, 140)),
    Situation("two words that both say anomaly, beside empty labels",
              as_csv(emptied(kinds("fraud", "attack", normal="ok"), keep=0, of=("ok",))),
              says=("'attack' (30), 'fraud' (30) are anomalies",), check=positive_only(60, 140)),
    Situation("the only label is most rows and says nothing", as_csv(marked(mark="x", count=500)),
              refuses=("every label is 'x' (500 rows, 100 without)", "--normal x", "--positive x")),
    Situation("few anomalies alone are labelled", as_csv(marked(rows=200, count=5)),
              says=("cross-validated", "Only anomalies are labelled"),
              check=holds(lambda problem: problem.cross_validated)),
    # -- no label at all
    Situation("every label is empty", as_csv(table().assign(label=[None] * 200)),
              refuses=("no row has a label in column 'label'",)),
    Situation("every label is pending or unknown", as_csv(labelled("pending", "unknown")),
              refuses=("no row has a label in column 'label'",)),
    # -- splits
    Situation("groups with and without labels", as_csv(HALF.assign(machine=np.arange(600) // 6)),
              ("--group-column", "machine"), says=(*SAID[:2], "rows without a label do not train in the first split"),
              check=both(partly(300, 27, 300), apart)),
    Situation("groups that have no label at all train",
              as_csv(HALF.assign(machine=np.where(HALF["label"].isna(), 1000, np.arange(600) // 6))),
              ("--group-column", "machine"), check=both(partly(300, 27, 300), apart, everywhere)),
    Situation("times with and without labels", as_csv(HALF.assign(when=DAYS)), ("--time-column", "when"),
              says=("being later than training",), check=both(partly(300, 27, 300), apart)),
    Situation("the latest rows have no label", as_csv(table(600, 60).assign(label=RECENT, when=DAYS)),
              ("--time-column", "when"),
              says=("80 sealed test rows", "200 rows without a label do not train in the first split, being later"),
              check=holds(lambda problem: (problem.everything().train.y < 0).sum() == 200)),
    Situation("groups over time with and without labels",
              as_csv(HALF.assign(machine=np.arange(600) // 6, when=DAYS)),
              ("--group-column", "machine", "--time-column", "when"), check=both(partly(300, 27, 300), apart)),
    Situation("equal rows with and without labels", as_csv(HALF.round({"f0": 0, "f1": 0, "f2": 0})),
              says=("do not train in the first split, being equal to rows that are measured",), check=apart),
    Situation("equal rows are dropped, with and without labels", as_csv(HALF.round({"f0": 0, "f1": 0, "f2": 0})),
              ("--duplicates", "drop"), says=("dropped as duplicates",)),
    Situation("few labelled anomalies beside empty labels",
              as_csv(emptied(labelled("fraud", "normal", 200, 12), keep=3)),
              says=("cross-validated", "figures are over all 66 rows"), check=partly(66, 4, 134)),
    Situation("--labelled-anomalies beside empty labels", as_csv(HALF), ("--labelled-anomalies", "5"),
              says=("Training knows 5 anomalies; 13 more are hidden among the other rows",),
              check=holds(lambda problem: int((problem.split(0).train.target == -1).sum()) == 5)),
    Situation("--contamination beside empty labels", as_csv(HALF),
              ("--labelled-anomalies", "5", "--contamination", "0.02"), refuses=("--contamination hides anomalies",)),
)
# fmt: on


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
def test_unlabelled(situation, tmp_path):
    assert_right(situation, tmp_path / "there")
