"""What counts as another draw of the same experiment in a cell of the leaderboard: by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.board import cells, entries, sections, tables
from analysis.experiments import mlflow_upload
from datasets.problems.label_free import SUFFIXES
from tests.launch.reported import grid_row


def entry(
    ap, *, seed=0, kind="fit", configuration="published", published="report", when=0, study="g", budget="5 rounds"
):
    return {
        "detector": "net", "configuration": configuration, "supervision": "unsupervised", "dataset": "a",
        "protocol": "holdout", "labels": "all", "outer_split": 0.0, "seed": float(seed), "budget": budget,
        "auroc": ap, "ap": ap, "f1_report": 0.1, "fit_seconds": 1.0, "predict_seconds": 1.0, "test_rows": 10,
        "test_anomalies": 4, **dict.fromkeys(("low_auroc", "high_auroc", "low_ap", "high_ap"), np.nan),
        "deviation_auroc": 0.01 if kind == "search" else np.nan, "deviation_ap": 0.01 if kind == "search" else np.nan,
        "study": study, "run_id": f"{study}{seed}", "kind": kind, "published": published, "start_time": when,
    }  # fmt: skip


def wilson(mean, variance, q):
    """Both p at which (mean - p)² = q² p (1 - p) / n, where n = mean (1 - mean) / variance."""
    n = mean * (1 - mean) / variance
    return np.sort(np.roots([1 + q**2 / n, -2 * mean - q**2 / n, mean**2])).tolist()


def cell(*entries):
    (found,) = cells.cells(pd.DataFrame(entries)).to_dict("records")
    return found


def test_a_fit_in_two_grids_counts_once():
    once = [entry(0.5), entry(0.51, seed=1)]
    again = [entry(0.5, study="h", when=1), entry(0.51, seed=1, study="h", when=1)]
    found, alone = cell(*once, *again), cell(*once)
    assert found["n"] == 2
    # t(0.975, 1) = 12.7062 times .00707107 / sqrt 2, not t(0.975, 3) = 3.18 times a smaller deviation
    assert found["ap_high"] == pytest.approx(wilson(0.505, 0.005**2, 12.7062)[1], abs=1e-5)
    assert found["ap_high"] == alone["ap_high"]


def test_the_last_of_the_same_work_stands():
    assert cell(entry(0.5, when=2, study="b"), entry(0.4, when=1, study="z"))["ap"] == 0.5


def test_published_side_of_searches_is_the_same_five_fits():
    searches = [entry(0.5, seed=s, kind="search", published=None, study=f"s{s}", when=s) for s in range(3)]
    found = cell(*searches)
    assert (found["n"], found["seeds"]) == (1, 5)
    assert found["ap_high"] > found["ap"]  # of the five refits, not of three copies of their mean


def test_several_fits_go_before_the_means_of_a_search_and_a_single_one_does_not():
    search = entry(0.9, kind="search", published=None, study="s")
    assert cell(search, entry(0.5), entry(0.6, seed=1))["ap"] == pytest.approx(0.55)
    assert cell(search, entry(0.5))["ap"] == 0.9


def test_of_several_published_configurations_the_last_stands():
    found = cell(entry(0.5, published="report"), entry(0.7, published="paper", when=1, study="h"))
    assert (found["ap"], found["n"]) == (0.7, 1)


def test_searches_of_other_seeds_are_other_draws():
    given = {"kind": "search", "configuration": "tuned", "budget": "8 trials", "published": None}
    rows = [entry(0.5 + 0.1 * s, seed=s, study=f"s{s}", **given) for s in range(2)]
    assert cell(*rows, entry(0.5, study="again", when=9, **given))["n"] == 2


def test_several_searches_have_the_interval_of_their_mean():
    """Not the mean of their ends: the rows stay a source of doubt, the searches add theirs."""
    given = {"kind": "search", "configuration": "tuned", "budget": "8 trials", "published": None}
    rows = [
        entry(ap, seed=s, study=f"s{s}", **given) | {"low_ap": ap - 0.0196, "high_ap": ap + 0.0196}
        for s, ap in enumerate((0.5, 0.52, 0.54))
    ]
    found = cell(*rows)
    # rows .01² and between searches .02² / 3 with 2 degrees of freedom
    variance = 0.01**2 + 0.02**2 / 3
    ends = wilson(0.52, variance, stats.t.ppf(0.975, variance**2 / ((0.02**2 / 3) ** 2 / 2)))
    assert [found["ap_low"], found["ap_high"]] == pytest.approx(ends, abs=1e-5)
    assert found["anomalies"] == 4


def test_one_search_has_its_own_interval():
    given = {"kind": "search", "configuration": "tuned", "published": None}
    found = cell(entry(0.9, **given) | {"low_ap": 0.7, "high_ap": 0.95})
    assert (found["ap_low"], found["ap_high"]) == (0.7, 0.95)


def test_a_carried_fit_has_the_commit_that_it_ran_at():
    row = grid_row("iforest", 0)
    assert mlflow_upload.whole_run("g", {**row, "git_commit": "c" * 40}, 0).tags["git_commit"] == "c" * 40
    assert "git_commit" not in mlflow_upload.whole_run("g", row, 0).tags  # of an older grid: not known


def test_a_budget_says_the_epochs_of_the_source():
    assert entries._budget(10, 150, "rounds") == "10 of 150 epochs"
    assert entries._budget(150, 150, "published_rounds") == "150 rounds"
    assert entries._budget(10, np.nan, "rounds") == "10 rounds"
    assert entries._budget(64, np.nan, "trials_asked") == "64 trials"
    assert entries._budget(np.nan, np.nan, "rounds") == ""
    short, whole = entry(0.5, budget="10 of 150 epochs"), entry(0.8, seed=1, budget="150 rounds")
    assert cell(short, whole)["ap"] == 0.8  # the largest budget stands
    shown = tables.texts(cells.cells(pd.DataFrame([short])))
    assert shown["a (4 anomalies)"].tolist() == ["0.500 (one fit), 10 of 150 epochs"]


def test_made_up_anomalies_are_in_no_mean():
    """Over real anomalies `one` has .6 and `two` .5; with a made-up .9 `two` would be ahead."""
    made_up = f"holdout{SUFFIXES[next(iter(SUFFIXES))]}"
    rows = [
        entry(ap) | {"detector": detector, "dataset": dataset, "protocol": protocol}
        for detector, dataset, protocol, ap in (
            ("one", "a", "holdout", 0.6), ("two", "a", "holdout", 0.5), ("one", "b", made_up, 0.1),
            ("two", "b", made_up, 0.9),
        )
    ]  # fmt: skip
    found = cells.cells(pd.DataFrame(rows))
    assert tables.board(found).index.get_level_values("name").tolist() == ["one (published)", "two (published)"]
    assert [list(wide) for wide in sections.blocks(found, "ap", across=False).values()] == [["a"]]
    assert "one (published)" in sections.verdict(found)
    assert sections.verdict(found[found["dataset"] == "b"]).startswith("Every figure is of made-up anomalies")
