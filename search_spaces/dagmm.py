"""DAGMM: the paper's and a thesis's configurations, and the ranges."""

from __future__ import annotations

from typing import Any

from search_spaces._training import half_a_pass, training

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "paper": (
        {
            "hidden": (60, 30, 10),
            "latent": 1,
            "components": 4,
            "estimation": 10,
            "dropout": 0.5,
            "lambda_energy": 0.1,
            "lambda_covariance": 0.005,
            "lr": 1e-4,
            "batch_size": 1024,
        },
        "Zong et al., ICLR 2018, KDDCup network",
    ),
    "thesis": (
        {
            "hidden": (60, 30, 10),
            "latent": 1,
            "components": 10,
            "lambda_energy": 0.1,
            "lambda_covariance": 0.005,
            "lr": 1e-4,
            "batch_size": 64,
        },
        "undergraduate thesis, appendix A.1: K = 10, latent 1, lambdas .1 and .005, batch 64 (rate and widths, which "
        "it does not say, the paper's)",
    ),
    "narrow": (
        {"hidden": (12, 4), "latent": 1, "components": 2, "lr": 1e-4, "batch_size": 1024},
        "Zong et al., ICLR 2018, Thyroid network (6 columns)",
    ),
}

IMAGES: dict[str, tuple[dict[str, Any], str]] = {
    "thesis": (
        PUBLISHED["thesis"][0],
        "undergraduate thesis, appendix A.1: K = 10, latent 1, lambdas .1 and .005, batch 64, pixels flattened (rate "
        "and widths, which it does not say, the paper's)",
    ),
    "paper": (
        {"hidden": (60, 30, 10), "latent": 1, "components": 4, "lr": 1e-4, "batch_size": 1024},
        "Zong et al., ICLR 2018, KDDCup network on flattened pixels; on the 5,000 images of a digit four updates an "
        "epoch, where it has 190 on KDDCup",
    ),
    "images": (
        {
            **PUBLISHED["thesis"][0],
            "lambda_covariance": 1e-4,
            "lr": 1e-3,
            "batch_size": 256,
            "batches_per_epoch": 40,
        },
        "this project's: the thesis's network with 400 updates in ten rounds, ten times its rate, and a fiftieth of "
        "its penalty, which widens variances",
    ),
}

EPOCHS = {"paper": 200}
"""Of the paper, for KDDCup."""

# the paper's widths for 120, 6 and 274 columns; a narrow table does not need the widest
HIDDEN = {"60-30-10": (60, 30, 10), "30-10": (30, 10), "12-4": (12, 4), "10": (10,)}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`.

    Tables of fewer than 20 columns leave out the widest network, those of more than 20,000 rows the smallest batch.
    """
    if data.modality == "image":
        return _images(trial, data)
    hidden = [name for name in HIDDEN if data.features >= 20 or name != "60-30-10"]
    # a batch must hold rows enough for K covariances; more than the table is one batch of all
    sizes = (256, 512, 1024) if data.rows > 20_000 else (128, 256, 512, 1024)
    config = {
        "hidden": HIDDEN[trial.suggest_categorical("hidden", hidden)],
        "latent": trial.suggest_int("latent", 1, 8),
        "components": trial.suggest_int("components", 2, 10),
        "lambda_energy": trial.suggest_float("lambda_energy", 1e-3, 1.0, log=True),
        "lambda_covariance": trial.suggest_float("lambda_covariance", 1e-6, 1e-1, log=True),
        "dropout": trial.suggest_float("dropout", 0.0, 0.5, step=0.1),
        **training(trial, sizes),
    }
    return {**config, "batches_per_epoch": half_a_pass(data, config["batch_size"])}


def _images(trial: Any, data: Any) -> dict[str, Any]:
    width = 2 ** trial.suggest_int("width_log2", 5, 8)
    depth = trial.suggest_int("depth", 1, 3)
    config = {
        "hidden": tuple(max(10, width >> i) for i in range(depth)),
        "latent": trial.suggest_int("latent", 1, 8),
        "components": trial.suggest_int("components", 2, 10),
        "lambda_energy": trial.suggest_float("lambda_energy", 1e-3, 1.0, log=True),
        "lambda_covariance": trial.suggest_float("lambda_covariance", 1e-6, 1e-1, log=True),
        "dropout": trial.suggest_float("dropout", 0.0, 0.5, step=0.1),
        # a batch must hold images enough for K covariances, and larger ones are a few updates a round
        **training(trial, (128, 256), least_rate=3e-4),
    }
    return {**config, "batches_per_epoch": half_a_pass(data, config["batch_size"])}
