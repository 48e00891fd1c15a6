"""Ranges that networks trained by Adam share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def batch_sizes(data: Any) -> Sequence[int]:
    """Rows of a batch to choose from."""
    # a pass at batch 64 costs four times one at 512 on a large table, for scores no better there
    return (128, 256, 512, 1024) if data.rows > 20_000 else (32, 64, 128, 256, 512)


def training(trial: Any, sizes: Sequence[int], least_rate: float = 1e-5) -> dict[str, Any]:
    """Learning rate, weight decay and rows of a batch."""
    return {
        "lr": trial.suggest_float("lr", least_rate, 1e-2, log=True),
        "weight_decay": trial.suggest_float("weight_decay", 1e-7, 1e-2, log=True),
        "batch_size": trial.suggest_categorical("batch_size", list(sizes)),
    }
