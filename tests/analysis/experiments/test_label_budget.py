import csv

import numpy as np
import pytest
from matplotlib.image import imread

from analysis import label_budget, plots
from analysis.experiments.label_budget import budgets
from analysis.plots.experiments import places
from launch.common.errors import UsageError
from tests.analysis.experiments.small_table import ledger, read, table


def run(home, *arguments):
    return label_budget.main([*arguments, "--home", str(home), "--jobs", "2"])


def test_detectors_over_the_number_of_labels(tmp_path, capsys):
    data = table(tmp_path / "toy.csv")
    arguments = (tmp_path / "home", data, "logistic,kmeans", "--labels", "5,0,all", "--seeds", "2")
    assert run(*arguments, "--contamination", "0.1") == 0
    rows = read(tmp_path / "home")
    assert len(rows) == 2 * 3 * 2
    failed = [row for row in rows if row["failure"]]
    assert {(row["detector"], row["labelled_anomalies"], row["failure"]["cause"]) for row in failed} == {
        ("logistic", 0, "missing_anomalies")
    }
    assert len(failed) == 2
    hidden = {(row["labelled_anomalies"], row["contamination"]) for row in rows}
    assert hidden == {(0, 0.1), (5, 0.1), (None, None)}
    of = {(r["detector"], r["labelled_anomalies"], r["seed"]): r["auroc"] for r in rows}
    assert of["logistic", None, 0] > 0.8
    assert of["logistic", None, 0] == of["logistic", None, 1]  # every label: nothing is drawn
    assert of["logistic", 5, 0] != of["logistic", 5, 1]  # other anomalies are labelled
    assert of["kmeans", 0, 0] is not None
    # one reading for each detector and budget that was fitted
    assert sorted(line["detector"] for line in ledger(tmp_path / "home")) == ["kmeans"] * 3 + ["logistic"] * 2
    out = capsys.readouterr().out
    assert "logistic on toy at 0 labels: missing_anomalies" in out
    (path,) = (tmp_path / "home" / "grids").glob("*.csv")
    with open(path, newline="") as file:
        table_rows = {(row["detector"], row["labelled_anomalies"]): row for row in csv.DictReader(file)}
    assert set(table_rows) == {(d, n) for d in ("logistic", "kmeans") for n in ("0", "5", "all")}
    values = [of["logistic", 5, seed] for seed in (0, 1)]
    found = table_rows["logistic", "5"]
    assert float(found["auroc"]) == pytest.approx(np.mean(values), abs=1e-6)
    assert [float(found[k]) for k in ("auroc_lowest_fit", "auroc_highest_fit")] == sorted(values)
    assert table_rows["logistic", "0"]["auroc"] == ""
    assert imread(path.with_suffix(".png")).shape[1] > 500
    # another budget is added, the rest is not done again
    before = len(ledger(tmp_path / "home"))
    assert (
        run(tmp_path / "home", data, "logistic,kmeans", "--labels", "5,10", "--seeds", "2", "--contamination", "0.1")
        == 0
    )
    new = read(tmp_path / "home")[len(rows) :]
    assert {row["labelled_anomalies"] for row in new} == {10}
    assert len(ledger(tmp_path / "home")) == before + 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("devnet,logistic", "celeba"), "the other way round: label_budget.py DATASET DETECTORS"),
        (("celeba,annthyroid", "devnet"), "give one dataset, not 2"),
        (("celeba", ","), "say the detectors, too"),
        (("celeba", "devnet", "--labels", "5,many"), "'many' is neither a number nor all"),
        (("celeba", "devnet", "--outer-split", "-1"), "--outer-split must be at least 0"),
        (("celeba", "devnet", "--contamination", "0.7"), "--contamination must be at least 0 and below 0.5"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(tmp_path, capsys, arguments, words):
    assert label_budget.main([*arguments, "--home", str(tmp_path)]) == 2
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1


def test_budgets_are_sorted():
    assert budgets("all,20,0, 5,20") == [0, 5, 20, None]
    with pytest.raises(UsageError):
        budgets(" ,")


def test_nought_and_all_stand_outside_the_logarithmic_axis():
    at = places([0, 5, 50, 500, None])
    assert at[50] - at[5] == pytest.approx(at[500] - at[50]) == pytest.approx(1)
    assert at[0] < at[5] - 0.3
    assert at[None] > at[500] + 0.3
    assert list(places([0, None])) == [0, None]


def test_one_line_for_each_detector_with_its_level():
    points = {n: {"auroc": (a, a - 0.1, a + 0.1), "ap": (a, a, a)} for n, a in ((0, 0.6), (5, 0.7), (None, 0.8))}
    curves = {
        "kmeans": {"supervision": "unsupervised", "points": points},
        "devnet": {"supervision": "few-label", "points": {5: points[5], None: points[None]}},
    }
    figure = plots.label_curves(curves, [0, 5, 20, None], "celeba, raw")
    (legend,) = figure.legends
    assert [t.get_text() for t in legend.get_texts()] == ["kmeans (unsupervised)", "devnet (few-label)", "chance"]
    auroc, _ = figure.axes
    assert [t.get_text() for t in auroc.get_xticklabels()] == ["0", "5", "20", "all"]
    marked = [line.get_ydata().tolist() for line in auroc.lines if line.get_linestyle() == "None"]
    assert marked == [[0.6, 0.7, 0.8], [0.7, 0.8]]
    low, high = auroc.get_xlim()
    assert low < min(auroc.get_xticks()) < max(auroc.get_xticks()) < high
