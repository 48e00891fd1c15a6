"""Rounds of enough updates, and losses without the rows that may be anomalies."""

from __future__ import annotations

import optuna
import pytest

import search_spaces
from launch.study.overrides import distributions
from search_spaces import DataInfo


def sampled(name: str, info: DataInfo) -> list[dict]:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    return [search_spaces.load(name).space(study.ask(), info) for _ in range(40)]


@pytest.mark.parametrize(
    ("info", "batches"),
    [
        (DataInfo(4800, 784, 0, "image"), {128: 20, 256: 20}),  # 18.75 and 9.4
        (DataInfo(300, 12, 20), {128: 20, 256: 20, 512: 20, 1024: 20}),
        (DataInfo(100_000, 12, 20), {256: 196, 512: 98, 1024: 49}),
    ],
)
def test_a_round_of_dagmm_has_twenty_updates_at_least(info, batches):
    found = {config["batch_size"]: config["batches_per_epoch"] for config in sampled("dagmm", info)}
    assert found == batches


@pytest.mark.parametrize("name", ["autoencoder", "vae", "deepsad"])
def test_small_tables_have_twenty_updates_a_round_and_others_a_pass(name):
    for config in sampled(name, DataInfo(3000, 12, 60)):
        assert config["batches_per_epoch"] == (20 if config["batch_size"] > 150 else 0)
    assert {config["batches_per_epoch"] for config in sampled(name, DataInfo(100_000, 12, 60))} == {0}


def test_dagmm_of_images_has_small_batches_and_rates_that_get_somewhere():
    configs = sampled("dagmm", DataInfo(4800, 784, 0, "image"))
    assert min(config["lr"] for config in configs) >= 3e-4
    assert min(config["lambda_covariance"] for config in configs) < 1e-4


@pytest.mark.parametrize("name", ["fanogan", "ganomaly", "anogan", "dual_gan"])
def test_a_pass_of_a_gan_has_fifty_batches_at_least(name):
    for config in sampled(name, DataInfo(2000, 784, 0, "image")):  # 2000 / 32 = 62.5, / 64 = 31.25
        assert config["batches_per_epoch"] == (50 if config["batch_size"] > 40 else 0)


@pytest.mark.parametrize("name", ["autoencoder", "vae", "deepsvdd"])
def test_tables_may_be_trimmed_and_images_of_one_class_are_not(name):
    configs = sampled(name, DataInfo(3000, 12, 60))
    assert {config["trim"] for config in configs} == {0.0, 0.1, 0.2, 0.3}
    assert all(config["trim"] == 0 for config in configs if config.get("objective") == "soft")  # nu is for that
    if name != "autoencoder":
        assert all(config.get("trim", 0) == 0 for config in sampled(name, DataInfo(3000, 784, 0, "image")))


@pytest.mark.parametrize("name", ["devnet", "bce", "focal", "hsc"])
def test_the_widest_network_is_for_small_tables_alone(name):
    def widths(rows):
        return distributions(search_spaces.load(name).space, DataInfo(rows, 39, 3000))["hidden"].choices

    assert "512-256" in widths(20_000)
    assert "512-256" not in widths(20_001)
    assert "256-128" in widths(20_001)
