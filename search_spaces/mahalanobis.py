"""Mahalanobis distance: with and without shrinkage, and the range."""

from __future__ import annotations

from typing import Any

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "ledoit-wolf": ({"shrinkage": "auto"}, "Ledoit, Wolf 2004: shrinkage estimated from the rows"),
    "empirical": ({"shrinkage": 0.0}, "Mahalanobis 1936, the empirical covariance"),
}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`."""
    # never 0: a table with a constant column would fail
    return {"shrinkage": trial.suggest_float("shrinkage", 1e-6, 1.0, log=True)}
