"""From entries to cells: mean and interval over seeds of each detector on each dataset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from datasets.problems.label_free import is_made_up
from datasets.wording import counted
from launch.evaluation import published
from launch.evaluation.intervals import FEWEST, runs_interval, t_interval, variance_of
from trainables.core.levels import level_order

KEY = ["supervision", "detector", "configuration", "dataset", "protocol", "labels"]
PRINTED = 4
"""Decimals of printed figures."""
REFITS = 5
"""Fits behind the deviation of a search."""


def cells(entries: pd.DataFrame) -> pd.DataFrame:
    """One row for each detector, configuration and dataset under one protocol and budget of labels.

    Returns
    -------
    DataFrame
        Index columns `KEY`, and `auroc`, `ap` with `_low` and `_high` (95 %, see `interval`), `n` (entries),
        `seeds` (fits in all), `f1_report`, `fit_seconds`, `predict_seconds`, `latency_us`, `budget`, `column`.
        Where budgets differ, only the largest counts: the searches with the most trials, the fits with the
        most rounds; of what was done again, the last, see `independent`.
    """
    rows = []
    for key, own in entries.groupby(KEY, sort=True, dropna=False):
        row = dict(zip(KEY, key, strict=True))
        most = own["budget"].map(_number).max()
        own = independent(own[own["budget"].map(_number) == most])
        for metric in ("auroc", "ap"):
            row[metric], row[f"{metric}_low"], row[f"{metric}_high"] = interval(own, metric)
        several = int(np.isfinite(own["deviation_auroc"]).sum())
        row |= {
            "n": len(own),
            "seeds": len(own) - several + REFITS * several,
            "f1_report": own["f1_report"].mean(),
            "fit_seconds": own["fit_seconds"].mean(),
            "predict_seconds": own["predict_seconds"].mean(),
            "latency_us": 1e6 * (own["predict_seconds"] / own["test_rows"]).mean(),
            "anomalies": own["test_anomalies"].max(),
            "budget": next((b for b in own["budget"] if b), ""),
        }
        rows.append(row)
    columns = [*KEY, "auroc", "auroc_low", "auroc_high", "ap", "ap_low", "ap_high", "n", "seeds", "f1_report"]
    columns += ["fit_seconds", "predict_seconds", "latency_us", "anomalies", "budget"]
    frame = pd.DataFrame(rows, columns=columns)
    frame["column"] = _columns(frame)
    frame["level"] = frame["supervision"].map(level_order)
    return frame.sort_values(["column", "level", "detector", "configuration"], ignore_index=True)


def independent(own: pd.DataFrame) -> pd.DataFrame:
    """Entries of one cell that are other draws of the same experiment, and not the same one again.

    A fit of a seed counts once, however many grids hold it; so does a search of a seed. The published arm of a
    search has the same five seeds whatever the search's own is, so that of one search counts, and none beside
    several fits. Of several published configurations the one that was run last stands. Counted twice, a fit would
    make an interval narrower than it is.
    """
    own = own.sort_values(["start_time", "study", "run_id"], kind="stable")
    fits, searches = own[own["kind"] == "fit"], own[own["kind"] != "fit"]
    if own["configuration"].iloc[0] == "tuned":
        return own.drop_duplicates(["seed", "outer_split"], keep="last")
    if len(fits):
        fits = fits[fits["published"].eq(fits["published"].iloc[-1]) | fits["published"].isna()]
        fits = fits.drop_duplicates(["seed", "outer_split"], keep="last")
    return fits if len(fits) > 1 or searches.empty else searches.drop_duplicates("outer_split", keep="last")


def interval(own: pd.DataFrame, metric: str) -> tuple[float, float, float]:
    """Mean and 95 % interval of a metric over the entries of a cell; NaN around a single fit.

    Of one search its own interval, over test rows and seeds; of an older one without it, Student's t over its refits.
    Of several it is `intervals.runs_interval`; their own intervals give the variance of the rows.
    """
    values = own[metric].to_numpy(dtype=float)
    low, high = (own[f"{end}_{metric}"].to_numpy(dtype=float) for end in ("low", "high"))
    if len(values) == 1:
        refits = t_interval(float(values[0]), float(own[f"deviation_{metric}"].iloc[0]), REFITS)
        known = own["kind"].iloc[0] != "fit" and np.isfinite(low[0])
        return (float(values[0]), float(low[0]), float(high[0])) if known else refits
    splits, anomalies = own["outer_split"].nunique(), float(own["test_anomalies"].fillna(FEWEST).max())
    return runs_interval(values, variance_of(low, high), splits, anomalies)


def _number(budget: str) -> float:
    return float(budget.split()[0]) if budget else 0.0


def _columns(frame: pd.DataFrame) -> list[str]:
    """A dataset's name, with its protocol and labels where the store has several."""
    several = frame.groupby("dataset")[["protocol", "labels"]].nunique() > 1
    return [
        ", ".join(
            [
                cell["dataset"],
                *(cell[name] for name in ("protocol", "labels") if several.loc[cell["dataset"], name]),
                *(["made-up anomalies"] if is_made_up(str(cell["protocol"])) else []),
            ]
        )
        for cell in frame[["dataset", "protocol", "labels"]].to_dict("records")
    ]


def measured(frame: pd.DataFrame) -> pd.DataFrame:
    """The cells on real anomalies: made-up ones are in no mean, nor in ranks."""
    return frame[~frame["protocol"].astype(str).map(is_made_up).astype(bool)]


def compare_published(frame: pd.DataFrame) -> pd.DataFrame:
    """Cells that somebody published a metric of, with the source and what makes the two differ.

    Returns
    -------
    DataFrame
        Columns `detector`, `configuration`, `column`, `metric`, `ours`, `published`, `difference`, `source`, `why`.
    """
    rows = []
    for cell in frame.to_dict("records"):
        if cell["configuration"] == "untrained":
            continue
        for name in dict.fromkeys([cell["dataset"], str(cell["dataset"]).replace("-", ":")]):
            known = [r for r in published.printed(str(cell["detector"]), str(name)) if r["metric"] in ("auroc", "ap")]
            same = [r for r in known if r["protocol"] == cell["protocol"]]
            rows += [
                (
                    cell["detector"], cell["configuration"], cell["column"], other["metric"], cell[other["metric"]],
                    other["value"], cell[other["metric"]] - other["value"], other["source"], why(cell, other),
                )
                for other in same or known
            ]  # fmt: skip
    columns = ["detector", "configuration", "column", "metric", "ours", "published", "difference", "source", "why"]
    return pd.DataFrame(rows, columns=columns)


def why(cell: Mapping[Any, Any], printed: Mapping[str, Any]) -> str:
    """What is not the same about our metric and a printed one: protocol, labels, budget, and its own note."""
    same = cell["protocol"] == printed["protocol"]
    parts = ["same protocol" if same else f"protocol {printed['protocol']} there, {cell['protocol']} here"]
    if cell["labels"] != "all":
        parts.append(f"{cell['labels']} here")
    if printed["part"] == "dev":
        parts.append("there the set that was evaluated on also chose; here it is sealed")
    parts.append(f"{cell['configuration']} here ({cell['budget'] or 'as published'}, {counted(cell['seeds'], 'fit')})")
    if printed["note"]:
        parts.append(f"there: {printed['note']}")
    if round(float(cell[printed["metric"]]), PRINTED) == printed["value"]:
        parts.append("reproduced to the digit")
    return "; ".join(parts)
