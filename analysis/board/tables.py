"""The views of the leaderboard as data frames of numbers, and as texts for people."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.board.cells import measured

BARS = ("random", "logistic")
"""Detectors that every board should show: chance, and what every label buys a linear model."""


def named(rows: pd.DataFrame) -> pd.Series:
    """`devnet (tuned)` of each row."""
    names: pd.Series = rows["detector"] + " (" + rows["configuration"] + ")"
    return names


def board(cells: pd.DataFrame, metric: str = "ap") -> pd.DataFrame:
    """Detectors by datasets: means of a metric.

    Returns
    -------
    DataFrame
        Index (`supervision`, `name`), levels in the order of how much of the labels they saw, in each the best
        mean over datasets with real anomalies first; columns are datasets.
    """
    place = ["level", "supervision", "name"]
    wide = cells.assign(name=named(cells)).pivot_table(index=place, columns="column", values=metric, sort=True)
    real = wide[[column for column in wide if column in set(measured(cells)["column"])]]
    ordered = wide.assign(_mean=-real.mean(axis=1)).sort_values(["level", "_mean", "name"], kind="stable")
    return ordered.drop(columns="_mean").droplevel("level")


def texts(cells: pd.DataFrame, metric: str = "ap") -> pd.DataFrame:
    """`board` as texts, with intervals, the number of test anomalies of each dataset, and what is a single fit."""
    order = board(cells, metric)
    rows = cells.assign(name=named(cells)).to_dict("records")
    anomalies = cells.groupby("column")["anomalies"].max().to_dict()
    by_place = {(row["supervision"], row["name"], row["column"]): row for row in rows}
    return pd.DataFrame(
        {"detector": name, "labels seen": level}
        | {_headed(column, anomalies): _text(by_place.get((level, name, column)), metric) for column in order.columns}
        for level, name in order.index
    )


def best(cells: pd.DataFrame, metric: str = "ap") -> frozenset[tuple[int, int]]:
    """Cells of `texts`, by row and column, that are the highest of their level on a dataset, of two or more."""
    wide = board(cells, metric)
    levels = wide.groupby(level=0)
    found = wide.eq(levels.transform("max")) & (levels.transform("count") > 1)
    return frozenset((int(row), int(column) + 2) for row, column in zip(*found.to_numpy().nonzero(), strict=True))


def _headed(column: str, anomalies: Mapping[Any, float]) -> str:
    """A dataset with the number of its test anomalies, where that is known."""
    return f"{column} ({anomalies[column]:,.0f} anomalies)" if math.isfinite(anomalies[column]) else column


def _text(row: Mapping[Any, Any] | None, metric: str) -> str:
    if row is None or not math.isfinite(row[metric]):
        return "-"
    half = (row[f"{metric}_high"] - row[f"{metric}_low"]) / 2
    short = f", {row['budget']}" if " of " in row["budget"] else ""  # of a published configuration
    return f"{row[metric]:.3f}" + (f" ± {half:.3f}" if math.isfinite(half) else " (one fit)") + short


def times(cells: pd.DataFrame, reference: str = "iforest") -> pd.DataFrame:
    """Seconds to fit and to score, and how many times those of a reference detector: the report's table of times.

    On a dataset where the reference is missing, the fastest takes its place.

    Returns
    -------
    DataFrame
        Columns `column`, `detector`, `fit_seconds`, `predict_seconds`, `latency_us`, `fit_ratio`, `predict_ratio`,
        `reference`.
    """
    known = cells[cells["fit_seconds"].notna()]
    timed = known.sort_values(["column", "fit_seconds", "detector"])
    # of each dataset the reference, else the fastest
    first = pd.concat([known[known["detector"] == reference], timed])
    base = first.drop_duplicates("column").set_index("column").loc[timed["column"]]
    times = timed[["column", "fit_seconds", "predict_seconds", "latency_us"]].reset_index(drop=True)
    times.insert(1, "detector", named(timed).to_numpy())
    for name in ("fit", "predict"):
        times[f"{name}_ratio"] = times[f"{name}_seconds"] / base[f"{name}_seconds"].clip(lower=1e-9).to_numpy()
    return times.assign(reference=base["detector"].to_numpy())


def missing_bars(cells: pd.DataFrame) -> dict[str, list[str]]:
    """Which of the bars to beat a dataset lacks, by dataset."""
    missing = {
        str(column): [bar for bar in BARS if bar not in set(own["detector"])]
        for column, own in cells.groupby("column", sort=True)
    }
    return {column: lacking for column, lacking in missing.items() if lacking}
