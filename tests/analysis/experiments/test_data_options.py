"""How a table is read can be said to every experiment, as to a search; and a log says how far it is."""

import json
from types import SimpleNamespace

import pytest
from rich.console import Console

from analysis import experiment_names as names
from analysis import grid
from analysis.experiments import grid as experiment
from analysis.experiments import label_budget, progress, tuned_searches
from analysis.experiments.tasks import Task
from analysis.options import EfficiencyOptions, GridOptions, LabelBudgetOptions
from datasets.request import Request
from launch.config.command_line import parse
from launch.config.data_options import request_of
from tests.analysis.experiments.small_table import table


def test_a_label_of_another_name_scale_and_duplicates(tmp_path, capsys):
    path = tmp_path / "toy.csv"
    table(path)
    path.write_text(path.read_text().replace(",label", ",outcome", 1))
    run = ("logistic", str(path), "--home", str(tmp_path / "home"), "--jobs", "1")
    assert grid.main([*run]) == 1
    assert "--label-column" in capsys.readouterr().out
    assert (
        grid.main([*run, "--label-column", "outcome", "--scale", "minmax", "--duplicates", "drop", "--name", "x"]) == 0
    )
    row = json.loads((tmp_path / "home" / "grids" / "x.jsonl").read_text())
    assert row["data"] == {"label_column": "outcome", "scale": "minmax", "duplicates": "drop"}
    assert row["protocol"] == "holdout-drop"
    assert "1 of 1 done in" in capsys.readouterr().out  # no terminal: a line, and no bar


def test_what_is_of_a_file_holds_for_files_beside_names(tmp_path):
    path = table(tmp_path / "toy.csv")
    options = GridOptions(detectors="knn", datasets=f"{path},vowels", label_column="label", scale="robust")
    own, named = experiment._checked(options)
    assert (own.label_column, own.scale) == ("label", "robust")
    assert (named.label_column, named.scale) == (None, "robust")


@pytest.mark.parametrize("kind", [GridOptions, LabelBudgetOptions, EfficiencyOptions])
def test_names_of_results_differ_by_what_is_said_of_the_data(kind):
    given = {"detectors": "knn", "dataset" if kind is LabelBudgetOptions else "datasets": "my.csv"}
    plain, said = kind(**given), kind(**given, label_column="outcome", positive=("yes",))
    assert names.said(plain) == ()
    assert dict(names.said(said)) == {"label_column": "outcome", "positive": ("yes",)}
    if kind is not EfficiencyOptions:
        default_name = (experiment if kind is GridOptions else label_budget).default_name
        assert default_name(plain) != default_name(said)


def test_a_search_is_told_how_the_table_is_read(tmp_path):
    asked = Request(
        str(tmp_path / "my.csv"),
        label_column="outcome",
        positive=("yes", "maybe"),
        scale="minmax",
        labelled_anomalies=5,
    )
    line = tuned_searches.command(
        Task(names.candidate("devnet"), asked, 0, 3, 4), tmp_path, tmp_path, None, 10, tmp_path / "s.json"
    )
    options = parse(line[2:])
    assert request_of(options) == asked


def test_a_log_is_told_now_and_then(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: now[0]))
    task = SimpleNamespace(text="knn on vowels")
    with progress.Progress(Console(width=100), 6) as shown:
        for _ in range(6):
            now[0] += 16
            shown.began(task)
            shown.ended(task)
    assert capsys.readouterr().out.split("\n")[:3] == [
        "2 of 6 done in 32 s, about 1 min 04 s left; last knn on vowels",
        "4 of 6 done in 1 min 04 s, about 32 s left; last knn on vowels",
        "6 of 6 done in 1 min 36 s",
    ]
