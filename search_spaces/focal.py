"""Focal loss: the paper's configuration on a table, and the ranges."""

from __future__ import annotations

import math
from typing import Any

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "paper": (
        {
            "hidden": (100, 50),
            "gamma": 2.0,
            "lr": 1e-3,
            "milestones": (0.5, 0.75),
            "weight_decay": 0.0,
            "anomaly_share": 0.5,
            "batch_size": 256,
        },
        "Ruff et al. 2020, authors' code liznerski/eoe, 200 epochs on CIFAR-10; no table there, so this project's MLP",
    ),
}

HIDDEN = {"linear": (), "20": (20,), "100-50": (100, 50), "250-20": (250, 20), "256-128": (256, 128)}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration.

    Parameters
    ----------
    trial : optuna.Trial
        Asks for values.
    data : search_spaces.DataInfo
        What is searched on.
    """
    sizes = (128, 256, 512, 1024) if data.rows > 20_000 else (32, 64, 128, 256, 512)
    batch_size = trial.suggest_categorical("batch_size", list(sizes))
    return {
        "hidden": HIDDEN[trial.suggest_categorical("hidden", list(HIDDEN))],
        "gamma": trial.suggest_float("gamma", 0.0, 5.0),
        "lr": trial.suggest_float("lr", 1e-5, 1e-2, log=True),
        "milestones": (0.5, 0.75) if trial.suggest_categorical("steps", [True, False]) else (),
        "weight_decay": trial.suggest_float("weight_decay", 1e-7, 1e-2, log=True),
        "anomaly_share": trial.suggest_float("anomaly_share", 0.03, 0.5),
        "batch_size": batch_size,
        # half a pass, as for DevNet: normal rows are many and alike
        "batches_per_epoch": max(20, math.ceil(data.rows / (2 * batch_size))),
    }
