"""FSNet: the prototypical network's configuration on a table, and the ranges."""

from __future__ import annotations

from typing import Any

from search_spaces._labelled import label_repeats

PUBLISHED: dict[str, tuple[dict[str, Any], str]] = {
    "paper": (
        {
            "hidden": (100,),
            "rep_dim": 64,
            "shots": 5,
            "queries": 15,
            "lr": 1e-3,
            "weight_decay": 0.0,
            "episodes_per_epoch": 100,
        },
        "Snell et al., NeurIPS 2017: shots, queries, Adam and episodes; no table there, so this project's MLP",
    ),
}

FEW = {
    "few": (
        {**PUBLISHED["paper"][0], "episodes_per_epoch": 5},
        "this project's: the paper's with 5 episodes a round, since 100 draw each of 30 labels 67 times",
    )
}
FEW_LABELS = "few"

QUERIES = (5, 15, 30, 60)
HIDDEN = {"linear": (), "64": (64,), "100": (100,), "100-50": (100, 50), "256-128": (256, 128)}


def space(trial: Any, data: Any) -> dict[str, Any]:
    """Sample one configuration, see `search_spaces`.

    Support and queries are different anomalies: of the labelled ones, queries leave 5 shots, and shots leave the
    queries. With few labels an epoch is of 5, 20 or 100 episodes, else of 100 to 400.
    """
    queries = [n for n in QUERIES if 5 + n <= data.anomalies] or [QUERIES[0]]
    shots = max(1, min(15, data.anomalies - queries[-1]))
    episodes = [5, 20, 100] if label_repeats(data) else [100, 200, 400]
    return {
        "hidden": HIDDEN[trial.suggest_categorical("hidden", list(HIDDEN))],
        "rep_dim": trial.suggest_int("rep_dim", 16, 128, log=True),
        "shots": trial.suggest_int("shots", 1, shots),
        "queries": trial.suggest_categorical("queries", queries),
        "lr": trial.suggest_float("lr", 1e-5, 1e-2, log=True),
        "halve_every": trial.suggest_categorical("halve_every", [0.0, 0.25, 0.5]),
        "weight_decay": trial.suggest_float("weight_decay", 1e-7, 1e-2, log=True),
        # with 30 labels on CelebA it is best after 50 episodes in all (benchmarks/figures/starved_detectors.py)
        "episodes_per_epoch": trial.suggest_categorical("episodes_per_epoch", episodes),
    }
