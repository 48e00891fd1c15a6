"""GAN with two discriminators: the public code's configuration, what was left out of it, a report's, and the ranges."""

from __future__ import annotations

from typing import Any

from search_spaces._training import GAN_BATCHES, twenty_or_a_pass

CODE: dict[str, Any] = {
    "discriminators": 2,
    "skips": True,
    "output": "tanh",
    "weight_l1": 1.0,
    "weight_latent": 1.0,
    "weight_patch": 1.5,
    "weight_normal": 1.0,
    "weight_abc": 1.0,
    "weight_anomalous": 1.0,
    "weight_discriminator": 0.5,
    "patch": 8,
    "patch_count": 10,
    "patch_gradient": False,
    "halvings": 3,
    "lr": 1e-4,
    "beta1": 0.5,
    "beta2": 0.999,
    "batch_size": 1,
}

REPORT: dict[str, Any] = {**CODE, "patch_gradient": True, "halvings": 0}
"""It ends after 7 epochs at one rate; the code halves its rate after 50."""

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "code": (
        CODE,
        "public code of Kim et al. 2020, in all likelihood the authors': batch 1, 200 epochs, patches of a quarter of "
        "the image, whose loss trains nothing there",
    ),
    "report": (
        REPORT,
        "imbalance report: FashionMNIST at 32 x 32, batch 1, .9391 after 7 epochs, mean over 10 classes (weights and "
        "networks the public code's, patches with a gradient)",
    ),
    "one": (
        {**REPORT, "discriminators": 1},
        "imbalance report: without the discriminator of anomalies (weights and networks the public code's)",
    ),
    "narrow": (
        {**CODE, "patch_gradient": True, "width": 0.25, "batch_size": 16, "lr": 4e-4},
        "this project's: a quarter of the channels, batches of 16 and four times the rate, for a CPU",
    ),
}

EPOCHS = {"code": 200, "report": 7}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`."""
    discriminators = trial.suggest_categorical("discriminators", [1, 2])

    def weight(name: str) -> float:
        return float(trial.suggest_float(name, 0.1, 10.0, log=True))

    config = {
        "width": trial.suggest_categorical("width", [0.125, 0.25, 0.5]),
        "discriminators": discriminators,
        "skips": trial.suggest_categorical("skips", [True, False]),
        "output": trial.suggest_categorical("output", ["tanh", "sigmoid", "none"]),
        "weight_l1": weight("weight_l1"),
        "weight_latent": weight("weight_latent"),
        "weight_patch": weight("weight_patch"),
        "weight_normal": weight("weight_normal"),
        "weight_abc": weight("weight_abc"),
        "weight_anomalous": weight("weight_anomalous") if discriminators == 2 else 1.0,
        "weight_discriminator": weight("weight_discriminator") if discriminators == 2 else 0.5,
        "patch": trial.suggest_categorical("patch", [4, 8, 16]),
        "patch_count": trial.suggest_int("patch_count", 1, 10),
        "patch_gradient": trial.suggest_categorical("patch_gradient", [True, False]),
        "lr": trial.suggest_float("lr", 2e-5, 2e-3, log=True),
        "beta1": trial.suggest_categorical("beta1", [0.0, 0.5]),
        # at batch 1 an epoch of six thousand images takes minutes on a core
        "batch_size": trial.suggest_categorical("batch_size", [8, 16, 32] if data.rows > 2000 else [1, 8, 32]),
    }
    return {**config, "batches_per_epoch": twenty_or_a_pass(data, config["batch_size"], GAN_BATCHES)}
