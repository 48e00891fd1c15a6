"""SLAD: DeepOD's configuration, and the ranges."""

from __future__ import annotations

from typing import Any

from search_spaces._deepod import HIDDEN, training

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    # DeepOD's epoch is two passes on 5,000 to 100,000 rows
    "deepod": (
        {
            "transformations": 20,
            "group_size": 10,
            "subspace_sizes": 50,
            "unified_dim": 128,
            "magnify": 200.0,
            "hidden": (100,),
            "activation": "LeakyReLU",
            "lr": 1e-3,
            "weight_decay": 1e-5,
            "batch_size": 128,
            "steps_per_epoch": 200,
        },
        "DeepOD 0.4.1 defaults, its authors' own, an epoch cut to 200 batches",
    ),
}

EPOCHS = {"deepod": 100}
"""DeepOD's default."""


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`."""
    return {
        "transformations": trial.suggest_int("transformations", 10, 40),
        "group_size": trial.suggest_int("group_size", 5, 20),
        "unified_dim": trial.suggest_categorical("unified_dim", [32, 64, 128]),
        "magnify": trial.suggest_float("magnify", 50.0, 500.0, log=True),
        "hidden": HIDDEN[trial.suggest_categorical("hidden", list(HIDDEN))],
        **training(trial, data),
    }
