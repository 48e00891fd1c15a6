"""ECOD: PyOD's form and the paper's."""

from __future__ import annotations

from typing import Any

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "defaults": ({"aggregation": "columns"}, "PyOD 3.6.7, the authors' library"),
    "paper": ({"aggregation": "totals"}, "Li et al., TKDE 2022, the maximum of the three sums"),
}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`."""
    return {"aggregation": trial.suggest_categorical("aggregation", ["columns", "totals"])}
