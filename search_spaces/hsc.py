"""HSC: the paper's configuration on a table, and the ranges."""

from __future__ import annotations

from typing import Any

from search_spaces._labelled import FEW_SOURCE, PAPER, REPEATS, SOURCE, batch_size, hidden, training

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "paper": ({"hidden": (100, 50), "rep_dim": 32, "radial": "pseudo-huber", **PAPER}, SOURCE),
}

EPOCHS = {"paper": 200}
"""Of the authors' code, on CIFAR-10."""

FEW = {"few": ({**PUBLISHED["paper"][0], "label_repeats": REPEATS}, FEW_SOURCE)}
FEW_LABELS = "few"


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`."""
    size = batch_size(trial, data)
    return {
        "hidden": hidden(trial, data),
        "rep_dim": trial.suggest_categorical("rep_dim", [8, 32, 64, 128]),
        "radial": trial.suggest_categorical("radial", ["pseudo-huber", "squared"]),
        **training(trial, data, size),
    }
