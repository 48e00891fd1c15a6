"""Fully connected autoencoder of images: the homework's configurations, and the ranges."""

from __future__ import annotations

from typing import Any

from search_spaces._images import common, latent

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "homework": (
        {"hidden": (128, 64, 12), "latent": 3, "lr": 1e-3, "batch_size": 128},
        "face homework: 12288-128-64-12-3, tanh, MSE; its simple threshold is .52970 (rate and batch its course's)",
    ),
    "medium": (
        {"hidden": (2048, 1024), "latent": 512, "lr": 1e-3, "batch_size": 128},
        "face homework, a write-up for the medium threshold: 2048-1024-512, .76865",
    ),
}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`.

    Images of more than 3,072 values leave out the widest layer.
    """
    depth = trial.suggest_int("depth", 1, 4)
    # the first layer is nearly all of the work: D times the width
    widths = [64, 128, 256, 512] if data.features > 3072 else [64, 128, 256, 512, 1024]
    width = trial.suggest_categorical("width", widths)
    return {
        "hidden": tuple(max(8, width >> i) for i in range(depth)),
        "latent": latent(trial),
        **common(trial, data),
    }
