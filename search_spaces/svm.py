"""SVM on the labels: scikit-learn's defaults with balanced classes, and the ranges."""

from __future__ import annotations

from typing import Any

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "defaults": (
        {"C": 1.0, "gamma": "scale", "exact_rows": 10_000, "n_components": 100, "max_iter": 20},
        "scikit-learn's defaults with balanced classes; above 10,000 rows on 100 Nystroem features, by SGD "
        "whose settings (20 passes at most, averaged weights) are this project's",
    ),
}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`."""
    return {
        "C": trial.suggest_float("C", 1e-2, 1e3, log=True),
        "gamma": trial.suggest_float("gamma", 2**-10, 2**2, log=True),
        # a search fits often: the exact dual of 10,000 rows takes ten times what the features do
        "exact_rows": 3000,
        "n_components": 100,
        "max_iter": 20,
    }
