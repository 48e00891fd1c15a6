"""What training is worth, and how detectors differ in time, over all datasets: by hand."""

import numpy as np
import pandas as pd
import pytest

from analysis.board import overview, sections, tables


def cell(detector, configuration, column, ap, seconds=np.nan, level=0, supervision="unsupervised"):
    return {
        "detector": detector, "configuration": configuration, "column": column, "labels": "all", "ap": ap,
        "protocol": "holdout",
        "level": level, "supervision": supervision, "fit_seconds": seconds, "predict_seconds": seconds / 10,
        "latency_us": 1.0,
    }  # fmt: skip


CELLS = pd.DataFrame(
    [
        cell("ae", "published", "a", 0.5, 2.0), cell("ae", "untrained", "a", 0.4),
        cell("ae", "published", "b", 0.3, 8.0), cell("ae", "untrained", "b", 0.6),
        cell("ae", "tuned", "b", 0.9, 9.0),
        cell("ae", "published", "c", 0.7, 1.0),  # never scored untrained
        cell("svdd", "published", "a", 0.5, 4.0), cell("svdd", "untrained", "a", 0.2),
        cell("net", "published", "a", 0.8, 4.0, 1, "few-label"),
        cell("net", "untrained", "a", 0.1, np.nan, 1, "few-label"),
        cell("iforest", "published", "a", 0.4, 1.0), cell("iforest", "published", "b", 0.4, 2.0),
    ]
)  # fmt: skip


def test_what_training_is_worth():
    found = overview.training(CELLS).set_index("detector")
    # within unsupervised by difference: ae tuned on b +.3, svdd +.3 by name after it, ae published (.1 - .3) / 2 = -.1
    assert list(found.index) == ["ae (tuned)", "svdd (published)", "ae (published)", "net (published)"]
    row = found.loc["ae (published)"]
    assert (row["datasets"], row["better"]) == (2, 1)
    assert [row[k] for k in ("trained", "untrained", "difference")] == pytest.approx([0.4, 0.5, -0.1])
    texts = overview.training_texts(CELLS).set_index("detector")
    assert texts.loc["ae (published)", "better after training"] == "1 of 2 datasets"
    assert texts.loc["ae (published)", "difference"] == "-0.100"


def test_nothing_untrained_is_an_empty_table():
    assert overview.training_texts(CELLS[CELLS["configuration"] != "untrained"]).empty


def test_nothing_to_compare_times_with_is_an_empty_table():
    without = CELLS[CELLS["detector"] != "iforest"]
    assert overview.speed_texts(without, "iforest").empty
    assert len(sections.times_texts(without, "iforest")) == 6  # of each dataset the fastest takes its place
    assert sections.times_texts(without[:0], "iforest").empty


def test_times_over_datasets_are_geometric_means():
    found = overview.speed(CELLS).set_index("detector")
    # ae: 2 and 4 times iforest's seconds, sqrt(8); on c there is no iforest to compare with
    assert found.loc["ae (published)", "fit_ratio"] == pytest.approx(8**0.5)
    assert found.loc["ae (published)", "datasets"] == 2
    assert found.loc["iforest (published)", "fit_ratio"] == pytest.approx(1.0)
    assert found.index[0] == "iforest (published)"


def named(detector, configuration, column, ap, level=0, supervision="unsupervised"):
    return cell(detector, configuration, column, ap, 1.0, level, supervision) | {"dataset": column}


def test_a_headline_names_a_detector_only_where_datasets_agree():
    rows = [named("a", "tuned", "x", 0.5), named("a", "tuned", "y", 0.4), named("b", "tuned", "x", 0.3)]
    agreed = pd.DataFrame([*rows, named("b", "tuned", "y", 0.2)])
    assert "unsupervised: a (tuned) (on all 2 datasets, mean 0.450)" in sections.verdict(agreed)
    split = pd.DataFrame([*rows, named("b", "tuned", "y", 0.9)])
    assert "no detector on every dataset (of 2: b (tuned) on 1, a (tuned) on 1)" in sections.verdict(split)
    alone = pd.DataFrame([named("a", "tuned", "x", 0.5), named("a", "published", "x", 0.4)])
    assert "a (tuned) (0.500), no other detector was run" in sections.verdict(alone)


def test_the_highest_of_a_level_stands_out():
    rows = [named("a", "tuned", "x", 0.5), named("b", "tuned", "x", 0.3), named("net", "tuned", "x", 0.2, 1, "few")]
    # in the order of the board a, b, net; the one of its level has nothing to be higher than
    assert tables.best(pd.DataFrame(rows)) == {(0, 2)}


def test_no_diagram_of_two_detectors():
    frame = pd.DataFrame(
        [named(d, "tuned", c, v + k / 9) for k, c in enumerate("xyz") for d, v in (("a", 0), ("b", 0.1))]
    )
    (section,) = sections._ranks(frame, across=False)
    assert not section.pictures
    assert any("three detectors" in text for text in section.text)
