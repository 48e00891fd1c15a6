"""MCD: PyOD's defaults, and the range."""

from __future__ import annotations

from typing import Any

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "defaults": (
        {"support_fraction": "auto", "max_samples": 10_000},
        "PyOD 3.6.7's defaults, which are scikit-learn's, on at most 10,000 rows",
    ),
}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`."""
    # half is the most robust; near 1 it is the plain Mahalanobis distance
    return {"support_fraction": trial.suggest_float("support_fraction", 0.5, 0.99), "max_samples": 10_000}
