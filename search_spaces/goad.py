"""GOAD: the official code's configuration, DeepOD's, and the ranges."""

from __future__ import annotations

from typing import Any

from search_spaces._deepod import ADAM, training

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "official": (
        {
            "transformations": 32,
            "view_dim": 4,
            "alpha": 0.1,
            "margin": 1.0,
            "eps": 0.0,
            "hidden_dim": 8,
            "layers": 4,
            "activation": "LeakyReLU",
            "lr": 1e-3,
            "weight_decay": 0.0,
            "batch_size": 64,
            "steps_per_epoch": 400,
        },
        "Bergman & Hoshen, ICLR 2020, defaults of the official code (25 epochs), an epoch cut to 400 batches; "
        "Adam's betas are (.5, .999) there, (.9, .999) here; the network is its netC5, which it uses for tables "
        "other than thyroid and arrhythmia (one layer, netC1), with leaky ReLU of slope .01 instead of .2",
    ),
    # a batch of 64 rows has 16,384 views: 0.1 s on one core
    "deepod": (
        {
            "transformations": 256,
            "view_dim": 32,
            "alpha": 0.1,
            "margin": 1.0,
            "eps": 0.0,
            "hidden_dim": 8,
            "layers": 5,
            "activation": "LeakyReLU",
            **ADAM,
            "steps_per_epoch": 30,
        },
        "DeepOD 0.4.1 defaults, an epoch cut to 30 batches",
    ),
}

EPOCHS = {"official": 25, "deepod": 100}
"""Of the official code, and DeepOD's default."""


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`."""
    return {
        # time and memory grow with the square: DeepOD's 256 cost 16 times what 64 do, too much for a search
        "transformations": trial.suggest_categorical("transformations", [16, 32, 64]),
        "view_dim": trial.suggest_categorical("view_dim", [4, 8, 16, 32, 64]),
        "alpha": trial.suggest_float("alpha", 0.01, 10.0, log=True),
        "margin": trial.suggest_float("margin", 0.1, 10.0, log=True),
        "hidden_dim": trial.suggest_categorical("hidden_dim", [8, 16, 32]),
        "layers": trial.suggest_int("layers", 0, 5),
        **training(trial, data, most=100, sizes=(32, 64)),
    }
