"""Published configurations against their sources: numbers that stand there, written down here a second time."""

import pytest

import search_spaces
import trainables
from trainables.core.custom_detectors import load_class
from trainables.core.detector import Fidelity

MODULES = {name: search_spaces.load(name) for name in trainables.DETECTORS}


def test_epochs_are_of_configurations_that_are_there():
    for name, module in MODULES.items():
        known = {*module.PUBLISHED, *getattr(module, "IMAGES", {})}
        epochs = getattr(module, "EPOCHS", {})
        assert set(epochs) <= known, name
        assert not epochs or load_class(name).fidelity is Fidelity.EPOCHS, name
        assert search_spaces.whole_epochs(module, load_class(name)) == epochs


@pytest.mark.parametrize(
    ("name", "configuration", "epochs"),
    [
        ("deepsvdd", "paper", 150), ("deepsvdd", "cifar", 150), ("deepsad", "paper", 150), ("dagmm", "paper", 200),
        ("hsc", "paper", 200), ("bce", "paper", 200), ("focal", "paper", 200), ("repen", "paper", 30),
        ("goad", "official", 25), ("devnet", "report", 100), ("rosas", "deepod", 100), ("ae_conv", "imbalance", 15),
    ],
)  # fmt: skip
def test_epochs_of_the_sources(name, configuration, epochs):
    assert MODULES[name].EPOCHS[configuration] == epochs


def test_devnet_makes_the_updates_of_the_official_code():
    devnet = MODULES["devnet"]
    assert devnet.EPOCHS["paper"] * devnet.PUBLISHED["paper"][0]["batches_per_epoch"] == 50 * 20


def test_a_configuration_says_for_how_many_epochs_it_is_trained():
    cls = load_class("deepsvdd")
    assert search_spaces.trained_for({"lr": 1e-4}, cls, 150) == {"epochs": 150, "lr": 1e-4}
    assert search_spaces.trained_for({"epochs": 7}, cls, 150) == {"epochs": 7}


def test_cifar_is_pretrained_as_the_official_readme_says():
    config = MODULES["deepsvdd"].IMAGES["cifar"][0]
    whole = load_class("deepsvdd")(**config, epochs=MODULES["deepsvdd"].EPOCHS["cifar"])
    assert whole._pretraining == 350
    assert config["pretrain_milestone"] * 350 == pytest.approx(250)
    assert config["pretrain_weight_decay"] == 0.5e-6
    assert MODULES["deepsvdd"].IMAGES["paper"][0]["pretrain_weight_decay"] == 0.5e-3  # MNIST


def test_configurations_of_the_thesis():
    """Appendix A.1: batches of 64 for all; z 100, gamma .8, capacity .2; latent 1, K 10, lambdas .1 and .005."""
    for name in ("vae", "deepsvdd", "dagmm"):
        config, source = MODULES[name].IMAGES["thesis"]
        assert config["batch_size"] == 64
        assert source.startswith("undergraduate thesis")
    vae, dagmm = (MODULES[name].IMAGES["thesis"][0] for name in ("vae", "dagmm"))
    assert (vae["latent"], vae["beta"], vae["capacity"]) == (100, 0.8, 0.2)
    assert (dagmm["latent"], dagmm["components"]) == (1, 10)
    assert (dagmm["lambda_energy"], dagmm["lambda_covariance"]) == (0.1, 0.005)
