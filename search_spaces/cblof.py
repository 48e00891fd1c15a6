"""CBLOF: PyOD's defaults, and the ranges."""

from __future__ import annotations

from typing import Any

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "defaults": (
        {"n_clusters": 8, "alpha": 0.9, "beta": 5.0, "use_weights": False},
        "PyOD 3.6.7's defaults; alpha and beta are those of He et al. 2003",
    ),
}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`.

    At most one cluster for four rows, and 50.
    """
    # few clusters with a large alpha often cannot be split: such a trial fails by name
    return {
        "n_clusters": trial.suggest_int("n_clusters", 2, max(2, min(50, data.rows // 4)), log=True),
        "alpha": trial.suggest_float("alpha", 0.6, 0.95),
        "beta": trial.suggest_float("beta", 2.0, 20.0),
        "use_weights": trial.suggest_categorical("use_weights", [False, True]),
    }
