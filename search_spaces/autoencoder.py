"""Autoencoder: a course's and PyOD's configurations, and the ranges."""

from __future__ import annotations

from typing import Any

from search_spaces._training import batch_sizes, training, trim, twenty_or_a_pass

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    # where anomalies are the simpler rows a narrow bottleneck restores them best: AUROC .44 on CelebA
    "homework": (
        {"hidden": (128, 64, 12), "latent": 3, "activation": "relu", "lr": 1e-3, "batch_size": 128},
        "face homework of a public course, fully connected baseline 12288-128-64-12-3 (output linear for tables, "
        "batch size and rate this project's)",
    ),
    "pyod": (
        {
            "hidden": (64,),
            "latent": 32,
            "score": "rmse",
            "activation": "relu",
            "batch_norm": True,
            "dropout": 0.2,
            "lr": 1e-3,
            "weight_decay": 1e-5,
            "batch_size": 32,
        },
        "PyOD 3.6's defaults (its activation, normalisation and dropout on the bottleneck left out)",
    ),
    "trimmed": (
        {
            "hidden": (128, 64, 12),
            "latent": 3,
            "activation": "relu",
            "trim": 0.2,
            "lr": 1e-3,
            "batch_size": 128,
        },
        "this project's: the homework's without the fifth of a batch that comes back worst, for tables whose training "
        "rows hold anomalies",
    ),
}

EPOCHS = {"pyod": 10}
"""PyOD 3.6's default."""


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`.

    The bottleneck is at most half as wide as the row, and 1,024.
    """
    # one as wide as the row lets it copy the row
    most = min(1024, max(1, data.features // 2))
    latent = trial.suggest_int("latent", min(4, most), most, log=True)
    width = trial.suggest_categorical("width", [32, 64, 128, 256, 512])
    depth = trial.suggest_int("depth", 1, 3)
    noisy = trial.suggest_categorical("noisy", [False, True])
    config = {
        "hidden": tuple(max(latent, width >> i) for i in range(depth)),
        "latent": latent,
        "score": trial.suggest_categorical("score", ["mse", "l1"]),  # rmse ranks as mse does
        "noise": trial.suggest_float("noise", 0.01, 0.5, log=True) if noisy else 0.0,
        "activation": trial.suggest_categorical("activation", ["relu", "leaky_relu", "tanh"]),
        "batch_norm": trial.suggest_categorical("batch_norm", [False, True]),
        "dropout": trial.suggest_float("dropout", 0.0, 0.3, step=0.1),
        "trim": trim(trial),
        **training(trial, batch_sizes(data)),
    }
    return {**config, "batches_per_epoch": twenty_or_a_pass(data, config["batch_size"])}
