"""The views of the leaderboard as data frames of numbers, and as texts for people."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

BARS = ("random", "logistic")
"""Detectors that every board should show: chance, and what every label buys a linear model."""
CONFIGURATION = {"tuned": "tuned", "published": "published", "untrained": "untrained"}


def name_of(row: Any) -> str:
    """`devnet (tuned)`; a control without settings is its bare name."""
    return f"{row['detector']} ({row['configuration']})"


def board(cells: pd.DataFrame, metric: str = "ap") -> pd.DataFrame:
    """Detectors by datasets: means of a metric.

    Returns
    -------
    DataFrame
        Index (`supervision`, `name`), levels in the order of how much of the labels they saw, in each the best
        mean first; columns are datasets.
    """
    named = cells.assign(name=cells.apply(name_of, axis=1) if len(cells) else [])
    wide = named.pivot_table(index=["level", "supervision", "name"], columns="column", values=metric, sort=True)
    ordered = wide.assign(_mean=-wide.mean(axis=1)).sort_values(["level", "_mean", "name"], kind="stable")
    return ordered.drop(columns="_mean").droplevel("level")


def texts(cells: pd.DataFrame, metric: str = "ap") -> pd.DataFrame:
    """`board` as texts, with intervals and the number of fits behind each cell."""
    order = board(cells, metric)
    named = cells.assign(name=cells.apply(name_of, axis=1) if len(cells) else [])
    by_place = {(r["supervision"], r["name"], r["column"]): r for r in named.to_dict("records")}
    rows = []
    for level, name in order.index:
        row = {"detector": name, "labels seen": level}
        row |= {column: _text(by_place.get((level, name, column)), metric) for column in order.columns}
        rows.append(row)
    return pd.DataFrame(rows)


def _text(row: Mapping[Any, Any] | None, metric: str) -> str:
    if row is None or not math.isfinite(row[metric]):
        return "-"
    half = (row[f"{metric}_high"] - row[f"{metric}_low"]) / 2
    return f"{row[metric]:.3f}" + (f" ± {half:.3f}" if math.isfinite(half) else " (one fit)")


def times(cells: pd.DataFrame, reference: str = "iforest") -> pd.DataFrame:
    """Seconds to fit and to score, and how many times those of a reference detector: the report's table of times.

    Parameters
    ----------
    cells : DataFrame
    reference : str
        A detector; of each dataset where it is missing, the fastest takes its place.

    Returns
    -------
    DataFrame
        Columns `column`, `detector`, `fit_seconds`, `predict_seconds`, `latency_us`, `fit_ratio`, `predict_ratio`,
        `reference`.
    """
    timed = cells[cells["fit_seconds"].notna()]
    rows = []
    for column, own in timed.groupby("column", sort=True):
        chosen = own[own["detector"] == reference]
        base = chosen.iloc[0] if len(chosen) else own.sort_values(["fit_seconds", "detector"]).iloc[0]
        rows += [
            {
                "column": column,
                "detector": name_of(row),
                "fit_seconds": row["fit_seconds"],
                "predict_seconds": row["predict_seconds"],
                "latency_us": row["latency_us"],
                "fit_ratio": row["fit_seconds"] / max(float(base["fit_seconds"]), 1e-9),
                "predict_ratio": row["predict_seconds"] / max(float(base["predict_seconds"]), 1e-9),
                "reference": base["detector"],
            }
            for row in own.sort_values(["fit_seconds", "detector"]).to_dict("records")
        ]
    columns = ["column", "detector", "fit_seconds", "predict_seconds", "latency_us", "fit_ratio", "predict_ratio"]
    return pd.DataFrame(rows, columns=[*columns, "reference"])


def missing_bars(cells: pd.DataFrame) -> dict[str, list[str]]:
    """Which of the bars to beat a dataset lacks, by dataset."""
    missing = {}
    for column, own in cells.groupby("column", sort=True):
        lacking = [bar for bar in BARS if bar not in set(own["detector"])]
        if lacking:
            missing[str(column)] = lacking
    return missing
