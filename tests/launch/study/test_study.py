"""The study: what is tried first, and every end told truly."""

import optuna
import pytest
from optuna.trial import TrialState

from launch.study import samplers
from launch.study.storage import open_storage
from launch.study.study import Study
from search_spaces import DataInfo

INFO = DataInfo(100, 5, 10)
SIZES = {"small": (4,), "large": (64, 32)}


def space(trial, data):
    return {
        "lr": trial.suggest_float("lr", 1e-4, 1e-2, log=True),
        "hidden": SIZES[trial.suggest_categorical("hidden", list(SIZES))],
        "depth": trial.suggest_int("depth", 1, 5),
    }


def plain_space(trial, data):
    return {"lr": trial.suggest_float("lr", 0.0, 1.0), "depth": trial.suggest_int("depth", 1, 5)}


PAPER = ("paper", {"lr": 0.5, "depth": 3, "extra": "as published"})
REPORT = ("report", {"lr": 7.0, "depth": 2})  # lr is beyond the range


def row(round_, score, **more):
    return {"round": round_, "score": score, "ap": score, "fit_seconds": 1.0, "predict_seconds": 0.5, **more}


@pytest.fixture
def store(tmp_path):
    return lambda: open_storage(str(tmp_path / "s.journal"))


def open_(store, trials=10, initial=(PAPER, REPORT), seed=0, name="random", of=plain_space, load=True):
    inner = optuna.create_study(
        storage=store(),
        study_name="s",
        direction="maximize",
        load_if_exists=load,
        sampler=samplers.sampler(name, seed, of, INFO, trials),
    )
    return Study(inner, of, INFO, list(initial), trials)


def ended(study, **how):
    record = study.ask()
    study.report(record.number, [row(1, 0.25), row(2, 0.5)])
    return study.finish(record.number, **{"finished": True, **how})


# -- what is tried first ----------------------------------------------------------


def test_published_configurations_come_first_whole_and_as_suggestions(store):
    study = open_(store)
    first, second, third = study.ask(), study.ask(), study.ask()
    assert (first.number, first.origin, first.params) == (0, "paper", PAPER[1])
    assert (second.number, second.origin, second.params) == (1, "report", REPORT[1])
    assert third.origin == "sampled"
    assert first.published
    assert not third.published
    trials = study.study.get_trials()
    assert trials[0].params == {"lr": 0.5, "depth": 3}  # the sampler learns from them
    assert trials[1].params == {"lr": 1.0, "depth": 2}  # the nearest that the space has
    assert trials[0].user_attrs["config"] == PAPER[1]


def test_a_choice_that_stands_for_a_value_is_found(store):
    study = open_(store, initial=[("paper", {"lr": 1e-3, "hidden": (64, 32), "depth": 9})], of=space)
    record = study.ask()
    assert record.params["hidden"] == (64, 32)
    assert record.params["depth"] == 9
    assert study.study.get_trials()[0].params == {"lr": 1e-3, "hidden": "large", "depth": 5}


def test_what_an_older_version_told_in_part_goes_on_so(store):
    first = open_(store, initial=[])
    for suggestions in ({"depth": 2}, {"depth": 3}):
        first.study.enqueue_trial(suggestions, user_attrs={"config": {**REPORT[1], **suggestions}, "origin": "report"})
    running = first.study.ask()
    assert (running.number, running.suggest_int("depth", 1, 5)) == (0, 2)
    study = open_(store, initial=[])
    assert [study.ask().params for _ in range(2)] == [{"lr": 7.0, "depth": 2}, {"lr": 7.0, "depth": 3}]
    assert [trial.params for trial in study.study.get_trials()] == [{"depth": 2}, {"depth": 3}]  # and no lr at random


def test_enqueued_configurations_follow_the_published_ones(store):
    study = open_(store, initial=[PAPER, ("enqueued", {"lr": 0.1}), ("enqueued", {"lr": 0.2})])
    assert [study.ask().origin for _ in range(4)] == ["paper", "enqueued", "enqueued", "sampled"]


def test_no_more_than_asked_for(store):
    study = open_(store, trials=3)
    assert [study.ask() is not None for _ in range(5)] == [True, True, True, False, False]
    assert study.remaining == 0


# -- ends -----------------------------------------------------------------------


def test_complete_has_its_last_score(store):
    record = ended(open_(store))
    trial = open_(store).study.get_trials()[0]
    assert (record.state, trial.state, trial.value) == ("complete", TrialState.COMPLETE, 0.5)
    assert trial.user_attrs["score"] == 0.5
    assert [r["round"] for r in trial.user_attrs["history"]] == [1, 2]


def test_pruned_has_its_last_value_reported(store):
    study = open_(store)
    record = ended(study, finished=False)
    trial = study.study.get_trials()[0]
    assert (record.state, trial.state) == ("pruned", TrialState.PRUNED)
    assert trial.value == 0.5
    assert trial.intermediate_values[2] == 0.5


def test_failed_has_its_cause_and_message(store):
    study = open_(store)
    record = ended(study, finished=True, failure="oom", message="too large")
    trial = study.study.get_trials()[0]
    assert (record.state, trial.state, trial.value) == ("failed", TrialState.FAIL, None)
    assert (trial.user_attrs["failure"], trial.user_attrs["failure_message"]) == ("oom", "too large")


@pytest.mark.parametrize("score", [float("nan"), float("inf"), -float("inf")])
def test_a_score_that_is_not_finite_never_reaches_the_study(store, score):
    study = open_(store)
    record = study.ask()
    study.report(record.number, [row(1, score)])
    study.finish(record.number, finished=True)
    assert (record.state, record.failure) == ("failed", "no_score")
    trial = study.study.get_trials()[0]
    assert trial.state == TrialState.FAIL
    assert trial.intermediate_values == {}


def test_a_trial_without_any_report_is_a_failure_by_name(store):
    study = open_(store)
    assert study.finish(study.ask().number, finished=True).failure == "no_score"


def test_counts_name_causes_with_the_first_message(store):
    study = open_(store)
    ended(study)
    ended(study, finished=False)
    ended(study, failure="oom", message="first")
    ended(study, failure="oom", message="second")
    ended(study, failure="error", message="KeyError")
    study.ask()
    assert study.counts() == {
        "complete": 1,
        "pruned": 1,
        "failed": 3,
        "causes": {
            "oom": {"count": 2, "first_message": "first"},
            "error": {"count": 1, "first_message": "KeyError"},
        },
    }


def test_ranking_prefers_complete_trials_and_breaks_ties_by_number(store):
    study = open_(store)
    for score, finished in ((0.5, True), (0.9, False), (0.7, True), (0.7, True), (0.99, True)):
        record = study.ask()
        study.report(record.number, [row(1, score)])
        study.finish(record.number, finished=finished, failure="error" if score == 0.99 else "")
    assert [r.number for r in study.ranked()] == [2, 3, 0]


def test_pruned_trials_are_ranked_where_none_is_complete(store):
    study = open_(store)
    assert study.ranked() == []
    for score in (0.2, 0.4):
        record = study.ask()
        study.report(record.number, [row(1, score)])
        study.finish(record.number, finished=False)
    assert [r.number for r in study.ranked()] == [1, 0]


def test_seconds_of_a_record(store):
    record = ended(open_(store))
    assert record.fit_seconds == 2.0
    assert record.history[-1]["predict_seconds"] == 0.5


def test_a_study_is_held_by_one_process_at_a_time(tmp_path):
    from launch.common.errors import UsageError
    from launch.common.home import Home

    home = Home.at(tmp_path)
    release = home.claim("s")
    with pytest.raises(UsageError, match="another process"):
        home.claim("s")
    assert home.held("s")
    release()
    home.claim("s")()
    assert not home.held("s")
