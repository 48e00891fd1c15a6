"""The last search of each detector on a dataset, side by side."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from analysis.board import recommended
from analysis.experiment_names import split
from analysis.options import CompareOptions
from analysis.reports import table
from launch.common.errors import UsageError
from launch.common.invocation import program
from launch.common.redaction import shown
from launch.evaluation.metric_labels import RANKING, label
from launch.tracking import queries
from launch.tracking.client import connect
from launch.tracking.links import compare_path
from launch.tracking.queries import Client

METRICS = {f"test_tuned_{name}": label(name) for name in (*RANKING, "precision_threshold", "recall_threshold")}


def comparison(client: Client, detectors: str, dataset: str, protocol: str | None = None) -> pd.DataFrame:
    """The last finished search of each detector on a dataset.

    Returns
    -------
    DataFrame
        Best first, on validation: `detector`, `supervision`, `protocol`, the test figures with `_low` and `_high`,
        `test_difference_ap` and its bounds, `fit_seconds`, `predict_seconds`, `run_id`, `experiment_id`, `study`.

    Raises
    ------
    UsageError
        If one of them was not searched there, with the command that does it.
    """
    frame = finals(client)
    known = frame[frame["dataset"] == dataset]
    if known.empty:
        datasets = sorted(set(frame["dataset"].dropna()))
        hint = f"there are: {', '.join(datasets)}" if datasets else "there are none at all"
        raise UsageError(f"no search on {dataset!r} has come to an end in this record; {hint}")
    chosen = protocol or known["protocol"].iloc[-1]
    own = last(known, chosen)
    wanted = sorted(own["detector"]) if detectors.strip() == "all" else split(detectors)
    missing = [name for name in wanted if name not in set(own["detector"])]
    if missing or not wanted:
        there = ", ".join(sorted(own["detector"]))
        raise UsageError(
            f"no finished search of {', '.join(missing) or 'nothing'} on {dataset} under protocol {chosen}; there are: "
            f"{there}. To search: {program('launch/tune.py')} {','.join(missing)} {dataset}"
        )
    return own[own["detector"].isin(wanted)].reset_index(drop=True)


def finals(client: Client) -> pd.DataFrame:
    """Every search of a store that came to test figures, oldest first, as `comparison` has them."""
    tags = ["detector", "supervision", "dataset", "protocol", "study", *recommended.TAGS]
    metrics = [*(f"{k}%" for k in METRICS), "test_difference_ap%", *recommended.METRICS, "seal_readings"]
    frame = queries.runs(client, ["final"], tags, metrics)
    frame = frame.reindex(columns=[*frame, *sorted({*recommended.METRICS, "test_tuned_auroc"} - set(frame))])
    return frame[frame["test_tuned_auroc"].notna()]


def last(known: pd.DataFrame, protocol: str) -> pd.DataFrame:
    """The last search of each detector under a protocol, best on validation first."""
    own = known[known["protocol"] == protocol].drop_duplicates("detector", keep="last")
    ascending = {"confirmed_score": False, "test_tuned_ap": False, "detector": True}
    return own.sort_values([*ascending], ascending=[*ascending.values()], ignore_index=True)


def texts(frame: pd.DataFrame) -> pd.DataFrame:
    """`comparison` as texts for people."""

    def spread(row: Any, name: str, sign: str = "") -> str:
        if row.get(name) is None or row[name] != row[name]:
            return "-"
        low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
        return f"{row[name]:{sign}.4f}" + (
            f" ({low:{sign}.3f} to {high:{sign}.3f})" if low is not None and low == low else ""
        )

    rows = [
        {
            "detector": row["detector"],
            "labels seen": row["supervision"],
            "confirmed": spread(row, "confirmed_score"),
            **{title: spread(row, name) for name, title in METRICS.items()},
            "AP over published": spread(row, "test_difference_ap", "+"),
            "fit s": f"{row['fit_seconds']:.2f}",
            "predict s": f"{row['predict_seconds']:.3f}",
        }
        for row in frame.to_dict("records")
    ]
    return pd.DataFrame(rows)


def link(frame: pd.DataFrame, server: str) -> str:
    """MLflow's comparison of these runs."""
    return server.rstrip("/") + compare_path(list(frame["run_id"]), sorted(set(frame["experiment_id"])))


def run(options: CompareOptions, console: Console) -> None:
    """Show the table and the link."""
    client = connect(options.home, options.tracking_uri)
    frame = comparison(client, options.detectors, options.dataset, options.protocol)
    console.print(f"[bold]{options.dataset}, protocol {frame['protocol'].iloc[0]}, test rows, 95 %[/]", highlight=False)
    table.show(console, texts(frame))
    recommended.show(console, frame)
    uri = options.tracking_uri or ""
    remote = uri.startswith("http")
    server = shown(uri) if remote else f"http://127.0.0.1:{options.port}"
    home = "" if options.home == Path("runs") else f" --home {shlex.quote(str(options.home))}"
    first = "" if remote else f"{program('launch/ui.py')} --port {options.port}{home}   then open "
    text = f"Side by side in MLflow: {first}{link(frame, server)}"
    console.print(text, highlight=False, soft_wrap=True, markup=False)
