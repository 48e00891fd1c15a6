"""LODA: PyOD's defaults, and the ranges."""

from __future__ import annotations

from typing import Any

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "defaults": ({"n_bins": 10, "n_random_cuts": 100}, "PyOD 3.6.7's defaults, its histograms read right"),
}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`.

    At most one bin for five rows, and 100.
    """
    return {
        "n_bins": trial.suggest_int("n_bins", 3, max(6, min(100, data.rows // 5)), log=True),
        "n_random_cuts": trial.suggest_int("n_random_cuts", 50, 500, log=True),
    }
