"""Variational autoencoder: An and Cho's and a thesis's configurations, and the ranges."""

from __future__ import annotations

from typing import Any

from search_spaces._training import batch_sizes, training, trim, twenty_or_a_pass

PAPER: dict[str, Any] = {
    "hidden": (400,),
    "latent": 200,
    "beta": 1.0,
    "variance": "learnt",
    "score": "probability",
    "draws": 10,
    "lr": 1e-3,
    "batch_size": 128,
}
SOURCE = "An & Cho 2015: one hidden layer of 400, 200 latent units (draws, rate and batch size this project's)"
# an older PyOD's network: reconstruction summed over features + gamma |KL - capacity|
THESIS: dict[str, Any] = {
    "hidden": (128, 64, 32),
    "latent": 100,
    "beta": 0.8,
    "capacity": 0.2,
    "variance": "unit",
    "score": "mse",
    "dropout": 0.2,
    "lr": 1e-3,
    "batch_size": 32,
}
# reading that PyOD's code beside this one
NOT_OF_PYOD = (
    "there one more layer as wide as the row in the encoder and one as wide as z in the decoder, an L2 penalty .1 on "
    "activities, a score of a drawn z, the distance and not its square"
)

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "paper": (PAPER, SOURCE),
    # the paper's objective at the size of a table: a tenth of its time
    "tables": (
        {**PAPER, "hidden": (64, 32), "latent": 8, "batch_size": 512},
        "this project's: An & Cho 2015 with a network and batches for large tables",
    ),
    "thesis": (
        THESIS,
        "undergraduate thesis, appendix A.1: z = 100, gamma .8, capacity .2 in an older PyOD (there a sigmoid at the "
        f"output, where it is linear here; {NOT_OF_PYOD})",
    ),
}

IMAGES: dict[str, tuple[dict[str, Any], str]] = {
    "thesis": (
        {"network": "dense", **THESIS, "batch_size": 64},
        "undergraduate thesis, appendix A.1: z = 100, gamma .8, capacity .2, batch 64, sigmoid, in an older PyOD "
        f"(there pixels standardised, which a sigmoid cannot fit, here 0 to 1; {NOT_OF_PYOD})",
    ),
    "paper": ({"network": "dense", **PAPER}, SOURCE),
    "conv": (
        {
            "network": "conv",
            "channels": (32, 64),
            "latent": 32,
            "beta": 1.0,
            "variance": "unit",
            "score": "mse",
            "lr": 1e-3,
            "batch_size": 128,
        },
        "this project's: a convolutional network of the usual size",
    ),
}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`."""
    if data.modality == "image":
        return _images(trial)
    width = trial.suggest_categorical("width", [64, 128, 256, 512])
    depth = trial.suggest_int("depth", 1, 3)
    bottleneck = trial.suggest_categorical("bottleneck", ["beta", "capacity"])
    variance = trial.suggest_categorical("variance", ["unit", "learnt"])
    config = {
        "hidden": tuple(width >> i for i in range(depth)),
        "latent": 2 ** trial.suggest_int("latent_log2", 1, 8),
        "beta": trial.suggest_float("beta", 1e-3, 10.0, log=True),
        "capacity": trial.suggest_float("capacity", 0.0, 25.0) if bottleneck == "capacity" else 0.0,
        "variance": variance,
        # with unit variance the probability is the squared error, ten times as slowly
        "score": "mse" if variance == "unit" else trial.suggest_categorical("score", ["mse", "probability"]),
        "activation": trial.suggest_categorical("activation", ["relu", "leaky_relu", "tanh"]),
        "dropout": trial.suggest_float("dropout", 0.0, 0.3, step=0.1),
        "trim": trim(trial),
        **training(trial, batch_sizes(data)),
    }
    return {**config, "batches_per_epoch": twenty_or_a_pass(data, config["batch_size"])}


def _images(trial: Any) -> dict[str, Any]:
    network = trial.suggest_categorical("network", ["dense", "conv"])
    width = 2 ** trial.suggest_int("width_log2", 4, 9)
    depth = trial.suggest_int("depth", 1, 3)
    bottleneck = trial.suggest_categorical("bottleneck", ["beta", "capacity"])
    return {
        "network": network,
        "hidden": tuple(max(8, width >> i) for i in range(depth)),
        # convolutions of more than 64 channels take minutes an epoch on a CPU
        "channels": tuple(min(64, max(4, width // 16) << i) for i in range(min(depth, 2))),
        "latent": 2 ** trial.suggest_int("latent_log2", 1, 8),
        "beta": trial.suggest_float("beta", 1e-3, 10.0, log=True),
        "capacity": trial.suggest_float("capacity", 0.0, 25.0) if bottleneck == "capacity" else 0.0,
        # a variance per pixel scores by how sure the network is of a background: it is for tables
        "variance": "unit",
        "score": "mse",
        "dropout": trial.suggest_float("dropout", 0.0, 0.3, step=0.1),
        **training(trial, (32, 64, 128, 256), least_rate=1e-4),
    }
