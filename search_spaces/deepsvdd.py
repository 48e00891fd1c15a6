"""Deep SVDD: the official code's and DeepOD's configurations, and the ranges."""

from __future__ import annotations

from typing import Any

from search_spaces._training import batch_sizes, training, trim

# 150 epochs of training there, and a pre-training besides; here ten of it, as long as a short search
OFFICIAL: dict[str, Any] = {
    "batch_norm": True,
    "pretrain_epochs": None,  # as many as of training: 150 and 150
    "pretrain_weight_decay": 5e-4,
    "lr": 1e-4,
    "weight_decay": 5e-7,
    "batch_size": 200,
}

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "paper": (
        {"hidden": (32, 16), "rep_dim": 8, "objective": "hard", **OFFICIAL},
        "Ruff et al., ICML 2018, official code; network of tables of 9 to 36 columns in the authors' Deep SAD code",
    ),
    "soft": (
        {"hidden": (32, 16), "rep_dim": 8, "objective": "soft", "nu": 0.1, **OFFICIAL},
        "Ruff et al., ICML 2018, soft boundary with the official code's nu .1",
    ),
    "deepod": (
        {
            "hidden": (100, 50),
            "rep_dim": 128,
            "objective": "hard",
            "batch_norm": False,
            "pretrain_epochs": 0,
            "milestone": 0.0,
            "lr": 1e-3,
            "weight_decay": 1e-5,
            "batch_size": 64,
        },
        "DeepOD 0.4.1's defaults (leaky ReLU instead of ReLU)",
    ),
}

IMAGES: dict[str, tuple[dict[str, Any], str]] = {
    "paper": (
        {"channels": (8, 4), "rep_dim": 32, "scaling": "gcn", "objective": "hard", **OFFICIAL},
        "Ruff et al., ICML 2018, official code: MNIST",
    ),
    "soft": (
        {"channels": (8, 4), "rep_dim": 32, "scaling": "gcn", "objective": "soft", "nu": 0.1, **OFFICIAL},
        "Ruff et al., ICML 2018, soft boundary with the official code's nu .1: MNIST",
    ),
    # 350 epochs of pre-training, slower from 250 on, before 150 of training
    "cifar": (
        {
            "channels": (32, 64, 128),
            "start": "xavier",
            "rep_dim": 128,
            "scaling": "gcn",
            "objective": "hard",
            **OFFICIAL,
            "pretrain_share": 350 / 150,
            "pretrain_milestone": 250 / 350,
            "pretrain_weight_decay": 5e-7,
        },
        "Ruff et al., ICML 2018, official code: CIFAR-10",
    ),
    # no reference for a LeNet: the thesis's figures belong to this one
    "thesis": (
        {
            "network": "dense",
            "hidden": (64,),
            "rep_dim": 32,
            "scaling": "unit",
            "objective": "hard",
            "batch_norm": False,
            "pretrain_epochs": None,
            "pretrain_milestone": 0.0,
            "pretrain_weight_decay": 0.0,
            "milestone": 0.0,
            "lr": 1e-3,
            "weight_decay": 0.0,
            "batch_size": 64,
        },
        "undergraduate thesis, appendix A.1: an older PyOD's Deep SVDD with its autoencoder, batch 64 (there pixels "
        "standardised, the autoencoder's error in one loss with the distance and not before it, dropout .2, "
        "penalties on activities and weights, ReLU after both layers, c of the untrained network)",
    ),
}

EPOCHS = {"paper": 150, "soft": 150, "cifar": 150, "deepod": 100}
"""Of the official code, and DeepOD's default."""

CHANNELS = {"8-4": (8, 4), "16-8": (16, 8), "16-32": (16, 32), "32-64": (32, 64), "32-64-128": (32, 64, 128)}
HIDDEN = {"32-16": (32, 16), "64-32": (64, 32), "128-64": (128, 64), "256-128": (256, 128), "100-50": (100, 50)}

NEAREST = {"pretrain_epochs": {None: 10}}
"""As many as of training are nearest to the most."""


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`.

    Images of 2,000 values and more leave out the narrow networks.
    """
    if data.modality == "image":
        return _images(trial, data)
    objective = trial.suggest_categorical("objective", ["hard", "soft"])
    return {
        "hidden": HIDDEN[trial.suggest_categorical("hidden", list(HIDDEN))],
        # from the paper's 8 for tables of up to 36 columns to DeepOD's 128
        "rep_dim": trial.suggest_categorical("rep_dim", [8, 16, 32, 64, 128]),
        **_common(trial, objective),
        "trim": trim(trial) if objective == "hard" else 0.0,
        **training(trial, batch_sizes(data)),
    }


def _images(trial: Any, data: Any) -> dict[str, Any]:
    objective = trial.suggest_categorical("objective", ["hard", "soft"])
    # a few channels are too few for colour
    wide = [name for name in CHANNELS if data.features < 2000 or name.startswith(("16-32", "32"))]
    return {
        "channels": CHANNELS[trial.suggest_categorical("channels", wide)],
        "rep_dim": trial.suggest_categorical("rep_dim", [16, 32, 64, 128]),
        "scaling": trial.suggest_categorical("scaling", ["gcn", "unit"]),
        **_common(trial, objective),
        **training(trial, (32, 64, 128, 256, 512)),
    }


def _common(trial: Any, objective: str) -> dict[str, Any]:
    return {
        "objective": objective,
        "nu": trial.suggest_float("nu", 0.01, 0.5, log=True) if objective == "soft" else 0.1,
        "batch_norm": trial.suggest_categorical("batch_norm", [True, False]),
        "pretrain_epochs": trial.suggest_categorical("pretrain_epochs", [0, 3, 10]),
        "milestone": trial.suggest_categorical("milestone", [0.0, 1 / 3, 2 / 3]),
    }
