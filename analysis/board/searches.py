"""What searches say of themselves: winner's-curse gaps, reads of test sets, score at equal compute."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.reports.study_data import risen
from datasets.problems import seal
from launch.tracking import queries
from launch.tracking.queries import Client


def searches(client: Client) -> pd.DataFrame:
    """Every search with its score in the search, its confirmed mean, and the gap between them."""
    metrics = ["search_score", "confirmed_score", "confirmed_score_low", "confirmed_score_high", "seal_readings"]
    tags = ["study", "detector", "dataset", "protocol", "trials_asked", "metric"]
    frame = queries.runs(client, ["search"], tags, metrics)
    frame[metrics] = frame.reindex(columns=metrics).astype(float)
    frame = frame[frame["confirmed_score"].notna()].sort_values(["dataset", "detector", "study"], ignore_index=True)
    trials, gap = pd.to_numeric(frame["trials_asked"]), frame["search_score"] - frame["confirmed_score"]
    columns = ["study", "detector", "dataset", "protocol", "metric", "trials", *metrics[:4], "gap", "seal_readings"]
    return frame.assign(trials=trials, gap=gap)[columns]


def test_reads(home: Path) -> pd.DataFrame:
    """How often the test labels of each dataset were read in a home, and by how many detectors, from `seal.jsonl`."""
    frame = pd.DataFrame(seal.entries(home / "seal.jsonl"), columns=[*seal.SPLIT, "detector"])
    counts = frame.groupby(list(seal.SPLIT), sort=True)["detector"].agg(["size", "nunique"])
    return counts.reset_index().rename(columns={"size": "readings", "nunique": "detectors"})


def anytime(client: Client) -> pd.DataFrame:
    """Best validation score of the complete trials of every search over the CPU seconds of its trials, scoring too.

    A row where it rose, and one for the end of each search.
    """
    tags = ["study", "detector", "supervision", "dataset", "protocol", "metric", "state", "threads"]
    frame = queries.runs(client, ["trial"], tags, ["val_score", "seconds_total"])
    columns = ["study", "detector", "supervision", "dataset", "protocol", "metric", "seconds", "best"]
    if "val_score" not in frame or "seconds_total" not in frame:
        return pd.DataFrame(columns=columns)
    frame = frame.sort_values(["study", "end_time", "start_time", "run_id"], kind="stable")
    frame["cost"] = frame["seconds_total"].fillna(0.0) * pd.to_numeric(frame["threads"]).fillna(1)
    frame["seconds"] = frame.groupby("study")["cost"].cumsum()
    frame["best"] = frame["val_score"].where(frame["state"] == "complete")
    frame["best"] = frame.groupby("study")["best"].cummax()
    curves = [risen(own.reset_index(drop=True)) for _, own in frame.groupby("study", sort=False)]
    return pd.concat([frame[:0], *curves], ignore_index=True)[columns]
