"""f-AnoGAN: the configurations of the public codes and of a thesis, and the ranges."""

from __future__ import annotations

from typing import Any

from search_spaces._images import LARGE
from search_spaces._training import GAN_BATCHES, twenty_or_a_pass

TORCH: dict[str, Any] = {
    "network": "mlp",
    "latent": 100,
    "lambda_gp": 10.0,
    "critic_steps": 5,
    "kappa": 1.0,
    "bn_eps": 0.8,
    "z_reg": "tanh",
    "encoder_noise": 0.0,
    "encoder_optimizer": "adam",
    "lr": 2e-4,
    "encoder_lr": 2e-4,
    "beta1": 0.5,
    "beta2": 0.999,
    "batch_size": 64,
    "schedule": "two-phase",
}

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "thesis": (
        {**TORCH, "lr": 1e-4, "encoder_lr": 1e-4},
        "undergraduate thesis: A03ki/f-AnoGAN's fully connected networks, z = 100, batch 64, rate 1e-4, 20 to 200 "
        "epochs a phase (there pixels standardised, which a tanh cannot make; here -1 to 1)",
    ),
    "mlp": (TORCH, "A03ki/f-AnoGAN: fully connected, Adam 2e-4 (.5, .999), 20 + 20 epochs in its README"),
    "conv": (
        {**TORCH, "network": "conv", "dropout": 0.25, "batch_size": 32},
        "A03ki/f-AnoGAN's configuration for MVTec AD: convolutions, 64 x 64, batch 32, 300 epochs and flips",
    ),
    "official": (
        {
            **TORCH,
            "network": "residual",
            "latent": 128,
            "encoder_optimizer": "rmsprop",
            "lr": 1e-4,
            "encoder_lr": 5e-5,
            "beta1": 0.0,
            "beta2": 0.9,
        },
        "tSchlegl/f-AnoGAN: residual networks for 64 x 64, Adam 1e-4 (0, .9), encoder with RMSprop 5e-5 "
        "(there 7 epochs of the GAN and 50,000 steps of the encoder)",
    ),
    "alternating": (
        {**TORCH, "schedule": "alternating"},
        "this project's: A03ki/f-AnoGAN's fully connected networks, GAN and encoder in turns, so that every round has "
        "a score that counts",
    ),
}

EPOCHS = {"thesis": 20, "mlp": 20, "conv": 300, "official": 7}
"""Of each phase; the thesis has 100, 150 and 200, too."""


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`.

    Images of more than 3,072 values leave out the widest network.
    """
    network = trial.suggest_categorical("network", ["mlp", "conv"])
    widths = [0.25, 0.5] if data.features > LARGE else [0.25, 0.5, 1.0]
    config = {
        "network": network,
        "width": trial.suggest_categorical("width", widths),
        "latent": 2 ** trial.suggest_int("latent_log2", 4, 8),
        "lambda_gp": trial.suggest_float("lambda_gp", 1.0, 50.0, log=True),
        "critic_steps": trial.suggest_int("critic_steps", 1, 10),
        "kappa": trial.suggest_float("kappa", 0.01, 10.0, log=True),
        "bn_eps": trial.suggest_categorical("bn_eps", [0.8, 1e-5]),
        "z_reg": trial.suggest_categorical("z_reg", ["tanh", "none"]),
        "encoder_noise": trial.suggest_categorical("encoder_noise", [0.0, 0.1, 0.3]),
        "encoder_optimizer": trial.suggest_categorical("encoder_optimizer", ["adam", "rmsprop"]),
        "lr": trial.suggest_float("lr", 2e-5, 2e-3, log=True),
        "encoder_lr": trial.suggest_float("encoder_lr", 2e-5, 2e-3, log=True),
        "ema": trial.suggest_categorical("ema", [0.0, 0.99, 0.999]),
        "batch_size": trial.suggest_categorical("batch_size", [32, 64, 128]),
        # two phases have no score that counts before the second: a scheduler would stop good ones
        "schedule": "alternating",
    }
    return {**config, "batches_per_epoch": twenty_or_a_pass(data, config["batch_size"], GAN_BATCHES)}
