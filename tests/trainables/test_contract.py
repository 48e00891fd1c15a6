"""Every detector in the table keeps the contract."""

from __future__ import annotations

import subprocess
import sys
from typing import Any, ClassVar

import pytest

from tests.contract import DetectorContract
from trainables import ALIASES, DETECTORS, UnknownDetector, load, resolve

ONE_BATCH = {"batches_per_epoch": 1, "epochs": 2}
"""Of detectors of several networks, each of which makes steps of its own."""


class TestEveryDetector(DetectorContract):
    overrides: ClassVar[dict[str, dict[str, Any]]] = {
        "autoencoder": {"hidden": (8,), "latent": 2, "batch_size": 64},
        "vae": {"hidden": (8,), "latent": 2, "draws": 3, "batch_size": 64},
        "deepsvdd": {"hidden": (), "rep_dim": 4, "batch_norm": False, "pretrain_epochs": 2, "batch_size": 64},
        "dagmm": {"hidden": (8,), "components": 2, "batch_size": 128},
        "prenet": {"hidden": (16,), "rep_dim": 8},
        "rosas": {"hidden": (16,), "rep_dim": 8},
        "feawad": {"hidden": (16,), "rep_dim": 8},
        "dif": {"hidden": (16,), "rep_dim": 16, "members": 8, "trees": 3},
        "icl": {"hidden": (16,), "rep_dim": 8},
        "slad": {"transformations": 5, "unified_dim": 32, "hidden": (16,), "batch_size": 64, "steps_per_epoch": 10},
        # without biases it scores a row and its double alike: the easy anomalies differ by little else
        "neutral": {
            "transformations": 4,
            "hidden": (16,),
            "rep_dim": 8,
            "view_hidden": (8,),
            "activation": "Tanh",
            "bias": True,
        },
        "goad": {"transformations": 8, "view_dim": 8},
        "rca": {"hidden": (16,), "rep_dim": 8, "members": 3},
        # the 40 easy anomalies are neighbours of each other: fewer neighbours than that see a cluster
        "lof": {"n_neighbors": 60},
        "inne": {"n_estimators": 30},
        "iforest": {"n_estimators": 20},
        "loda": {"n_random_cuts": 30},
        "deepsad": {
            "hidden": (8,),
            "rep_dim": 4,
            "batch_norm": False,
            "pretrain_epochs": 2,
            "batch_size": 64,
            "lr": 1e-2,
        },
        "hsc": {"hidden": (8,), "rep_dim": 4, "batch_size": 64, "batches_per_epoch": 10},
        "bce": {"hidden": (16,), "batch_size": 64, "batches_per_epoch": 10, "lr": 3e-2},
        "focal": {"hidden": (16,), "batch_size": 64, "batches_per_epoch": 10, "lr": 3e-2},
        "repen": {"rep_dim": 8, "ensemble": 10, "batch_size": 64},
        "fsnet": {"hidden": (8,), "rep_dim": 4, "episodes_per_epoch": 10},
        "ae_fc": {"hidden": (16,), "latent": 4, "batch_size": 32, "lr": 1e-2},
        "ae_conv": {"channels": (4, 8), "batch_size": 32, "lr": 1e-2},
        "ae_multi": {"width": 0.03, "batch_size": 32, "lr": 1e-2},
        "ae_noise_classifier": {"channels": (4, 8), "batch_size": 32, "lr": 1e-2},
        "ae_aux_decoder": {"channels": (4, 8), "latent": 8, "batch_size": 32, "lr": 1e-2},
        "fanogan": {
            "width": 0.03,
            "latent": 4,
            "batch_size": 32,
            "lr": 2e-2,
            "encoder_lr": 2e-2,
            **ONE_BATCH,
        },
        "ganomaly": {"channels": 2, "latent": 4, "lr": 3e-2, **ONE_BATCH},
        "anogan": {
            "channels": 2,
            "latent": 4,
            "lr": 1e-2,
            "weight_features": 0.5,
            "steps": 2,
            "candidates": 16,
            **ONE_BATCH,
        },
        "dual_gan": {"width": 0.03, "lr": 3e-2, **ONE_BATCH},
    }
    learning_rounds: ClassVar[dict[str, int]] = {
        "autoencoder": 5,
        "vae": 10,
        "deepsvdd": 5,
        "dagmm": 10,
        "prenet": 10,
        "rosas": 20,
        "feawad": 5,
        "icl": 8,
        "slad": 3,
        "neutral": 12,
        "goad": 16,
        "rca": 5,
        "deepsad": 10,
        "hsc": 10,
        "bce": 10,
        "focal": 10,
        "repen": 5,
        "fsnet": 10,
        "ae_fc": 5,
        "ae_conv": 5,
        "ae_multi": 10,
        "ae_noise_classifier": 10,
        "ae_aux_decoder": 10,
        "fanogan": 16,
        "ganomaly": 20,
        "anogan": 34,
        "dual_gan": 20,
    }

    @pytest.fixture(params=list(DETECTORS))
    def name(self, request: pytest.FixtureRequest) -> str:
        return request.param


def test_detectors_import_no_engine() -> None:
    """One process imports them all: none may bring in an engine, the layers above or all of DeepOD."""
    code = (
        "import sys, trainables\n"
        "for name in trainables.DETECTORS: trainables.load(name)\n"
        "roots = {m.partition('.')[0] for m in sys.modules}\n"
        "print(*sorted(roots & {'ray', 'optuna', 'mlflow', 'datasets', 'launch', 'search_spaces', 'deepod'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_names() -> None:
    assert {resolve(alias) for alias in ALIASES} <= set(DETECTORS)
    assert load("trainables.random:RandomScores") is load("baseline") is load("random")
    with pytest.raises(UnknownDetector, match="did you mean iforest"):
        resolve("iforrest")
