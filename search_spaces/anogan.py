"""AnoGAN: the paper's configuration, and the ranges."""

from __future__ import annotations

from typing import Any

from search_spaces._images import LARGE
from search_spaces._training import GAN_BATCHES, twenty_or_a_pass

PAPER: dict[str, Any] = {
    "channels": 64,
    "latent": 100,
    "weight_features": 0.1,
    "steps": 500,
    "candidates": 1,
    "lr": 2e-4,
    "beta1": 0.5,
    "beta2": 0.999,
    "batch_size": 64,
}

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "paper": (
        PAPER,
        "Schlegl et al. 2017: DCGAN, lambda .1, 500 steps (recalled; the rate of the search, z and the batch DCGAN's "
        "and this project's)",
    ),
    "quick": (
        {**PAPER, "channels": 16, "steps": 20, "candidates": 512, "search_lr": 0.05},
        "this project's: a quarter of the channels, 20 steps from the nearest of 512 codes, for a CPU",
    ),
}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`.

    Images of more than 3,072 values leave out the widest network.
    """
    config = {
        "channels": trial.suggest_categorical("channels", [8, 16] if data.features > LARGE else [8, 16, 32]),
        "latent": 2 ** trial.suggest_int("latent_log2", 3, 7),
        "weight_features": trial.suggest_float("weight_features", 0.0, 0.5),
        # each validation image takes so many steps in every round
        "steps": trial.suggest_categorical("steps", [5, 10, 20, 50]),
        "candidates": trial.suggest_categorical("candidates", [1, 64, 512]),
        "search_lr": trial.suggest_float("search_lr", 5e-3, 0.2, log=True),
        "lr": trial.suggest_float("lr", 2e-5, 2e-3, log=True),
        "beta1": trial.suggest_categorical("beta1", [0.0, 0.5]),
        "batch_size": trial.suggest_categorical("batch_size", [32, 64, 128]),
    }
    return {**config, "batches_per_epoch": twenty_or_a_pass(data, config["batch_size"], GAN_BATCHES)}
