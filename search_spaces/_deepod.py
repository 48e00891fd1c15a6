"""Ranges that the detectors on DeepOD's networks share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

ADAM: dict[str, Any] = {"lr": 1e-3, "weight_decay": 1e-5, "batch_size": 64}
HIDDEN = {"50": (50,), "100": (100,), "100-50": (100, 50), "256-64": (256, 64)}

REPEATS = 10
"""As `search_spaces._labelled.REPEATS`, of rosas, prenet and feawad: they are best after 50 to 100 updates in all."""


def training(trial: Any, data: Any, most: int = 200, sizes: Sequence[int] = (64, 128, 256)) -> dict[str, Any]:
    """Learning rate, weight decay, batches of at most all rows, and their number.

    Parameters
    ----------
    trial : optuna.Trial
        Asks for values.
    data : search_spaces.DataInfo
        What is searched on.
    most : int, default=200
        Batches of an epoch: fixed, since it says how long an epoch is and nothing more.
    sizes : sequence of int
        Batch sizes; those above the number of rows are left out.
    """
    fitting = [size for size in sizes if size <= data.rows] or [min(sizes)]
    return {
        "lr": trial.suggest_float("lr", 1e-4, 1e-2, log=True),
        "weight_decay": trial.suggest_float("weight_decay", 1e-7, 1e-2, log=True),
        "batch_size": trial.suggest_categorical("batch_size", fitting),
        "steps_per_epoch": most,
    }
