"""Deep SVDD: the official code's and DeepOD's configurations, and the ranges."""

from __future__ import annotations

from typing import Any

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    # 150 epochs of training there, and a pre-training besides; here ten of it, as long as a short search
    "paper": (
        {
            "hidden": (32, 16),
            "rep_dim": 8,
            "objective": "hard",
            "batch_norm": True,
            "pretrain_epochs": 10,
            "pretrain_weight_decay": 5e-4,
            "lr": 1e-4,
            "weight_decay": 5e-7,
            "batch_size": 200,
        },
        "Ruff et al., ICML 2018, official code; network of tables of 9 to 36 columns in the authors' Deep SAD code",
    ),
    "soft": (
        {
            "hidden": (32, 16),
            "rep_dim": 8,
            "objective": "soft",
            "nu": 0.1,
            "batch_norm": True,
            "pretrain_epochs": 10,
            "pretrain_weight_decay": 5e-4,
            "lr": 1e-4,
            "weight_decay": 5e-7,
            "batch_size": 200,
        },
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
    # as many epochs of pre-training as of training: 150 and 150 in the paper
    "paper": (
        {
            "channels": (8, 4),
            "rep_dim": 32,
            "scaling": "gcn",
            "objective": "hard",
            "batch_norm": True,
            "pretrain_epochs": None,
            "pretrain_weight_decay": 5e-4,
            "lr": 1e-4,
            "weight_decay": 5e-7,
            "batch_size": 200,
        },
        "Ruff et al., ICML 2018, official code: MNIST",
    ),
    "soft": (
        {
            "channels": (8, 4),
            "rep_dim": 32,
            "scaling": "gcn",
            "objective": "soft",
            "nu": 0.1,
            "batch_norm": True,
            "pretrain_epochs": None,
            "pretrain_weight_decay": 5e-4,
            "lr": 1e-4,
            "weight_decay": 5e-7,
            "batch_size": 200,
        },
        "Ruff et al., ICML 2018, soft boundary with the official code's nu .1: MNIST",
    ),
    "cifar": (
        {
            "channels": (32, 64, 128),
            "rep_dim": 128,
            "scaling": "gcn",
            "objective": "hard",
            "batch_norm": True,
            "pretrain_epochs": None,
            "pretrain_weight_decay": 5e-4,
            "lr": 1e-4,
            "weight_decay": 5e-7,
            "batch_size": 200,
        },
        "Ruff et al., ICML 2018, official code: CIFAR-10 (there 350 epochs of pre-training)",
    ),
}

CHANNELS = {"8-4": (8, 4), "16-8": (16, 8), "16-32": (16, 32), "32-64": (32, 64), "32-64-128": (32, 64, 128)}
HIDDEN = {"32-16": (32, 16), "64-32": (64, 32), "128-64": (128, 64), "256-128": (256, 128), "100-50": (100, 50)}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`."""
    if data.modality == "image":
        return _images(trial, data)
    sizes = (128, 256, 512, 1024) if data.rows > 20_000 else (32, 64, 128, 256, 512)
    objective = trial.suggest_categorical("objective", ["hard", "soft"])
    return {
        "hidden": HIDDEN[trial.suggest_categorical("hidden", list(HIDDEN))],
        # from the paper's 8 for tables of up to 36 columns to DeepOD's 128
        "rep_dim": trial.suggest_categorical("rep_dim", [8, 16, 32, 64, 128]),
        "objective": objective,
        "nu": trial.suggest_float("nu", 0.01, 0.5, log=True) if objective == "soft" else 0.1,
        "batch_norm": trial.suggest_categorical("batch_norm", [True, False]),
        "pretrain_epochs": trial.suggest_categorical("pretrain_epochs", [0, 3, 10]),
        "milestone": trial.suggest_categorical("milestone", [0.0, 1 / 3, 2 / 3]),
        "lr": trial.suggest_float("lr", 1e-5, 1e-2, log=True),
        "weight_decay": trial.suggest_float("weight_decay", 1e-7, 1e-2, log=True),
        "batch_size": trial.suggest_categorical("batch_size", list(sizes)),
    }


def _images(trial: Any, data: Any) -> dict[str, Any]:
    objective = trial.suggest_categorical("objective", ["hard", "soft"])
    # a few channels are too few for colour
    wide = [name for name in CHANNELS if data.features < 2000 or name.startswith(("16-32", "32"))]
    return {
        "channels": CHANNELS[trial.suggest_categorical("channels", wide)],
        "rep_dim": trial.suggest_categorical("rep_dim", [16, 32, 64, 128]),
        "scaling": trial.suggest_categorical("scaling", ["gcn", "unit"]),
        "objective": objective,
        "nu": trial.suggest_float("nu", 0.01, 0.5, log=True) if objective == "soft" else 0.1,
        "batch_norm": trial.suggest_categorical("batch_norm", [True, False]),
        "pretrain_epochs": trial.suggest_categorical("pretrain_epochs", [0, 3, 10]),
        "milestone": trial.suggest_categorical("milestone", [0.0, 1 / 3, 2 / 3]),
        "lr": trial.suggest_float("lr", 1e-5, 1e-2, log=True),
        "weight_decay": trial.suggest_float("weight_decay", 1e-7, 1e-2, log=True),
        "batch_size": trial.suggest_categorical("batch_size", [32, 64, 128, 256, 512]),
    }
