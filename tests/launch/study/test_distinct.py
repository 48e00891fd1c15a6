"""No configuration is run twice, and a space of which all have been tried ends the search."""

import optuna
import pytest
from optuna.trial import TrialState

from launch.study import distinct, samplers
from launch.study.storage import open_storage
from launch.study.study import Study
from search_spaces import DataInfo
from tests.launch.study.test_samplers import score_all

INFO = DataInfo(100, 5, 10)
SAMPLERS = ("tpe", "random", "qmc", "gp", "grid")


def branching(trial, data):
    """Two scores for all, and a number of one to four for two of three parts: 2 + 2 x 2 x 4 = 18."""
    part = trial.suggest_categorical("part", ["all", "first", "last"])
    count = trial.suggest_int("count", 1, 4) if part != "all" else 0
    return {"part": part, "count": count, "score": trial.suggest_categorical("score", ["one", "other"])}


EVERY = [{"part": "all", "count": 0, "score": s} for s in ("one", "other")] + [
    {"part": p, "count": c, "score": s} for p in ("first", "last") for c in range(1, 5) for s in ("one", "other")
]


def opened(name, of, trials, initial=(), storage=None, seed=3, **more):
    inner = optuna.create_study(
        storage=storage, study_name="s", load_if_exists=True, direction="maximize",
        sampler=samplers.sampler(name, seed, of, INFO, trials),
    )  # fmt: skip
    return Study(inner, of, INFO, list(initial), trials, **more)


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_configuration_is_tried_once_and_then_the_search_ends(name):
    study = opened(name, branching, 100)
    configs = [record.params for record in score_all(study)]
    assert sorted(map(str, configs)) == sorted(map(str, EVERY))
    assert study.counts()["complete"] == 18
    assert name == "grid" or study.counts()["exhausted"] == 18
    assert study.ask() is None
    assert name == "grid" or study.remaining == 0


@pytest.mark.parametrize("name", ["tpe", "random"])
def test_a_search_is_the_same_each_time_and_goes_on_where_it_was(name, tmp_path):
    whole = [record.params for record in score_all(opened(name, branching, 12))]
    assert whole == [record.params for record in score_all(opened(name, branching, 12))]
    storage = open_storage(str(tmp_path / "s.journal"))
    score_all(opened(name, branching, 7, storage=storage))
    left = opened(name, branching, 100, storage=storage)
    running = left.ask()  # and its process ends
    study = opened(name, branching, 100, storage=storage, seed=4)
    again = study.ask()
    assert (again.number, again.params) == (running.number, running.params)
    study.report(again.number, [{"round": 1, "score": 0.5, "fit_seconds": 0.0, "predict_seconds": 0.0}])
    study.finish(again.number, finished=True)
    configs = [record.params for record in score_all(study)]
    assert sorted(map(str, configs)) == sorted(map(str, EVERY))
    drawn = len(study.study.get_trials())
    more = opened(name, branching, 100, [("enqueued", {"part": "none"})], storage=storage)
    assert (more.exhausted, more.remaining) == (18, 1)  # what somebody gives is tried still
    assert [more.ask().origin, more.ask()] == ["enqueued", None]
    assert len(more.study.get_trials()) == drawn + 1


def three(trial, data):
    return {"n": trial.suggest_int("n", 1, 3)}


def test_a_wider_range_is_searched_although_the_one_before_was_exhausted():
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0))
    first = Study(study, three, INFO, [], 9)
    score_all(first)
    assert (first.exhausted, first.remaining) == (3, 0)
    wider = Study(study, lambda t, d: {"n": t.suggest_int("n", 1, 5)}, INFO, [], 9)
    assert (wider.exhausted, wider.remaining) == (0, 6)
    assert sorted(record.params["n"] for record in score_all(wider)) == [1, 2, 3, 4, 5]
    assert wider.exhausted == 5


def test_what_the_time_cut_short_has_not_been_tried():
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0))
    first = Study(study, three, INFO, [], 9)
    records = [first.ask() for _ in range(3)]
    assert (first.ask(), first.exhausted, first.to_start) == (None, 3, 0)
    for record in records[:2]:
        first.report(record.number, [{"round": 1, "score": 0.5, "fit_seconds": 0.0, "predict_seconds": 0.0}])
        first.finish(record.number, finished=True)
    first.interrupt()
    assert "exhausted" not in first.counts()
    again = score_all(Study(study, three, INFO, [], 9))
    assert len(again) == 3
    assert again[-1].params == records[2].params


def test_a_configuration_whose_batch_was_halved_is_known_by_both():
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0))
    given = [("enqueued", {"batch_size": 512, "n": 1})]
    first = Study(study, three, INFO, given, 1)
    record = first.ask()
    record.effective_batch_size = 256
    first.report(record.number, [{"round": 1, "score": 0.5, "fit_seconds": 0.0, "predict_seconds": 0.0}])
    first.finish(record.number, finished=True)
    assert record.params == {"batch_size": 256, "n": 1}
    again = Study(study, three, INFO, [*given, ("enqueued", {"batch_size": 256, "n": 1})], 9)
    assert again.initial == []


def test_several_at_a_time_are_different_too():
    study = opened("tpe", branching, 100)
    records = [study.ask() for _ in range(18)]
    assert len({str(record.params) for record in records}) == 18
    assert study.ask() is None


def test_what_is_published_twice_or_in_a_portfolio_too_is_tried_once():
    initial = [
        ("paper", {"part": "all"}),  # the rest by default
        ("library", {"part": "all", "count": 0.0, "score": "one"}),
        ("portfolio 1", {"part": "first", "count": 2, "score": "one"}),
        ("enqueued", {"part": "first", "count": 2, "score": "one"}),
    ]
    defaults = {"count": 0, "score": "one"}
    study = opened("random", branching, 100, initial, filled=lambda config: {**defaults, **config})
    records = score_all(study)
    assert [record.origin for record in records[:3]] == ["paper", "portfolio 1", "sampled"]
    assert len(records) == 18


def rounded(trial, data):
    return {"share": trial.suggest_float("share", 0.0, 0.6, step=0.1)}


def test_numbers_that_rounding_alone_tells_apart_are_the_same():
    assert distinct.key({"share": 0.1 + 0.2, "n": 5, "b": (1,)}) == distinct.key({"b": [1.0], "share": 0.3, "n": 5.0})
    assert distinct.key({"flag": True}) != distinct.key({"flag": 1})
    assert len(score_all(opened("tpe", rounded, 30, [("paper", {"share": 0.3})]))) == 7


def wide(trial, data):
    """Too many to be listed, but a sampler that always says the same."""
    return {"first": trial.suggest_int("first", 1, 10_000), "second": trial.suggest_categorical("second", ["a", "b"])}


class Stubborn(optuna.samplers.RandomSampler):
    """Draws one configuration for ever."""

    def sample_independent(self, study, trial, name, distribution):
        return 7 if name == "first" else "a"


def test_a_sampler_that_says_the_same_again_and_again_gets_a_neighbour():
    study = opened("random", wide, 6)
    study.study.sampler = Stubborn()
    configs = [record.params for record in score_all(study)]
    assert len({str(config) for config in configs}) == 6
    assert all((config["first"] == 7) + (config["second"] == "a") >= 1 for config in configs[:2])
    assert sum(trial.state == TrialState.COMPLETE for trial in study.study.get_trials()) == 6


def test_endless_spaces_are_not_listed():
    assert distinct.every(lambda t, d: {"lr": t.suggest_float("lr", 0, 1)}, INFO, distinct.key) is None
    assert distinct.every(wide, INFO, distinct.key) is None
    assert len(distinct.every(branching, INFO, distinct.key)) == 18
