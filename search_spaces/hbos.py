"""HBOS: PyOD's defaults, and the ranges."""

from __future__ import annotations

from typing import Any

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "defaults": ({"n_bins": 10, "alpha": 0.1, "tol": 0.5}, "PyOD 3.6.7's defaults"),
}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`.

    At most one bin for two rows, and 200.
    """
    # the paper advises the root of the number of rows; more bins than rows are mostly empty
    return {
        "n_bins": trial.suggest_int("n_bins", 2, max(4, min(200, data.rows // 2)), log=True),
        "alpha": trial.suggest_float("alpha", 1e-4, 0.9, log=True),
        "tol": trial.suggest_float("tol", 0.1, 0.9),
    }
