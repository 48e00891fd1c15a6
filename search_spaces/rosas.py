"""RoSAS: DeepOD's configuration, and the ranges."""

from __future__ import annotations

from typing import Any

from search_spaces._deepod import HIDDEN, REPEATS, training
from search_spaces._labelled import FEW_SOURCE, label_repeats

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "deepod": (
        {
            "hidden": (32,),
            "rep_dim": 32,
            "activation": "LeakyReLU",
            "bias": False,
            "margin": 5.0,
            "alpha": 0.5,
            "lr": 5e-3,
            "weight_decay": 1e-5,
            "batch_size": 128,
            "steps_per_epoch": 0,
        },
        "DeepOD 0.4.1 defaults, its authors' own: 100 epochs of a pass each",
    ),
}

EPOCHS = {"deepod": 100}
"""DeepOD's default."""

FEW = {"few": ({**PUBLISHED["deepod"][0], "label_repeats": REPEATS}, FEW_SOURCE)}
FEW_LABELS = "few"


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`."""
    return {
        "hidden": HIDDEN[trial.suggest_categorical("hidden", list(HIDDEN))],
        "rep_dim": trial.suggest_categorical("rep_dim", [32, 64, 128]),
        "margin": trial.suggest_float("margin", 1.0, 10.0),
        "alpha": trial.suggest_float("alpha", 0.1, 2.0, log=True),
        **training(trial, data),
        "label_repeats": label_repeats(data, REPEATS),
    }
