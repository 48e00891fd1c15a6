"""k-means: the report's configuration, and the range."""

from __future__ import annotations

from typing import Any

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "report": (
        {"n_clusters": 4, "n_init": "auto"},
        'CelebA report, KMeans(4, n_init="auto", random_state=42): AUROC .5552, AP .0506, F1 .0695',
    ),
}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`.

    At most one centre for two rows, and 200.
    """
    # one centre per row would make every distance zero
    most = min(200, max(2, data.rows // 2))
    return {"n_clusters": trial.suggest_int("n_clusters", 2, most, log=True), "n_init": "auto"}
