"""Gaussian mixture: PyOD's defaults, and the ranges."""

from __future__ import annotations

from typing import Any

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "defaults": (
        {
            "n_components": 1,
            "covariance_type": "full",
            "reg_covar": 1e-6,
            "max_iter": 100,
            "max_samples": 20_000,
        },
        "PyOD 3.6.7's defaults, on at most 20,000 rows",
    ),
}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`.

    At least ten rows for each Gaussian, and 20 of them at most.
    """
    # in a table of 0/1 columns the regularisation is the width of a
    # column that is constant within a Gaussian, so that it matters
    return {
        "n_components": trial.suggest_int("n_components", 1, max(1, min(20, data.rows // 10)), log=True),
        "covariance_type": trial.suggest_categorical("covariance_type", ["full", "diag"]),
        "reg_covar": trial.suggest_float("reg_covar", 1e-6, 1e-1, log=True),
        "max_iter": 100,
        "max_samples": 20_000,
    }
