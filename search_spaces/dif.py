"""DIF: the authors' configuration, and the ranges."""

from __future__ import annotations

from typing import Any

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "deepod": (
        {
            "members": 50,
            "trees": 6,
            "max_samples": 256,
            "hidden": (100, 50),
            "rep_dim": 128,
            "activation": "ReLU",
            "bias": False,
        },
        "DeepOD 0.4.1 defaults, its authors' own",
    ),
}

HIDDEN = {"none": (), "100": (100,), "100-50": (100, 50), "500-100": (500, 100)}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`."""
    return {
        "members": trial.suggest_int("members", 10, 100, log=True),
        "trees": trial.suggest_int("trees", 2, 20, log=True),
        "max_samples": trial.suggest_int("max_samples", 64, 2048, log=True),
        "hidden": HIDDEN[trial.suggest_categorical("hidden", list(HIDDEN))],
        "rep_dim": trial.suggest_categorical("rep_dim", [20, 64, 128]),
        "activation": trial.suggest_categorical("activation", ["ReLU", "LeakyReLU", "Tanh"]),
    }
