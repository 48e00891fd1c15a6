"""Multi-encoder autoencoder of images: the homework's configuration, and the ranges."""

from __future__ import annotations

from typing import Any

from search_spaces._images import LARGE, common

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "homework": (
        {"encoders": 1, "decoders": 1, "width": 1.0, "dropout": 0.2, "lr": 1e-3, "batch_size": 128},
        "face homework, multi-encoder: 12288-1024-256-64 with BN and dropout .2 beside conv 128-256-256-128 and 128 "
        "(rate and batch its course's)",
    ),
    "narrow": (
        {"encoders": 1, "decoders": 1, "width": 0.25, "dropout": 0.2, "lr": 1e-3, "batch_size": 128},
        "this project's: the homework's at a quarter of its widths, for a CPU",
    ),
}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`.

    Images of more than 3,072 values leave out the widest network.
    """
    # at full width an epoch of a thousand faces takes a minute on a core
    widths = [0.125, 0.25] if data.features > LARGE else [0.125, 0.25, 0.5]
    return {
        "encoders": trial.suggest_int("encoders", 1, 2),
        "decoders": trial.suggest_int("decoders", 1, 3),
        "width": trial.suggest_categorical("width", widths),
        "dropout": trial.suggest_float("dropout", 0.0, 0.5, step=0.1),
        **common(trial, data),
    }
