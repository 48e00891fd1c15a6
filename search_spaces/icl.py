"""ICL: DeepOD's configuration, and the ranges."""

from __future__ import annotations

from typing import Any

from search_spaces._deepod import ADAM, HIDDEN, training

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    # a pass over 92,000 rows takes minutes on one core
    "deepod": (
        {
            "kernel_size": "auto",
            "temperature": 0.01,
            "max_negatives": 1000,
            "hidden": (100, 50),
            "rep_dim": 128,
            "activation": "LeakyReLU",
            "bias": False,
            **ADAM,
            "steps_per_epoch": 100,
        },
        "DeepOD 0.4.1 defaults, an epoch cut to 100 batches, one network",
    ),
}

EPOCHS = {"deepod": 100}
"""DeepOD's default."""


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`.

    A kernel is at most half of the columns wide, and 16.
    """
    return {
        "kernel_size": trial.suggest_int("kernel_size", 2, max(2, min(16, data.features // 2))),
        "temperature": trial.suggest_float("temperature", 0.01, 1.0, log=True),
        "hidden": HIDDEN[trial.suggest_categorical("hidden", list(HIDDEN))],
        "rep_dim": trial.suggest_categorical("rep_dim", [32, 64, 128]),
        **training(trial, data, most=100),
    }
