"""A study goes on: under the same numbers, with nothing tried twice; and by its name alone."""

import json

import pytest
from optuna.trial import TrialState

from launch.common.errors import UsageError
from launch.common.home import Home
from launch.config import saved_options
from launch.config.command_line import parse
from tests.launch.conftest import run_here, trials_of
from tests.launch.study.test_study import PAPER, ended, open_, row


@pytest.fixture
def store(tmp_path):
    from launch.study.storage import open_storage

    return lambda: open_storage(str(tmp_path / "s.journal"))


# -- going on -----------------------------------------------------------------------


def test_a_reopened_study_knows_everything(store):
    study = open_(store, trials=5)
    ended(study)
    ended(study, finished=False)
    ended(study, failure="oom", message="x")
    again = open_(store, trials=5)
    assert again.restored == 3
    assert again.remaining == 2
    assert again.counts() == study.counts()
    for number, record in study.records.items():
        other = again.records[number]
        assert (other.params, other.origin, other.state, other.score, other.history, other.failure) == (
            record.params, record.origin, record.state, record.score, record.history, record.failure,
        )  # fmt: skip
    assert again.ranked()[0].number == 0


def test_nothing_published_is_tried_twice(store):
    study = open_(store)
    for _ in range(3):
        ended(study)
    again = open_(store)
    assert [again.ask().origin for _ in range(3)] == ["sampled"] * 3
    origins = [t.user_attrs.get("origin") for t in again.study.get_trials()]  # a repeated draw has none
    assert origins.count("paper") == origins.count("report") == 1


def test_an_enqueued_configuration_is_tried_once(store):
    first = ("enqueued", {"lr": 0.1, "depth": 1})
    study = open_(store, initial=[first])
    ended(study)
    again = open_(store, initial=[first, ("enqueued", {"lr": 0.2, "depth": 1})])
    assert again.ask().params == {"lr": 0.2, "depth": 1}
    assert again.ask().origin == "sampled"


def test_interrupted_trials_do_not_count_and_are_tried_again(store):
    study = open_(store, trials=4)
    ended(study)
    study.ask()
    study.ask()
    closed = study.interrupt()
    assert [(r.number, r.state, r.failure) for r in closed] == [
        (1, "failed", "interrupted"),
        (2, "failed", "interrupted"),
    ]
    assert not study.running
    assert not [t for t in study.study.get_trials() if t.state == TrialState.RUNNING]
    again = open_(store, trials=4)
    assert (again.restored, again.remaining) == (1, 3)
    assert again.ask().origin == "report"


def test_trials_of_a_killed_process_go_on_under_their_numbers(store):
    study = open_(store, trials=4)
    ended(study)
    killed = study.ask()
    for _ in range(2):  # however often the study is opened
        again = open_(store, trials=4)
        assert (again.restored, again.remaining) == (1, 3)
        assert [r.number for r in again.unfinished] == [killed.number]
    record = again.ask()
    assert (record.number, record.origin, record.params) == (killed.number, killed.origin, killed.params)
    again.report(record.number, [row(1, 0.75)])
    again.finish(record.number, finished=True)
    trial = again.study.get_trials()[1]
    assert (trial.state, trial.value, trial.params) == (TrialState.COMPLETE, 0.75, {"lr": 1.0, "depth": 2})
    assert again.ask().number == 2


@pytest.mark.parametrize("published", [False, True])
def test_a_process_killed_between_asking_and_settling(store, published):
    """Wherever a kill hits the asking, the number is used, once, and nothing is tried twice."""
    study = open_(store, trials=3, initial=[PAPER] if published else [])
    if published:
        study.study.enqueue_trial({"lr": 0.5, "depth": 3}, user_attrs={"config": PAPER[1], "origin": "paper"})
    else:
        study.study.ask().suggest_float("lr", 0.0, 1.0)
    again = open_(store, trials=3, initial=[PAPER] if published else [])
    records = [again.ask() for _ in range(3)]
    assert [r.number for r in records] == [0, 1, 2]
    assert [r.origin for r in records].count("paper") == published
    assert set(records[0].params) >= {"lr", "depth"}
    assert again.ask() is None
    trials = again.study.get_trials()
    assert [t.user_attrs["config"] for t in trials] == [r.params for r in records]
    if not published:
        assert trials[0].params["lr"] == records[0].params["lr"]


def test_a_lost_trial_is_asked_for_again_before_any_other(store):
    study = open_(store, trials=4)
    first, second = study.ask(), study.ask()
    study.report(first.number, [row(1, 0.5)])
    study.requeue(first.number)
    assert study.running == [second.number]
    again = study.ask()
    assert again is first
    assert [r["round"] for r in again.history] == [1]
    assert study.ask().number == 2


def test_told_rounds_are_recalled_and_not_told_again(store):
    study = open_(store, trials=4)
    study.ask()
    study.report(0, [row(1, 0.25), row(2, 0.5)])
    again = open_(store, trials=4)
    again.recall({0: [row(1, 0.25), row(2, 0.5)]})
    record = again.ask()
    assert (record.score, record.reported) == (0.5, 2)
    again.report(0, [row(3, 0.75)])
    assert again.study.get_trials()[0].intermediate_values == {2: 0.5, 3: 0.75}


@pytest.mark.parametrize("name", ["tpe", "random", "qmc"])
def test_first_samples_are_not_repeated_after_reopening(store, name):
    """`search.open_study` adds the number of trials to the seed."""
    study = open_(store, initial=(), seed=0, name=name)
    old = [ended(study).params for _ in range(5)]
    again = open_(store, initial=(), seed=0 + len(study.records), name=name)
    new = [ended(again).params for _ in range(5)]
    assert not {p["lr"] for p in old} & {p["lr"] for p in new}


def test_search_shifts_the_seed(local):
    first = local("devnet", "--name", "mine", "--sampler", "random", "--trials", "8", "--no-portfolio")
    asked = [first.study.ask().params for _ in range(5)][2:]
    first.study.interrupt()
    again = local("devnet", "--name", "mine", "--sampler", "random", "--trials", "8", "--no-portfolio")
    more = [again.study.ask().params for _ in range(5)][2:]
    assert not {p["lr"] for p in asked} & {p["lr"] for p in more}


# -- by its name alone ---------------------------------------------------------------


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """A home where a search was started, from another folder and with $ANOMALY_DATA."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANOMALY_DATA", "files")
    home = Home.at(tmp_path / "home")

    def save(*more, name="mine"):
        options = parse(["devnet", "celeba", "--home", "home", "--fix", "hidden=(20,)", "--seed", "3", *more])
        saved_options.save(home, options, [(name, "devnet")])
        (tmp_path / "elsewhere").mkdir(exist_ok=True)
        monkeypatch.chdir(tmp_path / "elsewhere")
        monkeypatch.delenv("ANOMALY_DATA", raising=False)
        return home

    return save


def test_the_name_is_enough(saved, tmp_path):
    home = saved("--detector-path", __file__, "--trial-timeout", "15m")
    options = parse(["--resume", "mine", "--home", str(home.root)])
    assert (options.detector, options.dataset, options.name) == ("devnet", "celeba", "mine")
    assert options.fixed == {"hidden": (20,)}
    assert (options.seed, options.timeout_seconds, options.trials) == (3, 900.0, 64)
    assert options.data_dir == tmp_path / "files"
    assert str(options.detector_path) == __file__


def test_what_is_given_beside_it_wins(saved):
    home = saved()
    options = parse(["--resume=mine", f"--home={home.root}", "--trials", "128", "--concurrent", "1"])
    assert (options.trials, options.concurrent, options.seed) == (128, 1, 3)


@pytest.mark.parametrize("name", ["../mine", "a/b", "", "x'; drop table", "a\nb", "-x", "m" * 101])
def test_names_that_are_none(saved, name):
    home = saved()
    with pytest.raises(UsageError, match=r"--resume .*use letters"):
        parse([f"--resume={name}", "--home", str(home.root)])


def test_an_unknown_name_is_told_with_the_nearest(saved):
    home = saved()
    with pytest.raises(UsageError, match=r"no search of that name.*there are mine"):
        parse(["--resume", "mime", "--home", str(home.root)])
    home.study("mine", "options.json").write_text("{half")
    with pytest.raises(UsageError, match=r"cannot be read.*--name mine"):
        parse(["--resume", "mine", "--home", str(home.root)])


def test_another_name_contradicts(saved):
    home = saved()
    with pytest.raises(UsageError, match="leave out --name other"):
        parse(["--resume", "mine", "--home", str(home.root), "--name", "other"])


def test_a_password_is_not_kept_and_asked_for_again(saved):
    home = saved("--study-storage", "postgresql://me:hunter2@host/db", "--tracking-uri", "http://host:5000")
    assert "hunter2" not in home.study("mine", "options.json").read_text()
    with pytest.raises(UsageError, match=r"--study-storage has a password.*give --study-storage again"):
        parse(["--resume", "mine", "--home", str(home.root)])
    again = ["--resume", "mine", "--home", str(home.root), "--study-storage", "postgresql://me:hunter2@host/db"]
    assert parse(again).tracking_uri == "http://host:5000"


def test_the_same_command_again_says_how_to_go_on(saved, tmp_path, monkeypatch):
    home = saved()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANOMALY_DATA", "files")
    same = ["devnet", "celeba", "--home", "home", "--fix", "hidden=(20,)", "--seed", "3"]
    assert saved_options.unfinished(home, parse(same)) is None  # it never began
    home.study("mine", "spool.jsonl").write_text("")
    assert saved_options.unfinished(home, parse(same)) == "mine"
    assert saved_options.unfinished(home, parse([*same, "--trials", "9"])) == "mine"
    assert saved_options.unfinished(home, parse([*same[:-1], "4"])) is None
    release = home.claim("mine")
    assert saved_options.unfinished(home, parse(same)) is None  # somebody searches it
    release()
    home.study("mine", "summary.json").write_text("{}")
    assert saved_options.unfinished(home, parse(same)) is None


def test_a_finished_search_is_extended(tmp_path, data_dir, home, toy):
    common = ("--home", home, "--local")
    arguments = ("mine", "celeba", "--detector-path", toy, "--data-dir", data_dir)
    quick = ("--max-rounds", 3, "--confirm", 2, "--no-retrain", "--no-report")
    first = run_here(*arguments, *common, *quick, "--name", "x", "--trials", 4, cwd=tmp_path)
    assert first.code == 0, first
    old = {t.number: t.user_attrs["config"] for t in trials_of(home, "x")}
    again = run_here("--resume", "x", *common, cwd=tmp_path)
    assert again.code == 0
    assert "x is finished" in again.out
    more = run_here("--resume", "x", *common, "--trials", 9, cwd=tmp_path)
    assert more.code == 0, more
    assert "Going on with x: 4 trials are there, 5 to go" in more.out
    trials = trials_of(home, "x")
    assert len(trials) == 9
    assert {n: trials[n].user_attrs["config"] for n in old} == old
    assert len({json.dumps(t.user_attrs["config"], sort_keys=True) for t in trials}) == 9
    summary = json.loads((home / "studies" / "x.summary.json").read_text())
    assert sum(summary["trials"][k] for k in ("complete", "pruned", "failed")) == 9
    from tests.launch.conftest import Store

    assert not home.joinpath("studies", "x.lock").exists()
    assert [r["status"] for r in Store(home / "mlflow.db").kind("search")] == ["FINISHED"]
    assert not home.joinpath("studies", "x.lock").exists()
    assert [r["status"] for r in Store(home / "mlflow.db").kind("final")] == ["FINISHED"] * 2
    assert not list((home / "checkpoints").glob("*")) if (home / "checkpoints").exists() else True
