"""Residual autoencoder with an auxiliary decoder: the homework's configuration, and the ranges."""

from __future__ import annotations

from typing import Any

from search_spaces._images import channels, common, latent

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "homework": (
        {"channels": (32, 64, 128), "latent": 64, "sharpness": 1.0, "lr": 1e-3, "batch_size": 128},
        "face homework, ResNet encoder with an auxiliary decoder (widths, gate, rate and batch this project's)",
    ),
    "narrow": (
        {"channels": (8, 16, 32), "latent": 64, "sharpness": 1.0, "lr": 1e-3, "batch_size": 128},
        "this project's: a quarter of the widths, for a CPU",
    ),
}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`."""
    return {
        "channels": channels(trial, data),
        "latent": latent(trial),
        "sharpness": trial.suggest_float("sharpness", 0.0, 3.0),
        **common(trial, data),
    }
