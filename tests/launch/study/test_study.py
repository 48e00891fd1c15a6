"""The study: what is tried first, and every end told truly."""

import json

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
        sampler=samplers.sampler(name, seed, {}, trials),
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
    assert trials[1].params == {"depth": 2}  # what the space can say, and no more
    assert trials[0].user_attrs["config"] == PAPER[1]


def test_a_choice_that_stands_for_a_value_is_found(store):
    study = open_(store, initial=[("paper", {"lr": 1e-3, "hidden": (64, 32), "depth": 9})], of=space)
    record = study.ask()
    assert record.params["hidden"] == (64, 32)
    assert record.params["depth"] == 9
    assert study.study.get_trials()[0].params == {"lr": 1e-3, "hidden": "large"}


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


# -- samplers ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["tpe", "random", "grid", "qmc", "gp"])
def test_every_sampler_runs_past_its_start(tmp_path, name):
    from launch.study.overrides import distributions

    inner = optuna.create_study(
        storage=open_storage(str(tmp_path / "x.journal")),
        direction="maximize",
        sampler=samplers.sampler(name, 3, distributions(space, INFO), 14),
    )
    paper = ("paper", {"lr": 1e-3, "hidden": (4,), "depth": 2})
    study = Study(inner, space, INFO, [paper], 14)
    seen = []
    while (record := study.ask()) is not None:
        seen.append(record.params)
        study.report(record.number, [row(1, record.params["lr"] * record.params["depth"])])
        study.finish(record.number, finished=record.number % 2 == 0)
    assert len(seen) == 14 if name != "grid" else len(seen) >= 9
    assert all(1e-4 <= p["lr"] <= 1e-2 and 1 <= p["depth"] <= 5 and p["hidden"] in SIZES.values() for p in seen)
    assert len({json.dumps(p) for p in seen}) == len(seen)


def test_grid_covers_the_grid_once(tmp_path):
    def small(trial, data):
        return {"n": trial.suggest_int("n", 1, 3), "kind": trial.suggest_categorical("kind", ["a", "b"])}

    from launch.study.overrides import distributions

    dists = distributions(small, INFO)
    assert samplers.grid(dists, 100) == {"n": [1, 2, 3], "kind": ["a", "b"]}
    inner = optuna.create_study(sampler=samplers.sampler("grid", 0, dists, 100), direction="maximize")
    study = Study(inner, small, INFO, [("paper", {"n": 2, "kind": "a"})], 100)
    seen = []
    while (record := study.ask()) is not None:
        seen.append((record.params["n"], record.params["kind"]))
        study.report(record.number, [row(1, 0.5)])
        study.finish(record.number, finished=True)
    assert seen[0] == (2, "a")
    assert sorted(seen[1:]) == [(n, k) for n in (1, 2, 3) for k in "ab"]


def test_grid_goes_on_where_it_was(store):
    def small(trial, data):
        return {"n": trial.suggest_int("n", 1, 9)}

    dists = {"n": optuna.distributions.IntDistribution(1, 9)}
    seen = []
    for asked, interrupted in ((4, False), (2, True), (20, False)):
        inner = optuna.create_study(
            storage=store(), study_name="s", load_if_exists=True, direction="maximize",
            sampler=samplers.sampler("grid", len(seen), dists, 20),
        )  # fmt: skip
        study = Study(inner, small, INFO, [], 20)
        for _ in range(asked):
            if (record := study.ask()) is None:
                break
            if not interrupted:
                seen.append(record.params["n"])
                study.report(record.number, [row(1, 0.5)])
                study.finish(record.number, finished=True)
        study.interrupt()
    assert sorted(seen) == list(range(1, 10))


def test_grid_axes_by_hand():
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    dists = {
        "log": FloatDistribution(1e-4, 1e-2, log=True),
        "flat": FloatDistribution(0.0, 1.0),
        "kind": CategoricalDistribution(["a", "b"]),
    }
    # 3 * 3 * 2 = 18 fit 20 trials, 4 * 4 * 2 = 32 do not
    found = samplers.grid(dists, 20)
    assert found["log"] == pytest.approx([1e-4, 1e-3, 1e-2])
    assert found["flat"] == [0.0, 0.5, 1.0]
    assert found["kind"] == ["a", "b"]
    assert samplers.grid({"n": IntDistribution(2, 200, log=True)}, 3) == {"n": [2, 20, 200]}
    assert samplers.grid(dists, 1)["flat"] == [0.0, 1.0]  # two points at least


def test_grid_points_lie_on_the_steps():
    from optuna.distributions import FloatDistribution, IntDistribution

    for d in (FloatDistribution(0.0, 0.3, step=0.1), IntDistribution(16, 64, step=16)):
        for trials in (2, 3, 4, 50):
            for value in samplers.grid({"x": d}, trials)["x"]:
                assert d._contains(d.to_internal_repr(value)), (trials, value)


def test_grid_of_nothing():
    assert samplers.grid({}, 10) == {}
    inner = optuna.create_study(sampler=samplers.sampler("grid", 0, {}, 10), direction="maximize")
    study = Study(inner, lambda t, d: {}, INFO, [("report", {})], 1)
    assert study.ask().params == {}
    assert study.ask() is None


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
