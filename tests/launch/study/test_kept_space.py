"""A study that was begun with another search space goes on with that one, or is refused."""

import json

import optuna
import pytest

from launch.common.errors import UsageError
from launch.study.kept_space import SPACE, described, going_on
from launch.study.overrides import distributions
from search_spaces import DataInfo

INFO = DataInfo(100, 5, 10)
NAMES = ("lr", "width", "margin", "dropout", "noise")


def old(trial, data):
    return {
        "lr": trial.suggest_float("lr", 1e-4, 1e-2, log=True),
        "width": int(trial.suggest_categorical("width", ["10", "20"])),
        "margin": trial.suggest_float("margin", 2.0, 10.0),
    }


def wider(trial, data):
    return {
        "lr": trial.suggest_float("lr", 1e-5, 1.0, log=True),
        "width": int(trial.suggest_categorical("width", ["10", "20", "500"])),
    }


def begun(space=old, trials=5, kept=False):
    """A study with trials of a space; `kept`: it says of which."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    if kept:
        study.set_user_attr(SPACE, described(distributions(space, INFO)))
    for _ in range(trials):
        trial = study.ask()
        trial.set_user_attr("config", space(trial, INFO))
        trial.set_user_attr("origin", "sampled")
        study.tell(trial, 0.5)
    return study


@pytest.mark.parametrize("kept", [False, True])
def test_a_study_goes_on_with_the_space_it_was_begun_with(kept):
    study = begun(kept=kept)
    space = going_on(wider, INFO, study, NAMES)
    configs = [space(study.ask(), INFO) for _ in range(30)]
    assert all(1e-4 <= c["lr"] <= 1e-2 and c["width"] in (10, 20) and 2 <= c["margin"] <= 10 for c in configs)
    seen = {json.dumps(described(trial.distributions)) for trial in study.get_trials()}
    assert len(seen) == 1


@pytest.mark.parametrize("kept", [False, True])
def test_the_same_space_and_a_new_study_are_todays(kept):
    assert going_on(old, INFO, begun(kept=kept), NAMES) is old
    assert going_on(wider, INFO, begun(trials=0, kept=kept), NAMES) is wider


def branching(trial, data):
    noisy = trial.suggest_categorical("noisy", [False, True])
    return {"noise": trial.suggest_float("noise", 0.0, 1.0) if noisy else 0.0}


def test_a_branch_that_an_older_study_never_took_is_no_other_space():
    study = optuna.create_study()
    study.enqueue_trial({"noisy": False})
    trial = study.ask()
    branching(trial, INFO)
    study.tell(trial, 1.0)
    assert going_on(branching, INFO, study, NAMES) is branching


def test_what_the_command_sets_is_left_to_it():
    space = going_on(wider, INFO, begun(), NAMES, {"lr", "width", "margin"})
    assert space is wider


def coded(trial, data):
    return {"width": 2 ** trial.suggest_int("width_log2", 2, 5)}


def fewer(trial, data):
    return {"width": {"20": 20}[trial.suggest_categorical("width", ["20"])]}


def more(trial, data):
    return {**old(trial, data), "dropout": trial.suggest_float("dropout", 0.0, 0.5)}


@pytest.mark.parametrize(
    ("then", "now", "named"),
    [
        (coded, fewer, "width_log2"),  # nothing says what its number was made into
        (old, fewer, "width"),  # a choice that is not known any more
        (old, more, "dropout"),
        (lambda t, d: {"lr": t.suggest_int("lr", 1, 3)}, wider, "lr"),
    ],
)
def test_what_cannot_go_on_is_refused_once_something_is_drawn(then, now, named):
    study = begun(then)
    space = going_on(now, INFO, study, NAMES)
    with pytest.raises(UsageError, match=rf"another search space \(.*{named}.*--name.*--trials"):
        space(study.ask(), INFO)
