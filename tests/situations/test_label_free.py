"""Tables without labels, and of normal rows alone: taken, and said that nothing is measured on real anomalies."""

import numpy as np
import pandas as pd
import pytest

from tests.situations.situation import Situation, as_csv, assert_right, table
from tests.situations.test_labels import labelled
from tests.situations.test_unlabelled import emptied, holds

FREE = table(600, 0).drop(columns="label")
GOOD = FREE.assign(label="good")


def label_free(rows, labelling, shown=0, rate=0.01):
    """Real rows train, made-up anomalies stand beside held-out ones, and what has no label is kept to be scored."""

    def check(problem):
        assert (problem.labelling, problem.selection, problem.alarm_rate) == (labelling, "synthetic", rate)
        assert problem.protocol.endswith("-normal-only" if labelling == "normal" else "-no-labels")
        full = problem.full()
        assert len(full) == rows
        assert not full.y.any()
        assert (0 if problem.shown is None else len(problem.shown)) == shown == len(problem.shown_ids)
        for seed in range(2):
            split = problem.split(seed)
            assert split.train.anomalies == 0
            assert split.valid.anomalies == 100
            kinds = split.valid.anomaly_types
            assert set(kinds[split.valid.y == 1]) <= set(problem.untrained_anomaly_types)
            assert set(kinds[split.valid.y == 0]) == {""}
            expected = None if labelling == "normal" else [0] * len(split.train)
            assert (None if split.train.target is None else split.train.target.tolist()) == expected
        again = problem.reference(), problem.reference()
        np.testing.assert_array_equal(again[0].X, again[1].X)

    return check


def later(problem):
    folds, y = problem._folds, problem.development.y
    train, valid = folds.masks(y, 0)
    assert len(y[train]) > len(y[valid]) > 0
    if folds.times is not None:
        assert folds.times[train].max() < folds.times[valid].min()
    if folds.groups is not None:
        assert not set(folds.groups[train]) & set(folds.groups[valid])


NOTHING = ("nothing is measured on real anomalies", "one that finds them need not find real ones")
DAYS = pd.date_range("2024-01-01", periods=600).astype(str)
MACHINES = np.arange(600) // 6
# fmt: off
SITUATIONS = (
    Situation("no label column, and it is said so", as_csv(FREE), ("--no-labels",),
              says=("No row has a label", *NOTHING, "none with a label", "100 anomalies made from validation",
                    "flags 10 of 1,000 rows like these (--alarm-rate)"),
              check=label_free(600, "none", 600)),
    Situation("--label-column none", as_csv(FREE), ("--label-column", "none"), check=label_free(600, "none", 600)),
    Situation("a label column that is called none", as_csv(table().rename(columns={"label": "none"})),
              ("--label-column", "none"), says=("'1' (20 rows) is the anomaly",)),
    Situation("no label column, and nothing is said", as_csv(FREE), refuses=("or --no-labels where none does",)),
    Situation("--no-labels where a column is called label", as_csv(table(600, 30)), ("--no-labels",),
              says=("Column 'label' is left out, since its name is one of labels",),
              check=holds(lambda problem: "label" not in problem.feature_names)),
    Situation("--no-labels with a class that is a feature", as_csv(FREE.assign(**{"class": ["A", "B", "C"] * 200})),
              ("--no-labels", "--categorical", "class"), columns={"class": "categorical"}, unsaid=("left out",)),
    Situation("--no-labels and what labels are", as_csv(table()), ("--no-labels", "--positive", "1"),
              refuses=("--no-labels and --positive: give one",)),
    Situation("--no-labels and few labelled anomalies", as_csv(FREE), ("--no-labels", "--labelled-anomalies", "3"),
              refuses=("--no-labels and --labelled-anomalies: give one",)),
    Situation("--no-labels, cross-validated", as_csv(FREE), ("--no-labels", "--protocol", "cross-validated"),
              refuses=("--protocol: data has no labelled anomaly",)),
    Situation("--no-labels for a dataset of the catalogue", lambda folder: "celeba", ("--no-labels",),
              refuses=("--no-labels is for a table of your own",)),
    Situation("--no-labels over time", as_csv(FREE.assign(when=DAYS)), ("--no-labels", "--time-column", "when"),
              says=("Time: training",), check=later),
    Situation("--no-labels by group", as_csv(FREE.assign(machine=MACHINES)),
              ("--no-labels", "--group-column", "machine"), says=("none on two sides",), check=later),
    Situation("--no-labels by group over time", as_csv(FREE.assign(machine=MACHINES, when=DAYS)),
              ("--no-labels", "--group-column", "machine", "--time-column", "when"), check=later),
    Situation("--no-labels with texts and gaps",
              as_csv(FREE.assign(town=["Oslo", "Rome", None] * 200, f0=FREE["f0"].where(FREE["f0"] < 1))),
              ("--no-labels",), check=label_free(600, "none", 600)),
    Situation("--no-labels with few rows", as_csv(table(40, 0).drop(columns="label")), ("--no-labels",),
              refuses=("has 40 rows without an anomaly among them; 50 are needed",)),
    Situation("--no-labels with one column of flags", as_csv(pd.DataFrame({"on": [0, 1] * 100, "off": [1, 0] * 100})),
              ("--no-labels",), refuses=("no anomalies can be made from these rows",)),
    # -- normal rows alone
    Situation("every label says normal", as_csv(GOOD),
              says=("'good' (600 rows) is normal", *NOTHING, "test rows, normal", "false alarms (--alarm-rate)"),
              check=label_free(600, "normal")),
    Situation("every row is normal, and no column says so", as_csv(FREE), ("--all-normal", "--alarm-rate", "0.005"),
              says=("flags 5 of 1,000 rows",), check=label_free(600, "normal", rate=0.005)),
    Situation("normal rows beside rows without a label", as_csv(emptied(GOOD)),
              says=("300 rows without a label (empty): neither trained on nor measured",),
              check=label_free(300, "normal", 300)),
    Situation("normal rows beside pending ones", as_csv(labelled("pending", "ok", 600, 90)),
              check=label_free(510, "normal", 90)),
    Situation("--normal names the only label", as_csv(labelled("0", "0", 300, 9)), ("--normal", "0"),
              says=("'0' (300 rows) is normal",), check=label_free(300, "normal")),
    Situation("every label is 0", as_csv(table(300, 0)), refuses=("every label is '0' (300 rows)", "--normal 0")),
    Situation("--alarm-rate where anomalies are labelled", as_csv(table()), ("--alarm-rate", "0.1"),
              refuses=("--alarm-rate: data has labelled anomalies",)),
    Situation("--alarm-rate of a half", as_csv(FREE), ("--no-labels", "--alarm-rate", "0.5"),
              refuses=("--alarm-rate must be above 0 and below 0.5",)),
)
# fmt: on


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.name)
def test_label_free(situation, tmp_path):
    assert_right(situation, tmp_path / "there")
