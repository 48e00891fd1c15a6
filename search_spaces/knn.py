"""kNN: PyOD's defaults, and the ranges."""

from __future__ import annotations

from typing import Any

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "defaults": (
        {"n_neighbors": 5, "method": "largest", "max_samples": 10_000},
        "PyOD 3.6.7's defaults, on at most 10,000 reference rows",
    ),
}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`.

    k + 1 is at most a quarter of the rows, and k 200: a round never has fewer rows than k + 1, so that with a larger k
    the early rounds of a search would all be the same.
    """
    most = max(2, min(200, data.rows // 4 - 1))
    return {
        "n_neighbors": trial.suggest_int("n_neighbors", 1, most, log=True),
        "method": trial.suggest_categorical("method", ["largest", "mean", "median"]),
        "max_samples": trial.suggest_categorical("max_samples", [1000, 10_000]),
    }
