"""FeaWAD: DeepOD's configuration, and the ranges."""

from __future__ import annotations

from typing import Any

from search_spaces._deepod import ADAM, HIDDEN, REPEATS, training
from search_spaces._labelled import FEW_SOURCE, label_repeats

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "deepod": (
        {
            "hidden": (100, 50),
            "rep_dim": 128,
            "activation": "ReLU",
            "bias": False,
            "margin": 5.0,
            **ADAM,
            "steps_per_epoch": 200,
        },
        "DeepOD 0.4.1 defaults with the loss corrected; 200 batches an epoch instead of its one",
    ),
}

FEW = {"few": ({**PUBLISHED["deepod"][0], "label_repeats": REPEATS}, FEW_SOURCE)}
FEW_LABELS = "few"


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`."""
    return {
        "hidden": HIDDEN[trial.suggest_categorical("hidden", list(HIDDEN))],
        "rep_dim": trial.suggest_categorical("rep_dim", [32, 64, 128]),
        "bias": trial.suggest_categorical("bias", [True, False]),
        "margin": trial.suggest_float("margin", 2.0, 10.0),
        **training(trial, data),
        "label_repeats": label_repeats(data, REPEATS),
    }
