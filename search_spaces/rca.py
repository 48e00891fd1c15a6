"""RCA: DeepOD's configuration, and the ranges."""

from __future__ import annotations

from typing import Any

from search_spaces._deepod import ADAM, HIDDEN, training

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    # a pass over 92,000 rows takes 5 s on one core
    "deepod": (
        {
            "anomaly_share": 0.02,
            "alpha": 0.5,
            "dropout": 0.5,
            "members": 10,
            "hidden": (100, 50),
            "rep_dim": 128,
            "activation": "LeakyReLU",
            **ADAM,
            "steps_per_epoch": 400,
        },
        "DeepOD 0.4.1 defaults, an epoch cut to 400 batches",
    ),
}

EPOCHS = {"deepod": 100}
"""DeepOD's default."""


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`."""
    return {
        "anomaly_share": trial.suggest_float("anomaly_share", 0.005, 0.2, log=True),
        "dropout": trial.suggest_float("dropout", 0.0, 0.5, step=0.1),
        "hidden": HIDDEN[trial.suggest_categorical("hidden", list(HIDDEN))],
        "rep_dim": trial.suggest_categorical("rep_dim", [32, 64, 128]),
        **training(trial, data),
    }
