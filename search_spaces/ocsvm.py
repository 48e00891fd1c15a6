"""One-class SVM: scikit-learn's defaults, and the ranges."""

from __future__ import annotations

from typing import Any

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "defaults": (
        {"nu": 0.5, "gamma": "scale", "exact_rows": 10_000, "n_components": 100},
        "scikit-learn's defaults; above 10,000 rows on 100 Nystroem features, scikit-learn's default for those",
    ),
}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`."""
    return {
        "nu": trial.suggest_float("nu", 0.005, 0.5, log=True),
        "gamma": trial.suggest_float("gamma", 2**-10, 2**2, log=True),
        # a search fits often: the exact dual of 10,000 rows takes ten times what the features do
        "exact_rows": 3000,
        "n_components": 100,
    }
