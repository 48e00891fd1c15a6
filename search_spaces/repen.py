"""REPEN: the public code's configuration, and the ranges."""

from __future__ import annotations

from typing import Any

from search_spaces._labelled import FEW_SOURCE, REPEATS, batch_size, label_repeats, updates

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "paper": (
        {
            "rep_dim": 20,
            "margin": 1000.0,
            "ensemble": 50,
            "subsample": 8,
            "deviations": 1.7321,
            "labelled_share": 0.5,
            "optimizer": "adadelta",
            "lr": 1.0,
            "batch_size": 256,
        },
        "Pang et al., KDD 2018, public code GuansongPang/deep-outlier-detection, 30 epochs",
    ),
}

EPOCHS = {"paper": 30}
"""Of the public code."""

FEW = {"few": ({**PUBLISHED["paper"][0], "label_repeats": REPEATS}, FEW_SOURCE)}
FEW_LABELS = "few"


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`.

    Above 20,000 rows a subsample has at most 16 of them, else 64.
    """
    size = batch_size(trial, data)
    return {
        "rep_dim": trial.suggest_int("rep_dim", 8, 128, log=True),
        "margin": trial.suggest_float("margin", 1.0, 1e4, log=True),
        # a score takes as many distances as the product of both
        "ensemble": trial.suggest_int("ensemble", 20, 200, log=True),
        "subsample": trial.suggest_int("subsample", 2, 16 if data.rows > 20_000 else 64, log=True),
        "labelled_share": trial.suggest_float("labelled_share", 0.5, 1.0),
        "optimizer": "adam",
        "lr": trial.suggest_float("lr", 1e-5, 1e-2, log=True),
        "batch_size": size,
        "batches_per_epoch": updates(data, size),
        "label_repeats": label_repeats(data),
    }
