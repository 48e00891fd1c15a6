"""INNE: PyOD's defaults, and the ranges."""

from __future__ import annotations

from typing import Any

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "defaults": (
        {"n_estimators": 200, "max_samples": 8},
        'PyOD 3.6.7\'s defaults (max_samples="auto" is 8)',
    ),
}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`.

    A subsample has at most all rows, and 128.
    """
    # the paper's experiments vary m between 2 and 128, at 100 members
    return {
        "n_estimators": trial.suggest_int("n_estimators", 50, 200, log=True),
        "max_samples": trial.suggest_int("max_samples", 2, min(128, data.rows), log=True),
    }
