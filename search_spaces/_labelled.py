"""Ranges that the detectors on batches of labelled anomalies share."""

from __future__ import annotations

import math
from typing import Any

from search_spaces._training import batch_sizes

NETWORKS = {"linear": (), "20": (20,), "100-50": (100, 50), "250-20": (250, 20), "256-128": (256, 128)}

PAPER: dict[str, Any] = {
    "lr": 1e-3,
    "milestones": (0.5, 0.75),
    "weight_decay": 0.0,
    "anomaly_share": 0.5,
    "batch_size": 256,
}
SOURCE = "Ruff et al. 2020, authors' code liznerski/eoe, 200 epochs on CIFAR-10; no table there, so this project's MLP"


def batch_size(trial: Any, data: Any) -> int:
    """Rows of a batch."""
    return int(trial.suggest_categorical("batch_size", list(batch_sizes(data))))


def hidden(trial: Any) -> tuple[int, ...]:
    """Widths of the hidden layers."""
    return NETWORKS[trial.suggest_categorical("hidden", list(NETWORKS))]


def half_a_pass(data: Any, batch_size: int) -> int:
    """Batches of half a pass: ASHA can stop sooner, and never fewer than the 20 of DevNet's official code."""
    # normal rows are many and alike, and every anomaly comes several times all the same
    return max(20, math.ceil(data.rows / (2 * batch_size)))


def training(trial: Any, data: Any, batch_size: int) -> dict[str, Any]:
    """Rate and its schedule, weight decay, share of anomalies in a batch, batches and their number."""
    return {
        "lr": trial.suggest_float("lr", 1e-5, 1e-2, log=True),
        "milestones": (0.5, 0.75) if trial.suggest_categorical("steps", [True, False]) else (),
        "weight_decay": trial.suggest_float("weight_decay", 1e-7, 1e-2, log=True),
        "anomaly_share": trial.suggest_float("anomaly_share", 0.03, 0.5),
        "batch_size": batch_size,
        "batches_per_epoch": half_a_pass(data, batch_size),
    }
