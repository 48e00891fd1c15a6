"""Ranges that networks trained by Adam share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any


def batch_sizes(data: Any) -> Sequence[int]:
    """Rows of a batch to choose from: 128 to 1,024 in tables of more than 20,000 rows, 32 to 512 in others."""
    # a pass at batch 64 costs four times one at 512 on a large table, for scores no better there
    return (128, 256, 512, 1024) if data.rows > 20_000 else (32, 64, 128, 256, 512)


def trim(trial: Any) -> float:
    """Share of a batch that a loss leaves out: anomalies among the training rows of a table must not be learnt."""
    return float(trial.suggest_categorical("trim", [0.0, 0.1, 0.2, 0.3]))


def half_a_pass(data: Any, batch_size: int) -> int:
    """Batches of half a pass: ASHA can stop sooner, and never fewer than the 20 of DevNet's official code.

    Rows are many and alike; and a small table, which is one batch or a few, would be trained by ten updates in all.
    """
    return max(20, math.ceil(data.rows / (2 * batch_size)))


GAN_BATCHES = 50
"""Of a pass of a GAN, at least: of 500 images a pass is eight batches, of which its generator makes two steps."""


def twenty_or_a_pass(data: Any, batch_size: int, least: int = 20) -> int:
    """Batches of a round: 0, which is a pass, or 20 (or another least number) where a pass is fewer.

    On vowels' 932 rows ten rounds of a pass leave an autoencoder at an AUROC of .77, sixty at .92; Deep SAD at .52 and
    .64 (validation, two splits, published configurations).
    """
    return least if data.rows < least * batch_size else 0


def training(trial: Any, sizes: Sequence[int], least_rate: float = 1e-5) -> dict[str, Any]:
    """Learning rate, weight decay and rows of a batch."""
    return {
        "lr": trial.suggest_float("lr", least_rate, 1e-2, log=True),
        "weight_decay": trial.suggest_float("weight_decay", 1e-7, 1e-2, log=True),
        "batch_size": trial.suggest_categorical("batch_size", list(sizes)),
    }
