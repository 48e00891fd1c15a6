"""Comparisons and the leaderboard end with the recommendation that a search of several detectors ends with."""

import io
import json

import pandas as pd
import pytest
from rich.console import Console

from analysis.board import recommended


def final(detector, supervision, scores, **other):
    mean = sum(scores) / len(scores)
    kept = {"scores": scores, "valid_by_train": 0.25, "chance": 0.1}
    return {
        "detector": detector, "supervision": supervision, "dataset": "cards", "protocol": "raw", "seed": "0",
        "dataset_sha256": "a", "outer_split": "0", "request": "{}", "metric": "ap", "confirmation": json.dumps(kept),
        "confirmed_score": mean, "confirmed_score_low": mean - 0.02, "confirmed_score_high": mean + 0.02,
        "fit_seconds": 1.0, "predict_seconds": 0.1, "test_tuned_ap": mean,
    } | other  # fmt: skip


@pytest.fixture
def finals():
    rows = [final("gbdt", "supervised", [0.9, 0.91, 0.92]), final("iforest", "unsupervised", [0.5, 0.52, 0.51])]
    return pd.DataFrame(rows)


def test_a_comparison_ends_with_what_to_take(finals):
    console = Console(file=io.StringIO(), width=200)
    recommended.show(console, finals)
    said = console.file.getvalue()
    assert "Recommended if you will have labels like these: gbdt, AP 0.9100 (0.890-0.930) confirmed" in said
    assert "Recommended without labels: iforest" in said
    assert "Against gbdt with labels: AP -0.4000" in said


def test_two_splits_are_said_to_be_two():
    rows = pd.DataFrame([final(name, "unsupervised", [0.5, 0.6]) for name in ("knn", "iforest")])
    assert "two splits cannot tell them apart" in str(recommended.recommendation(rows))


def test_searches_of_other_rows_are_not_compared(finals):
    finals.loc[1, "dataset_sha256"] = "b"
    assert recommended.recommendation(finals) is None
    assert recommended.unlike(finals) == "these searches differ in their data"


def test_runs_of_older_versions_have_no_splits(finals):
    finals["confirmation"] = None
    found = recommended.recommendation(finals)
    assert found.detector == "gbdt"
    assert found.chance is None


def test_the_leaderboard_says_it_for_each_dataset(finals):
    alone = pd.DataFrame([final("knn", "unsupervised", [0.3, 0.3], dataset="alone")])
    table = recommended.texts(pd.concat([finals, alone]), {"cards", "alone"})
    assert list(table["take"]) == ["gbdt", "iforest"]
    assert list(table["dataset"]) == ["cards (raw)"] * 2
    assert table["told apart"][0] == "yes"
    assert recommended.section(pd.DataFrame()) == []
    assert "validation rows" in recommended.section(table)[0].text[0]
