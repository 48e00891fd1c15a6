"""Searches of a small table side by side: as good as one after another, and no failure stops another."""

import io
import pickle
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console

from analysis.reports.publisher import ReportPublisher
from launch import api
from launch.common.errors import Interrupted
from launch.common.home import Home
from launch.config.command_line import parse
from launch.search.conclude import Chosen, conclude, evaluated
from launch.search.one_search import SearchEnd
from launch.search.planning import detectors, load_problem, plan
from launch.search.several import alone
from launch.search.several.comparison import _why
from launch.search.several.side_by_side import longest_first, pays
from tests.launch.forked_writer import fork_writers

OPTIONS = ("--trials", "2", "--max-rounds", "2", "--confirm", "2", "--local", "--seed", "0")


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(300, 3))
    labels = np.arange(300) < 40
    rows[labels] += 3
    lines = [",".join(map(str, [*row, int(label)])) for row, label in zip(rows, labels, strict=True)]
    (tmp_path / "rows.csv").write_text("a,b,c,label\n" + "\n".join(lines) + "\n")
    return tmp_path / "rows.csv"


def options_of(table, home, names="random,kmeans", *more):
    arguments = [names, str(table), "--label-column", "label", "--home", str(home), "--name", "both", *OPTIONS, *more]
    return parse(arguments)


def run(options):
    console = Console(file=io.StringIO(), width=200)
    return api.execute(options, console), console.file.getvalue()


def test_what_travels_to_a_worker_has_no_test_label(table, tmp_path):
    problem = load_problem(options_of(table, tmp_path / "home"), lambda _: None)
    with pytest.raises(TypeError):
        pickle.dumps(problem)
    there = pickle.loads(pickle.dumps(problem.unlabelled()))
    assert np.array_equal(there.sealed.X, problem.sealed.X)
    assert there.sealed.rows == problem.sealed.rows
    with pytest.raises(TypeError, match="no labels"):
        there.sealed.open(tmp_path / "seal.jsonl", study="", detector="", reason="")
    with pytest.raises(AttributeError):
        there.full()


def test_a_worker_makes_up_the_same_anomalies_where_there_are_no_labels(table, tmp_path):
    options = options_of(table, tmp_path / "home", "iforest,hbos", "--no-labels", "--drop", "label")
    options = replace(options, label_column=None)
    problem = load_problem(options, lambda _: None)
    there = pickle.loads(pickle.dumps(problem.unlabelled()))
    for seed in (0, 1):
        here, away = problem.split(seed).valid, there.split(seed).valid
        assert int(away.y.sum()) == 100
        assert np.array_equal(here.X, away.X)
        assert np.array_equal(here.y, away.y)
    assert np.array_equal(problem.reference().X, there.reference().X)


def test_a_search_in_a_worker_comes_to_what_it_comes_to_here(table, tmp_path, local, monkeypatch):
    more = ["--label-column", "label", "--trials", "3", "--max-rounds", "2", "--confirm", "2", "--no-retrain"]
    here = local("kmeans", *more, "--name", "here", dataset=str(table))
    found = conclude(here.search().context())
    there = local("kmeans", *more, "--name", "there", dataset=str(table))
    bare = replace(there.plan, problem=None)
    chosen = pickle.loads(pickle.dumps(alone.search(bare, there.plan.problem.unlabelled(), 1, "")))
    assert isinstance(chosen, Chosen)
    other = evaluated(there.context(), chosen)
    assert other.best.record.params == found.best.record.params
    assert other.best.scores == found.best.scores
    assert other.result.test == found.result.test


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), True),
        (("--time-budget", "10m"), False),
        (("--trial-timeout", "60"), False),
        (("--objective", "ap,latency"), False),
    ],
)
def test_where_it_pays(table, tmp_path, arguments, expected):
    options = options_of(table, tmp_path / "home", "random,kmeans", *arguments)
    home, problem = Home.at(options.home), load_problem(options, lambda _: None)
    plans = [plan(options, home, problem, name, many=True) for name in detectors(options)]
    assert pays(options, problem, plans) == expected
    assert not pays(options, problem, plans[:1])


def test_one_that_fails_stops_no_other_and_the_same_command_goes_on(table, tmp_path, monkeypatch):
    fork_writers(monkeypatch)
    for method in ("bars", "comparison"):  # seconds of matplotlib and plotly
        monkeypatch.setattr(ReportPublisher, method, lambda *arguments: None)
    search, home = alone.search, tmp_path / "home"
    asked = []

    def failing(plan, *rest):
        asked.append(plan.label)
        return alone.CameToNothing("its loss is NaN", False) if plan.label == "kmeans" else search(plan, *rest)

    monkeypatch.setattr(alone, "search", failing)
    ends, said = run(options_of(table, home, "random,kmeans,ecod"))
    assert [end.exit_code for end in ends] == [0, 1, 0]
    assert "kmeans came to nothing: its loss is NaN" in said
    assert "2 detectors, test rows" in said
    assert "Recommended with or without labels: ecod" in said
    assert ends[2].summary.model_uri == "models:/ecod-rows@champion"
    assert ends[2].study.records

    asked.clear()
    monkeypatch.setattr(alone, "search", lambda plan, *rest: asked.append(plan.label) or search(plan, *rest))
    again, said = run(options_of(table, home, "random,kmeans,ecod"))
    assert asked == ["kmeans"]
    assert [end.exit_code for end in again] == [0, 0, 0]
    assert again[2].summary == ends[2].summary


def studied(seconds):
    """A study of two trials of three rounds each."""
    history = [{"fit_seconds": seconds, "predict_seconds": 0.0}] * 3
    return SimpleNamespace(records={number: SimpleNamespace(history=history) for number in range(2)})


@pytest.mark.parametrize(
    ("confirm", "seconds", "expected"),
    [(None, 1.1, 2), (None, 0.9, 5), (5, 1.1, 5), (1, 1.1, 1), (0, 1.1, 0)],
    ids=["slow", "fast", "asked for", "fewer", "none"],
)
def test_slow_ones_are_confirmed_on_fewer_splits_unless_the_command_says_how_many(
    table, tmp_path, confirm, seconds, expected
):
    """Two rounds of 1.1 s are a fit of more than two."""
    given = () if confirm is None else ("--confirm", str(confirm))
    options = replace(options_of(table, tmp_path / "home", "kmeans", *given), confirm=confirm)
    one = plan(options, Home.at(options.home), load_problem(options, lambda _: None), "kmeans", many=True)
    one = replace(one, halving=replace(one.halving, max_rounds=2))
    assert alone.lightened(one, studied(seconds)).options.fresh_splits == expected


def test_the_longest_come_first(table, tmp_path):
    options = options_of(table, tmp_path / "home", "hbos,slad,gbdt")
    home, problem = Home.at(options.home), load_problem(options, lambda _: None)
    plans = [plan(options, home, problem, name, many=True) for name in detectors(options)]
    plans.append(replace(plans[0], label="mine"))
    assert [one.label for one in sorted(plans, key=longest_first)] == ["mine", "slad", "gbdt", "hbos"]


def test_one_on_fewer_splits_is_told_and_compared_on_those_of_both(table, tmp_path, monkeypatch):
    fork_writers(monkeypatch)
    for method in ("bars", "comparison"):
        monkeypatch.setattr(ReportPublisher, method, lambda *arguments: None)
    few = alone.confirmed_on
    monkeypatch.setattr(alone, "lightened", lambda plan, study: few(plan, 2) if plan.label == "kmeans" else plan)
    options = options_of(table, tmp_path / "home", "kmeans,ecod", "--confirm", "3", "--no-retrain")
    ends, said = run(options)
    assert [len(end.summary.best.validation.confirmed.scores) for end in ends] == [2, 3]
    assert [end.summary.best.validation.confirmed.splits for end in ends] == [2, 3]
    (line,) = [line for line in said.splitlines() if "slow" in line]
    assert line.startswith("kmeans ")
    assert line.endswith("; slow, so confirmed on 2 splits instead of 3")


def test_one_that_was_stopped_did_not_come_to_nothing():
    ends = [
        SearchEnd(None, None, None, 1, error) for error in (Interrupted("stopped during the search"), ValueError("x"))
    ]
    assert [_why(end) for end in ends] == ["is not finished: stopped during the search", "came to nothing: x"]
