"""Convolutional autoencoder of images: the homework's and a report's configurations, and the ranges."""

from __future__ import annotations

from typing import Any

from search_spaces._images import channels, common, latent

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "homework": (
        {"pool": "stride", "channels": (12, 24, 48), "latent": 0, "lr": 1e-3, "batch_size": 128},
        "face homework: 4 x 4 of stride 2, 3-12-24-48, mirrored, tanh, MSE (rate and batch its course's)",
    ),
    "imbalance": (
        {"pool": "max", "channels": (16, 4), "latent": 0, "scaling": "unit", "lr": 1e-4, "batch_size": 1},
        "imbalance report: 2 conv + max-pool, 2 transposed, sigmoid, Adam 1e-4, batch 1, 15 epochs: .7714 mean over "
        "FashionMNIST's classes (channels this project's)",
    ),
}

EPOCHS = {"imbalance": 15}
"""Of the report."""


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`."""
    dense = trial.suggest_categorical("code", ["map", "dense"]) == "dense"
    return {
        "pool": trial.suggest_categorical("pool", ["stride", "max"]),
        "channels": channels(trial, data),
        "latent": latent(trial) if dense else 0,
        "scaling": trial.suggest_categorical("scaling", ["symmetric", "unit"]),
        **common(trial, data),
    }
