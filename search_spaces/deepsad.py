"""Deep SAD: the official code's and DeepOD's configurations, and the ranges."""

from __future__ import annotations

from typing import Any

from search_spaces._training import batch_sizes, training, twenty_or_a_pass

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "paper": (
        {
            "hidden": (32, 16),
            "rep_dim": 8,
            "eta": 1.0,
            "batch_norm": True,
            "pretrain_epochs": None,
            "pretrain_weight_decay": 5e-4,
            "milestone": 1 / 3,
            "lr": 1e-4,
            "weight_decay": 5e-7,
            "batch_size": 128,
        },
        "Ruff et al., ICLR 2020, official code, network of its tables of 9 to 36 columns; "
        "150 epochs after 150 of pre-training",
    ),
    "deepod": (
        {
            "hidden": (100, 50),
            "rep_dim": 128,
            "eta": 1.0,
            "batch_norm": False,
            "pretrain_epochs": 0,
            "milestone": 1.0,
            "lr": 1e-3,
            "weight_decay": 1e-5,
            "batch_size": 64,
        },
        "DeepOD 0.4.1's defaults (batches drawn and centre taken as in the paper, leaky ReLU instead of ReLU)",
    ),
}

EPOCHS = {"paper": 150, "deepod": 100}
"""Of the official code, and DeepOD's default."""

HIDDEN = {"32-16": (32, 16), "64-32": (64, 32), "128-64": (128, 64), "256-128": (256, 128), "100-50": (100, 50)}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`."""
    config = {
        "hidden": HIDDEN[trial.suggest_categorical("hidden", list(HIDDEN))],
        # from the paper's 8 for tables of up to 36 columns to DeepOD's 128
        "rep_dim": trial.suggest_categorical("rep_dim", [8, 16, 32, 64, 128]),
        # beyond the paper's 10: labelled rows are few and weigh one row each
        "eta": trial.suggest_float("eta", 0.1, 100.0, log=True),
        "batch_norm": trial.suggest_categorical("batch_norm", [True, False]),
        "pretrain_epochs": trial.suggest_categorical("pretrain_epochs", [0, 3, 10]),
        "milestone": trial.suggest_categorical("milestone", [1 / 3, 2 / 3, 1.0]),
        **training(trial, batch_sizes(data)),
    }
    return {**config, "batches_per_epoch": twenty_or_a_pass(data, config["batch_size"])}
