"""Published configurations in the words of a space: exactly, else by the nearest value, and always in full."""

import math

import pytest

import search_spaces
import trainables
from launch.study.nearest import express
from launch.study.overrides import OverridingTrial, distributions
from search_spaces import DataInfo
from search_spaces.devnet import PUBLISHED
from tests.launch.study.test_overrides import INFO, space_of


def test_what_the_space_has_is_said_exactly_and_the_rest_by_the_nearest():
    said = express(space_of("devnet"), INFO, PUBLISHED["report"][0])
    # (100, 50) is the choice "100-50"; l2 0 is below its range, which starts at 1e-6
    assert said == {
        "batch_size": 64, "hidden": "100-50", "lr": 1e-3, "l2": 1e-6, "anomaly_share": 0.5,
        "dropout": pytest.approx(0.3),
    }  # fmt: skip
    paper = express(space_of("devnet"), INFO, PUBLISHED["paper"][0])
    assert (paper["hidden"], paper["l2"]) == ("20", 0.01)
    large = DataInfo(rows=100_000, features=39, anomalies=67)  # batches of 256 and more
    assert express(space_of("dagmm"), large, {"batch_size": 64})["batch_size"] == 256


def test_lists_are_tuples():
    assert express(space_of("devnet"), INFO, {"hidden": [100, 50]})["hidden"] == "100-50"


def test_what_is_fixed_is_not_said_and_what_is_out_of_a_range_lies_at_its_end():
    said = express(space_of("devnet", {"margin": 3.0}, {"lr": (1e-2, 1e-1)}), INFO, PUBLISHED["report"][0])
    assert "margin" not in said
    assert said["lr"] == 1e-2


@pytest.mark.parametrize("value", ["auto", None, [1, 2], float("nan"), True])
def test_a_value_of_another_kind_is_the_middle(value):
    def space(trial, data):
        return {"size": trial.suggest_int("size", 1, 10), "share": trial.suggest_float("share", 0.0, 2.0, step=0.5)}

    said = express(space, INFO, {"size": value, "share": value})
    assert said["size"] in (5, 6)
    assert said["share"] == 1.0
    assert express(space, INFO, {"size": 2.6, "share": 0.7}) == {"size": 3, "share": 0.5}  # between two steps
    assert express(space, INFO, {"size": math.inf, "share": -1}) == {"size": 10, "share": 0.0}


def test_what_a_configuration_is_made_of_is_found():
    def space(trial, data):
        width, depth = 2 ** trial.suggest_int("width_log2", 3, 9), trial.suggest_int("depth", 1, 3)
        noisy = trial.suggest_categorical("noisy", [False, True])
        return {
            "hidden": tuple(width >> i for i in range(depth)),
            "noise": trial.suggest_float("noise", 0.1, 0.5) if noisy else 0.0,
        }

    # 128-64-32 has three widths in common with 128-64-30, nearly; 200 is between 128 and 256, nearer to 256 by ratio
    assert express(space, INFO, {"hidden": (128, 64, 30), "noise": 0.0}) == {
        "width_log2": 7, "depth": 3, "noisy": False,
    }  # fmt: skip
    assert express(space, INFO, {"hidden": (200,), "noise": 0.3}) == {
        "width_log2": 8, "depth": 1, "noisy": True, "noise": 0.3,
    }  # fmt: skip


@pytest.mark.parametrize("name", list(trainables.DETECTORS))
def test_every_published_configuration_is_said_in_full(name):
    module, kinds = search_spaces.load(name), {kind.value for kind in trainables.load(name).modality}
    for info in (INFO, DataInfo(100_000, 3072, 50, "image")):
        for config in (
            search_spaces.published(module, modality=info.modality).values() if info.modality in kinds else ()
        ):
            said = express(module.space, info, config)
            probe = OverridingTrial(fixed=said)
            made = module.space(probe, info)
            assert set(said) == set(probe.seen)
            assert set(probe.seen) <= set(distributions(module.space, info))
            for key, value in said.items():
                kind = probe.seen[key]
                assert kind._contains(kind.to_internal_repr(value)), key
                low, high = getattr(kind, "low", math.inf), getattr(kind, "high", -math.inf)
                if isinstance(config.get(key), int | float) and low <= config[key] <= high and kind.step is None:
                    assert made[key] == config[key]  # what the space has is said exactly
