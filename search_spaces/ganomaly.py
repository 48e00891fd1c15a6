"""GANomaly: the official code's configuration, and the ranges."""

from __future__ import annotations

from typing import Any

from search_spaces._images import LARGE
from search_spaces._training import GAN_BATCHES, twenty_or_a_pass

OFFICIAL: dict[str, Any] = {
    "channels": 64,
    "latent": 100,
    "weight_adversarial": 1.0,
    "weight_context": 50.0,
    "weight_encoder": 1.0,
    "lr": 2e-4,
    "beta1": 0.5,
    "beta2": 0.999,
    "batch_size": 64,
}

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "official": (OFFICIAL, "samet-akcay/ganomaly: 32 x 32, batch 64, Adam 2e-4 (.5, .999), weights 1, 50 and 1"),
    "narrow": (
        {**OFFICIAL, "channels": 16},
        "this project's: a quarter of the official channels, for a CPU",
    ),
}

EPOCHS = {"official": 15}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`.

    Images of more than 3,072 values leave out the widest network.
    """
    config = {
        "channels": trial.suggest_categorical("channels", [8, 16] if data.features > LARGE else [8, 16, 32]),
        "latent": 2 ** trial.suggest_int("latent_log2", 3, 8),
        "weight_adversarial": trial.suggest_float("weight_adversarial", 0.1, 10.0, log=True),
        "weight_context": trial.suggest_float("weight_context", 1.0, 200.0, log=True),
        "weight_encoder": trial.suggest_float("weight_encoder", 0.1, 10.0, log=True),
        "lr": trial.suggest_float("lr", 2e-5, 2e-3, log=True),
        "beta1": trial.suggest_categorical("beta1", [0.0, 0.5, 0.9]),
        "batch_size": trial.suggest_categorical("batch_size", [32, 64, 128]),
    }
    return {**config, "batches_per_epoch": twenty_or_a_pass(data, config["batch_size"], GAN_BATCHES)}
