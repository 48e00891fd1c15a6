"""Gradient-boosted trees: scikit-learn's defaults, and the ranges."""

from __future__ import annotations

from typing import Any

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "defaults": (
        {
            "learning_rate": 0.1,
            "max_leaf_nodes": 31,
            "max_iter": 100,
            "l2_regularization": 0.0,
            "min_samples_leaf": 20,
            "max_features": 1.0,
        },
        "scikit-learn's defaults without early stopping: AUROC .9694, AP .482, F1 .419 on the CelebA report's split",
    ),
    "regularised": (
        {
            "learning_rate": 0.1,
            "max_leaf_nodes": 31,
            "max_iter": 100,
            "l2_regularization": 10.0,
            "min_samples_leaf": 20,
            "max_features": 1.0,
        },
        "this project's, for few labels: scikit-learn's defaults with a floor under the Newton steps",
    ),
}

FEW_LABELS = "regularised"
"""With 30 labels on CelebA scikit-learn's defaults diverge (analysis/benchmarks/figures/starved_detectors.py)."""


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`.

    A leaf has at most a fiftieth of the rows, from 50 to 2,000.
    """
    return {
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.5, log=True),
        "max_leaf_nodes": trial.suggest_int("max_leaf_nodes", 4, 128, log=True),
        # also the unit of a round: one of R rounds grows a share 1/R of these trees
        "max_iter": trial.suggest_int("max_iter", 30, 400, log=True),
        # balanced weights multiply the second derivatives, and what bounds the steps has to grow with them
        "l2_regularization": trial.suggest_float("l2_regularization", 1e-3, 1e3, log=True),
        "min_samples_leaf": trial.suggest_int("min_samples_leaf", 5, max(50, min(2000, data.rows // 50)), log=True),
        "class_weight": trial.suggest_categorical("class_weight", ["none", "balanced"]),
    }
