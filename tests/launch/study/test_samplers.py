"""Samplers do what their names say, on spaces with branches, beside published configurations and failures."""

import inspect
import json

import optuna
import pytest
from optuna.trial import TrialState

import search_spaces
import trainables
from launch.study import samplers
from launch.study.overrides import distributions
from launch.study.storage import open_storage
from launch.study.study import Study
from search_spaces import DataInfo
from tests.launch.study.test_study import INFO, SIZES, row, space

TABLE, IMAGES = DataInfo(1536, 39, 67), DataInfo(4000, 3072, 50, "image")
CASES = [
    (name, info)
    for name in trainables.DETECTORS
    for info in (TABLE, IMAGES)
    if info.modality in {kind.value for kind in trainables.load(name).modality}
]


def study_of(name, of, data, trials, initial=(), storage=None, whole=dict):
    inner = optuna.create_study(
        storage=storage, study_name="s", load_if_exists=True, direction="maximize",
        sampler=samplers.sampler(name, 3, of, data, trials),
    )  # fmt: skip
    return Study(inner, of, data, list(initial), trials, whole=whole)


def score_all(study, score=lambda record: 0.5, failure=lambda record: ""):
    """Run every trial; returns the records."""
    while (record := study.ask()) is not None:
        study.report(record.number, [row(1, score(record))])
        study.finish(record.number, finished=True, failure=failure(record))
    return list(study.records.values())


def unconditional(of, data):
    """What each of many random configurations has."""
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    names = []
    for _ in range(64):
        trial = study.ask()
        of(trial, data)
        names.append(set(trial.params))
    return set.intersection(*names), set.union(*names)


@pytest.mark.parametrize(("detector", "info"), CASES)
def test_the_whole_space_of_every_detector_is_modelled_and_searched(detector, info):
    """After its published trials every sampler knows each hyperparameter that all trials have, and goes on."""
    module, cls = search_spaces.load(detector), trainables.load(detector)
    always, ever = unconditional(module.space, info)
    assert set(distributions(module.space, info)) == ever
    published = list(search_spaces.published(module, modality=info.modality).items())
    defaults = {n: p.default for n, p in inspect.signature(cls.__init__).parameters.items() if n != "self"}
    for name in ("tpe", "gp", "qmc", "grid", "random"):
        study = study_of(name, module.space, info, len(published) + 3, published, whole=lambda c: {**defaults, **c})
        records = score_all(study)
        assert [r.params for r in records[: len(published)]] == [config for _, config in published]
        assert all(always <= set(t.params) for t in study.study.get_trials())
        if name in ("tpe", "gp", "qmc"):
            view = study.study.sampler.infer_relative_search_space(study.study, study.study.get_trials()[-1])
            varying = {n for n in always if not distributions(module.space, info)[n].single()}
            assert varying <= set(view) <= ever


@pytest.mark.parametrize("name", ["tpe", "random", "grid", "qmc", "gp"])
def test_every_sampler_runs_past_its_start(tmp_path, name):
    storage = open_storage(str(tmp_path / "x.journal"))
    paper = ("paper", {"lr": 1e-3, "hidden": (4,), "depth": 2})
    study = study_of(name, space, INFO, 14, [paper], storage)
    seen = []
    while (record := study.ask()) is not None:
        seen.append(record.params)
        study.report(record.number, [row(1, record.params["lr"] * record.params["depth"])])
        study.finish(record.number, finished=record.number % 2 == 0)
    assert len(seen) == 14 if name != "grid" else len(seen) >= 9
    assert all(1e-4 <= p["lr"] <= 1e-2 and 1 <= p["depth"] <= 5 and p["hidden"] in SIZES.values() for p in seen)
    assert len({json.dumps(p) for p in seen}) == len(seen)


def test_points_of_qmc_fill_every_axis_of_the_space():
    """Of eight points of a Sobol sequence in a cube each half of each axis holds four."""

    def cube(trial, data):
        return {name: trial.suggest_float(name, 0.0, 1.0) for name in "abc"}

    records = score_all(study_of("qmc", cube, INFO, 9, [("paper", {"a": 0.3})]))[1:]
    for name in "abc":
        assert sum(record.params[name] < 0.5 for record in records) == 4


# -- failures -----------------------------------------------------------------------


def halves(trial, data):
    return {"x": trial.suggest_float("x", 0.0, 1.0), "y": trial.suggest_float("y", 0.0, 1.0)}


@pytest.mark.parametrize("name", ["tpe", "gp"])
def test_a_region_that_fails_is_left_alone(name):
    """Where x > 1/2 every trial fails; Optuna's TPE, which ignores that, asks for hardly anything else."""

    def fails(record):
        return "non_finite_loss" if record.params["x"] > 0.5 else ""

    study = study_of(name, halves, INFO, 30)
    records = score_all(study, lambda r: 1 - abs(r.params["x"] - 0.4) - 0.3 * abs(r.params["y"] - 0.5), fails)
    assert sum(r.state == "failed" for r in records[15:]) <= 7  # random sampling: 7.5


@pytest.mark.parametrize("name", ["tpe", "gp"])
def test_the_record_of_a_failure_stays_as_it_is(tmp_path, name):
    def fails(record):
        return {12: "oom", 13: "interrupted", 14: "disk_full"}.get(record.number, "")

    study = study_of(name, halves, INFO, 17, storage=open_storage(str(tmp_path / "x.journal")))
    score_all(study, lambda r: r.params["x"], fails)
    trials = study.study.get_trials()
    assert [t.number for t in trials if t.state == TrialState.FAIL] == [12, 13, 14]
    assert all(t.values is None for t in trials if t.state == TrialState.FAIL)
    view = study.study.sampler.view(study.study)
    seen = {t.number: t for t in view._get_trials(deepcopy=False)}
    assert (seen[13].state, seen[14].state) == (TrialState.FAIL, TrialState.FAIL)  # not the configuration's fault
    worst = min(t.values[0] for t in trials if t.values)
    told = {"tpe": (TrialState.PRUNED, None), "gp": (TrialState.COMPLETE, [worst])}[name]
    assert (seen[12].state, seen[12].values) == told
    assert trials[12].state == TrialState.FAIL
    few = study_of(name, halves, INFO, 9)
    score_all(few, lambda r: r.params["x"], lambda r: "oom" if r.number else "")
    assert [t.state for t in few.study.sampler.view(few.study)._get_trials()].count(TrialState.FAIL) == 8


def test_a_failure_is_told_of_two_aims_too():
    inner = optuna.create_study(
        directions=["maximize", "minimize"], sampler=samplers.sampler("tpe", 0, halves, INFO, 30)
    )
    study = Study(inner, halves, INFO, [], 30, timed_rows=100)
    records = score_all(study, lambda r: r.params["x"], lambda r: "oom" if r.params["x"] > 0.5 else "")
    assert {r.state for r in records} == {"complete", "failed"}


# -- the grid ------------------------------------------------------------------------


def branches(trial, data):
    config = {"kind": trial.suggest_categorical("kind", ["a", "b", "c"]), "n": trial.suggest_int("n", 1, 2)}
    if config["kind"] == "b":
        config["noise"] = trial.suggest_float("noise", 0.0, 1.0)
        if config["noise"] > 0.5:
            config["shape"] = trial.suggest_categorical("shape", ["flat", "round"])
    return config


def test_grid_takes_every_branch_once():
    assert set(distributions(branches, INFO)) == {"kind", "n", "noise", "shape"}
    records = score_all(study_of("grid", branches, INFO, 100))
    # a and c: 2 values of n; b: 2 of n x (noise 0, or noise 1 with 2 shapes) for each of the points on noise
    noises = samplers.grid(distributions(branches, INFO), 100)["noise"]
    high = sum(noise > 0.5 for noise in noises)
    assert len(records) == 2 * 2 + 2 * (len(noises) - high + 2 * high)
    assert len({json.dumps(r.params, sort_keys=True) for r in records}) == len(records)
    assert {r.params["kind"] for r in records} == {"a", "b", "c"}
    assert {r.params.get("shape") for r in records} == {None, "flat", "round"}


def test_grid_goes_on_though_a_branch_was_hidden():
    def hidden(trial, data):
        config = {name: trial.suggest_categorical(name, [0, 1, 2]) for name in "ab"}
        return config | ({"c": trial.suggest_int("c", 4, 9)} if config == {"a": 2, "b": 2} else {})

    records = score_all(study_of("grid", hidden, INFO, 20))
    assert [r.params["c"] for r in records if "c" in r.params] == [4]
    assert len(records) == 9


def test_grid_covers_the_grid_once():
    def small(trial, data):
        return {"n": trial.suggest_int("n", 1, 3), "kind": trial.suggest_categorical("kind", ["a", "b"])}

    assert samplers.grid(distributions(small, INFO), 100) == {"n": [1, 2, 3], "kind": ["a", "b"]}
    records = score_all(study_of("grid", small, INFO, 100, [("paper", {"n": 2, "kind": "a"})]))
    seen = [(record.params["n"], record.params["kind"]) for record in records]
    assert seen[0] == (2, "a")
    assert sorted(seen) == [(n, k) for n in (1, 2, 3) for k in "ab"]  # and not the published one again


def test_grid_goes_on_where_it_was(tmp_path):
    def small(trial, data):
        return {"n": trial.suggest_int("n", 1, 9)}

    seen = []
    for asked, interrupted in ((4, False), (2, True), (20, False)):
        study = study_of("grid", small, INFO, 20, storage=open_storage(str(tmp_path / "s.journal")))
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
    study = study_of("grid", lambda t, d: {}, INFO, 1, [("report", {})])
    assert study.ask().params == {}
    assert study.ask() is None
