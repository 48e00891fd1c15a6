"""Every test metric of a store, one line for each fit or search."""

from __future__ import annotations

import numpy as np
import pandas as pd

from datasets.wording import counted
from launch.tracking import queries
from launch.tracking.queries import Client

METRICS = ("auroc", "ap", "f1_report")
TAGS = (
    "detector", "supervision", "dataset", "protocol", "outer_split", "labelled_anomalies", "contamination", "published",
    "seed", "rounds", "max_rounds", "published_rounds", "published_epochs", "study", "trials_asked",
    "test_rows", "test_anomalies", "selection", "portfolio_knows_table",
)  # fmt: skip
NUMBERS = (
    "outer_split", "seed", "test_rows", "test_anomalies", "trials_asked", "rounds", "max_rounds", "published_rounds",
    "published_epochs",
)  # fmt: skip
ENTRY = [
    "detector", "configuration", "supervision", "dataset", "protocol", "labels", "outer_split", "seed", "budget",
    *METRICS, "deviation_auroc", "deviation_ap", "low_auroc", "high_auroc", "low_ap", "high_ap", "fit_seconds",
    "predict_seconds", "test_rows", "test_anomalies", "study", "run_id", "kind", "published", "start_time",
]  # fmt: skip
"""Columns of the frame of entries."""
KNOWN = ", with a portfolio that this table helped to build"
"""Said of the trials of a search whose start was chosen on its own table, among others."""


def entries(client: Client) -> pd.DataFrame:
    """Fits of grids, and both arms and the untrained control of searches.

    Returns
    -------
    DataFrame
        Columns `ENTRY`. `configuration` is "tuned", "published" or "untrained"; `labels` says a budget of
        labelled anomalies and hidden ones, "all" where there is none; `kind` is "fit" or "search", `published`
        what a fit's configuration is called; `deviation_*` is that over the five
        refits of a search, NaN for a single fit; `low_*` and `high_*` are the interval of a search, of a single fit
        over the test rows alone.
    """
    metrics = ["test%auroc", "test%ap", "test%f1_report", "test%sd_seeds", "test%low", "test%high"]
    metrics += ["fit_seconds", "predict_seconds"]
    frame = queries.runs(client, ["fit", "search"], TAGS, metrics)
    frame["labels"] = [_labels(n, c) for n, c in zip(frame["labelled_anomalies"], frame["contamination"], strict=True)]
    for name in NUMBERS:
        frame[name] = pd.to_numeric(frame[name], errors="coerce")
    frame["published_rounds"] = frame["published_rounds"].fillna(frame["max_rounds"])
    fits, searches = frame[frame["kind"] == "fit"], frame[frame["kind"] == "search"]
    parts = [
        _part(fits, "published", "test", "rounds"),
        _part(fits, "untrained", "test_untrained", None),
        _part(searches, "tuned", "test_tuned", "trials_asked"),
        _part(searches, "published", "test_published", "published_rounds"),
        _part(searches, "untrained", "test_untrained", None),
    ]
    every = pd.concat([part for part in parts if len(part)] or parts[:1])
    order = ["dataset", "protocol", "detector", "configuration", "study", "run_id"]
    return every.sort_values(order, ignore_index=True)


def _part(frame: pd.DataFrame, configuration: str, prefix: str, budget: str | None) -> pd.DataFrame:
    """The entries of one arm of some runs: those that have its metrics."""
    part = frame.reindex(columns=ENTRY)
    part["configuration"] = configuration
    own = {metric: f"{prefix}_{metric}" for metric in METRICS}
    own |= {f"deviation_{metric}": f"{prefix}_{metric}_sd_seeds" for metric in ("auroc", "ap")}
    own |= {f"{end}_{metric}": f"{prefix}_{metric}_{end}" for metric in ("auroc", "ap") for end in ("low", "high")}
    part[list(own)] = frame.reindex(columns=list(own.values())).to_numpy(dtype=float)
    if configuration != "tuned" and prefix != "test":  # those seconds are of the winner, or of a trained fit
        part[["fit_seconds", "predict_seconds"]] = np.nan
    part["budget"] = ""
    if budget is not None:
        part["budget"] = [
            _budget(n, of, budget) + (KNOWN if budget == "trials_asked" and known == "true" else "")
            for n, of, known in zip(
                frame[budget], frame["published_epochs"], frame["portfolio_knows_table"], strict=True
            )
        ]
    return part[part["auroc"].notna()]


def _budget(number: float, epochs: float, kind: str) -> str:
    """`64 trials`, `10 rounds`, or `10 of 150 epochs` where the source of a configuration trains more."""
    if number != number:
        return ""
    if kind == "trials_asked":
        return counted(number, "trial")
    return f"{number:.0f} of {epochs:.0f} epochs" if number < epochs else counted(number, "round")


def _labels(labelled: str | None, contamination: str | None) -> str:
    if labelled is None:
        return "all"
    return f"{labelled} labelled" + (f", {float(contamination):.0%} hidden" if contamination is not None else "")
