"""NeuTraL: DeepOD's configuration, and the ranges."""

from __future__ import annotations

from typing import Any

from search_spaces._deepod import ADAM, HIDDEN, training

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    # a pass over 92,000 rows is seven times as long
    "deepod": (
        {
            "transformations": 11,
            "view": "residual",
            "temperature": 0.1,
            "hidden": (100, 50),
            "rep_dim": 128,
            "view_hidden": (50,),
            "activation": "LeakyReLU",
            "bias": False,
            **ADAM,
            "steps_per_epoch": 200,
        },
        "DeepOD 0.4.1 defaults, an epoch cut to 200 batches",
    ),
}

EPOCHS = {"deepod": 100}
"""DeepOD's default."""


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`."""
    return {
        "transformations": trial.suggest_int("transformations", 4, 15),
        "view": trial.suggest_categorical("view", ["residual", "mul"]),
        "temperature": trial.suggest_float("temperature", 0.05, 1.0, log=True),
        "bias": trial.suggest_categorical("bias", [True, False]),
        "hidden": HIDDEN[trial.suggest_categorical("hidden", list(HIDDEN))],
        "rep_dim": trial.suggest_categorical("rep_dim", [32, 64, 128]),
        **training(trial, data),
    }
