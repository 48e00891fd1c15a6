"""PCA: PyOD's defaults, the paper's score, and the ranges."""

from __future__ import annotations

from typing import Any

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "defaults": (
        {"n_components": "all", "n_selected_components": "all", "weighted": True, "score": "distance"},
        "PyOD 3.6.7's defaults",
    ),
    "paper": (
        {"n_components": "all", "n_selected_components": "all", "weighted": True, "score": "projection"},
        "Shyu et al. 2003, one sum over all components",
    ),
}

IMAGES: dict[str, tuple[dict[str, Any], str]] = {
    "thesis": (
        {"n_components": 150, "weighted": False, "score": "reconstruction", "standardise": False},
        "150 components, as many as the undergraduate thesis keeps; the error outside of them is this project's score",
    ),
}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`.

    As many components as columns and rows allow, and 200 at most; 300 of images.
    """
    if data.modality == "image":
        most = max(1, min(data.features - 1, data.rows - 1, 300))
        count = trial.suggest_int("components", 1, most, log=True)
        return {"n_components": count, "weighted": False, "score": "reconstruction", "standardise": False}
    most = max(1, min(data.features, data.rows - 1, 200))
    # both ends matter: extremes along the first components, broken correlations along the last
    part = trial.suggest_categorical("part", ["all", "first", "last"])
    count = trial.suggest_int("components", 1, most, log=True) if part != "all" else "all"
    return {
        "n_components": count if part == "first" else "all",
        "n_selected_components": count if part == "last" else "all",
        "weighted": trial.suggest_categorical("weighted", [True, False]),
        "score": trial.suggest_categorical("score", ["distance", "projection", "reconstruction"]),
    }
