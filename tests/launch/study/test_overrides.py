"""What --fix, --range and published configurations do to a space."""

import optuna
import pytest

import search_spaces
import trainables
from launch.common.errors import UsageError
from launch.config.command_line import parse
from launch.study.overrides import distributions, overridden
from search_spaces import DataInfo
from trainables.core.detector import make

INFO = DataInfo(rows=1536, features=39, anomalies=67)


def space_of(name, fixed=None, ranges=None):
    return overridden(search_spaces.load(name).space, trainables.load(name), fixed or {}, ranges or {}, INFO)


def sampled(space, n=40):
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    trials = [study.ask() for _ in range(n)]
    return [space(t, INFO) for t in trials], trials


def test_fixed_values_stand_in_every_configuration():
    space = space_of("devnet", {"margin": 5, "hidden": (7, 3), "bias": False, "schedule": "cosine"})
    configs, trials = sampled(space)
    for config, trial in zip(configs, trials, strict=True):
        assert (config["margin"], config["hidden"], config["bias"], config["schedule"]) == (5, (7, 3), False, "cosine")
        assert not {"margin", "hidden", "bias", "schedule"} & set(trial.params)
        make(trainables.load("devnet"), config)
    assert len({c["lr"] for c in configs}) == len(configs)  # the rest is still searched


def test_ranges_replace_those_of_the_space():
    space = space_of("devnet", ranges={"lr": (2e-4, 3e-4), "margin": (7.0, 8.0), "batches_per_epoch": (3.0, 5.0)})
    configs, trials = sampled(space)
    assert all(2e-4 <= c["lr"] <= 3e-4 and 7 <= c["margin"] <= 8 for c in configs)
    # left alone by the space, searched all the same
    assert {c["batches_per_epoch"] for c in configs} == {3, 4, 5}
    assert trials[0].distributions["lr"].log
    assert isinstance(trials[0].distributions["batches_per_epoch"], optuna.distributions.IntDistribution)


def test_a_range_of_a_branch_stays_in_it():
    configs, trials = sampled(space_of("autoencoder", ranges={"noise": (0.2, 0.3)}))
    assert {c["noise"] == 0.0 for c in configs} == {True, False}
    assert all(0.2 <= c["noise"] <= 0.3 for c in configs if c["noise"])
    assert all(("noise" in t.params) == t.params["noisy"] for t in trials)


def test_whole_numbers_stay_whole():
    configs, _ = sampled(space_of("kmeans", ranges={"n_clusters": (5.0, 9.0)}))
    assert {c["n_clusters"] for c in configs} == {5, 6, 7, 8, 9}
    assert all(type(c["n_clusters"]) is int for c in configs)


def test_distributions_are_what_is_sampled():
    space = space_of("devnet", {"margin": 5.0}, {"lr": (1e-3, 1e-2)})
    found = distributions(space, INFO)
    _, trials = sampled(space, 3)
    assert found == trials[0].distributions
    assert "margin" not in found
    assert (found["lr"].low, found["lr"].high) == (1e-3, 1e-2)


def test_values_of_fix_are_read_as_written():
    options = parse([
        "devnet", "celeba", "--fix", "margin=5", "--fix", "hidden=(20,)", "--fix", "bias=false", "--fix", "lr=1e-3",
        "--fix", "schedule=cosine", "--range", "l2=1e-6:1e-2",
    ])  # fmt: skip
    assert options.fixed == {"margin": 5, "hidden": (20,), "bias": False, "lr": 1e-3, "schedule": "cosine"}
    assert options.ranges == {"l2": (1e-6, 1e-2)}
    assert parse(["devnet", "celeba", "--fix", "hidden=()"]).fixed == {"hidden": ()}
    assert parse(["devnet", "celeba", "--fix", "hidden=[100,50]"]).fixed == {"hidden": (100, 50)}


def test_a_message_names_the_known_hyperparameters():
    with pytest.raises(UsageError, match=r"KMeans has no hyperparameter 'k'.*n_clusters, n_init"):
        space_of("kmeans", {"k": 3})
