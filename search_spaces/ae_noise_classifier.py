"""Denoising autoencoder with a classifier: the homework's configuration, and the ranges."""

from __future__ import annotations

from typing import Any

from search_spaces._images import channels, common, latent

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "homework": (
        {
            "sigma": 0.1,
            "lambda_classifier": 1.0,
            "channels": (12, 24, 48),
            "latent": 0,
            "lr": 1e-3,
            "batch_size": 128,
        },
        "face homework, random noise and an extra classifier (sigma, lambda, rate and batch this project's)",
    ),
}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`."""
    dense = trial.suggest_categorical("code", ["map", "dense"]) == "dense"
    return {
        "sigma": trial.suggest_float("sigma", 0.01, 0.5, log=True),
        "lambda_classifier": trial.suggest_float("lambda_classifier", 0.0, 5.0),
        "channels": channels(trial, data),
        "latent": latent(trial) if dense else 0,
        **common(trial, data),
    }
